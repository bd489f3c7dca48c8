//! How much of a line is payload, how long an urgent record takes, how little goes twice: a table for people.
//!
//! Counted as for other protocols: from the start of both ends until the last byte lies whole at the receiver, ten bits a
//! byte. All in virtual time, so every figure is exact and the same on every machine.

use std::fmt::Write as _;
use std::thread;
use std::time::Duration;

use link::{ObjectId, Priority};

use crate::line::Line;
use crate::pair::{Pair, SECOND};
use crate::random::noise;

/// A page in black and white.
pub const PAGE_BYTES: usize = 200_000;

/// A sealed record.
pub const RECORD_BYTES: usize = 1500;

/// Records that are sent together.
pub const RECORDS: usize = 100;

/// Seeds of which a figure is the median.
const SEEDS: [u64; 3] = [1, 2, 3];

/// What nothing here takes.
const FOREVER: Duration = Duration::from_secs(48 * 3600);

/// The lines of the report.
pub const LINES: [(&str, Line); 11] = [
    ("9600 bit/s", Line::clean(9600, 0)),
    ("9600, bit errors 1e-5", Line::noisy(9600, 0, 1e-5)),
    ("9600, bit errors 1e-4", Line::noisy(9600, 0, 1e-4)),
    ("115 200, 150 ms", Line::clean(115_200, 150)),
    ("115 200, 150 ms, 1e-5", Line::noisy(115_200, 150, 1e-5)),
    ("115 200, 150 ms, 1e-4", Line::noisy(115_200, 150, 1e-4)),
    ("115 200, 600 ms", Line::clean(115_200, 600)),
    ("921 600, 60 ms", Line::clean(921_600, 60)),
    (
        "9600, 50 ms, bursts, lost and added bytes",
        Line {
            bursts: 1.0 / 20_000.0,
            drops: 1e-5,
            insertions: 1e-5,
            ..Line::clean(9600, 50)
        },
    ),
    (
        "9600, half duplex, turns in 250 ms",
        Line {
            turn_around: Some(Duration::from_millis(250)),
            ..Line::clean(9600, 5)
        },
    ),
    ("1200, radio, 50 ms, 1e-3", Line::noisy(1200, 50, 1e-3)),
];

/// What is measured on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Payload of a page as thousandths of what the line carries meanwhile.
    pub page_permille: u64,
    /// The same for records.
    pub records_permille: u64,
    /// From `send` until an urgent record is whole at the receiver, while a page is under way.
    pub urgent_ms: u64,
    /// Blocks of a page that come again though they were held, after a hang-up at half of it, in ten-thousandths.
    pub again: u64,
    /// Memory of a session, at most, in bytes.
    pub most_bytes: usize,
}

/// Measures on one line.
#[must_use]
pub fn measure(line: Line) -> Row {
    let mut most_bytes = 0;
    let mut median = |work: &dyn Fn(&mut Pair) -> u64| {
        let seeds = if line.is_clean() { &SEEDS[..1] } else { &SEEDS };
        let mut figures: Vec<u64> = seeds
            .iter()
            .map(|seed| {
                let mut pair = Pair::new(line, *seed);
                let figure = work(&mut pair);
                for side in [&pair.kiosk, &pair.county] {
                    most_bytes = most_bytes.max(side.most_bytes());
                }
                figure
            })
            .collect();
        figures.sort_unstable();
        figures[figures.len() / 2]
    };
    let page_permille = median(&|pair| goodput_permille(pair, &[PAGE_BYTES]));
    let records_permille = median(&|pair| goodput_permille(pair, &[RECORD_BYTES; RECORDS]));
    let urgent_ms = median(&urgent_ms);
    let again = median(&sent_again);
    Row {
        page_permille,
        records_permille,
        urgent_ms,
        again,
        most_bytes,
    }
}

/// The share of the line that is payload until all `objects` are whole at the county.
pub fn goodput_permille(pair: &mut Pair, objects: &[usize]) -> u64 {
    let ids: Vec<ObjectId> = objects
        .iter()
        .enumerate()
        .map(|(index, &len)| pair.send_up(Priority::Record, noise(len, index as u64)))
        .collect();
    let arrived = |pair: &Pair| ids.iter().all(|id| pair.has_arrived(*id));
    let Some(took) = pair.run_until(FOREVER, arrived) else {
        return 0;
    };
    let payload: usize = objects.iter().sum();
    payload as u64 * 10 * 1_000_000 * 1000 / (pair.up.line().rate * took.as_micros() as u64)
}

fn urgent_ms(pair: &mut Pair) -> u64 {
    pair.send_up(Priority::Picture, noise(PAGE_BYTES, 1));
    let quarter = pair.up.line().time_of(PAGE_BYTES as u64 / 4);
    pair.run_for(quarter);
    let record = pair.send_up(Priority::Record, noise(RECORD_BYTES, 2));
    pair.run_until(FOREVER, |pair| pair.has_arrived(record))
        .map_or(u64::MAX, |took| took.as_millis() as u64)
}

fn sent_again(pair: &mut Pair) -> u64 {
    let page = pair.send_up(Priority::Picture, noise(PAGE_BYTES, 1));
    let blocks = link::block_count(PAGE_BYTES as u32);
    pair.run_until(FOREVER, |pair| {
        let part = pair.county.owner.parts.get(&page);
        part.is_some_and(|part| blocks / 2 <= part.have.held())
    });
    pair.hang_up();
    pair.run_for(SECOND * 30);
    pair.call_again();
    pair.run_until(FOREVER, |pair| pair.has_arrived(page));
    pair.county.blocks_repeated() * 10_000 / u64::from(blocks)
}

/// The report: a table with a row for each line.
#[must_use]
pub fn report() -> String {
    let mut report = String::from(
        "# What the line carries\n\n\
         Share of the line that is payload, from the start of both ends until the last byte is whole at the receiver, ten\n\
         bits a byte: a page of 200 000 bytes, and 100 records of 1500 bytes. The urgent record, 1500 bytes, becomes ready\n\
         while a page is under way. After a hang-up at half of a page: how much of it came to the receiver a second time.\n\
         Memory is that of one session at most, the objects themselves excluded. Delays are one way; on lines with errors each\n\
         figure is the median of three seeds. Virtual time: the figures are exact.\n\n\
         | line | page | records | urgent record | came again | memory |\n\
         |---|---|---|---|---|---|\n",
    );
    // Each line in a thread of its own, as all of them take their time.
    let rows = thread::scope(|threads| {
        let rows = LINES.map(|(_, line)| threads.spawn(move || measure(line)));
        rows.map(|row| row.join().ok())
    });
    for ((name, _), row) in LINES.iter().zip(rows) {
        let Some(row) = row else {
            let _ = writeln!(report, "| {name} | failed | | | | |");
            continue;
        };
        let permille = |value: u64| format!("{}.{} %", value / 10, value % 10);
        let _ = writeln!(
            report,
            "| {name} | {} | {} | {}.{:02} s | {}.{:02} % | {} KB |",
            permille(row.page_permille),
            permille(row.records_permille),
            row.urgent_ms / 1000,
            row.urgent_ms % 1000 / 10,
            row.again / 100,
            row.again % 100,
            row.most_bytes.div_ceil(1024),
        );
    }
    report
}
