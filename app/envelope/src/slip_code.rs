use core::fmt;

use hpke::rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    base32,
    header::KioskId,
    keys::{KioskPublic, KioskSigner, Purpose, SIGNATURE_LEN},
};

/// 128 random bits that stand only on the slip; who holds them may see where the case stands.
/// Wiped from memory on drop, never printed by `Debug`.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct StatusToken(pub [u8; 16]);

impl StatusToken {
    /// A fresh token.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut token = Self([0; 16]);
        rng.fill_bytes(&mut token.0);
        token
    }

    /// What the county keeps instead of the token.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::new()
            .chain_update(b"mingbai status token\x01")
            .chain_update(self.0)
            .finalize()
            .into()
    }
}

impl fmt::Debug for StatusToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatusToken(…)")
    }
}

const FORMAT: u8 = 1;
const SIGNED_LEN: usize = 35;
const CODE_LEN: usize = SIGNED_LEN + SIGNATURE_LEN;

/// What a slip's QR code says: which submission, when, and the kiosk's word for it. No name, no
/// scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlipCode {
    /// Opens the status page.
    pub token: StatusToken,
    /// County part of the slip number.
    pub county: u32,
    /// Kiosk part of the slip number.
    pub kiosk: u16,
    /// Counter part of the slip number.
    pub counter: u32,
    /// When it was submitted, Unix seconds by the kiosk's clock.
    pub submitted_s: u64,
    signature: [u8; SIGNATURE_LEN],
}

/// Why text is no slip code. The page or the tool that was given it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlipCodeError {
    /// Not the length or not the digits of a slip code.
    #[error("not a slip code: needs {} base-32 digits", (CODE_LEN * 8).div_ceil(5))]
    NotACode,
    /// Another format version.
    #[error("slip code has format {got}, this build reads {FORMAT}")]
    Format {
        /// The version found.
        got: u8,
    },
}

/// The kiosk did not issue this slip as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("signature of kiosk {kiosk} does not match: slip is forged or altered")]
pub struct ForgedSlip {
    /// The kiosk that the slip names.
    pub kiosk: KioskId,
}

/// The address that a slip code is appended to cannot stand in a QR code's alphanumeric mode.
///
/// It comes from the settings; the program refuses to start with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("web address has {found:?}, a slip's QR code holds only 0-9 A-Z $ % * + - . / :")]
pub struct SlipUrlError {
    /// The first character that does not fit.
    pub found: char,
}

impl SlipCode {
    /// The code of a submission, signed by the kiosk that took it.
    #[must_use]
    pub fn issue(
        signer: &KioskSigner,
        token: StatusToken,
        county: u32,
        counter: u32,
        submitted_s: u64,
    ) -> Self {
        let mut code = Self {
            token,
            county,
            kiosk: signer.id().0,
            counter,
            submitted_s,
            signature: [0; SIGNATURE_LEN],
        };
        code.signature = signer.sign(Purpose::Slip, &code.signed_bytes());
        code
    }

    /// The web address of the status page: `base` in capitals, `/S/`, and the code.
    ///
    /// `base` is scheme, host and port, such as `http://192.168.1.20:8080`.
    ///
    /// # Errors
    ///
    /// [`SlipUrlError`] if `base` has a character outside a QR code's alphanumeric set.
    pub fn to_url(&self, base: &str) -> Result<String, SlipUrlError> {
        let base = base.trim_end_matches('/').to_ascii_uppercase();
        let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "$%*+-./:".contains(c);
        match base.chars().find(|&c| !fits(c)) {
            Some(found) => Err(SlipUrlError { found }),
            None => Ok(format!("{base}/S/{}", self.to_payload())),
        }
    }

    /// The code alone, as base-32 digits.
    #[must_use]
    pub fn to_payload(&self) -> String {
        let mut bytes = [0; CODE_LEN];
        bytes[..SIGNED_LEN].copy_from_slice(&self.signed_bytes());
        bytes[SIGNED_LEN..].copy_from_slice(&self.signature);
        base32::encode(&bytes)
    }

    /// Reads a whole web address or the code alone; [`verify`](Self::verify) says whether to
    /// believe it.
    ///
    /// # Errors
    ///
    /// [`SlipCodeError`] if it is no code, or one of another format.
    pub fn parse(text: &str) -> Result<Self, SlipCodeError> {
        let text = text.trim();
        let payload = text.rsplit('/').next().unwrap_or(text);
        let bytes: [u8; CODE_LEN] = base32::decode(payload).ok_or(SlipCodeError::NotACode)?;
        let mut rest = bytes.as_slice();
        let [format] = take(&mut rest)?;
        if format != FORMAT {
            return Err(SlipCodeError::Format { got: format });
        }
        Ok(Self {
            token: StatusToken(take(&mut rest)?),
            county: u32::from_be_bytes(take(&mut rest)?),
            kiosk: u16::from_be_bytes(take(&mut rest)?),
            counter: u32::from_be_bytes(take(&mut rest)?),
            submitted_s: u64::from_be_bytes(take(&mut rest)?),
            signature: take(&mut rest)?,
        })
    }

    /// Whether the kiosk issued this slip and nobody changed it. Needs no network.
    ///
    /// # Errors
    ///
    /// [`ForgedSlip`] if the slip names another kiosk than the key's, or the signature fails.
    pub fn verify(&self, kiosk: &KioskPublic) -> Result<(), ForgedSlip> {
        let named = KioskId(self.kiosk);
        if named == kiosk.id()
            && kiosk.verifies(Purpose::Slip, &self.signed_bytes(), &self.signature)
        {
            Ok(())
        } else {
            Err(ForgedSlip { kiosk: named })
        }
    }

    fn signed_bytes(&self) -> [u8; SIGNED_LEN] {
        let mut bytes = [0; SIGNED_LEN];
        bytes[0] = FORMAT;
        bytes[1..17].copy_from_slice(&self.token.0);
        bytes[17..21].copy_from_slice(&self.county.to_be_bytes());
        bytes[21..23].copy_from_slice(&self.kiosk.to_be_bytes());
        bytes[23..27].copy_from_slice(&self.counter.to_be_bytes());
        bytes[27..35].copy_from_slice(&self.submitted_s.to_be_bytes());
        bytes
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], SlipCodeError> {
    let (field, after) = rest.split_first_chunk().ok_or(SlipCodeError::NotACode)?;
    *rest = after;
    Ok(*field)
}
