use proptest::prelude::*;

use super::*;
use crate::line::Step as LineStep;

/// A chat, its clock, and what it has said and told.
struct Bench {
    chat: Chat,
    now: Duration,
    said: Vec<String>,
    told: Vec<LineStep>,
}

fn variables() -> Variables {
    toml::from_str("number = \"03558000000\"\nhost = \"192.0.2.1\"\nport = 7001\napn = \"CMNET\"\npin = \"1234\"").expect("settings")
}

impl Bench {
    fn open(script: &str) -> Self {
        let script = Script::named(script).expect("a script");
        Self::of(Chat::open(&script, &variables(), Duration::ZERO))
    }

    fn of(chat: Chat) -> Self {
        let mut bench = Self {
            chat,
            now: Duration::ZERO,
            said: Vec::new(),
            told: Vec::new(),
        };
        bench.drain();
        bench
    }

    fn drain(&mut self) {
        while let Some(action) = self.chat.poll_action() {
            self.said.push(match action {
                Action::Send(bytes) => String::from_utf8(bytes)
                    .expect("text")
                    .trim_end()
                    .to_owned(),
                other => format!("{other:?}"),
            });
        }
        self.told
            .extend(std::iter::from_fn(|| self.chat.poll_progress()));
    }

    /// The modem says these lines; returns how many bytes the chat took.
    fn hear(&mut self, text: &str) -> usize {
        let taken = self.chat.handle_bytes(self.now, text.as_bytes());
        self.drain();
        taken
    }

    /// Goes on to the next deadline.
    fn wait(&mut self) {
        self.now = self.chat.deadline().expect("something to wait for");
        self.chat.handle_timeout(self.now);
        self.drain();
    }

    /// Waits until `command` is said, and answers it.
    fn answer(&mut self, command: &str, answer: &str) {
        while self.said.last().map(String::as_str) != Some(command) {
            assert_eq!(self.chat.end(), None, "before {command}");
            self.wait();
        }
        self.hear(answer);
    }
}

const OK: &str = "\r\nOK\r\n";

#[test]
fn a_number_is_dialled_and_what_follows_the_connect_line_is_the_other_ends() {
    let mut bench = Bench::open("pstn");
    bench.answer("ATZ", OK);
    bench.answer("ATE0V1X4&C1&D2S0=0S7=60", OK);
    assert_eq!(
        bench.said.last().map(String::as_str),
        Some("ATDT03558000000")
    );
    let taken = bench.hear("\r\nCONNECT 9600\r\nabc");
    assert_eq!(taken, "\r\nCONNECT 9600\r".len());
    assert_eq!(
        bench.chat.end(),
        Some(End::Connected {
            bits_per_second: Some(9600),
            in_words: true
        })
    );
    assert_eq!(bench.told, [LineStep::SettingUp, LineStep::Dialling]);
}

#[test]
fn every_result_of_a_dialling_is_told_apart_in_words_and_in_numbers() {
    for (answer, fault) in [
        ("BUSY", Fault::Busy),
        ("NO CARRIER", Fault::NoCarrier),
        ("VOICE", Fault::NoCarrier),
        ("NO DIALTONE", Fault::NoDialTone),
        ("NO DIAL TONE", Fault::NoDialTone),
        ("NO ANSWER", Fault::NoAnswer),
        ("ERROR", Fault::Silent),
        ("3", Fault::NoCarrier),
        ("4", Fault::Silent),
        ("6", Fault::NoDialTone),
        ("7", Fault::Busy),
        ("8", Fault::NoAnswer),
    ] {
        let mut bench = Bench::open("pstn");
        bench.answer("ATZ", "0\r");
        bench.answer("ATE0V1X4&C1&D2S0=0S7=60", OK);
        bench.hear(&format!("RING\r{answer}\r"));
        assert_eq!(bench.chat.end(), Some(End::Failed(fault)), "{answer}");
    }
    for answer in ["1", "5", "10", "12"] {
        let mut bench = Bench::open("pstn");
        bench.answer("ATZ", "0\r");
        bench.answer("ATE0V1X4&C1&D2S0=0S7=60", "0\r");
        bench.hear(&format!("{answer}\r"));
        let end = End::Connected {
            bits_per_second: None,
            in_words: false,
        };
        assert_eq!(bench.chat.end(), Some(end), "{answer}");
    }
}

