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
}

/// A value of its own.
pub(super) enum KeptValue {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Kept {
    pub(super) fn new(statement: Statement, values: &[Value<'_>]) -> Self {
        let values = values.iter().map(|value| match *value {
            Value::Null => KeptValue::Null,
            Value::Integer(number) => KeptValue::Integer(number),
            Value::Text(text) => KeptValue::Text(text.to_owned()),
            Value::Bytes(bytes) => KeptValue::Bytes(bytes.to_vec()),
        });
        Self::Statement(statement, values.collect())
    }

    pub(super) async fn send(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        match self {
            Self::Script(sql) => client.batch_execute(sql).await,
            Self::Statement(statement, values) => {
                let values = values.iter().map(|value| match value {
                    KeptValue::Null => Value::Null,
                    KeptValue::Integer(number) => Value::Integer(*number),
                    KeptValue::Text(text) => Value::Text(text),
                    KeptValue::Bytes(bytes) => Value::Bytes(bytes),
                });
                client.execute_raw(statement, values).await?;
                Ok(())
            }
        }
    }
}
