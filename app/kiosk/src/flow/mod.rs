//! A visit as a pure state machine: what happened goes in, what is to be done comes out.
//!
//! Nothing here reads a clock, draws or touches a device. The screen thread owns one [`Visit`]; the
//! appliance carries its [`Effect`]s out and reports back with [`Input`]s.

mod answers;
mod content;
mod draft;
mod editor;
mod fault;
mod input;
mod page;
mod papers;
mod record;
mod reports;
mod routes_report;
pub mod sheets;
mod texts;
mod touches;
mod visit;

pub use answers::{Answers, IdAnswer, NearRelative, PaperAnswer};
pub use content::{
    CardContent, CardLine, CardSection, Choice, FlowContent, FormContent, IdleLimits, SchemeContent,
};
pub use draft::{
    ApplicantAnswers, BadPhoto, ConsentGiven, Draft, FieldRole, Finished, HandoverDraft, Mark,
    MarkedPhoto, MemberAnswers, NearRelativeAnswer, PaperField, PaperPage, PhotoFault,
    PhotoFinding, Picture, Scan, ScanBytes, ScanKind,
};
pub use editor::{CANDIDATES_PER_SHEET, Editor};
pub use fault::{FieldFault, Notice};
pub use input::{
    CardFault, Effect, GivenFor, IdCardData, Input, LineReport, PaperFault, PaperOutcome,
    PrinterReport, QrModules, ScanProgress, SlipInfo, StatusInfo, StatusOutcome, StatusQuery,
    SubmitFault, Touch, TrayReport, TrayWant, Typed,
};
pub use page::{Field, Keyboard, Page, Pick, STEPS};
pub use papers::{Double, MissingPages, Papers, ShownPage};
pub use record::{DraftError, RecordIds};
pub use routes_report::{
    ItemKind, ItemReport, ItemWait, LineNumbers, RouteFault, RouteReport, RouteState, RouteStep,
    RoutesReport, percent,
};
pub use texts::{BUILTIN_TEXTS_TOML, ConsentText, TextsError};
pub use visit::{SlipShown, Visit, Waiting};
