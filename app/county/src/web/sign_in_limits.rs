//! How often somebody may try to sign in, so that passwords cannot be guessed.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use crate::UnixMs;

/// Tries are counted so long from the first one on.
pub(crate) const WINDOW_MS: i64 = 15 * 60 * 1000;

/// Tries for one name; who has forgotten a password has tried by then.
pub(crate) const OF_NAME_MAX: u32 = 10;

/// Tries from one address; a whole township may stand behind one.
pub(crate) const OF_ADDRESS_MAX: u32 = 60;

/// Names and addresses that are remembered, of each; at this bound the one that began first is forgotten.
const KEYS_MAX: usize = 4096;

/// Tries to sign in by name and by address.
#[derive(Default)]
pub(crate) struct SignInLimits(Mutex<(Tries<String>, Tries<IpAddr>)>);

struct Tries<K>(HashMap<K, (UnixMs, u32)>);

impl<K> Default for Tries<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl SignInLimits {
    /// Counts a try; false if there were too many.
    pub(crate) fn may_try(&self, name: &str, address: IpAddr, now: UnixMs) -> bool {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Both are counted, whichever is exhausted.
        let by_address = tries.1.count(address, now) <= OF_ADDRESS_MAX;
        let by_name = tries.0.count(name.to_owned(), now) <= OF_NAME_MAX;
        by_address && by_name
    }

    /// Forgets the tries for a name, which has just signed in.
    pub(crate) fn signed_in(&self, name: &str) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tries.0.0.remove(name);
    }
}

impl<K: Eq + Hash + Clone> Tries<K> {
    /// How many tries there were, with this one.
    fn count(&mut self, key: K, now: UnixMs) -> u32 {
        let is_over = |began: UnixMs| began.0.saturating_add(WINDOW_MS) <= now.0;
        if KEYS_MAX <= self.0.len() && !self.0.contains_key(&key) {
            self.0.retain(|_, (began, _)| !is_over(*began));
            let first = self.0.iter().min_by_key(|(_, (began, _))| *began);
            if let Some(first) = first
                .filter(|_| KEYS_MAX <= self.0.len())
                .map(|(key, _)| key.clone())
            {
                self.0.remove(&first);
            }
        }
        let (began, count) = self.0.entry(key).or_insert((now, 0));
        if is_over(*began) {
            (*began, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u32) -> IpAddr {
        IpAddr::from(number.to_be_bytes())
    }

    #[test]
    fn a_name_is_tried_only_so_often_until_the_window_is_over_or_it_signs_in() {
        let limits = SignInLimits::default();
        let may = |now| limits.may_try("王甲", address(1), UnixMs(now));
        assert!((0..OF_NAME_MAX).all(|_| may(0)));
        assert!(!may(WINDOW_MS - 1));
        // Another name from the same address is not held up.
        assert!(limits.may_try("王乙", address(1), UnixMs(0)));
        assert!(may(WINDOW_MS));
        assert!((1..OF_NAME_MAX).all(|_| may(WINDOW_MS)) && !may(WINDOW_MS));
        limits.signed_in("王甲");
        assert!(may(WINDOW_MS));
    }

    #[test]
    fn an_address_tries_only_so_many_names() {
        let limits = SignInLimits::default();
        let may = |name: u32, from| limits.may_try(&name.to_string(), address(from), UnixMs(0));
        assert!((0..OF_ADDRESS_MAX).all(|name| may(name, 1)));
        assert!(!may(99, 1) && may(99, 2));
    }

    #[test]
    fn memory_is_bounded_and_the_first_is_forgotten() {
        let mut tries = Tries::default();
        for key in 0..=KEYS_MAX {
            assert_eq!(tries.count(key, UnixMs(key as i64)), 1);
        }
        assert_eq!(tries.0.len(), KEYS_MAX);
        let now = UnixMs(KEYS_MAX as i64);
        assert_eq!((tries.count(KEYS_MAX, now), tries.count(0, now)), (2, 1));
    }
}
