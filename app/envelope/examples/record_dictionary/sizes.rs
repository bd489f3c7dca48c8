//! What records weigh on the wire, and why.

use std::fmt::Write;

use envelope::{CountyPublic, CountySecret, Kind, KioskId, KioskSigner, SealError, Suite};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use relief::{Application, Kept, KioskTime, PersonName, RecordError};

use crate::invented::{Inventor, Shape, Words};

/// Records a row is the mean and the most of.
const RECORDS: usize = 200;
const SEED: u64 = 3;
/// What zstd alone is measured at, as an envelope has it.
const ZSTD_LEVEL: i32 = 19;

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SizeError {
    /// An invented record is beyond the limits.
    #[error("record: {0}")]
    Record(#[from] RecordError),
    /// It cannot be sealed.
    #[error("seal: {0}")]
    Seal(#[from] SealError),
    /// zstd refuses.
    #[error("zstd: {0}")]
    Zstd(#[from] std::io::Error),
}

/// Seals with keys that open nothing.
pub(crate) struct Scales {
    kiosk: KioskSigner,
    county: CountyPublic,
    rng: ChaCha20Rng,
}

impl Scales {
    pub(crate) fn new() -> Self {
        Self {
            kiosk: KioskSigner::from_seed(KioskId(3), [1; 32]),
            county: CountySecret::from_seed([2; 64]).public(),
            rng: ChaCha20Rng::seed_from_u64(SEED),
        }
    }

    /// Bytes of the record on the wire.
    pub(crate) fn sealed(&mut self, record: &Kept<Application>) -> Result<usize, SizeError> {
        let plain = record.to_cbor()?;
        let sealed = envelope::seal(
            Kind::Record,
            &plain,
            &self.kiosk,
            &self.county,
            &mut self.rng,
        )?;
        Ok(sealed.bytes.len())
    }

    fn mean_sealed(&mut self, records: &[Kept<Application>]) -> Result<f64, SizeError> {
        let mut total = Tally::default();
        for record in records {
            total.add(self.sealed(record)?);
        }
        Ok(total.mean())
    }
}

/// The four-person record with a signed page, which the line is planned with.
pub(crate) const HOUSEHOLD_OF_FOUR: Shape = Shape {
    people: 4,
    paper: true,
    near_relative: false,
};

/// Records of one shape that the training has not seen.
pub(crate) fn held_out(shape: Shape, words: Words) -> Vec<Kept<Application>> {
    let mut inventor = Inventor::new(SEED, words);
    (0..RECORDS).map(|_| inventor.record(shape)).collect()
}

/// The table, one row a shape, and what the record of four people consists of.
pub(crate) fn table() -> Result<String, SizeError> {
    let mut scales = Scales::new();
    let mut table = format!(
        "Bytes, mean and most of {RECORDS} records that the training has not seen.\n\n\
         {:<44}{:>14}{:>14}{:>14}{:>14}\n",
        "household", "plain CBOR", "zstd", "dictionary", "sealed"
    );
    for people in [1, 2, 4] {
        for paper in [false, true] {
            let shape = Shape {
                people,
                paper,
                near_relative: false,
            };
            let name = format!("{people}{}", if paper { ", signed page" } else { "" });
            table += &row(&mut scales, &name, &held_out(shape, Words::HeldOut))?;
        }
    }
    let related = Shape {
        near_relative: true,
        ..HOUSEHOLD_OF_FOUR
    };
    for (name, shape, words) in [
        ("4, signed page, a near relative", related, Words::HeldOut),
        (
            "the same, characters drawn one by one",
            related,
            Words::AnyCharacters,
        ),
    ] {
        table += &row(&mut scales, name, &held_out(shape, words))?;
    }
    let records = held_out(HOUSEHOLD_OF_FOUR, Words::HeldOut);
    table += &parts(&mut scales, &records)?;
    Ok(table)
}

fn row(
    scales: &mut Scales,
    name: &str,
    records: &[Kept<Application>],
) -> Result<String, SizeError> {
    let [mut plain, mut alone, mut dictionary, mut sealed] = [Tally::default(); 4];
    for record in records {
        let cbor = record.to_cbor()?;
        let bytes = scales.sealed(record)?;
        plain.add(cbor.len());
        alone.add(zstd::bulk::compress(&cbor, ZSTD_LEVEL)?.len());
        dictionary.add(bytes - Suite::X25519.overhead_max());
        sealed.add(bytes);
    }
    let cells = [plain, alone, dictionary, sealed].map(Tally::cell);
    Ok(format!("{name:<44}{}\n", cells.concat()))
}

/// A part of a record, and a record without it.
type Part = (&'static str, fn(&mut Application));

/// What a record consists of beside its frame: each is taken out, and what the record then weighs less is
/// what the part had cost.
const PARTS: [Part; 8] = [
    ("hashes and random ids: cannot shrink", |record| {
        record.submission_id = [0; 16];
        record.status_token_hash = [0; 32];
        for attachment in &mut record.attachments {
            attachment.hash = [0; 32];
        }
    }),
    ("digits of identity numbers", |record| {
        record.applicant.id_number = None;
        for member in &mut record.household {
            member.id_number = None;
        }
    }),
    ("characters of the reasons in own words", |record| {
        record.reason_text.clear();
    }),
    ("characters of names", |record| {
        let Ok(shortest) = PersonName::parse("王") else {
            return;
        };
        record.applicant.name = shortest.clone();
        for member in &mut record.household {
            member.name = shortest.clone();
        }
    }),
    ("characters of the address", |record| {
        record.applicant.address.clear();
    }),
    ("times", |record| {
        let none = KioskTime {
            boot_id: 0,
            tick_ms: 0,
            wall_ms: 0,
            county_ms: None,
            county_tick_ms: None,
        };
        record.submitted = none.into();
        for consent in &mut record.consents {
            consent.shown_tick_ms = 0;
        }
    }),
    ("boxes of the page, its form and edition", |record| {
        record.pages.clear();
    }),
    ("digits of the telephone", |record| {
        record.applicant.phone = None;
    }),
];

fn parts(scales: &mut Scales, records: &[Kept<Application>]) -> Result<String, SizeError> {
    let whole = scales.mean_sealed(records)?;
    let mut text = format!("\nThe {whole:.0} bytes of a household of four with a signed page:\n");
    let mut line = |bytes: f64, name: &str| {
        let _ = writeln!(text, "{bytes:>6.0}  {name}");
    };
    let mut rest = whole - Suite::X25519.overhead_max() as f64;
    line(
        Suite::X25519.overhead_max() as f64,
        "header, encapsulated key, tag and signature: fixed",
    );
    for (name, take_out) in PARTS {
        let mut without = records.to_vec();
        for record in &mut without {
            take_out(record);
        }
        let cost = whole - scales.mean_sealed(&without)?;
        rest -= cost;
        line(cost, name);
    }
    line(
        rest,
        "the rest: slip number, township, codes, editions, lengths, field numbers, the frame",
    );
    Ok(text)
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    count: usize,
    total: usize,
    most: usize,
}

impl Tally {
    fn add(&mut self, bytes: usize) {
        self.count += 1;
        self.total += bytes;
        self.most = self.most.max(bytes);
    }

    fn mean(self) -> f64 {
        self.total as f64 / self.count as f64
    }

    fn cell(self) -> String {
        format!("{:>9.0}{:>5}", self.mean(), self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the plan of a line of 9600 bit/s allows a record: 0.73 s.
    const SEALED_MAX: usize = 700;

    fn most(shape: Shape, words: Words) -> usize {
        let mut scales = Scales::new();
        let sealed = held_out(shape, words)
            .iter()
            .map(|record| scales.sealed(record).expect("a record within its limits"))
            .max();
        sealed.expect("some records")
    }

    /// Over what [`Inventor::record`] draws: names of two or three characters, an address of 18 to 27 or
    /// 25, about 30 characters of own words, four identity numbers, two scans, all boxes of the form.
    #[test]
    fn a_household_of_four_with_a_signed_page_is_at_most_700_bytes_on_the_wire() {
        for near_relative in [false, true] {
            let shape = Shape {
                near_relative,
                ..HOUSEHOLD_OF_FOUR
            };
            for words in [Words::HeldOut, Words::AnyCharacters] {
                let most = most(shape, words);
                assert!(most <= SEALED_MAX, "{most} bytes, {shape:?}, {words:?}");
            }
        }
    }

    #[test]
    fn the_parts_of_a_record_are_fewer_bytes_than_the_whole() {
        let records = &held_out(HOUSEHOLD_OF_FOUR, Words::HeldOut)[..20];
        let parts = parts(&mut Scales::new(), records).expect("a table");
        let bytes: Vec<i64> = parts
            .lines()
            .skip(2)
            .map(|line| line[..6].trim().parse().expect("a number"))
            .collect();
        assert_eq!(bytes.len(), PARTS.len() + 2);
        assert!(bytes.iter().all(|bytes| *bytes > 0), "{parts}");
    }
}
