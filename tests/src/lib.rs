//! What the tests across crates stand on.

pub mod disk;
