use core::fmt;

use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable,
    aead::{AeadTag, ChaCha20Poly1305},
    inout::InOutBuf,
    kdf::HkdfSha256,
    rand_core::CryptoRng,
    single_shot_open_inout_detached, single_shot_seal_inout_detached_with_rng,
};
use zeroize::Zeroizing;

use crate::{
    hash::ObjectHash,
    header::{HEADER_LEN, Header, HeaderError, Kind, KioskId, Suite},
    keys::{
        CountyPublic, CountySecret, KeyId, KioskPublic, KioskSigner, Purpose, SIGNATURE_LEN,
        SealingKem,
    },
    packing::{MAX_PLAIN_LEN, UnpackError, pack, unpack},
};

type Aead = ChaCha20Poly1305;
type EncappedKey = <SealingKem as Kem>::EncappedKey;

const ENCAPPED_LEN: usize = 32;
const TAG_LEN: usize = 16;
const BODY_AT: usize = HEADER_LEN + ENCAPPED_LEN;

/// Bytes that sealing adds to the packed content.
pub const OVERHEAD: usize = BODY_AT + TAG_LEN + SIGNATURE_LEN;

/// The longest sealed object, bytes; content that compression does not shorten is packed as it is.
pub const MAX_SEALED_LEN: usize = MAX_PLAIN_LEN + OVERHEAD;

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
/// [`SealError`] if `plain` is too long, or the county's key is unusable.
///
/// Source: RFC 9180 §5.1.1 and §6.1 (base mode, single shot); RFC 8032 (Ed25519).
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
    let (packing, packed) = pack(kind, plain);
    let header = Header {
        suite: Suite::X25519,
        kind,
        packing,
        kiosk: kiosk.id(),
        kiosk_key: kiosk.key_id(),
        county_key: county.key_id(),
    }
    .emit();

    // The whole length is reserved, so that no growth leaves a copy of the plain bytes behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(packed.len() + OVERHEAD));
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(&[0; ENCAPPED_LEN]);
    bytes.extend_from_slice(&packed);
    let (encapped, tag) = single_shot_seal_inout_detached_with_rng::<Aead, HkdfSha256, SealingKem>(
        &OpModeS::Base,
        county.sealing(),
        Purpose::Object.context(),
        InOutBuf::from(&mut bytes[BODY_AT..]),
        &header,
        rng,
    )
    .map_err(|_| SealError::CountyKey {
        county_key: county.key_id(),
    })?;
    bytes[HEADER_LEN..BODY_AT].copy_from_slice(&encapped.to_bytes());
    bytes.extend_from_slice(&tag.to_bytes());
    let signature = kiosk.sign(Purpose::Object, &bytes);
    bytes.extend_from_slice(&signature);

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
    /// Fewer bytes than an empty object has.
    #[error("object needs {OVERHEAD} bytes, has {have}")]
    Short {
        /// Bytes present.
        have: usize,
    },
    /// More bytes than the longest object has.
    #[error("object is {got} bytes, limit is {MAX_SEALED_LEN}")]
    TooLong {
        /// Bytes present.
        got: usize,
    },
    /// No key is known for the kiosk that the header names.
    #[error("kiosk {kiosk} is not known here")]
    UnknownKiosk {
        /// The kiosk named.
        kiosk: KioskId,
    },
    /// The kiosk signed with another key than the one known.
    #[error("kiosk {kiosk} signed with key {got}, its key here is {want}")]
    KioskKey {
        /// The kiosk named.
        kiosk: KioskId,
        /// The key that the header names.
        got: KeyId,
        /// The key that is known.
        want: KeyId,
    },
    /// The signature does not match: forged, or damaged on the way.
    #[error("signature of kiosk {kiosk} does not match: object is forged or damaged")]
    Signature {
        /// The kiosk named.
        kiosk: KioskId,
    },
    /// The kiosk sealed it to another key than the one given.
    #[error("object is sealed to county key {got}, opened with {want}")]
    CountyKey {
        /// The key that the header names.
        got: KeyId,
        /// The key that was given.
        want: KeyId,
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
/// `find_kiosk` gives the key of an accepted kiosk. A caller with several keys for the county or
/// for a kiosk chooses by [`Header::parse`] first.
///
/// # Errors
///
/// [`OpenError`] at the first step that fails.
///
/// Source: RFC 9180 §6.1; RFC 8032; RFC 8878 (zstd frames).
pub fn open(
    bytes: &[u8],
    county: &CountySecret,
    find_kiosk: impl FnOnce(KioskId) -> Option<KioskPublic>,
) -> Result<Opened, OpenError> {
    if bytes.len() > MAX_SEALED_LEN {
        return Err(OpenError::TooLong { got: bytes.len() });
    }
    let header = Header::parse(bytes)?;
    let short = OpenError::Short { have: bytes.len() };
    let (signed, signature) = bytes.split_last_chunk::<SIGNATURE_LEN>().ok_or(short)?;
    let (sealed, tag) = signed.split_last_chunk::<TAG_LEN>().ok_or(short)?;
    let (aad, rest) = sealed.split_at_checked(HEADER_LEN).ok_or(short)?;
    let (encapped, body) = rest.split_at_checked(ENCAPPED_LEN).ok_or(short)?;

    let kiosk = header.kiosk;
    let key = find_kiosk(kiosk).ok_or(OpenError::UnknownKiosk { kiosk })?;
    if key.id() != kiosk {
        return Err(OpenError::UnknownKiosk { kiosk });
    }
    if key.key_id() != header.kiosk_key {
        return Err(OpenError::KioskKey {
            kiosk,
            got: header.kiosk_key,
            want: key.key_id(),
        });
    }
    if !key.verifies(Purpose::Object, signed, signature) {
        return Err(OpenError::Signature { kiosk });
    }

    if header.county_key != county.key_id() {
        return Err(OpenError::CountyKey {
            got: header.county_key,
            want: county.key_id(),
        });
    }
    let wrong_seal = |_| OpenError::Seal { kiosk };
    let encapped = EncappedKey::from_bytes(encapped).map_err(wrong_seal)?;
    let tag = AeadTag::<Aead>::from_bytes(tag).map_err(wrong_seal)?;
    let mut packed = Zeroizing::new(body.to_vec());
    single_shot_open_inout_detached::<Aead, HkdfSha256, SealingKem>(
        &OpModeR::Base,
        county.opening(),
        &encapped,
        Purpose::Object.context(),
        InOutBuf::from(packed.as_mut_slice()),
        aad,
        &tag,
    )
    .map_err(wrong_seal)?;

    let mut plain = unpack(header.packing, packed)?;
    Ok(Opened {
        kind: header.kind,
        kiosk,
        plain: std::mem::take(&mut *plain),
    })
}

#[cfg(test)]
mod tests;
