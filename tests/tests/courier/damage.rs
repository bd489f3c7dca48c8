//! A stick that is damaged, or that somebody laid something on.

use std::fs;
use std::os::unix::fs::symlink;

use county::courier::List;
use county::intake::ObjectRefused;
use envelope::{ManifestError, OpenError, RefusalReason};

use crate::bench::{Bench, COMPLETE, Kiosk, Stick};

#[test]
fn a_damaged_object_is_not_answered_and_comes_whole_the_next_time() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    bench.apply(&mut kiosk, &[2000]);
    let owed = kiosk.owed();
    bench.export(&kiosk, &stick);
    let path = stick.object(&kiosk, &owed[1]);
    let mut bytes = owed[1].bytes.clone();
    bytes[100] ^= 0x40;
    fs::write(&path, bytes).unwrap();

    let imported = bench.import_one(&stick);
    assert_eq!((imported.new, imported.damaged), (1, 1));
    assert_eq!(
        (imported.refused.as_slice(), imported.list),
        (&[][..], COMPLETE)
    );
    let visit = bench.export(&kiosk, &stick);
    assert_eq!((visit.written, visit.kept, visit.removed), (1, 0, 1));
    assert_eq!(bench.import_one(&stick).new, 1);
    bench.export(&kiosk, &stick);
    assert!(kiosk.owes_nothing());
}

#[test]
fn an_object_that_the_list_names_and_nobody_has_is_missed() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    bench.apply(&mut kiosk, &[2000, 9000]);
    let owed = kiosk.owed();
    bench.export(&kiosk, &stick);
    fs::remove_file(stick.object(&kiosk, &owed[0])).unwrap();
    let imported = bench.import_one(&stick);
    let list = List::Believed {
        missing: 1,
        left_out: 0,
    };
    assert_eq!((imported.new, imported.list), (2, list));
}

#[test]
fn a_list_that_cannot_be_believed_is_told_and_the_objects_are_taken_in() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let other = bench.kiosk(4);
    let stick = Stick::new();
    bench.apply(&mut kiosk, &[]);
    bench.export(&kiosk, &stick);
    bench.export(&other, &stick);
    let manifest = stick.bundle_of(&kiosk).join("manifest");
    let others = fs::read(stick.bundle_of(&other).join("manifest")).unwrap();
    let mut flipped = fs::read(&manifest).unwrap();
    flipped[20] ^= 1;

    let unknown = ManifestError::UnknownKey {
        kiosk: other.id(),
        key: other.identity.signer.key_id(),
    };
    for (bytes, reason) in [
        (flipped, ManifestError::Signature),
        (others, unknown),
        (Vec::new(), ManifestError::Length { have: 0 }),
        (
            vec![1; envelope::MANIFEST_LEN_MAX + 100],
            ManifestError::Length {
                have: envelope::MANIFEST_LEN_MAX + 1,
            },
        ),
    ] {
        fs::write(&manifest, bytes).unwrap();
        let [imported, others] = <[_; 2]>::try_from(bench.import(&stick)).unwrap();
        assert_eq!(imported.new + imported.known, 1);
        assert_eq!(imported.list, List::Doubtful(reason));
        assert_eq!(others.list, COMPLETE);
    }
}

#[test]
fn what_is_not_ours_is_passed_over_and_left_where_it_is() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    bench.apply(&mut kiosk, &[]);
    bench.export(&kiosk, &stick);
    bench.import(&stick);
    let mut foreign = Vec::new();
    for folder in [
        stick.path().to_owned(),
        stick.path().join("mingbai"),
        stick.bundle_of(&kiosk),
        stick.objects_of(&kiosk),
        stick.answers_to(&kiosk),
    ] {
        foreign.push(folder.join("Thumbs.db"));
        fs::write(folder.join("Thumbs.db"), b"a picture").unwrap();
        foreign.push(folder.join("0123.part"));
        fs::write(folder.join("0123.part"), b"half").unwrap();
    }
    // Names of ours on what is none: a folder, a link, a file for a kiosk's folder.
    let name = "ab".repeat(32);
    fs::create_dir(stick.objects_of(&kiosk).join(&name)).unwrap();
    symlink("/dev/zero", stick.objects_of(&kiosk).join("cd".repeat(32))).unwrap();
    fs::create_dir(stick.answers_to(&kiosk).join("00000x")).unwrap();
    fs::write(stick.path().join("mingbai/kiosk-005"), b"").unwrap();
    fs::create_dir(stick.path().join("mingbai/kiosk-six")).unwrap();

    let visit = bench.export(&kiosk, &stick);
    assert_eq!((visit.answers_strange, visit.removed), (0, 1));
    assert!(kiosk.owes_nothing());
    let imported = bench.import_one(&stick);
    assert_eq!((imported.new, imported.damaged), (0, 0));
    assert_eq!(imported.list, COMPLETE);
    assert!(foreign.iter().all(|file| file.exists()));
}

