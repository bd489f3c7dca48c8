//! Who of the staff is signed in. Sessions live in memory: a restart signs everybody out.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use sha2::{Digest, Sha256};

use crate::{UnixMs, accounts::AccountId, keys::from_hex, totp::TotpSecret};

/// A working day; after it an officer signs in again.
pub(crate) const SESSION_MS: i64 = 8 * 3600 * 1000;

/// A session that nobody uses so long ends: the officer has left the desk.
pub(crate) const IDLE_MS: i64 = 30 * 60 * 1000;

/// Sessions of one account at once, such as one at the desk and one on a telephone; the one that began first is ended for
/// one more.
const OF_ACCOUNT_MAX: usize = 3;

/// Staff of a bureau, its townships and villages that are signed in at once; at this bound the session that began first
/// is ended.
const SESSIONS_MAX: usize = 1024;

/// Open sessions by the SHA-256 of their cookie, so that comparing tells nothing about a cookie.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<[u8; 32], Session>>);

/// Whose session it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) account: AccountId,
    /// When the password was set that the session began under.
    pub(crate) password_set: UnixMs,
    /// Whether a code of the second factor was shown in it.
    pub(crate) code_shown: bool,
}

struct Session {
    holder: Holder,
    began: UnixMs,
    used: UnixMs,
    /// The secret that is offered for a second factor, until a code of it is shown.
    offered: Option<TotpSecret>,
}

impl Session {
    fn is_open(&self, now: UnixMs) -> bool {
        now.0 < self.began.0.saturating_add(SESSION_MS)
            && now.0 < self.used.0.saturating_add(IDLE_MS)
    }
}

impl Sessions {
    /// Begins a session; `cookie` is random.
    pub(crate) fn begin(&self, holder: Holder, cookie: &[u8; 32], now: UnixMs) {
        let mut open = self.lock();
        open.retain(|_, session| session.is_open(now));
        let of_account = |session: &Session| session.holder.account == holder.account;
        make_room(&mut open, OF_ACCOUNT_MAX, of_account);
        make_room(&mut open, SESSIONS_MAX, |_| true);
        let session = Session {
            holder,
            began: now,
            used: now,
            offered: None,
        };
        open.insert(digest(cookie), session);
    }

    /// Whose session the cookie opens; it is used by that.
    pub(crate) fn holder(&self, cookie: &str, now: UnixMs) -> Option<Holder> {
        let cookie = from_hex::<32>(cookie)?;
        let mut open = self.lock();
        let session = open
            .get_mut(&digest(&cookie))
            .filter(|session| session.is_open(now))?;
        session.used = now;
        Some(session.holder)
    }

    /// A code of the second factor was shown in the session of the cookie.
    pub(crate) fn code_shown(&self, cookie: &str) {
        self.change(cookie, |session| {
            session.holder.code_shown = true;
            session.offered = None;
        });
    }

    /// The password was changed in the session of the cookie, which goes on under the new one.
    pub(crate) fn password_changed(&self, cookie: &str, password_set: UnixMs) {
        self.change(cookie, |session| session.holder.password_set = password_set);
    }

    /// The secret that the session of the cookie offers for a second factor: the same until a code of it is shown, `new` if
    /// there is none yet. `None` if the cookie opens no session.
    pub(crate) fn offer_secret(&self, cookie: &str, new: TotpSecret) -> Option<TotpSecret> {
        self.change(cookie, |session| session.offered.get_or_insert(new).clone())
    }

    /// The secret that it offers already.
    pub(crate) fn offered_secret(&self, cookie: &str) -> Option<TotpSecret> {
        self.change(cookie, |session| session.offered.clone())
            .flatten()
    }

    fn change<T>(&self, cookie: &str, change: impl FnOnce(&mut Session) -> T) -> Option<T> {
        let cookie = from_hex::<32>(cookie)?;
        self.lock().get_mut(&digest(&cookie)).map(change)
    }

