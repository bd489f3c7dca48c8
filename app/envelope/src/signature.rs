use ed25519_dalek::{
    Signature, SigningKey, VerifyingKey,
    ed25519::signature::{MultipartSigner, MultipartVerifier},
};
use zeroize::Zeroize;

use crate::{header::Suite, keys::KeyError, shangmi};

/// What a signature is for, so that one made for one purpose never passes for another.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Object,
    CountyMessage,
    Slip,
    Manifest,
}

impl Purpose {
    pub(crate) const fn context(self) -> &'static [u8] {
        match self {
            Self::Object => b"mingbai object\x01",
            Self::CountyMessage => b"mingbai county message\x01",
            Self::Slip => b"mingbai slip\x01",
            Self::Manifest => b"mingbai manifest\x01",
        }
    }
}

/// Length of a signature in memory and on a slip, bytes: an Ed25519 signature as it is, an SM2 one as r and s.
pub(crate) const SIGNATURE_LEN: usize = 64;

pub(crate) type RawSignature = [u8; SIGNATURE_LEN];

/// A key that signs, of either suite. It lies in one place of the heap and is wiped there on drop.
pub(crate) enum Signing {
    Ed25519(Box<SigningKey>),
    Sm2(shangmi::Signing),
}

impl Signing {
    pub(crate) fn from_seed(suite: Suite, mut seed: [u8; 32]) -> Self {
        let key = match suite {
            Suite::X25519 => Self::Ed25519(Box::new(SigningKey::from_bytes(&seed))),
            Suite::Sm2 => Self::Sm2(shangmi::Signing::from_seed(&seed)),
        };
        seed.zeroize();
        key
    }

    pub(crate) fn verifying(&self) -> Verifying {
        match self {
            Self::Ed25519(key) => Verifying::Ed25519(Box::new(key.verifying_key())),
            Self::Sm2(key) => Verifying::Sm2(key.verifying()),
        }
    }

    pub(crate) fn sign(&self, purpose: Purpose, bytes: &[u8]) -> RawSignature {
        let parts = [purpose.context(), bytes];
        match self {
            Self::Ed25519(key) => key.multipart_sign(&parts).to_bytes(),
            Self::Sm2(key) => key.sign(&parts),
        }
    }

    /// Puts the signature of all that is in `bytes` behind it.
    pub(crate) fn sign_onto(&self, purpose: Purpose, bytes: &mut Vec<u8>) {
        let signature = self.sign(purpose, bytes);
        match self {
            Self::Ed25519(_) => bytes.extend_from_slice(&signature),
            Self::Sm2(_) => shangmi::append_signature(&signature, bytes),
        }
    }
}

/// The public half of a [`Signing`] key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verifying {
    Ed25519(Box<VerifyingKey>),
    Sm2(shangmi::Verifying),
}

impl Verifying {
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
            Suite::X25519 => {
                let key = VerifyingKey::try_from(bytes).map_err(|_| KeyError::Point)?;
                if key.is_weak() {
                    return Err(KeyError::Point);
                }
                Ok(Self::Ed25519(Box::new(key)))
            }
            Suite::Sm2 => shangmi::Verifying::from_bytes(bytes)
                .map(Self::Sm2)
                .ok_or(KeyError::Point),
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.to_bytes().to_vec(),
            Self::Sm2(key) => key.to_bytes().to_vec(),
        }
    }

    pub(crate) const fn suite(&self) -> Suite {
        match self {
            Self::Ed25519(_) => Suite::X25519,
            Self::Sm2(_) => Suite::Sm2,
        }
    }

    pub(crate) fn verifies(
        &self,
        purpose: Purpose,
        bytes: &[u8],
        signature: &RawSignature,
    ) -> bool {
        let parts = [purpose.context(), bytes];
        match self {
            Self::Ed25519(key) => key
                .multipart_verify(&parts, &Signature::from_bytes(signature))
                .is_ok(),
            Self::Sm2(key) => key.verifies(&parts, signature),
        }
    }
}

/// Parts bytes that end in a signature of `suite` into what is signed and the signature.
///
/// `None` if they end in none, or in one that is written otherwise than [`Signing::sign_onto`] writes it.
pub(crate) fn split_signature(suite: Suite, bytes: &[u8]) -> Option<(&[u8], RawSignature)> {
    match suite {
        Suite::X25519 => bytes
            .split_last_chunk()
            .map(|(signed, signature)| (signed, *signature)),
        Suite::Sm2 => shangmi::split_signature(bytes),
    }
}
