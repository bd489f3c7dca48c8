//! What a kiosk's clocks say, and what the county makes of it.

use envelope::{CountyMessage, Kind, ObjectHash, Sealed, split_messages, unpack_rule_files};
use relief::{Kept, KioskCondition, KioskTime, Rulebook};

use crate::bench::{Bench, DAY_MS, NOW, application, secret, signer};

const KIOSK: u16 = 3;

/// A kiosk whose wall clock was never set, in its fifth boot.
fn unset(tick_ms: u64) -> KioskTime {
    KioskTime {
        boot_id: 5,
        tick_ms,
        wall_ms: i64::try_from(tick_ms).expect("a short boot"),
        county_ms: None,
        county_tick_ms: None,
    }
}

fn clock_report(bench: &mut Bench, tick_ms: u64) -> Sealed {
    let told = Kept::from(unset(tick_ms)).to_cbor().expect("a report");
    bench.seal(Kind::ClockReport, &told, &signer(KIOSK))
}

fn held(bench: &Bench) -> (Option<u64>, Option<Vec<u64>>) {
    let answer = bench.county.answer_holdings(signer(KIOSK).id());
    let message = CountyMessage::verify(&answer.expect("the ledger").body, &secret().public());
    match message.expect("the county's word") {
        CountyMessage::Acknowledgement { held, numbers, .. } => (held, numbers),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_clock_report_takes_no_number_and_objects_are_numbered_as_they_come() {
    let mut bench = Bench::new();
    let report = clock_report(&mut bench, 1_000);
    bench.deliver(&report);
    assert_eq!(held(&bench), (Some(0), Some(vec![])));
    bench.received(1);
    let report = clock_report(&mut bench, 2_000);
    bench.deliver(&report);
    bench.pass(1);
    bench.received(2);
    // The newest first.
    assert_eq!(held(&bench), (Some(2), Some(vec![2, 1])));
}

#[test]
fn a_submission_of_an_unset_clock_is_dated_by_a_report_of_its_boot() {
    let mut bench = Bench::new();
    let mut record = application(KIOSK, 1);
    record.submitted = unset(10_000).into();
    let record = record.to_cbor().expect("a record");
    let sealed = bench.seal(Kind::Record, &record, &signer(KIOSK));

    // The line is up for a moment, and down again before the record has crossed.
    let report = clock_report(&mut bench, 40_000);
    bench.deliver(&report);
    bench.pass(3 * 86_400_000);
    bench.deliver(&sealed);

    let cases = bench.county.cases(None, 1).expect("a list");
    let early_ms = NOW.0 - cases[0].submitted.0;
    // Thirty seconds lie between the two; a tick in five thousand may be one too many.
    assert!(
        (29_990..=30_000).contains(&early_ms),
        "{early_ms} ms before the report"
    );
    assert_eq!(cases[0].received.0, NOW.0 + 3 * 86_400_000);
}

/// The messages with which a report is answered that names those that the kiosk has heard.
fn news(bench: &mut Bench, tick_ms: u64, heard: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let condition = KioskCondition {
        heard: heard
            .iter()
            .map(|message| ObjectHash::of(message).beginning())
            .collect(),
        ..works_by(bench.county.rulebook())
    };
    let report = condition.report(unset(tick_ms)).expect("a report");
    let report = bench.seal(Kind::ClockReport, &report, &signer(KIOSK));
    let answer = bench.county.answer_report(&report.bytes);
    let answer = answer.expect("the ledger");
    assert_eq!(answer.status, 200);
    split_messages(&answer.body)
}

#[test]
fn a_kiosk_that_reports_is_told_its_news_until_a_report_says_that_it_heard_them() {
    let mut bench = Bench::new();
    let sent = bench.received(1);
    let told = news(&mut bench, 1_000, &[]);
    let [status] = &told[..] else {
        panic!("{} messages", told.len());
    };
    let message = CountyMessage::verify(status, &secret().public());
    let CountyMessage::Status { slip_number, .. } = message.expect("the county's word") else {
        panic!("no status");
    };
    assert_eq!(slip_number, sent.record.slip_number.to_string());
    // It did not arrive, or something else did.
    assert_eq!(news(&mut bench, 2_000, &[b"else".to_vec()]), told);
    assert_eq!(news(&mut bench, 3_000, &told), Vec::<Vec<u8>>::new());
    bench.accept(&sent);
    assert_eq!(news(&mut bench, 4_000, &[]).len(), 1);

    // Whoever is no kiosk of the county's hears nothing.
    let report = Kept::from(unset(1)).to_cbor().expect("a report");
    let stranger = bench.seal(Kind::ClockReport, &report, &signer(9));
    let answer = bench.county.answer_report(&stranger.bytes);
    assert_eq!(answer.expect("the ledger").status, 422);
    let answer = bench.county.answer_report(b"no envelope");
    assert_eq!(answer.expect("the ledger").status, 422);
}

/// How a kiosk stands that works by these rules.
fn works_by(rules: &Rulebook) -> KioskCondition {
    KioskCondition {
        waiting: 0,
        refused: 0,
        faults: Vec::new(),
        rules_edition: rules.edition().to_owned(),
        card_editions: rules.card_editions(),
        program_version: String::new(),
        heard: Vec::new(),
    }
}

#[test]
fn a_kiosk_that_works_by_other_rules_is_sent_the_county_s_own_once_a_day() {
    let rules = tempfile::tempdir().expect("a folder");
    let local = "hotline = \"000-0000\"\noffice = \"\"\nhours = \"\"\n";
    std::fs::write(rules.path().join("local.toml"), local).expect("a file");
    let mut bench = Bench::with(|config| config.rules_dir = Some(rules.path().to_owned()));
    let mut tick_ms = 0;
    let mut told = |bench: &mut Bench, condition: &KioskCondition| -> Vec<Rulebook> {
        tick_ms += 1000;
        let report = condition.report(unset(tick_ms)).expect("a report");
        let report = bench.seal(Kind::ClockReport, &report, &signer(KIOSK));
        let answer = bench.county.answer_report(&report.bytes);
        let messages = split_messages(&answer.expect("the ledger").body);
        messages
            .iter()
            .map(|message| {
                let message = CountyMessage::verify(message, &secret().public());
                let CountyMessage::RuleFiles { packed, .. } = message.expect("the county's word")
                else {
                    panic!("no rules");
                };
                let files = unpack_rule_files(&packed).expect("files");
                assert_eq!(files["local.toml"], local);
                let rules = Rulebook::builtin().with_files(&files);
                rules.expect("rules to work by")
            })
            .collect()
    };

    let sent = told(&mut bench, &works_by(&Rulebook::builtin()));
    let [theirs] = &sent[..] else {
        panic!("{} messages", sent.len());
    };
    assert_eq!(theirs.edition(), bench.county.rulebook().edition());
    // Until it has it; who works by them is sent nothing more.
    assert_eq!(told(&mut bench, &works_by(&Rulebook::builtin())).len(), 1);
    bench.pass(2 * DAY_MS);
    let news = told(&mut bench, &works_by(&Rulebook::builtin()));
    assert_eq!(news.len(), 1);
}

#[test]
fn a_kiosk_that_works_by_the_county_s_rules_is_sent_none() {
    let mut bench = Bench::new();
    let condition = works_by(bench.county.rulebook());
    let report = condition.report(unset(1)).expect("a report");
    let report = bench.seal(Kind::ClockReport, &report, &signer(KIOSK));
    let answer = bench.county.answer_report(&report.bytes);
    let answer = answer.expect("the ledger");
    assert_eq!(split_messages(&answer.body), Vec::<Vec<u8>>::new());
}