#[test]
fn answers_that_are_not_the_county_s_word_to_this_kiosk_change_nothing_and_go() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let mut other = bench.kiosk(4);
    let stick = Stick::new();
    bench.apply(&mut kiosk, &[]);
    bench.apply(&mut other, &[]);
    bench.export(&kiosk, &stick);
    bench.export(&other, &stick);
    bench.import(&stick);
    let answers = stick.answers_to(&kiosk);
    let mut forged = fs::read(answers.join("00000")).unwrap();
    forged[30] ^= 1;
    fs::write(answers.join("00000"), forged).unwrap();
    let others = stick.answers_to(&other).join("00000");
    fs::copy(others, answers.join("00001")).unwrap();
    fs::write(answers.join("00002"), vec![1; 1 << 20]).unwrap();

    let visit = bench.export(&kiosk, &stick);
    assert_eq!((visit.answers_taken, visit.answers_strange), (0, 3));
    assert_eq!(kiosk.owed().len(), 1);
    // The county says it again, and for good.
    bench.import(&stick);
    assert_eq!(bench.export(&kiosk, &stick).answers_strange, 0);
    assert!(kiosk.owes_nothing());
}

#[test]
fn objects_of_a_revoked_kiosk_are_refused_and_the_kiosk_shows_why() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    bench.apply(&mut kiosk, &[]);
    let record = kiosk.owed().remove(0);
    let (id, key) = (kiosk.id(), kiosk.identity.signer.key_id());
    bench.export(&kiosk, &stick);
    bench.county.revoke(id, key).unwrap();

    let imported = bench.import_one(&stick);
    let revoked = ObjectRefused::Envelope(OpenError::RevokedKey { kiosk: id, key });
    assert_eq!(
        (imported.new, imported.refused),
        (0, vec![(record.hash, revoked)])
    );
    let doubtful = ManifestError::UnknownKey { kiosk: id, key };
    assert_eq!(imported.list, List::Doubtful(doubtful));
    let visit = bench.export(&kiosk, &stick);
    assert_eq!((visit.answers_taken, visit.kept), (2, 1));
    let reason = RefusalReason::RevokedKey as u8;
    assert_eq!(kiosk.refused(), [(record.hash, reason)]);
}

#[test]
fn objects_of_a_kiosk_that_was_not_taken_in_are_kept_and_count_once_it_is() {
    let mut bench = Bench::new();
    let mut kiosk = Kiosk::new(3);
    let stick = Stick::new();
    let slip = bench.apply(&mut kiosk, &[2000]);
    bench.export(&kiosk, &stick);
    assert_eq!(bench.import_one(&stick).refused.len(), 2);
    bench.export(&kiosk, &stick);
    let reason = RefusalReason::UnknownKiosk as u8;
    assert!(kiosk.refused().iter().all(|(_, why)| *why == reason));
    assert_eq!(kiosk.refused().len(), 2);

    bench.county.enrol(&kiosk.identity.signer.public()).unwrap();
    let imported = bench.import_one(&stick);
    assert_eq!((imported.new, imported.refused.len()), (2, 0));
    bench.case(slip);
    bench.export(&kiosk, &stick);
    assert!(kiosk.owes_nothing());
    assert_eq!(kiosk.refused(), []);
}

#[test]
fn an_object_in_another_kiosk_s_folder_is_held_and_its_kiosk_hears_of_it() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let mut other = bench.kiosk(4);
    let stick = Stick::new();
    let slip = bench.apply(&mut kiosk, &[]);
    bench.apply(&mut other, &[]);
    bench.export(&kiosk, &stick);
    bench.export(&other, &stick);
    let record = kiosk.owed().remove(0);
    let misplaced = stick.object(&other, &record);
    fs::rename(stick.object(&kiosk, &record), misplaced).unwrap();

    bench.import(&stick);
    bench.case(slip);
    for kiosk in [&other, &kiosk] {
        assert_eq!(bench.export(kiosk, &stick).answers_strange, 0);
    }
    assert!(other.owes_nothing());
    // It lies in its own folder again and is known there.
    assert_eq!(bench.import(&stick)[0].known, 1);
    bench.export(&kiosk, &stick);
    assert!(kiosk.owes_nothing());
}
