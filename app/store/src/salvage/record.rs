//! Records: the values of a row as they lie in a b-tree's cell.
//!
//! Source: <https://www.sqlite.org/fileformat2.html#record_format>.

use rusqlite::types::Value;

/// The number at the beginning of `bytes`, and how many bytes it takes (1 to 9).
///
/// Seven bits a byte, the highest first, as long as the top bit is set; a ninth byte gives eight.
pub(crate) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0;
    for (index, &byte) in bytes.iter().take(8).enumerate() {
        number = number << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((number, index + 1));
        }
    }
    let ninth = *bytes.get(8)?;
    Some((number << 8 | u64::from(ninth), 9))
}

/// The values of a record; `None` unless header and values fill `bytes` exactly.
pub(crate) fn decode(bytes: &[u8]) -> Option<Vec<Value>> {
    let (header_len, mut at) = varint(bytes)?;
    let header = bytes.get(..usize::try_from(header_len).ok()?)?;
    let mut body = &bytes[header.len()..];
    let mut values = Vec::new();
    while at < header.len() {
        let (serial_type, len) = varint(&header[at..])?;
        at += len;
        let (value, rest) = value(serial_type, body)?;
        values.push(value);
        body = rest;
    }
    (at == header.len() && body.is_empty()).then_some(values)
}

fn value(serial_type: u64, body: &[u8]) -> Option<(Value, &[u8])> {
    let len = match serial_type {
        0 | 8 | 9 => 0,
        1..=4 => usize::try_from(serial_type).ok()?,
        5 => 6,
        6 | 7 => 8,
        10 | 11 => return None, // kept for SQLite's own use
        _ => usize::try_from((serial_type - 12) / 2).ok()?,
    };
    let (bytes, rest) = body.split_at_checked(len)?;
    let value = match serial_type {
        0 => Value::Null,
        1..=6 => Value::Integer(signed(bytes)),
        7 => Value::Real(f64::from_be_bytes(*bytes.first_chunk()?)),
        8 | 9 => Value::Integer(i64::from(serial_type == 9)),
        even if even.is_multiple_of(2) => Value::Blob(bytes.to_vec()),
        _ => Value::Text(String::from_utf8(bytes.to_vec()).ok()?),
    };
    Some((value, rest))
}

/// Two's complement of one to eight bytes, the highest first.
fn signed(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|byte| 0x80 <= *byte);
    let start = if negative { -1 } else { 0 };
    let push = |number: i64, byte: &u8| number << 8 | i64::from(*byte);
    bytes.iter().fold(start, push)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_of_every_length_are_read() {
        assert_eq!(varint(&[0x7f, 1]), Some((0x7f, 1)));
        assert_eq!(varint(&[0x81, 0x00]), Some((0x80, 2)));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, 9)));
        assert_eq!(varint(&[0x81]), None);
        assert_eq!(varint(&[0x80; 8]), None);
    }

    #[test]
    fn a_record_of_every_class_is_these_bytes() {
        let bytes = [
            8, 0, 1, 9, 2, 17, 16, 7, // header: its length, then a type for each value
            0xff, 0x01, 0x00, b'h', b'i', 0xa5, 0x5a, // -1, 256, text, blob
            0x3f, 0xf0, 0, 0, 0, 0, 0, 0,
        ];
        let values = vec![
            Value::Null,
            Value::Integer(-1),
            Value::Integer(1),
            Value::Integer(256),
            Value::Text("hi".to_owned()),
            Value::Blob(vec![0xa5, 0x5a]),
            Value::Real(1.0),
        ];
        assert_eq!(decode(&bytes), Some(values));
        for len in 0..bytes.len() {
            assert_eq!(decode(&bytes[..len]), None);
        }
    }

    #[test]
    fn text_that_is_none_and_types_that_are_none_are_refused() {
        assert_eq!(decode(&[2, 15, 0xff]), None);
        assert_eq!(decode(&[2, 10]), None);
        assert_eq!(decode(&[2, 11]), None);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = varint(&bytes);
            let _ = decode(&bytes);
        }
    }
}
