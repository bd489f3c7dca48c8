//! Backups, and a ledger's way from one store to the other.

use std::{fs, path::Path};

use county::{
    BackupError, Copied, CopyError, County, CountyConfig, MoveError, OpenError, Store, migrate,
    restore,
};
use envelope::{Kind, KioskId};

use crate::{
    bench::{Bench, deliver, noise, settings, signer},
    database::Database,
};

/// A ledger with two cases, one of them accepted and with a paper, a refused object and a half one.
fn lived_in() -> Bench {
    let mut bench = Bench::new();
    let sent = bench.submission(1, &[(Kind::Ink, noise(3000))]);
    bench.deliver(&sent.sealed);
    bench.deliver(&sent.papers[0]);
    bench.accept(&sent);
    bench.received(2);
    let stranger = bench.seal(Kind::Ink, b"ink", &signer(9));
    bench.deliver(&stranger);
    let half = bench.seal(Kind::Ink, &noise(700), &signer(3));
    bench.county.offer(half.hash, 900).expect("an offer");
    let blocks = [(0, &half.bytes[..link::BLOCK_LEN])];
    bench.county.add_blocks(half.hash, blocks).expect("a block");
    bench
}

/// All that a county tells of its cases and to its kiosk.
fn told(county: &County) -> String {
    let cases = county.cases(None, 100).expect("a list");
    let cases: Vec<_> = cases
        .iter()
        .map(|line| county.case(line.id).expect("the ledger").expect("a case"))
        .collect();
    let holdings = county.answer_holdings(KioskId(3)).expect("an answer");
    format!("{cases:#?} {holdings:?}")
}

/// The settings of a county that keeps its ledger in a file in `dir`.
fn in_file(bench: &Bench, dir: &Path) -> CountyConfig {
    CountyConfig {
        data_dir: dir.to_owned(),
        postgres: None,
        ..bench.county.config().clone()
    }
}

#[test]
fn a_backup_is_the_whole_ledger_and_the_county_goes_on_from_it() {
    let mut bench = lived_in();
    let before = told(&bench.county);
    let copy = bench.dir.path().join("copy.db");
    bench.county.back_up(&copy).expect("a backup");
    let later = bench.received(3);

    let config = in_file(&bench, &bench.dir.path().join("other"));
    let bytes = fs::read(&copy).expect("the copy");
    let copied = restore(&config, &copy).expect("a ledger");
    assert_eq!(fs::read(&copy).expect("the copy"), bytes);
    assert!(copied.contains(&Copied {
        table: "objects".to_owned(),
        rows: 3
    }));
    let county = bench.server(config.clone());
    assert!(told(&county) == before);
    deliver(&county, &later.sealed);
    assert!(told(&county) == told(&bench.county));

    assert!(matches!(
        restore(&config, &copy),
        Err(MoveError::Write(BackupError::Exists(_)))
    ));
    let none = bench.dir.path().join("none.db");
    assert!(matches!(restore(&config, &none), Err(MoveError::Absent(_))));
}

#[test]
fn a_ledger_moves_from_one_store_to_the_other_and_back() {
    let mut bench = lived_in();
    let config = bench.county.config().clone();
    assert!(matches!(
        migrate(&config, Store::Sqlite, Store::Sqlite),
        Err(MoveError::Same)
    ));
    let Some(new) = Database::new() else {
        assert!(matches!(
            migrate(&config, Store::Sqlite, Store::Postgres),
            Err(MoveError::Open(OpenError::NoPostgres))
        ));
        return;
    };
    let before = told(&bench.county);
    assert!(matches!(
        migrate(&config, Store::Sqlite, Store::Postgres),
        Err(MoveError::Absent(_))
    ));
    let out = migrate(&config, Store::Postgres, Store::Sqlite).expect("a file");
    assert!(told(&bench.server(in_file(&bench, &config.data_dir))) == before);
    assert!(matches!(
        migrate(&config, Store::Sqlite, Store::Postgres),
        Err(MoveError::Copy(CopyError::Taken { .. }))
    ));

    let config = CountyConfig {
        postgres: Some(settings(&new)),
        ..config
    };
    let back = migrate(&config, Store::Sqlite, Store::Postgres).expect("a database");
    assert_eq!(back, out);
    let county = bench.server(config);
    assert!(told(&county) == before);
    let later = bench.received(3);
    deliver(&county, &later.sealed);
    assert!(told(&county) == told(&bench.county));
}
