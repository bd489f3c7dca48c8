use core::fmt;

use hpke::rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    hash::ObjectHash,
    header::{HEADER_LEN, Header, HeaderError, Kind, KioskId, Suite},
    keys::{CountyKeyring, CountyPublic, KeyId, KioskSigner, KioskStanding},
    packing::{MAX_PLAIN_LEN, UnpackError, pack, unpack},
    signature::{Purpose, split_signature},
};

/// The longest sealed object, bytes; content that compression does not shorten is packed as it is.
pub const MAX_SEALED_LEN: usize = MAX_PLAIN_LEN + Suite::Sm2.overhead_max();
const _: () = assert!(Suite::X25519.overhead_max() <= Suite::Sm2.overhead_max());

/// A sealed object and its name; `hash` is that of `bytes`.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The object's name.
    pub hash: ObjectHash,
    /// The object as it is stored and sent.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({}, {} bytes)", self.hash, self.bytes.len())
    }
}

/// Why nothing was sealed. The kiosk tells the person that the submission did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// More plain bytes than an object carries.
    #[error("content is {got} bytes, limit is {MAX_PLAIN_LEN}")]
    TooLong {
        /// Bytes given.
        got: usize,
    },
    /// The kiosk signs in one suite and the county opens in another; an object has one.
    #[error("kiosk signs in cipher suite {}, the county's key is of suite {}", *kiosk as u8, *county as u8)]
    Suite {
        /// The kiosk's.
        kiosk: Suite,
        /// The county's.
        county: Suite,
    },
    /// Nothing can be sealed to the county's public key: it is no honest one.
    #[error("county key {county_key} takes no seal")]
    CountyKey {
        /// The key that was used.
        county_key: KeyId,
    },
}

/// Seals `plain` to the county and signs the result as the kiosk.
///
/// The same content sealed twice gives two different objects, because `rng` is drawn from; so a
/// submission is sealed once, stored, and sent again from the store. `plain` is at most
/// [`MAX_PLAIN_LEN`] bytes; the caller wipes it.
///
/// # Errors
///
/// [`SealError`] if `plain` is too long, the two keys are of different suites, or the county's key is unusable.
///
/// Source: RFC 9180 §5.1.1 and §6.1 (base mode, single shot) and RFC 8032 (Ed25519); GB/T 32918 (SM2), GB/T 32905
/// (SM3), GB/T 32907 (SM4), GB/T 35276 (encodings) and NIST SP 800-38D (GCM).
pub fn seal(
    kind: Kind,
    plain: &[u8],
    kiosk: &KioskSigner,
    county: &CountyPublic,
    rng: &mut impl CryptoRng,
) -> Result<Sealed, SealError> {
    if plain.len() > MAX_PLAIN_LEN {
        return Err(SealError::TooLong { got: plain.len() });
    }
    if kiosk.suite() != county.suite() {
        return Err(SealError::Suite {
            kiosk: kiosk.suite(),
            county: county.suite(),
        });
    }
    let suite = county.suite();
    let (packing, packed) = pack(kind, plain);
    let header = Header {
        suite,
        kind,
        packing,
        kiosk: kiosk.id(),
        kiosk_key: kiosk.key_id(),
        county_key: county.key_id(),
    }
    .emit();

    // The whole length is reserved, so that no growth leaves a copy of the plain bytes behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(packed.len() + suite.overhead_max()));
    bytes.extend_from_slice(&header);
    county
        .sealing()
        .seal_onto(&header, &packed, &mut bytes, rng)
        .ok_or(SealError::CountyKey {
            county_key: county.key_id(),
        })?;
    kiosk.sign_onto(Purpose::Object, &mut bytes);

    let bytes = std::mem::take(&mut *bytes);
    Ok(Sealed {
        hash: ObjectHash::of(&bytes),
        bytes,
    })
}

/// What was inside an object whose signature held.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// What sort of content it is.
    pub kind: Kind,
    /// The kiosk that sealed it.
    pub kiosk: KioskId,
    /// The content, at most [`MAX_PLAIN_LEN`] bytes.
    pub plain: Vec<u8>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("kind", &self.kind)
            .field("kiosk", &self.kiosk)
            .field("plain_len", &self.plain.len())
            .finish()
    }
}

