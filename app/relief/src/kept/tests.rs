use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Pair {
    #[n(0)]
    left: u8,
    #[n(1)]
    right: Option<u8>,
}

impl Numbered for Pair {
    const FIELDS: i64 = 2;
}

fn read(bytes: &[u8]) -> Result<Kept<Pair>, decode::Error> {
    minicbor::decode(bytes)
}

#[test]
fn a_value_of_this_build_is_written_as_itself() {
    let pair = Pair {
        left: 7,
        right: None,
    };
    let kept = Kept::from(pair);
    assert_eq!(minicbor::to_vec(&kept).unwrap(), [0xA1, 0, 7]);
    assert_eq!(*kept, pair);
    assert_eq!(format!("{kept:?}"), format!("{pair:?}"));
}

#[test]
fn unknown_fields_stand_behind_the_known_ones_whatever_their_place_was() {
    let kept = read(&[0xA3, 9, 0x82, 1, 2, 0, 7, 0x18, 99, 0x61, b'x']).unwrap();
    assert_eq!((kept.left, kept.unknown()), (7, (2, 5)));
    assert_eq!(
        minicbor::to_vec(&kept).unwrap(),
        [0xA3, 0, 7, 9, 0x82, 1, 2, 0x18, 99, 0x61, b'x']
    );
}

#[test]
fn a_map_of_no_counted_length_is_kept_with_a_count() {
    let kept = read(&[0xBF, 0, 7, 2, 0xF6, 0xFF]).unwrap();
    assert_eq!(minicbor::to_vec(&kept).unwrap(), [0xA2, 0, 7, 2, 0xF6]);
}

#[test]
fn a_known_field_that_changes_leaves_the_unknown_ones_alone() {
    let mut kept = read(&[0xA2, 0, 7, 2, 1]).unwrap();
    kept.right = Some(8);
    assert_eq!(minicbor::to_vec(&kept).unwrap(), [0xA3, 0, 7, 1, 8, 2, 1]);
    assert_ne!(
        kept,
        Kept::from(Pair {
            left: 7,
            right: Some(8)
        })
    );
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic_and_what_is_read_reads_back(bytes: Vec<u8>) {
        if let Ok(kept) = read(&bytes) {
            let written = minicbor::to_vec(&kept).unwrap();
            prop_assert_eq!(read(&written).unwrap(), kept);
        }
    }

    #[test]
    fn arbitrary_fields_never_panic(fields: Vec<u8>, count in 0_u8..6) {
        let _ = read(&[&[0xA0 | count, 0, 7], &fields[..]].concat());
    }
}
