//! People of special groups: who died, is in prison, became severely disabled or came under watch; what is to be done for
//! them or their household, and by when.
//!
//! Source: 长子民发〔2024〕26号 三（五）; after a death within three months: 民发〔2022〕83号 一（三）.

mod facts;
mod list_file;
mod register;

pub use facts::{
    Disability, HouseholdRechecked, Measure, PersonFound, PersonSettled, PolicyApplied,
    PolicyNotApplied, SpecialGroup,
};
pub use list_file::{ListLine, read_list_file};
pub use register::{Listed, Match, Special, SpecialGroups, matched};

#[cfg(test)]
mod tests;
