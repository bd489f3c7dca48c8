//! Values on their way to and from PostgreSQL.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use tokio_postgres::{
    Client, Statement,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};

use super::Value;

type Failed = Box<dyn Error + Sync + Send>;

impl ToSql for Value<'_> {
    fn to_sql(&self, column: &Type, out: &mut BytesMut) -> Result<IsNull, Failed> {
        match (*self, column) {
            (Self::Null, _) => return Ok(IsNull::Yes),
            (Self::Integer(number), &Type::INT8) => out.put_i64(number),
            (Self::Text(text), &Type::TEXT) => out.put_slice(text.as_bytes()),
            (Self::Bytes(bytes), &Type::BYTEA) => out.put_slice(bytes),
            _ => return Err(format!("value is of another type than {column}").into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(column: &Type) -> bool {
        matches!(*column, Type::INT8 | Type::TEXT | Type::BYTEA)
    }

    to_sql_checked!();
}

impl<'v> FromSql<'v> for Value<'v> {
    fn from_sql(column: &Type, raw: &'v [u8]) -> Result<Self, Failed> {
        Ok(match *column {
            Type::BOOL => Self::Integer(bool::from_sql(column, raw)?.into()),
            Type::INT4 => Self::Integer(i32::from_sql(column, raw)?.into()),
            Type::INT8 => Self::Integer(i64::from_sql(column, raw)?),
            Type::TEXT => Self::Text(<&str>::from_sql(column, raw)?),
            _ => Self::Bytes(<&[u8]>::from_sql(column, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failed> {
        Ok(Self::Null)
    }

    /// What the ledger's columns hold, and what `EXISTS` and a bare number give.
    fn accepts(column: &Type) -> bool {
        matches!(
            *column,
            Type::BOOL | Type::INT4 | Type::INT8 | Type::TEXT | Type::BYTEA
        )
    }
}

/// A statement that waits to be sent.
pub(super) enum Kept {
    /// One without values, such as `BEGIN`.
    Script(&'static str),
    Statement(Statement, Vec<KeptValue>),
    Rows(KeptRows),
}

/// Rows that one statement inserts.
pub(super) struct KeptRows {
    /// As it is written for one row.
    sql: String,
    /// Of its table in the schema.
    pub(super) place: (usize, usize),
    statement: Statement,
    columns: Vec<Vec<KeptValue>>,
}

/// A value of its own.
#[derive(Debug)]
pub(super) enum KeptValue {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl KeptValue {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Integer(number) => Value::Integer(*number),
            Self::Text(text) => Value::Text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        }
    }
}

impl From<&Value<'_>> for KeptValue {
    fn from(value: &Value<'_>) -> Self {
        match *value {
            Value::Null => Self::Null,
            Value::Integer(number) => Self::Integer(number),
            Value::Text(text) => Self::Text(text.to_owned()),
            Value::Bytes(bytes) => Self::Bytes(bytes.to_vec()),
        }
    }
}

impl ToSql for KeptValue {
    fn to_sql(&self, column: &Type, out: &mut BytesMut) -> Result<IsNull, Failed> {
        self.value().to_sql(column, out)
    }

    fn accepts(column: &Type) -> bool {
        <Value<'_> as ToSql>::accepts(column)
    }

    to_sql_checked!();
}

impl KeptRows {
    pub(super) fn new(
        sql: &str,
        place: (usize, usize),
        statement: Statement,
        row: &[Value<'_>],
    ) -> Self {
        Self {
            sql: sql.to_owned(),
            place,
            statement,
            columns: row.iter().map(|value| vec![value.into()]).collect(),
        }
    }

    pub(super) fn is_for(&self, sql: &str) -> bool {
        self.sql == sql
    }

    pub(super) fn push(&mut self, row: &[Value<'_>]) {
        for (column, value) in self.columns.iter_mut().zip(row) {
            column.push(value.into());
        }
    }
}

impl Kept {
    pub(super) fn new(statement: Statement, values: &[Value<'_>]) -> Self {
        Self::Statement(statement, values.iter().map(KeptValue::from).collect())
    }

    pub(super) fn rows(&mut self) -> Option<&mut KeptRows> {
        match self {
            Self::Rows(rows) => Some(rows),
            Self::Script(_) | Self::Statement(..) => None,
        }
    }

    pub(super) const fn place(&self) -> Option<(usize, usize)> {
        match self {
            Self::Rows(rows) => Some(rows.place),
            Self::Script(_) | Self::Statement(..) => None,
        }
    }

    pub(super) async fn send(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        match self {
            Self::Script(sql) => client.batch_execute(sql).await,
            Self::Statement(statement, values) => {
                client.execute_raw(statement, values).await.map(drop)
            }
            Self::Rows(rows) => client
                .execute_raw(&rows.statement, &rows.columns)
                .await
                .map(drop),
        }
    }
}
