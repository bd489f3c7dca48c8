//! The log's side of an audit: its entries, tree and checkpoints.

use std::collections::BTreeMap;

use envelope::CountyMessage;

use super::{
    Checkpoint, CountyPublic, Evidence, Finding, Frontier, Hash, LedgerError, entries::Entries,
    log, row_name,
};
use crate::{ledger::Connection, proof::merkle::Place};

/// The log as it stands in the ledger, and what the county signed of it.
pub(super) struct LogSide {
    pub(super) entries: Entries,
    /// Those that the county signed, the smallest first.
    pub(super) checkpoints: Vec<Checkpoint>,
    /// Signed ones that were kept elsewhere.
    kept_elsewhere: Vec<Checkpoint>,
}

impl LogSide {
    pub(super) fn read(
        connection: &Connection,
        evidence: &Evidence,
        findings: &mut Vec<Finding>,
    ) -> Result<Self, LedgerError> {
        let mut entries = Entries::default();
        // A number far beyond all others was changed; filling up to it would have no end.
        let numbers_end = 2 * log::count(connection)? + 1000;
        log::entries(connection, |entry| {
            let (Some(kind), Some(leaf), true) =
                (entry.kind, entry.leaf, entry.number < numbers_end)
            else {
                findings.push(Finding::EntryAltered(entry.number));
                return;
            };
            for missing in entries.len() as u64..entry.number {
                findings.push(Finding::EntryMissing(missing));
                entries.push_missing();
            }
            entries.push(kind, entry.key, leaf);
        })?;
        let mut checkpoints = Vec::new();
        let mut next = 1;
        for kept in log::checkpoints(connection)? {
            findings.extend((next..kept.number).map(Finding::CheckpointRemoved));
            next = kept.number + 1;
            match verified(&kept.message, &evidence.county_keys) {
                Some(signed) if (signed.size, signed.taken_ms) == (kept.size, kept.taken_ms) => {
                    checkpoints.push(signed);
                }
                _ => findings.push(Finding::CheckpointForged(kept.size)),
            }
        }
        let mut kept_elsewhere = Vec::new();
        for (place, message) in (1..).zip(&evidence.checkpoints) {
            match verified(message, &evidence.county_keys) {
                Some(signed) => kept_elsewhere.push(signed),
                None => findings.push(Finding::NotACheckpoint(place)),
            }
        }
        kept_elsewhere.sort_by_key(|checkpoint| checkpoint.size);
        Ok(Self {
            entries,
            checkpoints,
            kept_elsewhere,
        })
    }

    /// When the checkpoints before and behind an entry were taken, Unix milliseconds.
    pub(super) fn checkpoints_around(&self, place: usize) -> (Option<i64>, Option<i64>) {
        let at = self
            .checkpoints
            .partition_point(|checkpoint| checkpoint.size <= place as u64);
        let before = at.checked_sub(1).and_then(|at| self.checkpoints.get(at));
        let time = |checkpoint: &Checkpoint| checkpoint.taken_ms;
        (before.map(time), self.checkpoints.get(at).map(time))
    }

