use proptest::prelude::*;

use super::*;
use crate::builtin;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn every_question_has_one_default_that_always_holds_and_says_why() {
    let settings = builtin::settings();
    let keys: Vec<_> = settings.all().iter().map(|setting| setting.key).collect();
    assert_eq!(keys, SettingKey::ALL);
    for setting in settings.all() {
        assert_eq!(
            (setting.effective, setting.until, setting.set_by),
            (None, None, SetBy::National)
        );
        assert!(!setting.question.is_empty() && !setting.why.is_empty());
    }
}

#[test]
fn the_defaults_are_the_safe_side_of_each_question() {
    let settings = builtin::settings();
    let today = day("2026-11-23");
    assert!(settings.is(SettingKey::ProgressReport, "semi-monthly", today));
    assert_eq!(settings.weekly_report_day(today), Weekday::Fri);
    for (dated, rest_day) in [
        (Dated::Report, RestDay::Earlier),
        (Dated::Payment, RestDay::Earlier),
        (Dated::Period, RestDay::Later),
        (Dated::Notice, RestDay::Later),
    ] {
        assert_eq!(settings.rest_day(dated, today), rest_day);
    }
    assert!(settings.pauses_for_papers(today));
    assert!(!settings.township_confirms(SchemeId::DIBAO, today));
    assert!(settings.registers_near_relatives(SchemeId::TEMPORARY, today));
}

const COUNTY: &str = r#"
    edition = "county-1"
    set-by = "county"
    [[setting]]
    key = "confirming-power"
    value = "township"
    schemes = [1]
    source = "县里的文件"
    effective = "2026-06-01"
    until = "2026-12-31"
    [[setting]]
    key = "near-relative-scope"
    value = "dibao-only"
    source = "县里的文件"
    [[setting]]
    key = "report-on-rest-day"
    value = "stays"
    source = "县里的文件"
"#;

#[test]
fn a_countys_answer_holds_between_its_days_and_for_its_schemes() {
    let settings = builtin::settings().overridden_by(Settings::parse(COUNTY).unwrap());
    let confirms = |scheme, on| settings.township_confirms(scheme, day(on));
    assert!(!confirms(SchemeId::DIBAO, "2026-05-31"));
    assert!(confirms(SchemeId::DIBAO, "2026-06-01"));
    assert!(confirms(SchemeId::DIBAO, "2026-12-31"));
    assert!(!confirms(SchemeId::DIBAO, "2027-01-01"));
    assert!(!confirms(SchemeId::TEKUN, "2026-06-01"));
    let today = day("2026-11-23");
    assert!(settings.registers_near_relatives(SchemeId::DIBAO, today));
    assert!(!settings.registers_near_relatives(SchemeId::TEKUN, today));
    assert_eq!(settings.rest_day(Dated::Report, today), RestDay::Stays);
    assert_eq!(settings.edition(), "2026-11+county-1");
}

#[test]
fn a_broken_answer_is_refused_with_its_question() {
    let key = SettingKey::ConfirmingPower;
    for (from, to, error) in [
        (
            "\"township\"",
            "\"village\"",
            SettingsError::Value {
                key,
                value: "village".into(),
            },
        ),
        (
            "schemes = [1]\n    source = \"县里的文件\"",
            "source = \" \"",
            SettingsError::NoSource { key },
        ),
        (
            "2026-12-31",
            "2026-05-31",
            SettingsError::EndsBeforeItBegins { key },
        ),
        (
            "value = \"dibao-only\"",
            "value = \"dibao-only\"\nschemes = [1]",
            SettingsError::SchemesUnused {
                key: SettingKey::NearRelativeScope,
            },
        ),
    ] {
        assert_eq!(Settings::parse(&COUNTY.replace(from, to)), Err(error));
    }
    let unknown = COUNTY.replace("confirming-power", "confirming-powers");
    assert!(matches!(
        Settings::parse(&unknown),
        Err(SettingsError::Syntax(_))
    ));
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text: String) {
        let _ = Settings::parse(&text);
    }
}
