//! Every screen, drawn and held against the rules of reach and reading.

mod bench;

use std::{collections::BTreeSet, sync::Arc};

use bench::{Bench, card};
use kiosk::flow::{
    BadPhoto, CardFault, FieldRole, GivenFor, Input, ItemKind, ItemReport, ItemWait, LineReport,
    Mark, MarkedPhoto, PaperFault, PaperField, PaperOutcome, PaperPage, PhotoFault, PhotoFinding,
    Picture, PrinterReport, QrModules, RouteFault, RouteReport, RouteState, RouteStep,
    RoutesReport, Scan, ScanBytes, ScanKind, SlipInfo, StatusInfo, StatusOutcome, SubmitFault,
    TrayReport, TrayWant,
};
use relief::SlipNumber;

/// The least side of a touch target in pixels: 60 dp for elders' pages.
/// Source: 移动互联网应用（APP）适老化通用设计规范, 2021.
const TARGET_PX: f32 = 60.0;

/// Looks at the page as a person would, and holds it against what every page must keep.
fn look(bench: &mut Bench, name: &str) {
    let picture = bench.picture(name);
    let colours: BTreeSet<&[u8]> = picture.rgb.chunks(3).step_by(37).collect();
    assert!(colours.len() > 20, "{name} is blank");
    let controls = bench.controls();
    assert!(
        !controls.is_empty() || name == "wait",
        "{name} has nothing to touch"
    );
    for control in &controls {
        assert!(
            !control.label.trim().is_empty(),
            "{name}: a control at {}, {} has no label",
            control.x,
            control.y
        );
        assert!(
            control.width >= TARGET_PX && control.height >= TARGET_PX,
            "{name}: {control:?} is smaller than {TARGET_PX} px"
        );
        let right = control.x + control.width;
        let bottom = control.y + control.height;
        assert!(
            control.x >= 0.0 && control.y >= 0.0 && right <= 1280.5 && bottom <= 800.5,
            "{name}: {control:?} reaches over the edge"
        );
    }
    if bench.kiosk.visit().notice().is_some() || bench.kiosk.visit().idle_warning_s().is_some() {
        return;
    }
    for (n, one) in controls.iter().enumerate() {
        for other in &controls[n + 1..] {
            let apart = one.x + one.width <= other.x + 0.5
                || other.x + other.width <= one.x + 0.5
                || one.y + one.height <= other.y + 0.5
                || other.y + other.height <= one.y + 0.5;
            assert!(apart, "{name}: {one:?} lies on {other:?}");
        }
    }
}

fn page(signature: Mark, fingerprint: Mark) -> Arc<PaperPage> {
    let field = |id: &str, label: &str, role, state| PaperField {
        id: id.to_owned(),
        label: label.to_owned(),
        role,
        state,
        required: true,
    };
    let (width, height) = (300, 424);
    let grey = (0..width * height).map(|n| if (n / width) % 40 < 2 { 90 } else { 245 });
    Arc::new(PaperPage {
        form: "dibao_application".to_owned(),
        edition: "1".to_owned(),
        page: 1,
        pages: 1,
        case_ref: None,
        grade: paper::Grade::default(),
        findings: Vec::new(),
        fields: vec![
            field("near.none", "没有近亲属", FieldRole::Tick, Mark::Marked),
            field("sign", "申请人签名", FieldRole::Signature, signature),
            field("print", "手印", FieldRole::Fingerprint, fingerprint),
        ],
        preview: Picture {
            width,
            height,
            grey: grey.collect(),
        },
        marked: None,
        scans: vec![Scan {
            kind: ScanKind::Ink,
            media: "image/tiff".to_owned(),
            bytes: ScanBytes::Here(vec![1]),
        }],
    })
}

