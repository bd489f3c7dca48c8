use core::fmt;

use super::{KeyError, KeyId, suite_of};
use crate::{
    header::{KioskId, Suite},
    signature::{Purpose, RawSignature, Signing, Verifying},
};

/// A kiosk's signing key. Wiped from memory on drop, never printed.
pub struct KioskSigner {
    key: Signing,
    public: KioskPublic,
}

impl KioskSigner {
    /// The key of suite 1 that grows from `seed`; see [`from_seed_in`](Self::from_seed_in).
    #[must_use]
    pub fn from_seed(id: KioskId, seed: [u8; 32]) -> Self {
        Self::from_seed_in(Suite::X25519, id, seed)
    }

    /// The key that grows from `seed`, in the way that the crate's doc lays out; the same seed gives the same key.
    ///
    /// `seed` is secret and random; the caller wipes its own copy.
    #[must_use]
    pub fn from_seed_in(suite: Suite, id: KioskId, seed: [u8; 32]) -> Self {
        let key = Signing::from_seed(suite, seed);
        let public = KioskPublic::new(id, key.verifying());
        Self { key, public }
    }

    /// The kiosk whose key this is.
    #[must_use]
    pub const fn id(&self) -> KioskId {
        self.public.id
    }

    /// The id of this key.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.public.key_id
    }

    /// The algorithms that it signs with.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.public.suite()
    }

    /// The half that the county and the slip checkers hold.
    #[must_use]
    pub fn public(&self) -> KioskPublic {
        self.public.clone()
    }

    pub(crate) fn sign(&self, purpose: Purpose, bytes: &[u8]) -> RawSignature {
        self.key.sign(purpose, bytes)
    }

    pub(crate) fn sign_onto(&self, purpose: Purpose, bytes: &mut Vec<u8>) {
        self.key.sign_onto(purpose, bytes);
    }
}

impl fmt::Debug for KioskSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KioskSigner")
            .field("id", &self.id())
            .field("key_id", &self.key_id())
            .finish_non_exhaustive()
    }
}

/// Suite and kiosk number before the key itself.
const KEY_AT: usize = 3;

/// The public half of a kiosk's key: checks its objects and its slips.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KioskPublic {
    id: KioskId,
    key: Verifying,
    key_id: KeyId,
}

impl KioskPublic {
    fn new(id: KioskId, key: Verifying) -> Self {
        let key_id = KeyId::of(&bytes_of(id, &key));
        Self { id, key, key_id }
    }

    /// The kiosk whose key this is.
    #[must_use]
    pub const fn id(&self) -> KioskId {
        self.id
    }

    /// The id of this key.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The algorithms that the kiosk signs with.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.key.suite()
    }

    /// The bytes as the crate's doc lays them out.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes_of(self.id, &self.key)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if the suite is unknown, the length another, or the point unsafe.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let suite = suite_of(bytes, |suite| KEY_AT + Verifying::len(suite))?;
        let id = KioskId(u16::from_be_bytes([bytes[1], bytes[2]]));
        Ok(Self::new(
            id,
            Verifying::from_bytes(suite, &bytes[KEY_AT..])?,
        ))
    }

    pub(crate) fn verifies(
        &self,
        purpose: Purpose,
        bytes: &[u8],
        signature: &RawSignature,
    ) -> bool {
        self.key.verifies(purpose, bytes, signature)
    }
}

fn bytes_of(id: KioskId, key: &Verifying) -> Vec<u8> {
    let [k0, k1] = id.0.to_be_bytes();
    [&[key.suite() as u8, k0, k1], &key.to_bytes()[..]].concat()
}

/// What the county knows of the key that an object says it is signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KioskStanding {
    /// What it signs counts.
    Accepted(KioskPublic),
    /// It counted once; what comes now with its signature is refused.
    Revoked,
    /// The kiosk, or this key of it, was never taken in.
    Unknown,
}
