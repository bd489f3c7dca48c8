//! A stick that is pulled too early.

use std::fs;

use county::courier::List;
use stick::StickError;

use crate::bench::{Bench, COMPLETE, Stick, names_in};

#[test]
fn an_export_cut_off_half_way_goes_on_and_rewrites_nothing_that_is_whole() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    bench.apply(&mut kiosk, &[2000, 20_000]);
    let owed = kiosk.owed();
    let [record, ink, picture] = &owed[..] else {
        panic!("three objects")
    };
    let half = picture.bytes.len() / 2;
    let damaged = [&picture.bytes[..half - 1], &[!picture.bytes[half - 1]]].concat();
    let too_long = [&picture.bytes[..], b"and more"].concat();
    for left in [
        &picture.bytes[..half],
        &damaged,
        b"something else",
        b"",
        &too_long,
    ] {
        bench.export(&kiosk, &stick);
        let files = [record, ink].map(|object| stick.file_number(&kiosk, object));
        fs::remove_file(stick.object(&kiosk, picture)).unwrap();
        fs::remove_file(stick.bundle_of(&kiosk).join("manifest")).unwrap();
        fs::write(stick.half_object(&kiosk, picture), left).unwrap();
        let number = fs::metadata(stick.half_object(&kiosk, picture)).unwrap();

        let visit = bench.export(&kiosk, &stick);
        assert_eq!((visit.written, visit.kept), (1, 2));
        assert!(stick.holds(&kiosk, &owed));
        assert_eq!(
            files,
            [record, ink].map(|object| stick.file_number(&kiosk, object))
        );
        // The half file has become the whole one.
        use std::os::unix::fs::MetadataExt;
        assert_eq!(stick.file_number(&kiosk, picture), number.ino());
    }
    assert_eq!(bench.import_one(&stick).list, COMPLETE);
}

#[test]
fn objects_without_a_list_are_taken_in_all_the_same() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    bench.apply(&mut kiosk, &[2000, 20_000]);
    bench.export(&kiosk, &stick);
    let manifest = stick.bundle_of(&kiosk).join("manifest");
    let whole = fs::read(&manifest).unwrap();
    fs::remove_file(&manifest).unwrap();
    fs::write(stick.bundle_of(&kiosk).join("manifest.part"), &whole[..50]).unwrap();
    let picture = &kiosk.owed()[2];
    fs::rename(
        stick.object(&kiosk, picture),
        stick.half_object(&kiosk, picture),
    )
    .unwrap();

    let imported = bench.import_one(&stick);
    assert_eq!((imported.new, imported.damaged), (2, 0));
    assert_eq!(imported.list, List::Absent);

    let visit = bench.export(&kiosk, &stick);
    assert_eq!((visit.written, visit.removed), (1, 2));
    let names = names_in(&stick.bundle_of(&kiosk));
    assert_eq!(
        names.into_iter().collect::<Vec<_>>(),
        ["manifest", "objects"]
    );
    let imported = bench.import_one(&stick);
    assert_eq!((imported.new, imported.list), (1, COMPLETE));
}

#[test]
fn a_list_from_before_an_interrupted_visit_misses_nothing_that_the_county_has() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    bench.apply(&mut kiosk, &[2000]);
    bench.export(&kiosk, &stick);
    bench.import(&stick);
    let manifest = stick.bundle_of(&kiosk).join("manifest");
    let before = fs::read(&manifest).unwrap();
    bench.export(&kiosk, &stick);
    fs::write(&manifest, before).unwrap();
    assert_eq!(bench.import_one(&stick).list, COMPLETE);
}

#[test]
fn a_stick_that_is_not_there_is_asked_for() {
    let bench = Bench::new();
    let kiosk = bench.kiosk(3);
    let stick = Stick::new();
    let nowhere = stick.path().join("pulled");
    let words = format!(
        "{} is no folder: put the stick in and name the folder where it is mounted",
        nowhere.display()
    );
    let exported = bench.try_export(&kiosk, &nowhere, 0).unwrap_err();
    assert_eq!(exported.to_string(), words);
    let imported = bench.county.import_bundles(&nowhere).unwrap_err();
    assert_eq!(imported.to_string(), words);
}

#[test]
fn a_stick_that_fails_while_it_is_written_says_where_and_the_next_visit_goes_on() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    bench.apply(&mut kiosk, &[]);
    // A file in the place of the folder is what no visit gets past.
    let objects = stick.objects_of(&kiosk);
    fs::create_dir_all(stick.bundle_of(&kiosk)).unwrap();
    fs::write(&objects, b"").unwrap();
    let error = bench.try_export(&kiosk, stick.path(), 1000).unwrap_err();
    let words = format!(
        "stick failed at {}: put it in again and repeat, nothing is lost",
        objects.display()
    );
    assert_eq!(error.to_string(), words);
    fs::remove_file(&objects).unwrap();
    assert_eq!(bench.export(&kiosk, &stick).written, 1);
}

#[test]
fn a_stick_that_cannot_be_written_has_delivered_the_objects_of_all_kiosks_by_then() {
    let mut bench = Bench::new();
    let mut kiosks = [3, 4].map(|number| bench.kiosk(number));
    let stick = Stick::new();
    for kiosk in &mut kiosks {
        bench.apply(kiosk, &[]);
        bench.export(kiosk, &stick);
    }
    let answers = stick.answers_to(&kiosks[0]);
    fs::write(&answers, b"").unwrap();
    let error = bench.county.import_bundles(stick.path()).unwrap_err();
    let county::courier::CourierError::Stick(StickError::Failed { path, .. }) = error else {
        panic!("{error}")
    };
    assert_eq!(path, answers);
    assert_eq!(bench.case_count(), 2);

    fs::remove_file(&answers).unwrap();
    bench.import(&stick);
    for kiosk in &kiosks {
        bench.export(kiosk, &stick);
        assert!(kiosk.owes_nothing());
    }
}
