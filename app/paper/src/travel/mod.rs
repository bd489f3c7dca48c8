//! What travels of a page before the page itself: its ink, and grey crops of what a person signed, printed with a finger
//! or sealed with.
//!
//! ```text
//! 'M' 'P' 'P' '1'   magic
//! 8 bytes edition   of the form, hexadecimal as its code prints it
//! u8  page          of the form, from 1
//! u8  length, key   the form's key, ASCII
//! u8  length, case  the case that the page was printed for, ASCII; empty if none
//! u32 length, ink   a packed page, see `bilevel`; numbers are big-endian
//! u8  count         of crops; for each:
//!   u16 x, y, w, h  its place in the ink, in pixels
//!   u16 length, crop
//! ```
//!
//! The bits of a crop are in `grey`. [`rebuild`] lays ink and crops onto the blank again.

mod grey;
mod rebuild;
mod wavelet;

use image::GrayImage;
use image::imageops::crop_imm;

pub use rebuild::rebuild;

use crate::bilevel::{self, DecodeError, EncodeError};
use crate::form::{Edition, FieldKind, Form};
use crate::payload::CASE_REF_LIMIT;
use crate::reading::PageReading;
use crate::score::FieldState;
use crate::template::{READ_DPI, READ_PX_PER_MM};

/// The media type of these bytes, in records.
pub const MEDIA_TYPE: &str = "image/x-mingbai-ink";

const MAGIC: [u8; 4] = *b"MPP1";

/// Crops on a page: no form has as many places to sign.
const CROPS_LIMIT: usize = 32;

/// All crops of a page shall have at most this many bytes together: with 2 KB of ink, 6 KB go over a line of 9600 bit/s
/// in seven seconds.
const CROPS_BUDGET_BYTES: usize = 3900;

/// Steps of the quantiser that are tried, finest first; coarser than the last, a fingerprint loses its ridges.
const STEPS: [u8; 6] = [16, 20, 26, 34, 44, 56];

/// Crops reach this far beyond the ink that they hold.
const CROP_MARGIN_PX: u32 = 5;

/// Signatures run over the outline of their field by up to this much.
const FIELD_OVERRUN_MM: f64 = 3.0;

/// The parts of a page, unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageParts {
    /// Key of the form.
    pub form_key: String,
    /// The form's edition.
    pub edition: Edition,
    /// Which page of the form, from 1.
    pub page: u8,
    /// The case that the page was printed for.
    pub case_ref: Option<String>,
    /// What a person drew: 0 is ink, 255 none.
    pub ink: GrayImage,
    /// The resolution of ink and crops.
    pub dpi: u16,
    /// Where somebody signed, in grey.
    pub crops: Vec<Crop>,
}

/// A piece of the page in grey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crop {
    /// Column of its left edge on the page.
    pub x: u32,
    /// Row of its upper edge.
    pub y: u32,
    /// Its pixels, evenly lit: paper is 255.
    pub picture: GrayImage,
}

/// Why bytes are not the parts of a page. The sender or the way damaged them; nothing of them is usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartsError {
    /// The bytes are something else.
    #[error("bytes do not begin as parts of a page")]
    Magic,
    /// The bytes end early.
    #[error("parts of a page break off after {have} bytes")]
    Short {
        /// How many bytes there are.
        have: usize,
    },
    /// Bytes follow the last crop.
    #[error("parts of a page are followed by {rest} bytes")]
    Long {
        /// How many.
        rest: usize,
    },
    /// Edition, key or case reference hold what none has.
    #[error("edition, key or case reference of a page is none")]
    Name,
    /// The ink cannot be unpacked.
    #[error("ink cannot be unpacked")]
    Ink(#[from] DecodeError),
    /// There are too many crops.
    #[error("page has {count} crops, needs at most {CROPS_LIMIT}")]
    Crops {
        /// How many are promised.
        count: usize,
    },
    /// A crop is empty, lies outside the page or, with those before it, is larger than the page.
    #[error("crop {number} does not lie on the page")]
    Place {
        /// Which crop, from 1.
        number: usize,
    },
}

