use std::{fs, os::unix::fs::PermissionsExt};

use envelope::{KioskId, KioskPublic, Suite};

use crate::bench::run;

#[test]
fn keys_of_either_suite_are_made_once_and_shown_for_the_county() {
    let dir = tempfile::tempdir().unwrap();
    for (suite, folder, digits) in [(Suite::X25519, "x25519", 70), (Suite::Sm2, "sm2", 72)] {
        let keys = || {
            run(
                dir.path(),
                &["keys", "--dir", folder, "--number", "17", "--suite", folder],
            )
        };
        let said = keys();
        let public = fs::read_to_string(dir.path().join(folder).join("kiosk-public")).unwrap();
        let public = public.trim_end();
        said.says(&[&format!(
            "keys are in {folder}; give kiosk-public to the county: {public}"
        )]);
        assert_eq!(public.len(), digits);
        let key = KioskPublic::from_bytes(&hex::decode(public).unwrap()).unwrap();
        assert_eq!((key.id(), key.suite()), (KioskId(17), suite));
        let secret = dir.path().join(folder).join("kiosk-secret");
        let mode = fs::metadata(&secret).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let before = fs::read(&secret).unwrap();
        keys().fails_with(&format!(
            "{folder}/kiosk-secret is there already and stays; name another folder"
        ));
        assert_eq!(fs::read(&secret).unwrap(), before);
    }
}

#[test]
fn a_number_that_no_slip_can_bear_gets_no_keys() {
    let dir = tempfile::tempdir().unwrap();
    for number in ["0", "1000"] {
        let said = run(dir.path(), &["keys", "--dir", "keys", "--number", number]);
        assert_eq!(said.code, Some(2));
        assert!(
            said.err.contains(&format!("{number} is not in 1..=999")),
            "{}",
            said.err
        );
    }
    assert!(!dir.path().join("keys").exists());
}
