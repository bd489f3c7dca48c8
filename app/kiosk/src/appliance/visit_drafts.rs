//! Scanned pages of the visit in hand, in the kiosk's file and readable with this memory alone.
//!
//! Pages are bulky and a board has little memory, so they wait in the file, sealed with a key that is made for each
//! visit and destroyed when the person has gone. What is then left of them in the file is noise.

use envelope::{CryptoRng, DraftKey};
use store::Store;
use zeroize::Zeroizing;

/// The key of the visit in hand.
pub struct VisitDrafts {
    key: DraftKey,
}

impl VisitDrafts {
    /// The drafts of a visit that begins.
    #[must_use]
    pub fn new(rng: &mut impl CryptoRng) -> Self {
        Self {
            key: DraftKey::random(rng),
        }
    }

    /// Puts bytes into the file; `false` if it does not take them, and they stay where they are.
    pub fn put(
        &self,
        store: &mut Store,
        part: u32,
        bytes: &[u8],
        rng: &mut impl CryptoRng,
    ) -> bool {
        let sealed = self.key.seal(bytes, &part.to_be_bytes(), rng);
        store.put_draft(part, &sealed).is_ok()
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
        assert!(drafts.put(&mut store, 0, &page, rng));
        assert_eq!(drafts.get(&store, 0).unwrap().to_vec(), page);
        assert!(drafts.get(&store, 1).is_none());

        // Whoever copies the file during the visit has the sealed page and not the key.
        let sealed = store.draft(0).unwrap().unwrap();
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
