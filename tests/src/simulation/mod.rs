//! A world of kiosks and one county in which everything goes wrong, drawn from a seed and the same again from it.
//!
//! What runs in it is the product: the kiosk's file, reception and routes, the county's intake, ledger and gateway.
//! Simulated are the disks below SQLite ([`crate::disk`]), the lines, the network, the sticks and all clocks. Power is
//! cut at any write on either side; lines lose, repeat, swap and corrupt what is said; answers are lost; disks are full
//! or fail; clocks jump by years; sticks come late, twice and damaged; the county goes back to an older backup.
//!
//! The checkers are apart and know only what was promised: every slip that was ever shown is in the county or still
//! owed, no case is there twice, nothing that was typed stands in any file, nothing is deleted before it is
//! acknowledged, what the county refuses is shown, and the kiosk's log is whole.
//!
//! | part | where |
//! |---|---|
//! | what happens, in which order | `world` |
//! | the two ends | `kiosk`, `county` |
//! | lines, network | `routes` |
//! | what must hold | `checkers` |
//! | what is counted | [`Totals`] |

mod checkers;
mod county;
mod kiosk;
mod routes;
mod totals;
mod world;

pub use totals::Totals;

/// Zhangzi County.
const COUNTY_CODE: u32 = 140_428;

/// How a world is run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Disks forget what was synced, so that the checkers must find something.
    pub ignore_sync: bool,
    /// Prints what happens.
    pub trace: bool,
}

/// What became of a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What happened in it.
    pub totals: Totals,
    /// What should never have happened; empty in a sound world.
    pub violations: Vec<String>,
}

/// Runs the world of this seed to its end, or to the first step that breaks a promise.
#[must_use]
pub fn run(seed: u64, options: &Options) -> Report {
    world::World::new(seed, options).run()
}