/// Packs ink and crops of `reading`, which is a page of `form`. Crops are taken of all fields for signatures and
/// fingerprints that are not clear, as fine as [`CROPS_BUDGET_BYTES`] allows.
#[must_use]
pub fn pack(reading: &PageReading, form: &Form) -> Vec<u8> {
    let ink = reading.ink();
    let places: Vec<[u32; 4]> = reading
        .fields
        .iter()
        .filter(|read| is_shown_grey(read.kind) && read.state != FieldState::Clear)
        .filter_map(|read| crop_place(form, &read.id, ink))
        .take(CROPS_LIMIT)
        .collect();
    let cut = |of: &GrayImage, [x, y, w, h]: [u32; 4]| crop_imm(of, x, y, w, h).to_image();
    let mut crops = Vec::new();
    for step in STEPS {
        crops = places
            .iter()
            .map(|&place| grey::encode(&cut(&reading.rectified, place), &cut(ink, place), step))
            .collect();
        if crops.iter().map(Vec::len).sum::<usize>() <= CROPS_BUDGET_BYTES {
            break;
        }
    }
    let mut out = MAGIC.to_vec();
    out.extend(reading.edition.to_string().as_bytes());
    out.push(reading.page);
    for name in [
        reading.form_key.as_str(),
        reading.case_ref.as_deref().unwrap_or(""),
    ] {
        let name = &name.as_bytes()[..name.len().min(255)];
        out.push(name.len() as u8);
        out.extend(name);
    }
    let packed = bilevel::encode(ink, READ_DPI as u16).unwrap_or_default();
    out.extend((packed.len() as u32).to_be_bytes());
    out.extend(packed);
    // A crop that fills its length in 16 bits would be larger than the page in black and white; the whole page shows it.
    let crops: Vec<_> = places
        .iter()
        .zip(&crops)
        .filter_map(|(place, crop)| Some((place, crop, u16::try_from(crop.len()).ok()?)))
        .collect();
    out.push(crops.len() as u8);
    for (place, crop, len) in crops {
        for side in place {
            out.extend((*side as u16).to_be_bytes());
        }
        out.extend(len.to_be_bytes());
        out.extend(crop);
    }
    out
}

/// Packs the whole page of `reading` in black and white, see [`bilevel`]: what is dark, and all ink, however faint.
///
/// # Errors
///
/// [`EncodeError`] when the page has no pixels or too many.
pub fn pack_page(reading: &PageReading) -> Result<Vec<u8>, EncodeError> {
    let mut page = reading.rectified.clone();
    for (pixel, &ink) in page.iter_mut().zip(reading.ink().as_raw()) {
        *pixel = (*pixel).min(ink);
    }
    bilevel::encode(&page, READ_DPI as u16)
}

/// Whether how dark and even the ink is says something about who put it there.
fn is_shown_grey(kind: FieldKind) -> bool {
    match kind {
        FieldKind::Signature | FieldKind::Fingerprint | FieldKind::Seal => true,
        FieldKind::Tick | FieldKind::Text | FieldKind::Digits { .. } => false,
    }
}

/// Left, top, width and height of what is inked in and around a field; `None` if nothing is.
fn crop_place(form: &Form, id: &str, ink: &GrayImage) -> Option<[u32; 4]> {
    let field = form.field(id)?;
    let around = field.rect.inset(-FIELD_OVERRUN_MM);
    let px = |mm: f64, limit: u32| (mm * READ_PX_PER_MM).clamp(0.0, f64::from(limit)) as u32;
    let (w, h) = ink.dimensions();
    let columns = px(around.x, w)..px(around.x + around.w, w);
    let rows = px(around.y, h)..px(around.y + around.h, h);
    let inked = rows
        .flat_map(|y| columns.clone().map(move |x| (x, y)))
        .filter(|&(x, y)| ink.get_pixel(x, y).0[0] == 0);
    let (mut left, mut top, mut right, mut bottom) = (w, h, 0, 0);
    for (x, y) in inked {
        (left, right) = (left.min(x), right.max(x + 1));
        (top, bottom) = (top.min(y), bottom.max(y + 1));
    }
    if right <= left {
        return None;
    }
    let (left, top) = (
        left.saturating_sub(CROP_MARGIN_PX),
        top.saturating_sub(CROP_MARGIN_PX),
    );
    let (right, bottom) = (
        (right + CROP_MARGIN_PX).min(w),
        (bottom + CROP_MARGIN_PX).min(h),
    );
    Some([left, top, right - left, bottom - top])
}

