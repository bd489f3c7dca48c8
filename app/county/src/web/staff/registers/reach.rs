//! Whose business an event of the registers is: the office's of the place that it is about.

use relief::{CountyEvent, EventId, Fact, Place};

use crate::accounts::Office;

/// References that are followed at most; none of ours needs more.
const STEPS_MAX: usize = 8;

/// Where an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About<'e> {
    /// A place.
    Place(&'e str, &'e str),
    /// More than one, such as a bank's list.
    Many,
}

fn event_of(events: &[CountyEvent], id: EventId) -> Option<&CountyEvent> {
    let at = events.binary_search_by_key(&id, |event| event.id).ok()?;
    events.get(at)
}

/// Where a fact is about, found by what it refers to first.
pub(super) fn about<'e>(fact: &'e Fact, events: &'e [CountyEvent]) -> About<'e> {
    let of = |place: &'e Place| About::Place(&place.township, &place.village);
    let mut fact = fact;
    for _ in 0..STEPS_MAX {
        match fact {
            Fact::HouseholdEntered(one) => return of(&one.place),
            Fact::OfficialEntered(one) => return of(&one.place),
            Fact::ApplicationEntered(one) => return of(&one.place),
            Fact::VillageReported(one) => return of(&one.place),
            Fact::PersonFound(one) => return of(&one.place),
            Fact::LeadEntered(one) => return of(&one.place),
            Fact::ProblemEntered(one) => return of(&one.place),
            Fact::CallTaken(one) => return of(&one.place),
            Fact::TownshipReported(one) => return of(&one.place),
            Fact::ReportHandedIn(one) => return About::Place(&one.township, ""),
            Fact::PayListEntered(_) => return About::Many,
            _ => {}
        }
        let earlier = fact.references().into_iter().next();
        match earlier.and_then(|(id, _)| event_of(events, id)) {
            Some(event) => fact = &event.fact,
            None => return About::Many,
        }
    }
    About::Many
}

/// Whether an office may see an event.
pub(super) fn may_see(office: &Office, fact: &Fact, events: &[CountyEvent]) -> bool {
    let of_reports = matches!(
        fact,
        Fact::VillageReported(_) | Fact::VillageReportChecked(_) | Fact::ChangeSettled(_)
    );
    (of_reports || office.village().is_none())
        && match about(fact, events) {
            About::Place(township, village) => office.reaches(township, village),
            // Of a list the page shows the lines that the office may see.
            About::Many => matches!(fact, Fact::PayListEntered(_)) || office.township().is_none(),
        }
}

/// Whether an office may state a fact: it has to be about its own place.
pub(super) fn may_state(office: &Office, fact: &Fact, events: &[CountyEvent]) -> bool {
    match about(fact, events) {
        About::Place(township, village) => office.reaches(township, village),
        About::Many => office.township().is_none(),
    }
}

/// Whether an office may see what concerns the household of this event.
pub(super) fn may_see_household(office: &Office, id: EventId, events: &[CountyEvent]) -> bool {
    event_of(events, id).is_some_and(|event| may_see(office, &event.fact, events))
}
