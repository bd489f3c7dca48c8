use std::time::Duration;

use devices::line::{OpenFault, Opener, Step};
use devices::modem::{ModemOpener, ModemSettings, SettingsError, Variables};
use devices::simulated::{CallFate, Conditions, Modem, ModemModel, Sim};

use super::bench::*;

fn name(fault: &OpenFault) -> String {
    format!("{fault:?}")
}

#[test]
fn what_becomes_of_a_telephone_call_is_told_apart_in_words_and_numbers() {
    for (fate, expected) in [
        (CallFate::Busy, OpenFault::Busy),
        (CallFate::NoCarrier, OpenFault::NoCarrier),
        (CallFate::NoDialTone, OpenFault::NoDialTone),
        (CallFate::NoAnswer, OpenFault::NoAnswer),
        (CallFate::Voice, OpenFault::NoCarrier),
        // The exchange has nobody at the number.
        (CallFate::Answered, OpenFault::NoCarrier),
    ] {
        for numeric in [false, true] {
            let conditions = Conditions {
                fate,
                numeric,
                ..well()
            };
            let modem = Modem::plug_in(ModemModel::Telephone, conditions, fast(), nobody())
                .expect("a modem");
            let mut opener = opener(&modem, hurried(ModemModel::Telephone, 1));
            assert_eq!(name(&fault(&mut opener)), name(&expected), "{fate:?}");
            // The modem did its part.
            assert_eq!(opener.failures(), 0);
        }
    }
}

#[test]
fn every_cellular_fault_is_told_apart() {
    let faults = [
        (
            OpenFault::SimMissing,
            Conditions {
                sim: Sim::Missing,
                ..well()
            },
        ),
        (
            OpenFault::NotRegistered,
            Conditions {
                looks_until_registered: u32::MAX,
                ..well()
            },
        ),
        (
            OpenFault::DataRefused,
            Conditions {
                data: false,
                ..well()
            },
        ),
        // Nobody listens at the county.
        (OpenFault::Refused, well()),
    ];
    for model in CELLULAR {
        for (expected, conditions) in &faults {
            let modem =
                Modem::plug_in(model, conditions.clone(), fast(), nobody()).expect("a modem");
            let mut opener = opener(&modem, hurried(model, 1));
            assert_eq!(name(&fault(&mut opener)), name(expected), "{model:?}");
            assert_eq!(opener.failures(), 1);
        }
    }
}

#[test]
fn a_pin_opens_the_sim_and_a_wrong_one_is_sent_once() {
    for model in CELLULAR {
        let (exchange, _far_ends) = somebody();
        let locked = |pin: &str| Sim::Locked {
            pin: pin.to_owned(),
            tries: 3,
        };
        let conditions = Conditions {
            sim: locked("1234"),
            ..well()
        };
        let modem = Modem::plug_in(model, conditions, fast(), exchange).expect("a modem");
        drop(call(&mut opener(&modem, hurried(model, 1))));

        let conditions = Conditions {
            sim: locked("9999"),
            ..well()
        };
        let modem = Modem::plug_in(model, conditions, fast(), nobody()).expect("a modem");
        let mut one = opener(&modem, hurried(model, 1));
        for _ in 0..3 {
            assert_eq!(name(&fault(&mut one)), "SimLocked", "{model:?}");
        }
        // Nor by one that knows nothing of the first: a try is missing.
        assert_eq!(
            name(&fault(&mut opener(&modem, hurried(model, 1)))),
            "SimLocked"
        );
        let tried = modem
            .log()
            .commands
            .iter()
            .filter(|command| command.starts_with("AT+CPIN="))
            .count();
        assert_eq!(tried, 1, "{model:?}");
    }
}

