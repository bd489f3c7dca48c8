//! All registers of a county together, as they were known on a day.

use chrono::NaiveDate;

use crate::county_event::{CountyEvent, Log};
use crate::household::Roster;
use crate::lead::Leads;
use crate::month::Month;
use crate::monthly_report::MonthlyReports;
use crate::near_relative::NearRelatives;
use crate::payment::{Accounts, PayDays};
use crate::rectification::Problems;
use crate::rulebook::Rulebook;
use crate::special_group::SpecialGroups;

/// The registers that a list of events makes.
pub struct Registers<'a> {
    /// The events that count.
    pub log: Log<'a>,
    /// The rules that it is read under.
    pub book: &'a Rulebook,
    /// Households in support.
    pub roster: Roster<'a>,
    /// Officials and their relatives.
    pub near_relatives: NearRelatives<'a>,
    /// People who died, are in prison, became disabled or came under watch.
    pub special_groups: SpecialGroups<'a>,
    /// Complaints.
    pub leads: Leads<'a>,
    /// The rectification list.
    pub problems: Problems<'a>,
    /// Monthly reports.
    pub monthly_reports: MonthlyReports<'a>,
}

impl<'a> Registers<'a> {
    /// What was known at the end of `day`. `events` are in the order of their numbers.
    #[must_use]
    pub fn known_on(events: &'a [CountyEvent], book: &'a Rulebook, day: NaiveDate) -> Self {
        let log = Log::known_on(events, day);
        let roster = Roster::of(&log);
        Self {
            near_relatives: NearRelatives::of(&log, &roster, book),
            special_groups: SpecialGroups::of(&log),
            leads: Leads::of(&log),
            problems: Problems::of(&log),
            monthly_reports: MonthlyReports::of(&log),
            roster,
            book,
            log,
        }
    }

    /// The accounts of every pay day that covers a month from `first` to `last`.
    #[must_use]
    pub fn accounts(&self, first: Month, last: Month) -> Accounts<'a> {
        let days = PayDays::between(self.book, first, last);
        Accounts::of(&self.log, &self.roster, &days)
    }
}