#[test]
fn a_silent_modem_is_asked_as_often_as_the_script_says_and_late_answers_are_not_taken_for_new_ones()
{
    let mut bench = Bench::open("pstn");
    assert_eq!(bench.said, ["ATZ"]);
    // The first answer comes after its time, when nothing is being asked.
    bench.wait();
    bench.hear(OK);
    assert_eq!(bench.said, ["ATZ"]);
    while bench.chat.end().is_none() {
        bench.wait();
    }
    assert_eq!(bench.said, ["ATZ", "ATZ", "ATZ"]);
    assert_eq!(bench.chat.end(), Some(End::Failed(Fault::Silent)));
}

#[test]
fn a_cellular_module_is_brought_up_with_urcs_in_between_and_its_signal_told() {
    let mut bench = Bench::open("quectel-ec20");
    bench.answer("AT", "\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\nAT\r\r\nOK\r\n");
    bench.answer("ATE0V1", OK);
    bench.answer("AT+CMEE=1", "\r\n+QIND: SMS DONE\r\n\r\nOK\r\n");
    bench.answer("AT&C1&D1", OK);
    bench.answer("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n");
    bench.answer("AT+CSQ", "\r\n+CSQ: 99,99\r\n\r\nOK\r\n");
    bench.answer("AT+CEREG?", "\r\n+CEREG: 0,2\r\n\r\nOK\r\n");
    bench.answer("AT+CGREG?", "\r\n+CREG: 5\r\n\r\n+CGREG: 0,2\r\n\r\nOK\r\n");
    bench.answer("AT+CSQ", "\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
    bench.answer(
        "AT+CEREG?",
        "\r\n+CEREG: 2,5,\"18A2\",\"5\",7\r\n\r\nOK\r\n",
    );
    bench.answer("AT+COPS?", "\r\n+COPS: 0,0,\"CHN-CT\",7\r\n\r\nOK\r\n");
    bench.answer("AT+QIACT?", OK);
    bench.answer("AT+QICSGP=1,1,\"CMNET\",\"\",\"\",0", OK);
    bench.answer("AT+QIACT=1", "\r\nERROR\r\n");
    bench.wait();
    bench.answer("AT+QIACT=1", "\r\nRING\r\n\r\nOK\r\n");
    bench.answer(
        "AT+QIOPEN=1,0,\"TCP\",\"192.0.2.1\",7001,0,2",
        "\r\nCONNECT\r\n",
    );
    let end = End::Connected {
        bits_per_second: None,
        in_words: true,
    };
    assert_eq!(bench.chat.end(), Some(end));
    let heard = |dbm: Option<i16>, operator: Option<&str>| {
        LineStep::Heard(Signal {
            dbm,
            operator: operator.map(str::to_owned),
        })
    };
    assert_eq!(
        bench.told,
        [
            LineStep::SettingUp,
            LineStep::CheckingSim,
            LineStep::Registering,
            heard(None, None),
            heard(Some(-73), None),
            LineStep::JoiningData,
            heard(Some(-73), Some("CHN-CT")),
            LineStep::Connecting,
        ]
    );
}

#[test]
fn a_pin_is_sent_once_and_only_while_all_its_tries_are_left() {
    for (left, sent) in [(3, true), (2, false)] {
        let mut bench = Bench::open("quectel-ec20");
        for command in ["AT", "ATE0V1", "AT+CMEE=1", "AT&C1&D1"] {
            bench.answer(command, OK);
        }
        bench.answer("AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n");
        bench.answer(
            "AT+QPINC=\"SC\"",
            &format!("\r\n+QPINC: \"SC\",{left},10\r\n\r\nOK\r\n"),
        );
        if sent {
            bench.answer("AT+CPIN=\"1234\"", "\r\n+CME ERROR: 16\r\n");
        }
        assert_eq!(bench.chat.end(), Some(End::Failed(Fault::SimLocked)));
        let times = bench
            .said
            .iter()
            .filter(|said| said.starts_with("AT+CPIN="))
            .count();
        assert_eq!(times, usize::from(sent));
    }
}

#[test]
fn a_network_that_never_comes_is_given_up_after_its_rounds() {
    let mut bench = Bench::open("simcom-sim7600");
    for command in ["AT", "ATE0V1", "AT+CMEE=1", "AT&C1&D1"] {
        bench.answer(command, OK);
    }
    bench.answer("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n");
    for _ in 0..90 {
        bench.answer("AT+CSQ", "\r\n+CSQ: 2,99\r\n\r\nOK\r\n");
        bench.answer("AT+CEREG?", "\r\n+CEREG: 0,2\r\n\r\nOK\r\n");
        bench.answer("AT+CGREG?", "\r\n+CGREG: 0,2\r\n\r\nOK\r\n");
        if bench.chat.end().is_none() {
            bench.wait();
        }
    }
    assert_eq!(bench.chat.end(), Some(End::Failed(Fault::NotRegistered)));
    assert!(Duration::from_secs(89) <= bench.now, "{:?}", bench.now);
}

#[test]
fn an_escape_stands_between_two_silences() {
    let script = Script::named("quectel-ec20").expect("a script");
    let mut bench = Bench::of(Chat::steps(
        &script,
        &script.hang_up.steps,
        &Variables::default(),
        Duration::ZERO,
    ));
    assert!(bench.said.is_empty());
    bench.wait();
    assert_eq!(
        (bench.now, bench.said.as_slice()),
        (Duration::from_secs(1), ["+++".to_owned()].as_slice())
    );
    bench.now += Duration::from_millis(1100);
    bench.hear(OK);
    bench.answer("AT+QICLOSE=0", OK);
    assert_eq!(bench.chat.end(), Some(End::Done));
}

/// What modems say, whole and broken, and noise.
fn said() -> impl Strategy<Value = Vec<u8>> {
    let line = prop::sample::select(vec![
        "OK",
        "ERROR",
        "+CPIN: READY",
        "+CPIN: SIM PIN",
        "+CSQ: 20,99",
        "+CEREG: 0,1",
        "+COPS: 0,0,\"X\"",
        "+QPINC: \"SC\",3,10",
        "RING",
        "+QIURC: \"pdpdeact\",1",
        "+NETOPEN: 0",
        "NO CARRIER",
        "0",
        "RDY",
    ]);
    prop_oneof![
        line.prop_map(|line| format!("\r\n{line}\r\n").into_bytes()),
        prop::collection::vec(any::<u8>(), 0..300),
    ]
}

proptest! {
    #[test]
    fn whatever_a_modem_says_a_chat_ends_in_time_and_holds_little(
        script in prop::sample::select(vec!["pstn", "quectel-ec20", "quectel-ec200", "simcom-sim7600"]),
        story in prop::collection::vec((said(), 0..5000_u64), 0..60),
    ) {
        let script = Script::named(script).expect("a script");
        let mut chat = Chat::open(&script, &variables(), Duration::ZERO);
        let mut now = Duration::ZERO;
        let mut looks = 0;
        for (bytes, pause_ms) in story {
            let taken = chat.handle_bytes(now, &bytes);
            // A step's actions stand here until they are drained: never more than the script has steps.
            prop_assert!(chat.actions.len() <= 200 && chat.progress.len() <= 20);
            if chat.end().is_some() {
                break;
            }
            prop_assert_eq!(taken, bytes.len());
            let then = now + Duration::from_millis(pause_ms);
            while let Some(due) = chat.deadline().filter(|&due| due <= then) {
                now = now.max(due);
                chat.handle_timeout(now);
                drain(&mut chat);
                looks += 1;
            }
            if chat.end().is_none() {
                now = then;
            }
        }
        while let Some(due) = chat.deadline() {
            now = now.max(due);
            chat.handle_timeout(now);
            drain(&mut chat);
            looks += 1;
            prop_assert!(looks < 10_000, "{looks} looks");
        }
        prop_assert!(chat.end().is_some());
        prop_assert!(now <= script.longest_opening(), "{now:?}");
    }
}

fn drain(chat: &mut Chat) {
    while chat.poll_action().is_some() {}
    while chat.poll_progress().is_some() {}
}
