//! The program itself: keys, settings, a served page.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use envelope::{KioskId, KioskPublic, KioskSigner, Suite};

use crate::bench::signer;

const PROGRAM: &str = env!("CARGO_BIN_EXE_county");

#[test]
fn the_program_makes_keys_once_and_serves_with_them() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let keys = |folder: &str, suite: &str| {
        let run = Command::new(PROGRAM)
            .args(["keys", "--dir", folder, "--suite", suite])
            .current_dir(&dir)
            .output();
        run.expect("the program").status.success()
    };
    assert!(keys("old", "x25519"));
    assert!(keys("keys", "sm2"));
    assert!(!keys("keys", "sm2"));

    let hex = |key: KioskPublic| -> String {
        let bytes = key.to_bytes();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let kiosk = hex(KioskSigner::from_seed_in(Suite::Sm2, KioskId(3), [3; 32]).public());
    let lost = hex(signer(3).public());
    let settings = format!(
        r#"
        listen = "127.0.0.1:0"
        secret-file = "keys/county-secret"
        former-secret-files = ["old/county-secret"]
        staff-key-file = "keys/staff-key"
        [county]
        county-code = 140428
        data-dir = "data"
        public-url = "http://127.0.0.1:8080"
        [[kiosk]]
        public-key = "{kiosk}"
        [[kiosk]]
        public-key = "{lost}"
        revoked = true
        "#
    );
    fs::write(dir.path().join("county.toml"), settings).expect("a settings file");
    let mut served = Command::new(PROGRAM)
        .args(["serve", "--config", "county.toml"])
        .current_dir(&dir)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut said = String::new();
    BufReader::new(served.stdout.take().expect("its output"))
        .read_line(&mut said)
        .expect("a line");
    let address = said
        .trim()
        .strip_prefix("county: pages at ")
        .expect("an address");
    let page = reqwest::blocking::get(format!("{address}/staff/sign-in")).expect("an answer");
    let text = page.text().expect("a page");
    served.kill().expect("a running program");
    served.wait().expect("its end");
    assert!(text.contains("工作人员登录"));
    assert!(dir.path().join("data/county.db").exists());
}
