//! A new file from the rows that are whole.
//!
//! Every row passes the rules of its table again as it is inserted. What a lost row would have said
//! is made good only where other places tell it:
//!
//! - bytes belong to the outbox row that names their SHA-256, whatever their row numbers say, and
//!   stay with it whether the object is owed or acknowledged;
//! - an outbox row that is whole is believed as it stands: one that says owed stays owed, though an
//!   older acknowledgement may name it, for the county may have lost the object since;
//! - an object whose outbox row is lost is owed if its bytes are here, under the submission that
//!   the index names, or else under a stand-in; the kind in its header gives the priority. The
//!   county drops what it has already, so sending once more harms nobody. Without bytes it is
//!   acknowledged if a message names it, and else lost;
//! - a row that others refer to is stood in for, so that they can stay;
//! - a county key counts only as far as nothing speaks against it, because what is sealed to a wrong
//!   one nobody can open;
//! - the log of who did what is never made good: a gap stays a gap, and where rows at its end may
//!   be gone as well, it goes on behind a seam;
//! - a counter that is lost, or behind the numbers seen, goes on well beyond them.

mod audit;
mod counters;
mod county_keys;
mod objects;

pub use counters::{BOOT_GAP, SLIP_GAP};

use std::collections::{BTreeMap, BTreeSet};

use envelope::ObjectHash;
use rusqlite::{Connection, types::Value};

use super::{
    harvest::{Harvest, Place, row_at},
    pages::Pages,
    report::TableReport,
    shape::{self, Class, Edition, Shape},
};
use crate::AuditAction;

/// A view of the damaged file, with the rows found in it; the newest view comes first.
pub(crate) type View<'a> = (Pages<'a>, Harvest);

/// What was written, for the report.
pub(crate) struct Rebuilt {
    pub(crate) tables: Vec<TableReport>,
    pub(crate) objects_rebuilt: u64,
    pub(crate) incomplete: Vec<String>,
}

/// Tables that are rebuilt with regard to what the others say; any other is brought over as it is.
const CONNECTED: [&str; 8] = [
    "slip_counter",
    "boot",
    "submission",
    "acknowledgement",
    "outbox",
    "ciphertext",
    "audit",
    "county_key",
];

/// Tables in which a row once written stays, so that a gap between row numbers is a loss. From all
/// but the last, receipts beyond their time take rows with them, if a setting says so.
const KEPT: [&str; 4] = ["submission", "acknowledgement", "outbox", "audit"];

/// The fewest bytes that a row takes with its pointer; a file has no more rows than that allows.
const ROW_LEN_MIN: u64 = 6;

/// Begins the slip number of a submission that is known by its objects only.
const STAND_IN_SLIP: &str = "lost-";

/// Fills an empty file of `edition` in one transaction.
pub(crate) fn rebuild(
    connection: &mut Connection,
    edition: &Edition,
    views: &[View<'_>],
) -> rusqlite::Result<Rebuilt> {
    let tx = connection.transaction()?;
    let mut rebuild = Rebuild {
        connection: &tx,
        edition,
        views,
        whole: BTreeMap::new(),
        rebuilt: BTreeMap::new(),
        objects_rebuilt: 0,
    };
    rebuild.bring("submission")?;
    rebuild.lost_submissions()?;
    rebuild.bring("acknowledgement")?;
    rebuild.objects()?;
    rebuild.others()?;
    rebuild.audit()?;
    rebuild.county_keys()?;
    rebuild.counters()?;
    let done = Rebuilt {
        tables: rebuild.table_reports()?,
        objects_rebuilt: rebuild.objects_rebuilt,
        incomplete: rebuild.incomplete()?,
    };
    tx.commit()?;
    Ok(done)
}

struct Rebuild<'a> {
    connection: &'a Connection,
    edition: &'a Edition,
    views: &'a [View<'a>],
    whole: BTreeMap<String, u64>,
    rebuilt: BTreeMap<String, u64>,
    objects_rebuilt: u64,
}

