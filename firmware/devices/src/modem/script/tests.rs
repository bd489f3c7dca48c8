use super::*;
use crate::line::Remedy;

#[test]
fn every_script_that_comes_with_the_kiosk_is_sound_and_ends_in_time() {
    for (name, _) in BUILT_IN {
        let script = Script::named(name).expect(name);
        let longest = script.longest_opening();
        assert!(longest < Duration::from_secs(3600), "{name}: {longest:?}");
    }
    let error = Script::named("no-such").expect_err("unknown");
    assert_eq!(error.to_string(), "no modem script is named \"no-such\"");
}

/// The telephone modem's script with one text put in the place of another.
fn with(old: &str, new: &str) -> Result<Script, ScriptError> {
    let text = BUILT_IN[0].1;
    assert!(text.contains(old), "{old}");
    Script::parse(&text.replace(old, new))
}

#[test]
fn a_script_that_cannot_be_carried_out_says_why() {
    for (old, new, words) in [
        (
            "timeout_ms = 75000",
            "timeout_ms = 999999",
            "timeout_ms is 999999, allowed are at most 180000",
        ),
        (
            "tries = 3",
            "tries = 1000",
            "tries is 1000, allowed are at most 20",
        ),
        (
            "ATDT{number}",
            "ATDT{nummer}",
            "\"ATDT{nummer}\" asks for {nummer}, there are [\"number\", \"host\", \"port\", \"apn\", \"pin\"]",
        ),
        (
            "\"ATZ\"",
            "\"AT\\r\"",
            "\"AT\\r\" is not one line of ASCII text",
        ),
        (
            "unless = \"down\"",
            "unless = \"up\"",
            "nothing notes \"up\"",
        ),
        (
            "after_failures = 2",
            "after_failures = 9",
            "the remedies' after_failures do not rise from one to the next",
        ),
        ("\"connected\"", "\"next\"", "no answer means connected"),
    ] {
        let error = with(old, new).expect_err(new);
        assert_eq!(error.to_string(), words);
    }
    let error = with("\"busy\"", "\"bussy\"").expect_err("no such outcome");
    assert!(matches!(error, ScriptError::Toml(_)), "{error}");
}

#[test]
fn the_ladder_is_climbed_rung_by_rung_and_its_top_is_seldom_done_again() {
    let script = Script::named("quectel-ec20").expect("a script");
    let climbed = |has_power_switch: bool| -> Vec<Option<Remedy>> {
        (1..=16)
            .map(|failures| {
                script
                    .remedy(failures, has_power_switch)
                    .map(|rung| rung.kind.into())
            })
            .collect()
    };
    let mut expected = vec![None; 16];
    expected[0] = Some(Remedy::HangUp);
    expected[1] = Some(Remedy::Reattach);
    expected[3] = Some(Remedy::FlightMode);
    expected[5] = Some(Remedy::Reset);
    let mut without_switch = expected.clone();
    without_switch[11] = Some(Remedy::Reset);
    assert_eq!(climbed(false), without_switch);
    expected[7] = Some(Remedy::PowerCycle);
    expected[15] = Some(Remedy::PowerCycle);
    assert_eq!(climbed(true), expected);
}
