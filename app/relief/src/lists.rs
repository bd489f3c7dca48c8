//! The lists of the county's registers (`assets/rules/registers.toml`): events carry a code, pages and tables its words.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use serde::Deserialize;

use crate::codes::Coded;

/// A code of one of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct ListCode(pub u8);

/// One of the notice's focus items (整治重点).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct FocusItem(pub u8);

/// The lists by their names in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ListName {
    /// What changes in a household.
    Change,
    /// How something became known.
    Channel,
    /// How a problem was found.
    Origin,
    /// Kinds of disability.
    Disability,
    /// Kinds of support.
    Policy,
    /// What the hotline is called for.
    Call,
}

/// Why a file of lists was refused; its editor reacts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListsError {
    /// Not TOML, or not of this shape.
    #[error("lists cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A code stands twice in one list.
    #[error("code {code} stands twice in list {list}")]
    Duplicate {
        /// The list.
        list: &'static str,
        /// The code.
        code: u8,
    },
}

/// All lists; none has a code twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lists(File);

/// The file as it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    edition: String,
    focus: Vec<Coded<FocusItem>>,
    change: Vec<Coded<ListCode>>,
    channel: Vec<Coded<ListCode>>,
    origin: Vec<Coded<ListCode>>,
    disability: Vec<Coded<ListCode>>,
    policy: Vec<Coded<ListCode>>,
    call: Vec<Coded<ListCode>>,
}

impl Lists {
    /// Reads `registers.toml`.
    ///
    /// # Errors
    ///
    /// [`ListsError`] with the place in the file or the doubled code.
    pub fn parse(toml: &str) -> Result<Self, ListsError> {
        let file: File = toml::from_str(toml)?;
        unique("focus", file.focus.iter().map(|row| row.code.0))?;
        for (list, rows) in [
            ("change", &file.change),
            ("channel", &file.channel),
            ("origin", &file.origin),
            ("disability", &file.disability),
            ("policy", &file.policy),
            ("call", &file.call),
        ] {
            unique(list, rows.iter().map(|row| row.code.0))?;
        }
        Ok(Self(file))
    }

    /// The file's edition.
    #[must_use]
    pub fn edition(&self) -> &str {
        &self.0.edition
    }

    /// The focus items, in the order of table 1.
    #[must_use]
    pub fn focus_items(&self) -> &[Coded<FocusItem>] {
        &self.0.focus
    }

    /// The words of a focus item; its number where the list no longer has it.
    #[must_use]
    pub fn focus_title(&self, item: FocusItem) -> String {
        let row = self.0.focus.iter().find(|row| row.code == item);
        row.map_or_else(|| item.0.to_string(), |row| row.title.clone())
    }

    /// A list, in the order of the screen.
    #[must_use]
    pub fn list(&self, name: ListName) -> &[Coded<ListCode>] {
        match name {
            ListName::Change => &self.0.change,
            ListName::Channel => &self.0.channel,
            ListName::Origin => &self.0.origin,
            ListName::Disability => &self.0.disability,
            ListName::Policy => &self.0.policy,
            ListName::Call => &self.0.call,
        }
    }

    /// Whether the list has the code.
    #[must_use]
    pub fn has(&self, name: ListName, code: ListCode) -> bool {
        self.list(name).iter().any(|row| row.code == code)
    }

    /// The words of a code; its number where the list no longer has it.
    #[must_use]
    pub fn title(&self, name: ListName, code: ListCode) -> String {
        let row = self.list(name).iter().find(|row| row.code == code);
        row.map_or_else(|| code.0.to_string(), |row| row.title.clone())
    }
}

fn unique(list: &'static str, codes: impl Iterator<Item = u8>) -> Result<(), ListsError> {
    let mut seen = BTreeSet::new();
    for code in codes {
        if !seen.insert(code) {
            return Err(ListsError::Duplicate { list, code });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::builtin;

    #[test]
    fn the_five_focus_items_and_every_list_are_there_and_no_code_stands_twice() {
        let lists = builtin::lists();
        assert_eq!(lists.focus_items().len(), 5);
        assert_eq!(lists.title(ListName::Change, ListCode(6)), "丧葬");
        assert_eq!(lists.title(ListName::Call, ListCode(77)), "77");
        let doubled = builtin::REGISTERS_TOML
            .replace("code = 2\ntitle = \"督导\"", "code = 1\ntitle = \"督导\"");
        assert_eq!(
            Lists::parse(&doubled),
            Err(ListsError::Duplicate {
                list: "origin",
                code: 1
            })
        );
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text: String) {
            let _ = Lists::parse(&text);
        }
    }
}