    /// Compares the rows' leaves with the log's, both with what was signed, and the kept nodes with the log's leaves.
    ///
    /// Where row and log differ, the signed root tells which of them was changed: over a span between two checkpoints the
    /// one whose leaves give that root is as it was.
    pub(super) fn compare_tree(
        &self,
        connection: &Connection,
        rows: &RowLeaves,
        findings: &mut Vec<Finding>,
    ) -> Result<(), LedgerError> {
        let mut by_log = Frontier::default();
        // The log's own until the first row that differs.
        let mut by_rows: Option<Frontier> = None;
        let mut nodes = Nodes::default();
        let mut begun = 0;
        let mut rewritten = false;
        let mut signed = self.checkpoints.iter().peekable();
        let mut elsewhere = self.kept_elsewhere.iter().peekable();
        for (place, &leaf) in self.entries.leaves().iter().enumerate() {
            let altered = rows.altered.get(&place).copied();
            if altered.is_some() {
                by_rows.get_or_insert_with(|| by_log.clone());
            }
            if let Some(by_rows) = &mut by_rows {
                by_rows.push(altered.unwrap_or(leaf), |_, _| {});
            }
            by_log.push(leaf, |place, hash| nodes.push(place, hash));
            let size = place as u64 + 1;
            while let Some(kept) = elsewhere.next_if(|kept| kept.size == size) {
                if kept.root != by_log.root()
                    && kept.root != by_rows.as_ref().unwrap_or(&by_log).root()
                {
                    findings.push(Finding::Contradicted(size));
                }
            }
            let Some(checkpoint) = signed.next_if(|checkpoint| checkpoint.size == size) else {
                continue;
            };
            let culprit = if checkpoint.root == by_rows.as_ref().unwrap_or(&by_log).root() {
                Culprit::Log
            } else {
                Culprit::Row
            };
            // Every later root differs with it: the first is named.
            if culprit == Culprit::Row && checkpoint.root != by_log.root() && !rewritten {
                findings.push(Finding::LogRewritten(size));
                rewritten = true;
            }
            self.judge_span(begun..place + 1, rows, findings, culprit);
            begun = place + 1;
        }
        let end = self.entries.len();
        if begun < end {
            findings.push(Finding::Unsigned((end - begun) as u64));
            self.judge_span(begun..end, rows, findings, Culprit::Row);
        }
        // What is left was signed for a longer log.
        findings.extend(signed.map(|longer| Finding::LogRewritten(longer.size)));
        findings.extend(elsewhere.map(|longer| Finding::Contradicted(longer.size)));
        log::nodes(connection, |place, hash| {
            if nodes.take(place) != Some(hash) {
                findings.push(node_altered(place));
            }
        })?;
        findings.extend(nodes.rest().map(node_altered));
        Ok(())
    }

    fn judge_span(
        &self,
        span: std::ops::Range<usize>,
        rows: &RowLeaves,
        findings: &mut Vec<Finding>,
        culprit: Culprit,
    ) {
        for place in span.clone().filter(|place| !rows.met[*place]) {
            // A gap was told already.
            if let Some((kind, key)) = self.entries.get(place) {
                findings.push(Finding::Removed(row_name(kind, key)));
            }
        }
        for &place in rows.altered.range(span).map(|(place, _)| place) {
            if let Some((kind, key)) = self.entries.get(place) {
                findings.push(match culprit {
                    Culprit::Log => Finding::EntryAltered(place as u64),
                    Culprit::Row => Finding::Altered(row_name(kind, key)),
                });
            }
        }
    }
}

/// The leaves of the rows as they stand, beside those of the log.
pub(super) struct RowLeaves {
    /// Whether the row of each entry is there.
    pub(super) met: Vec<bool>,
    /// Those that are other than in the log, by the place of the entry.
    pub(super) altered: BTreeMap<usize, Hash>,
}

/// The roots of the perfect subtrees above the leaves, each until it is taken.
#[derive(Default)]
struct Nodes(Vec<Vec<Option<Hash>>>);

impl Nodes {
    /// The next of its level.
    fn push(&mut self, place: Place, hash: Hash) {
        let Some(level) = (place.level as usize).checked_sub(1) else {
            return;
        };
        if self.0.len() == level {
            self.0.push(Vec::new());
        }
        self.0[level].push(Some(hash));
    }

    fn take(&mut self, place: Place) -> Option<Hash> {
        let level = (place.level as usize).checked_sub(1)?;
        let index = usize::try_from(place.index).ok()?;
        self.0.get_mut(level)?.get_mut(index)?.take()
    }

    fn rest(&self) -> impl Iterator<Item = Place> {
        (1..).zip(&self.0).flat_map(|(level, hashes)| {
            let left = (0..).zip(hashes).filter(|(_, hash)| hash.is_some());
            left.map(move |(index, _)| Place { level, index })
        })
    }
}

/// Which side of a difference is not what was signed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Culprit {
    Row,
    Log,
}

const fn node_altered(place: Place) -> Finding {
    Finding::NodeAltered {
        level: place.level,
        index: place.index,
    }
}

fn verified(message: &[u8], keys: &[CountyPublic]) -> Option<Checkpoint> {
    keys.iter()
        .find_map(|key| CountyMessage::verify(message, key).ok())
        .and_then(|message| Checkpoint::of_message(&message))
}
