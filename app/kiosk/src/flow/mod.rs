//! A visit as a pure state machine: what happened goes in, what is to be done comes out.
//!
//! Nothing here reads a clock, draws or touches a device. The screen thread owns one [`Visit`]; the
//! appliance carries its [`Effect`]s out and reports back with [`Input`]s.

mod content;
mod draft;
mod input;
mod visit;

pub use content::{CardLine, CardSection, Choice, FlowContent, IdleLimits, SchemeContent, Township};
pub use draft::{
    ApplicantAnswers, ConsentGiven, ConsentKind, Draft, FieldRole, Mark, MemberAnswers,
    NearRelativeAnswer, PaperField, PaperPage, Picture, Scan, ScanKind,
};
pub use input::{
    CardFault, Effect, IdCardData, Input, LineReport, PaperFault, PaperOutcome, PrinterReport,
    QrModules, SlipInfo, StatusInfo, StatusOutcome, StatusQuery, SubmitFault, Touch,
};
pub use visit::Visit;
