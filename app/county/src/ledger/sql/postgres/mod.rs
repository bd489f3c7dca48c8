//! Ledgers in a PostgreSQL database: many counties in one, and many servers at once on each.
//!
//! **A county is a schema.** `county_140428` holds its tables, and the connections of its servers see no other's. A column
//! for the county, at the head of every key, would do the same, but each statement would have to remember it, and one that
//! forgets shows a county another's people. With schemas the statements are those that SQLite is given; a county is moved or
//! dropped alone, and a database user can be given rights to it alone; a table of the province or the nation is a view over
//! schemas.
//!
//! **Writers of a county take turns**, as they do in SQLite: each begins by counting its change in the one row of the county's
//! table `ledger`, which the next one, whichever server it belongs to, waits for. So what a transaction read is still so when
//! it commits, row numbers are in the order of commits, and nothing has to be done again because of another server. Readers
//! wait for nobody; each sees one moment, and the number of changes up to it.

mod dialect;
mod value;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    future::Future,
    io,
    pin::pin,
    time::Duration,
};

use futures_util::{TryStreamExt, future};
use tokio::runtime::{self, Runtime};
use tokio_postgres::{Client, Config, NoTls, Statement};

use super::{
    super::schema, Access, Cells, Connection, LedgerError, Query, Row, Session, Value, Version,
    unreadable,
};
use value::{Kept, KeptRows};

/// A turn to write comes within this, or the caller is told that the ledger is busy. A transaction takes milliseconds.
const TURN_WAIT_S: u32 = 5;

/// A server that falls silent in the middle of a transaction loses it, and with it its turn, after this.
const SILENCE_MAX_S: u32 = 10;

/// A database that does not answer is given up after this.
const CONNECT_WAIT: Duration = Duration::from_secs(5);

/// Where a county's tables are.
pub(in crate::ledger) struct Place {
    config: Config,
    schema: String,
}

impl Place {
    /// The schema of the county with this code, in the database that `config` names.
    pub(in crate::ledger) fn of_county(mut config: Config, county_code: u32) -> Self {
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_WAIT);
        }
        let schema = format!("county_{county_code:06}");
        Self { config, schema }
    }

    /// Opens a connection; the schema is made if it is not there. A commit is on disk when it returns, unless the
    /// database is told to do without (`fsync = off`).
    ///
    /// PostgreSQL keeps the plan of a statement, and those by which it looks references up, from when it was first run. In a new
    /// ledger that would be to read the whole of a table, which has some rows then, until the table is next analysed; so it
    /// is told to look into indexes wherever there are any.
    pub(in crate::ledger) fn open(&self) -> Result<Connection, LedgerError> {
        let schema = &self.schema;
        let server = Server::connect(&self.config)?;
        server.script(&format!(
            "SET search_path TO {schema};
             SET lock_timeout TO '{TURN_WAIT_S}s';
             SET idle_in_transaction_session_timeout TO '{SILENCE_MAX_S}s';
             SET enable_seqscan TO off;
             SET jit TO off;
             SELECT set_config('synchronous_commit', 'on', false)
             WHERE current_setting('synchronous_commit') = 'off';"
        ))?;
        let mut made = false;
        server.query(
            "SELECT EXISTS (SELECT 1 FROM pg_attribute
                            WHERE attrelid = to_regclass('ledger') AND attname = 'changes')",
            &[],
            &mut |row| {
                made = row.get(0)?;
                Ok(())
            },
        )?;
        if !made {
            // Of two servers that come to a new database at once one waits here and finds all done.
            server.script(&format!(
                "BEGIN;
                 SELECT pg_advisory_xact_lock(hashtext('{schema}'));
                 CREATE SCHEMA IF NOT EXISTS {schema};
                 CREATE TABLE IF NOT EXISTS ledger (
                     one  BOOLEAN PRIMARY KEY DEFAULT true CHECK (one),
                     step BIGINT  NOT NULL
                 );
                 ALTER TABLE ledger ADD COLUMN IF NOT EXISTS changes BIGINT NOT NULL DEFAULT 0;
                 INSERT INTO ledger (step) VALUES (0) ON CONFLICT DO NOTHING;
                 {}
                 COMMIT;",
                dialect::REFUSE
            ))?;
        }
        Ok(Connection::of(server))
    }
}

/// One connection.
///
/// Statements whose answer nobody reads are kept and sent together with the next that is read, so that a transaction waits
/// for the network a few times and not once for each row that it writes.
struct Server {
    /// Drives this connection while we wait for it. `None` only while it is dropped.
    runtime: Option<Runtime>,
    client: Client,
    /// By their text here.
    statements: RefCell<HashMap<String, Statement>>,
    /// Those of many rows, by the text for one.
    insertions: RefCell<HashMap<String, Statement>>,
    /// What has not been sent yet.
    kept: RefCell<Vec<Kept>>,
    /// Of the rows in it.
    row_bytes_kept: Cell<usize>,
    /// False from a transaction's first error to its end: PostgreSQL would answer its COMMIT with a rollback and no error.
    in_order: Cell<bool>,
    sound: Cell<bool>,
    /// What the transaction may do.
    access: Cell<Access>,
}

