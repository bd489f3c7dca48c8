use super::{CountyPublic, KeyError, KeyId};
use crate::{
    header::{KioskId, Suite},
    message::{CountyMessage, MessageError},
};

/// The most county keys that a kiosk trusts. A county that changes its keys every year names the ninth when the
/// first is long out of use; the oldest makes room for it.
pub const TRUSTED_MAX: usize = 8;

/// The county's public keys that a kiosk trusts, oldest first: a message signed with any of them is the county's
/// word, and the newest is sealed to.
///
/// A key of the county's that was stolen can name further keys for as long as it is trusted; against a thief the
/// kiosk is given a new list by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountyTrust {
    /// Never empty, no key twice.
    keys: Vec<CountyPublic>,
}

/// Why a message names no new key for this kiosk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LearnError {
    /// It is not the county's word.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// It is the county's word about something else.
    #[error("county message names no key")]
    OtherMessage,
    /// It is for another kiosk.
    #[error("county key is named to kiosk {got}, this is kiosk {here}")]
    OtherKiosk {
        /// The kiosk addressed.
        got: KioskId,
        /// This kiosk.
        here: KioskId,
    },
    /// What it names is no key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl CountyTrust {
    /// Trust in one key, as a kiosk is given it when it is set up.
    #[must_use]
    pub fn new(key: CountyPublic) -> Self {
        Self { keys: vec![key] }
    }

    /// The keys, oldest first; never empty. Who keeps them in this order gets the same trust back by
    /// [`new`](Self::new) and [`add`](Self::add).
    #[must_use]
    pub fn keys(&self) -> &[CountyPublic] {
        &self.keys
    }

    /// The newest key of `suite`; a kiosk seals in the suite that it signs in. `None` if the county never named
    /// one.
    #[must_use]
    pub fn newest(&self, suite: Suite) -> Option<&CountyPublic> {
        self.keys.iter().rev().find(|key| key.suite() == suite)
    }

    /// The trusted key with this id.
    #[must_use]
    pub fn find(&self, key: KeyId) -> Option<&CountyPublic> {
        self.keys.iter().find(|trusted| trusted.key_id() == key)
    }

    /// Trusts one more key and takes it for the newest; one that is trusted already keeps its place. Of more than
    /// [`TRUSTED_MAX`] the oldest is dropped. Says whether anything changed.
    ///
    /// `key` comes from an operator or from [`learn`](Self::learn).
    pub fn add(&mut self, key: CountyPublic) -> bool {
        if self.keys.contains(&key) {
            return false;
        }
        self.keys.push(key);
        if TRUSTED_MAX < self.keys.len() {
            self.keys.remove(0);
        }
        true
    }

    /// Reads a message and checks that it is signed with a trusted key.
    ///
    /// # Errors
    ///
    /// [`MessageError`], as [`CountyMessage::verify`] gives it.
    pub fn verify(&self, bytes: &[u8]) -> Result<CountyMessage, MessageError> {
        CountyMessage::verify_by(bytes, |key| self.find(key))
    }

    /// Trusts the key that a [`CountyMessage::CountyKey`] to this kiosk names, and says whether it is new.
    ///
    /// The same message again changes nothing: while the key is trusted it keeps its place, and when it was
    /// dropped, so was the older one that had signed for it.
    ///
    /// # Errors
    ///
    /// [`LearnError`]; nothing has changed then.
    pub fn learn(&mut self, bytes: &[u8], here: KioskId) -> Result<bool, LearnError> {
        match self.verify(bytes)? {
            CountyMessage::CountyKey { kiosk: got, .. } if got != here => {
                Err(LearnError::OtherKiosk { got, here })
            }
            CountyMessage::CountyKey { public_key, .. } => {
                Ok(self.add(CountyPublic::from_bytes(&public_key)?))
            }
            CountyMessage::Acknowledgement { .. }
            | CountyMessage::Status { .. }
            | CountyMessage::Refusal { .. }
            | CountyMessage::Checkpoint { .. }
            | CountyMessage::RuleFiles { .. } => Err(LearnError::OtherMessage),
        }
    }
}

impl From<CountyPublic> for CountyTrust {
    fn from(key: CountyPublic) -> Self {
        Self::new(key)
    }
}
