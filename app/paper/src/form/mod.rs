//! A paper form as data: one definition that is printed and read.

mod boxes;
mod definition;
mod edition;
mod error;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

pub use self::boxes::{FormBox, FormBoxes};
use self::definition::Definition;
pub(crate) use self::definition::{CellDefinition, Content, PageDefinition, Part, TickDefinition};
pub use self::edition::Edition;
pub use self::error::FormError;
use crate::geometry::RectMm;
use crate::layout::{self, Sheet};
use crate::payload::{Payload, Spot};
use crate::template::Template;
use crate::typeface::Typeface;

/// Width of the paper in millimetres: A4 upright.
pub const PAGE_W_MM: f64 = 210.0;
/// Height of the paper in millimetres.
pub const PAGE_H_MM: f64 = 297.0;
/// The whole page.
pub(crate) const PAGE: RectMm = RectMm::new(0.0, 0.0, PAGE_W_MM, PAGE_H_MM);

/// A form: its fields, where they stand on the page, and the typeface it is set in.
#[derive(Debug, Clone)]
pub struct Form {
    key: String,
    code: String,
    title: String,
    short_title: String,
    filed_under: FiledUnder,
    schemes: Vec<u16>,
    edition: Edition,
    typeface: Typeface,
    sheets: Vec<Sheet>,
    /// What the reader compares a photo with; drawn when first asked for, because printing needs none of it.
    templates: Vec<OnceLock<Arc<Template>>>,
}

/// What a filled form belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FiledUnder {
    /// Somebody's case, such as an application or an authorisation.
    #[default]
    Case,
    /// The office that sends it, such as a monthly report.
    Office,
}

/// A place on a page that a person fills.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Name in data, unique in its form, such as `reason_illness`.
    pub id: String,
    /// What a person calls it, in Chinese, such as `致贫原因：因病`.
    pub label: String,
    /// The number in the code tables that a tick here stands for, such as that of a reason.
    pub code: Option<u8>,
    /// Whether the page is of no use without it.
    pub required: bool,
    /// How it is filled.
    pub kind: FieldKind,
    /// The page it stands on, from 1.
    pub page: u8,
    /// Where it stands: the outside of the printed outline.
    pub rect: RectMm,
    /// The row of a table that it is part of.
    pub row: Option<TableRow>,
}

/// A row of a table whose rows are all alike, such as the members of a household.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableRow {
    /// The table's name in data, such as `member`.
    pub table: String,
    /// The row's number, from 1, counted on from page to page.
    pub number: u16,
}

/// How a field is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A small box that a mark is made in.
    Tick,
    /// Free writing.
    Text,
    /// A row of boxes for one character each.
    Digits {
        /// How many boxes.
        count: u8,
    },
    /// A signature.
    Signature,
    /// A fingerprint.
    Fingerprint,
    /// The seal of an authority.
    Seal,
}

impl Form {
    /// Reads a definition and lays it out in `typeface`.
    ///
    /// # Errors
    ///
    /// [`FormError`] names the part of the definition that cannot be read, printed or fitted.
    pub fn parse(definition: &str, typeface: Typeface) -> Result<Self, FormError> {
        let edition = Edition::of(definition)?;
        let file = Definition::parse(definition)?;
        if file.code.len() != 4 || !file.code.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(FormError::Code { code: file.code });
        }
        // One to nine: a definition has no other number of pages.
        let pages = file.page.len() as u8;
        let mut sheets = Vec::new();
        for (page, definition) in (1..=pages).zip(&file.page) {
            let head = layout::Head {
                title: &file.title,
                edition,
                page,
                pages,
            };
            sheets.push(layout::lay_out(&head, definition, &typeface)?);
        }
        for id in &file.required {
            let mut fields = sheets.iter_mut().flat_map(|sheet| &mut sheet.fields);
            match fields.find(|field| field.id == *id) {
                Some(field) => field.required = true,
                None => return Err(FormError::NoSuchField { id: id.clone() }),
            }
        }
        let form = Self {
            key: file.key,
            code: file.code,
            title: heading(&file.title),
            short_title: short_heading(&file.short_title, &file.title),
            filed_under: file.filed_under,
            schemes: file.schemes,
            edition,
            typeface,
            templates: sheets.iter().map(|_| OnceLock::new()).collect(),
            sheets,
        };
        form.check()?;
        Ok(form)
    }

    fn check(&self) -> Result<(), FormError> {
        let mut ids = BTreeSet::new();
        for field in self.fields() {
            if !ids.insert(&field.id) {
                return Err(FormError::DoubleId {
                    id: field.id.clone(),
                });
            }
        }
        let texts = self.sheets.iter().flat_map(|sheet| &sheet.texts);
        for character in texts.flat_map(|text| text.content.chars()) {
            if !self.typeface.has(character) {
                return Err(FormError::NoGlyph { character });
            }
        }
        Ok(())
    }

    /// The form's name in data, such as `dibao_application`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The four letters that stand for the form in its QR codes.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The heading, in Chinese.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The heading where there is little room, in Chinese.
    #[must_use]
    pub fn short_title(&self) -> &str {
        &self.short_title
    }

    /// What a filled one belongs to.
    #[must_use]
    pub fn filed_under(&self) -> FiledUnder {
        self.filed_under
    }

    /// Numbers of the schemes that it is signed for.
    #[must_use]
    pub fn schemes(&self) -> &[u16] {
        &self.schemes
    }

    /// Which state of the definition this is.
    #[must_use]
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// How many pages the form has.
    #[must_use]
    pub fn pages(&self) -> u8 {
        self.sheets.len() as u8
    }

    /// All fields, in reading order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.sheets.iter().flat_map(|sheet| &sheet.fields)
    }

    /// The field named `id`.
    #[must_use]
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.fields().find(|field| field.id == id)
    }

    /// The text of the upper code of `page`; `None` when there is no such page.
    #[must_use]
    pub fn code_text(&self, page: u8, case_ref: Option<&str>) -> Option<String> {
        self.sheet(page)?;
        Some(self.payload(page, Spot::A, case_ref).text())
    }

    pub(crate) fn typeface(&self) -> &Typeface {
        &self.typeface
    }

    /// The page numbered `page` from 1.
    pub(crate) fn sheet(&self, page: u8) -> Option<&Sheet> {
        self.sheets.get(usize::from(page).checked_sub(1)?)
    }

    /// What the reader compares a photo of `page` with.
    pub(crate) fn template(&self, page: u8) -> Option<&Arc<Template>> {
        let index = usize::from(page).checked_sub(1)?;
        let sheet = self.sheets.get(index)?;
        Some(self.templates[index].get_or_init(|| Arc::new(Template::of(sheet, &self.typeface))))
    }

    /// What the code at `spot` of `page` says.
    pub(crate) fn payload(&self, page: u8, spot: Spot, case_ref: Option<&str>) -> Payload {
        Payload {
            code: self.code.clone(),
            edition: self.edition,
            page,
            pages: self.pages(),
            spot,
            case_ref: case_ref.map(str::to_owned),
        }
    }
}

/// A heading in one line.
fn heading(title: &str) -> String {
    title.replace('\n', "")
}

fn short_heading(short_title: &str, title: &str) -> String {
    heading(if short_title.is_empty() {
        title
    } else {
        short_title
    })
}
