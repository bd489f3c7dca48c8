//! The six tables of the notice, for any time and township. Columns and checks are data (`assets/rules/tables.toml`), so
//! that the county renames, reorders or leaves out what it likes; every figure names the events that it comes from.
//!
//! Only the tables' titles are known: 长子民发〔2024〕26号 附件1–6. Their columns are ours until the county gives its own.

mod definition;
mod draft;
mod drawn;
mod figure;
pub mod recount;
mod rows;

pub use definition::{
    Check, Column, Compare, RowKind, TableDefinition, TableDefinitions, TablesError,
};
pub use draft::{Draft, Sentence, draft};
pub use drawn::{Broken, Drawn, DrawnRow, Scope, draw};
pub use figure::{Figure, Value};

#[cfg(test)]
pub(crate) mod random_events;
#[cfg(test)]
mod tests;