#[test]
fn late_answers_are_waited_for_and_too_late_ones_do_not_confuse() {
    for model in MODELS {
        let (exchange, _far_ends) = somebody();
        let conditions = Conditions {
            late_by: Duration::from_millis(60),
            ..well()
        };
        let modem = Modem::plug_in(model, conditions, fast(), exchange).expect("a modem");
        drop(call(&mut opener(&modem, hurried(model, 1))));
    }
    // The first command's answer comes after its time, and is not taken for the second's.
    let (exchange, _far_ends) = somebody();
    let conditions = Conditions {
        late_by: Duration::from_millis(500),
        ..well()
    };
    let modem =
        Modem::plug_in(ModemModel::Telephone, conditions, fast(), exchange).expect("a modem");
    let script = script_text(ModemModel::Telephone).replace(
        "tries = 3, timeout_ms = 3000",
        "tries = 3, timeout_ms = 300",
    );
    let mut opener = opener(
        &modem,
        devices::modem::Script::parse(&script).expect("a script"),
    );
    let (opened, _) = open(&mut opener);
    match opened {
        Ok(line) => drop(line),
        Err(fault) => assert_eq!(name(&fault), "Silent"),
    }
    // In whatever order the machine let things happen, nothing but the script's commands was said.
    let known = [
        "ATZ",
        "ATE0V1X4&C1&D2S0=0S7=60",
        "ATDT03550000000",
        "ATH",
        "AT",
    ];
    for command in modem.log().commands {
        assert!(known.contains(&command.as_str()), "{command}");
    }
}

#[test]
fn a_stop_is_obeyed_while_it_rings_and_the_modem_is_not_blamed() {
    let conditions = Conditions {
        fate: CallFate::NoAnswer,
        ..well()
    };
    let modem =
        Modem::plug_in(ModemModel::Telephone, conditions, fast(), nobody()).expect("a modem");
    let mut opener = opener(&modem, hurried(ModemModel::Telephone, 1));
    let dialling = std::cell::Cell::new(false);
    let opened = opener.open(
        &mut |step| {
            if step == Step::Dialling {
                modem.change(|conditions| conditions.hung = true);
                dialling.set(true);
            }
        },
        &|| dialling.get(),
    );
    assert!(matches!(opened.err(), Some(OpenFault::Stopped)));
    assert_eq!(opener.failures(), 0);
}

#[test]
fn a_modem_that_is_not_there_is_absent() {
    let script = hurried(ModemModel::Telephone, 1);
    let path = std::path::Path::new("/dev/no-such-modem");
    let mut opener = ModemOpener::new(path, 115_200, script, variables(), None).expect("an opener");
    // Not waited for, but where a start anew may have taken it away.
    for failures in 1..=2 {
        assert_eq!(name(&fault(&mut opener)), "Absent");
        assert_eq!(opener.failures(), failures);
    }
}

#[test]
fn a_modem_that_another_program_holds_is_not_blamed() {
    let modem = Modem::plug_in(ModemModel::Telephone, well(), fast(), nobody()).expect("a modem");
    let _held = crate::open(modem.path());
    let mut opener = opener(&modem, hurried(ModemModel::Telephone, 1));
    for _ in 0..3 {
        assert!(matches!(fault(&mut opener), OpenFault::System(_)));
        assert_eq!(opener.failures(), 0);
    }
    assert!(modem.log().commands.is_empty());
}

#[test]
fn settings_are_checked_when_they_are_read() {
    let read = |call: &str| {
        let text = format!(
            "path = \"/dev/ttyUSB2\"\nbits_per_second = 115200\nscript = \"quectel-ec20\"\n[call]\n{call}"
        );
        toml::from_str::<ModemSettings>(&text)
    };
    let good = read("apn = \"CMNET\"\nhost = \"county.example\"\nport = 7001").expect("settings");
    assert!(ModemOpener::from_settings(&good).is_ok());
    for wrong in [
        "apn = \"CM\\\"NET\"",
        "host = \"county.example\\\",7001;+CFUN=0\"",
        "pin = \"12\\r34\"",
        "number = \"12;\"",
        "port = 70000",
        "user = \"x\"",
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
    let missing = ModemOpener::from_settings(&ModemSettings {
        call: Variables::default(),
        ..good.clone()
    });
    let missing = missing.expect_err("no APN");
    assert_eq!(
        missing.to_string(),
        "a Quectel EC20 needs \"apn\" to be set"
    );
    let unknown = ModemOpener::from_settings(&ModemSettings {
        script: "quectel".to_owned(),
        ..good.clone()
    });
    assert!(matches!(unknown, Err(SettingsError::Script { .. })));
    let no_file = ModemOpener::from_settings(&ModemSettings {
        script: "./no-such.toml".to_owned(),
        ..good
    });
    assert!(matches!(no_file, Err(SettingsError::File { .. })));
}
