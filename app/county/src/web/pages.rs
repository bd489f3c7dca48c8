//! Status pages as they were put together last.

use std::collections::HashMap;

use axum::body::Bytes;
use chrono::NaiveDate;
use parking_lot::Mutex;

use crate::ledger::Version;

/// Pages that are kept, of some 3 KB each: 6 MB. At this bound all are dropped.
const PAGES_MAX: usize = 2048;

/// What a page holds for: counts of days change at midnight, all else with the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AsOf {
    pub(super) version: Version,
    pub(super) day: NaiveDate,
}

/// The pages that residents were shown, by the code of their slip, so that one who looks again costs no more than a look
/// whether anything has changed.
#[derive(Default)]
pub(crate) struct Pages(Mutex<HashMap<String, (AsOf, Bytes)>>);

impl Pages {
    /// The page of this code and what it held for.
    pub(super) fn get(&self, code: &str) -> Option<(AsOf, Bytes)> {
        self.0.lock().get(code).cloned()
    }

    pub(super) fn keep(&self, code: String, as_of: AsOf, page: Bytes) {
        let mut pages = self.0.lock();
        if PAGES_MAX <= pages.len() && !pages.contains_key(&code) {
            pages.clear();
        }
        pages.insert(code, (as_of, page));
    }
}
