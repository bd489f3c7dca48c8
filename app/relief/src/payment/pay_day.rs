//! The days on which money is to arrive.

use chrono::{Datelike, NaiveDate};

use crate::calendar::{DueDate, day_or_month_end};
use crate::household::SupportClass;
use crate::month::Month;
use crate::rulebook::Rulebook;
use crate::settings::{Dated, SettingKey};

/// A day on which money for some months is to arrive at the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayDay {
    /// The day that the notice names.
    pub nominal: NaiveDate,
    /// The day at the latest, if that is a day of rest.
    pub due: DueDate,
    /// The first month that is paid.
    pub from: Month,
    /// The last.
    pub to: Month,
}

impl PayDay {
    /// Whether money for `month` is paid on it.
    #[must_use]
    pub fn covers(&self, month: Month) -> bool {
        (self.from..=self.to).contains(&month)
    }
}

/// The pay days of each class for some months, in order.
#[derive(Debug, Clone)]
pub struct PayDays<'a> {
    book: &'a Rulebook,
    days: [Vec<PayDay>; SupportClass::ALL.len()],
}

impl<'a> PayDays<'a> {
    /// Every pay day that covers a month from `first` to `last`.
    #[must_use]
    pub fn between(book: &'a Rulebook, first: Month, last: Month) -> Self {
        // A quarter that touches the first month began up to two months before it, and holidays move a day within a month.
        let (start, end) = (first.plus(-3).first_day(), last.plus(1).last_day());
        let due = book
            .duties
            .due_between(start, end, &book.settings, &book.calendar);
        let days = SupportClass::ALL.map(|class| {
            due.iter()
                .filter(|date| date.id == class.duty_id())
                .map(|date| PayDay {
                    nominal: date.nominal,
                    due: date.due,
                    from: Month::of(date.from),
                    to: Month::of(date.to),
                })
                .filter(|day| first <= day.to && day.from <= last)
                .collect()
        });
        Self { book, days }
    }

    /// The pay days of this class.
    #[must_use]
    pub fn of(&self, class: SupportClass) -> &[PayDay] {
        let at = SupportClass::ALL.iter().position(|one| *one == class);
        at.and_then(|at| self.days.get(at))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The pay day of this class that covers `month`.
    #[must_use]
    pub fn covering(&self, class: SupportClass, month: Month) -> Option<PayDay> {
        self.of(class).iter().find(|day| day.covers(month)).copied()
    }

    /// By when money for `month` is to arrive that was decided on `decided`: on the pay day; if that was past by then, on
    /// the day of the same number in the first month that still has it ahead, or on the class's next pay day, as the
    /// setting `late-decision-payment` says.
    #[must_use]
    pub fn due(&self, day: &PayDay, month: Month, decided: NaiveDate) -> NaiveDate {
        if decided <= day.due.date {
            return day.due.date;
        }
        let step =
            if self
                .book
                .settings
                .is(SettingKey::LateDecisionPayment, "next-pay-day", decided)
            {
                day.to.since(day.from) + 1
            } else {
                1
            };
        let first = if step == 1 {
            month.max(day.from)
        } else {
            day.from
        };
        (0..)
            .map(|turn| self.moved(first.plus(turn * step), day.nominal.day()))
            .take_while(|due| *due < LAST_DAY)
            .find(|due| decided <= *due)
            .unwrap_or(LAST_DAY)
    }

    fn moved(&self, month: Month, day: u32) -> NaiveDate {
        let first = month.first_day();
        let nominal = day_or_month_end(first.year(), first.month(), day).unwrap_or(first);
        let rest_day = self.book.settings.rest_day(Dated::Payment, nominal);
        self.book.calendar.moved(nominal, rest_day).date
    }
}

/// Months are counted up to here.
const LAST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(2199, 12, 1) {
    Some(day) => day,
    None => NaiveDate::MAX,
};
