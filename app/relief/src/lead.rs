//! Complaints and tips (投诉举报线索): each is entered, told back, verified, answered, and where it is a matter of
//! discipline handed over.
//!
//! Source: 长子民发〔2024〕26号 五（三）、五（五）; 《信访工作条例》.

mod facts;
mod register;

pub use facts::{
    LeadAnswered, LeadEntered, LeadExtended, LeadHandedOver, LeadTold, LeadVerified, Verdict,
};
pub use register::{Lead, LeadClock, Leads};

#[cfg(test)]
mod tests;