/// Page `number` of a form of `pages`, in order, and printed for a case or blank.
fn of_form(form: &str, number: u8, pages: u8, case: Option<&str>) -> Input {
    let read = PaperPage {
        form: form.to_owned(),
        page: number,
        pages,
        case_ref: case.map(str::to_owned),
        ..page(Mark::Marked, Mark::Marked).as_ref().clone()
    };
    Input::PhotoRead(PaperOutcome::Read(Arc::new(read)))
}

/// A photo with something wrong outlined.
fn marked() -> MarkedPhoto {
    let (width, height) = (560_u32, 420_u32);
    let pixels = (0..width * height).flat_map(|n| {
        let (x, y) = (n % width, n / width);
        let rim =
            |v: u32, from: u32, to: u32| (from..from + 4).contains(&v) || (to - 4..to).contains(&v);
        let inside = (300..420).contains(&x) && (200..260).contains(&y);
        if inside && (rim(x, 300, 420) || rim(y, 200, 260)) {
            [198, 30, 30]
        } else if (120..440).contains(&x) && (20..400).contains(&y) {
            [230; 3]
        } else {
            [90; 3]
        }
    });
    MarkedPhoto {
        width,
        height,
        rgb: pixels.collect(),
    }
}

fn finding(fault: PhotoFault, labels: &[&str]) -> PhotoFinding {
    PhotoFinding {
        fault,
        labels: labels.iter().map(|&label| label.to_owned()).collect(),
    }
}

fn bad_photo() -> Arc<BadPhoto> {
    Arc::new(BadPhoto {
        findings: vec![
            finding(PhotoFault::CutOff, &[]),
            finding(PhotoFault::Moved, &[]),
        ],
        marked: marked(),
    })
}

/// Page `number` of a form of two, under glare.
fn of_two(number: u8) -> Arc<PaperPage> {
    let mut read = page(Mark::Marked, Mark::Marked).as_ref().clone();
    read.page = number;
    read.pages = 2;
    read.findings = vec![finding(
        PhotoFault::Glare,
        &["困难原因：家里有人生病", "劳动能力：完全丧失", "性别：男"],
    )];
    read.marked = Some(marked());
    Arc::new(read)
}

fn slip() -> SlipInfo {
    let side = 45;
    SlipInfo {
        slip_number: "140428-003-000017-0".to_owned(),
        submitted: "2026年11月23日 10:05".to_owned(),
        qr: QrModules {
            side,
            dark: (0..side * side).map(|n| n * n % 7 < 3).collect(),
        },
        given_for: GivenFor::Application,
    }
}

/// Three routes in three states, and more waiting than there is room for.
fn routes() -> RoutesReport {
    let route = |name: &str, state, bytes_per_second, bytes_used, bytes_per_month| RouteReport {
        name: name.to_owned(),
        state,
        bytes_per_second,
        bytes_used,
        bytes_per_month,
    };
    let item = |kind, count, bytes, bytes_there, seconds_left| ItemReport {
        kind,
        count,
        bytes,
        bytes_there,
        wait: ItemWait::Going {
            seconds_left: Some(seconds_left),
        },
    };
    let failed = RouteState::Failed {
        fault: RouteFault::CountySilent,
        retry_s: 95,
    };
    RoutesReport {
        routes: vec![
            route("县局专线", failed, None, 3_200_000, None),
            route("政务网", RouteState::Connected, Some(12_000), 881_000, None),
            route(
                "移动4G",
                RouteState::Resting,
                None,
                31_000_000,
                Some(50_000_000),
            ),
            route(
                "电话拨号",
                RouteState::Opening(RouteStep::Dialling),
                None,
                50_000_000,
                Some(50_000_000),
            ),
            route("备用电缆", RouteState::Absent, None, 0, None),
        ],
        items: vec![
            item(ItemKind::Record, 1, 1540, 900, 1),
            item(ItemKind::Record, 1, 1498, 0, 2),
            item(ItemKind::Record, 12, 18_000, 0, 4),
            item(ItemKind::Ink, 1, 7000, 0, 5),
            item(ItemKind::Picture, 1, 39_800, 20_000, 7),
            ItemReport {
                wait: ItemWait::ForBudget,
                ..item(ItemKind::Picture, 14, 590_000, 0, 0)
            },
        ],
    }
}

