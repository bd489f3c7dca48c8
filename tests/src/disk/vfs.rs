//! A [`Volume`] as SQLite calls it: the functions of a VFS, which translate and nothing else.
//!
//! Source: <https://www.sqlite.org/c3ref/vfs.html>, <https://www.sqlite.org/c3ref/io_methods.html>.
#![allow(
    unsafe_code,
    reason = "SQLite calls a VFS through C function pointers with raw pointers to its files"
)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::ffi;

use super::locks::LockLevel;
use super::volume::{HandleId, Opening, REGION_BYTES, Refusal, Region, Volume};

/// The longest path, with the zero that ends it; SQLite's Unix VFS has the same.
const LONGEST_PATH_BYTES: usize = 512;

/// A Unix time in SQLite's count, which is the Julian day in milliseconds.
const UNIX_EPOCH_JULIAN_MS: i64 = 210_866_760_000_000;

const DAY_MS: f64 = 86_400_000.0;

/// What SQLite's calls find behind a VFS. It is never freed, since a connection may outlive its
/// disk and still ask; what is left of a dropped disk is about a kilobyte.
pub(super) struct Mount {
    volume: Mutex<Volume>,
    wall_ms: AtomicI64,
}

impl Mount {
    /// Registers the volume under a name of its own and returns both.
    ///
    /// # Errors
    ///
    /// SQLite's result code if it refuses, which it does only without memory.
    pub(super) fn register(
        volume: Volume,
        wall_ms: i64,
    ) -> Result<(&'static Self, CString), c_int> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut name = format!("disk-{number}").into_bytes();
        name.retain(|byte| *byte != 0);
        let name = CString::new(name).map_err(|_| ffi::SQLITE_INTERNAL)?;
        let mount: &'static Self = Box::leak(Box::new(Self {
            volume: Mutex::new(volume),
            wall_ms: AtomicI64::new(wall_ms),
        }));
        let vfs = Box::leak(Box::new(ffi::sqlite3_vfs {
            iVersion: 2,
            szOsFile: size_of::<OpenFile>() as c_int,
            mxPathname: LONGEST_PATH_BYTES as c_int,
            pNext: ptr::null_mut(),
            zName: name.clone().into_raw(),
            pAppData: ptr::from_ref(mount).cast_mut().cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: Some(last_error),
            xCurrentTimeInt64: Some(current_time_ms),
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        }));
        // SAFETY: `vfs` and all that it points to is leaked, so it stays valid and in its place.
        match unsafe { ffi::sqlite3_vfs_register(vfs, 0) } {
            ffi::SQLITE_OK => Ok((mount, name)),
            refused => Err(refused),
        }
    }

    /// Takes the name back, so that nobody opens a file under it any more.
    pub(super) fn unregister(name: &CStr) {
        // SAFETY: the name ends with a zero; SQLite returns a registered VFS or null and takes both.
        unsafe {
            ffi::sqlite3_vfs_unregister(ffi::sqlite3_vfs_find(name.as_ptr()));
        }
    }

    pub(super) fn volume(&self) -> MutexGuard<'_, Volume> {
        self.volume.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_wall_ms(&self, wall_ms: i64) {
        self.wall_ms.store(wall_ms, Ordering::Relaxed);
    }

    fn julian_ms(&self) -> i64 {
        let wall_ms = self.wall_ms.load(Ordering::Relaxed);
        wall_ms.saturating_add(UNIX_EPOCH_JULIAN_MS)
    }
}

/// Seeds the generator from which SQLite takes the salts of its logs. It belongs to the process, so
/// only a process that does one thing after the other gets the same bytes from the same seed.
pub(super) fn seed_sqlite(seed: i32) {
    // SAFETY: this operation takes an int and a connection, which may be null.
    unsafe {
        ffi::sqlite3_test_control(
            ffi::SQLITE_TESTCTRL_PRNG_SEED,
            seed,
            ptr::null_mut::<ffi::sqlite3>(),
        );
    }
}

/// What SQLite allocates for each open file. It sees the first field only.
#[repr(C)]
struct OpenFile {
    methods: *const ffi::sqlite3_io_methods,
    mount: &'static Mount,
    handle: HandleId,
    /// Regions that SQLite has a pointer to; they stay until it unmaps them or closes the file.
    regions: Vec<Region>,
}

