//! The key under which the registers lie in the ledger, and by which people are matched.
//!
//! It is drawn once and lies in the ledger sealed under the county's secret, once for each secret that the county ever
//! had: whoever has a copy of the ledger alone reads nobody's name. A county that changes its keys keeps it.

use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit as _, Nonce,
    aead::{Aead, Payload},
};
use envelope::CountyKeyring;
use hmac::{Hmac, Mac};
use relief::{IdNumber, PersonKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::ledger::{Ledger, LedgerError, county_events, second_factors};

/// Why the register key is not to be had; the county does not open.
#[derive(Debug, thiserror::Error)]
pub enum RegisterKeyError {
    /// It lies under secrets that this county no longer has.
    #[error(
        "registers are sealed under a secret of the county's that is not named; add it to former-secret-files"
    )]
    OtherSecret,
    /// The machine gives no randomness.
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
    /// The disk failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Bytes before a sealed body. They are drawn for each body; a county has too few of them for two to be the same.
const NONCE_LEN: usize = 12;

/// The key.
pub(crate) struct RegisterKey(Zeroizing<[u8; 32]>);

impl RegisterKey {
    /// The key of this ledger, drawn if it has none, and from now on also under the county's current secret.
    pub(crate) fn of_ledger(
        ledger: &Ledger,
        keyring: &CountyKeyring,
    ) -> Result<Self, RegisterKeyError> {
        ledger.write(|tx| {
            let kept = county_events::register_keys(tx)?;
            let opened = kept.iter().find_map(|(county_key, sealed)| {
                let secret = keyring.find(*county_key)?;
                open(secret.key_at_rest(), b"register key", sealed)
            });
            let key = match opened {
                Some(bytes) => {
                    let bytes = Zeroizing::new(bytes);
                    let key = bytes
                        .as_slice()
                        .try_into()
                        .map_err(|_| RegisterKeyError::OtherSecret)?;
                    Self(Zeroizing::new(key))
                }
                // What nothing was sealed under yet may be drawn anew.
                None if !(county_events::any(tx)? || second_factors::any(tx)?) => {
                    county_events::forget_register_keys(tx)?;
                    let mut key = Zeroizing::new([0; 32]);
                    getrandom::fill(key.as_mut())?;
                    Self(key)
                }
                None => return Err(RegisterKeyError::OtherSecret),
            };
            let current = keyring.current();
            if !kept
                .iter()
                .any(|(county_key, _)| *county_key == current.key_id())
            {
                let sealed = seal(current.key_at_rest(), b"register key", key.0.as_ref())?;
                county_events::keep_register_key(tx, current.key_id(), &sealed)?;
            }
            Ok(key)
        })
    }

    /// The key by which a person is matched (HMAC-SHA256 of the identity number).
    pub(crate) fn person(&self, number: &IdNumber) -> PersonKey {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.part(b"person"))
            .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
        mac.update(number.as_str().as_bytes());
        PersonKey(mac.finalize().into_bytes().into())
    }

    /// Seals an event's body, so that it opens only beside `place`.
    pub(crate) fn seal(&self, place: &[u8], body: &[u8]) -> Result<Vec<u8>, getrandom::Error> {
        seal(&self.part(b"body"), place, body)
    }

    /// Opens it; `None` if it was not sealed under this key, or beside something else.
    pub(crate) fn open(&self, place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        open(&self.part(b"body"), place, sealed)
    }

    /// A key for one purpose.
    fn part(&self, purpose: &[u8]) -> Zeroizing<[u8; 32]> {
        let part = Sha256::new()
            .chain_update(purpose)
            .chain_update(self.0.as_ref())
            .finalize();
        Zeroizing::new(part.into())
    }
}

fn seal(key: &[u8; 32], place: &[u8], plain: &[u8]) -> Result<Vec<u8>, getrandom::Error> {
    let mut sealed = vec![0; NONCE_LEN];
    getrandom::fill(&mut sealed)?;
    let payload = Payload {
        msg: plain,
        aad: place,
    };
    let nonce = nonce(&sealed);
    let body = ChaCha20Poly1305::new(key.into())
        .encrypt(&nonce, payload)
        .unwrap_or_else(|_| unreachable!("a body is shorter than the cipher's limit"));
    sealed.extend(body);
    Ok(sealed)
}

fn open(key: &[u8; 32], place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (first, body) = sealed.split_at_checked(NONCE_LEN)?;
    let payload = Payload {
        msg: body,
        aad: place,
    };
    ChaCha20Poly1305::new(key.into())
        .decrypt(&nonce(first), payload)
        .ok()
}

fn nonce(bytes: &[u8]) -> Nonce {
    let mut nonce = Nonce::default();
    nonce.copy_from_slice(bytes);
    nonce
}

#[cfg(test)]
mod tests {
    use envelope::CountySecret;
    use relief::{Actor, Role};

    use super::*;
    use crate::{UnixMs, ledger::testing::Place};

    fn secret(number: u8) -> CountySecret {
        CountySecret::from_seed([number; 64])
    }

    #[test]
    fn a_body_opens_beside_what_it_was_sealed_beside_and_under_no_other_key() {
        let one = RegisterKey(Zeroizing::new([1; 32]));
        let sealed = one.seal(b"5", b"words").unwrap();
        assert_eq!(one.open(b"5", &sealed).as_deref(), Some(&b"words"[..]));
        assert_eq!(one.open(b"6", &sealed), None);
        assert_eq!(
            RegisterKey(Zeroizing::new([2; 32])).open(b"5", &sealed),
            None
        );
        for len in 0..sealed.len() {
            assert_eq!(one.open(b"5", &sealed[..len]), None);
        }
    }

    #[test]
    fn a_county_that_changes_its_keys_keeps_the_register_key_and_a_stranger_has_none() {
        let place = Place::new();
        let ledger = place.open().unwrap();
        let of = |keyring: &CountyKeyring| RegisterKey::of_ledger(&ledger, keyring);
        let number = IdNumber::parse("140428188001010013").unwrap();
        // Nothing is sealed yet, so that any secret will do.
        let other = of(&secret(3).into()).unwrap().person(&number);
        let first = of(&secret(1).into()).unwrap().person(&number);
        assert_ne!(other, first);
        let laid: Result<_, LedgerError> = ledger.write(|tx| {
            let actor = Actor {
                role: Role::System,
                name: String::new(),
            };
            county_events::append(tx, UnixMs(0), &actor, b"sealed")
        });
        laid.unwrap();
        assert_eq!(of(&secret(1).into()).unwrap().person(&number), first);
        assert!(matches!(
            of(&secret(2).into()),
            Err(RegisterKeyError::OtherSecret)
        ));
        let changed = CountyKeyring::new(secret(2), vec![secret(1)]);
        assert_eq!(of(&changed).unwrap().person(&number), first);
        // From then on the new secret alone is enough.
        assert_eq!(of(&secret(2).into()).unwrap().person(&number), first);
        let other = IdNumber::parse("140428188002290029").unwrap();
        assert_ne!(of(&secret(2).into()).unwrap().person(&other), first);
    }
}
