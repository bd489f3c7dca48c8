//! The rectification list (发现问题整改清单): each problem with what is to be done, by whom, by when, and how far it is.
//!
//! Source: 长子民发〔2024〕26号, attachments 1 and 6.

mod facts;
mod register;

pub use facts::{
    ProblemClosed, ProblemEntered, ProblemProgressed, ProblemState, StaffSanctioned, SystemImproved,
};
pub use register::{Problem, Problems};