// SQLite aligns what it allocates to eight bytes.
const _: () = assert!(align_of::<OpenFile>() <= 8);

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// SQLite's code for the end of an operation whose device errors are called `failed`.
fn code(result: Result<(), Refusal>, failed: c_int) -> c_int {
    match result {
        Ok(()) => ffi::SQLITE_OK,
        Err(Refusal::Off) => ffi::SQLITE_IOERR,
        Err(Refusal::Failed) => failed,
        Err(Refusal::Full) => ffi::SQLITE_FULL,
        Err(Refusal::Busy) => ffi::SQLITE_BUSY,
        Err(Refusal::Missing | Refusal::Exists) => ffi::SQLITE_CANTOPEN,
    }
}

/// An offset or a length, which SQLite never makes negative.
fn unsigned(number: impl TryInto<u64>) -> u64 {
    number.try_into().unwrap_or(u64::MAX)
}

/// # Safety
///
/// `vfs` is one that [`Mount::register`] made.
unsafe fn mount(vfs: *mut ffi::sqlite3_vfs) -> &'static Mount {
    // SAFETY: `register` put a leaked mount there.
    unsafe { &*(*vfs).pAppData.cast::<Mount>() }
}

/// # Safety
///
/// `path` ends with a zero.
unsafe fn text(path: *const c_char) -> Arc<str> {
    // SAFETY: the caller's promise.
    let path = unsafe { CStr::from_ptr(path) };
    Arc::from(path.to_string_lossy())
}

/// # Safety
///
/// `file` was filled by [`open`] and not closed since, and no other call uses it now.
unsafe fn open_file<'a>(file: *mut ffi::sqlite3_file) -> &'a mut OpenFile {
    // SAFETY: `open` wrote an `OpenFile` there, and SQLite makes one call at a time on one file.
    unsafe { &mut *file.cast::<OpenFile>() }
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    let has = |flag: c_int| flags & flag != 0;
    let is_journal =
        has(ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL | ffi::SQLITE_OPEN_WAL);
    let opening = Opening {
        make: has(ffi::SQLITE_OPEN_CREATE),
        new_only: has(ffi::SQLITE_OPEN_EXCLUSIVE),
        delete_on_close: has(ffi::SQLITE_OPEN_DELETEONCLOSE),
        syncs_folder: is_journal && has(ffi::SQLITE_OPEN_CREATE),
    };
    // SAFETY: SQLite passes the VFS that this function belongs to.
    let mount = unsafe { mount(vfs) };
    let opened = if path.is_null() {
        mount.volume().open_temporary()
    } else {
        // SAFETY: SQLite's paths end with a zero.
        let path = unsafe { text(path) };
        mount.volume().open(&path, opening)
    };
    match opened {
        Ok(handle) => {
            // SAFETY: SQLite allocated `szOsFile` bytes for an `OpenFile`, aligned to eight.
            unsafe {
                file.cast::<OpenFile>().write(OpenFile {
                    methods: &raw const METHODS,
                    mount,
                    handle,
                    regions: Vec::new(),
                });
            }
            if !flags_out.is_null() {
                // SAFETY: not null, so it points to an int of SQLite's.
                unsafe { *flags_out = flags };
            }
            ffi::SQLITE_OK
        }
        Err(refusal) => {
            // SAFETY: the allocation begins with the pointer to the methods; null says "not open".
            unsafe { (*file).pMethods = ptr::null() };
            code(Err(refusal), ffi::SQLITE_CANTOPEN)
        }
    }
}

unsafe extern "C" fn delete(
    vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: SQLite passes the VFS that this function belongs to and a path that ends with a zero.
    let (mount, path) = unsafe { (mount(vfs), text(path)) };
    match mount.volume().delete(&path, sync_folder != 0) {
        Err(Refusal::Missing) => ffi::SQLITE_IOERR_DELETE_NOENT,
        result => code(result, ffi::SQLITE_IOERR_DELETE),
    }
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    flags: c_int,
    found: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes the VFS that this function belongs to and a path that ends with a zero.
    let (mount, path) = unsafe { (mount(vfs), text(path)) };
    let result = mount.volume().access(&path).map(|len| {
        // As SQLite's Unix VFS has it, an empty file is not there.
        let least = u64::from(flags == ffi::SQLITE_ACCESS_EXISTS);
        let is_there = len.is_some_and(|len| least <= len);
        // SAFETY: SQLite passes a place for the answer.
        unsafe { *found = c_int::from(is_there) };
    });
    code(result, ffi::SQLITE_IOERR_ACCESS)
}

