use core::fmt;

use ed25519_dalek::{
    SIGNATURE_LENGTH, Signature, SigningKey, VerifyingKey,
    ed25519::signature::{MultipartSigner, MultipartVerifier},
};
use hpke::{Deserializable, Kem, Serializable, kem::X25519HkdfSha256};
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use crate::header::{KioskId, Suite};

pub(crate) type SealingKem = X25519HkdfSha256;
type SealingSecret = <SealingKem as Kem>::PrivateKey;
type SealingPublic = <SealingKem as Kem>::PublicKey;

/// Tells one key of an owner from another; four bytes of the key's SHA-256, no proof of anything.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 4]);

impl KeyId {
    fn of(public_bytes: &[u8]) -> Self {
        let digest = Sha256::new()
            .chain_update(b"mingbai key\x01")
            .chain_update(public_bytes)
            .finalize();
        Self([digest[0], digest[1], digest[2], digest[3]])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// What a signature is for, so that one made for one purpose never passes for another.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Object,
    CountyMessage,
    Slip,
}

impl Purpose {
    pub(crate) const fn context(self) -> &'static [u8] {
        match self {
            Self::Object => b"mingbai object\x01",
            Self::CountyMessage => b"mingbai county message\x01",
            Self::Slip => b"mingbai slip\x01",
        }
    }
}

/// Length of a signature in every format here, bytes.
pub(crate) const SIGNATURE_LEN: usize = SIGNATURE_LENGTH;

/// Why bytes are not a public key.
///
/// They come from a settings file or an operator; the program refuses to start with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Another length than a key of this sort has.
    #[error("public key is {got} bytes, needs {need}")]
    Length {
        /// Bytes present.
        got: usize,
        /// Bytes of such a key.
        need: usize,
    },
    /// A suite that this build lacks.
    #[error("public key is for cipher suite {got}, which this build lacks")]
    Suite {
        /// The suite number found.
        got: u8,
    },
    /// No point of the curve, or one under which forged signatures would pass.
    #[error("public key is no safe point of the curve")]
    Point,
}

fn verifying_key(bytes: [u8; 32]) -> Result<VerifyingKey, KeyError> {
    let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Point)?;
    if key.is_weak() {
        return Err(KeyError::Point);
    }
    Ok(key)
}

fn sign(key: &SigningKey, purpose: Purpose, bytes: &[u8]) -> [u8; SIGNATURE_LEN] {
    key.multipart_sign(&[purpose.context(), bytes]).to_bytes()
}

fn verifies(
    key: &VerifyingKey,
    purpose: Purpose,
    bytes: &[u8],
    signature: &[u8; SIGNATURE_LEN],
) -> bool {
    key.multipart_verify(
        &[purpose.context(), bytes],
        &Signature::from_bytes(signature),
    )
    .is_ok()
}

/// A kiosk's signing key. Wiped from memory on drop, never printed.
pub struct KioskSigner {
    id: KioskId,
    key: SigningKey,
    key_id: KeyId,
}

impl KioskSigner {
    /// The key that grows from `seed`; the same seed gives the same key.
    ///
    /// `seed` is secret and random; the caller wipes its own copy.
    #[must_use]
    pub fn from_seed(id: KioskId, mut seed: [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(&seed);
        seed.zeroize();
        let key_id = KeyId::of(&kiosk_public_bytes(id, &key.verifying_key()));
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

    /// The half that the county and the slip checkers hold.
    #[must_use]
    pub fn public(&self) -> KioskPublic {
        KioskPublic {
            id: self.id,
            key: self.key.verifying_key(),
            key_id: self.key_id,
        }
    }

    pub(crate) fn sign(&self, purpose: Purpose, bytes: &[u8]) -> [u8; SIGNATURE_LEN] {
        sign(&self.key, purpose, bytes)
    }
}

impl fmt::Debug for KioskSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KioskSigner")
            .field("id", &self.id)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

const KIOSK_PUBLIC_LEN: usize = 35;

fn kiosk_public_bytes(id: KioskId, key: &VerifyingKey) -> [u8; KIOSK_PUBLIC_LEN] {
    let mut bytes = [0; KIOSK_PUBLIC_LEN];
    bytes[0] = Suite::X25519 as u8;
    bytes[1..3].copy_from_slice(&id.0.to_be_bytes());
    bytes[3..].copy_from_slice(key.as_bytes());
    bytes
}

/// The public half of a kiosk's key: checks its objects and its slips.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KioskPublic {
    id: KioskId,
    key: VerifyingKey,
    key_id: KeyId,
}

impl KioskPublic {
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

