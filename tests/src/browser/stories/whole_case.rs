//! A 低保 case from the slip to its confirmation: papers are missing and named at once, the applicant's brother is an
//! officer of the township, who stands back, and the county visits the home.

use std::path::Path;

use county::{Clock, SystemClock};
use relief::Month;

use crate::Done;
use crate::chromium::start;
use crate::kiosk_screen::KioskScreen;
use crate::window::Window;

const TOWNSHIP: &str = "色头镇经办";
const COUNTY: &str = "县局经办";
const BROTHER: &str = "李明";

/// The pages of the simulator's staff.
struct Staff<'w> {
    window: &'w Window,
    base: String,
    password: String,
}

impl Staff<'_> {
    /// Signs in and opens the only case.
    async fn open_case(&self, name: &str, password: &str) -> Done {
        self.window.sign_in(&self.base, name, password).await?;
        self.window
            .open(&format!("{}/staff/cases/1", self.base))
            .await?;
        self.window.see("申请内容").await
    }

    async fn township(&self) -> Done {
        self.open_case(TOWNSHIP, &self.password).await
    }

    async fn county(&self) -> Done {
        self.open_case(COUNTY, &self.password).await
    }
}

pub(crate) async fn tell(window: &Window, simulator: &Path) -> Done {
    let options = ["--port", "0", "--county-port", "0"];
    let (_simulator, line) = start(simulator, &options, "open http://").await?;
    let mut words = line.split_whitespace();
    let address = words
        .find(|word| word.starts_with("http://"))
        .ok_or("no address")?;

    let slip = apply(window, address).await?;
    let staff = Staff {
        window,
        base: base(window, address).await?,
        password: window
            .find("//*[@id='staff-password' and text()]")
            .await?
            .text()
            .await?,
    };
    window
        .open_until(&slip, &["县里已收到，尚未受理", "受理以后开始计算办理时限"])
        .await?;
    window.keep("case-1-received").await?;

    let brothers_password = enter_the_brother(&staff).await?;
    the_brother_stands_back(&staff, &brothers_password).await?;
    papers_are_missing(&staff, &slip).await?;
    the_township_surveys(&staff).await?;
    turn_a_week_over(window, address).await?;
    staff.township().await?;
    window
        .says(&["送县民政局：现在不能办。公示还没满期。"])
        .await?;
    // Holidays may move the end of the notice by another week or two.
    for _ in 0..2 {
        turn_a_week_over(window, address).await?;
    }
    let month = turn_a_week_over(window, address).await?;
    the_county_visits_and_confirms(&staff, month).await?;
    window
        .open_until(&slip, &["已确认", "县里已经确认，接下来安排发放"])
        .await?;
    window.keep("case-8-confirmed").await?;
    the_kiosk_has_told_how_it_stands(&staff).await
}

/// What the kiosk reported when its line came up.
async fn the_kiosk_has_told_how_it_stands(staff: &Staff<'_>) -> Done {
    let window = staff.window;
    let kiosks = format!("{}/staff/kiosks", staff.base);
    window
        .open_until(&kiosks, &["0件没有送到", "够用", "程序版本", "报告的时间"])
        .await?;
    window.says_not(&["和县里的不一样"]).await?;
    window.keep("case-9-kiosks").await
}

/// Applies on the kiosk's screen, up to the slip; the address in its code.
async fn apply(window: &Window, address: &str) -> Done<String> {
    let screen = KioskScreen::open(window, address).await?;
    screen.see("我要申请").await?;
    window.keep("simulator").await?;
    screen
        .touch_all(&["我要申请", "低保", "我知道了，继续"])
        .await?;
    screen.see("放身份证").await?;
    window
        .find("//button[contains(@class, 'idcard')][3]")
        .await?
        .click()
        .await?;
    screen
        .touch_all(&["色头镇", "没有电话", "对，下一步"])
        .await?;
    screen
        .touch_all(&["只有我一人，下一步", "家里有人生病", "下一步"])
        .await?;
    screen
        .touch_all(&["有", "l", "i", "李", "m", "i", "n", "g", "明", "确定"])
        .await?;
    screen
        .touch_all(&["兄弟姐妹", "我同意授权核对", "我承诺所填属实", "下一步"])
        .await?;
    window.find("//*[@id='tray-sample']").await?.click().await?;
    screen
        .touch_all(&["拍照", "就用这张，下一步", "提交"])
        .await?;
    screen.see("已提交，尚未受理").await?;
    window.keep("submitted").await?;
    let code = screen.slip_code().await?;
    screen.see("回执打好了").await?;
    window.keep("slip").await?;
    Ok(code)
}

/// Where the county's pages are, as the simulator's page says.
async fn base(window: &Window, address: &str) -> Done<String> {
    window.open(address).await?;
    let link = window.find("//*[@id='staff-link' and @href]").await?;
    let url = link.prop("href").await?.ok_or("no staff link")?;
    Ok(url.trim_end_matches("/staff").to_owned())
}

/// The county's calendar goes on by a week. The month that it is then.
async fn turn_a_week_over(window: &Window, address: &str) -> Done<Month> {
    window.open(address).await?;
    let day = window.find("//*[@id='county-day' and text()]").await?;
    let before = day.text().await?;
    window.find("//*[@id='week-over']").await?.click().await?;
    let other = format!("//*[@id='county-day' and not(text()='{before}')]");
    let day = window.find(&other).await?.text().await?;
    let (year, rest) = day.split_once('年').ok_or("no year")?;
    let (month, _) = rest.split_once('月').ok_or("no month")?;
    Ok(format!("{year}-{month:0>2}").parse()?)
}

