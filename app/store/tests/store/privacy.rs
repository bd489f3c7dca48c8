use envelope::Kind;
use store::Store;

use crate::bench::Bench;

const NAME: &str = "王㛃花";
const ID_NUMBER: &str = "140428188001010013";
const PHONE: &str = "13900000000";

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn no_byte_of_the_folder_shows_what_the_person_typed() {
    let mut bench = Bench::new();
    // Much of it, so that some would remain in free pages if it were ever written.
    let typed = format!("{NAME} {ID_NUMBER} {PHONE} ").repeat(400);
    let mut submission = bench.submission(1, 100);
    submission.objects = vec![
        (1, bench.seal(Kind::Record, typed.as_bytes())),
        (2, bench.seal(Kind::Ink, typed.as_bytes())),
    ];
    bench.submit(&submission).unwrap();

    let in_use = bench.every_byte();
    // The scan sees what is stored: the slip number is there.
    assert!(holds(&in_use, &submission.slip_number));
    bench.restart();
    let restarted = bench.every_byte();
    assert!(holds(&restarted, &submission.slip_number));
    for text in [NAME, ID_NUMBER, PHONE] {
        assert!(!holds(&in_use, text));
        assert!(!holds(&restarted, text));
    }
}

#[test]
fn the_files_are_readable_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mut bench = Bench::new();
    let submission = bench.submission(1, 100);
    bench.submit(&submission).unwrap();
    let folder = bench.path.parent().unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
        seen += 1;
    }
    // The file, its log, the log's index and the room that is held.
    assert_eq!(seen, 4);
}

#[test]
fn a_store_in_a_folder_that_is_not_there_says_so() {
    let bench = Bench::new();
    let path = bench.path.with_file_name("nowhere").join("kiosk.db");
    let refused = Store::open(&path).err().unwrap();
    assert!(matches!(refused, store::OpenError::Unreachable { .. }));
}