    /// The bytes as the crate's doc lays them out.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; KIOSK_PUBLIC_LEN] {
        kiosk_public_bytes(self.id, &self.key)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if the length or suite is another, or the point is unsafe.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let bytes = <&[u8; KIOSK_PUBLIC_LEN]>::try_from(bytes).map_err(|_| KeyError::Length {
            got: bytes.len(),
            need: KIOSK_PUBLIC_LEN,
        })?;
        let &[suite, k0, k1, ref key @ ..] = bytes;
        if Suite::from_number(suite).is_none() {
            return Err(KeyError::Suite { got: suite });
        }
        let id = KioskId(u16::from_be_bytes([k0, k1]));
        let key = verifying_key(*key)?;
        let key_id = KeyId::of(&kiosk_public_bytes(id, &key));
        Ok(Self { id, key, key_id })
    }

    pub(crate) fn verifies(
        &self,
        purpose: Purpose,
        bytes: &[u8],
        signature: &[u8; SIGNATURE_LEN],
    ) -> bool {
        verifies(&self.key, purpose, bytes, signature)
    }
}

/// A county's secrets: one opens what kiosks seal, the other signs what the county answers.
/// Wiped from memory on drop, never printed.
pub struct CountySecret {
    opening: SealingSecret,
    signing: SigningKey,
    public: CountyPublic,
}

impl CountySecret {
    /// The keys that grow from `seed`: the first half gives the opening key (RFC 9180
    /// `DeriveKeyPair`), the second the signing key. The same seed gives the same keys.
    ///
    /// `seed` is secret and random; the caller wipes its own copy.
    #[must_use]
    pub fn from_seed(mut seed: [u8; 64]) -> Self {
        let (opening, sealing) = SealingKem::derive_keypair(&seed[..32]);
        let mut signing_seed = [0; 32];
        signing_seed.copy_from_slice(&seed[32..]);
        let signing = SigningKey::from_bytes(&signing_seed);
        signing_seed.zeroize();
        seed.zeroize();
        let public = CountyPublic::new(sealing, signing.verifying_key());
        Self {
            opening,
            signing,
            public,
        }
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

    pub(crate) fn opening(&self) -> &SealingSecret {
        &self.opening
    }

    pub(crate) fn sign(&self, purpose: Purpose, bytes: &[u8]) -> [u8; SIGNATURE_LEN] {
        sign(&self.signing, purpose, bytes)
    }
}

impl fmt::Debug for CountySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CountySecret")
            .field("key_id", &self.public.key_id)
            .finish_non_exhaustive()
    }
}

const COUNTY_PUBLIC_LEN: usize = 65;

/// The public half of a county's keys: kiosks seal to it and check the county's messages with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountyPublic {
    sealing: SealingPublic,
    verifying: VerifyingKey,
    key_id: KeyId,
}

impl CountyPublic {
    fn new(sealing: SealingPublic, verifying: VerifyingKey) -> Self {
        let mut key = Self {
            sealing,
            verifying,
            key_id: KeyId([0; 4]),
        };
        key.key_id = KeyId::of(&key.to_bytes());
        key
    }

