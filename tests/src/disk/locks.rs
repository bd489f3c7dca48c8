//! Who holds which lock on a file and on its shared memory.
//!
//! All callers share one machine, so nobody waits here: a lock is had at once or refused, and SQLite
//! decides whether to try again.

use super::volume::HandleId;

/// How much of a file a handle has claimed.
/// Source: <https://www.sqlite.org/lockingv3.html> section 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LockLevel {
    /// Nothing.
    Unlocked,
    /// Reads, as others may.
    Shared,
    /// Will write; others may still read and begin to.
    Reserved,
    /// Will write once those who read are done; nobody begins to read.
    Pending,
    /// Writes alone.
    Exclusive,
}

/// Another handle is in the way.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Busy;

/// The locks on one file.
#[derive(Default)]
pub(super) struct FileLocks(Vec<(HandleId, LockLevel)>);

impl FileLocks {
    /// Raises the handle's lock to `wanted`, if that is higher. Who is refused an exclusive lock
    /// because others read keeps a pending one.
    pub(super) fn raise(&mut self, handle: HandleId, wanted: LockLevel) -> Result<(), Busy> {
        let own = self.level(handle);
        if wanted <= own {
            return Ok(());
        }
        let others = self.highest_of_others(handle);
        let highest_borne = match wanted {
            LockLevel::Unlocked | LockLevel::Shared => LockLevel::Reserved,
            LockLevel::Reserved | LockLevel::Pending | LockLevel::Exclusive => LockLevel::Shared,
        };
        if highest_borne < others {
            return Err(Busy);
        }
        if wanted == LockLevel::Exclusive && others == LockLevel::Shared {
            self.set(handle, LockLevel::Pending);
            return Err(Busy);
        }
        self.set(handle, wanted);
        Ok(())
    }

    /// Lowers the handle's lock to `wanted`, if that is lower.
    pub(super) fn lower(&mut self, handle: HandleId, wanted: LockLevel) {
        if wanted < self.level(handle) {
            self.set(handle, wanted);
        }
    }

    /// Whether any handle means to write.
    pub(super) fn is_reserved(&self) -> bool {
        let mut levels = self.0.iter().map(|(_, level)| *level);
        levels.any(|level| LockLevel::Reserved <= level)
    }

    fn level(&self, handle: HandleId) -> LockLevel {
        let own = self.0.iter().find(|(holder, _)| *holder == handle);
        own.map_or(LockLevel::Unlocked, |(_, level)| *level)
    }

    fn highest_of_others(&self, handle: HandleId) -> LockLevel {
        let others = self.0.iter().filter(|(holder, _)| *holder != handle);
        let levels = others.map(|(_, level)| *level);
        levels.max().unwrap_or(LockLevel::Unlocked)
    }

    fn set(&mut self, handle: HandleId, level: LockLevel) {
        self.0.retain(|(holder, _)| *holder != handle);
        if level != LockLevel::Unlocked {
            self.0.push((handle, level));
        }
    }
}

/// The locks on the shared memory of one file: eight of them, a bit each.
/// Source: <https://www.sqlite.org/walformat.html> section 2.3.
#[derive(Default)]
pub(super) struct MemoryLocks(Vec<Claim>);

struct Claim {
    handle: HandleId,
    shared: u8,
    exclusive: u8,
}

impl MemoryLocks {
    /// Takes every lock in `mask` to read, or none.
    pub(super) fn share(&mut self, handle: HandleId, mask: u8) -> Result<(), Busy> {
        let in_the_way = |claim: &Claim| claim.exclusive & mask != 0;
        self.refuse_if_other(handle, in_the_way)?;
        self.own(handle).shared |= mask;
        Ok(())
    }

    /// Takes every lock in `mask` for this handle alone, or none.
    pub(super) fn claim(&mut self, handle: HandleId, mask: u8) -> Result<(), Busy> {
        let in_the_way = |claim: &Claim| (claim.shared | claim.exclusive) & mask != 0;
        self.refuse_if_other(handle, in_the_way)?;
        self.own(handle).exclusive |= mask;
        Ok(())
    }

    /// Gives up the locks in `mask`.
    pub(super) fn release(&mut self, handle: HandleId, mask: u8) {
        let own = self.own(handle);
        own.shared &= !mask;
        own.exclusive &= !mask;
        self.0.retain(|claim| claim.shared | claim.exclusive != 0);
    }

    fn refuse_if_other(
        &self,
        handle: HandleId,
        in_the_way: impl Fn(&Claim) -> bool,
    ) -> Result<(), Busy> {
        let mut others = self.0.iter().filter(|claim| claim.handle != handle);
        if others.any(in_the_way) {
            return Err(Busy);
        }
        Ok(())
    }

    fn own(&mut self, handle: HandleId) -> &mut Claim {
        let found = self.0.iter().position(|claim| claim.handle == handle);
        let index = found.unwrap_or_else(|| {
            self.0.push(Claim {
                handle,
                shared: 0,
                exclusive: 0,
            });
            self.0.len() - 1
        });
        &mut self.0[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: HandleId = HandleId(1);
    const B: HandleId = HandleId(2);
    const C: HandleId = HandleId(3);

    #[test]
    fn one_may_prepare_to_write_while_others_read() {
        let mut locks = FileLocks::default();
        locks.raise(A, LockLevel::Shared).unwrap();
        locks.raise(B, LockLevel::Shared).unwrap();
        locks.raise(A, LockLevel::Reserved).unwrap();
        assert!(locks.is_reserved());
        assert_eq!(locks.raise(B, LockLevel::Reserved), Err(Busy));
        locks.raise(C, LockLevel::Shared).unwrap();
    }

    #[test]
    fn nobody_begins_to_read_while_one_waits_to_write() {
        let mut locks = FileLocks::default();
        locks.raise(A, LockLevel::Shared).unwrap();
        locks.raise(B, LockLevel::Shared).unwrap();
        locks.raise(A, LockLevel::Reserved).unwrap();
        assert_eq!(locks.raise(A, LockLevel::Exclusive), Err(Busy));
        assert_eq!(locks.raise(C, LockLevel::Shared), Err(Busy));
        locks.lower(B, LockLevel::Unlocked);
        locks.raise(A, LockLevel::Exclusive).unwrap();
        assert_eq!(locks.raise(B, LockLevel::Shared), Err(Busy));
        locks.lower(A, LockLevel::Shared);
        locks.raise(B, LockLevel::Shared).unwrap();
    }

    #[test]
    fn a_memory_lock_is_shared_or_belongs_to_one() {
        let mut locks = MemoryLocks::default();
        locks.share(A, 0b0001).unwrap();
        locks.share(B, 0b0001).unwrap();
        assert_eq!(locks.claim(A, 0b0011), Err(Busy));
        locks.claim(A, 0b0110).unwrap();
        assert_eq!(locks.share(B, 0b0010), Err(Busy));
        locks.release(A, 0b0010);
        locks.share(B, 0b0010).unwrap();
        assert_eq!(locks.share(B, 0b0100), Err(Busy));
        locks.release(B, 0b0001);
        locks.claim(A, 0b0001).unwrap();
    }
}