/// Statements that wait to be sent, at most; rows that one statement inserts count as one.
const KEPT_MAX: usize = 24;

/// Bytes of rows that wait to be inserted, at most, but for the last row: pictures are not gathered.
const ROW_BYTES_KEPT_MAX: usize = 1 << 20;

impl Server {
    fn connect(config: &Config) -> Result<Self, LedgerError> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(PostgresError::no_runtime)?;
        let (client, connection) = runtime.block_on(config.connect(NoTls))?;
        runtime.spawn(async {
            // How it ended shows at the next statement.
            let _ = connection.await;
        });
        Ok(Self {
            runtime: Some(runtime),
            client,
            statements: RefCell::default(),
            insertions: RefCell::default(),
            kept: RefCell::default(),
            row_bytes_kept: Cell::default(),
            in_order: Cell::new(true),
            sound: Cell::new(true),
            access: Cell::new(Access::Read),
        })
    }

    fn wait<T>(
        &self,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, LedgerError> {
        let runtime = self.runtime.as_ref().expect("a connection in use");
        runtime.block_on(answer).map_err(|error| {
            self.in_order.set(false);
            error.into()
        })
    }

    /// Sends what was kept and then what `next` sends, and waits for all of it.
    fn send<T>(
        &self,
        next: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, LedgerError> {
        let kept = self.take_kept();
        self.wait(async {
            let kept = future::join_all(kept.iter().map(|kept| kept.send(&self.client)));
            let (kept, next) = future::join(kept, next).await;
            // The first failure is the cause of all that follow.
            kept.into_iter().collect::<Result<(), _>>()?;
            next
        })
    }

    /// Ends a transaction that changed nothing: its end is sent and not waited for, as nothing depends on the answer.
    fn leave(&self) {
        let runtime = self.runtime.as_ref().expect("a connection in use");
        let end = pin!(self.client.batch_execute("COMMIT"));
        runtime.block_on(future::select(end, pin!(tokio::task::yield_now())));
    }

    fn keep(&self, kept: Kept) -> Result<(), LedgerError> {
        self.kept.borrow_mut().push(kept);
        self.send_if_much()
    }

    fn send_if_much(&self) -> Result<(), LedgerError> {
        if self.kept.borrow().len() < KEPT_MAX && self.row_bytes_kept.get() < ROW_BYTES_KEPT_MAX {
            return Ok(());
        }
        self.settle()
    }

    fn take_kept(&self) -> Vec<Kept> {
        self.row_bytes_kept.set(0);
        self.kept.take()
    }

    fn script(&self, sql: &str) -> Result<(), LedgerError> {
        self.send(self.client.batch_execute(sql))
    }

    fn prepared(&self, sql: &str) -> Result<Statement, LedgerError> {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let words = dialect::statement(sql);
        let statement = self.send(self.client.prepare(&words))?;
        self.statements
            .borrow_mut()
            .insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// An insertion of one row as one of many.
    fn prepared_for_rows(&self, sql: &str) -> Result<Statement, LedgerError> {
        if let Some(statement) = self.insertions.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let words = dialect::insertion_of_rows(sql, self.prepared(sql)?.params());
        let statement = self.send(self.client.prepare(&words))?;
        self.insertions
            .borrow_mut()
            .insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A runtime that is dropped inside of another panics.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Session for Server {
    fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<(), LedgerError> {
        let statement = self.prepared(sql)?;
        self.keep(Kept::new(statement, values))
    }

    fn insert(&self, sql: &str, row: &[Value<'_>]) -> Result<(), LedgerError> {
        let statement = self.prepared_for_rows(sql)?;
        let bytes = row.iter().map(Value::len).sum::<usize>();
        self.row_bytes_kept.set(self.row_bytes_kept.get() + bytes);
        let mut kept = self.kept.borrow_mut();
        let other = kept.iter_mut().rposition(|kept| kept.rows().is_none());
        let begin = other.map_or(0, |other| other + 1);
        let mut insertions = kept[begin..].iter_mut().filter_map(Kept::rows);
        if let Some(rows) = insertions.find(|rows| rows.is_for(sql)) {
            rows.push(row);
        } else {
            let table = sql.split_whitespace().nth(2).unwrap_or_default();
            let rows = KeptRows::new(sql, schema::place_of(table), statement, row);
            let at = kept[begin..].partition_point(|kept| kept.place() <= Some(rows.place));
            kept.insert(begin + at, Kept::Rows(rows));
        }
        drop(kept);
        self.send_if_much()
    }

    fn query(
        &self,
        sql: &str,
        values: &[Value<'_>],
        take: &mut dyn FnMut(Row<'_>) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let statement = self.prepared(sql)?;
        let rows = self.send(async {
            let rows = self.client.query_raw(&statement, values).await?;
            rows.try_collect::<Vec<_>>().await
        })?;
        rows.iter().try_for_each(|row| take(Row(row)))
    }

    fn ask(&self, queries: &mut [Query<'_>]) -> Result<(), LedgerError> {
        let statements = queries.iter().map(|query| self.prepared(&query.sql));
        let statements = statements.collect::<Result<Vec<_>, _>>()?;
        let asked = queries.iter().zip(&statements);
        let answers = self.send(future::try_join_all(asked.map(
            |(query, statement)| async move {
                let rows = self.client.query_raw(statement, &query.values).await?;
                rows.try_collect::<Vec<_>>().await
            },
        )))?;
        for (query, rows) in queries.iter_mut().zip(answers) {
            rows.iter().try_for_each(|row| (query.take)(&Row(row)))?;
        }
        Ok(())
    }

    fn stream(
        &self,
        sql: &str,
        take: &mut dyn FnMut(Row<'_>) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let statement = self.prepared(sql)?;
        let none: [Value<'_>; 0] = [];
        let mut rows = pin!(self.send(self.client.query_raw(&statement, none))?);
        while let Some(row) = self.wait(rows.try_next())? {
            take(Row(&row))?;
        }
        Ok(())
    }

    fn leave_numbers(&self, table: &str, column: &str) -> Result<(), LedgerError> {
        self.script(&format!(
            "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), max({column})) FROM {table}"
        ))
    }

    fn begin(&self, access: Access) -> Result<(), LedgerError> {
        self.in_order.set(true);
        self.access.set(access);
        let begun = self.script(match access {
            Access::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
            Access::Write => {
                "BEGIN ISOLATION LEVEL READ COMMITTED; UPDATE ledger SET changes = changes + 1"
            }
        });
        if begun.is_err() {
            self.roll_back();
        }
        begun
    }

    fn commit(&self) -> Result<(), LedgerError> {
        if !self.in_order.get() {
            return Err(LedgerError::Undone);
        }
        if self.access.get() == Access::Read && self.kept.borrow().is_empty() {
            self.leave();
            return Ok(());
        }
        self.script("COMMIT")
    }

    fn roll_back(&self) {
        self.take_kept();
        if self.script("ROLLBACK").is_err() {
            self.sound.set(false);
        }
    }

    fn mark(&self) -> Result<(), LedgerError> {
        self.keep(Kept::Script("SAVEPOINT mark"))
    }

    fn back_to_mark(&self) -> Result<(), LedgerError> {
        self.script("ROLLBACK TO mark")?;
        self.in_order.set(true);
        Ok(())
    }

    fn settle(&self) -> Result<(), LedgerError> {
        self.send(future::ready(Ok(())))
    }

    fn is_in_order(&self) -> bool {
        self.in_order.get()
    }

    fn is_sound(&self) -> bool {
        self.sound.get() && !self.client.is_closed()
    }

    fn version(&self) -> Result<Version, LedgerError> {
        let mut version = [0; 2];
        self.query("SELECT changes FROM ledger", &[], &mut |row| {
            version[0] = row.get(0)?;
            Ok(())
        })?;
        Ok(Version(version))
    }

    fn step(&self) -> Result<u32, LedgerError> {
        let mut step = 0;
        self.query("SELECT step FROM ledger", &[], &mut |row| {
            step = row.get(0)?;
            Ok(())
        })?;
        Ok(step)
    }

    fn take_step(&self, number: u32, sql: &str) -> Result<(), LedgerError> {
        let sql = dialect::schema_step(sql);
        self.script(&format!("{sql}\nUPDATE ledger SET step = {number};"))
    }
}

impl Cells for tokio_postgres::Row {
    fn value(&self, column: usize) -> Result<Value<'_>, LedgerError> {
        self.try_get(column).map_err(|_| unreadable(column))
    }
}

/// PostgreSQL's answer, without the rows that it quotes: they hold what people said.
#[derive(Debug, thiserror::Error)]
#[error("PostgreSQL: {0}")]
pub struct PostgresError(String);

impl PostgresError {
    fn no_runtime(error: io::Error) -> Self {
        Self(format!("cannot be spoken to: {error}"))
    }
}

impl From<tokio_postgres::Error> for PostgresError {
    fn from(error: tokio_postgres::Error) -> Self {
        use std::error::Error;
        Self(match (error.as_db_error(), error.source()) {
            (Some(answer), _) => format!("{} ({})", answer.message(), answer.code().code()),
            (None, Some(cause)) => format!("{error}: {cause}"),
            (None, None) => error.to_string(),
        })
    }
}

impl From<tokio_postgres::Error> for LedgerError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error.into())
    }
}
