//! A map with numbered fields, together with the fields of a later build that came with it.

use std::fmt;
use std::ops::{Deref, DerefMut};

use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// Fields of later builds in one map: more than any map of ours has gained in all its life.
pub const UNKNOWN_FIELDS_MAX: usize = 32;
/// Bytes of the values of such fields in one map: more than twice the longest text of today.
pub const UNKNOWN_BYTES_MAX: usize = 4 * 1024;

/// A type whose CBOR is a map with numbered fields.
pub trait Numbered {
    /// How many numbers this build knows. Numbers are append-only, so it knows 0 to `FIELDS - 1` and no other.
    const FIELDS: i64;
}

/// A `T` as this build understands it, and whatever else its map held.
///
/// Fields that this build does not know are written again as they were read, behind the known ones, so
/// that a record of a later build loses nothing when an older one passes it on. They take part in
/// equality and never show in `Debug`. Made by this build, a value has none: `Kept::from(value)`.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept<T> {
    known: T,
    unknown: Vec<UnknownField>,
}

#[derive(Clone, PartialEq, Eq)]
struct UnknownField {
    number: i64,
    /// One CBOR item.
    value: Vec<u8>,
}

impl<T> Kept<T> {
    /// How many fields of a later build came with it, and how many bytes their values have.
    pub(crate) fn unknown(&self) -> (usize, usize) {
        let bytes = self.unknown.iter().map(|field| field.value.len()).sum();
        (self.unknown.len(), bytes)
    }
}

impl<T: Numbered> Kept<T> {
    /// `known`, and of another map with numbered fields those that a `T` does not know.
    pub(crate) fn with_fields_of(known: T, map: &[u8]) -> Result<Self, decode::Error> {
        let unknown = unknown_fields(map, T::FIELDS)?;
        Ok(Self { known, unknown })
    }
}

impl<T> From<T> for Kept<T> {
    fn from(known: T) -> Self {
        Self {
            known,
            unknown: Vec::new(),
        }
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.known
    }
}

impl<T> DerefMut for Kept<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.known
    }
}

impl<T: fmt::Debug> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.known.fmt(f)
    }
}

impl<C, T: Encode<C>> Encode<C> for Kept<T> {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        if self.unknown.is_empty() {
            return self.known.encode(e, context);
        }
        let mut known = Vec::new();
        self.known
            .encode(&mut Encoder::new(&mut known), context)
            .map_err(|_| encode::Error::message("known fields cannot be written"))?;
        let mut head = Decoder::new(&known);
        let (Ok(Some(count)), body_at) = (head.map(), head.position()) else {
            return Err(encode::Error::message("known fields are no counted map"));
        };
        let unknown = u64::try_from(self.unknown.len()).unwrap_or(u64::MAX);
        e.map(count.saturating_add(unknown))?;
        write(e, &known[body_at..])?;
        for field in &self.unknown {
            e.i64(field.number)?;
            write(e, &field.value)?;
        }
        Ok(())
    }
}

/// Writes bytes that are CBOR already.
fn write<W: encode::Write>(e: &mut Encoder<W>, cbor: &[u8]) -> Result<(), encode::Error<W::Error>> {
    e.writer_mut().write_all(cbor).map_err(encode::Error::write)
}

impl<'b, C, T: Decode<'b, C> + Numbered> Decode<'b, C> for Kept<T> {
    fn decode(d: &mut Decoder<'b>, context: &mut C) -> Result<Self, decode::Error> {
        let start = d.position();
        let known = T::decode(d, context)?;
        let unknown = unknown_fields(&d.input()[start..d.position()], T::FIELDS)?;
        Ok(Self { known, unknown })
    }
}

/// The fields of `map` that are not numbered 0 to `known - 1`.
fn unknown_fields(map: &[u8], known: i64) -> Result<Vec<UnknownField>, decode::Error> {
    let mut d = Decoder::new(map);
    let count = d.map()?;
    let mut read = 0;
    let mut unknown = Vec::new();
    loop {
        let more = match count {
            Some(count) => read < count,
            None => d.datatype()? != Type::Break,
        };
        if !more {
            return Ok(unknown);
        }
        read += 1;
        let number = d.i64()?;
        let value_at = d.position();
        d.skip()?;
        if !(0..known).contains(&number) {
            unknown.push(UnknownField {
                number,
                value: map[value_at..d.position()].to_vec(),
            });
        }
    }
}

#[cfg(test)]
mod tests;
