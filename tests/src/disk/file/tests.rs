use std::collections::BTreeSet;

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;

const SECTOR: usize = 16;
const PLATTER: Platter = Platter {
    sector_bytes: SECTOR,
    tearing: Tearing::Write,
};

fn cut(file: &mut File, seed: u64) -> Tally {
    let mut tally = Tally::default();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    file.cut(PLATTER, &mut rng, &mut tally);
    assert_eq!(file.bytes(), file.durable_bytes());
    tally
}

/// All that a file can be after a cut, over many seeds.
fn outcomes(make: impl Fn() -> File) -> BTreeSet<Vec<u8>> {
    let after_cut = |seed| {
        let mut file = make();
        cut(&mut file, seed);
        file.bytes().to_vec()
    };
    (0..2000).map(after_cut).collect()
}

fn stored(byte: u8, len: usize) -> File {
    File::stored(vec![byte; len])
}

#[test]
fn a_write_in_flight_is_kept_forgotten_or_torn() {
    let found = outcomes(|| {
        let mut file = stored(b'-', SECTOR);
        file.write(0, &[b'x'; SECTOR]);
        file
    });
    assert!(found.contains(&vec![b'-'; SECTOR]));
    assert!(found.contains(&vec![b'x'; SECTOR]));
    assert!(found.contains(b"xxxx------------".as_slice()));
    assert!(found.contains(b"------------xxxx".as_slice()));
    let is_noise = |bytes: &Vec<u8>| bytes.iter().any(|byte| !b"-x".contains(byte));
    assert!(found.iter().any(is_noise));
}

#[test]
fn sectors_reach_the_platter_in_any_order() {
    let found = outcomes(|| {
        let mut file = stored(b'-', 2 * SECTOR);
        file.write(0, &[b'1'; SECTOR]);
        file.write(SECTOR, &[b'2'; SECTOR]);
        file
    });
    for (first, second) in [(b'-', b'-'), (b'1', b'-'), (b'-', b'2'), (b'1', b'2')] {
        let both = [[first; SECTOR], [second; SECTOR]].concat();
        assert!(found.contains(&both));
    }
}

#[test]
fn a_sector_has_its_writes_in_their_order() {
    let found = outcomes(|| {
        let mut file = stored(b'-', SECTOR);
        for (offset, byte) in [(0, b'1'), (5, b'2'), (10, b'3')] {
            file.write(offset, &[byte; 5]);
        }
        file
    });
    let in_order = |bytes: &Vec<u8>| {
        let has = |byte: u8| bytes.contains(&byte);
        let is_noise = bytes.iter().any(|byte| !b"-123".contains(byte));
        is_noise || (has(b'1') || !has(b'2')) && (has(b'2') || !has(b'3'))
    };
    assert!(found.iter().all(in_order));
}

#[test]
fn a_torn_sector_loses_what_was_synced_into_it_only_if_tearing_says_so() {
    let loses = |tearing| {
        let spoilt = |seed| {
            let mut file = File::default();
            file.write(0, &[b'-'; 8]);
            file.sync();
            file.write(8, &[b'x'; 8]);
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let platter = Platter { tearing, ..PLATTER };
            file.cut(platter, &mut rng, &mut Tally::default());
            !file.bytes().starts_with(b"--------")
        };
        (0..2000).any(spoilt)
    };
    assert!(!loses(Tearing::Write));
    assert!(loses(Tearing::Sector));
}

#[test]
fn a_longer_file_has_its_length_its_bytes_both_or_neither() {
    let found = outcomes(|| {
        let mut file = stored(b'-', SECTOR);
        file.write(SECTOR, &[b'x'; SECTOR]);
        file
    });
    assert!(found.contains(&vec![b'-'; SECTOR]));
    let kept = [[b'-'; SECTOR], [b'x'; SECTOR]].concat();
    let zeros = [[b'-'; SECTOR], [0; SECTOR]].concat();
    assert!(found.contains(&kept));
    assert!(found.contains(&zeros));
    assert!(found.iter().all(|bytes| bytes.starts_with(&[b'-'; SECTOR])));
}

#[test]
fn a_truncated_file_is_whole_or_short_and_new_bytes_need_the_truncation() {
    let found = outcomes(|| {
        let mut file = stored(b'-', 4 * SECTOR);
        file.truncate(SECTOR);
        file.write(2 * SECTOR, &[b'x'; SECTOR]);
        file
    });
    assert!(found.contains(&vec![b'-'; 4 * SECTOR]));
    assert!(found.contains(&vec![b'-'; SECTOR]));
    let written = [[b'-'; SECTOR], [0; SECTOR], [b'x'; SECTOR]].concat();
    assert!(found.contains(&written));
    for bytes in found {
        match bytes.len() / SECTOR {
            4 => assert_eq!(bytes, vec![b'-'; 4 * SECTOR]),
            3 => assert_eq!(bytes[..2 * SECTOR], written[..2 * SECTOR]),
            sectors => assert_eq!(sectors, 1),
        }
    }
}

