//! Paper forms: one definition is printed, and read back from a photo.
//!
//! [`Form::parse`] takes a definition (`assets/forms/*.toml`) and a typeface. [`Form::render`] draws a page and
//! [`Form::pdf`] prints it; [`read`] finds that page in a photo, tells ink from print, and judges every field in three
//! states. Nothing here does I/O: photos come as pixels, with colour or without, and pages go as grey ones.
//!
//! | From | To | File |
//! |---|---|---|
//! | definition | lines, texts and fields in millimetres | `form`, `layout` |
//! | those | a picture, a PDF, and JSON of the places | `render`, `canvas`, `pdf`, `boxes`, `marker`, `code`, `payload` |
//! | photo | corner markers, map of the page | `locate`, `blobs`, `geometry` |
//! | map | what the code says | `decode`, `finders`, `payload` |
//! | both | the page flat on its blank | `register`, `warp`, `template` |
//! | flat page | even light, ink, scores, states | `ink`, `blur`, `waves`, `tick`, `writing`, `score`, `reading` |
//! | its colours, its rings | ink of seals and fingers, told from a pen's | `photo`, `red_ink`, `seal_ring` |
//! | flat page | what a person drew | `ink_layer` |
//! | photo and reading | what is wrong, where, and with which fields | `quality` |
//! | read pages | a set for each form: what is missing, double, of another case | `page_set`, `page_sets` |
//! | preview frames | when to take the photo, or what to wait for | `preview`, `shutter` |
//! | flat page or ink | bytes for a thin line | `bilevel`, `strokes`, `arithmetic` |
//! | ink and crops of signatures | bytes for a thin line, and a page picture from them and the blank | `travel` |

mod arithmetic;
pub mod bilevel;
mod blobs;
mod blur;
mod boxes;
mod canvas;
mod code;
mod decode;
mod definitions;
mod equaliser;
mod finders;
mod form;
mod geometry;
mod grain;
mod grow;
mod ink;
mod ink_layer;
mod layout;
mod locate;
mod marker;
mod median;
mod page_set;
mod page_sets;
mod payload;
mod pdf;
mod photo;
mod pixels;
mod preview;
mod printed_table;
pub mod quality;
mod reading;
mod red_ink;
mod register;
mod render;
mod score;
mod seal_ring;
mod seek;
mod shutter;
mod strokes;
mod surface;
mod template;
mod tick;
pub mod travel;
mod typeface;
mod warp;
mod waves;
mod writing;

pub use decode::find_code;
pub use definitions::DEFINITIONS;
pub use form::{
    Edition, Field, FieldKind, FiledUnder, Form, FormBox, FormBoxes, FormError, PAGE_H_MM,
    PAGE_W_MM, TableRow,
};
pub use geometry::{Point, RectMm};
pub use image::GrayImage;
pub use marker::Corner;
pub use page_set::{Grade, PageNews, PageSet, PageTag};
pub use page_sets::PageSets;
pub use payload::{CASE_REF_LIMIT, Payload, PayloadError, Spot};
pub use photo::Photo;
pub use preview::{PageSeen, Preview, Seen};
pub use printed_table::PrintedTable;
pub use reading::{
    EDGE_LIMIT_MM, FlatPage, IdentifiedPage, LEAST_PAPER_LEVEL, LEAST_PRINT_FIT, LEAST_PX_PER_MM,
    LocatedPage, PageProblem, PageReading, PhotoQuality, RawPage, read,
};
pub use render::{DPI_LIMIT, FillIn, PRINT_DPI, RenderError};
pub use score::{FieldReading, FieldState, Sight, Thresholds};
pub use shutter::{STEADY_MS, Shot, Shutter, Want};
pub use template::READ_DPI;
pub use typeface::{NOTO_SANS_SC, Pen, Typeface, TypefaceError};
