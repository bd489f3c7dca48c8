//! The ledger in a file of its own.

use std::{path::Path, time::Duration};

use rusqlite::{
    Connection as Sqlite, OpenFlags, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use super::{
    Access, Cells, Connection, LedgerError, Query, Row, Session, Value, Version, unreadable,
};

/// Another program (a backup, a look with `sqlite3`) may hold the file this long before we give up.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// Statements that stay prepared, more than the ledger has.
const STATEMENTS_KEPT: usize = 256;

/// Opens the file, and makes it if it is not there. A commit is on disk when it returns.
///
/// `vfs` names the disk below it as SQLite knows it; `None` is the system's.
pub(in crate::ledger) fn open(path: &Path, vfs: Option<&str>) -> Result<Connection, LedgerError> {
    let sqlite = match vfs {
        Some(vfs) => Sqlite::open_with_flags_and_vfs(path, OpenFlags::default(), vfs)?,
        None => Sqlite::open(path)?,
    };
    sqlite.pragma_update(None, "journal_mode", "WAL")?;
    sqlite.pragma_update(None, "synchronous", "FULL")?;
    sqlite.pragma_update(None, "foreign_keys", "ON")?;
    sqlite.busy_timeout(BUSY_WAIT)?;
    sqlite.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(Connection::of(sqlite))
}

impl Session for Sqlite {
    fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<(), LedgerError> {
        let mut statement = self.prepare_cached(sql)?;
        statement.execute(params_from_iter(values))?;
        Ok(())
    }

    fn insert(&self, sql: &str, row: &[Value<'_>]) -> Result<(), LedgerError> {
        Session::execute(self, sql, row)
    }

    fn query(
        &self,
        sql: &str,
        values: &[Value<'_>],
        take: &mut dyn FnMut(Row<'_>) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let mut statement = self.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            take(Row(row))?;
        }
        Ok(())
    }

    fn ask(&self, queries: &mut [Query<'_>]) -> Result<(), LedgerError> {
        for Query { sql, values, take } in queries {
            self.query(sql, values, &mut |row| take(&row))?;
        }
        Ok(())
    }

    fn stream(
        &self,
        sql: &str,
        take: &mut dyn FnMut(Row<'_>) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        self.query(sql, &[], take)
    }

    /// SQLite looks for the highest number itself.
    fn leave_numbers(&self, _: &str, _: &str) -> Result<(), LedgerError> {
        Ok(())
    }

    fn begin(&self, access: Access) -> Result<(), LedgerError> {
        Ok(self.execute_batch(match access {
            Access::Read => "BEGIN",
            Access::Write => "BEGIN IMMEDIATE",
        })?)
    }

    fn commit(&self) -> Result<(), LedgerError> {
        Ok(self.execute_batch("COMMIT")?)
    }

    fn roll_back(&self) {
        if !self.is_autocommit() {
            // Should it fail, the next `BEGIN` does as well.
            let _ = self.execute_batch("ROLLBACK");
        }
    }

    fn settle(&self) -> Result<(), LedgerError> {
        Ok(())
    }

    fn mark(&self) -> Result<(), LedgerError> {
        Ok(self.execute_batch("SAVEPOINT mark")?)
    }

    fn back_to_mark(&self) -> Result<(), LedgerError> {
        Ok(self.execute_batch("ROLLBACK TO mark")?)
    }

    /// An error of the disk ends a transaction, and a mark that is set without one would begin another.
    fn is_in_order(&self) -> bool {
        !self.is_autocommit()
    }

    fn is_sound(&self) -> bool {
        true
    }

    /// What other connections committed, and what this one changed.
    fn version(&self) -> Result<Version, LedgerError> {
        let others = self
            .prepare_cached("PRAGMA data_version")?
            .query_row([], |row| row.get(0))?;
        Ok(Version([others, self.total_changes().cast_signed()]))
    }

    fn step(&self) -> Result<u32, LedgerError> {
        Ok(self.pragma_query_value(None, "user_version", |row| row.get(0))?)
    }

    fn take_step(&self, number: u32, sql: &str) -> Result<(), LedgerError> {
        self.execute_batch(sql)?;
        Ok(self.pragma_update(None, "user_version", number)?)
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Cells for rusqlite::Row<'_> {
    fn value(&self, column: usize) -> Result<Value<'_>, LedgerError> {
        Ok(match self.get_ref(column)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Integer(number),
            text @ ValueRef::Text(_) => Value::Text(text.as_str().map_err(rusqlite::Error::from)?),
            ValueRef::Blob(bytes) => Value::Bytes(bytes),
            ValueRef::Real(_) => return Err(unreadable(column)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_twice_changes_nothing_and_commits_are_durable() {
        let dir = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let sqlite = open(&dir.path().join("county.db"), None).unwrap();
            let journal: String = sqlite.query_value("PRAGMA journal_mode", &[]).unwrap();
            let synchronous: i64 = sqlite.query_value("PRAGMA synchronous", &[]).unwrap();
            assert_eq!((journal.as_str(), synchronous), ("wal", 2));
        }
    }
}
