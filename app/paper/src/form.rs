//! A paper form as data: one definition that is printed and read.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::OnceLock;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::geometry::RectMm;
use crate::layout::{self, Sheet};
use crate::payload::{Payload, Spot};
use crate::template::Template;
use crate::typeface::Typeface;

/// Width of the paper in millimetres: A4 upright.
pub const PAGE_W_MM: f64 = 210.0;
/// Height of the paper in millimetres.
pub const PAGE_H_MM: f64 = 297.0;

/// A form: its fields, where they stand on the page, and the typeface it is set in.
#[derive(Debug, Clone)]
pub struct Form {
    key: String,
    code: String,
    title: String,
    schemes: Vec<u16>,
    edition: Edition,
    typeface: Typeface,
    sheets: Vec<Sheet>,
    /// What the reader compares a photo with; drawn when first asked for, because printing needs none of it.
    templates: Vec<OnceLock<Template>>,
}

/// One state of a form's definition: the first 32 bits of the SHA-256 of its content.
///
/// Comments and spacing of the file do not count, so that papers already printed stay readable after an edit of those.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Edition(u32);

impl Edition {
    fn of(definition: &str) -> Result<Self, toml::de::Error> {
        let mut content: toml::Table = toml::from_str(definition)?;
        // An edition is what is printed; what it is for and what may not be left out can change without printing anew.
        content.remove("required");
        content.remove("schemes");
        // Keys come out sorted, so the text is the same for every order, spacing and comment of the file.
        let hash = Sha256::digest(content.to_string());
        Ok(Self(u32::from_be_bytes([
            hash[0], hash[1], hash[2], hash[3],
        ])))
    }

    /// Reads the eight hexadecimal digits that [`Display`](fmt::Display) writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 8 && text.bytes().all(|b| b.is_ascii_hexdigit()))
            .then(|| u32::from_str_radix(text, 16).ok().map(Self))
            .flatten()
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08X}", self.0)
    }
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
}

/// Why a definition is not a form.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// The text is not TOML of the right shape.
    #[error("definition cannot be read")]
    Toml(#[from] toml::de::Error),
    /// The code goes into QR's alphanumeric mode and must have one length.
    #[error("code {code:?} is not four letters A to Z")]
    Code {
        /// The code found.
        code: String,
    },
    /// The page number is one digit in the QR code.
    #[error("form has {pages} pages, needs 1 to 9")]
    Pages {
        /// How many pages were found.
        pages: usize,
    },
    /// The definition requires a field that it does not have.
    #[error("field {id} is required and not on the form")]
    NoSuchField {
        /// The id that is required.
        id: String,
    },
    /// Two fields share a name.
    #[error("field {id} is defined twice")]
    DoubleId {
        /// The shared name.
        id: String,
    },
    /// The typeface cannot draw a character of the form.
    #[error("typeface has no {character:?}")]
    NoGlyph {
        /// The character.
        character: char,
    },
    /// The cells of a row do not fit beside each other.
    #[error("row {row} of page {page} needs {need_mm:.1} mm, the frame has {have_mm:.1} mm")]
    RowTooWide {
        /// The page, from 1.
        page: u8,
        /// The row on that page, from 1.
        row: usize,
        /// What its cells need.
        need_mm: f64,
        /// What there is.
        have_mm: f64,
    },
    /// What stands in a cell is larger than the cell.
    #[error("cell {cell} of row {row} of page {page} needs {need_mm:.1} mm, has {have_mm:.1} mm")]
    CellTooSmall {
        /// The page, from 1.
        page: u8,
        /// The row on that page, from 1.
        row: usize,
        /// The cell in that row, from 1.
        cell: usize,
        /// What its content needs, in the direction that is short.
        need_mm: f64,
        /// What there is.
        have_mm: f64,
    },
    /// The rows or the notes of a page run out of it.
    #[error("page {page} needs {need_mm:.1} mm of height, has {have_mm:.1} mm")]
    PageTooLong {
        /// The page, from 1.
        page: u8,
        /// What its content needs.
        need_mm: f64,
        /// What there is.
        have_mm: f64,
    },
}

/// The file's outermost level.
#[derive(Deserialize)]
struct Definition {
    key: String,
    code: String,
    title: String,
    /// Numbers of the schemes that it is signed for.
    #[serde(default)]
    schemes: Vec<u16>,
    /// Fields that the page is of no use without, by id.
    #[serde(default)]
    required: Vec<String>,
    page: Vec<PageDefinition>,
}

