//! The boxes of a form without their places, for those who only name what was read.

use super::definition::{Content, Definition, Part};
use super::{Edition, FiledUnder, FormError, heading, short_heading};

/// What a record of a page refers to: the boxes of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormBoxes {
    /// The form's key.
    pub key: String,
    /// The heading, in Chinese.
    pub title: String,
    /// The heading where there is little room.
    pub short_title: String,
    /// What a filled one belongs to.
    pub filed_under: FiledUnder,
    /// Numbers of the schemes that it is signed for.
    pub schemes: Vec<u16>,
    /// Which state of the definition this is.
    pub edition: Edition,
    /// The boxes of each page, in reading order: what is ticked, signed, stamped or pressed with a finger.
    pub pages: Vec<Vec<FormBox>>,
}

/// A box of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormBox {
    /// Name in data, as [`Field::id`](super::Field::id).
    pub id: String,
    /// What a person calls it, as [`Field::label`](super::Field::label).
    pub label: String,
}

impl FormBoxes {
    /// Reads a definition without laying it out.
    ///
    /// # Errors
    ///
    /// [`FormError`] if it is no definition.
    pub fn parse(definition: &str) -> Result<Self, FormError> {
        let edition = Edition::of(definition)?;
        let file = Definition::parse(definition)?;
        let pages = file.page.into_iter().map(|page| {
            let rows = page.section.into_iter().flat_map(|section| section.row);
            rows.flat_map(|row| row.cells)
                .flat_map(|cell| boxes(cell.content))
                .collect()
        });
        Ok(Self {
            key: file.key,
            title: heading(&file.title),
            short_title: short_heading(&file.short_title, &file.title),
            filed_under: file.filed_under,
            schemes: file.schemes,
            edition,
            pages: pages.collect(),
        })
    }

    /// The boxes of `page`, counted from 1.
    #[must_use]
    pub fn page(&self, page: u8) -> Option<&[FormBox]> {
        let index = usize::from(page).checked_sub(1)?;
        self.pages.get(index).map(Vec::as_slice)
    }
}

/// The boxes in a cell; writing is for people, and in none.
fn boxes(content: Content) -> Vec<FormBox> {
    match content {
        Content::Label { .. }
        | Content::Prose { .. }
        | Content::Text { .. }
        | Content::Digits { .. }
        | Content::Date { .. } => Vec::new(),
        Content::Signature { id, name }
        | Content::Fingerprint { id, name }
        | Content::Seal { id, name } => vec![FormBox { id, label: name }],
        Content::Ticks { name, options, .. } => options
            .into_iter()
            .map(|option| FormBox {
                label: option.label_under(&name),
                id: option.id,
            })
            .collect(),
        Content::Flow { parts } => parts
            .into_iter()
            .filter_map(|part| match part {
                Part::Tick { id, name, .. } => Some(FormBox { id, label: name }),
                Part::Words(_) | Part::Digits { .. } | Part::Box { .. } => None,
            })
            .collect(),
    }
}
