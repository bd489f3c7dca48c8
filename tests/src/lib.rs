//! What the tests across crates stand on.

pub mod applicants;
pub mod disk;
pub mod simulation;
