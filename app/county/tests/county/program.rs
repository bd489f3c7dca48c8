//! The program itself: keys, settings, a served page, a courier's stick, a backup.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

use envelope::{
    BundleContents, BundleObject, CountyMessage, CountyPublic, Kind, KioskId, KioskPublic,
    KioskSigner, MANIFEST_FILE, ObjectHash, Sealed, Suite, seal,
};
use link::Priority;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stick::Stick;
use tempfile::TempDir;

use crate::{
    bench::{county_client, signer},
    database::Database,
    kiosk::{Caller, HungUp},
};

/// A folder that a county runs in, with its ledger's database where tests run on PostgreSQL.
pub(crate) struct Folder {
    dir: TempDir,
    pub(crate) database: Option<Database>,
}

impl Folder {
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    fn lose_ledger(&self) {
        match &self.database {
            Some(database) => county_client(database)
                .batch_execute("DROP SCHEMA county_140428 CASCADE")
                .expect("the county's tables"),
            None => fs::remove_dir_all(self.path().join("data")).expect("the ledger"),
        }
    }
}

impl AsRef<Path> for Folder {
    fn as_ref(&self) -> &Path {
        self.path()
    }
}

pub(crate) fn county(dir: &impl AsRef<Path>, arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_county"));
    program.args(arguments).current_dir(dir);
    program
}

/// Runs the program to its end; whether it did as it was told, and what it said of it.
fn run(dir: &impl AsRef<Path>, arguments: &[&str]) -> (bool, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = county(dir, arguments).output().expect("the program");
    let said = if status.success() { stdout } else { stderr };
    (status.success(), String::from_utf8(said).expect("words"))
}

