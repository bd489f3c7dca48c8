use super::*;
use crate::builtin;
use crate::settings::SettingKey;

fn today() -> NaiveDate {
    "2026-11-23".parse().unwrap()
}

fn checked(files: &[(&str, &str)]) -> Report {
    let files = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    check(&files, today())
}

/// The words of the findings that are there with these files and not without.
fn new_findings(files: &[(&str, &str)]) -> Vec<(Weight, String)> {
    let before = checked(&[]).findings;
    checked(files)
        .findings
        .into_iter()
        .filter(|finding| !before.contains(finding))
        .map(|finding| (finding.weight, finding.words))
        .collect()
}

#[track_caller]
fn assert_finds(files: &[(&str, &str)], weight: Weight, words: &[&str]) {
    let found = new_findings(files);
    let named = found
        .iter()
        .any(|(of, text)| *of == weight && words.iter().all(|word| text.contains(word)));
    assert!(named, "{words:?} is not in {found:?}");
}

#[test]
fn our_own_rules_can_be_worked_by_and_name_what_nobody_has_confirmed() {
    let report = checked(&[]);
    assert!(report.usable());
    assert_eq!(report.of(Weight::Doubt).count(), 0, "{report:?}");
    assert_eq!(report.published_years, [2024, 2025, 2026]);
    assert!(report.changes.is_empty());
    let open: Vec<_> = report.of(Weight::Open).collect();
    let settings = open
        .iter()
        .filter(|finding| finding.file == "settings.toml");
    assert_eq!(settings.count(), SettingKey::ALL.len());
    for (file, words) in [
        ("holidays.json", "2027年的放假安排还没有"),
        ("townships.toml", "没有村（居）委会名单"),
        ("codes.toml", "5种关系"),
        ("local.toml", "没有填救助热线"),
        ("clocks.toml", "时限 N2"),
        ("clocks.toml", "时限 D2"),
        (
            "settings.toml",
            "乡镇多久报一次工作进展：现在按“每月14日、29日”",
        ),
    ] {
        assert!(
            open.iter()
                .any(|finding| finding.file == file && finding.words.contains(words)),
            "{words}"
        );
    }
}

fn clock(id: &str, dates: &str) -> String {
    format!(
        "[[clock]]\nid = \"{id}\"\nschemes = [1]\nstep = \"first-opinion\"\ntitle = \"提出初审意见\"\n\
         limit = 12\nunit = \"working-days\"\nstarts = \"acceptance\"\nsource = \"县里的文件\"\n\
         confidence = \"verified\"\n{dates}\n"
    )
}

fn clocks(rows: &[String]) -> String {
    format!("edition = \"c1\"\nset-by = \"county\"\n{}", rows.concat())
}

#[test]
fn a_word_that_a_file_does_not_know_is_told_with_its_line() {
    let file = clocks(&[clock("K1", "")]).replace("title", "titel");
    assert_finds(
        &[("clocks.toml", &file)],
        Weight::Error,
        &["第7行", "不认识“titel”", "title"],
    );
    let file = clocks(&[clock("K1", "")]).replace("working-days", "fortnights");
    assert_finds(
        &[("clocks.toml", &file)],
        Weight::Error,
        &["不能写“fortnights”", "calendar-days"],
    );
    let file = clocks(&[clock("K1", "")]).replace("title = \"提出初审意见\"\n", "");
    assert_finds(&[("clocks.toml", &file)], Weight::Error, &["少写了“title”"]);
    let holidays = builtin::HOLIDAYS_JSON.replacen("\"notice\"", "\"notices\"", 1);
    assert_finds(
        &[("holidays.json", &holidays)],
        Weight::Error,
        &["不认识“notices”"],
    );
}

#[test]
fn a_file_of_an_unknown_name_is_told() {
    assert_finds(&[("clock.toml", "")], Weight::Doubt, &["不认识这个文件"]);
}

#[test]
fn a_clock_without_source_or_first_day_is_told() {
    let file = clocks(&[clock("K1", "")]);
    assert_finds(
        &[("clocks.toml", &file)],
        Weight::Doubt,
        &["时限 K1", "effective"],
    );
    assert_finds(
        &[("clocks.toml", &file.replace("县里的文件", ""))],
        Weight::Error,
        &["时限 K1", "没有写依据"],
    );
}

