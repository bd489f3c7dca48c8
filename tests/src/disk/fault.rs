//! What is to go wrong, and when.

use super::trace::Operation;

/// Where in an operation the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing of it has happened.
    Before,
    /// Part of a write is in flight; a sync, a truncation or a deletion may have happened.
    Within,
    /// It has happened, and nobody was told.
    After,
}

/// How an operation fails while the power stays on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The device reports an error (`EIO`). Part of a write may have happened.
    Device,
    /// There is no room (`ENOSPC`). Part of a write may have happened.
    Full,
}

/// Whether a failure passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// One operation fails.
    Once,
    /// Every operation that can fail this way does, from that one on.
    Forever,
}

/// What befalls one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strike {
    Nothing,
    Failure(Failure),
    Cut(Phase),
}

/// The faults to come: at most one cut and one failure.
#[derive(Default)]
pub(super) struct Faults {
    cut: Option<(u64, Phase)>,
    failure: Option<(u64, Failure, Lasting)>,
}

impl Faults {
    /// Power goes at the `nth` operation from now that changes the disk, counted from 1.
    pub(super) fn cut_at(&mut self, nth: u64, phase: Phase) {
        self.cut = Some((nth.max(1), phase));
    }

    /// The `nth` operation from now that can fail this way does, counted from 1.
    pub(super) fn fail_at(&mut self, nth: u64, failure: Failure, lasting: Lasting) {
        self.failure = Some((nth.max(1), failure, lasting));
    }

    /// Nothing more is to go wrong.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// No cut is to come.
    pub(super) fn clear_cut(&mut self) {
        self.cut = None;
    }

    /// Counts an operation and says what befalls it.
    pub(super) fn strike(&mut self, operation: Operation) -> Strike {
        if let Some((nth, phase)) = &mut self.cut
            && operation.changes_disk()
        {
            *nth -= 1;
            if *nth == 0 {
                let phase = *phase;
                self.cut = None;
                return Strike::Cut(phase);
            }
        }
        if let Some((nth, failure, lasting)) = &mut self.failure
            && (*failure == Failure::Device || operation.needs_room())
        {
            *nth -= 1;
            if *nth == 0 {
                let failure = *failure;
                match lasting {
                    Lasting::Once => self.failure = None,
                    Lasting::Forever => *nth = 1,
                }
                return Strike::Failure(failure);
            }
        }
        Strike::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_counts_only_what_changes_the_disk_and_happens_once() {
        let mut faults = Faults::default();
        faults.cut_at(2, Phase::Within);
        assert_eq!(faults.strike(Operation::Read), Strike::Nothing);
        assert_eq!(faults.strike(Operation::Write), Strike::Nothing);
        assert_eq!(faults.strike(Operation::Access), Strike::Nothing);
        assert_eq!(faults.strike(Operation::Sync), Strike::Cut(Phase::Within));
        assert_eq!(faults.strike(Operation::Sync), Strike::Nothing);
    }

    #[test]
    fn a_lasting_failure_ends_when_it_is_cleared() {
        let mut faults = Faults::default();
        let failed = Strike::Failure(Failure::Full);
        faults.fail_at(2, Failure::Full, Lasting::Forever);
        assert_eq!(faults.strike(Operation::Write), Strike::Nothing);
        assert_eq!(faults.strike(Operation::Write), failed);
        assert_eq!(faults.strike(Operation::Read), Strike::Nothing);
        assert_eq!(faults.strike(Operation::Write), failed);
        faults.clear();
        assert_eq!(faults.strike(Operation::Write), Strike::Nothing);
    }
}
