use super::*;
use crate::county_event::samples::{County, day, name, person, place, words};
use crate::county_event::{EventId, Fact, NotAdmitted};
use crate::lists::{FocusItem, ListCode};

fn entered(real_name: bool) -> Fact {
    Fact::LeadEntered(LeadEntered {
        by: real_name.then(|| person("王某", 9)),
        place: place(),
        through: ListCode(5),
        focus: FocusItem(1),
        words: words("反映村干部的亲戚吃低保"),
        received: day("2026-03-02"),
        repeats: None,
        skipped_level: false,
    })
}

fn clocks(county: &County, lead: EventId, on: &str) -> Vec<(String, String)> {
    let registers = county.on(on);
    let lead = registers.leads.get(lead).unwrap();
    lead.clocks(&county.book, day(on))
        .into_iter()
        .map(|clock| {
            let stands = clock.stands.map(crate::Punctuality::words);
            (clock.deadline.clock_id, stands.unwrap_or_default())
        })
        .collect()
}

fn said(clocks: &[(&str, &str)]) -> Vec<(String, String)> {
    clocks
        .iter()
        .map(|(id, words)| ((*id).to_owned(), (*words).to_owned()))
        .collect()
}

#[test]
fn a_complaint_is_told_within_15_days_and_answered_within_60_of_that() {
    let mut county = County::new();
    let lead = county.state("2026-03-02", entered(true));
    // 60 days from 2 March end on the holidays of May, and so on the first working day after them.
    assert_eq!(
        clocks(&county, lead, "2026-03-16"),
        said(&[("X1", "还有1天"), ("X2", "还有51天")])
    );
    let told = Fact::LeadTold(LeadTold {
        lead,
        on: day("2026-03-16"),
    });
    county.state("2026-03-16", told);
    // 60 days from 16 March are over on 15 May.
    assert_eq!(
        clocks(&county, lead, "2026-05-15"),
        said(&[("X1", "按时"), ("X2", "今天到期")])
    );
    county.state("2026-05-16", Fact::LeadExtended(LeadExtended { lead }));
    assert_eq!(
        clocks(&county, lead, "2026-05-16"),
        said(&[("X1", "按时"), ("X2s", "还有30天")])
    );
}

#[test]
fn who_gave_no_name_is_told_nothing_and_the_matter_is_dealt_with_all_the_same() {
    let mut county = County::new();
    let lead = county.state("2026-03-02", entered(false));
    assert_eq!(
        clocks(&county, lead, "2026-05-09"),
        said(&[("X2", "已超期3天")])
    );
}

#[test]
fn an_answer_waits_for_what_was_verified() {
    let mut county = County::new();
    let lead = county.state("2026-03-02", entered(true));
    let answered = || {
        Fact::LeadAnswered(LeadAnswered {
            lead,
            on: day("2026-03-20"),
        })
    };
    assert_eq!(
        county.try_state("2026-03-20", answered()),
        Err(NotAdmitted::VerifyFirst)
    );
    county.state(
        "2026-03-20",
        Fact::LeadVerified(LeadVerified {
            lead,
            on: day("2026-03-19"),
            by: vec![name("赵六")],
            verdict: Verdict::PartlyTrue,
        }),
    );
    county.state("2026-03-20", answered());
    assert!(
        county
            .on("2026-03-20")
            .leads
            .get(lead)
            .unwrap()
            .is_settled()
    );
    assert_eq!(
        county.try_state("2026-03-21", answered()),
        Err(NotAdmitted::Twice)
    );
}
