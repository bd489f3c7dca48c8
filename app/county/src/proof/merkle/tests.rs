use std::collections::BTreeMap;
use std::convert::Infallible;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

use super::*;

/// A log with all its places, and the same log kept by another implementation.
struct Log {
    frontier: Frontier,
    kept: BTreeMap<Place, Hash>,
    peer: MemoryBackedTree<Sha256, Vec<u8>>,
}

impl Log {
    fn of(size: u64) -> Self {
        let mut log = Self {
            frontier: Frontier::default(),
            kept: BTreeMap::new(),
            peer: MemoryBackedTree::new(),
        };
        for number in 0..size {
            let entry = number.to_be_bytes().to_vec();
            log.frontier.push(leaf(&entry), |place, hash| {
                log.kept.insert(place, hash);
            });
            log.peer.push(entry);
        }
        log
    }

    fn kept(&self) -> impl FnMut(Place) -> Result<Hash, Infallible> {
        |place| Ok(self.kept[&place])
    }
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    // The eight entries and roots that implementations of RFC 6962 share.
    let entries: [&[u8]; 8] = [
        b"",
        &[0x00],
        &[0x10],
        &[0x20, 0x21],
        &[0x30, 0x31],
        &[0x40, 0x41, 0x42, 0x43],
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        &[
            0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d,
            0x6e, 0x6f,
        ],
    ];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut frontier = Frontier::default();
    let mut seen = vec![hex::encode(frontier.root())];
    for entry in entries {
        frontier.push(leaf(entry), |_, _| {});
        seen.push(hex::encode(frontier.root()));
    }
    assert_eq!(seen, roots);
}

#[test]
fn an_edge_is_taken_up_again_from_kept_places() {
    for size in 0..70 {
        let log = Log::of(size);
        assert_eq!(Frontier::of(size, log.kept()), Ok(log.frontier.clone()));
    }
}

#[test]
fn every_inclusion_of_small_trees_is_proven_as_elsewhere() {
    for size in 1..40 {
        let log = Log::of(size);
        let root = log.frontier.root();
        assert_eq!(root, <Hash>::from(*log.peer.root().as_bytes()));
        for index in 0..size {
            let path = inclusion_path(index, size, log.kept()).unwrap();
            let theirs = log.peer.prove_inclusion(usize::try_from(index).unwrap());
            assert_eq!(path.concat(), theirs.as_bytes());
            let proven = root_by_inclusion(leaf(&index.to_be_bytes()), index, size, &path);
            assert_eq!(proven, Some(root));
        }
    }
}

#[test]
fn every_consistency_of_small_trees_is_proven_as_elsewhere() {
    for newer in 1..40 {
        let log = Log::of(newer);
        for older in 0..=newer {
            let old = Log::of(older);
            let path = consistency_path(older, newer, log.kept()).unwrap();
            let roots = ((older, old.frontier.root()), (newer, log.frontier.root()));
            assert!(is_consistent(roots.0, roots.1, &path), "{older} in {newer}");
            if 0 < older && older < newer {
                let theirs = log
                    .peer
                    .prove_consistency(usize::try_from(newer - older).unwrap());
                assert_eq!(path.concat(), theirs.as_bytes());
            }
        }
    }
}

proptest! {
    #[test]
    fn a_proof_holds_for_nothing_else(
        size in 1_u64..300,
        at in any::<prop::sample::Index>(),
        flip in 0_usize..256,
        which in any::<prop::sample::Index>(),
    ) {
        let log = Log::of(size);
        let index = at.index(usize::try_from(size).unwrap()) as u64;
        let path = inclusion_path(index, size, log.kept()).unwrap();
        let root = Some(log.frontier.root());
        let own = leaf(&index.to_be_bytes());
        prop_assert_eq!(root_by_inclusion(own, index, size, &path), root);

        let mut other = own;
        other[flip / 8] ^= 1 << (flip % 8);
        prop_assert_ne!(root_by_inclusion(other, index, size, &path), root);
        prop_assert_ne!(root_by_inclusion(own, index, size, &[path.clone(), vec![own]].concat()), root);
        if let Some(place) = (!path.is_empty()).then(|| which.index(path.len())) {
            let mut damaged = path.clone();
            damaged[place][flip / 8] ^= 1 << (flip % 8);
            prop_assert_ne!(root_by_inclusion(own, index, size, &damaged), root);
            prop_assert_ne!(root_by_inclusion(own, index, size, &path[1..]), root);
        }
    }

    #[test]
    fn a_log_with_one_leaf_changed_is_not_consistent(
        older in 1_u64..150,
        more in 1_u64..150,
        at in any::<prop::sample::Index>(),
    ) {
        let log = Log::of(older + more);
        let changed = at.index(usize::try_from(older).unwrap()) as u64;
        let mut rewritten = Frontier::default();
        for number in 0..older {
            let number = if number == changed { u64::MAX } else { number };
            rewritten.push(leaf(&number.to_be_bytes()), |_, _| {});
        }
        let path = consistency_path(older, older + more, log.kept()).unwrap();
        let newer = (older + more, log.frontier.root());
        prop_assert!(!is_consistent((older, rewritten.root()), newer, &path));
    }

    #[test]
    fn any_path_is_judged_without_a_panic(
        sizes in (any::<u64>(), any::<u64>(), any::<u64>()),
        path in prop::collection::vec(any::<Hash>(), 0..70),
    ) {
        let (index, older, newer) = sizes;
        let _ = root_by_inclusion([0; 32], index, newer, &path);
        prop_assert!(older == newer || older == 0 || !is_consistent((older, [0; 32]), (newer, [1; 32]), &path));
    }
}
