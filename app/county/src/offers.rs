//! Offers of short objects, of which nothing has come yet.

use std::collections::{HashMap, VecDeque};

use envelope::ObjectHash;
use parking_lot::Mutex;

/// Kiosks send objects of this length whole, in the request that follows their offer. Longer ones come in several requests,
/// which may reach several servers, so that what is expected of them is in the ledger.
pub(crate) const SHORT_LEN_MAX: u32 = 32 << 10;

/// Offers that are remembered, 400 KB of them. At this bound the oldest is forgotten; should its object not come whole, it
/// has to be offered again.
const OFFERS_MAX: usize = 4096;

/// The lengths of short objects that this server was offered last: an offer that its object follows at once needs no place
/// in the ledger.
#[derive(Default)]
pub(crate) struct Offers(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    lens: HashMap<ObjectHash, u32>,
    /// As they came; some may have been taken since.
    order: VecDeque<ObjectHash>,
}

impl Offers {
    pub(crate) fn note(&self, hash: ObjectHash, len: u32) {
        let mut noted = self.0.lock();
        if noted.lens.insert(hash, len).is_some() {
            return;
        }
        noted.order.push_back(hash);
        if OFFERS_MAX < noted.order.len()
            && let Some(oldest) = noted.order.pop_front()
        {
            noted.lens.remove(&oldest);
        }
    }

    /// The length that an object was offered with.
    pub(crate) fn len(&self, hash: ObjectHash) -> Option<u32> {
        self.0.lock().lens.get(&hash).copied()
    }

    /// The same, and forgets the offer.
    pub(crate) fn take(&self, hash: ObjectHash) -> Option<u32> {
        self.0.lock().lens.remove(&hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_offer_makes_room_for_a_new_one() {
        let hash = |number: usize| ObjectHash::of(&number.to_be_bytes());
        let offers = Offers::default();
        for number in 0..=OFFERS_MAX {
            offers.note(hash(number), 1);
        }
        assert_eq!(offers.len(hash(0)), None);
        assert_eq!(offers.take(hash(1)), Some(1));
        assert_eq!(offers.len(hash(1)), None);
        assert_eq!(offers.len(hash(OFFERS_MAX)), Some(1));
    }
}
