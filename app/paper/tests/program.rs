//! The program, as it is run from a shell.

use std::process::Command;

#[test]
fn pictures_of_the_stages_go_into_a_folder_that_is_made_for_them() {
    let dir = tempfile::tempdir().unwrap();
    let stages = dir.path().join("new/stages");
    let photo = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/photos/signed_application.jpg"
    );
    let run = Command::new(env!("CARGO_BIN_EXE_paper"))
        .args(["read", photo, "--debug"])
        .arg(&stages)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    for stage in ["located", "flat", "ink", "fields"] {
        let picture = stages.join(format!("signed_application.{stage}.png"));
        assert!(picture.is_file(), "{}", picture.display());
    }
}