    /// The id of this pair of keys.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The bytes as the crate's doc lays them out.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; COUNTY_PUBLIC_LEN] {
        let mut bytes = [0; COUNTY_PUBLIC_LEN];
        bytes[0] = Suite::X25519 as u8;
        bytes[1..33].copy_from_slice(&self.sealing.to_bytes());
        bytes[33..].copy_from_slice(self.verifying.as_bytes());
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if the length or suite is another, or the signing point is unsafe. An unsafe
    /// sealing point is refused when something is sealed to it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let bytes = <&[u8; COUNTY_PUBLIC_LEN]>::try_from(bytes).map_err(|_| KeyError::Length {
            got: bytes.len(),
            need: COUNTY_PUBLIC_LEN,
        })?;
        if Suite::from_number(bytes[0]).is_none() {
            return Err(KeyError::Suite { got: bytes[0] });
        }
        let sealing = SealingPublic::from_bytes(&bytes[1..33]).map_err(|_| KeyError::Point)?;
        let mut verifying = [0; 32];
        verifying.copy_from_slice(&bytes[33..]);
        Ok(Self::new(sealing, verifying_key(verifying)?))
    }

    pub(crate) fn sealing(&self) -> &SealingPublic {
        &self.sealing
    }

    pub(crate) fn verifies(
        &self,
        purpose: Purpose,
        bytes: &[u8],
        signature: &[u8; SIGNATURE_LEN],
    ) -> bool {
        verifies(&self.verifying, purpose, bytes, signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn public_keys_and_their_ids_are_these_bytes() {
        let kiosk = KioskSigner::from_seed(KioskId(3), [0x11; 32]).public();
        assert_eq!(
            hex(&kiosk.to_bytes()),
            "010003d04ab232742bb4ab3a1368bd4615e4e6d0224ab71a016baf8520a332c9778737"
        );
        assert_eq!(kiosk.key_id().to_string(), "33f7d95f");
        let county = CountySecret::from_seed([0x22; 64]).public();
        assert_eq!(
            hex(&county.to_bytes()),
            "01e3b9708aaa21a7f1e62a95ee28d1e5d60b0fceed6c68599013a54b318e9e0b15\
             a09aa5f47a6759802ff955f8dc2d2a14a5c99d23be97f864127ff9383455a4f0"
        );
        assert_eq!(county.key_id().to_string(), "ec71d6a0");
    }

    #[test]
    fn public_keys_read_back() {
        let kiosk = KioskSigner::from_seed(KioskId(900), [7; 32]).public();
        assert_eq!(KioskPublic::from_bytes(&kiosk.to_bytes()), Ok(kiosk));
        let county = CountySecret::from_seed([7; 64]).public();
        assert_eq!(CountyPublic::from_bytes(&county.to_bytes()), Ok(county));
    }

    #[test]
    fn what_is_no_safe_key_is_refused_by_reason() {
        let length = KeyError::Length { got: 3, need: 35 };
        assert_eq!(KioskPublic::from_bytes(&[1, 0, 3]), Err(length));
        let length = KeyError::Length { got: 66, need: 65 };
        assert_eq!(CountyPublic::from_bytes(&[1; 66]), Err(length));

        let suite = KeyError::Suite { got: 2 };
        assert_eq!(KioskPublic::from_bytes(&[2; 35]), Err(suite));
        assert_eq!(CountyPublic::from_bytes(&[2; 65]), Err(suite));

        // The neutral element, under which anyone can sign.
        let mut weak = [0; 35];
        weak[0] = 1;
        weak[3] = 1;
        assert_eq!(KioskPublic::from_bytes(&weak), Err(KeyError::Point));
    }

    #[test]
    fn the_second_half_of_a_countys_seed_changes_only_the_signing_key() {
        let mut seed = [0x22; 64];
        seed[63] = 0;
        let (one, other) = (
            CountySecret::from_seed([0x22; 64]).public().to_bytes(),
            CountySecret::from_seed(seed).public().to_bytes(),
        );
        assert_eq!(one[..33], other[..33]);
        assert_ne!(one[33..], other[33..]);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>, kiosk: [u8; 32], county: [u8; 32]) {
            let _ = KioskPublic::from_bytes(&bytes);
            let _ = CountyPublic::from_bytes(&bytes);
            let _ = KioskPublic::from_bytes(&[&[1, 0, 3], &kiosk[..]].concat());
            let _ = CountyPublic::from_bytes(&[&[1], &kiosk[..], &county].concat());
        }
    }
}
