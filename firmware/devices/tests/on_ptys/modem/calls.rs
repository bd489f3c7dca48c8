use std::io::{ErrorKind, Write};
use std::net::TcpListener;
use std::time::Duration;

use devices::line::{Signal, Step};
use devices::simulated::{Conditions, LineSettings, Modem, ModemModel};

use super::bench::*;

#[test]
fn every_model_opens_a_call_carries_bytes_both_ways_and_hangs_up_when_dropped() {
    let all: Vec<u8> = (0..=255).collect();
    for model in MODELS {
        for chatty in [false, true] {
            let (exchange, far_ends) = somebody();
            let conditions = Conditions { chatty, ..well() };
            let modem = Modem::plug_in(model, conditions, fast(), exchange).expect("a modem");
            let mut opener = opener(&modem, hurried(model, 1));
            let mut line = call(&mut opener);
            let mut far = far_ends.recv().expect("the far end");

            write_all(&mut *line, &all);
            assert_eq!(read_exactly(&mut far, all.len()), all, "{model:?}");
            far.write_all(&all).expect("written");
            assert_eq!(read_exactly(&mut *line, all.len()), all, "{model:?}");
            assert!(modem.in_call());

            drop(line);
            assert_eq!(end_of(&mut far), ErrorKind::UnexpectedEof, "{model:?}");
            let called = match model {
                ModemModel::Telephone => "03550000000",
                _ => "county.example:7001",
            };
            assert_eq!(modem.log().calls, [called]);
            // And another call can be made at once.
            drop(call(&mut opener));
        }
    }
}

#[test]
fn staff_see_each_step_and_how_well_the_network_is_heard() {
    let (exchange, _far_ends) = somebody();
    let conditions = Conditions {
        signal: 3,
        looks_until_registered: 2,
        ..well()
    };
    let modem =
        Modem::plug_in(ModemModel::QuectelEc20, conditions, fast(), exchange).expect("a modem");
    let (line, mut steps) = open(&mut opener(&modem, hurried(ModemModel::QuectelEc20, 1)));
    assert!(line.is_ok());
    steps.dedup();
    let heard = |operator: Option<&str>| {
        Step::Heard(Signal {
            dbm: Some(-107),
            operator: operator.map(str::to_owned),
        })
    };
    assert_eq!(
        steps,
        [
            Step::OpeningPort,
            Step::SettingUp,
            Step::CheckingSim,
            Step::Registering,
            heard(None),
            Step::JoiningData,
            heard(Some("CHN-TEST")),
            Step::Connecting,
        ]
    );
}

#[test]
fn a_call_is_as_fast_as_its_line_and_says_so() {
    let (exchange, far_ends) = somebody();
    let line = LineSettings::clean(9600);
    let modem = Modem::plug_in(ModemModel::Telephone, well(), line, exchange).expect("a modem");
    let mut line = call(&mut opener(&modem, hurried(ModemModel::Telephone, 1)));
    let mut far = far_ends.recv().expect("the far end");
    assert_eq!(line.bits_per_second(), Some(9600));
    write_all(&mut *line, &[7; 960]);
    let waiting = line.waiting_to_send().expect("a count");
    assert!(800 < waiting, "{waiting} of 960 bytes, which take a second");
    assert_eq!(read_exactly(&mut far, 960), [7; 960]);
}

#[test]
fn a_call_is_put_through_to_a_tcp_port_and_carries_much_both_ways_at_once() {
    for model in [ModemModel::Telephone, ModemModel::SimcomSim7600] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let modem =
            Modem::plug_in(model, well(), fast(), put_through_to(&listener)).expect("a modem");
        let mut line = call(&mut opener(&modem, hurried(model, 1)));
        let mut far = accepted(&listener);
        let up: Vec<u8> = (0..30_000_u32).map(|at| (at * 7 / 5) as u8).collect();
        let down: Vec<u8> = (0..30_000_u32).map(|at| (at * 11 / 3) as u8).collect();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                write_all(&mut far, &down);
                assert_eq!(read_exactly(&mut far, up.len()), up, "{model:?}");
            });
            // Both directions stand full for a while: the near end writes in pieces and reads in between.
            let mut seen = Vec::new();
            for piece in up.chunks(500) {
                write_all(&mut *line, piece);
                seen.extend(read_exactly(&mut *line, 500));
            }
            assert_eq!(seen, down, "{model:?}");
        });
    }
}

