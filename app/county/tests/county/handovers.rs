//! Papers that are handed in without an application.

use envelope::{Kind, Sealed, SlipCode, StatusToken};
use paper::{FormBoxes, NOTO_SANS_SC, Typeface};
use relief::{
    Attachment, AttachmentKind, BoxState, Handover, Kept, KioskTime, PageBoxes, SlipNumber,
};

use crate::{
    bench::{Bench, COUNTY, NOW, noise, signer},
    http::Server,
    staff_pages::Browser,
};

/// What the kiosk made of one handover.
pub(crate) struct Sent {
    pub(crate) number: SlipNumber,
    pub(crate) record: Sealed,
    pub(crate) paper: Sealed,
    pub(crate) slip: SlipCode,
}

/// A signed 诚信承诺书 that is handed in for `case`, or for none.
pub(crate) fn handover(bench: &mut Bench, counter: u32, case: Option<SlipNumber>) -> Sent {
    handover_of(bench, counter, case, &noise(700))
}

/// The same with this ink.
fn handover_of(bench: &mut Bench, counter: u32, case: Option<SlipNumber>, ink: &[u8]) -> Sent {
    let signer = signer(bench.kiosk.id().0);
    let paper = bench.seal(Kind::Ink, ink, &signer);
    let token = StatusToken([u8::try_from(counter).expect("a small counter"); 16]);
    let number = SlipNumber::new(COUNTY, signer.id().0, counter).expect("a slip number");
    let form = paper::DEFINITIONS
        .iter()
        .map(|definition| FormBoxes::parse(definition).expect("a form"))
        .find(|form| form.key == "commitment")
        .expect("the form");
    let states = form.pages[0]
        .iter()
        .map(|field| match field.id.as_str() {
            "signature_applicant" => BoxState::Marked,
            _ => BoxState::Clear,
        })
        .collect();
    let record = Kept::from(Handover {
        submission_id: [u8::try_from(counter).expect("a small counter"); 16],
        slip_number: number,
        case,
        submitted: KioskTime {
            boot_id: 7,
            tick_ms: 120_000,
            wall_ms: NOW.0 - 240_000,
            county_ms: None,
            county_tick_ms: None,
        }
        .into(),
        attachments: vec![Kept::from(Attachment {
            hash: paper.hash.0,
            kind: AttachmentKind::FORM_INK,
            media: "application/x-ink".to_owned(),
            len: u32::try_from(ink.len()).expect("a short paper"),
        })],
        pages: vec![Kept::from(PageBoxes {
            form: form.key.clone(),
            edition: form.edition.to_string(),
            page: 1,
            states,
        })],
        status_token_hash: token.hash(),
    });
    let plain = record.to_cbor().expect("a record within its limits");
    let submitted_s = u64::try_from(NOW.0 / 1000 - 240).expect("a time after 1970");
    Sent {
        number,
        record: bench.seal(Kind::Handover, &plain, &signer),
        paper,
        slip: SlipCode::issue(&bench.kiosk, token, COUNTY, counter, submitted_s),
    }
}

/// The numbers of what was handed in for the case of this slip.
fn filed(bench: &Bench, case: SlipNumber) -> Vec<SlipNumber> {
    let view = bench.county.case_by_slip(case).expect("the ledger");
    let handovers = view.expect("a case").handovers;
    let numbers = handovers.iter().map(|handover| handover.record.slip_number);
    numbers.collect()
}

fn in_no_case(bench: &Bench) -> Vec<SlipNumber> {
    let found = bench.county.handovers_of_no_case(None, 10);
    let numbers = found.expect("the ledger");
    numbers.iter().map(|view| view.record.slip_number).collect()
}

#[test]
fn papers_come_to_their_case_whichever_arrives_first() {
    let mut bench = Bench::new();
    let case = bench.submission(1, &[]);
    let early = handover(&mut bench, 2, Some(case.record.slip_number));
    bench.deliver(&early.record);
    assert_eq!(in_no_case(&bench), [early.number]);
    bench.deliver(&case.sealed);
    let late = handover(&mut bench, 3, Some(case.record.slip_number));
    bench.deliver(&late.paper);
    bench.deliver(&late.record);
    assert_eq!(
        filed(&bench, case.record.slip_number),
        [early.number, late.number]
    );
    assert_eq!(in_no_case(&bench), []);

    let arrived: Vec<bool> = bench
        .case(&case)
        .handovers
        .iter()
        .flat_map(|handover| &handover.papers)
        .map(|paper| paper.arrived)
        .collect();
    assert_eq!(arrived, [false, true]);
    assert_eq!(bench.status(&case).papers_under_way, 1);
    bench.deliver(&early.paper);
    assert_eq!(bench.status(&case).papers_under_way, 0);
}

#[test]
fn the_same_handover_again_changes_nothing() {
    let mut bench = Bench::new();
    let case = bench.received(1);
    let number = case.record.slip_number;
    let sent = handover(&mut bench, 2, Some(number));
    // Sealed once more, as by a kiosk whose file was rebuilt, it is another object of the same handover.
    let again = handover(&mut bench, 2, Some(number));
    for object in [&sent.record, &sent.record, &again.record] {
        bench.deliver(object);
    }
    assert_eq!(filed(&bench, number), [sent.number]);
    assert_eq!((bench.rows("handovers"), bench.case_count()), (1, 1));
}

