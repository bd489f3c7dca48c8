//! Work that costs hardly more for many than for one, done for all who wait by one of them.

use std::{
    collections::VecDeque,
    sync::mpsc::{SyncSender, sync_channel},
};

use parking_lot::Mutex;

use crate::LedgerError;

/// Pieces of work in one group at most: so long does the first wait for the last. More wait for the next group.
const GROUP_MAX: usize = 64;

/// Where those who bring a piece `I` for the ledger and wait for its outcome `O` meet.
///
/// Who comes while nobody works does the work of all who wait; who comes meanwhile waits and is in the next group. So groups
/// are as large as the load makes them, and who is alone waits for nobody. Each who waits is a thread that has brought one
/// piece, so no more wait than there are threads.
pub(crate) struct Together<I, O>(Mutex<Waiting<I, O>>);

struct Waiting<I, O> {
    pieces: VecDeque<(I, SyncSender<Call<O>>)>,
    /// Whether somebody works, or has been called to.
    working: bool,
}

/// What one who waits hears.
enum Call<O> {
    /// Work is yours, and your piece is the first of it.
    Work,
    Done(O),
}

impl<I, O> Default for Together<I, O> {
    fn default() -> Self {
        Self(Mutex::new(Waiting {
            pieces: VecDeque::new(),
            working: false,
        }))
    }
}

impl<I, O> Together<I, O> {
    /// What becomes of `piece`; `work` gives the outcomes of the pieces of a group in their order.
    ///
    /// # Errors
    ///
    /// That of `work`; [`LedgerError::Undone`] if it failed, or panicked, in another thread.
    pub(crate) fn bring(
        &self,
        piece: I,
        work: impl FnOnce(Vec<I>) -> Result<Vec<O>, LedgerError>,
    ) -> Result<O, LedgerError> {
        // It is called twice at most.
        let (call, called) = sync_channel(2);
        {
            let mut waiting = self.0.lock();
            if !waiting.working {
                waiting.working = true;
                let _ = call.send(Call::Work);
            }
            waiting.pieces.push_back((piece, call));
        }
        match called.recv() {
            Ok(Call::Done(outcome)) => return Ok(outcome),
            Ok(Call::Work) => self.do_work(work)?,
            Err(_) => return Err(LedgerError::Undone),
        }
        match called.recv() {
            Ok(Call::Done(outcome)) => Ok(outcome),
            Ok(Call::Work) | Err(_) => Err(LedgerError::Undone),
        }
    }

    fn do_work(
        &self,
        work: impl FnOnce(Vec<I>) -> Result<Vec<O>, LedgerError>,
    ) -> Result<(), LedgerError> {
        let group: Vec<_> = {
            let pieces = &mut self.0.lock().pieces;
            let len = pieces.len().min(GROUP_MAX);
            pieces.drain(..len).collect()
        };
        let (pieces, calls): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let next = CallsNext(self);
        let outcomes = work(pieces);
        drop(next);
        for (call, outcome) in calls.into_iter().zip(outcomes?) {
            // Whoever brought a piece waits for this.
            let _ = call.send(Call::Done(outcome));
        }
        Ok(())
    }
}

/// Calls the first of those who wait to work when it is dropped, after a panic too.
struct CallsNext<'t, I, O>(&'t Together<I, O>);

impl<I, O> Drop for CallsNext<'_, I, O> {
    fn drop(&mut self) {
        let mut waiting = self.0.0.lock();
        match waiting.pieces.front() {
            Some((_, call)) => {
                let _ = call.send(Call::Work);
            }
            None => waiting.working = false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::atomic::{AtomicUsize, Ordering},
        thread,
    };

    use super::*;

    fn wait_until(ready: impl Fn() -> bool) {
        while !ready() {
            thread::yield_now();
        }
    }

    /// One brings 0 and works until `others` wait, who bring 1, 2, …; what each brought has become, and the groups.
    fn meet(
        others: usize,
        work: impl Fn(&[usize]) -> Vec<usize> + Sync,
    ) -> (Vec<Option<usize>>, Vec<Vec<usize>>) {
        let together = Together::default();
        let groups = Mutex::new(Vec::new());
        let bring = |piece| {
            catch_unwind(AssertUnwindSafe(|| {
                together.bring(piece, |pieces| {
                    groups.lock().push(pieces.clone());
                    if pieces == [0] {
                        wait_until(|| together.0.lock().pieces.len() == others);
                    }
                    Ok(work(&pieces))
                })
            }))
            .ok()
            .and_then(Result::ok)
        };
        let brought = thread::scope(|threads| {
            let first = threads.spawn(|| bring(0));
            wait_until(|| !groups.lock().is_empty());
            let came = AtomicUsize::new(0);
            let others: Vec<_> = (1..=others)
                .map(|piece| {
                    wait_until(|| together.0.lock().pieces.len() == came.load(Ordering::SeqCst));
                    came.fetch_add(1, Ordering::SeqCst);
                    threads.spawn(move || bring(piece))
                })
                .collect();
            let all = [first].into_iter().chain(others);
            all.map(|one| one.join().expect("a caught panic")).collect()
        });
        (brought, groups.into_inner())
    }

    #[test]
    fn those_who_come_during_work_are_the_next_group_in_their_order() {
        let (brought, groups) = meet(5, |pieces| pieces.iter().map(|piece| 10 * piece).collect());
        assert_eq!(brought, [0, 10, 20, 30, 40, 50].map(Some));
        assert_eq!(groups, [vec![0], vec![1, 2, 3, 4, 5]]);
    }

    #[test]
    fn a_group_has_a_bound() {
        let (brought, groups) = meet(GROUP_MAX + 1, <[usize]>::to_vec);
        assert!(brought.iter().all(Option::is_some));
        let lens: Vec<_> = groups.iter().map(Vec::len).collect();
        assert_eq!(lens, [1, GROUP_MAX, 1]);
    }

    #[test]
    fn a_panic_is_told_to_its_group_and_ends_nothing_else() {
        let (brought, groups) = meet(GROUP_MAX + 1, |pieces| {
            assert!(pieces[0] != 1, "in the second group");
            pieces.to_vec()
        });
        assert_eq!(brought[0], Some(0));
        assert!(brought[1..=GROUP_MAX].iter().all(Option::is_none));
        assert_eq!(brought[GROUP_MAX + 1], Some(GROUP_MAX + 1));
        assert_eq!(groups.len(), 3);
    }
}
