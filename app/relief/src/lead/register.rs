//! The register of leads and the clocks that run on them.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{LeadAnswered, LeadEntered, LeadHandedOver, LeadTold, LeadVerified};
use crate::clock::{Condition, Step};
use crate::county_event::{EventId, Fact, Log};
use crate::deadline::Deadline;
use crate::punctuality::Punctuality;
use crate::rulebook::Rulebook;

/// A complaint or tip.
#[derive(Debug, Clone)]
pub struct Lead<'a> {
    /// Its number.
    pub id: EventId,
    /// What came.
    pub entered: &'a LeadEntered,
    /// The day on which it was entered.
    pub registered: NaiveDate,
    /// That it was told back, and the event.
    pub told: Option<(&'a LeadTold, EventId)>,
    /// What was found out, and the event.
    pub verified: Option<(&'a LeadVerified, EventId)>,
    /// That it was answered, and the event.
    pub answered: Option<(&'a LeadAnswered, EventId)>,
    /// That it takes longer: the event.
    pub extended: Option<EventId>,
    /// That it went to discipline inspection, and the event.
    pub handed_over: Option<(&'a LeadHandedOver, EventId)>,
}

/// A clock of a lead, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadClock {
    /// The deadline.
    pub deadline: Deadline,
    /// How it stands; `None` if no text gives a number of days.
    pub stands: Option<Punctuality>,
}

impl Lead<'_> {
    /// Whether who complains gave their name (实名).
    #[must_use]
    pub const fn is_real_name(&self) -> bool {
        self.entered.by.is_some()
    }

    /// Whether nothing more is to be done: answered, and what was verified is known.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.verified.is_some() && self.answered.is_some()
    }

    /// The clocks of 《信访工作条例》 that run or ran, as of `today`: told within 15 days of receipt, which is not owed to
    /// somebody unknown (第23条), and answered within 60 days of acceptance, or 90 (第34条). Acceptance is the day on which
    /// it was told, or, so that nobody gains by not telling, the day of receipt.
    #[must_use]
    pub fn clocks(&self, book: &Rulebook, today: NaiveDate) -> Vec<LeadClock> {
        let received = self.entered.received;
        let told = self.told.map(|(told, _)| told.on);
        let answered = self.answered.map(|(answered, _)| answered.on);
        let condition = if self.extended.is_some() {
            Condition::Special
        } else {
            Condition::Ordinary
        };
        let receipt = self
            .is_real_name()
            .then(|| book.complaint_deadline(Step::ComplaintReceipt, Condition::Ordinary, received))
            .flatten();
        let answer =
            book.complaint_deadline(Step::ComplaintAnswer, condition, told.unwrap_or(received));
        [(receipt, told), (answer, answered)]
            .into_iter()
            .filter_map(|(deadline, done)| {
                let deadline = deadline?;
                let last = deadline.last_day();
                let stands = last.map(|last| Punctuality::of(last.date, done, today));
                Some(LeadClock { deadline, stands })
            })
            .collect()
    }
}

/// All leads.
#[derive(Debug, Clone)]
pub struct Leads<'a> {
    leads: BTreeMap<EventId, Lead<'a>>,
}

impl<'a> Leads<'a> {
    /// What these events say.
    #[must_use]
    pub fn of(log: &Log<'a>) -> Self {
        let mut leads: BTreeMap<EventId, Lead<'a>> = BTreeMap::new();
        for event in log.iter() {
            let id = event.id;
            match &event.fact {
                Fact::LeadEntered(entered) => {
                    let lead = Lead {
                        id,
                        entered,
                        registered: event.date(),
                        told: None,
                        verified: None,
                        answered: None,
                        extended: None,
                        handed_over: None,
                    };
                    leads.insert(id, lead);
                }
                Fact::LeadTold(told) => {
                    if let Some(lead) = leads.get_mut(&told.lead) {
                        lead.told = Some((told, id));
                    }
                }
                Fact::LeadVerified(verified) => {
                    if let Some(lead) = leads.get_mut(&verified.lead) {
                        lead.verified = Some((verified, id));
                    }
                }
                Fact::LeadAnswered(answered) => {
                    if let Some(lead) = leads.get_mut(&answered.lead) {
                        lead.answered = Some((answered, id));
                    }
                }
                Fact::LeadExtended(extended) => {
                    if let Some(lead) = leads.get_mut(&extended.lead) {
                        lead.extended = Some(id);
                    }
                }
                Fact::LeadHandedOver(handed) => {
                    if let Some(lead) = leads.get_mut(&handed.lead) {
                        lead.handed_over = Some((handed, id));
                    }
                }
                _ => {}
            }
        }
        Self { leads }
    }

    /// Every lead, in the order in which they were entered.
    pub fn leads(&self) -> impl Iterator<Item = &Lead<'a>> {
        self.leads.values()
    }

    /// The lead of this number.
    #[must_use]
    pub fn get(&self, id: EventId) -> Option<&Lead<'a>> {
        self.leads.get(&id)
    }
}
