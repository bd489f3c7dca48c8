//! Which rows the log covers, and the bytes that an entry is made of.
//!
//! An entry is the byte 1, the number of its kind, and the row's columns in the order below, each as the bytes of a
//! [`Value`]. A row's key is its first columns written in the same way. The leaf is the entry's hash.
//!
//! | Kind | Columns; those of the key before the semicolon |
//! |---|---|
//! | 1 `kiosk_keys` | kiosk, public_key; enrolled_ms |
//! | 2 `kiosk_keys`, once revoked | kiosk, public_key; revoked_ms |
//! | 3 `objects` | hash; kiosk, kind, number, held_ms |
//! | 4 `cases` | id; all others |
//! | 5 `attachments` | case_id, ordinal; hash |
//! | 6 `case_events` | id; all others |
//! | 7 `rule_editions` | edition; files, since_ms |
//! | 8 `event_rules` | event_id; edition |
//! | 9 `deadlines` | id; all others |
//! | 10 `county_events` | id; all others |
//! | 11 `accesses` | id; all others |
//! | 12 `handovers` | id; all others |
//! | 13 `handover_papers` | handover_id, ordinal; hash |
//!
//! Numbers and columns are append-only.

use relief::Action;

use crate::{
    ledger::{
        LedgerError,
        sql::{Row, Value},
    },
    proof::merkle::{Hash, leaf},
};

/// A kind of rows that the log covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Covered {
    KioskKey = 1,
    Revocation = 2,
    Object = 3,
    Case = 4,
    Attachment = 5,
    CaseEvent = 6,
    RuleEdition = 7,
    EventRules = 8,
    Deadline = 9,
    CountyEvent = 10,
    Access = 11,
    Handover = 12,
    HandoverPaper = 13,
}

/// How the rows of a kind are read.
struct Shape {
    /// Columns, those of the key first.
    columns: &'static [&'static str],
    /// How many of them are the key.
    key_len: usize,
    table: &'static str,
    /// Which of the table's rows.
    condition: &'static str,
    /// The column that says when the row came, by the county's clock.
    time: Option<usize>,
    /// A column and the number in it that tells that the time is not the county's.
    elsewhere: Option<(usize, i64)>,
}

