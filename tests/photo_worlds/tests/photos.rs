//! Simulated photos: how well they are read, and what must hold for every one of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use paper::Form;
use photo_worlds::performance::{forms, on_all_processors, pages, photo_of, report};
use photo_worlds::promises::{blank_stays_blank, stranger_stays_stranger};
use photo_worlds::strangers::Stranger;
use photo_worlds::tally::Tally;
use photo_worlds::{Put, World, album};

/// Photos of each severity and effect in the report; the program `photo-worlds` takes as many as it is asked to.
const SEEDS: u64 = 5;

/// Severities whose blank pages are asked for answers. On photos that are hardly to be read, severity 5, a box in a few hundred is
/// read as marked: noise in the dark.
const READABLE: usize = World::SEVERITIES - 1;

/// Blank pages of each of them.
const BLANKS: usize = 4;

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| forms().expect("the forms of the project"));

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Compares `text` with the file at `path`, which `UPDATE_GOLDEN=1` in the environment rewrites.
fn assert_golden(path: &Path, text: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, text).expect("the golden file can be written");
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    let path = path.display();
    assert_eq!(
        text, expected,
        "UPDATE_GOLDEN=1 rewrites {path}; the difference is the review"
    );
}

#[test]
fn the_performance_report_is_that_of_the_golden_file() {
    assert_golden(&folder().join("performance.md"), &report(&FORMS, 0..SEEDS));
}

#[test]
fn the_same_seed_gives_the_same_photo() {
    let photo = |seed| photo_of(&FORMS, World::severity(3), seed, false).1;
    let (once, again, other) = (photo(3), photo(3), photo(4));
    assert!(once.jpeg == again.jpeg && once.fields == again.fields);
    assert!(once.jpeg != other.jpeg);
}

#[test]
fn a_mark_that_the_truth_does_not_know_is_counted_as_wrong() {
    let (order, mut photo) = photo_of(&FORMS, World::severity(0), 4, false);
    assert_eq!(Tally::of(&photo, order, &FORMS).boxes.wrong, 0);
    let tick = photo
        .fields
        .iter_mut()
        .find(|field| field.held.put == Put::Tick);
    tick.expect("a page with a tick").held.put = Put::Nothing;
    let tally = Tally::of(&photo, order, &FORMS);
    assert_eq!((tally.boxes.wrong, tally.pages_right), (1, 0));
}

#[test]
fn blank_pages_have_no_answers() {
    let broken = on_all_processors(READABLE * BLANKS, |i| {
        let (severity, seed) = (i / BLANKS, (i % BLANKS) as u64);
        blank_stays_blank(&FORMS, World::severity(severity), seed)
    });
    assert_eq!(broken.concat(), [""; 0]);
}

#[test]
fn strangers_are_named_on_good_photos_and_never_read() {
    let broken = on_all_processors(World::SEVERITIES * Stranger::ALL.len(), |i| {
        let (severity, stranger) = (i % World::SEVERITIES, Stranger::ALL[i / World::SEVERITIES]);
        stranger_stays_stranger(&FORMS, stranger, severity, i as u64)
    });
    let broken: Vec<String> = broken.into_iter().flatten().collect();
    assert_eq!(broken, [""; 0]);
}

#[test]
fn small_squares_in_a_strangers_print_are_not_taken_for_the_corners_of_a_far_page() {
    let broken = on_all_processors(4, |i| {
        let stranger = [Stranger::Text, Stranger::ForeignCode][i / 2];
        stranger_stays_stranger(&FORMS, stranger, 0, [501, 510][i % 2])
    });
    let broken: Vec<String> = broken.into_iter().flatten().collect();
    assert_eq!(broken, [""; 0]);
}

#[test]
fn the_album_has_every_page_of_every_form_and_reads_as_its_golden_file_says() {
    let album = folder().join("album");
    let entries = album::entries(&album).expect("the truth of the album");
    let there: BTreeSet<_> = entries
        .iter()
        .map(|entry| (entry.form.as_str(), entry.page))
        .collect();
    let wanted: BTreeSet<_> = pages(&FORMS)
        .iter()
        .map(|(form, page)| (form.key(), *page))
        .collect();
    assert_eq!(
        there,
        wanted,
        "photo-worlds album --out {} writes it",
        album.display()
    );
    let report = album::report(&FORMS, &album).expect("all photos of the album");
    assert!(!report.contains("taken for"), "{report}");
    assert_golden(&album.join("reading.md"), &report);
}
