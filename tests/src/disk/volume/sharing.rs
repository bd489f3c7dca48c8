//! What the connections to one file share: locks, and memory that a cut takes away.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::{Handle, HandleId, REGION_BYTES, Refusal, Region, Volume};
use crate::disk::locks::LockLevel;
use crate::disk::trace::Operation;

impl Volume {
    pub(in crate::disk) fn lock(
        &mut self,
        handle: HandleId,
        wanted: LockLevel,
    ) -> Result<(), Refusal> {
        let inode = self.inode_of(handle)?;
        Ok(inode.locks.raise(handle, wanted)?)
    }

    pub(in crate::disk) fn unlock(
        &mut self,
        handle: HandleId,
        wanted: LockLevel,
    ) -> Result<(), Refusal> {
        self.inode_of(handle)?.locks.lower(handle, wanted);
        Ok(())
    }

    pub(in crate::disk) fn is_reserved(&mut self, handle: HandleId) -> Result<bool, Refusal> {
        Ok(self.inode_of(handle)?.locks.is_reserved())
    }

    /// The region of this number, which is made if `extend`; `None` if it is not there.
    pub(in crate::disk) fn map(
        &mut self,
        handle: HandleId,
        number: usize,
        extend: bool,
    ) -> Result<Option<Region>, Refusal> {
        let Handle { file, path, .. } = self.handle_of(handle)?;
        if let Some(handle) = self.handles.get_mut(&handle) {
            handle.shares_memory = true;
        }
        if let Some(region) = self.inode(file)?.memory.get(number) {
            return Ok(Some(region.clone()));
        }
        if !extend {
            return Ok(None);
        }
        let place = ((number * REGION_BYTES) as u64, REGION_BYTES as u64);
        self.perform(Operation::Memory, &path, place, |volume, _| {
            // The memory lies in a file of its own on a real disk.
            let missing = number + 1 - volume.inode(file)?.memory.len();
            if volume.room_bytes() < (missing * REGION_BYTES) as u64 {
                return Err(Refusal::Full);
            }
            let memory = &mut volume.inode(file)?.memory;
            memory.resize_with(number + 1, || Arc::new([const { AtomicU64::new(0) }; _]));
            Ok(memory.get(number).cloned())
        })
    }

    /// Takes the locks in `mask`, to read or alone.
    pub(in crate::disk) fn lock_memory(
        &mut self,
        handle: HandleId,
        mask: u8,
        alone: bool,
    ) -> Result<(), Refusal> {
        let locks = &mut self.inode_of(handle)?.memory_locks;
        if alone {
            locks.claim(handle, mask)?;
        } else {
            locks.share(handle, mask)?;
        }
        Ok(())
    }

    pub(in crate::disk) fn unlock_memory(
        &mut self,
        handle: HandleId,
        mask: u8,
    ) -> Result<(), Refusal> {
        self.inode_of(handle)?.memory_locks.release(handle, mask);
        Ok(())
    }

    /// The handle no longer looks at the memory, which goes with the last that does.
    pub(in crate::disk) fn unmap(&mut self, handle: HandleId) {
        let Some(own) = self.handles.get_mut(&handle) else {
            return;
        };
        own.shares_memory = false;
        let file = own.file;
        let mut others = self.handles.values();
        let still_shared = others.any(|other| other.file == file && other.shares_memory);
        if let Some(inode) = self.files.get_mut(&file) {
            inode.memory_locks.release(handle, u8::MAX);
            if !still_shared {
                inode.memory = Vec::new();
            }
        }
    }
}