/// The administrator makes the brother an account, and the township enters him as one of its officers; his password.
async fn enter_the_brother(staff: &Staff<'_>) -> Done<String> {
    let window = staff.window;
    window
        .give_password(&staff.base, "管理员", &staff.password)
        .await?;
    window.set_second_factor(SystemClock.now()).await?;
    let form = window.form("建账号").await?;
    form.fill("姓名", BROTHER).await?;
    form.choose("岗位", "乡镇").await?;
    form.choose("乡镇（乡镇和村的岗位）", "色头镇").await?;
    form.send().await?;
    let password = window
        .find("//section//strong[contains(@class, 'number')]")
        .await?
        .text()
        .await?;
    window.keep("case-2-account").await?;

    window
        .sign_in(&staff.base, TOWNSHIP, &staff.password)
        .await?;
    window.follow("台账").await?;
    window.follow("登记经办人员").await?;
    let form = window.form("登记").await?;
    form.choose("乡镇", "色头镇").await?;
    form.fill("姓名和身份证号", BROTHER).await?;
    form.choose("人员类别", "乡镇经办").await?;
    form.fill("单位及职务", "民政助理员").await?;
    form.fill("任职日期", "2024-01-01").await?;
    form.send().await?;
    window.see("登记人").await?;
    Ok(password)
}

/// Whatever the brother does in the case is refused; a colleague registers that he stands back.
async fn the_brother_stands_back(staff: &Staff<'_>, password: &str) -> Done {
    let window = staff.window;
    staff.open_case(BROTHER, password).await?;
    window.press("受理").await?;
    window
        .says(&["没有办成：申请人是您的近亲属，请由别人办理", "三（二）"])
        .await?;
    window.keep("case-3-recused").await?;

    window
        .sign_in(&staff.base, TOWNSHIP, &staff.password)
        .await?;
    window.follow("台账").await?;
    window.follow("应备案未备案的近亲属").await?;
    window.see("申请人申报").await?;
    window.keep("case-3-unfiled").await?;
    let official = window.number_behind(BROTHER).await?;
    window.follow("欧**").await?;
    window.follow("近亲属备案").await?;
    let form = window.form("登记").await?;
    form.fill("工作人员的登记号", &official).await?;
    form.choose("工作人员是申请人的", "兄弟姐妹").await?;
    form.choose("怎么发现", "申请人申报").await?;
    form.send().await?;
    window.see("登记回避").await?;
    window.keep("case-3-filed").await
}

/// All missing papers are named in one notice, which the resident reads too; a second one is not to be had.
async fn papers_are_missing(staff: &Staff<'_>, slip: &str) -> Done {
    let window = staff.window;
    staff.township().await?;
    let form = window.form("一次性告知补材料").await?;
    form.fill("缺的材料一次写全", "户口本复印件\n医院的诊断证明")
        .await?;
    form.send().await?;
    window.see("补正材料一次性告知书").await?;
    window.keep("case-4-missing").await?;
    window
        .open_until(slip, &["户口本复印件", "医院的诊断证明", "补齐以后接着办"])
        .await?;
    window.keep("case-4-missing-status").await?;
    staff.township().await?;
    window.press("材料已补齐").await?;
    window.says(&["一次性告知补材料：现在不能办。"]).await?;
    window.press("受理").await?;
    window.see("已受理").await?;
    window.keep("case-5-accepted").await?;
    window
        .open_until(slip, &["已受理", "还剩3个工作日", "第15条"])
        .await?;
    window.keep("case-5-accepted-status").await
}

async fn the_township_surveys(staff: &Staff<'_>) -> Done {
    let window = staff.window;
    staff.township().await?;
    window.press("开始调查").await?;
    window.press("请县里核对信息").await?;
    let form = window.form("完成入户调查").await?;
    form.fill("调查人", TOWNSHIP).await?;
    form.fill("另一位调查人", "赵示例").await?;
    form.fill("家里谁在场签字", "欧阳㛃䶮𬭎").await?;
    form.send().await?;

    staff.county().await?;
    let form = window.form("答复信息核对").await?;
    form.tick("符合").await?;
    form.send().await?;
    window.see("家庭经济状况符合").await?;

    staff.township().await?;
    window.press("提出初审意见").await?;
    window.press("公示").await?;
    window.see("正在公示").await?;
    window.keep("case-6-notice").await
}

/// With a near relative concerned the county cannot confirm before it has been to the home.
async fn the_county_visits_and_confirms(staff: &Staff<'_>, month: Month) -> Done {
    let window = staff.window;
    staff.township().await?;
    window.press("送县民政局").await?;
    staff.county().await?;
    window.says(&["确认：现在不能办。"]).await?;
    window.keep("case-7-visit-first").await?;
    window.press("县里已入户").await?;
    let form = window.form("确认").await?;
    form.fill("每月金额", "350.50").await?;
    form.fill("从哪个月起", &month.plus(1).to_string()).await?;
    form.send().await?;
    window.see("已确认").await?;
    window.keep("case-8-confirmed-case").await
}