pub(crate) fn hex(key: &KioskPublic) -> String {
    let bytes = key.to_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A folder with keys and settings of a county that has taken `kiosk` in and revoked the key `lost`.
pub(crate) fn folder(suite: &str, kiosk: &KioskPublic, lost: &KioskPublic) -> Folder {
    let dir = Folder {
        dir: tempfile::tempdir().expect("a temporary folder"),
        database: Database::new(),
    };
    let (made, said) = run(&dir, &["keys", "--dir", "keys", "--suite", suite]);
    assert!(made, "{said}");
    let settings = format!(
        r#"
        listen = "127.0.0.1:0"
        secret-file = "keys/county-secret"
        [county]
        county-code = 140428
        data-dir = "data"
        public-url = "http://127.0.0.1:8080"
        {}
        [[kiosk]]
        public-key = "{}"
        [[kiosk]]
        public-key = "{}"
        revoked = true
        "#,
        dir.database
            .as_ref()
            .map_or(String::new(), |database| format!(
                "postgres.connect = \"{}\"",
                database.connect()
            )),
        hex(kiosk),
        hex(lost)
    );
    fs::write(dir.path().join("county.toml"), settings).expect("a settings file");
    dir
}

#[test]
fn the_program_makes_keys_once_and_serves_with_them() {
    let kiosk = KioskSigner::from_seed_in(Suite::Sm2, KioskId(3), [3; 32]);
    let dir = folder("sm2", &kiosk.public(), &signer(3).public());
    assert!(run(&dir, &["keys", "--dir", "old"]).0);
    let (made, said) = run(&dir, &["keys", "--dir", "keys", "--suite", "sm2"]);
    assert!(!made);
    assert!(said.starts_with("county: keys/county-secret: "), "{said}");
    let settings = dir.path().join("county.toml");
    let with_former = format!(
        "former-secret-files = [\"old/county-secret\"]\n{}",
        fs::read_to_string(&settings).expect("the settings")
    );
    fs::write(&settings, with_former).expect("a settings file");

    let mut served = county(&dir, &["serve", "--config", "county.toml"])
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
    let in_file = dir.path().join("data/county.db").exists();
    assert_ne!(in_file, dir.database.is_some());
}

#[test]
fn the_program_ends_its_lines_when_it_is_told_to_end() {
    let kiosk = signer(3);
    let dir = folder("x25519", &kiosk.public(), &signer(4).public());
    let settings = dir.path().join("county.toml");
    let with_line = format!(
        "{}\n[[lines]]\ntcp = \"127.0.0.1:0\"\n",
        fs::read_to_string(&settings).expect("the settings")
    );
    fs::write(&settings, with_line).expect("a settings file");
    let mut served = county(&dir, &["serve", "--config", "county.toml"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut said = BufReader::new(served.stdout.take().expect("its output")).lines();
    let line = said.next().expect("a line").expect("words");
    let address = line
        .strip_prefix("county: line tcp 127.0.0.1:0 is at ")
        .expect("an address")
        .parse()
        .expect("an address");
    // It listens to signals before it tells where its pages are.
    said.next().expect("a second line").expect("words");

    let ink = ink(&dir, &kiosk);
    let mut caller = Caller::over_tcp(address, 1);
    caller.kiosk.county = county_public(&dir);
    caller.kiosk.send(&ink, Priority::Ink);
    caller
        .run_until(|caller| caller.kiosk.delivered == [ink.hash])
        .expect("a county that listens");
    let told = Command::new("kill")
        .args(["-TERM", &served.id().to_string()])
        .status()
        .expect("kill");
    assert!(told.success());
    while caller.read_raw() != Err(HungUp) {}
    assert!(served.wait().expect("its end").success());
}

/// The ink of a page, as `kiosk` seals it to the county whose public key lies in the folder.
fn ink(dir: &Folder, kiosk: &KioskSigner) -> Sealed {
    let sealed = seal(Kind::Ink, b"ink", kiosk, &county_public(dir), &mut rng());
    sealed.expect("a seal")
}

pub(crate) fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([0x33; 32])
}

pub(crate) fn county_public(dir: &Folder) -> CountyPublic {
    let digits = fs::read_to_string(dir.path().join("keys/county-public")).expect("a key");
    let digits = digits.trim().as_bytes().chunks(2);
    let bytes: Vec<u8> = digits
        .map(|pair| {
            let pair = std::str::from_utf8(pair).expect("two digits");
            u8::from_str_radix(pair, 16).expect("two digits")
        })
        .collect();
    CountyPublic::from_bytes(&bytes).expect("a key")
}

/// Lays a bundle on the stick that holds `object`, and lists another one and two that did not fit.
fn lay_bundle(stick: &Path, kiosk: &KioskSigner, object: &Sealed) {
    fs::create_dir_all(stick).expect("a folder");
    let stick = Stick::at(stick).expect("a stick");
    let folder = stick.objects(kiosk.id());
    folder.make().expect("a folder");
    folder
        .put(&object.hash.to_string(), &object.bytes)
        .expect("a file");
    let listed = [object.hash, ObjectHash([0xab; 32])].map(|hash| BundleObject {
        hash,
        len: 100,
        priority: 2,
    });
    let contents = BundleContents {
        boot: 1,
        tick_ms: 2,
        wall_ms: 3,
        objects: listed.to_vec(),
        left_out: 2,
    };
    let manifest = contents.sign(kiosk).expect("a list");
    stick
        .bundle(kiosk.id())
        .put(MANIFEST_FILE, &manifest)
        .expect("a file");
}

#[test]
fn the_program_takes_a_stick_in_says_what_is_wrong_with_it_and_answers() {
    let (kiosk, lost) = (signer(3), signer(4));
    let dir = folder("x25519", &kiosk.public(), &lost.public());
    let stick = dir.path().join("stick");
    let import = ["import-bundle", "stick", "--config", "county.toml"];
    let (object, revoked) = (ink(&dir, &kiosk), ink(&dir, &lost));
    lay_bundle(&stick, &kiosk, &object);
    lay_bundle(&stick, &lost, &revoked);
    let damaged = "cd".repeat(32);
    fs::write(stick.join("mingbai/kiosk-003/objects").join(damaged), b"?").expect("a file");

    let key = lost.key_id();
    let rest = format!(
        "\
kiosk 003: 1 objects damaged on the stick; bring it to the kiosk again
kiosk 003: 1 objects are missing on the stick; bring it to the kiosk again
kiosk 003: 2 objects did not fit; bring the stick to the kiosk again
kiosk 004: 0 objects new, 0 known, 1 refused; 2 answers on the stick
kiosk 004: object {} refused: key {key} of kiosk 004 is revoked
kiosk 004: what should be on the stick is not known, bring it to the kiosk again: \
manifest is signed by kiosk 004 with key {key}, which does not count here
",
        revoked.hash
    );
    for first in [
        "kiosk 003: 1 objects new, 0 known, 0 refused; 1 answers on the stick\n",
        "kiosk 003: 0 objects new, 1 known, 0 refused; 1 answers on the stick\n",
    ] {
        assert_eq!(run(&dir, &import), (true, format!("{first}{rest}")));
    }
    let answer = fs::read(stick.join("mingbai/answers-003/00000")).expect("an answer");
    let message = CountyMessage::verify(&answer, &county_public(&dir)).expect("a message");
    assert!(matches!(
        message,
        CountyMessage::Acknowledgement { kiosk: KioskId(3), hashes, .. } if hashes == [object.hash]
    ));

    fs::remove_file(stick.join("mingbai/kiosk-003/manifest")).expect("a list");
    let (_, said) = run(&dir, &import);
    assert!(said.contains(
        "kiosk 003: no list, the stick was pulled too early; bring it to the kiosk again\n"
    ));
}

#[test]
fn a_stick_that_is_none_and_settings_that_are_none_end_the_program_with_words() {
    let dir = folder("x25519", &signer(3).public(), &signer(4).public());
    fs::create_dir(dir.path().join("stick")).expect("a folder");
    for (stick, config, words) in [
        (
            "stick",
            "county.toml",
            "no kiosk has written to the stick at stick: is it the courier's, and mounted there",
        ),
        (
            "pulled",
            "county.toml",
            "pulled is no folder: put the stick in and name the folder where it is mounted",
        ),
        (
            "stick",
            "none.toml",
            "none.toml: No such file or directory (os error 2)",
        ),
    ] {
        let said = run(&dir, &["import-bundle", stick, "--config", config]);
        assert_eq!(said, (false, format!("county: {words}\n")));
    }
}

const TODAY: &str = "2026-11-23";

/// What `county rules check` says of a folder with these files, errors and all, and whether the rules can be worked by.
fn checked(files: &[(&str, &str)]) -> (bool, String, String) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir_all(dir.path().join("rules/cards")).expect("a folder");
    for (name, text) in files {
        fs::write(dir.path().join("rules").join(name), text).expect("a file");
    }
    let output = county(&dir, &["rules", "check", "rules", "--on", TODAY])
        .output()
        .expect("the program");
    let words = |bytes| String::from_utf8(bytes).expect("words");
    (
        output.status.success(),
        words(output.stdout),
        words(output.stderr),
    )
}

#[test]
fn rules_are_explained_and_broken_ones_named_without_starting_with_them() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (usable, said) = run(&dir, &["rules", "check", "--on", TODAY]);
    assert!(usable, "{said}");
    for words in [
        "规则版本：2026-11 ",
        "2024、2025、2026",
        "还没有人确认",
        "这套规则能用",
    ] {
        assert!(said.contains(words), "{words} is not in {said}");
    }
    assert!(
        !said.contains("错了") && !said.contains("要看一看"),
        "{said}"
    );

    let settings = "edition = \"c1\"\nset-by = \"county\"\n[[setting]]\nkey = \"progress-report\"\n\
                    value = \"weekly\"\nsource = \"县里的文件\"\neffective = \"2026-06-01\"\n";
    let (usable, said, _) = checked(&[("settings.toml", settings), ("README.md", "说明")]);
    assert!(usable, "{said}");
    assert!(
        said.contains("县里改了这些：\n  乡镇多久报一次工作进展：每周"),
        "{said}"
    );

    let misspelt = settings.replace("effective", "efective");
    let (usable, said, error) = checked(&[
        ("settings.toml", &misspelt),
        ("clock.toml", ""),
        ("cards/dibao.toml", "key = 1"),
    ]);
    assert!(!usable);
    for words in [
        "settings.toml：第7行读不懂：不认识“efective”",
        "clock.toml：不认识这个文件",
        "cards/dibao.toml：第1行读不懂",
        "这套规则不能用",
    ] {
        assert!(said.contains(words), "{words} is not in {said}");
    }
    assert_eq!(error, "county: 2 errors in the rules\n");

    let (found, said) = run(&dir, &["rules", "check", "none"]);
    assert!(!found);
    assert_eq!(
        said,
        "county: none: No such file or directory (os error 2)\n"
    );
}