#[test]
fn every_screen_is_drawn_within_reach_and_labelled() {
    let mut bench = Bench::new();
    bench.tell(Input::LineReport(LineReport {
        connected: true,
        ..LineReport::default()
    }));
    look(&mut bench, "home");
    bench.tell(Input::LineReport(LineReport {
        waiting: 3,
        ..LineReport::default()
    }));
    look(&mut bench, "home-waiting");
    bench.tell(Input::LineReport(LineReport {
        waiting: 3,
        refused: 1,
        connected: true,
        ..LineReport::default()
    }));
    look(&mut bench, "home-refused");
    bench.tell(Input::LineReport(LineReport {
        disk_full: true,
        ..LineReport::default()
    }));
    look(&mut bench, "home-disk-full");
    bench.press("我要申请");
    look(&mut bench, "notice-disk-full");
    bench.press("知道了");
    bench.tell(Input::LineReport(LineReport {
        waiting: 3,
        ..LineReport::default()
    }));

    bench.press("线路情况");
    look(&mut bench, "routes-none");
    bench.tell(Input::RoutesReport(Arc::new(routes())));
    look(&mut bench, "routes");
    bench.sees("已连接");
    bench.press("首页");

    bench.press("看明白卡");
    look(&mut bench, "cards");
    bench.press("低保（最低生活保障）");
    look(&mut bench, "card-conditions");
    bench.press("办理程序");
    look(&mut bench, "card-procedure");
    bench.press("应尽义务");
    look(&mut bench, "card-duties");
    bench.press("首页");

    bench.press("查进度");
    look(&mut bench, "status-ask");
    bench.press("输入回执编号");
    bench.keys("1404280030");
    look(&mut bench, "type-slip-number");
    bench.press("首页");

    bench.press("我要申请");
    look(&mut bench, "schemes");
    bench.press("低保");
    look(&mut bench, "privacy");
    bench.press("我知道了，继续");
    look(&mut bench, "identify");
    bench.press("手工输入");
    look(&mut bench, "type-name-empty");
    bench.keys("wang");
    look(&mut bench, "type-name-candidates");
    bench.press("王");
    bench.press("确定");
    bench.keys("140428188001010014");
    bench.press("确定");
    look(&mut bench, "type-id-wrong");
    bench.press("没有号码");
    look(&mut bench, "no-number");
    bench.press_all(&["返回", "返回", "返回"]);
    bench.tell(Input::CardRead(card()));
    look(&mut bench, "township");
    bench.press("丹朱镇");
    look(&mut bench, "type-phone");
    bench.press("没有电话");
    look(&mut bench, "who");
    bench.press("对，下一步");
    look(&mut bench, "household-empty");
    bench.press("添加一位家人");
    look(&mut bench, "relation");
    bench.press("配偶");
    bench.key_text("李大山");
    bench.press("确定");
    look(&mut bench, "type-member-number");
    bench.keys("140428188001010013");
    bench.press("确定");
    look(&mut bench, "household");
    bench.press("写完了，下一步");
    look(&mut bench, "reasons");
    let reason = bench.kiosk.visit().content().reasons[0].title.clone();
    bench.press(&reason);
    look(&mut bench, "reasons-chosen");
    bench.press("下一步");
    look(&mut bench, "near-relative");
    bench.press("有");
    bench.key_text("赵国强");
    bench.press("确定");
    look(&mut bench, "official-relation");
    let relation = bench.kiosk.visit().content().official_relations[0]
        .title
        .clone();
    bench.press(&relation);
    look(&mut bench, "consents");
    bench.press("我同意授权核对");
    look(&mut bench, "consents-one");
    bench.press("我承诺所填属实");
    bench.press("下一步");
    look(&mut bench, "paper");
    bench.press("拍照");
    look(&mut bench, "paper-taking");
    bench.tell(Input::PhotoRead(PaperOutcome::Refused(
        PaperFault::CornersHidden,
    )));
    look(&mut bench, "paper-refused");
    bench.press("知道了");
    bench.press("拍照");
    bench.tell(Input::PhotoRead(PaperOutcome::Bad(bad_photo())));
    look(&mut bench, "paper-bad");
    bench.press("重新拍照");
    bench.tell(Input::PhotoRead(PaperOutcome::Read(of_two(2))));
    look(&mut bench, "paper-one-of-two");
    bench.tell(Input::Tray(TrayReport::Wants(TrayWant::HandAway)));
    look(&mut bench, "paper-hand");
    bench.press("换掉这一页");
    look(&mut bench, "paper-tray");
    bench.tell(Input::Tray(TrayReport::Blind));
    bench.press("拍照");
    bench.tell(Input::PhotoRead(PaperOutcome::Read(page(
        Mark::Clear,
        Mark::Marked,
    ))));
    look(&mut bench, "paper-unsigned");
    bench.press("重新拍照");
    bench.tell(Input::PhotoRead(PaperOutcome::Read(page(
        Mark::Marked,
        Mark::Marked,
    ))));
    look(&mut bench, "paper-read");
    bench.press("就用这张，下一步");
    look(&mut bench, "review");
    bench.press("下一页");
    look(&mut bench, "review-2");
    bench.press("首页");
    look(&mut bench, "leave");
    bench.press("继续填写");
    bench.wait(60_000);
    look(&mut bench, "idle");
    bench.press("我还在，继续");
    bench.press("提交");
    look(&mut bench, "wait");
    bench.tell(Input::Submitted(slip()));
    look(&mut bench, "slip-printing");
    bench.tell(Input::PrinterReport(PrinterReport::NoPaper));
    look(&mut bench, "slip-no-paper");
    bench.tell(Input::PrinterReport(PrinterReport::Printed));
    look(&mut bench, "slip-printed");
    bench.press("完成");

    bench.press("查进度");
    bench.press("放好了，请读取");
    bench.tell(Input::StatusFound(StatusOutcome::Found(StatusInfo {
        slip_number: slip().slip_number,
        scheme: "低保".to_owned(),
        stage: "乡镇已受理，正在调查".to_owned(),
        clock: Some("最晚2026年12月3日前答复您（还有8个工作日）。".to_owned()),
        as_of: Some("2026年11月23日".to_owned()),
    })));
    look(&mut bench, "status");
}

