use std::sync::Arc;

use devices::line::{Remedy, Step};
use devices::modem::ModemOpener;
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
    for model in CELLULAR {
        for (remedy, openings) in [
            (Remedy::Reattach, 3),
            (Remedy::FlightMode, 5),
            (Remedy::Reset, 7),
            (Remedy::PowerCycle, 9),
        ] {
            let (exchange, _far_ends) = somebody();
            let conditions = Conditions {
                stuck_until: Some(remedy),
                ..well()
            };
            let modem =
                Arc::new(Modem::plug_in(model, conditions, fast(), exchange).expect("a modem"));
            let switch = Box::new(TwinSwitch(Arc::clone(&modem)));
            let mut opener = ModemOpener::new(
                modem.path(),
                115_200,
                hurried(model, 1),
                variables(),
                Some(switch),
            )
            .expect("an opener");
            assert_eq!(
                climb(&mut opener),
                whole[..openings],
                "{model:?} {remedy:?}"
            );
            assert_eq!(
                modem.log().power_cycles,
                u32::from(remedy == Remedy::PowerCycle)
            );
        }
    }
}

#[test]
fn a_modem_that_hangs_is_silent_until_its_power_is_cycled() {
    for model in MODELS {
        let (exchange, _far_ends) = somebody();
        let conditions = Conditions {
            hung: true,
            ..well()
        };
        let modem = Arc::new(Modem::plug_in(model, conditions, fast(), exchange).expect("a modem"));
        let mut without = opener(&modem, hurried(model, 20));
        assert!(
            matches!(
                open(&mut without).0.err(),
                Some(devices::line::OpenFault::Silent)
            ),
            "{model:?}"
        );
        let switch = Box::new(TwinSwitch(Arc::clone(&modem)));
        let mut opener = ModemOpener::new(
            modem.path(),
            115_200,
            hurried(model, 20),
            variables(),
            Some(switch),
        )
        .expect("an opener");
        let climbed = climb(&mut opener);
        assert_eq!(climbed.last(), Some(&Some(Remedy::PowerCycle)), "{model:?}");
        assert_eq!(modem.log().power_cycles, 1);
    }
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
