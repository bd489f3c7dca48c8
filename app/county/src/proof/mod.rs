//! Proof against quiet changes: the county's log as a Merkle tree, and what can be shown of it.

pub mod merkle;