#[test]
fn a_failed_sync_is_not_made_good_by_the_next() {
    let lost = (0..100).filter(|seed| {
        let mut file = stored(b'-', SECTOR);
        file.write(0, &[b'x'; SECTOR]);
        let mut rng = ChaCha8Rng::seed_from_u64(*seed);
        file.fail_sync(PLATTER, &mut rng, &mut Tally::default());
        assert_eq!(file.bytes(), [b'x'; SECTOR]);
        file.sync();
        file.durable_bytes() != file.bytes()
    });
    let lost = lost.count();
    assert!((10..=90).contains(&lost), "{lost} of 100");
}

#[derive(Debug, Clone)]
enum Step {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
    Sync,
    FlipBit(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let bytes = prop::collection::vec(1..=u8::MAX, 0..40);
    let write = (0..100usize, bytes).prop_map(|(offset, bytes)| Step::Write { offset, bytes });
    let step = prop_oneof![
        6 => write,
        2 => (0..120usize).prop_map(Step::Truncate),
        1 => Just(Step::Sync),
        1 => (0..100usize).prop_map(Step::FlipBit),
    ];
    prop::collection::vec(step, 0..20)
}

fn run(file: &mut File, steps: &[Step]) {
    for step in steps {
        match step {
            Step::Write { offset, bytes } => file.write(*offset, bytes),
            Step::Truncate(len) => file.truncate(*len),
            Step::Sync => file.sync(),
            Step::FlipBit(offset) => {
                file.flip_bit(*offset, 3);
            }
        }
    }
}

proptest! {
    #[test]
    fn readers_see_every_change_at_once(steps in steps()) {
        let mut file = File::default();
        let mut model: Vec<u8> = Vec::new();
        for step in &steps {
            run(&mut file, std::slice::from_ref(step));
            match step {
                Step::Write { bytes, .. } if bytes.is_empty() => {}
                Step::Write { offset, bytes } => {
                    model.resize(model.len().max(offset + bytes.len()), 0);
                    model[*offset..offset + bytes.len()].copy_from_slice(bytes);
                }
                Step::Truncate(len) => model.truncate(*len),
                Step::Sync => {}
                Step::FlipBit(offset) => {
                    if let Some(byte) = model.get_mut(*offset) {
                        *byte ^= 8;
                    }
                }
            }
            prop_assert_eq!(file.bytes(), &model);
        }
    }

    #[test]
    fn what_was_synced_outlives_any_cut(steps in steps(), seed: u64) {
        let mut file = File::default();
        let steps: Vec<Step> =
            steps.into_iter().filter(|step| !matches!(step, Step::FlipBit(_))).collect();
        run(&mut file, &steps);
        file.sync();
        let synced = file.bytes().to_vec();
        prop_assert_eq!(cut(&mut file, seed), Tally::default());
        prop_assert_eq!(file.bytes(), synced);
    }

    #[test]
    fn a_cut_touches_only_sectors_in_flight_and_leaves_a_length_the_file_had(
        before in steps(),
        after in prop::collection::vec((0..100usize, prop::collection::vec(any::<u8>(), 1..40)), 0..6),
        seed: u64,
    ) {
        let mut file = File::default();
        run(&mut file, &before);
        file.sync();
        let old = file.durable_bytes().to_vec();
        let mut lengths = BTreeSet::from([old.len()]);
        let mut in_flight = BTreeSet::new();
        for (offset, bytes) in &after {
            file.write(*offset, bytes);
            lengths.insert(file.bytes().len());
            in_flight.extend(offset / SECTOR..=(offset + bytes.len() - 1) / SECTOR);
        }
        cut(&mut file, seed);
        prop_assert!(lengths.contains(&file.bytes().len()));
        for (at, byte) in file.bytes().iter().enumerate() {
            if !in_flight.contains(&(at / SECTOR)) {
                prop_assert_eq!(*byte, old.get(at).copied().unwrap_or(0));
            }
        }
    }

    #[test]
    fn the_same_seed_leaves_the_same_bytes(steps in steps(), seed: u64) {
        let mut files = [File::default(), File::default()];
        for file in &mut files {
            run(file, &steps);
            cut(file, seed);
        }
        prop_assert_eq!(files[0].bytes(), files[1].bytes());
    }
}
