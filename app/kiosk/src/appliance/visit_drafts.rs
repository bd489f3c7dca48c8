//! Scanned pages of the visit in hand, in the kiosk's file and readable with this memory alone.
//!
//! Pages are bulky and a board has little memory, so they wait in the file, sealed with a key that is made for each
//! visit and destroyed when the person has gone. What is then left of them in the file is noise.

use std::collections::BTreeSet;

use envelope::{CryptoRng, DraftKey};
use store::Store;
use zeroize::Zeroizing;

/// The key of the visit in hand.
pub struct VisitDrafts {
    key: DraftKey,
    /// Numbers that hold bytes of pages in use.
    parts: BTreeSet<u32>,
}

impl VisitDrafts {
    /// The drafts of a visit that begins.
    #[must_use]
    pub fn new(rng: &mut impl CryptoRng) -> Self {
        Self {
            key: DraftKey::random(rng),
            parts: BTreeSet::new(),
        }
    }

    /// Puts bytes into the file and says under which number; `None` if it does not take them, and they stay where they
    /// are.
    pub fn put(
        &mut self,
        store: &mut Store,
        bytes: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Option<u32> {
        // The lowest free number, so that photos that were given up make room for the next.
        let part = (0..).find(|part| !self.parts.contains(part))?;
        let sealed = self.key.seal(bytes, &part.to_be_bytes(), rng);
        store.put_draft(part, &sealed).ok()?;
        self.parts.insert(part);
        Some(part)
    }

    /// The bytes under this number are not needed any more; the next ones take their place.
    pub fn give_up(&mut self, part: u32) {
        self.parts.remove(&part);
    }

    /// Bytes that were put in this visit.
    #[must_use]
    pub fn get(&self, store: &Store, part: u32) -> Option<Zeroizing<Vec<u8>>> {
        let sealed = store.draft(part).ok()??;
        self.key.open(&sealed, &part.to_be_bytes())
    }

    /// The person has gone: the key is destroyed, and what it sealed is deleted.
    pub fn end(&mut self, store: &mut Store, rng: &mut impl CryptoRng) {
        self.key = DraftKey::random(rng);
        self.parts.clear();
        // A disk that fails keeps noise until the next visit's end.
        let _ = store.drop_drafts();
    }
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use getrandom::rand_core::UnwrapErr;

    use super::*;

    #[test]
    fn a_page_is_readable_during_its_visit_and_never_after() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kiosk.db");
        let mut store = Store::open(&path).unwrap();
        let rng = &mut UnwrapErr(SysRng);
        let mut drafts = VisitDrafts::new(rng);
        let page = b"a signature in ink ".repeat(300);
        assert_eq!(drafts.put(&mut store, &page, rng), Some(0));
        assert_eq!(drafts.get(&store, 0).unwrap().to_vec(), page);
        assert!(drafts.get(&store, 1).is_none());

        // Whoever copies the file during the visit has the sealed page and not the key.
        let sealed = store.draft(0).unwrap().unwrap();
        assert_eq!(drafts.put(&mut store, b"second", rng), Some(1));
        drafts.give_up(0);
        assert_eq!(drafts.put(&mut store, b"third", rng), Some(0));
        assert_eq!(drafts.get(&store, 1).unwrap().to_vec(), b"second");
        drafts.end(&mut store, rng);
        assert!(drafts.get(&store, 0).is_none());
        store.put_draft(0, &sealed).unwrap();
        assert!(drafts.get(&store, 0).is_none());

        drop(store);
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(12).any(|window| window == b"signature in"));
        }
    }
}
