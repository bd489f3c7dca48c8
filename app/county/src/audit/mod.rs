//! The audit of a whole ledger: what was altered, removed, put in, backdated, or never entered.
//!
//! It needs the ledger, or a copy of it, and the county's public key; nothing secret. Each row that the log covers is made
//! into its leaf again and compared with the log, the log's roots with the signed checkpoints. An auditor who keeps
//! checkpoints of earlier days, or reads them from kiosks, also sees whether the log was made anew behind them; slips show
//! whether what was handed in is there at all.

mod entries;
mod log_side;
mod slips;

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
    fmt,
    path::Path,
};

use envelope::{CountyPublic, ObjectHash, SlipCode};

use crate::{
    County,
    ledger::{
        Connection, Ledger, LedgerError, Value,
        log::{self, Covered, Found},
        objects,
    },
    proof::{
        Checkpoint,
        merkle::{Frontier, Hash},
    },
};

use log_side::{LogSide, RowLeaves};

/// Clocks of several servers, and transactions under way, may make a row look this much older than a checkpoint before it.
const CLOCKS_DIFFER_MS: i64 = 10 * 60 * 1000;

/// What an auditor brings along.
#[derive(Default)]
pub struct Evidence {
    /// The county's division code; slips of other counties are none of it.
    pub county_code: u32,
    /// The county's public keys, the former ones too.
    pub county_keys: Vec<CountyPublic>,
    /// Checkpoints that were kept elsewhere, as signed messages.
    pub checkpoints: Vec<Vec<u8>>,
    /// Slips of people.
    pub slips: Vec<SlipCode>,
}

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// The row is not what it was when it came into the log.
    Altered(RowName),
    /// The log has the row, the ledger has not.
    Removed(RowName),
    /// The ledger has the row, the log has not, and it does not wait to be taken up.
    PutIn(RowName),
    /// It waits to be taken up into the log and is not there.
    WaitsInVain(RowName),
    /// The row says that it is older than the checkpoint that was signed before it came.
    Backdated(RowName),
    /// The row says that it is younger than the checkpoint that it came with.
    DatedAhead(RowName),
    /// The bytes of an object are not those of its hash.
    ObjectDamaged(RowName),
    /// The log's own entry was changed; the row is as it was.
    EntryAltered(u64),
    /// An entry of the log is missing.
    EntryMissing(u64),
    /// A node of the log's tree was changed.
    NodeAltered {
        /// Its level, from 1.
        level: u32,
        /// Its place in the level, from 0.
        index: u64,
    },
    /// The checkpoint of this number is missing.
    CheckpointRemoved(i64),
    /// The checkpoint of this size is not signed by the county, or says something else than its row.
    CheckpointForged(u64),
    /// The entries before this size and after the checkpoint before are not those that the county signed.
    LogRewritten(u64),
    /// Entries behind the last checkpoint, which nobody signed.
    Unsigned(u64),
    /// A checkpoint that was kept elsewhere contradicts the log.
    Contradicted(u64),
    /// What was kept elsewhere is no checkpoint of this county; its place in the list, from 1.
    NotACheckpoint(usize),
    /// A slip of a kiosk of this county, and no such case: it was removed, or never came.
    SlipWithoutCase(String),
    /// A slip and its case do not say the same.
    SlipDiffers(String),
    /// No kiosk of this county signed the slip.
    SlipForged(String),
}

/// A row, as a person finds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowName {
    /// The table.
    pub table: &'static str,
    /// The key, its parts after one another.
    pub key: String,
}

/// What an audit came to.
#[derive(Debug, Default)]
pub struct Report {
    /// Entries of the log that were checked.
    pub entries: u64,
    /// Checkpoints of the ledger that were checked.
    pub checkpoints: usize,
    /// Rows that wait to be taken up into the log.
    pub waiting: usize,
    /// What is wrong, each once.
    pub findings: Vec<Finding>,
}

impl County {
    /// Audits this county's ledger.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn audit(&self, evidence: &Evidence) -> Result<Report, LedgerError> {
        let ledger = self.ledger();
        ledger.read_apart(|connection| {
            audit(connection, evidence, |hash, in_row| {
                ledger.whole(hash, in_row)
            })
        })
    }
}

/// Audits the copy of a ledger that lies in this file.
///
/// # Errors
///
/// [`LedgerError`] if it is no ledger, or of a newer build.
pub fn audit_file(path: &Path, evidence: &Evidence) -> Result<Report, LedgerError> {
    // All that the county had is in its copy.
    Ledger::open_file(path, None)?
        .read(|connection| audit(connection, evidence, |_, in_row| Ok(in_row.into())))
}

