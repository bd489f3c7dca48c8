use link::BLOCK_LEN;
use tempfile::TempDir;

use super::*;

struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        Self { folder }
    }

    /// The shelf as the program finds it when it starts.
    fn shelf(&self) -> Shelf {
        Shelf::open(&self.state(), &self.out()).expect("a shelf")
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn names_in(&self, folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("UTF-8")
            })
            .collect();
        names.sort_unstable();
        names
    }
}

/// An object of 20 blocks and a bit.
fn page() -> (ObjectId, Vec<u8>) {
    let mut bytes = object::file_header("page").expect("a good name");
    bytes.extend((0..20 * BLOCK_LEN).map(|index| (index % 251) as u8));
    (object::identify(&bytes), bytes)
}

fn len(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("short")
}

fn write(shelf: &mut Shelf, id: ObjectId, bytes: &[u8], blocks: std::ops::Range<u32>) {
    for index in blocks {
        let block = &bytes[block_range(len(bytes), index)];
        shelf.write(id, index, block).expect("written");
    }
}

fn held_blocks(shelf: &mut Shelf, id: ObjectId, len: u32) -> Vec<u32> {
    let Found::Part(map) = shelf.find(id, len).expect("found") else {
        panic!("it is held");
    };
    (0..map.blocks())
        .filter(|&index| map.contains(index))
        .collect()
}

#[test]
fn what_was_saved_is_there_after_a_kill_and_the_rest_comes_again() {
    let bench = Bench::new();
    let (id, bytes) = page();
    let mut shelf = bench.shelf();
    assert_eq!(held_blocks(&mut shelf, id, len(&bytes)), []);
    write(&mut shelf, id, &bytes, 0..10);
    shelf.save_grown().expect("saved");
    write(&mut shelf, id, &bytes, 15..17);
    shelf.save_grown().expect("too few to save");
    // Nothing is saved when a shelf is dropped, as when the program is killed.
    drop(shelf);

    let mut shelf = bench.shelf();
    assert_eq!(
        held_blocks(&mut shelf, id, len(&bytes)),
        (0..10).collect::<Vec<_>>()
    );
    write(&mut shelf, id, &bytes, 10..21);
    shelf.save_all().expect("saved");
    drop(shelf);

    let mut shelf = bench.shelf();
    assert_eq!(held_blocks(&mut shelf, id, len(&bytes)).len(), 21);
    let kept = Outcome::Kept {
        name: "page".to_owned(),
        len: 20 * BLOCK_LEN as u64,
    };
    assert_eq!(shelf.finish(id).expect("finished"), kept);
    assert_eq!(
        fs::read(bench.out().join("page")).expect("the page"),
        bytes[5..]
    );
    assert_eq!(bench.names_in(&bench.out()), ["page"]);
    assert_eq!(bench.names_in(&bench.state()), ["held"]);
}

#[test]
fn what_is_held_is_known_after_a_restart() {
    let bench = Bench::new();
    let (id, bytes) = page();
    bench.shelf().keep(&[(id, &bytes)]).expect("kept");
    let mut shelf = bench.shelf();
    assert!(matches!(shelf.find(id, len(&bytes)), Ok(Found::Held)));
    assert_eq!(shelf.keep(&[(id, &bytes)]).expect("kept"), [Outcome::Held]);
}

#[test]
fn bytes_that_are_not_those_of_the_id_are_told_and_their_part_is_forgotten() {
    let bench = Bench::new();
    let (id, mut bytes) = page();
    let mut shelf = bench.shelf();
    shelf.find(id, len(&bytes)).expect("found");
    bytes[300] ^= 1;
    write(&mut shelf, id, &bytes, 0..21);
    shelf.save_all().expect("saved");
    assert_eq!(shelf.finish(id).expect("finished"), Outcome::Damaged);
    assert_eq!(bench.names_in(&bench.out()), [""; 0]);
    assert_eq!(held_blocks(&mut shelf, id, len(&bytes)), []);
}