#[test]
fn a_backup_is_a_ledger_to_go_on_from_and_never_takes_another_s_place() {
    let kiosk = signer(3);
    let dir = folder("x25519", &kiosk.public(), &signer(4).public());
    let object = ink(&dir, &kiosk);
    lay_bundle(&dir.path().join("stick"), &kiosk, &object);
    let import = ["import-bundle", "stick", "--config", "county.toml"];
    let backup = ["backup", "copy.db", "--config", "county.toml"];
    assert!(run(&dir, &import).0);
    let said = run(&dir, &backup);
    assert_eq!(said, (true, "backup is in copy.db\n".to_owned()));
    let said = run(&dir, &backup);
    let words = "county: copy.db is there already and stays; name another file\n";
    assert_eq!(said, (false, words.to_owned()));

    // In place of the ledger that was lost there is none yet.
    let restore = ["restore", "copy.db", "--config", "county.toml"];
    let (restored, said) = run(&dir, &restore);
    assert!(!restored);
    assert!(said.ends_with("already; name a new one\n") || said.ends_with("name another file\n"));
    dir.lose_ledger();
    let (restored, said) = run(&dir, &restore);
    assert!(restored, "{said}");
    assert!(said.contains("\nobjects: 1 rows\n"), "{said}");
    let (_, said) = run(&dir, &import);
    assert!(
        said.starts_with("kiosk 003: 0 objects new, 1 known"),
        "{said}"
    );
}

