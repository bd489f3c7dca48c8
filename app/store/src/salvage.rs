//! What is done when the card damages the file.
//!
//! [`make_sound`] comes before the file is opened. It checks all of the file ([`check`]), and if
//! anything is wrong it puts the damaged file aside and builds a new one from every row that is
//! whole ([`recover`]). A damaged page can make whole subtrees unreachable to SQL, so the damaged
//! file is read below it, page by page, by the published description of the format
//! (<https://www.sqlite.org/fileformat2.html>).
//!
//! | room | what it knows |
//! |---|---|
//! | `bytes` | reading by place, on a card where some places cannot be read |
//! | `log` | which pages of the write-ahead log count |
//! | `pages` | a page by its number, the file's header, the list of free pages |
//! | `tree`, `record` | cells and payloads, values |
//! | `shape` | what rows of each table look like, asked of the migrations |
//! | `harvest` | which row of which table lies where |
//! | `damaged` | the file as a whole: which edition, and whether it is ours |
//! | `rebuild` | the new file: what is proved, what is made good, what is lost |
//! | `recover`, `files` | the steps between damaged and sound, each safe from a power cut |
//!
//! A row counts only if it is whole: its cell and every overflow page can be read, its values are of
//! the classes that the table's columns take, and the table's rules take them. A flipped bit in
//! sealed bytes shows in their hash. One inside another value that is still a value of its column
//! cannot be seen, here or by SQLite.

mod bytes;
mod damaged;
mod files;
mod harvest;
mod health;
mod log;
mod pages;
mod rebuild;
mod record;
mod recover;
mod report;
mod shape;
mod tree;

pub use health::{Finding, Health, check};
pub use rebuild::{BOOT_GAP, SLIP_GAP};
pub use recover::{DAMAGED_KEPT_MAX, RecoverError, inspect, make_sound, recover};
pub use report::{Report, TableReport};

/// The counter in a slip number such as `140428-003-000017-0`; `None` in any other text.
fn slip_counter_of(slip_number: &str) -> Option<u32> {
    let mut parts = slip_number.split('-').skip(2);
    let counter = parts.next()?;
    parts.next()?;
    counter.parse().ok()
}
