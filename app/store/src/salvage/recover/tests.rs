use std::{fs, sync::LazyLock};

use super::*;
use crate::{
    Store,
    sample::{NOW, submission},
};

/// A page and a part of a second.
const OBJECT_LEN: usize = 6000;

/// A folder whose power is cut before one of its changes.
struct Cut {
    changes_left: u32,
}

impl Cut {
    fn change(&mut self) -> io::Result<()> {
        let left = self.changes_left.checked_sub(1);
        self.changes_left = left.ok_or(io::ErrorKind::Interrupted)?;
        Ok(())
    }
}

impl Folder for Cut {
    fn create(&mut self, file: &Path) -> io::Result<()> {
        self.change()?;
        RealFolder.create(file)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.change()?;
        RealFolder.rename(from, to)
    }

    fn remove(&mut self, file: &Path) -> io::Result<()> {
        self.change()?;
        RealFolder.remove(file)
    }

    fn sync(&mut self, _: &Path) -> io::Result<()> {
        self.change()
    }
}

/// The bytes of a store of two submissions, one in the file and one in the log, as a power cut
/// leaves them; two pages of the file and one of the log are damaged.
static DAMAGED: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kiosk.db");
    let mut store = Store::open(&path).unwrap();
    for number in 1..=2 {
        store.next_slip_counter().unwrap();
        store.submit(&submission(number, OBJECT_LEN), NOW).unwrap();
        if number == 1 {
            let merge = "PRAGMA wal_checkpoint(TRUNCATE)";
            store.reader().query_row(merge, (), |_| Ok(())).unwrap();
        }
    }
    // Commits behind the damaged frame, so that the frame cannot be of a torn transaction.
    store.begin_boot(0, NOW.wall).unwrap();
    let mut main = fs::read(&path).unwrap();
    main[7 * 4096..9 * 4096].fill(0xa5);
    let mut log = fs::read(log_of(&path)).unwrap();
    log[32 + 100] ^= 1;
    (main, log)
});

fn damaged_store(folder: &Path) -> PathBuf {
    let path = folder.join("kiosk.db");
    fs::write(&path, &DAMAGED.0).unwrap();
    fs::write(log_of(&path), &DAMAGED.1).unwrap();
    path
}

fn assert_recovered(path: &Path) {
    let mut store = Store::open(path).unwrap();
    assert_eq!(store.receipts().unwrap().len(), 2);
    for number in 1..=2 {
        let sealed = &submission(number, OBJECT_LEN).objects[0].1;
        assert_eq!(store.sealed(sealed.hash).unwrap().as_ref(), Some(sealed));
    }
    assert_eq!(store.all_unacknowledged(NOW).unwrap().len(), 2);
    assert!(2 < store.next_slip_counter().unwrap());
}

#[test]
fn a_cut_before_any_change_of_the_folder_ends_well_at_the_next_start() {
    let mut cuts = 0;
    loop {
        let folder = tempfile::tempdir().unwrap();
        let path = damaged_store(folder.path());
        let mut cut = Cut { changes_left: cuts };
        let whole = recover_in(&path, &mut cut);
        // What a cut leaves of a file being written is anything.
        let building = Names::of(&path).building;
        if building.exists() {
            fs::write(&building, [0x5a; 10_000]).unwrap();
        }
        let report = make_sound(&path).unwrap();
        assert_recovered(&path);
        let damaged = Names::of(&path).damaged(1);
        assert_eq!(fs::read(&damaged).unwrap(), DAMAGED.0, "{cuts} changes");
        assert_eq!(fs::read(log_of(&damaged)).unwrap(), DAMAGED.1);
        let at_once = whole.is_ok();
        // Cut off while the last name is synced, there is nothing left to do or to tell.
        if let Some(report) = whole.ok().or(report) {
            let rows: Vec<_> = report.tables.iter().map(|table| table.whole).collect();
            assert_eq!(rows[1..5], [2, 0, 2, 2], "{cuts} changes");
            assert_eq!(report.damaged, damaged);
        }
        assert_eq!(make_sound(&path).unwrap(), None);
        for leftover in [Names::of(&path).recovering, building] {
            assert!(!leftover.exists() && !log_of(&leftover).exists());
        }
        if at_once {
            break;
        }
        cuts += 1;
    }
    assert!(10 < cuts, "{cuts}");
}

#[test]
fn a_second_cut_at_any_change_after_any_first_one_ends_well() {
    for first in 0..16 {
        for second in (first % 2..16).step_by(2) {
            let folder = tempfile::tempdir().unwrap();
            let path = damaged_store(folder.path());
            for changes_left in [first, second] {
                let _ = recover_in(&path, &mut Cut { changes_left });
            }
            make_sound(&path).unwrap();
            assert_recovered(&path);
        }
    }
}

#[test]
fn a_full_disk_is_told_and_the_recovery_goes_on_when_there_is_room() {
    struct Full;
    impl Folder for Full {
        fn create(&mut self, _: &Path) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
            RealFolder.rename(from, to)
        }
        fn remove(&mut self, file: &Path) -> io::Result<()> {
            RealFolder.remove(file)
        }
        fn sync(&mut self, _: &Path) -> io::Result<()> {
            Ok(())
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = damaged_store(folder.path());
    let refused = recover_in(&path, &mut Full);
    assert!(matches!(refused, Err(RecoverError::DiskFull { .. })));
    make_sound(&path).unwrap().unwrap();
    assert_recovered(&path);
}