/// Paths are taken as they are: a disk has no current folder and no links.
unsafe extern "C" fn full_pathname(
    _vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    out_bytes: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite's paths end with a zero.
    let path = unsafe { CStr::from_ptr(path) }.to_bytes_with_nul();
    if usize::try_from(out_bytes).is_ok_and(|room| path.len() <= room) {
        // SAFETY: `out` has room for `out_bytes`, which `path` fits, and is another buffer.
        unsafe { ptr::copy_nonoverlapping(path.as_ptr().cast(), out, path.len()) };
        ffi::SQLITE_OK
    } else {
        ffi::SQLITE_CANTOPEN
    }
}

unsafe extern "C" fn randomness(vfs: *mut ffi::sqlite3_vfs, len: c_int, out: *mut c_char) -> c_int {
    let mut noise = vec![0; usize::try_from(len).unwrap_or(0)];
    // SAFETY: SQLite passes the VFS that this function belongs to and a buffer of `len` bytes.
    unsafe {
        mount(vfs).volume().fill_with_noise(&mut noise);
        ptr::copy_nonoverlapping(noise.as_ptr().cast(), out, noise.len());
    }
    len
}

/// The time asked for is over at once: nobody else runs meanwhile.
unsafe extern "C" fn sleep(_vfs: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    microseconds
}

unsafe extern "C" fn current_time(vfs: *mut ffi::sqlite3_vfs, days: *mut f64) -> c_int {
    // SAFETY: SQLite passes the VFS that this function belongs to and a place for the answer.
    unsafe { *days = mount(vfs).julian_ms() as f64 / DAY_MS };
    ffi::SQLITE_OK
}

unsafe extern "C" fn current_time_ms(vfs: *mut ffi::sqlite3_vfs, ms: *mut i64) -> c_int {
    // SAFETY: SQLite passes the VFS that this function belongs to and a place for the answer.
    unsafe { *ms = mount(vfs).julian_ms() };
    ffi::SQLITE_OK
}

