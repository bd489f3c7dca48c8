//! A ledger's way into another store: every table and row, and a look whether all of it arrived.

use std::borrow::Cow;

use envelope::ObjectHash;
use sha2::{Digest, Sha256};

use super::{
    Connection, Ledger, LedgerError, Transaction, schema,
    sql::{FromValue, Row, ToValue, Value},
};

/// Rows of a table that were copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The table.
    pub table: String,
    /// How many.
    pub rows: u64,
}

/// Why a ledger was not copied; the other place is as it was.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// One of the two stores failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Rows of two ledgers do not go together.
    #[error("the place for the copy has rows in {table} already; name a new one")]
    Taken {
        /// The first such table.
        table: String,
    },
    /// What was read again is not what was written.
    #[error("{table} was written and reads otherwise now")]
    Differs {
        /// The table.
        table: String,
    },
}

/// Copies everything that is committed in `from` now into `to`, which is new, in one transaction.
pub(super) fn copy(from: &Ledger, to: &Ledger) -> Result<Vec<Copied>, CopyError> {
    let tables = schema::tables()?;
    from.read_apart(|source| {
        to.write(|target| {
            let copied = tables
                .iter()
                .map(|table| table.copy((from, source), (to, target)));
            copied.collect()
        })
    })
}

/// A table as the schema has it.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    /// Columns of its primary key.
    pub(super) key: Vec<String>,
    /// The column that numbers its rows.
    pub(super) number: Option<String>,
}

impl Table {
    fn copy(
        &self,
        (from, source): (&Ledger, &Connection),
        (to, target): (&Ledger, &Transaction<'_>),
    ) -> Result<Copied, CopyError> {
        let (table, columns) = (&self.name, self.columns.join(", "));
        let held = format!("SELECT EXISTS (SELECT 1 FROM {table})");
        if target.query_value(&held, &[])? {
            return Err(CopyError::Taken {
                table: table.clone(),
            });
        }
        let places: Vec<_> = (1..=self.columns.len())
            .map(|place| format!("?{place}"))
            .collect();
        let insert = format!(
            "INSERT INTO {table} ({columns}) VALUES ({})",
            places.join(", ")
        );
        let mut rows = 0;
        let sent = self.each_row(
            source,
            |hash, in_row| from.whole(hash, in_row),
            |mut values| {
                if let Some(Sealed {
                    hash,
                    bytes,
                    column,
                }) = self.sealed(&values)
                {
                    values[column] = Value::Bytes(to.put(hash, bytes)?);
                }
                let values: Vec<_> = values.iter().map(|value| value as &dyn ToValue).collect();
                rows += 1;
                target.execute(&insert, &values)
            },
        )?;
        if let Some(column) = &self.number {
            target.leave_numbers(table, column)?;
        }
        let arrived = self.each_row(
            target,
            |hash, in_row| match to.bucket {
                Some(_) => to.whole(hash, in_row),
                // A page that its bucket lost is no more than that here.
                None => Ok(in_row.into()),
            },
            |_| Ok(()),
        )?;
        if sent != arrived {
            return Err(CopyError::Differs {
                table: table.clone(),
            });
        }
        Ok(Copied {
            table: table.clone(),
            rows,
        })
    }

    /// Does `work` with each row in the order of their keys; the hash of all rows. `whole` has the bytes of a sealed object
    /// from those in its row.
    fn each_row(
        &self,
        connection: &Connection,
        whole: impl for<'b> Fn(ObjectHash, &'b [u8]) -> Result<Cow<'b, [u8]>, LedgerError>,
        mut work: impl FnMut(Vec<Value<'_>>) -> Result<(), LedgerError>,
    ) -> Result<[u8; 32], LedgerError> {
        let (table, columns, key) = (&self.name, self.columns.join(", "), self.key.join(", "));
        let (mut hash, mut bytes) = (Sha256::new(), Vec::new());
        connection.stream(
            &format!("SELECT {columns} FROM {table} ORDER BY {key}"),
            &mut |row: Row<'_>| {
                let mut values: Vec<_> = (0..self.columns.len())
                    .map(|column| row.value(column))
                    .collect::<Result<_, _>>()?;
                let sealed;
                if let Some(Sealed {
                    hash,
                    bytes,
                    column,
                }) = self.sealed(&values)
                {
                    sealed = whole(hash, bytes)?;
                    values[column] = Value::Bytes(&sealed);
                }
                bytes.clear();
                for value in &values {
                    value.write_to(&mut bytes);
                }
                hash.update(&bytes);
                work(values)
            },
        )?;
        Ok(hash.finalize().into())
    }

    /// The sealed object of a row, if it has one that may lie in a bucket.
    fn sealed<'v>(&self, values: &[Value<'v>]) -> Option<Sealed<'v>> {
        if self.name != "objects" {
            return None;
        }
        let column = |name| self.columns.iter().position(|column| column == name);
        let (hash, column) = (column("hash")?, column("bytes")?);
        match values[column] {
            Value::Bytes(bytes) => Some(Sealed {
                hash: ObjectHash::from_value(values[hash])?,
                bytes,
                column,
            }),
            _ => None,
        }
    }
}

/// A sealed object of a row.
struct Sealed<'v> {
    hash: ObjectHash,
    bytes: &'v [u8],
    /// Where its bytes stand.
    column: usize,
}