    /// Ends the session of the cookie.
    pub(crate) fn end(&self, cookie: &str) {
        if let Some(cookie) = from_hex::<32>(cookie) {
            self.lock().remove(&digest(&cookie));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the session that began first of those that count, if there are `max` of them.
fn make_room(open: &mut HashMap<[u8; 32], Session>, max: usize, counts: impl Fn(&Session) -> bool) {
    let counted = open.iter().filter(|(_, session)| counts(session));
    if counted.clone().count() < max {
        return;
    }
    let first = counted
        .min_by_key(|(_, session)| session.began)
        .map(|(key, _)| *key);
    if let Some(first) = first {
        open.remove(&first);
    }
}

fn digest(cookie: &[u8; 32]) -> [u8; 32] {
    Sha256::digest(cookie).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::accounts::testing::account_id;

    fn holder(account: i64) -> Holder {
        Holder {
            account: account_id(account),
            password_set: UnixMs(0),
            code_shown: false,
        }
    }

    fn begin(sessions: &Sessions, account: i64, cookie: u32, now: i64) -> String {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&cookie.to_be_bytes());
        sessions.begin(holder(account), &bytes, UnixMs(now));
        hex::encode(bytes)
    }

    #[test]
    fn a_session_ends_when_it_is_not_used_with_the_working_day_or_by_signing_out() {
        let sessions = Sessions::default();
        let cookie = begin(&sessions, 1, 1, 0);
        let mut now = 0;
        while now + IDLE_MS - 1 < SESSION_MS {
            now += IDLE_MS - 1;
            assert_eq!(sessions.holder(&cookie, UnixMs(now)), Some(holder(1)));
        }
        assert_eq!(sessions.holder(&cookie, UnixMs(SESSION_MS)), None);
        let cookie = begin(&sessions, 1, 2, 0);
        assert_eq!(sessions.holder(&cookie, UnixMs(IDLE_MS)), None);
        let cookie = begin(&sessions, 1, 3, 0);
        sessions.end(&cookie);
        assert_eq!(sessions.holder(&cookie, UnixMs(1)), None);
        assert_eq!(sessions.holder("no cookie", UnixMs(1)), None);
    }

    #[test]
    fn a_session_offers_one_secret_until_a_code_of_it_is_shown() {
        let sessions = Sessions::default();
        let cookie = begin(&sessions, 1, 1, 0);
        let [first, second] = [1, 2].map(|byte| TotpSecret::new([byte; 20]));
        assert!(sessions.offered_secret(&cookie).is_none());
        assert!(sessions.offer_secret(&cookie, first.clone()) == Some(first.clone()));
        assert!(sessions.offer_secret(&cookie, second.clone()) == Some(first.clone()));
        assert!(sessions.offered_secret(&cookie) == Some(first));
        sessions.code_shown(&cookie);
        assert!(sessions.offered_secret(&cookie).is_none());
        let shown = sessions
            .holder(&cookie, UnixMs(1))
            .map(|holder| holder.code_shown);
        assert_eq!(shown, Some(true));
        assert!(sessions.offer_secret("no cookie", second).is_none());
    }

    #[test]
    fn the_first_session_of_an_account_makes_room_for_one_more() {
        let sessions = Sessions::default();
        let other = begin(&sessions, 2, 99, 0);
        let mine: Vec<String> = (0..4)
            .map(|at| begin(&sessions, 1, at, at.into()))
            .collect();
        let open = |cookie: &str| sessions.holder(cookie, UnixMs(9)).is_some();
        assert!(!open(&mine[0]) && open(&other));
        assert!(mine[1..].iter().all(|cookie| open(cookie)));
    }

    #[test]
    fn the_first_session_of_all_makes_room_at_the_bound() {
        let sessions = Sessions::default();
        let all: Vec<String> = (0..=SESSIONS_MAX as u32)
            .map(|at| begin(&sessions, at.into(), at, at.into()))
            .collect();
        let now = UnixMs(SESSIONS_MAX as i64);
        let open = all
            .iter()
            .filter(|cookie| sessions.holder(cookie, now).is_some());
        assert_eq!(open.count(), SESSIONS_MAX);
        assert_eq!(sessions.holder(&all[0], now), None);
    }
}
