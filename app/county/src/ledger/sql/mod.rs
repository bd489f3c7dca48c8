//! One way to speak SQL to whichever store holds the ledger.
//!
//! Statements are written once, in what the stores have in common, with `?1`, `?2`, … for values.

mod batch;
mod pool;
mod postgres;
mod sqlite;
mod value;

pub(crate) use value::{FromValue, ToValue, Value};

use std::{borrow::Cow, cell::Cell, ops::Deref};

use super::LedgerError;

pub(super) use batch::Writers;
pub(super) use pool::{Open, Pool};
pub(super) use postgres::Place as PostgresPlace;
pub use postgres::PostgresError;
pub(super) use sqlite::open as open_sqlite;

/// What a store does for a [`Connection`]. Statements are prepared once and kept.
trait Session: Send {
    fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<(), LedgerError>;

    /// Inserts a row, at the latest before anything but another insertion is done.
    fn insert(&self, sql: &str, row: &[Value<'_>]) -> Result<(), LedgerError>;

    /// Hands each row to `take`, until that fails.
    fn query(
        &self,
        sql: &str,
        values: &[Value<'_>],
        take: &mut dyn FnMut(Row<'_>) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError>;

    /// Hands each row that each of these queries gives to it, in their order.
    fn ask(&self, queries: &mut [Query<'_>]) -> Result<(), LedgerError>;

    /// Hands each row to `take` as it comes.
    fn stream(
        &self,
        sql: &str,
        take: &mut dyn FnMut(Row<'_>) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError>;

    /// Numbers that this column gives by itself are above those that it holds.
    fn leave_numbers(&self, table: &str, column: &str) -> Result<(), LedgerError>;

    fn begin(&self, access: Access) -> Result<(), LedgerError>;

    fn commit(&self) -> Result<(), LedgerError>;

    /// Ends the transaction, should there be one still.
    fn roll_back(&self);

    /// Nothing that was done before can fail after this.
    fn settle(&self) -> Result<(), LedgerError>;

    /// Marks how far the transaction has come.
    fn mark(&self) -> Result<(), LedgerError>;

    /// Undoes what was done since the last mark, failures included.
    fn back_to_mark(&self) -> Result<(), LedgerError>;

    /// False once the transaction can only be undone.
    fn is_in_order(&self) -> bool;

    /// False once nothing can come of the session any more.
    fn is_sound(&self) -> bool;

    /// Another once anything was changed.
    fn version(&self) -> Result<Version, LedgerError>;

    /// How many schema steps this ledger has taken.
    fn step(&self) -> Result<u32, LedgerError>;

    /// Takes schema step `number`.
    fn take_step(&self, number: u32, sql: &str) -> Result<(), LedgerError>;
}

/// Which state of a ledger something was read from. It is another after every change, by whichever server; what was read
/// before is then still so as long as it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version([i64; 2]);

/// What a transaction may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// See the ledger as it stands at the first look.
    Read,
    /// Change it, while nobody else does.
    Write,
}

/// An open connection to the store.
pub(crate) struct Connection {
    session: Box<dyn Session>,
    /// The highest number of a row in each of these tables, once it was asked for in this transaction.
    highest: Cell<Option<[i64; Numbered::NAMES.len()]>>,
}

impl Connection {
    fn of(session: impl Session + 'static) -> Self {
        Self {
            session: Box::new(session),
            highest: Cell::default(),
        }
    }

    /// Runs a statement whose answer does not matter. That it failed may show later in the same transaction only, at its
    /// commit at the latest.
    pub(crate) fn execute(&self, sql: &str, values: &[&dyn ToValue]) -> Result<(), LedgerError> {
        self.session.execute(sql, &to_values(values))
    }

    /// Inserts a row by `INSERT INTO … VALUES (?1, ?2, …)`, perhaps with `ON CONFLICT` behind it. Rows that are inserted one
    /// after the other may be sent by statement, in the order in which the schema makes their tables; no two of them may
    /// conflict. That it failed shows as late as for [`execute`](Self::execute).
    pub(crate) fn insert(&self, sql: &str, row: &[&dyn ToValue]) -> Result<(), LedgerError> {
        self.session.insert(sql, &to_values(row))
    }

    /// Runs an insertion that may find its row there (`ON CONFLICT … DO NOTHING`); whether the row is new.
    pub(crate) fn insert_new(
        &self,
        sql: &str,
        values: &[&dyn ToValue],
    ) -> Result<bool, LedgerError> {
        let sql = format!("{sql} RETURNING 1");
        Ok(self.query_opt(&sql, values, |_| Ok(()))?.is_some())
    }

    /// Every row that a statement gives, in its order.
    pub(crate) fn query<T>(
        &self,
        sql: &str,
        values: &[&dyn ToValue],
        mut read: impl FnMut(&Row<'_>) -> Result<T, LedgerError>,
    ) -> Result<Vec<T>, LedgerError> {
        let mut all = Vec::new();
        self.session.query(sql, &to_values(values), &mut |row| {
            all.push(read(&row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// Runs several queries that do not wait for each other's answers.
    pub(crate) fn ask<'q>(
        &self,
        queries: impl IntoIterator<Item = Query<'q>>,
    ) -> Result<(), LedgerError> {
        let mut queries: Vec<_> = queries.into_iter().collect();
        self.session.ask(&mut queries)
    }

    /// Hands each row that a statement gives to `take`, without keeping any. The connection does nothing else meanwhile.
    pub(super) fn stream(
        &self,
        sql: &str,
        take: &mut dyn FnMut(Row<'_>) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        self.session.stream(sql, take)
    }

    /// Rows that come without a number are numbered from above those that a table has.
    pub(super) fn leave_numbers(&self, table: &str, column: &str) -> Result<(), LedgerError> {
        self.session.leave_numbers(table, column)
    }

    /// The first row of those that a statement gives; `None` if it gives none.
    pub(crate) fn query_opt<T>(
        &self,
        sql: &str,
        values: &[&dyn ToValue],
        read: impl FnMut(&Row<'_>) -> Result<T, LedgerError>,
    ) -> Result<Option<T>, LedgerError> {
        Ok(self.query(sql, values, read)?.into_iter().next())
    }

    /// The first value of the row of a statement that always gives one, such as a count.
    pub(crate) fn query_value<T: FromValue>(
        &self,
        sql: &str,
        values: &[&dyn ToValue],
    ) -> Result<T, LedgerError> {
        self.query_opt(sql, values, |row| row.get(0))?
            .ok_or_else(|| LedgerError::Corrupt {
                what: "number of rows",
                place: sql.to_owned(),
            })
    }

    /// Which state of the ledger is seen.
    pub(crate) fn version(&self) -> Result<Version, LedgerError> {
        self.session.version()
    }

    fn begin(&self, access: Access) -> Result<(), LedgerError> {
        self.highest.set(None);
        self.session.begin(access)
    }

    /// Outside of any transaction; whether the connection is sound shows afterwards.
    fn look<T>(
        &self,
        look: impl FnOnce(&Self) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        look(self).inspect_err(|_| self.session.roll_back())
    }

    fn is_sound(&self) -> bool {
        self.session.is_sound()
    }

    pub(super) fn step(&self) -> Result<u32, LedgerError> {
        self.session.step()
    }
}

type Take<'q> = dyn FnMut(&Row<'_>) -> Result<(), LedgerError> + 'q;

/// A statement that gives rows, and what becomes of them.
pub(crate) struct Query<'q> {
    sql: Cow<'q, str>,
    values: Vec<Value<'q>>,
    take: Box<Take<'q>>,
}

impl<'q> Query<'q> {
    pub(crate) fn new(
        sql: impl Into<Cow<'q, str>>,
        values: Vec<Value<'q>>,
        take: impl FnMut(&Row<'_>) -> Result<(), LedgerError> + 'q,
    ) -> Self {
        Self {
            sql: sql.into(),
            values,
            take: Box::new(take),
        }
    }

    /// Asks for the rows of any of `keys`, which stand in the statement as `IN (?*)`; they come in no order.
    pub(crate) fn among(
        sql: &str,
        keys: impl IntoIterator<Item = Value<'q>>,
        take: impl FnMut(&Row<'_>) -> Result<(), LedgerError> + 'q,
    ) -> Self {
        let mut keys: Vec<_> = keys.into_iter().collect();
        // Of few lengths, so that there are few statements to prepare. Without keys there is one that no row has.
        let last = keys.last().copied().unwrap_or(Value::Null);
        keys.resize(keys.len().next_power_of_two(), last);
        Self::new(sql.replace("?*", &places(keys.len())), keys, take)
    }
}

/// `?1, ?2, …`
fn places(len: usize) -> String {
    let places: Vec<_> = (1..=len).map(|place| format!("?{place}")).collect();
    places.join(", ")
}

fn to_values<'v>(values: &'v [&dyn ToValue]) -> Vec<Value<'v>> {
    values.iter().map(|value| value.to_value()).collect()
}

/// Tables whose rows are numbered by who writes them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Numbered {
    Cases,
    CaseEvents,
    CountyEvents,
    Deadlines,
    Downlink,
}

impl Numbered {
    const NAMES: [&'static str; 5] = [
        "cases",
        "case_events",
        "county_events",
        "deadlines",
        "downlink",
    ];
}

/// What is done through it commits together, or not at all.
pub(crate) struct Transaction<'c>(&'c Connection);

impl Transaction<'_> {
    /// The number for the next row of a table, above those of all others, so that what is written of a row can be sent
    /// without waiting for the row. Whoever writes to the table takes its numbers from here.
    pub(super) fn next_number(&self, table: Numbered) -> Result<i64, LedgerError> {
        if self.0.highest.get().is_none() {
            self.ask([self.highest_numbers()])?;
        }
        let mut highest = self.0.highest.get().unwrap_or_default();
        let number = &mut highest[table as usize];
        *number += 1;
        let next = *number;
        self.0.highest.set(Some(highest));
        Ok(next)
    }

    /// Asks where [`next_number`](Self::next_number) begins, which otherwise asks when it is first called.
    pub(crate) fn highest_numbers(&self) -> Query<'_> {
        let highest =
            Numbered::NAMES.map(|name| format!("(SELECT coalesce(max(id), 0) FROM {name})"));
        let sql = format!("SELECT {}", highest.join(", "));
        Query::new(sql, Vec::new(), |row| {
            let mut numbers = [0; Numbered::NAMES.len()];
            for (column, number) in numbers.iter_mut().enumerate() {
                *number = row.get(column)?;
            }
            self.0.highest.set(Some(numbers));
            Ok(())
        })
    }

    pub(super) fn take_step(&self, number: u32, sql: &str) -> Result<(), LedgerError> {
        self.0.session.take_step(number, sql)
    }

    /// Where [`back_to_mark`](Self::back_to_mark) goes back to.
    fn mark(&self) -> Result<(), LedgerError> {
        self.0.session.mark()
    }

    fn back_to_mark(&self) -> Result<(), LedgerError> {
        self.0.session.back_to_mark()
    }

    fn settle(&self) -> Result<(), LedgerError> {
        self.0.session.settle()
    }

    fn is_in_order(&self) -> bool {
        self.0.session.is_in_order()
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}

/// A transaction that has begun on a connection. Dropped before it is committed, it is undone.
pub(super) struct Begun<C: Deref<Target = Connection>> {
    connection: C,
    committed: bool,
}

impl<C: Deref<Target = Connection>> Begun<C> {
    fn of(connection: C) -> Self {
        Self {
            connection,
            committed: false,
        }
    }

    pub(super) fn transaction(&self) -> Transaction<'_> {
        Transaction(&self.connection)
    }

    pub(super) fn commit(&mut self) -> Result<(), LedgerError> {
        self.connection.session.commit()?;
        self.committed = true;
        Ok(())
    }
}

impl<C: Deref<Target = Connection>> Drop for Begun<C> {
    fn drop(&mut self) {
        if !self.committed {
            self.connection.session.roll_back();
        }
    }
}

/// A row that a statement gives.
pub(crate) struct Row<'r>(&'r dyn Cells);

/// A store's own row.
trait Cells {
    fn value(&self, column: usize) -> Result<Value<'_>, LedgerError>;
}

impl Row<'_> {
    /// What stands in a column, counted from 0.
    pub(crate) fn get<T: FromValue>(&self, column: usize) -> Result<T, LedgerError> {
        T::from_value(self.value(column)?).ok_or_else(|| unreadable(column))
    }

    /// What stands in a column, whatever it is.
    pub(crate) fn value(&self, column: usize) -> Result<Value<'_>, LedgerError> {
        self.0.value(column)
    }

    /// The bytes of a column, as they lie there.
    pub(crate) fn bytes(&self, column: usize) -> Result<&[u8], LedgerError> {
        match self.value(column)? {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(unreadable(column)),
        }
    }
}

fn unreadable(column: usize) -> LedgerError {
    LedgerError::Corrupt {
        what: "value",
        place: format!("column {column}"),
    }
}
