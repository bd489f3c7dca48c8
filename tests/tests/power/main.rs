//! SQLite on the simulated disk: what a commit returned outlives any cut, failure and full disk, and
//! a disk that ignores syncs is found out.

mod cuts;
mod failures;
mod ledger;
mod sharing;
mod speed;
mod store;
mod trace;