#[test]
fn gaps_and_overlaps_between_rows_are_told_and_a_mere_change_is_none() {
    let pair = |first: &str, second: &str| clocks(&[clock("K1", first), clock("K2", second)]);
    let from = |day: &str| format!("effective = \"{day}\"");
    let between = |first: &str, last: &str| format!("effective = \"{first}\"\nuntil = \"{last}\"");

    let change = pair(&from("2026-01-01"), &from("2026-07-01"));
    assert_eq!(new_findings(&[("clocks.toml", &change)]), []);
    let follow = pair(&between("2026-01-01", "2026-06-30"), &from("2026-07-01"));
    assert_eq!(new_findings(&[("clocks.toml", &follow)]), []);

    let gap = pair(&between("2026-01-01", "2026-05-31"), &from("2026-07-01"));
    assert_finds(
        &[("clocks.toml", &gap)],
        Weight::Doubt,
        &["从2026-06-01到2026-06-30没有写", "按国家的"],
    );
    let overlap = pair(&between("2026-01-01", "2026-08-31"), &from("2026-07-01"));
    assert_finds(
        &[("clocks.toml", &overlap)],
        Weight::Doubt,
        &["时限 K1和时限 K2", "从2026-07-01到2026-08-31重叠"],
    );
    let same = pair(&from("2026-01-01"), &from("2026-01-01"));
    assert_finds(
        &[("clocks.toml", &same)],
        Weight::Error,
        &["都从2026-01-01起"],
    );
    let backwards = clocks(&[clock("K1", &between("2026-07-01", "2026-06-30"))]);
    assert_finds(
        &[("clocks.toml", &backwards)],
        Weight::Error,
        &["最后一天", "前面"],
    );
}

#[test]
fn a_change_of_a_clock_that_a_card_tells_asks_for_the_card() {
    let file = clocks(&[clock("L9", "effective = \"2026-01-01\"")])
        .replace("first-opinion", "whole")
        .replace("提出初审意见", "全部办完");
    assert_finds(
        &[("clocks.toml", &file)],
        Weight::Doubt,
        &["明白卡", "L9", "12个工作日"],
    );
}

#[test]
fn a_clock_for_a_scheme_that_does_not_exist_is_told() {
    let file = clocks(&[clock("K1", "effective = \"2026-01-01\"")]).replace("[1]", "[1, 77]");
    assert_finds(
        &[("clocks.toml", &file)],
        Weight::Error,
        &["没有第77号救助类别"],
    );
}

fn township_file(more: &str) -> String {
    format!("{}\n{more}", builtin::TOWNSHIPS_TOML)
}

#[test]
fn a_division_without_parent_is_told() {
    let village = |township: &str, more: &str| {
        township_file(&format!(
            "[[village]]\ncode = \"140428100201\"\nname = \"某村\"\ntownship = \"{township}\"\n{more}"
        ))
    };
    assert_finds(
        &[("townships.toml", &village("140428999", ""))],
        Weight::Error,
        &["某村", "140428999没有", "上级找不到"],
    );
    assert_finds(
        &[("townships.toml", &village("140428203", ""))],
        Weight::Doubt,
        &["某村", "已经撤销的南陈乡"],
    );
    assert_finds(
        &[("townships.toml", &village("140428101", ""))],
        Weight::Doubt,
        &["140428100201", "不是以乡镇代码140428101开头"],
    );
    assert_finds(
        &[(
            "townships.toml",
            &village("140428100", "replaced-by = \"140428100299\""),
        )],
        Weight::Error,
        &["改成了140428100299"],
    );
    let foreign = township_file(
        "[[township]]\ncode = \"140421100\"\nname = \"某镇\"\ntakes-applications = true\n",
    );
    assert_finds(
        &[("townships.toml", &foreign)],
        Weight::Doubt,
        &["某镇", "不在本县"],
    );
    let centre = township_file(
        "[[township]]\ncode = \"zhongxin-1\"\nname = \"某服务中心\"\ntakes-applications = true\n",
    );
    assert_eq!(new_findings(&[("townships.toml", &centre)]), []);
    let sound = village("140428100", "");
    assert_eq!(new_findings(&[("townships.toml", &sound)]), []);
}

