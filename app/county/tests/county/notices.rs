//! Written notices: there once their decision is made, and printed with what it was.

use county::{NoticeError, Said};
use relief::{Action, Details, Fen, Month, Notice, Role};

use crate::bench::{Bench, DAY_MS, Submission};

fn printed(bench: &Bench, sent: &Submission) -> Vec<Notice> {
    let id = bench.case(sent).id;
    let printed = |notice: &Notice| match bench.county.notice(id, *notice) {
        Ok(pdf) => {
            assert!(pdf.starts_with(b"%PDF-1."), "{notice:?}");
            true
        }
        Err(NoticeError::NotDecided) => false,
        Err(error) => panic!("{notice:?}: {error}"),
    };
    Notice::ALL.into_iter().filter(printed).collect()
}

#[test]
fn each_decision_has_its_notice_and_no_other() {
    let mut bench = Bench::new();
    let sent = bench.received(1);
    assert_eq!(printed(&bench, &sent), []);
    let papers = Said::reason("户口本\n残疾证\n银行卡复印件");
    bench.act(&sent, Role::Township, Action::AskForPapers, papers);
    assert_eq!(printed(&bench, &sent), [Notice::MissingPapers]);
    bench.act(&sent, Role::Township, Action::BringPapers, Said::default());
    bench.accept(&sent);
    assert_eq!(printed(&bench, &sent), [Notice::Acceptance]);
    bench.survey(&sent);
    for action in [Action::GiveFirstOpinion, Action::PostNotice] {
        bench.act(&sent, Role::Township, action, Said::default());
    }
    bench.pass(8 * DAY_MS);
    bench.act(&sent, Role::Township, Action::SendToCounty, Said::default());
    let award = Said {
        details: Details::Award {
            monthly: Fen(35_050),
            from: Month::new(2027, 1).expect("a month"),
        },
        ..Said::default()
    };
    bench.act(&sent, Role::County, Action::Confirm, award);
    assert_eq!(
        printed(&bench, &sent),
        [Notice::Acceptance, Notice::Confirmation]
    );
}

#[test]
fn a_reason_of_a_whole_page_is_printed() {
    let mut bench = Bench::new();
    let sent = bench.received(1);
    let reason = Said::reason(&"家庭人均收入超过规定的标准，存款也超过规定。".repeat(40));
    bench.act(&sent, Role::Township, Action::DoNotAccept, reason);
    assert_eq!(printed(&bench, &sent), [Notice::NonAcceptance]);
}