/// Why an object was refused. The county sets it aside and shows it; nothing in it was believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The beginning is no header of ours.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// Fewer bytes than an empty object of its suite has.
    #[error("object needs {need} bytes, has {have}")]
    Short {
        /// Bytes present.
        have: usize,
        /// Bytes of the shortest object of its suite.
        need: usize,
    },
    /// More bytes than the longest object has.
    #[error("object is {got} bytes, limit is {MAX_SEALED_LEN}")]
    TooLong {
        /// Bytes present.
        got: usize,
    },
    /// The kiosk that the header names, or its key, was never taken in.
    #[error("kiosk {kiosk} with key {key} is not known here")]
    UnknownKiosk {
        /// The kiosk named.
        kiosk: KioskId,
        /// The key named.
        key: KeyId,
    },
    /// The key that the header names was revoked.
    #[error("key {key} of kiosk {kiosk} is revoked")]
    RevokedKey {
        /// The kiosk named.
        kiosk: KioskId,
        /// The key named.
        key: KeyId,
    },
    /// The signature does not match: forged, or damaged on the way.
    #[error("signature of kiosk {kiosk} does not match: object is forged or damaged")]
    Signature {
        /// The kiosk named.
        kiosk: KioskId,
    },
    /// The kiosk sealed it to a key that the county does not have.
    #[error("object of kiosk {kiosk} is sealed to county key {got}, which is none of ours")]
    CountyKey {
        /// The kiosk that signed.
        kiosk: KioskId,
        /// The key that the header names.
        got: KeyId,
    },
    /// The signature holds but the seal does not open: the kiosk sealed it wrongly.
    #[error("seal of kiosk {kiosk} does not open")]
    Seal {
        /// The kiosk that signed.
        kiosk: KioskId,
    },
    /// The seal opens but the content does not unpack.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
}

/// Checks and opens a sealed object: bounds, then the kiosk's signature, then the seal, then the
/// packing; each step only believes what the one before proved.
///
/// `find_kiosk` says what is known of the kiosk's key that the header names. Which of the county's secrets opens
/// the object is in the header too.
///
/// # Errors
///
/// [`OpenError`] at the first step that fails.
///
/// Source: as for [`seal`], and RFC 8878 (zstd frames).
pub fn open(
    bytes: &[u8],
    county: &CountyKeyring,
    find_kiosk: impl FnOnce(KioskId, KeyId) -> KioskStanding,
) -> Result<Opened, OpenError> {
    if bytes.len() > MAX_SEALED_LEN {
        return Err(OpenError::TooLong { got: bytes.len() });
    }
    let header = Header::parse(bytes)?;
    let need = header.suite.overhead_min();
    if bytes.len() < need {
        return Err(OpenError::Short {
            have: bytes.len(),
            need,
        });
    }

    let (kiosk, key) = (header.kiosk, header.kiosk_key);
    let signer = match find_kiosk(kiosk, key) {
        KioskStanding::Accepted(public) if (public.id(), public.key_id()) == (kiosk, key) => public,
        KioskStanding::Accepted(_) | KioskStanding::Unknown => {
            return Err(OpenError::UnknownKiosk { kiosk, key });
        }
        KioskStanding::Revoked => return Err(OpenError::RevokedKey { kiosk, key }),
    };
    let signed = split_signature(header.suite, bytes)
        .filter(|(signed, signature)| signer.verifies(Purpose::Object, signed, signature))
        .map(|(signed, _)| signed)
        .ok_or(OpenError::Signature { kiosk })?;

    let secret = county.find(header.county_key).ok_or(OpenError::CountyKey {
        kiosk,
        got: header.county_key,
    })?;
    let packed = signed
        .split_at_checked(HEADER_LEN)
        .and_then(|(header, body)| secret.opening().open(header, body))
        .ok_or(OpenError::Seal { kiosk })?;

    let mut plain = unpack(header.packing, packed)?;
    Ok(Opened {
        kind: header.kind,
        kiosk,
        plain: std::mem::take(&mut *plain),
    })
}

#[cfg(test)]
mod tests;
