use proptest::prelude::*;

use super::*;
use crate::builtin;

#[test]
fn the_eleven_townships_take_applications_and_the_others_do_not() {
    let codes = builtin::codes();
    let open: Vec<_> = codes
        .open_townships()
        .map(|unit| (&unit.code[6..], unit.name.as_str()))
        .collect();
    assert_eq!(
        open,
        [
            ("100", "丹朱镇"),
            ("101", "鲍店镇"),
            ("102", "石哲镇"),
            ("103", "大堡头镇"),
            ("104", "慈林镇"),
            ("105", "色头镇"),
            ("106", "南漳镇"),
            ("107", "宋村镇"),
            ("108", "南陈镇"),
            ("201", "碾张乡"),
            ("202", "常张乡"),
        ]
    );
    let old = codes.township("140428203").unwrap();
    assert_eq!(
        (old.name.as_str(), old.replaced_by.as_deref()),
        ("南陈乡", Some("140428108"))
    );
    assert!(
        codes
            .township("140428200")
            .is_some_and(|unit| unit.replaced_by.is_none())
    );
}

#[test]
fn every_replacement_is_a_township_that_is_open() {
    let codes = builtin::codes();
    for unit in codes
        .townships()
        .iter()
        .filter_map(|unit| unit.replaced_by.as_deref())
    {
        assert!(
            codes
                .township(unit)
                .is_some_and(|unit| unit.takes_applications)
        );
    }
}

#[test]
fn the_national_default_of_near_relatives_is_that_of_the_civil_code() {
    let codes = builtin::codes();
    let counting: Vec<_> = codes
        .near_relatives()
        .iter()
        .filter(|kind| kind.counts_as_near_relative)
        .map(|kind| kind.title.as_str())
        .collect();
    assert_eq!(
        counting,
        [
            "配偶",
            "父亲或母亲",
            "儿子或女儿",
            "兄弟姐妹",
            "祖父母",
            "外祖父母",
            "孙子女",
            "外孙子女"
        ]
    );
    assert!(codes.near_relative_note().contains("请县民政局确认"));
    assert!(
        !codes
            .near_relative(RelationCode(20))
            .unwrap()
            .counts_as_near_relative
    );
}

#[test]
fn codes_have_words() {
    let codes = builtin::codes();
    assert_eq!(codes.relation_title(RelationCode(1)), Some("配偶"));
    assert_eq!(codes.reason_title(ReasonCode(1)), Some("家里有人生病"));
    assert_eq!(codes.reason_title(ReasonCode(200)), None);
}

#[test]
fn a_code_that_stands_twice_is_refused() {
    let twice = format!(
        "{}\n[[reason]]\ncode = 1\ntitle = \"又一个\"\n",
        builtin::CODES_TOML
    );
    assert_eq!(
        Codes::parse(&twice, builtin::TOWNSHIPS_TOML),
        Err(CodesError::Duplicate {
            table: "reason",
            code: "1".into()
        })
    );
}

#[test]
fn a_changed_flag_holds_from_its_day_on() {
    let changed = builtin::CODES_TOML.replacen(
        "[[near-relative]]\ncode = 21",
        "[[near-relative.change]]\nfrom = \"2026-12-01\"\ncounts-as-near-relative = true\nsource = \"县里的文件\"\n\
         [[near-relative]]\ncode = 21",
        1,
    );
    let codes = Codes::parse(&changed, builtin::TOWNSHIPS_TOML).unwrap();
    let kind = codes.near_relative(RelationCode(20)).unwrap();
    let counts = |day: &str| kind.counts_on(day.parse().unwrap());
    assert_eq!((counts("2026-11-30"), counts("2026-12-01")), (false, true));
}

#[test]
fn the_four_grounds_of_the_45_days_are_those_of_the_text() {
    let codes = builtin::codes();
    let titles: Vec<_> = codes
        .extension_grounds()
        .iter()
        .map(|ground| (ground.code.0, ground.title.as_str()))
        .collect();
    assert_eq!(
        titles,
        [
            (1, "公示有异议"),
            (2, "人户分离"),
            (3, "异地申请"),
            (4, "家庭经济状况调查难度大")
        ]
    );
}

#[test]
fn a_village_knows_its_township() {
    let with = format!(
        "{}\n[[village]]\ncode = \"140428100201\"\nname = \"某村\"\ntownship = \"140428100\"\n",
        builtin::TOWNSHIPS_TOML
    );
    let codes = Codes::parse(builtin::CODES_TOML, &with).unwrap();
    let village = codes.village("140428100201").unwrap();
    assert_eq!(codes.township(&village.township).unwrap().name, "丹朱镇");
    assert!(builtin::codes().villages().is_empty());
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text: String) {
        let _ = Codes::parse(&text, builtin::TOWNSHIPS_TOML);
        let _ = Codes::parse(builtin::CODES_TOML, &text);
    }
}