#[test]
fn papers_of_one_case_are_not_seen_in_another() {
    let mut bench = Bench::new();
    let (hers, his) = (bench.received(1), bench.received(2));
    let sent = handover(&mut bench, 3, Some(hers.record.slip_number));
    bench.deliver(&sent.record);
    bench.deliver(&sent.paper);
    assert_eq!(filed(&bench, his.record.slip_number), []);
    let paper = bench.county.paper(bench.case(&his).id, sent.paper.hash);
    assert_eq!(paper.expect("the ledger"), None);
}

#[test]
fn a_handover_of_another_kiosk_s_number_is_refused() {
    let mut bench = Bench::new();
    let sent = handover(&mut bench, 2, None);
    let opened = envelope::open(
        &sent.record.bytes,
        &crate::bench::secret().into(),
        |_, _| envelope::KioskStanding::Accepted(signer(3).public()),
    );
    let plain = opened.expect("our own seal").plain;
    bench.county.enrol(&signer(4).public()).expect("the ledger");
    let forged = bench.seal(Kind::Handover, &plain, &signer(4));
    bench.deliver(&forged);
    assert_eq!(bench.rows("handovers"), 0);
}

#[test]
fn staff_see_in_the_case_what_was_handed_in_for_it() {
    let mut bench = Bench::new();
    let case = bench.received(1);
    let sent = handover(&mut bench, 2, Some(case.record.slip_number));
    bench.deliver(&sent.record);
    let server = Server::start(&bench.county);
    let township = Browser::signed_in(&server, "township");
    let page = township.page("/staff/cases/1");
    for part in [
        "后来交的材料：社会救助诚信承诺书",
        "承诺人签名",
        &sent.number.to_string(),
        "还在从终端传来的路上",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    bench.deliver(&sent.paper);
    let address = format!("/staff/handovers/1/papers/{}", sent.paper.hash);
    assert!(township.page("/staff/cases/1").contains(&address));
    assert_eq!(township.get(&address).status(), 200);
}

#[test]
fn papers_in_no_case_are_the_county_s_to_look_at() {
    let mut bench = Bench::new();
    let report = handover(&mut bench, 2, None);
    bench.deliver(&report.record);
    bench.deliver(&report.paper);
    let server = Server::start(&bench.county);
    let county = Browser::signed_in(&server, "county");
    let list = county.page("/staff/handovers");
    assert!(list.contains(&report.number.to_string()), "{list}");
    assert!(county.page("/staff/cases").contains("/staff/handovers"));
    let page = county.page("/staff/handovers/1");
    assert!(page.contains("社会救助诚信承诺书"), "{page}");
    let address = format!("/staff/handovers/1/papers/{}", report.paper.hash);
    assert_eq!(county.get(&address).status(), 200);
    let township = Browser::signed_in(&server, "township");
    assert_eq!(township.get(&address).status(), 404);
    assert_eq!(township.get("/staff/handovers").status(), 403);
}

#[test]
fn the_slip_of_a_handover_shows_that_it_came_and_nothing_of_the_case() {
    let mut bench = Bench::new();
    let case = bench.received(1);
    bench.accept(&case);
    let sent = handover(&mut bench, 2, Some(case.record.slip_number));
    let server = Server::start(&bench.county);
    let page = |slip| server.slip(slip).text().expect("a page");
    assert!(page(&sent.slip).contains("您交的已经存在终端里"));
    bench.deliver(&sent.record);
    let html = page(&sent.slip);
    for part in ["县里已收到", "还有1页扫描件", &sent.number.to_string()] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    for part in ["最低生活保障", "受理", "张"] {
        assert!(!html.contains(part), "{part} is in {html}");
    }
}

#[test]
fn ink_of_any_form_is_laid_onto_its_blank() {
    let face = Typeface::parse(NOTO_SANS_SC).expect("the typeface");
    let forms: Vec<paper::Form> = paper::DEFINITIONS
        .iter()
        .map(|definition| paper::Form::parse(definition, face).expect("a form"))
        .collect();
    let form = forms
        .iter()
        .find(|form| form.key() == "check_authorization")
        .expect("the form");
    let photo = form
        .render_page(2, paper::READ_DPI, &paper::FillIn::blank())
        .expect("a page");
    let reading = paper::read(&photo, &forms).expect("a reading");
    let mut bench = Bench::new();
    let sent = handover_of(&mut bench, 2, None, &paper::travel::pack(&reading, form));
    bench.deliver(&sent.record);
    bench.deliver(&sent.paper);
    let server = Server::start(&bench.county);
    let county = Browser::signed_in(&server, "county");
    let answer = county.get(&format!("/staff/handovers/1/papers/{}", sent.paper.hash));
    assert_eq!(answer.headers()["content-type"], "image/png");
}