#[test]
fn a_name_that_leads_elsewhere_makes_no_file() {
    let bench = Bench::new();
    let mut shelf = bench.shelf();
    for name in ["../outside", "/outside", ".hidden"] {
        let mut bytes = vec![name.len() as u8];
        bytes.extend(name.as_bytes());
        let id = object::identify(&bytes);
        let outcomes = shelf.keep(&[(id, &bytes)]).expect("looked at");
        assert!(matches!(
            outcomes[..],
            [Outcome::Refused(ObjectError::Name(_))]
        ));
    }
    assert_eq!(bench.names_in(&bench.out()), [""; 0]);
    assert_eq!(bench.names_in(bench.folder.path()), ["out", "state"]);
}

#[test]
fn a_file_of_the_same_name_gives_way() {
    let bench = Bench::new();
    let mut shelf = bench.shelf();
    for content in ["old", "new"] {
        let bytes = [&b"\x01a"[..], content.as_bytes()].concat();
        shelf
            .keep(&[(object::identify(&bytes), &bytes)])
            .expect("kept");
    }
    assert_eq!(fs::read(bench.out().join("a")).expect("the file"), b"new");
}

#[test]
fn a_map_of_another_length_and_a_damaged_one_count_as_none() {
    let bench = Bench::new();
    let (id, bytes) = page();
    let map = bench.state().join(hex::encode(id.0)).with_extension("map");
    let len = len(&bytes);
    drop(bench.shelf());
    for saved in [
        &b""[..],
        b"\0\0",
        b"\0\0\x12\xc5",
        b"\0\0\x12\xc6\xff\xff\xff",
        b"\0\0\x12\xc5\xff\xff\xff",
    ] {
        fs::write(&map, saved).expect("written");
        assert_eq!(held_blocks(&mut bench.shelf(), id, len), [], "{saved:?}");
    }
    assert_eq!(len, 0x12c5);
    fs::write(&map, b"\0\0\x12\xc5\x05\0\0").expect("written");
    assert_eq!(held_blocks(&mut bench.shelf(), id, len), [0, 2]);
}

#[test]
fn no_more_than_so_many_parts_are_kept() {
    let bench = Bench::new();
    let mut shelf = bench.shelf();
    for number in 0..=PARTS_MAX {
        let mut id = [0; 32];
        id[0] = number as u8;
        shelf.find(ObjectId(id), 5000).expect("found");
    }
    let parts = bench.names_in(&bench.state());
    let parts = parts.iter().filter(|name| name.ends_with(".part")).count();
    assert_eq!(parts, PARTS_MAX);
}

#[test]
fn an_id_that_was_half_written_is_overwritten() {
    let bench = Bench::new();
    let (first, second) = (ObjectId([1; 32]), ObjectId([2; 32]));
    let path = bench.folder.path().join("held");
    fs::write(&path, [&[1; 32][..], &[9; 7]].concat()).expect("written");
    let mut held = Held::open(&path).expect("opened");
    held.add(&[second]).expect("added");
    let held = Held::open(&path).expect("opened");
    assert!(held.contains(first) && held.contains(second));
    assert_eq!(fs::metadata(&path).expect("there").len(), 64);
}

#[test]
fn of_too_many_ids_the_newer_half_is_remembered() {
    let bench = Bench::new();
    let path = bench.folder.path().join("held");
    let id = |number: usize| {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_be_bytes());
        ObjectId(id)
    };
    let ids: Vec<_> = (0..=HELD_MAX).map(id).collect();
    Held::open(&path).expect("opened").add(&ids).expect("added");
    let held = Held::open(&path).expect("opened");
    assert!(!held.contains(id(HELD_MAX / 2)) && held.contains(id(HELD_MAX / 2 + 1)));
    assert!(held.contains(id(HELD_MAX)));
    let len = fs::metadata(&path).expect("there").len();
    assert_eq!(len, HELD_MAX as u64 / 2 * 32);
}
