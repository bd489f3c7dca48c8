//! Who of the staff is signed in. Sessions live in memory: a restart signs everybody out.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use relief::{Actor, Role};
use sha2::{Digest, Sha256};

use crate::{
    UnixMs,
    keys::{StaffKey, from_hex},
};

/// A working day; after it an officer signs in again.
pub(crate) const SESSION_MS: i64 = 8 * 3600 * 1000;

/// Staff of a bureau and its townships that are signed in at once; at this bound the session that ends first is
/// ended.
const SESSIONS_MAX: usize = 64;

/// Open sessions by the SHA-256 of their cookie, so that comparing tells nothing about a cookie.
pub(crate) struct Sessions {
    key: StaffKey,
    open: Mutex<HashMap<[u8; 32], Session>>,
}

struct Session {
    officer: Actor,
    ends: UnixMs,
}

impl Sessions {
    pub(crate) fn new(key: StaffKey) -> Self {
        Self {
            key,
            open: Mutex::default(),
        }
    }

    /// Signs an officer in and gives the cookie's value; `None` if `shown` is not the staff key.
    ///
    /// The key has 256 random bits, so guessing needs no counting of tries.
    pub(crate) fn sign_in(
        &self,
        shown: &str,
        officer: Actor,
        now: UnixMs,
    ) -> Result<Option<String>, getrandom::Error> {
        if !self.key.opens_with(shown) {
            return Ok(None);
        }
        let mut cookie = [0; 32];
        getrandom::fill(&mut cookie)?;
        let mut open = self.lock();
        open.retain(|_, session| now < session.ends);
        if SESSIONS_MAX <= open.len() {
            let first = open
                .iter()
                .min_by_key(|(_, session)| session.ends)
                .map(|(key, _)| *key);
            if let Some(first) = first {
                open.remove(&first);
            }
        }
        open.insert(
            digest(&cookie),
            Session {
                officer,
                ends: UnixMs(now.0.saturating_add(SESSION_MS)),
            },
        );
        Ok(Some(
            cookie.iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }

    /// Whose session the cookie opens.
    pub(crate) fn officer(&self, cookie: &str, now: UnixMs) -> Option<Actor> {
        let cookie = from_hex::<32>(cookie)?;
        let open = self.lock();
        open.get(&digest(&cookie))
            .filter(|session| now < session.ends)
            .map(|session| session.officer.clone())
    }

    /// Ends the session of the cookie.
    pub(crate) fn sign_out(&self, cookie: &str) {
        if let Some(cookie) = from_hex::<32>(cookie) {
            self.lock().remove(&digest(&cookie));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(cookie: &[u8; 32]) -> [u8; 32] {
    Sha256::digest(cookie).into()
}

/// The part that a sign-in form names; staff of the township or of the county.
pub(crate) fn staff_role(key: &str) -> Option<Role> {
    match key {
        "township" => Some(Role::Township),
        "county" => Some(Role::County),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn officer() -> Actor {
        Actor {
            role: Role::Township,
            name: "王经办".to_owned(),
        }
    }

    #[test]
    fn a_session_ends_with_the_working_day_or_by_signing_out() {
        let sessions = Sessions::new(StaffKey::new("key"));
        let cookie = sessions
            .sign_in("key", officer(), UnixMs(0))
            .unwrap()
            .unwrap();
        assert_eq!(
            sessions.officer(&cookie, UnixMs(SESSION_MS - 1)),
            Some(officer())
        );
        assert_eq!(sessions.officer(&cookie, UnixMs(SESSION_MS)), None);
        sessions.sign_out(&cookie);
        assert_eq!(sessions.officer(&cookie, UnixMs(1)), None);
        assert_eq!(sessions.sign_in("kex", officer(), UnixMs(0)), Ok(None));
    }

    #[test]
    fn the_session_that_ends_first_makes_room() {
        let sessions = Sessions::new(StaffKey::new("key"));
        let cookies: Vec<String> = (0..=SESSIONS_MAX as i64)
            .map(|ms| {
                sessions
                    .sign_in("key", officer(), UnixMs(ms))
                    .unwrap()
                    .unwrap()
            })
            .collect();
        let open = cookies
            .iter()
            .filter(|cookie| sessions.officer(cookie, UnixMs(100)).is_some())
            .count();
        assert_eq!(open, SESSIONS_MAX);
        assert_eq!(sessions.officer(&cookies[0], UnixMs(100)), None);
    }
}