/// One page: sections of a ruled table, then notes beside the lower code.
#[derive(Deserialize)]
pub(crate) struct PageDefinition {
    pub(crate) section: Vec<SectionDefinition>,
    #[serde(default)]
    pub(crate) notes: Vec<String>,
}

/// Rows under one name, which stands upright in the left column.
#[derive(Deserialize)]
pub(crate) struct SectionDefinition {
    pub(crate) side: Option<String>,
    pub(crate) row: Vec<RowDefinition>,
}

#[derive(Deserialize)]
pub(crate) struct RowDefinition {
    pub(crate) height: f64,
    pub(crate) cells: Vec<CellDefinition>,
}

/// One cell of a row; cells without a width share what the others leave.
#[derive(Deserialize)]
pub(crate) struct CellDefinition {
    pub(crate) width: Option<f64>,
    #[serde(flatten)]
    pub(crate) content: Content,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Content {
    Label {
        text: String,
        size: Option<f64>,
    },
    Prose {
        text: String,
        size: Option<f64>,
    },
    Text {
        id: String,
        name: String,
    },
    Digits {
        id: String,
        name: String,
        count: u8,
    },
    Ticks {
        /// What all options answer; begins each one's label.
        name: String,
        columns: usize,
        options: Vec<TickDefinition>,
    },
    Signature {
        id: String,
        name: String,
    },
    Fingerprint {
        id: String,
        name: String,
    },
}

#[derive(Deserialize)]
pub(crate) struct TickDefinition {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) code: Option<u8>,
}

/// What a record of a page refers to: the boxes of a form, for those who only name what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormBoxes {
    /// The form's key.
    pub key: String,
    /// Which state of the definition this is.
    pub edition: Edition,
    /// The boxes of each page, in reading order: what is ticked, signed or pressed with a finger.
    pub pages: Vec<Vec<FormBox>>,
}

/// A box of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormBox {
    /// Name in data, as [`Field::id`].
    pub id: String,
    /// What a person calls it, as [`Field::label`].
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
        let file: Definition = toml::from_str(definition)?;
        let pages = file.page.into_iter().map(|page| {
            let rows = page.section.into_iter().flat_map(|section| section.row);
            rows.flat_map(|row| row.cells)
                .flat_map(|cell| cell.content.boxes())
                .collect()
        });
        Ok(Self {
            key: file.key,
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

impl Content {
    /// The boxes in a cell; writing is for people, and in none.
    fn boxes(self) -> Vec<FormBox> {
        match self {
            Self::Label { .. } | Self::Prose { .. } | Self::Text { .. } | Self::Digits { .. } => {
                Vec::new()
            }
            Self::Signature { id, name } | Self::Fingerprint { id, name } => {
                vec![FormBox { id, label: name }]
            }
            Self::Ticks { name, options, .. } => options
                .into_iter()
                .map(|option| FormBox {
                    label: option.label_under(&name),
                    id: option.id,
                })
                .collect(),
        }
    }
}

impl TickDefinition {
    /// What a person calls the box: the question and the answer.
    pub(crate) fn label_under(&self, question: &str) -> String {
        format!("{question}：{}", self.label)
    }
}

impl Form {
    /// Reads a definition and lays it out in `typeface`.
    ///
    /// # Errors
    ///
    /// [`FormError`] names the part of the definition that cannot be read, printed or fitted.
    pub fn parse(definition: &str, typeface: Typeface) -> Result<Self, FormError> {
        let edition = Edition::of(definition)?;
        let file: Definition = toml::from_str(definition)?;
        if file.code.len() != 4 || !file.code.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(FormError::Code { code: file.code });
        }
        let count = file.page.len();
        let pages = u8::try_from(count)
            .ok()
            .filter(|pages| (1..=9).contains(pages))
            .ok_or(FormError::Pages { pages: count })?;
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
            title: file.title,
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
    pub(crate) fn template(&self, page: u8) -> Option<&Template> {
        let index = usize::from(page).checked_sub(1)?;
        let sheet = self.sheets.get(index)?;
        Some(self.templates[index].get_or_init(|| Template::of(sheet, &self.typeface)))
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
