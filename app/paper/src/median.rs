//! The middle one of some values.

use std::cmp::Ordering;

/// The middle one of `values`, the upper of two middle ones; `None` if there is none.
pub(crate) fn median<T: Copy>(
    mut values: Vec<T>,
    compare: impl FnMut(&T, &T) -> Ordering,
) -> Option<T> {
    let middle = values.len() / 2;
    (middle < values.len()).then(|| *values.select_nth_unstable_by(middle, compare).1)
}
