//! Trains the dictionary, and shows what other lengths of it would give.

use std::{fmt::Write, io};

use relief::RecordError;

use crate::invented::{Inventor, Shape, Words};

/// How many records the trainer sees; more of them changed nothing.
const RECORDS: usize = 4_000;
const SEED: u64 = 1;
/// Records that the lengths are compared on.
const HELD_OUT_RECORDS: usize = 200;
const HELD_OUT_SEED: u64 = 2;

/// Length of the dictionary in bytes; [`choice`] shows what others give.
pub(crate) const DICTIONARY_LEN: usize = 6_144;

/// The dictionary of this length, the same for every run with one version of zstd.
pub(crate) fn dictionary(len: usize) -> io::Result<Vec<u8>> {
    let mut inventor = Inventor::new(SEED, Words::Training);
    let records: Vec<Vec<u8>> = (0..RECORDS)
        .map(|_| inventor.any_record().to_cbor())
        .collect::<Result<_, RecordError>>()
        .map_err(io::Error::other)?;
    zstd::dict::from_samples(&records, len)
}

/// The mean weight of a four-person record with a page, by the dictionary's length.
pub(crate) fn choice() -> io::Result<String> {
    let shape = Shape {
        people: 4,
        paper: true,
        near_relative: false,
    };
    let mut inventor = Inventor::new(HELD_OUT_SEED, Words::HeldOut);
    let records: Vec<Vec<u8>> = (0..HELD_OUT_RECORDS)
        .map(|_| inventor.record(shape).to_cbor())
        .collect::<Result<_, RecordError>>()
        .map_err(io::Error::other)?;
    let mut table = String::from("dictionary   mean frame of a household of four with a page\n");
    for len in [1_024, 2_048, 3_072, 4_096, 6_144, 8_192, 16_384] {
        let dictionary = dictionary(len)?;
        for level in [19, 22] {
            let mut compressor = zstd::bulk::Compressor::with_dictionary(level, &dictionary)?;
            let mut bytes = 0;
            for record in &records {
                bytes += compressor.compress(record)?.len();
            }
            let mean = bytes as f64 / records.len() as f64;
            let _ = writeln!(table, "{len:>10} {level} {mean:>6.1}");
        }
    }
    Ok(table)
}