/// `whole` has the bytes of an object from what stands in its row.
fn audit(
    connection: &Connection,
    evidence: &Evidence,
    whole: impl for<'b> Fn(ObjectHash, &'b [u8]) -> Result<Cow<'b, [u8]>, LedgerError>,
) -> Result<Report, LedgerError> {
    let mut findings = Vec::new();
    let side = LogSide::read(connection, evidence, &mut findings)?;
    let pending = log::pending(connection, u32::MAX)?;
    let mut report = Report {
        entries: side.entries.len() as u64,
        checkpoints: side.checkpoints.len(),
        waiting: pending.len(),
        findings: Vec::new(),
    };
    let mut rows = Rows {
        side: &side,
        waiting: pending.into_iter().map(|row| (row.kind, row.key)).collect(),
        leaves: RowLeaves {
            met: vec![false; side.entries.len()],
            altered: BTreeMap::new(),
        },
        findings,
    };
    for kind in Covered::ALL {
        log::rows(connection, kind, |found| rows.compare(kind, found))?;
    }
    let (leaves, mut findings) = rows.finish();
    side.compare_tree(connection, &leaves, &mut findings)?;
    objects::each_held(connection, |hash, in_row| {
        if ObjectHash::of(&whole(hash, in_row)?) != hash {
            findings.push(Finding::ObjectDamaged(RowName {
                table: "objects",
                key: hex::encode(hash.0),
            }));
        }
        Ok(())
    })?;
    for slip in &evidence.slips {
        slips::check(connection, evidence.county_code, slip, &mut findings)?;
    }
    findings.sort();
    findings.dedup();
    report.findings = findings;
    Ok(report)
}

/// The rows' side of the comparison.
struct Rows<'l> {
    side: &'l LogSide,
    /// Rows that wait to be taken up into the log and were not met yet.
    waiting: HashSet<(Covered, Vec<u8>)>,
    leaves: RowLeaves,
    findings: Vec<Finding>,
}

impl Rows<'_> {
    fn compare(&mut self, kind: Covered, found: &Found<'_>) {
        let name = || row_name(kind, found.key);
        let Some(place) = self.side.entries.place_of(kind, found.key) else {
            if !self.waiting.remove(&(kind, found.key.to_vec())) {
                self.findings.push(Finding::PutIn(name()));
            }
            return;
        };
        self.leaves.met[place] = true;
        if self.side.entries.leaves()[place] != found.leaf {
            self.leaves.altered.insert(place, found.leaf);
        }
        let Some(time) = found.time_ms else { return };
        let (after, until) = self.side.checkpoints_around(place);
        if after.is_some_and(|after| time < after - CLOCKS_DIFFER_MS) {
            self.findings.push(Finding::Backdated(name()));
        }
        if until.is_some_and(|until| until + CLOCKS_DIFFER_MS < time) {
            self.findings.push(Finding::DatedAhead(name()));
        }
    }

    /// The leaves of the rows, and what was found; what waits and has no row is found last.
    fn finish(mut self) -> (RowLeaves, Vec<Finding>) {
        for (kind, key) in self.waiting {
            if self.side.entries.place_of(kind, &key).is_none() {
                self.findings
                    .push(Finding::WaitsInVain(row_name(kind, &key)));
            }
        }
        (self.leaves, self.findings)
    }
}

fn row_name(kind: Covered, key: &[u8]) -> RowName {
    let parts = Value::read_all(key).unwrap_or_default();
    let words: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Value::Null => String::new(),
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => (*text).to_owned(),
            Value::Bytes(bytes) => hex::encode(bytes),
        })
        .collect();
    RowName {
        table: kind.table(),
        key: words.join(" "),
    }
}

impl fmt::Display for RowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.table, self.key)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered(row) => write!(f, "altered: {row}"),
            Self::Removed(row) => write!(f, "removed: {row}"),
            Self::PutIn(row) => write!(f, "put in behind the log: {row}"),
            Self::WaitsInVain(row) => write!(f, "removed before it came into the log: {row}"),
            Self::Backdated(row) => write!(f, "backdated: {row}"),
            Self::DatedAhead(row) => write!(f, "dated ahead: {row}"),
            Self::ObjectDamaged(row) => write!(f, "bytes altered: {row}"),
            Self::EntryAltered(number) => write!(f, "log entry {number} altered"),
            Self::EntryMissing(number) => write!(f, "log entry {number} removed"),
            Self::NodeAltered { level, index } => {
                write!(f, "node {index} of level {level} of the log's tree altered")
            }
            Self::CheckpointRemoved(number) => write!(f, "checkpoint {number} removed"),
            Self::CheckpointForged(size) => {
                write!(
                    f,
                    "checkpoint of {size} entries is not what the county signed"
                )
            }
            Self::LogRewritten(size) => {
                write!(
                    f,
                    "log rewritten: the first {size} entries are not those that the county signed"
                )
            }
            Self::Unsigned(count) => write!(f, "{count} log entries that no checkpoint signs"),
            Self::Contradicted(size) => {
                write!(
                    f,
                    "log contradicts the checkpoint of {size} entries that was kept elsewhere"
                )
            }
            Self::NotACheckpoint(place) => {
                write!(f, "kept checkpoint {place} is not signed by this county")
            }
            Self::SlipWithoutCase(slip) => write!(f, "never entered: slip {slip} has no case"),
            Self::SlipDiffers(slip) => write!(f, "slip {slip} and its case differ"),
            Self::SlipForged(slip) => {
                write!(f, "slip {slip} was not signed by a kiosk of the county")
            }
        }
    }
}