impl Shape {
    /// All rows of a table, of which no column says when they came.
    const fn of(table: &'static str, key_len: usize, columns: &'static [&'static str]) -> Self {
        Self {
            columns,
            key_len,
            table,
            condition: "true",
            time: None,
            elsewhere: None,
        }
    }

    const fn timed(self, column: usize) -> Self {
        Self {
            time: Some(column),
            ..self
        }
    }
}

impl Covered {
    pub(crate) const ALL: [Self; 13] = [
        Self::KioskKey,
        Self::Revocation,
        Self::Object,
        Self::Case,
        Self::Attachment,
        Self::CaseEvent,
        Self::RuleEdition,
        Self::EventRules,
        Self::Deadline,
        Self::CountyEvent,
        Self::Access,
        Self::Handover,
        Self::HandoverPaper,
    ];

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == number)
    }

    const fn shape(self) -> Shape {
        match self {
            Self::KioskKey => {
                Shape::of("kiosk_keys", 2, &["kiosk", "public_key", "enrolled_ms"]).timed(2)
            }
            Self::Revocation => Shape {
                condition: "revoked_ms IS NOT NULL",
                ..Shape::of("kiosk_keys", 2, &["kiosk", "public_key", "revoked_ms"]).timed(2)
            },
            Self::Object => Shape::of(
                "objects",
                1,
                &["hash", "kiosk", "kind", "number", "held_ms"],
            )
            .timed(4),
            Self::Case => Shape::of(
                "cases",
                1,
                &[
                    "id",
                    "submission_id",
                    "record_hash",
                    "slip_number",
                    "status_token_hash",
                    "scheme",
                    "township",
                    "masked_name",
                    "kiosk_wall_ms",
                    "kiosk_boot",
                    "kiosk_tick_ms",
                    "received_ms",
                ],
            )
            .timed(11),
            Self::Attachment => Shape::of("attachments", 2, &["case_id", "ordinal", "hash"]),
            Self::CaseEvent => Shape {
                // A submission has the kiosk's time.
                elsewhere: Some((5, Action::Submit.code() as i64)),
                ..Shape::of(
                    "case_events",
                    1,
                    &[
                        "id", "case_id", "at_ms", "role", "actor", "action", "reason", "ground",
                        "details", "evidence",
                    ],
                )
                .timed(2)
            },
            Self::RuleEdition => {
                Shape::of("rule_editions", 1, &["edition", "files", "since_ms"]).timed(2)
            }
            Self::EventRules => Shape::of("event_rules", 1, &["event_id", "edition"]),
            Self::Deadline => Shape::of(
                "deadlines",
                1,
                &[
                    "id",
                    "case_id",
                    "event_id",
                    "issued_ms",
                    "step",
                    "due",
                    "provisional",
                    "edition",
                    "body",
                ],
            )
            .timed(3),
            Self::CountyEvent => Shape::of(
                "county_events",
                1,
                &["id", "at_ms", "role", "actor", "body"],
            )
            .timed(1),
            Self::Access => Shape::of(
                "accesses",
                1,
                &["id", "at_ms", "name", "office", "act", "about", "reason"],
            )
            .timed(1),
            Self::Handover => Shape::of(
                "handovers",
                1,
                &[
                    "id",
                    "submission_id",
                    "record_hash",
                    "slip_number",
                    "case_number",
                    "status_token_hash",
                    "kiosk_wall_ms",
                    "kiosk_boot",
                    "kiosk_tick_ms",
                    "received_ms",
                ],
            )
            .timed(9),
            Self::HandoverPaper => {
                Shape::of("handover_papers", 2, &["handover_id", "ordinal", "hash"])
            }
        }
    }

    /// The table that the rows lie in.
    pub(crate) const fn table(self) -> &'static str {
        self.shape().table
    }

    /// The statement that gives every row.
    pub(super) fn select_all(self) -> String {
        let Shape {
            columns,
            table,
            condition,
            ..
        } = self.shape();
        format!(
            "SELECT {} FROM {table} WHERE {condition}",
            columns.join(", ")
        )
    }

    /// The statement that gives the row of a key.
    pub(super) fn select_one(self) -> String {
        let shape = self.shape();
        let key: Vec<String> = (1..)
            .zip(&shape.columns[..shape.key_len])
            .map(|(place, column)| format!("{column} = ?{place}"))
            .collect();
        format!("{} AND {}", self.select_all(), key.join(" AND "))
    }

    /// The key, leaf and time of a row that one of these statements gives; `entry` is where its bytes are laid out.
    pub(super) fn read<'e>(
        self,
        row: &Row<'_>,
        entry: &'e mut Vec<u8>,
    ) -> Result<Found<'e>, LedgerError> {
        const KEY_BEGIN: usize = 2;
        let shape = self.shape();
        entry.clear();
        entry.extend([1, self as u8]);
        let mut key_end = KEY_BEGIN;
        let mut time = None;
        for column in 0..shape.columns.len() {
            let value = row.value(column)?;
            value.write_to(entry);
            if column + 1 == shape.key_len {
                key_end = entry.len();
            }
            if let Value::Integer(number) = value {
                if shape.time == Some(column) {
                    time = Some(number);
                }
                if shape.elsewhere == Some((column, number)) {
                    time = None;
                }
            }
        }
        Ok(Found {
            key: &entry[KEY_BEGIN..key_end],
            leaf: leaf(entry),
            time_ms: time,
        })
    }
}

/// What the log keeps of a row.
pub(crate) struct Found<'e> {
    pub(crate) key: &'e [u8],
    pub(crate) leaf: Hash,
    /// When the row came, by the county's clock.
    pub(crate) time_ms: Option<i64>,
}
