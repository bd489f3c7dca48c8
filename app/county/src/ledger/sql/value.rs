//! What stands in a column, in each store the same.
//!
//! As bytes a value is a tag and what it holds: `00` nothing; `01` an integer in 8 bytes, the highest first; `02` text and
//! `03` bytes, their length in 4 bytes before them.

use envelope::{KioskId, ObjectHash};

use crate::clock::UnixMs;

/// What a statement is given and a row gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'v> {
    Null,
    Integer(i64),
    Text(&'v str),
    Bytes(&'v [u8]),
}

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const TEXT: u8 = 2;
const BYTES: u8 = 3;

impl<'v> Value<'v> {
    /// Puts the bytes of a value behind others.
    pub(crate) fn write_to(self, bytes: &mut Vec<u8>) {
        let mut with_len = |tag, text: &[u8]| {
            bytes.push(tag);
            let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
            bytes.extend_from_slice(&len.to_be_bytes());
            bytes.extend_from_slice(text);
        };
        match self {
            Value::Text(text) => with_len(TEXT, text.as_bytes()),
            Value::Bytes(text) => with_len(BYTES, text),
            Value::Null => bytes.push(NULL),
            Value::Integer(number) => {
                bytes.push(INTEGER);
                bytes.extend_from_slice(&number.to_be_bytes());
            }
        }
    }

    /// Bytes that a value holds.
    pub(super) const fn len(&self) -> usize {
        match self {
            Value::Null => 0,
            Value::Integer(_) => size_of::<i64>(),
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
        }
    }

    /// The values that were written one behind the other; `None` if these are none.
    pub(crate) fn read_all(mut bytes: &'v [u8]) -> Option<Vec<Self>> {
        let mut values = Vec::new();
        while let Some((&tag, rest)) = bytes.split_first() {
            let value;
            (value, bytes) = match tag {
                NULL => (Value::Null, rest),
                INTEGER => {
                    let (number, rest) = rest.split_first_chunk::<8>()?;
                    (Value::Integer(i64::from_be_bytes(*number)), rest)
                }
                TEXT | BYTES => {
                    let (len, rest) = rest.split_first_chunk::<4>()?;
                    let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
                    let (text, rest) = rest.split_at_checked(len)?;
                    let value = match tag {
                        TEXT => Value::Text(std::str::from_utf8(text).ok()?),
                        _ => Value::Bytes(text),
                    };
                    (value, rest)
                }
                _ => return None,
            };
            values.push(value);
        }
        Some(values)
    }
}

/// What can be given to a statement.
pub(crate) trait ToValue {
    fn to_value(&self) -> Value<'_>;
}

/// What can be read from a row.
pub(crate) trait FromValue: Sized {
    /// `None` if this is no such thing.
    fn from_value(value: Value<'_>) -> Option<Self>;
}

impl ToValue for Value<'_> {
    fn to_value(&self) -> Value<'_> {
        *self
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value<'_> {
        (**self).to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl ToValue for $integer {
            fn to_value(&self) -> Value<'_> {
                Value::Integer(i64::from(*self))
            }
        }

        impl FromValue for $integer {
            fn from_value(value: Value<'_>) -> Option<Self> {
                match value {
                    Value::Integer(number) => number.try_into().ok(),
                    _ => None,
                }
            }
        }
    )*};
}

integers!(u8, u16, u32, i64);

impl ToValue for bool {
    fn to_value(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }
}

impl FromValue for bool {
    fn from_value(value: Value<'_>) -> Option<Self> {
        u8::from_value(value)
            .filter(|number| *number <= 1)
            .map(|number| number == 1)
    }
}

impl ToValue for str {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl FromValue for String {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

impl ToValue for [u8] {
    fn to_value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl ToValue for Vec<u8> {
    fn to_value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(bytes.to_vec()),
            _ => None,
        }
    }
}

impl<const LEN: usize> ToValue for [u8; LEN] {
    fn to_value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl<const LEN: usize> FromValue for [u8; LEN] {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => bytes.try_into().ok(),
            _ => None,
        }
    }
}

/// Our own types that are one of the above with a name.
macro_rules! named {
    ($($name:ident),*) => {$(
        impl ToValue for $name {
            fn to_value(&self) -> Value<'_> {
                self.0.to_value()
            }
        }

        impl FromValue for $name {
            fn from_value(value: Value<'_>) -> Option<Self> {
                FromValue::from_value(value).map(Self)
            }
        }
    )*};
}

named!(KioskId, ObjectHash, UnixMs);
