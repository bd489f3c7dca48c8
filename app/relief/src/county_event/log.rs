//! The events that count.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{CountyEvent, EventId, Fact};

/// The events of the county's list that had been stated by a day and not been taken back by then, in their order.
///
/// A table drawn from what was known on the day of its report is the same table whenever it is drawn again.
#[derive(Debug, Clone)]
pub struct Log<'a> {
    events: Vec<&'a CountyEvent>,
    day: NaiveDate,
}

impl<'a> Log<'a> {
    /// What was known at the end of `day`. `events` are in the order of their numbers.
    #[must_use]
    pub fn known_on(events: &'a [CountyEvent], day: NaiveDate) -> Self {
        let known = || events.iter().filter(|event| event.date() <= day);
        let withdrawn: BTreeSet<EventId> = known()
            .filter_map(|event| match &event.fact {
                Fact::Withdrawn(withdrawn) => Some(withdrawn.event),
                _ => None,
            })
            .collect();
        let events = known()
            .filter(|event| !withdrawn.contains(&event.id))
            .filter(|event| !matches!(event.fact, Fact::Withdrawn(_)))
            .collect();
        Self { events, day }
    }

    /// The day by whose end it was known.
    #[must_use]
    pub const fn day(&self) -> NaiveDate {
        self.day
    }

    /// The events in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &'a CountyEvent> + use<'a, '_> {
        self.events.iter().copied()
    }

    /// The event of this number, if it counts.
    #[must_use]
    pub fn get(&self, id: EventId) -> Option<&'a CountyEvent> {
        let at = self
            .events
            .binary_search_by_key(&id, |event| event.id)
            .ok()?;
        self.events.get(at).copied()
    }
}
