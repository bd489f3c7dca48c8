//! A record of a later build, with fields of its own at every level.

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};

use super::*;

/// A record taken apart as far as its maps: a later build has more of their fields.
enum Item {
    Map(Vec<(i64, Self)>),
    List(Vec<Self>),
    Whole(Vec<u8>),
}

impl Item {
    fn read(d: &mut Decoder<'_>) -> Self {
        match d.datatype().unwrap() {
            Type::Map => {
                let count = d.map().unwrap().unwrap();
                Self::Map(
                    (0..count)
                        .map(|_| (d.i64().unwrap(), Self::read(d)))
                        .collect(),
                )
            }
            Type::Array => {
                let count = d.array().unwrap().unwrap();
                Self::List((0..count).map(|_| Self::read(d)).collect())
            }
            _ => {
                let at = d.position();
                d.skip().unwrap();
                Self::Whole(d.input()[at..d.position()].to_vec())
            }
        }
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Map(fields) => {
                Encoder::new(&mut *bytes).map(fields.len() as u64).unwrap();
                for (number, value) in fields {
                    Encoder::new(&mut *bytes).i64(*number).unwrap();
                    value.write(bytes);
                }
            }
            Self::List(items) => {
                Encoder::new(&mut *bytes).array(items.len() as u64).unwrap();
                for item in items {
                    item.write(bytes);
                }
            }
            Self::Whole(item) => bytes.extend(item),
        }
    }

    fn fields(&mut self) -> &mut Vec<(i64, Self)> {
        match self {
            Self::Map(fields) => fields,
            Self::List(_) | Self::Whole(_) => panic!("no map"),
        }
    }

    fn field(&mut self, number: i64) -> &mut Self {
        let field = self.fields().iter_mut().find(|field| field.0 == number);
        &mut field.unwrap().1
    }

    fn entries(&mut self) -> &mut [Self] {
        match self {
            Self::List(items) => items,
            Self::Map(_) | Self::Whole(_) => panic!("no list"),
        }
    }

    /// Every map of a record that is open to later fields.
    fn open_maps(&mut self, mut visit: impl FnMut(&mut Vec<(i64, Self)>)) {
        visit(self.fields());
        for single in [4, 6] {
            visit(self.field(single).fields());
        }
        for list in [7, 11, 12, 15] {
            for entry in self.field(list).entries() {
                visit(entry.fields());
            }
        }
    }
}

/// The sample as a later build writes it, with `added` in every map: a number from 16, and one CBOR item.
fn later(added: &[(i64, Vec<u8>)]) -> Vec<u8> {
    let bytes = sample().to_cbor().unwrap();
    let mut record = Item::read(&mut Decoder::new(&bytes));
    record.open_maps(|fields| {
        let added = added
            .iter()
            .map(|(number, item)| (*number, Item::Whole(item.clone())));
        fields.extend(added);
    });
    let mut bytes = Vec::new();
    record.write(&mut bytes);
    bytes
}

/// Items of every kind, some with others inside, some of no counted length.
fn item() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<i64>().prop_map(|number| minicbor::to_vec(number).unwrap()),
        "\\PC{0,20}".prop_map(|text| minicbor::to_vec(text).unwrap()),
        prop::collection::vec(any::<u32>(), 0..5).prop_map(|list| minicbor::to_vec(list).unwrap()),
        Just(vec![
            0xBF, 0x00, 0x9F, 0x01, 0x82, 0x02, 0xF6, 0xFF, 0x61, b'k', 0xF5, 0xFF
        ]),
        Just(vec![0xC1, 0xFB, 0, 0, 0, 0, 0, 0, 0, 0]),
        Just(vec![0x5F, 0x41, 0x07, 0xFF]),
    ]
}

#[test]
fn what_a_later_build_adds_is_kept_when_something_known_is_changed() {
    let added = [(16, minicbor::to_vec("new").unwrap())];
    let mut record = Application::from_cbor(&later(&added)).unwrap();
    assert_ne!(record, sample());
    record.applicant.from_card = false;
    record.household[0].relation = RelationCode(9);
    let again = Application::from_cbor(&record.to_cbor().unwrap()).unwrap();
    assert_eq!(again, record);
    let shown = format!("{record:?} {:?} {:?}", record.consents, record.submitted);
    assert!(!shown.contains("new"), "{shown}");
}

#[test]
fn more_than_is_kept_is_neither_written_nor_read() {
    let many: Vec<_> = (0..33).map(|place| (16 + place, vec![0])).collect();
    assert_eq!(
        Application::from_cbor(&later(&many)),
        Err(RecordError::TooLong {
            field: "fields of a later build",
            got: 33,
            limit: 32
        })
    );
    let long = [(16, minicbor::to_vec("a".repeat(4094)).unwrap())];
    assert_eq!(
        Application::from_cbor(&later(&long)),
        Err(RecordError::TooLong {
            field: "bytes of a later build",
            got: 4097,
            limit: 4096
        })
    );
    assert!(Application::from_cbor(&later(&many[1..])).is_ok());
}

#[test]
fn a_clock_report_keeps_what_a_later_build_adds() {
    let time = sample().submitted.clone();
    let mut bytes = time.to_cbor().unwrap();
    assert_eq!(KioskTime::from_cbor(&bytes), Ok(time.clone()));
    assert_eq!(bytes[0], 0xA5);
    bytes[0] = 0xA6;
    bytes.extend([0x05, 0x81, 0x01]);
    let report = KioskTime::from_cbor(&bytes).unwrap();
    assert_eq!(*report, *time);
    assert_eq!(report.to_cbor(), Ok(bytes));
}

proptest! {
    #[test]
    fn a_later_build_s_record_is_written_again_byte_for_byte(
        added in prop::collection::btree_map(16_i64..1 << 40, item(), 0..8)
    ) {
        let bytes = later(&Vec::from_iter(added));
        prop_assert_eq!(Application::from_cbor(&bytes).unwrap().to_cbor(), Ok(bytes));
    }

    #[test]
    fn arbitrary_bytes_are_no_report_or_one_that_reads_back(bytes: Vec<u8>) {
        if let Ok(report) = KioskTime::from_cbor(&bytes) {
            prop_assert_eq!(KioskTime::from_cbor(&report.to_cbor().unwrap()), Ok(report));
        }
    }
}