/// Unpacks what [`pack`] packed. Memory and time are bounded by the size of a page.
///
/// # Errors
///
/// [`PartsError`] when the bytes are not the parts of a page.
pub fn unpack(bytes: &[u8]) -> Result<PageParts, PartsError> {
    let mut rest = Rest {
        bytes,
        have: bytes.len(),
    };
    if rest.take(MAGIC.len()).ok() != Some(&MAGIC[..]) {
        return Err(PartsError::Magic);
    }
    let edition = std::str::from_utf8(rest.take(8)?)
        .ok()
        .and_then(Edition::parse);
    let edition = edition.ok_or(PartsError::Name)?;
    let page = rest.u8()?;
    let form_key = rest.name()?;
    let case_ref = rest.name()?;
    if case_ref.len() > CASE_REF_LIMIT {
        return Err(PartsError::Name);
    }
    let len = rest.u32()? as usize;
    let bilevel::Bilevel { picture: ink, dpi } = bilevel::decode(rest.take(len)?)?;
    let count = usize::from(rest.u8()?);
    if count > CROPS_LIMIT {
        return Err(PartsError::Crops { count });
    }
    let (w, h) = ink.dimensions();
    let mut area_left = u64::from(w) * u64::from(h);
    let mut crops = Vec::new();
    for number in 1..=count {
        let wrong = PartsError::Place { number };
        let mut side = || rest.u16().map(u32::from);
        let (x, y, crop_w, crop_h) = (side()?, side()?, side()?, side()?);
        let area = u64::from(crop_w) * u64::from(crop_h);
        if area == 0 || x + crop_w > w || y + crop_h > h {
            return Err(wrong);
        }
        area_left = area_left.checked_sub(area).ok_or(wrong)?;
        let len = usize::from(rest.u16()?);
        let ink = crop_imm(&ink, x, y, crop_w, crop_h).to_image();
        let picture = grey::decode(rest.take(len)?, &ink).ok_or(wrong)?;
        crops.push(Crop { x, y, picture });
    }
    if !rest.bytes.is_empty() {
        return Err(PartsError::Long {
            rest: rest.bytes.len(),
        });
    }
    Ok(PageParts {
        form_key,
        edition,
        page,
        case_ref: (!case_ref.is_empty()).then_some(case_ref),
        ink,
        dpi,
        crops,
    })
}

/// Bytes not yet taken.
struct Rest<'a> {
    bytes: &'a [u8],
    /// All bytes there were.
    have: usize,
}

impl<'a> Rest<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], PartsError> {
        let (taken, rest) = self
            .bytes
            .split_at_checked(len)
            .ok_or(PartsError::Short { have: self.have })?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], PartsError> {
        let (taken, rest) = self
            .bytes
            .split_first_chunk::<N>()
            .ok_or(PartsError::Short { have: self.have })?;
        self.bytes = rest;
        Ok(*taken)
    }

    fn u8(&mut self) -> Result<u8, PartsError> {
        self.array().map(u8::from_be_bytes)
    }

    fn u16(&mut self) -> Result<u16, PartsError> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32, PartsError> {
        self.array().map(u32::from_be_bytes)
    }

    fn name(&mut self) -> Result<String, PartsError> {
        let len = usize::from(self.u8()?);
        let name = self.take(len)?;
        if !name.iter().all(u8::is_ascii_graphic) {
            return Err(PartsError::Name);
        }
        Ok(String::from_utf8_lossy(name).into_owned())
    }
}
