//! Changes that share a commit.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use parking_lot::{Condvar, FairMutex, Mutex};

use super::{
    Access, Begun, LedgerError, Transaction,
    pool::{Lent, Pool},
};

/// Changes in one commit at most: so long does the first wait for the last.
const CHANGES_MAX: usize = 64;

/// Where those who write take turns, in the order in which they come. Who finds others waiting leaves the transaction open
/// for the next of them, and the last one commits for all: a disk that takes milliseconds takes them once for many.
#[derive(Default)]
pub(in crate::ledger) struct Writers {
    turn: FairMutex<Option<Batch>>,
    waiting: AtomicUsize,
}

impl Writers {
    /// Does `work`: its change is on disk when this returns `Ok`; none of it was made after an `Err` or a panic.
    pub(in crate::ledger) fn write<T, E: From<LedgerError>>(
        &self,
        pool: &Arc<Pool>,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut turn = self.turn.lock();
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let mut batch = match turn.take() {
            Some(batch) => batch,
            None => Batch::new(pool.begin(Access::Write)?),
        };
        let (done, followed) = batch.change(work, &self.waiting);
        let fate = Arc::clone(&batch.fate);
        let committed = if followed && batch.takes_more() {
            *turn = Some(batch);
            None
        } else {
            Some(batch.commit())
        };
        drop(turn);
        let done = done?;
        committed.unwrap_or_else(|| fate.wait())?;
        Ok(done)
    }
}

/// A transaction with the changes of several writers. Dropped, it is undone, and they are told.
struct Batch {
    begun: Begun<Lent>,
    changes: usize,
    /// False once a change could not be undone alone.
    in_order: bool,
    fate: Arc<Fate>,
}

impl Batch {
    fn new(begun: Begun<Lent>) -> Self {
        Self {
            begun,
            changes: 0,
            in_order: true,
            fate: Arc::default(),
        }
    }

    /// Does `work` as a change that is made whole or not at all, whatever becomes of those before it. Whether others wait
    /// to follow.
    fn change<T, E: From<LedgerError>>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
        waiting: &AtomicUsize,
    ) -> (Result<T, E>, bool) {
        let tx = self.begun.transaction();
        let is_first = self.changes == 0;
        let marked = if is_first { Ok(()) } else { tx.mark() };
        let done = marked.map_err(E::from).and_then(|()| work(&tx));
        let followed = 0 < waiting.load(Ordering::SeqCst);
        let done = done.and_then(|done| {
            // What fails later than this is blamed on the whole batch.
            if !is_first || followed {
                tx.settle()?;
            }
            match tx.is_in_order() {
                true => Ok(done),
                false => Err(LedgerError::Undone.into()),
            }
        });
        match &done {
            Ok(_) => self.changes += 1,
            // The first is undone with the whole transaction.
            Err(_) => self.in_order = !is_first && tx.back_to_mark().is_ok(),
        }
        (done, followed)
    }

    fn takes_more(&self) -> bool {
        self.in_order && self.changes < CHANGES_MAX
    }

    fn commit(mut self) -> Result<(), LedgerError> {
        if !self.in_order {
            return Err(LedgerError::Undone);
        }
        self.begun.commit()?;
        self.fate.settle(true);
        Ok(())
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.fate.settle(false);
    }
}

/// What becomes of a batch.
#[derive(Default)]
struct Fate {
    committed: Mutex<Option<bool>>,
    settled: Condvar,
}

impl Fate {
    /// The first word stands.
    fn settle(&self, committed: bool) {
        self.committed.lock().get_or_insert(committed);
        self.settled.notify_all();
    }

    fn wait(&self) -> Result<(), LedgerError> {
        let mut committed = self.committed.lock();
        loop {
            match *committed {
                Some(true) => return Ok(()),
                Some(false) => return Err(LedgerError::Undone),
                None => self.settled.wait(&mut committed),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{panic, sync::atomic::AtomicBool, thread};

    use super::*;
    use crate::ledger::{Ledger, Transaction, testing::Place};

    type Work = fn(&Transaction<'_>) -> Result<(), LedgerError>;

    fn insert(tx: &Transaction<'_>, kiosk: u16) -> Result<(), LedgerError> {
        tx.execute("INSERT INTO kiosks (id) VALUES (?1)", &[&kiosk])?;
        Ok(())
    }

    /// Three changes that would share a commit: the first ends once the others wait.
    fn share(ledger: &Ledger, second: Work, third: Work) -> [Result<(), LedgerError>; 3] {
        let waiting = || ledger.writers.waiting.load(Ordering::SeqCst);
        let wait_until = |ready: &dyn Fn() -> bool| {
            while !ready() {
                thread::yield_now();
            }
        };
        let begun = AtomicBool::new(false);
        let first = |tx: &Transaction<'_>| {
            begun.store(true, Ordering::SeqCst);
            wait_until(&|| waiting() == 2);
            insert(tx, 1)
        };
        let change = |work: &dyn Fn(&Transaction<'_>) -> Result<(), LedgerError>| {
            let changed = panic::catch_unwind(panic::AssertUnwindSafe(|| ledger.write(work)));
            changed.unwrap_or(Err(LedgerError::Undone))
        };
        thread::scope(|threads| {
            let first = threads.spawn(|| change(&first));
            wait_until(&|| begun.load(Ordering::SeqCst));
            let second = threads.spawn(|| change(&second));
            let third = threads.spawn(|| change(&third));
            [first, second, third].map(|change| change.join().unwrap())
        })
    }

    fn kiosks(ledger: &Ledger) -> Vec<u16> {
        let kiosks: Result<_, LedgerError> = ledger.read(|connection| {
            connection.query("SELECT id FROM kiosks ORDER BY id", &[], |row| row.get(0))
        });
        kiosks.unwrap()
    }

    #[test]
    fn a_change_that_fails_is_undone_alone() {
        let place = Place::new();
        let ledger = place.open().unwrap();
        let fails = |tx: &Transaction<'_>| {
            insert(tx, 2)?;
            insert(tx, 1)
        };
        let [first, second, third] = share(&ledger, fails, |tx| insert(tx, 3));
        assert!(first.is_ok() && third.is_ok());
        assert!(matches!(
            second,
            Err(LedgerError::Sqlite(_) | LedgerError::Postgres(_))
        ));
        assert_eq!(kiosks(&ledger), [1, 3]);
    }

    /// One store undoes the change, the other keeps the rest of it; both say so.
    #[test]
    fn of_a_change_that_passes_a_failure_over_as_much_is_kept_as_is_said() {
        let place = Place::new();
        let ledger = place.open().unwrap();
        let said: Result<(), LedgerError> = ledger.write(|tx| {
            insert(tx, 2)?;
            let _ = insert(tx, 2);
            Ok(())
        });
        assert_eq!(kiosks(&ledger) == [2], said.is_ok());
    }

    #[test]
    fn a_panic_undoes_all_that_would_have_shared_its_commit_and_they_are_told() {
        let place = Place::new();
        let ledger = place.open().unwrap();
        let panics: Work = |_| panic!("in a change");
        let [first, ..] = share(&ledger, panics, panics);
        assert!(matches!(first, Err(LedgerError::Undone)));
        ledger.write(|tx| insert(tx, 3)).unwrap();
        assert_eq!(kiosks(&ledger), [3]);
    }
}
