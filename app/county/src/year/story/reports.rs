//! What villages and townships report.

use chrono::{Datelike, Days};
use relief::{
    Fact, ListCode, Month, Place,
    monthly_report::{
        Change, ChangeLine, ChangeOutcome, ChangeSettled, TownshipReported, VillageReportChecked,
        VillageReported,
    },
    report_calendar::{ReportHandedIn, owed_reports},
};

use super::{Story, Today};
use crate::year::people::words;

impl Story<'_> {
    /// Villages report from the 16th on, most in time; townships check and report from the 22nd on.
    pub(super) fn monthly_report(&mut self, today: &mut Today<'_, '_>) {
        let month = Month::of(today.day);
        let (day, reports) = (today.day.day(), &today.registers.monthly_reports);
        if (16..=22).contains(&day) {
            let stands = reports.villages(month, &self.villages, self.book);
            for village in stands
                .into_iter()
                .filter(|village| village.reported.is_none())
            {
                if day != 22 && !self.chance.one_in(3) {
                    continue;
                }
                let changes = (0..self.chance.below(3)).map(|_| Change {
                    household: None,
                    person: self.people.one(&mut self.chance),
                    kind: ListCode(self.chance.of(&[1, 2, 3, 4, 5, 6])),
                    words: words("村里报告的变动"),
                });
                today.facts.push(Fact::VillageReported(VillageReported {
                    place: village.place,
                    month,
                    changes: changes.collect(),
                }));
            }
        }
        if day == 23 {
            for village in reports.villages(month, &self.villages, self.book) {
                if let Some((report, _)) = village.reported {
                    let wrong = if village.changes != 0 && self.chance.one_in(20) {
                        vec![0]
                    } else {
                        vec![]
                    };
                    let check = VillageReportChecked { report, wrong };
                    today.facts.push(Fact::VillageReportChecked(check));
                }
            }
        }
        if day == 24 || day == 26 {
            for township in self.book.codes.open_townships() {
                if day == 26 || !self.chance.one_in(8) {
                    let place = Place {
                        township: township.code.clone(),
                        village: String::new(),
                    };
                    let stands = reports.townships(
                        month,
                        &[],
                        std::slice::from_ref(&township.code),
                        self.book,
                    );
                    if stands.iter().all(|one| one.reported.is_none()) {
                        today
                            .facts
                            .push(Fact::TownshipReported(TownshipReported { place, month }));
                    }
                }
            }
        }
        if day == 28 {
            for change in reports.changes().filter(ChangeLine::is_open) {
                today.facts.push(Fact::ChangeSettled(ChangeSettled {
                    report: change.report,
                    line: change.line,
                    outcome: self.chance.of(&ChangeOutcome::ALL),
                }));
            }
        }
    }

    /// Townships hand in what they owe, nine in ten in time.
    pub(super) fn reports(&mut self, today: &mut Today<'_, '_>) {
        let townships: Vec<String> = self
            .book
            .codes
            .open_townships()
            .map(|one| one.code.clone())
            .collect();
        let first = today
            .day
            .checked_sub_days(Days::new(3))
            .unwrap_or(today.day);
        for owed in owed_reports(
            &today.registers.log,
            &townships,
            first,
            today.day,
            self.book,
        ) {
            let last_chance = owed.duty.due.date == first;
            if owed.handed_in.is_none()
                && (last_chance || (owed.duty.due.date == today.day && !self.chance.one_in(10)))
            {
                today.facts.push(Fact::ReportHandedIn(ReportHandedIn {
                    duty: owed.duty.id,
                    nominal: owed.duty.nominal,
                    township: owed.township,
                }));
            }
        }
    }
}
