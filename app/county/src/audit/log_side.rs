//! The log's side of an audit: its entries, tree and checkpoints.

use super::{
    Checkpoint, CountyPublic, Covered, Evidence, Finding, Frontier, Hash, HashMap, LedgerError,
    log, row_name,
};
use crate::{ledger::Connection, proof::merkle::Place};
use envelope::CountyMessage;

/// The log as it stands in the ledger, and what the county signed of it.
pub(super) struct LogSide {
    pub(super) entries: Vec<Entry>,
    places: HashMap<Covered, HashMap<Vec<u8>, usize>>,
    /// Those that the county signed, the smallest first.
    pub(super) checkpoints: Vec<Checkpoint>,
    /// Signed ones that were kept elsewhere.
    kept_elsewhere: Vec<Checkpoint>,
}

pub(super) struct Entry {
    kind: Covered,
    key: Vec<u8>,
    leaf: Hash,
}

impl LogSide {
    pub(super) fn read(
        connection: &Connection,
        evidence: &Evidence,
        findings: &mut Vec<Finding>,
    ) -> Result<Self, LedgerError> {
        let mut entries = Vec::new();
        let mut places: HashMap<Covered, HashMap<Vec<u8>, usize>> = HashMap::new();
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
                entries.push(Entry {
                    kind,
                    key: Vec::new(),
                    leaf: [0; 32],
                });
            }
            let place = entries.len();
            places
                .entry(kind)
                .or_default()
                .insert(entry.key.clone(), place);
            entries.push(Entry {
                kind,
                key: entry.key,
                leaf,
            });
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
            places,
            checkpoints,
            kept_elsewhere,
        })
    }

    /// The place in the log of the row with this key.
    pub(super) fn place_of(&self, kind: Covered, key: &[u8]) -> Option<usize> {
        self.places.get(&kind)?.get(key).copied()
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
        rows: &[Option<Hash>],
        findings: &mut Vec<Finding>,
    ) -> Result<(), LedgerError> {
        let mut by_rows = Frontier::default();
        let mut by_log = Frontier::default();
        let mut nodes = Vec::new();
        let mut begun = 0;
        let mut rewritten = false;
        let mut signed = self.checkpoints.iter().peekable();
        let mut elsewhere = self.kept_elsewhere.iter().peekable();
        for (place, (entry, row)) in self.entries.iter().zip(rows).enumerate() {
            by_rows.push(row.unwrap_or(entry.leaf), |_, _| {});
            by_log.push(entry.leaf, |place, hash| {
                if 0 < place.level {
                    nodes.push((place, hash));
                }
            });
            let size = place as u64 + 1;
            while let Some(kept) = elsewhere.next_if(|kept| kept.size == size) {
                if kept.root != by_rows.root() && kept.root != by_log.root() {
                    findings.push(Finding::Contradicted(size));
                }
            }
            let Some(checkpoint) = signed.next_if(|checkpoint| checkpoint.size == size) else {
                continue;
            };
            let culprit = if checkpoint.root == by_rows.root() {
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
        if begun < self.entries.len() {
            findings.push(Finding::Unsigned((self.entries.len() - begun) as u64));
            self.judge_span(begun..self.entries.len(), rows, findings, Culprit::Row);
        }
        // What is left was signed for a longer log.
        findings.extend(signed.map(|longer| Finding::LogRewritten(longer.size)));
        findings.extend(elsewhere.map(|longer| Finding::Contradicted(longer.size)));
        let mut kept: HashMap<Place, Hash> = log::nodes(connection)?.into_iter().collect();
        for (place, hash) in nodes {
            if kept.remove(&place) != Some(hash) {
                findings.push(node_altered(place));
            }
        }
        findings.extend(kept.into_keys().map(node_altered));
        Ok(())
    }

    fn judge_span(
        &self,
        span: std::ops::Range<usize>,
        rows: &[Option<Hash>],
        findings: &mut Vec<Finding>,
        culprit: Culprit,
    ) {
        for place in span {
            let entry = &self.entries[place];
            // A gap was told already.
            if entry.key.is_empty() {
                continue;
            }
            let name = || row_name(entry.kind, &entry.key);
            match rows[place] {
                None => findings.push(Finding::Removed(name())),
                Some(leaf) if leaf == entry.leaf => {}
                Some(_) => findings.push(match culprit {
                    Culprit::Log => Finding::EntryAltered(place as u64),
                    Culprit::Row => Finding::Altered(name()),
                }),
            }
        }
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
