//! The kiosk's store on real SQLite files: what is in them after any end, and what is not.

mod audit;
mod backup;
mod bench;
mod counter;
mod damage;
mod damaged_log;
mod drafts;
mod field;
mod file;
mod full_disk;
mod outbox;
mod power_cut;
mod privacy;
mod receipts;
mod restored_county;
mod retention;
mod routes;
mod submissions;
