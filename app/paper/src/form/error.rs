//! Why a definition is not a form.

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
    /// The title does not fit between the corner marker and the code, in one line or two.
    #[error("title would be set at {em_mm:.1} mm, needs {least_mm:.1} mm")]
    TitleTooLong {
        /// The size at which its longest line fits.
        em_mm: f64,
        /// The least size that is printed.
        least_mm: f64,
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
