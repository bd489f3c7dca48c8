use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable,
    aead::{AeadTag, ChaCha20Poly1305},
    inout::InOutBuf,
    kdf::HkdfSha256,
    kem::X25519HkdfSha256,
    rand_core::CryptoRng,
    single_shot_open_inout_detached, single_shot_seal_inout_detached_with_rng,
};
use zeroize::{Zeroize, Zeroizing};

use crate::{header::Suite, keys::KeyError, shangmi, signature::Purpose};

type Aead = ChaCha20Poly1305;
type EncappedKey = <X25519HkdfSha256 as Kem>::EncappedKey;

const ENCAPPED_LEN: usize = 32;
const TAG_LEN: usize = 16;

/// What a seal of suite 1 adds to the packed content, bytes.
pub(crate) const HPKE_OVERHEAD: usize = ENCAPPED_LEN + TAG_LEN;

/// A key that opens what is sealed to it, of either suite. Wiped from memory on drop.
pub(crate) enum Opening {
    X25519(
        <X25519HkdfSha256 as Kem>::PrivateKey,
        <X25519HkdfSha256 as Kem>::PublicKey,
    ),
    Sm2(shangmi::Opening),
}

impl Opening {
    pub(crate) fn from_seed(suite: Suite, mut seed: [u8; 32]) -> Self {
        let key = match suite {
            Suite::X25519 => {
                let (secret, public) = X25519HkdfSha256::derive_keypair(&seed);
                Self::X25519(secret, public)
            }
            Suite::Sm2 => Self::Sm2(shangmi::Opening::from_seed(&seed)),
        };
        seed.zeroize();
        key
    }

    pub(crate) fn sealing(&self) -> Sealing {
        match self {
            Self::X25519(_, public) => Sealing::X25519(public.clone()),
            Self::Sm2(key) => Sealing::Sm2(key.sealing()),
        }
    }

    /// The packed content of `body`, which is all between an object's header and its signature. `None` if the
    /// seal does not hold.
    pub(crate) fn open(&self, header: &[u8], body: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::X25519(secret, _) => open_hpke(secret, header, body),
            Self::Sm2(key) => key.open(header, body),
        }
    }
}

fn open_hpke(
    secret: &<X25519HkdfSha256 as Kem>::PrivateKey,
    header: &[u8],
    body: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (encapped, rest) = body.split_first_chunk::<ENCAPPED_LEN>()?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG_LEN>()?;
    let mut packed = Zeroizing::new(ciphertext.to_vec());
    single_shot_open_inout_detached::<Aead, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        secret,
        &EncappedKey::from_bytes(encapped).ok()?,
        Purpose::Object.context(),
        InOutBuf::from(packed.as_mut_slice()),
        header,
        &AeadTag::<Aead>::from_bytes(tag).ok()?,
    )
    .ok()?;
    Some(packed)
}

/// The public half of an [`Opening`] key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sealing {
    X25519(<X25519HkdfSha256 as Kem>::PublicKey),
    Sm2(shangmi::Sealing),
}

impl Sealing {
    /// Bytes of such a key.
    pub(crate) const fn len(suite: Suite) -> usize {
        match suite {
            Suite::X25519 => 32,
            Suite::Sm2 => shangmi::POINT_LEN,
        }
    }

    /// `bytes` has the length of a key of `suite`.
    pub(crate) fn from_bytes(suite: Suite, bytes: &[u8]) -> Result<Self, KeyError> {
        match suite {
            Suite::X25519 => <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(bytes)
                .map(Self::X25519)
                .map_err(|_| KeyError::Point),
            Suite::Sm2 => shangmi::Sealing::from_bytes(bytes)
                .map(Self::Sm2)
                .ok_or(KeyError::Point),
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::X25519(key) => key.to_bytes().to_vec(),
            Self::Sm2(key) => key.to_bytes().to_vec(),
        }
    }

    /// Puts the seal of `packed` behind `bytes`, which the caller gave room enough, so that no growth leaves a
    /// copy of the content behind.
    ///
    /// `None` if nothing can be sealed to this key; `bytes` are then of no use.
    pub(crate) fn seal_onto(
        &self,
        header: &[u8],
        packed: &[u8],
        bytes: &mut Vec<u8>,
        rng: &mut impl CryptoRng,
    ) -> Option<()> {
        match self {
            Self::X25519(key) => seal_hpke(key, header, packed, bytes, rng),
            Self::Sm2(key) => key.seal_onto(header, packed, bytes, rng),
        }
    }
}

fn seal_hpke(
    key: &<X25519HkdfSha256 as Kem>::PublicKey,
    header: &[u8],
    packed: &[u8],
    bytes: &mut Vec<u8>,
    rng: &mut impl CryptoRng,
) -> Option<()> {
    let encapped_at = bytes.len();
    bytes.extend_from_slice(&[0; ENCAPPED_LEN]);
    let body_at = bytes.len();
    bytes.extend_from_slice(packed);
    let (encapped, tag) =
        single_shot_seal_inout_detached_with_rng::<Aead, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            key,
            Purpose::Object.context(),
            InOutBuf::from(&mut bytes[body_at..]),
            header,
            rng,
        )
        .ok()?;
    bytes[encapped_at..body_at].copy_from_slice(&encapped.to_bytes());
    bytes.extend_from_slice(&tag.to_bytes());
    Some(())
}
