//! Households and persons who get support, with what they are owed each month.

mod facts;
mod roster;

pub use facts::{
    AmountSet, HouseholdEntered, HouseholdMember, HouseholdStopped, MembersSet, SupportClass,
};
pub use roster::{Household, OwedStep, Roster};
