//! Stories of the whole server: real SQLite in a temporary folder, or real PostgreSQL with pages in an S3-compatible store, real HTTP over loopback, real link sessions.

mod access;
mod at_once;
mod audit;
mod back_pressure;
mod bench;
mod bucket;
mod clock_reports;
mod database;
mod deadlines;
mod gateway;
mod handovers;
mod http;
mod intake;
mod invented;
mod keys;
mod kiosk;
mod kiosks_page;
mod line;
mod list_files;
mod notices;
mod program;
mod registers;
mod staff_pages;
mod status_page;
mod storage;
mod two_servers;
