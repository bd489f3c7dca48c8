//! What is printed into a form beside the form itself.

use std::collections::BTreeMap;

/// What is printed into a form beside the form itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FillIn {
    /// The case that the page belongs to: up to 19 characters of `0-9`, `A-Z` and `-`.
    pub case_ref: Option<String>,
    pub(super) entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Text(String),
    Mark,
}

impl FillIn {
    /// Nothing: the blank form.
    #[must_use]
    pub fn blank() -> Self {
        Self::default()
    }

    /// Names the case that the page belongs to.
    #[must_use]
    pub fn for_case(mut self, case_ref: impl Into<String>) -> Self {
        self.case_ref = Some(case_ref.into());
        self
    }

    /// Prints `text` into the text or digit field `id`.
    #[must_use]
    pub fn write(mut self, id: impl Into<String>, text: impl Into<String>) -> Self {
        self.entries.insert(id.into(), Entry::Text(text.into()));
        self
    }

    /// Prints a tick into the box `id`.
    #[must_use]
    pub fn mark(mut self, id: impl Into<String>) -> Self {
        self.entries.insert(id.into(), Entry::Mark);
        self
    }
}
