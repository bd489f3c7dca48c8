use std::sync::Arc;

use devices::line::{OpenFault, Remedy, Step};
use devices::modem::{ModemOpener, Script};
use devices::simulated::{Conditions, Modem, ModemModel};

use super::bench::*;

/// Opens until it opens, and returns the remedies on the way, one for each opening.
fn climb(opener: &mut ModemOpener) -> Vec<Option<Remedy>> {
    let mut climbed = Vec::new();
    for _ in 0..10 {
        let (opened, steps) = open(opener);
        climbed.push(steps.into_iter().find_map(|step| match step {
            Step::Recovering(remedy) => Some(remedy),
            _ => None,
        }));
        if opened.is_ok() {
            assert_eq!(opener.failures(), 0);
            return climbed;
        }
    }
    panic!("never opened: {climbed:?}");
}

#[test]
fn a_module_that_is_stuck_is_brought_back_by_the_mildest_remedy_that_does_it() {
    let whole = [
        None,
        Some(Remedy::HangUp),
        Some(Remedy::Reattach),
        None,
        Some(Remedy::FlightMode),
        None,
        Some(Remedy::Reset),
        None,
        Some(Remedy::PowerCycle),
    ];
    for (model, remedy, openings) in [
        (ModemModel::QuectelEc20, Remedy::Reattach, 3),
        (ModemModel::QuectelEc20, Remedy::FlightMode, 5),
        (ModemModel::QuectelEc200, Remedy::Reset, 7),
        (ModemModel::SimcomSim7600, Remedy::PowerCycle, 9),
    ] {
        let (exchange, _far_ends) = somebody();
        let conditions = Conditions {
            stuck_until: Some(remedy),
            ..well()
        };
        let modem = Arc::new(Modem::plug_in(model, conditions, fast(), exchange).expect("a modem"));
        let mut opener = with_switch(&modem, hurried(model, 1));
        assert_eq!(
            climb(&mut opener),
            whole[..openings],
            "{model:?} {remedy:?}"
        );
        let cycles = u32::from(remedy == Remedy::PowerCycle);
        assert_eq!(modem.log().power_cycles, cycles);
    }
}

/// An opener that can take the modem's power away.
fn with_switch(modem: &Arc<Modem>, script: Script) -> ModemOpener {
    let switch = Box::new(TwinSwitch(Arc::clone(modem)));
    ModemOpener::new(modem.path(), 115_200, script, variables(), Some(switch)).expect("an opener")
}

#[test]
fn a_modem_that_hangs_is_silent_until_its_power_is_cycled() {
    for model in [
        ModemModel::Telephone,
        ModemModel::QuectelEc20,
        ModemModel::SimcomSim7600,
    ] {
        let (exchange, _far_ends) = somebody();
        let conditions = Conditions {
            hung: true,
            ..well()
        };
        let modem = Arc::new(Modem::plug_in(model, conditions, fast(), exchange).expect("a modem"));
        let mut without_switch = opener(&modem, hurried(model, 10));
        assert!(matches!(fault(&mut without_switch), OpenFault::Silent));
        let mut with_switch = with_switch(&modem, hurried_with_power_only(model));
        let climbed = climb(&mut with_switch);
        assert_eq!(climbed, [None, Some(Remedy::PowerCycle)], "{model:?}");
        assert_eq!(modem.log().power_cycles, 1);
    }
}

/// The model's script with its strongest remedy as the only one, after the first failure.
fn hurried_with_power_only(model: ModemModel) -> Script {
    let mut value: toml::Value = toml::from_str(script_text(model)).expect("TOML");
    let remedies = value["remedies"].as_array_mut().expect("remedies");
    let mut strongest = remedies.pop().expect("a remedy");
    assert_eq!(strongest["kind"].as_str(), Some("power-cycle"));
    strongest["after_failures"] = 1.into();
    *remedies = vec![strongest];
    hurried_value(value, 5)
}

#[test]
fn a_modem_left_in_a_call_by_a_program_that_died_is_hung_up_at_the_second_try() {
    for (model, commands) in [
        (ModemModel::Telephone, &["ATDT1"][..]),
        (
            ModemModel::QuectelEc20,
            &[
                "AT+CEREG?",
                "AT+QIACT=1",
                "AT+QIOPEN=1,0,\"TCP\",\"county.example\",7001,0,2",
            ],
        ),
    ] {
        let (exchange, far_ends) = somebody();
        let modem = Modem::plug_in(model, well(), fast(), exchange).expect("a modem");
        let mut port = crate::open(modem.path());
        for command in commands {
            write_all(&mut port, format!("{command}\r").as_bytes());
            let mut heard = String::new();
            while !heard.contains("OK\r\n") && !heard.contains("CONNECT") {
                heard.push(char::from(read_exactly(&mut port, 1)[0]));
            }
        }
        let left = far_ends.recv().expect("the far end");
        assert!(modem.in_call());
        // Nothing is hung up: a pty has no DTR.
        drop(port);
        let mut opener = opener(&modem, hurried(model, 20));
        assert_eq!(
            climb(&mut opener),
            [None, Some(Remedy::HangUp)],
            "{model:?}"
        );
        drop(left);
    }
}