#[test]
fn papers_of_many_forms_and_of_no_application_have_their_screens() {
    let number = |counter| SlipNumber::new(140_428, 3, counter).unwrap();
    let case = number(17);
    let mut bench = Bench::new();
    bench.press_all(&["我要申请", "低保", "我知道了，继续"]);
    bench.tell(Input::CardRead(card()));
    bench.press_all(&["丹朱镇", "没有电话", "对，下一步", "只有我一人，下一步"]);
    bench.press_all(&["家里有人生病", "下一步", "没有"]);
    bench.press_all(&["我同意授权核对", "我承诺所填属实", "下一步"]);
    let pages = [
        ("dibao_application", 1, 1),
        ("check_authorization", 2, 4),
        ("commitment", 1, 1),
        ("near_relative_statement", 1, 1),
        ("power_of_attorney", 1, 1),
        ("check_authorization", 1, 4),
    ];
    for (place, (form, number, pages)) in pages.into_iter().enumerate() {
        let button = match place {
            0 => "拍照",
            1 => "再拍一张",
            _ => "拍下一页",
        };
        bench.press(button);
        bench.tell(of_form(form, number, pages, None));
    }
    bench.sees("核对授权书·缺2页");
    look(&mut bench, "paper-many-forms");
    bench.press("拍下一页");
    bench.tell(of_form("monthly_report", 1, 2, None));
    look(&mut bench, "paper-apart");
    bench.press_all(&["知道了", "核对授权书第3、4页以后再交"]);
    bench.press("下一页");
    look(&mut bench, "review-many-forms");
    bench.press_all(&["首页", "离开并清除", "交纸质材料"]);
    look(&mut bench, "handover");
    bench.press("输入编号");
    look(&mut bench, "handover-number");
    bench.press("返回");
    bench.press("拍照");
    bench.tell(of_form("check_authorization", 2, 2, None));
    look(&mut bench, "handover-whose");
    bench.press("拍下一页");
    bench.tell(Input::PhotoRead(PaperOutcome::Slip(case)));
    look(&mut bench, "handover-one-of-two");
    bench.press("拍下一页");
    bench.tell(of_form(
        "check_authorization",
        1,
        2,
        Some(&number(18).to_string()),
    ));
    look(&mut bench, "handover-other");
    bench.press_all(&["知道了", "拍下一页"]);
    bench.tell(of_form(
        "check_authorization",
        1,
        2,
        Some(&case.to_string()),
    ));
    look(&mut bench, "handover-complete");
    bench.press("交这2页");
    let mut slip = slip();
    slip.slip_number = number(21).to_string();
    slip.given_for = GivenFor::Handover {
        case: Some(case.to_string()),
    };
    bench.tell(Input::Submitted(slip));
    bench.tell(Input::PrinterReport(PrinterReport::Printed));
    look(&mut bench, "handover-slip");
}

