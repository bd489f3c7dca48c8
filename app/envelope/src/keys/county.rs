use core::fmt;

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::{KeyError, KeyId, suite_of};
use crate::{
    header::Suite,
    sealing::{Opening, Sealing},
    signature::{Purpose, RawSignature, Signing, Verifying},
};

/// A county's secrets: one opens what kiosks seal, the other signs what the county answers.
/// Wiped from memory on drop, never printed.
pub struct CountySecret {
    opening: Opening,
    signing: Signing,
    at_rest: Zeroizing<[u8; 32]>,
    public: CountyPublic,
}

impl CountySecret {
    /// The keys of suite 1 that grow from `seed`; see [`from_seed_in`](Self::from_seed_in).
    #[must_use]
    pub fn from_seed(seed: [u8; 64]) -> Self {
        Self::from_seed_in(Suite::X25519, seed)
    }

    /// The keys that grow from `seed`, in the way that the crate's doc lays out: the first half gives the opening
    /// key, the second the signing key. The same seed gives the same keys.
    ///
    /// `seed` is secret and random; the caller wipes its own copy.
    #[must_use]
    pub fn from_seed_in(suite: Suite, mut seed: [u8; 64]) -> Self {
        let at_rest = Sha256::new()
            .chain_update(b"mingbai at rest\x01")
            .chain_update(seed)
            .finalize();
        let (mut first, mut second) = ([0; 32], [0; 32]);
        first.copy_from_slice(&seed[..32]);
        second.copy_from_slice(&seed[32..]);
        seed.zeroize();
        let opening = Opening::from_seed(suite, first);
        let signing = Signing::from_seed(suite, second);
        first.zeroize();
        second.zeroize();
        let public = CountyPublic::new(opening.sealing(), signing.verifying());
        Self {
            opening,
            signing,
            at_rest: Zeroizing::new(at_rest.into()),
            public,
        }
    }

    /// A further key that grows from the same seed, for what the county keeps and sends to nobody. It opens and signs
    /// nothing, and none of the others follows from it.
    #[must_use]
    pub fn key_at_rest(&self) -> &[u8; 32] {
        &self.at_rest
    }

    /// The half that kiosks hold.
    #[must_use]
    pub fn public(&self) -> CountyPublic {
        self.public.clone()
    }

    /// The id of this pair of keys.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.public.key_id
    }

    /// The algorithms of this pair of keys.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.public.suite()
    }

    pub(crate) const fn opening(&self) -> &Opening {
        &self.opening
    }

    pub(crate) fn sign_onto(&self, purpose: Purpose, bytes: &mut Vec<u8>) {
        self.signing.sign_onto(purpose, bytes);
    }
}

impl fmt::Debug for CountySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CountySecret")
            .field("key_id", &self.public.key_id)
            .finish_non_exhaustive()
    }
}

/// The public half of a county's keys: kiosks seal to it and check the county's messages with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountyPublic {
    sealing: Sealing,
    verifying: Verifying,
    key_id: KeyId,
}

impl CountyPublic {
    fn new(sealing: Sealing, verifying: Verifying) -> Self {
        let key_id = KeyId::of(&bytes_of(&sealing, &verifying));
        Self {
            sealing,
            verifying,
            key_id,
        }
    }

    /// The id of this pair of keys.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The algorithms of this pair of keys.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.verifying.suite()
    }

    /// The bytes as the crate's doc lays them out.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes_of(&self.sealing, &self.verifying)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if the suite is unknown, the length another, or a point unsafe. An unsafe sealing point of
    /// suite 1 is refused only when something is sealed to it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let suite = suite_of(bytes, |suite| {
            1 + Sealing::len(suite) + Verifying::len(suite)
        })?;
        let (sealing, verifying) = bytes[1..].split_at(Sealing::len(suite));
        Ok(Self::new(
            Sealing::from_bytes(suite, sealing)?,
            Verifying::from_bytes(suite, verifying)?,
        ))
    }

    pub(crate) const fn sealing(&self) -> &Sealing {
        &self.sealing
    }

    pub(crate) fn verifies(
        &self,
        purpose: Purpose,
        bytes: &[u8],
        signature: &RawSignature,
    ) -> bool {
        self.verifying.verifies(purpose, bytes, signature)
    }
}

fn bytes_of(sealing: &Sealing, verifying: &Verifying) -> Vec<u8> {
    [
        &[verifying.suite() as u8],
        &sealing.to_bytes()[..],
        &verifying.to_bytes(),
    ]
    .concat()
}