#[test]
fn an_auditor_with_a_copy_and_the_public_key_finds_what_was_changed() {
    let kiosk = signer(3);
    let dir = folder("x25519", &kiosk.public(), &signer(4).public());
    let object = ink(&dir, &kiosk);
    lay_bundle(&dir.path().join("stick"), &kiosk, &object);
    assert!(run(&dir, &["import-bundle", "stick", "--config", "county.toml"]).0);
    let (printed, checkpoint) = run(&dir, &["checkpoint", "--config", "county.toml"]);
    assert!(printed, "{checkpoint}");
    fs::write(dir.path().join("kept"), checkpoint).expect("a file");
    assert!(run(&dir, &["backup", "copy.db", "--config", "county.toml"]).0);
    let audit = [
        "audit",
        "copy.db",
        "--county-public",
        "keys/county-public",
        "--county-code",
        "140428",
        "--checkpoints",
        "kept",
    ];
    let (sound, said) = run(&dir, &audit);
    assert!(sound && said.ends_with("0 slips, 0 findings\n"), "{said}");

    let copy = rusqlite::Connection::open(dir.path().join("copy.db")).expect("the copy");
    copy.execute("UPDATE objects SET held_ms = held_ms + 1", [])
        .expect("a change");
    drop(copy);
    let found = county(&dir, &audit).output().expect("the program");
    let said = String::from_utf8(found.stdout).expect("words");
    assert!(
        !found.status.success() && said.starts_with("altered: objects "),
        "{said}"
    );
    let (found, said) = run(
        &dir,
        &[
            "audit",
            "none.db",
            "--county-public",
            "keys/county-public",
            "--county-code",
            "140428",
        ],
    );
    assert_eq!(
        (found, said.as_str()),
        (false, "county: none.db is no file\n")
    );
}

#[test]
fn tables_are_written_and_lists_of_banks_and_offices_are_taken_in_once() {
    let kiosk = signer(3).public();
    let dir = folder("x25519", &kiosk, &signer(4).public());
    let with = |arguments: &[&str]| {
        let all: Vec<&str> = arguments
            .iter()
            .copied()
            .chain(["--config", "county.toml"])
            .collect();
        run(&dir, &all)
    };
    let period = ["--from", "2026-04-01", "--to", "2026-04-14"];
    let table = |rest: &[&str]| with(&[&["table"], rest, &period[..]].concat());
    let (done, said) = table(&["1", "--xlsx", "table.xlsx", "--pdf", "table.pdf"]);
    assert!(done, "{said}");
    let printed = fs::read(dir.path().join("table.pdf")).expect("the PDF");
    assert!(printed.starts_with(b"%PDF"));
    let file = fs::read(dir.path().join("table.xlsx")).expect("the workbook");
    assert!(file.starts_with(b"PK"));
    let (done, said) = table(&["2b", "--township", "140428100"]);
    assert!(
        done && said.contains("丹朱镇") && !said.contains("鲍店镇"),
        "{said}"
    );
    let (done, said) = table(&["report"]);
    assert!(done && said.contains("本期到期应发0户次"), "{said}");
    let (done, said) = table(&["9"]);
    assert!(
        !done && said.contains("there is no table 9, there are: 1, 2, 2b, 3, 4, 5, 6"),
        "{said}"
    );

    fs::write(
        dir.path().join("bank.csv"),
        "姓名,金额,日期\n张三,300,2026-04-10\n",
    )
    .expect("a file");
    let pay_list = || {
        with(&[
            "pay-list",
            "bank.csv",
            "--class",
            "dibao-rural",
            "--from",
            "2026-04",
            "--officer",
            "李四",
        ])
    };
    let (done, said) = pay_list();
    assert!(
        done && said.contains("1 lines, 1 of them belong to no household"),
        "{said}"
    );
    let (done, said) = pay_list();
    assert!(!done && said.contains("is there already"), "{said}");
    assert!(!said.contains("张三"));

    let list = "姓名,身份证号,死亡时间\n张三,140428188001010013,2026-04-02\n";
    fs::write(dir.path().join("dead.csv"), list).expect("a file");
    let people = with(&[
        "people-list",
        "dead.csv",
        "--group",
        "died",
        "--officer",
        "李四",
    ]);
    assert_eq!(
        people,
        (true, "0 of 1 people concern the county\n".to_owned())
    );
}