#[test]
fn long_answers_and_complaints_stay_inside_their_screens() {
    let mut bench = Bench::new();
    bench.press_all(&["我要申请", "低保", "我知道了，继续"]);
    bench.tell(Input::CardFailed(CardFault::NoReader));
    look(&mut bench, "card-failed");
    bench.press("知道了");
    let mut rare = card();
    rare.name = "欧阳\u{31350}\u{2EBF0}".to_owned();
    bench.tell(Input::CardRead(rare));
    look(&mut bench, "rare-name");
    bench.press_all(&["知道了", "碾张乡", "没有电话", "修改 姓名"]);
    bench.key_text(&"阿".repeat(200));
    bench.press("确定");
    look(&mut bench, "type-name-too-long");
    bench.press("返回");
    bench.press("修改 住址");
    bench.key_text(&"山西省长治市长子县丹朱镇东大街村".repeat(3));
    look(&mut bench, "type-address-long");
    bench.press("确定");
    bench.press("修改 身份证号");
    bench.press("没有号码");
    bench.press("没有户口");
    bench.press("女");
    bench.keys("19500102");
    look(&mut bench, "type-birth");
    bench.press("确定");
    look(&mut bench, "who-long");
    bench.press("下一页");
    look(&mut bench, "who-long-2");
    bench.press("对，下一步");
    for n in 0..6 {
        bench.press("添加一位家人");
        bench.press("孙子女或外孙子女");
        bench.key_text(&format!("买买提江·吐尔逊{n}"));
        bench.press("确定");
        bench.press_all(&["没有号码", "刚出生，还没上户口"]);
    }
    look(&mut bench, "household-2");
    bench.press("上一页");
    look(&mut bench, "household-1");
    bench.press("写完了，下一步");
    let reasons = bench.kiosk.visit().content().reasons.clone();
    for reason in &reasons {
        bench.press(&reason.title);
    }
    look(&mut bench, "reasons-all");
    bench.press_all(&[
        "下一步",
        "没有",
        "我同意授权核对",
        "我承诺所填属实",
        "下一步",
    ]);
    bench.press("没有签，以后再交");
    look(&mut bench, "review-long");
    bench.press("下一页");
    look(&mut bench, "review-long-2");
    bench.press("提交");
    bench.tell(Input::SubmitFailed(SubmitFault::DiskFull));
    look(&mut bench, "disk-full");
    bench.wait(75_000);
    look(&mut bench, "idle-late");
}