unsafe extern "C" fn last_error(_: *mut ffi::sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: `open` wrote an `OpenFile` there; SQLite does not use it after this call.
    let closed = unsafe { file.cast::<OpenFile>().read() };
    closed.mount.volume().close(closed.handle);
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    out: *mut c_void,
    len: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite passes an open file and a buffer of `len` bytes, which it has written to.
    let (file, bytes) = unsafe {
        let len = usize::try_from(len).unwrap_or(0);
        // Zeros first: a buffer of SQLite's may never have been written.
        out.cast::<u8>().write_bytes(0, len);
        (
            open_file(file),
            std::slice::from_raw_parts_mut(out.cast::<u8>(), len),
        )
    };
    let result = file
        .mount
        .volume()
        .read(file.handle, unsigned(offset), bytes);
    match result {
        // The rest is zeros, as SQLite demands.
        Ok(had) if had < bytes.len() => ffi::SQLITE_IOERR_SHORT_READ,
        other => code(other.map(drop), ffi::SQLITE_IOERR_READ),
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    len: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite passes an open file and `len` bytes to write.
    let (file, bytes) = unsafe {
        let len = usize::try_from(len).unwrap_or(0);
        (
            open_file(file),
            std::slice::from_raw_parts(bytes.cast::<u8>(), len),
        )
    };
    let result = file
        .mount
        .volume()
        .write(file.handle, unsigned(offset), bytes);
    code(result, ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes an open file.
    let file = unsafe { open_file(file) };
    let result = file.mount.volume().truncate(file.handle, unsigned(len));
    code(result, ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: SQLite passes an open file.
    let file = unsafe { open_file(file) };
    let result = file.mount.volume().sync(file.handle);
    code(result, ffi::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, len: *mut i64) -> c_int {
    // SAFETY: SQLite passes an open file.
    let file = unsafe { open_file(file) };
    let result = file.mount.volume().len(file.handle).map(|bytes| {
        // SAFETY: SQLite passes a place for the answer.
        unsafe { *len = i64::try_from(bytes).unwrap_or(i64::MAX) };
    });
    code(result, ffi::SQLITE_IOERR_FSTAT)
}

fn level(number: c_int) -> LockLevel {
    match number {
        ..=ffi::SQLITE_LOCK_NONE => LockLevel::Unlocked,
        ffi::SQLITE_LOCK_SHARED => LockLevel::Shared,
        ffi::SQLITE_LOCK_RESERVED => LockLevel::Reserved,
        ffi::SQLITE_LOCK_PENDING => LockLevel::Pending,
        _ => LockLevel::Exclusive,
    }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, wanted: c_int) -> c_int {
    // SAFETY: SQLite passes an open file.
    let file = unsafe { open_file(file) };
    let result = file.mount.volume().lock(file.handle, level(wanted));
    code(result, ffi::SQLITE_IOERR_LOCK)
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, wanted: c_int) -> c_int {
    // SAFETY: SQLite passes an open file.
    let file = unsafe { open_file(file) };
    let result = file.mount.volume().unlock(file.handle, level(wanted));
    code(result, ffi::SQLITE_IOERR_UNLOCK)
}

unsafe extern "C" fn check_reserved_lock(
    file: *mut ffi::sqlite3_file,
    reserved: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes an open file.
    let file = unsafe { open_file(file) };
    let result = file
        .mount
        .volume()
        .is_reserved(file.handle)
        .map(|is_reserved| {
            // SAFETY: SQLite passes a place for the answer.
            unsafe { *reserved = c_int::from(is_reserved) };
        });
    code(result, ffi::SQLITE_IOERR_CHECKRESERVEDLOCK)
}

unsafe extern "C" fn file_control(
    _file: *mut ffi::sqlite3_file,
    _operation: c_int,
    _argument: *mut c_void,
) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite passes an open file.
    let file = unsafe { open_file(file) };
    c_int::try_from(file.mount.volume().platter.sector_bytes).unwrap_or(c_int::MAX)
}

/// The disk promises nothing, neither that a sector is whole nor any order, unless it is to claim what
/// SQLite's Unix VFS claims of every disk.
unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite passes an open file.
    let file = unsafe { open_file(file) };
    if file.mount.volume().claims_powersafe_overwrite {
        ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
    } else {
        0
    }
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    number: c_int,
    region_bytes: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: SQLite passes an open file.
    let file = unsafe { open_file(file) };
    let (Ok(number), Ok(REGION_BYTES)) = (usize::try_from(number), usize::try_from(region_bytes))
    else {
        return ffi::SQLITE_IOERR_SHMMAP;
    };
    let mapped = file.mount.volume().map(file.handle, number, extend != 0);
    // Shared memory without room has a code of its own.
    if matches!(mapped, Err(Refusal::Full)) {
        return ffi::SQLITE_IOERR_SHMSIZE;
    }
    let result = mapped.map(|region| {
        let start = region.as_ref().map_or(ptr::null_mut(), |region| {
            // Atomics may be written through a shared reference, and the pointer is to all of them.
            Arc::as_ptr(region).cast_mut().cast::<c_void>()
        });
        file.regions.extend(region);
        // SAFETY: SQLite passes a place for the answer. The region stays while `regions` has it.
        unsafe { *out = start };
    });
    code(result, ffi::SQLITE_IOERR_SHMMAP)
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: SQLite passes an open file.
    let file = unsafe { open_file(file) };
    let (Ok(first), Ok(count)) = (u32::try_from(first), u32::try_from(count)) else {
        return ffi::SQLITE_IOERR_SHMLOCK;
    };
    let ones = 1_u8.checked_shl(count).map_or(u8::MAX, |bit| bit - 1);
    let mask = ones.checked_shl(first).unwrap_or(0);
    let mut volume = file.mount.volume();
    let result = if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        volume.unlock_memory(file.handle, mask)
    } else {
        let alone = flags & ffi::SQLITE_SHM_EXCLUSIVE != 0;
        volume.lock_memory(file.handle, mask, alone)
    };
    code(result, ffi::SQLITE_IOERR_SHMLOCK)
}

unsafe extern "C" fn shm_barrier(_file: *mut ffi::sqlite3_file) {
    std::sync::atomic::fence(Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: SQLite passes an open file.
    let file = unsafe { open_file(file) };
    file.mount.volume().unmap(file.handle);
    file.regions.clear();
    ffi::SQLITE_OK
}