#[test]
fn a_missing_year_of_holidays_is_told() {
    let year = |year: i32| {
        format!(
            "{{\"years\":{{\"{year}\":{{\"status\":\"official\",\"off\":[{{\"date\":\"{year}-01-01\"}}],\"work\":[]}}}}}}"
        )
    };
    assert_finds(
        &[("holidays.json", &year(2028))],
        Weight::Doubt,
        &["少了2027年的放假安排"],
    );
    assert_eq!(new_findings(&[("holidays.json", &year(2027))]), []);
    let none = year(2027).replace("{\"date\":\"2027-01-01\"}", "");
    assert_finds(
        &[("holidays.json", &none)],
        Weight::Doubt,
        &["2027年1月1日没有列为放假"],
    );
    let late = check(&BTreeMap::new(), "2028-01-02".parse().unwrap());
    let doubts: Vec<_> = late
        .of(Weight::Doubt)
        .map(|finding| &finding.words)
        .collect();
    assert!(doubts[0].contains("没有2028年的放假安排"), "{doubts:?}");
    // In December the next year's notice is out, and here it is.
    let ready = check(
        &BTreeMap::from([("holidays.json".to_owned(), year(2027))]),
        "2026-12-31".parse().unwrap(),
    );
    assert!(
        ready
            .findings
            .iter()
            .all(|finding| finding.file != "holidays.json")
    );
}

#[test]
fn what_a_county_changes_is_told_in_plain_words() {
    let settings = "edition = \"c1\"\nset-by = \"county\"\n[[setting]]\nkey = \"progress-report\"\n\
                    value = \"weekly\"\nsource = \"县里的文件\"\neffective = \"2026-06-01\"\n";
    let duties = "edition = \"c1\"\nset-by = \"county\"\n[[duty]]\nid = \"W1\"\nkind = \"report\"\n\
                  title = \"工作进展周报\"\nfrom = \"乡镇\"\nto = \"县民政局\"\nevery = \"week\"\n\
                  source = \"县里的文件\"\neffective = \"2026-06-01\"\n";
    let report = checked(&[
        (
            "clocks.toml",
            &clocks(&[clock("L4", "effective = \"2026-06-01\"")]),
        ),
        ("settings.toml", settings),
        ("duties.toml", duties),
        ("local.toml", builtin::LOCAL_TOML),
    ]);
    assert_eq!(
        report.changes,
        [
            "低保“提出初审意见”：受理后12个工作日，从2026-06-01起（县里的文件）。原来：天数由县里定。",
            "乡镇多久报一次工作进展：每周，从2026-06-01起（县里的文件）。默认：每月14日、29日。",
            "乡镇“工作进展周报”（W1）：每周，从2026-06-01起（县里的文件）。",
            "local.toml：用县里的，不用自带的。",
        ]
    );
    // The county has answered one question, so that one fewer is open.
    let open = report.of(Weight::Open);
    let open = open
        .filter(|finding| finding.file == "settings.toml")
        .count();
    assert_eq!(open, SettingKey::ALL.len() - 1);
}

#[test]
fn a_wrong_answer_is_told_with_those_that_there_are() {
    let settings = "edition = \"c1\"\nset-by = \"county\"\n[[setting]]\nkey = \"payment-on-rest-day\"\n\
                    value = \"never\"\nsource = \"县里的文件\"\n";
    assert_finds(
        &[("settings.toml", settings)],
        Weight::Error,
        &[
            "10日是休息日的",
            "不能写“never”",
            "earlier（提前到前一个工作日）",
        ],
    );
}

#[test]
fn two_amounts_from_the_same_day_are_told() {
    let amount = "[[amount]]\nscheme = 1\nclass = \"农村\"\nvalue = \"1\"\nunit = \"元/月\"\n\
                  valid-from = \"2026-01-01\"\ndocument = \"某文件\"\n";
    let local = format!("{}\n{amount}{amount}", builtin::LOCAL_TOML);
    assert_finds(
        &[("local.toml", &local)],
        Weight::Error,
        &["农村", "两个标准"],
    );
}

#[test]
fn a_scheme_number_that_disappears_is_told() {
    let without = builtin::SCHEMES_TOML.replace("id = 9\n", "id = 19\n");
    assert_finds(
        &[("schemes.toml", &without)],
        Weight::Doubt,
        &["少了第9号", "留着"],
    );
}

#[test]
fn one_broken_file_does_not_hide_what_is_wrong_with_another() {
    let findings = new_findings(&[
        ("local.toml", "hotline = 3"),
        ("settings.toml", "edition = 3"),
    ]);
    let errors = findings
        .iter()
        .filter(|(weight, _)| *weight == Weight::Error);
    assert_eq!(errors.count(), 2, "{findings:?}");
}