impl<'a> Rebuild<'a> {
    /// Each place of a row of the table, the newest and surest first.
    fn places(
        &self,
        table: usize,
    ) -> impl DoubleEndedIterator<Item = (&'a Pages<'a>, Place)> + use<'a> {
        let views = self.views.iter();
        views.flat_map(move |(pages, harvest)| {
            let places = harvest.rows[table].iter();
            places.map(move |place| (pages, *place))
        })
    }

    /// The rows of this table that an index tells of and the new file lacks.
    fn known_of_lost(&self, name: &str) -> rusqlite::Result<BTreeSet<i64>> {
        let mut lost = BTreeSet::new();
        if let Some((table, _)) = self.edition.table(name) {
            for (_, harvest) in self.views {
                for row in harvest.known[table].keys() {
                    if !self.has(name, *row)? {
                        lost.insert(*row);
                    }
                }
            }
        }
        Ok(lost)
    }

    fn known(&self, name: &str, row: i64, column: &str) -> Option<Value> {
        let (table, shape) = self.edition.table(name)?;
        let place = shape.place(column)?;
        let mut views = self.views.iter();
        views.find_map(|(_, harvest)| harvest.known[table].get(&row)?.get(&place).cloned())
    }

    /// The rows of a table, those first with which the indexes agree on what names a row: the number
    /// of another may be damaged, and must not keep the right row out. On what changes, an index of
    /// an earlier moment may agree with an earlier row.
    fn rows(&self, table: usize) -> Vec<(&'a Pages<'a>, Place)> {
        let (mut agreed, mut others) = (Vec::new(), Vec::new());
        let shape = &self.edition.tables[table];
        for (pages, place) in self.places(table) {
            let row = row_at(pages, shape, place);
            if row.is_some_and(|row| self.indexes_agree(table, &row)) {
                agreed.push((pages, place));
            } else {
                others.push((pages, place));
            }
        }
        agreed.append(&mut others);
        agreed
    }

    fn indexes_agree(&self, table: usize, row: &[Value]) -> bool {
        let shape = &self.edition.tables[table];
        let Some(Value::Integer(number)) = shape.row_place().and_then(|place| row.get(place))
        else {
            return true;
        };
        let mut known = self
            .views
            .iter()
            .flat_map(|(_, harvest)| harvest.known[table].get(number));
        known.next().is_none_or(|known| {
            known
                .iter()
                .filter(|(place, _)| shape.is_name(**place))
                .all(|(place, value)| row.get(*place) == Some(value))
        })
    }

    fn has(&self, table: &str, row: i64) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached(&format!("SELECT 1 FROM {table} WHERE rowid = ?1"))?
            .exists((row,))
    }

    /// Brings over the rows of a table. Of two with the same number the first stays.
    fn bring(&mut self, name: &str) -> rusqlite::Result<()> {
        let Some((table, shape)) = self.edition.table(name) else {
            return Ok(());
        };
        for (pages, place) in self.rows(table) {
            if let Some(row) = row_at(pages, shape, place)
                && shape::insert(self.connection, shape, &row)?
            {
                *self.whole.entry(name.to_owned()).or_default() += 1;
            }
        }
        Ok(())
    }

    /// Brings over the tables that no other hangs on, over the rows that a new file has.
    fn others(&mut self) -> rusqlite::Result<()> {
        for shape in &self.edition.tables {
            if CONNECTED.contains(&shape.name.as_str()) {
                continue;
            }
            self.connection
                .execute(&format!("DELETE FROM {}", shape.name), ())?;
            self.bring(&shape.name)?;
        }
        Ok(())
    }

    fn lost_submissions(&mut self) -> rusqlite::Result<()> {
        for row in self.known_of_lost("submission")? {
            let seed = ObjectHash::of(&row.to_be_bytes());
            self.stand_in_submission(Some(row), seed)?;
        }
        Ok(())
    }

    /// A submission of which little is known, so that its objects can stay; its row number.
    ///
    /// `None` if what is known of it belongs to another, so that it has no place.
    fn stand_in_submission(
        &mut self,
        row: Option<i64>,
        seed: ObjectHash,
    ) -> rusqlite::Result<Option<i64>> {
        let known = |column| row.and_then(|row| self.known("submission", row, column));
        let id = known("submission_id").unwrap_or_else(|| Value::Blob(seed.0[..16].to_vec()));
        let slip = known("slip_number")
            .unwrap_or_else(|| Value::Text(format!("{STAND_IN_SLIP}{:.16}", seed.to_string())));
        let values = [("submission_id", id), ("slip_number", slip)];
        self.make("submission", row, &values)
    }

    /// Makes a row of these values and of what its columns need; its row number, or `None` if a
    /// rule is against it.
    fn make(
        &mut self,
        name: &str,
        row: Option<i64>,
        values: &[(&str, Value)],
    ) -> rusqlite::Result<Option<i64>> {
        let Some((_, shape)) = self.edition.table(name) else {
            return Ok(None);
        };
        let (mut columns, mut filled) = (Vec::new(), Vec::new());
        for column in &shape.columns {
            let given = values.iter().find(|(name, _)| *name == column.name);
            let value = match given {
                Some((_, value)) => value.clone(),
                None if column.is_row => row.map_or(Value::Null, Value::Integer),
                None if column.nullable || column.defaulted => continue,
                None => nothing(column.class),
            };
            columns.push(column.name.as_str());
            filled.push(value);
        }
        if !shape::insert_into(self.connection, shape, &columns, &filled)? {
            return Ok(None);
        }
        *self.rebuilt.entry(name.to_owned()).or_default() += 1;
        Ok(Some(self.connection.last_insert_rowid()))
    }

    fn table_reports(&self) -> rusqlite::Result<Vec<TableReport>> {
        let tables = self.edition.tables.iter();
        tables.map(|shape| self.table_report(shape)).collect()
    }

    fn table_report(&self, shape: &Shape) -> rusqlite::Result<TableReport> {
        let name = shape.name.as_str();
        let count = |counts: &BTreeMap<String, u64>| counts.get(name).copied().unwrap_or(0);
        let (whole, rebuilt) = (count(&self.whole), count(&self.rebuilt));
        let kept = KEPT.contains(&name) && (name == "audit" || !self.receipts_went()?);
        let lost = if kept {
            let highest = self.highest(name)?;
            highest.min(self.rows_max()).saturating_sub(whole + rebuilt)
        } else if name == "ciphertext" {
            self.number(&format!("SELECT count(*) {OWED_WITHOUT_BYTES}"))?
        } else {
            0
        };
        Ok(TableReport {
            table: name.to_owned(),
            whole,
            rebuilt,
            lost,
        })
    }

    fn highest(&self, table: &str) -> rusqlite::Result<u64> {
        let mut sql = format!("SELECT max(rowid) FROM {table}");
        if table == "audit" {
            // A seam at the end does not say that there was a row before it.
            sql += &format!(" WHERE action <> {}", AuditAction::LogLost as u8);
        }
        self.number(&sql)
    }

    /// What a query answers; 0 if it is nothing or negative.
    fn number(&self, sql: &str) -> rusqlite::Result<u64> {
        let number: Option<i64> = self.connection.query_row(sql, (), |row| row.get(0))?;
        Ok(number
            .and_then(|number| u64::try_from(number).ok())
            .unwrap_or(0))
    }

    fn rows_max(&self) -> u64 {
        let pages = self.views.iter().map(|(pages, _)| u64::from(pages.count()));
        pages.max().unwrap_or(0) * super::pages::PAGE_LEN as u64 / ROW_LEN_MIN
    }

    fn incomplete(&self) -> rusqlite::Result<Vec<String>> {
        self.connection
            .prepare(&format!(
                "SELECT DISTINCT s.slip_number {OWED_WITHOUT_BYTES} ORDER BY s.id"
            ))?
            .query_map((), |row| row.get(0))?
            .collect()
    }
}

const OWED_WITHOUT_BYTES: &str = "
    FROM outbox AS o JOIN submission AS s ON s.id = o.submission
    WHERE o.acknowledged_ms IS NULL
      AND NOT EXISTS (SELECT 1 FROM ciphertext AS c WHERE c.object = o.id)";

/// What a column that must hold something holds when nothing is known.
fn nothing(class: Class) -> Value {
    match class {
        Class::Integer | Class::Any => Value::Integer(0),
        Class::Real => Value::Real(0.0),
        Class::Text => Value::Text(String::new()),
        Class::Blob => Value::Blob(Vec::new()),
    }
}
