//! Two ends of [`link`] and the line between them, in virtual time.
//!
//! - [`wire`]: a port, a delay, and what noise does to bytes; [`line`]: what a line is like.
//! - [`owner`]: what stands behind a session: an outbox, a disk, habits.
//! - [`pair`]: both ends and both directions; jumps from one moment at which something happens to the next.
//! - [`world`]: line, objects, habits and mishaps, all drawn from a seed, and what must hold in the end.
//! - [`performance`]: how much of a line is payload, as a table.
//! - [`memory`]: what sessions allocate.
//! - [`seeds`]: many worlds on all processors, also for those of other crates.
//!
//! Nothing here reads a clock: a seed gives the same world, byte by byte, on every machine.

pub mod line;
pub mod memory;
pub mod owner;
pub mod pair;
pub mod performance;
pub mod random;
pub mod seeds;
pub mod totals;
pub mod wire;
pub mod world;
