//! The middle one of some values.

use std::cmp::Ordering;

/// What half of all values of a normal distribution are off its middle at most, in standard deviations.
pub(crate) const MEDIAN_DEVIATION: f64 = 0.6745;

/// The middle one of `values`, the upper of two middle ones; `None` if there is none.
pub(crate) fn median<T: Copy>(
    mut values: Vec<T>,
    compare: impl FnMut(&T, &T) -> Ordering,
) -> Option<T> {
    let middle = values.len() / 2;
    (middle < values.len()).then(|| *values.select_nth_unstable_by(middle, compare).1)
}