#[test]
fn a_far_end_that_hangs_up_and_a_carrier_that_is_lost_end_the_call_but_the_words_alone_do_not() {
    for model in MODELS {
        for carrier_is_lost in [false, true] {
            let (exchange, far_ends) = somebody();
            let modem = Modem::plug_in(model, well(), fast(), exchange).expect("a modem");
            let mut line = call(&mut opener(&modem, hurried(model, 1)));
            let mut far = far_ends.recv().expect("the far end");
            let words = b"\r\nNO CARRIER\r\n\r\nCLOSED\r\n, as modems say";
            far.write_all(words).expect("written");
            assert_eq!(read_exactly(&mut *line, words.len()), words, "{model:?}");
            if carrier_is_lost {
                modem.lose_carrier();
            } else {
                drop(far);
            }
            assert_eq!(end_of(&mut *line), ErrorKind::BrokenPipe, "{model:?}");
            let written = line.write(b"more").expect_err("over");
            assert_eq!(written.kind(), ErrorKind::BrokenPipe);
        }
    }
}

#[test]
fn pluses_amid_the_bytes_are_no_escape() {
    let (exchange, far_ends) = somebody();
    let modem = Modem::plug_in(ModemModel::QuectelEc20, well(), fast(), exchange).expect("a modem");
    let mut line = call(&mut opener(&modem, hurried(ModemModel::QuectelEc20, 1)));
    let mut far = far_ends.recv().expect("the far end");
    write_all(&mut *line, b"abc+++def");
    assert_eq!(read_exactly(&mut far, 9), b"abc+++def");
    write_all(&mut *line, b"+++++");
    assert_eq!(read_exactly(&mut far, 5), b"+++++");
    far.write_all(b"still here").expect("written");
    assert_eq!(read_exactly(&mut *line, 10), b"still here");
}

#[test]
fn an_unplugged_modem_ends_the_call() {
    let (exchange, far_ends) = somebody();
    let modem = Modem::plug_in(ModemModel::Telephone, well(), fast(), exchange).expect("a modem");
    let mut line = call(&mut opener(&modem, hurried(ModemModel::Telephone, 1)));
    drop(modem);
    assert_eq!(end_of(&mut *line), ErrorKind::BrokenPipe);
    drop(line);
    drop(far_ends);
}

#[test]
fn a_modem_of_a_bank_answers_whoever_rings_and_the_next_after_them() {
    let modem = Modem::plug_in(ModemModel::Telephone, well(), fast(), nobody()).expect("a modem");
    let mut opener = opener(
        &modem,
        hurried_value(toml::from_str(ANSWERING).expect("TOML"), 1),
    );
    for _ in 0..2 {
        let (near, mut far) = stream_pair();
        modem.ring(near);
        let (opened, steps) = open(&mut opener);
        let mut line = opened.expect("a call");
        assert_eq!(
            steps[steps.len() - 2..],
            [Step::AwaitingCall, Step::Connecting]
        );
        far.write_all(b"record").expect("written");
        assert_eq!(read_exactly(&mut *line, 6), b"record");
        drop(line);
        assert_eq!(end_of(&mut far), ErrorKind::UnexpectedEof);
    }
}

#[test]
fn the_real_silences_of_an_escape_are_kept() {
    let (exchange, far_ends) = somebody();
    let conditions = Conditions::default();
    assert_eq!(conditions.guard, Duration::from_secs(1));
    let modem =
        Modem::plug_in(ModemModel::QuectelEc200, conditions, fast(), exchange).expect("a modem");
    let script = devices::modem::Script::named("quectel-ec200").expect("a script");
    let line = call(&mut opener(&modem, script));
    let mut far = far_ends.recv().expect("the far end");
    drop(line);
    assert_eq!(read_exactly(&mut far, 3), b"+++");
    assert_eq!(end_of(&mut far), ErrorKind::UnexpectedEof);
    assert_eq!(
        modem.log().commands.last().map(String::as_str),
        Some("AT+QICLOSE=0,10")
    );
}
