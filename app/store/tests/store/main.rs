//! The kiosk's store on real SQLite files: what is in them after any end, and what is not.

mod bench;
mod counter;
mod damage;
mod damaged_log;
mod field;
mod file;
mod full_disk;
mod outbox;
mod power_cut;
mod privacy;
mod receipts;
mod submissions;
