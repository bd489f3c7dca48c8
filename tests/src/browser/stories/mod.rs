//! What people live through, each in a file.

pub(crate) mod late_payment;
pub(crate) mod phone;
pub(crate) mod refusal;
pub(crate) mod second_factor;
pub(crate) mod six_tables;
pub(crate) mod support_ends;
pub(crate) mod village_report;
pub(crate) mod whole_case;
