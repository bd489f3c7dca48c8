use std::collections::BTreeSet;

use super::{
    bytes::{Bytes, u16_at, u32_at},
    log::LogPages,
};

/// Length of a page. SQLite makes new files with pages of this length, and no step of ours changes
/// it; a header that says otherwise is damaged.
pub(crate) const PAGE_LEN: usize = 4096;

/// The bytes of a page.
pub(crate) type Page = Box<[u8; PAGE_LEN]>;

/// The first page begins with the file's header.
pub(crate) const FILE_HEADER_LEN: usize = 100;
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// A database below SQL: pages of the main file, some of them overlaid by those of the log.
pub(crate) struct Pages<'a> {
    main: &'a dyn Bytes,
    log: &'a dyn Bytes,
    overlaid: &'a LogPages,
}

/// What the file's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileHeader {
    pub(crate) application_id: u32,
    pub(crate) user_version: u32,
    free_trunk: u32,
    free_count: u32,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(main: &'a dyn Bytes, log: &'a dyn Bytes, overlaid: &'a LogPages) -> Self {
        Self {
            main,
            log,
            overlaid,
        }
    }

    /// The highest page number. A page that is there in part does not count.
    pub(crate) fn count(&self) -> u32 {
        let in_main = self.main.len() / PAGE_LEN as u64;
        let in_log = self.overlaid.last_key_value().map_or(0, |(page, _)| *page);
        u32::try_from(in_main).unwrap_or(u32::MAX).max(in_log)
    }

    /// The page of this number, from 1; `None` if there is none or it cannot be read.
    pub(crate) fn page(&self, number: u32) -> Option<Page> {
        let mut page = Box::new([0; PAGE_LEN]);
        let readable = match self.overlaid.get(&number) {
            Some(offset) => self.log.read(*offset, &mut page[..]),
            None => {
                let before = u64::from(number.checked_sub(1)?);
                self.main.read(before * PAGE_LEN as u64, &mut page[..])
            }
        };
        readable.then_some(page)
    }

    /// Where in the log the page lies: the further, the later it was written. 0 for one of the main file,
    /// which is older than any.
    pub(crate) fn written_at(&self, number: u32) -> u64 {
        self.overlaid.get(&number).copied().unwrap_or(0)
    }

    /// `None` if the first page does not begin as that of a database with our pages.
    pub(crate) fn header(&self) -> Option<FileHeader> {
        let page = self.page(1)?;
        // No bytes are kept free in a page; the fractions are the same in every file.
        let fixed = [0, 64, 32, 32];
        let usual = page.starts_with(MAGIC)
            && u16_at(&page[..], 16).map(usize::from) == Some(PAGE_LEN)
            && page[20..].starts_with(&fixed);
        if !usual {
            return None;
        }
        Some(FileHeader {
            free_trunk: u32_at(&page[..], 32)?,
            free_count: u32_at(&page[..], 36)?,
            user_version: u32_at(&page[..], 60)?,
            application_id: u32_at(&page[..], 68)?,
        })
    }

    /// The pages that hold nothing any more, whatever their bytes say; `None` if the list of them
    /// is not whole.
    ///
    /// Source: <https://www.sqlite.org/fileformat2.html#the_freelist>.
    pub(crate) fn free(&self) -> Option<BTreeSet<u32>> {
        let header = self.header()?;
        let mut free = BTreeSet::new();
        let mut next = header.free_trunk;
        while next != 0 {
            // A page that comes twice ends the walk, so it is no longer than the file.
            let trunk = self.page(next)?;
            if !self.add_free(&mut free, next) {
                return None;
            }
            let leaves = u32_at(&trunk[..], 4)? as usize;
            for leaf in 0..leaves {
                let leaf = u32_at(&trunk[..], 8 + 4 * leaf)?;
                if !self.add_free(&mut free, leaf) {
                    return None;
                }
            }
            next = u32_at(&trunk[..], 0)?;
        }
        (free.len() == header.free_count as usize).then_some(free)
    }

    fn add_free(&self, free: &mut BTreeSet<u32>, page: u32) -> bool {
        1 < page && page <= self.count() && free.insert(page)
    }
}
