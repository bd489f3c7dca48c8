//! From when to when a row of a rule file holds.

use chrono::NaiveDate;

/// Whether `day` lies between a first and a last day, both included; without one of them there is no end on that side.
pub(crate) fn in_force(
    effective: Option<NaiveDate>,
    until: Option<NaiveDate>,
    day: NaiveDate,
) -> bool {
    effective.is_none_or(|first| first <= day) && until.is_none_or(|last| day <= last)
}

/// Whether the last day is before the first, so that the row never holds.
pub(crate) fn ends_before_it_begins(
    effective: Option<NaiveDate>,
    until: Option<NaiveDate>,
) -> bool {
    until.is_some() && until < effective
}
