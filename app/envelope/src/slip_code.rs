use core::fmt;

use hpke::rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    base32,
    header::{KioskId, Suite},
    keys::{KioskPublic, KioskSigner},
    signature::{Purpose, RawSignature, SIGNATURE_LEN},
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

const SIGNED_LEN: usize = 35;
const CODE_LEN: usize = SIGNED_LEN + SIGNATURE_LEN;

/// The format of a slip that is signed in `suite`.
const fn format_of(suite: Suite) -> u8 {
    match suite {
        Suite::X25519 => 1,
        Suite::Sm2 => 2,
    }
}

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
    suite: Suite,
    signature: RawSignature,
}

/// Why text is no slip code. The page or the tool that was given it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlipCodeError {
    /// Not the length or not the digits of a slip code.
    #[error("not a slip code: needs {} base-32 digits", (CODE_LEN * 8).div_ceil(5))]
    NotACode,
    /// Another format version.
    #[error("slip code has format {got}, this build reads 1 and 2")]
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
            suite: signer.suite(),
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
        let suite = [Suite::X25519, Suite::Sm2]
            .into_iter()
            .find(|&suite| format_of(suite) == format)
            .ok_or(SlipCodeError::Format { got: format })?;
        Ok(Self {
            token: StatusToken(take(&mut rest)?),
            county: u32::from_be_bytes(take(&mut rest)?),
            kiosk: u16::from_be_bytes(take(&mut rest)?),
            counter: u32::from_be_bytes(take(&mut rest)?),
            submitted_s: u64::from_be_bytes(take(&mut rest)?),
            suite,
            signature: take(&mut rest)?,
        })
    }

    /// The algorithms of the key that signed it, in its own word.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    /// Whether the kiosk issued this slip and nobody changed it. Needs no network.
    ///
    /// # Errors
    ///
    /// [`ForgedSlip`] if the slip names another kiosk than the key's, or the signature fails.
    pub fn verify(&self, kiosk: &KioskPublic) -> Result<(), ForgedSlip> {
        let named = KioskId(self.kiosk);
        if named == kiosk.id()
            && self.suite == kiosk.suite()
            && kiosk.verifies(Purpose::Slip, &self.signed_bytes(), &self.signature)
        {
            Ok(())
        } else {
            Err(ForgedSlip { kiosk: named })
        }
    }

    fn signed_bytes(&self) -> [u8; SIGNED_LEN] {
        let mut bytes = [0; SIGNED_LEN];
        bytes[0] = format_of(self.suite);
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn signer() -> KioskSigner {
        KioskSigner::from_seed(KioskId(3), [0x11; 32])
    }

    fn sm2_signer() -> KioskSigner {
        KioskSigner::from_seed_in(Suite::Sm2, KioskId(3), [0x11; 32])
    }

    fn code() -> SlipCode {
        code_by(&signer())
    }

    fn code_by(signer: &KioskSigner) -> SlipCode {
        SlipCode::issue(signer, StatusToken([0x44; 16]), 140_428, 17, 1_795_420_800)
    }

    #[test]
    fn a_slip_code_is_this_address() {
        assert_eq!(
            code().to_url("http://192.168.1.20:8080/").unwrap(),
            "HTTP://192.168.1.20:8080/S/\
             05248H248H248H248H248H248H2000H4HG006000008G000001NG7\
             WM0N8J1RCPWJZ90NGJTP5J3YB0TZ17H2N41WDRQ9BE5BDFM3KRAKG\
             Z6XQ35MXQC8QRKNPKAZPDQSCVBMYNCBBCJ1MN4NJ1V6XC3YA6GM3G"
        );
    }

    #[test]
    fn a_slip_code_of_suite_2_is_this_address() {
        assert_eq!(
            code_by(&sm2_signer())
                .to_url("http://192.168.1.20:8080/")
                .unwrap(),
            "HTTP://192.168.1.20:8080/S/\
             09248H248H248H248H248H248H2000H4HG006000008G000001NG7\
             WM0B88W977GSZDC6AJQCR9NCEGEP1D3VRXESVQB38HAX27P698EDE\
             Z4XQNKTAFGMCNQH19JF6HMKT85NR4GZVS2EVGF6QFFZ74YXB58ZF8"
        );
    }

    #[test]
    fn an_address_is_read_back_whole_alone_and_in_small_letters() {
        let url = code().to_url("https://status.zhangzi.example").unwrap();
        assert_eq!(SlipCode::parse(&url), Ok(code()));
        assert_eq!(SlipCode::parse(&format!(" {url}\n")), Ok(code()));
        assert_eq!(SlipCode::parse(&url.to_ascii_lowercase()), Ok(code()));
        assert_eq!(SlipCode::parse(&code().to_payload()), Ok(code()));
    }

    #[test]
    fn an_address_that_a_qr_code_would_hold_less_well_is_refused() {
        let found = '_';
        assert_eq!(
            code().to_url("http://status_page"),
            Err(SlipUrlError { found })
        );
        let found = '明';
        assert_eq!(code().to_url("http://明白"), Err(SlipUrlError { found }));
    }

    #[test]
    fn the_kiosk_that_issued_it_verifies_it_and_no_other_does() {
        assert_eq!(code().verify(&signer().public()), Ok(()));
        let forged = Err(ForgedSlip { kiosk: KioskId(3) });
        let other_key = KioskSigner::from_seed(KioskId(3), [0x12; 32]);
        assert_eq!(code().verify(&other_key.public()), forged);
        let other_kiosk = KioskSigner::from_seed(KioskId(4), [0x11; 32]);
        assert_eq!(code().verify(&other_kiosk.public()), forged);

        let sm2 = code_by(&sm2_signer());
        assert_eq!(sm2.verify(&sm2_signer().public()), Ok(()));
        assert_eq!(sm2.verify(&signer().public()), forged);
        assert_eq!(code().verify(&sm2_signer().public()), forged);
    }

    #[test]
    fn each_altered_field_is_called_forged() {
        let kiosk = signer().public();
        let altered: [fn(&mut SlipCode); 5] = [
            |code| code.token.0[15] ^= 1,
            |code| code.county += 1,
            |code| code.counter += 1,
            |code| code.submitted_s -= 86_400,
            |code| code.signature[0] ^= 1,
        ];
        for alter in altered {
            let mut code = code();
            alter(&mut code);
            let refused = code.verify(&kiosk).unwrap_err();
            assert_eq!(
                refused.to_string(),
                "signature of kiosk 003 does not match: slip is forged or altered"
            );
        }
    }

    #[test]
    fn every_altered_digit_is_refused() {
        for signer in [signer(), sm2_signer()] {
            let payload = code_by(&signer).to_payload();
            let kiosk = signer.public();
            for at in 0..payload.len() {
                for digit in "0Z8K-".chars() {
                    let mut altered = payload.clone();
                    altered.replace_range(at..=at, &digit.to_string());
                    if altered == payload {
                        continue;
                    }
                    let believed =
                        SlipCode::parse(&altered).is_ok_and(|code| code.verify(&kiosk).is_ok());
                    assert!(!believed, "digit {at} as {digit}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_code_and_what_is_a_later_format_are_told_apart() {
        for text in [
            "",
            "/S/",
            "http://example.com/",
            "140428-003-000017-C",
            "明白",
        ] {
            assert_eq!(SlipCode::parse(text), Err(SlipCodeError::NotACode));
        }
        let later = base32::encode(&[3; CODE_LEN]);
        assert_eq!(
            SlipCode::parse(&later),
            Err(SlipCodeError::Format { got: 3 })
        );
    }

    #[test]
    fn the_county_keeps_a_hash_and_debug_shows_no_token() {
        let token = StatusToken([0x44; 16]);
        assert_ne!(token.hash(), StatusToken([0x45; 16]).hash());
        assert_eq!(format!("{token:?}"), "StatusToken(…)");
    }

    proptest! {
        #[test]
        fn issued_codes_read_back_and_verify_in_qr_alphanumeric_characters(
            token: [u8; 16], county: u32, counter: u32, submitted_s: u64,
        ) {
            for signer in [signer(), sm2_signer()] {
            let code = SlipCode::issue(&signer, StatusToken(token), county, counter, submitted_s);
            let url = code.to_url("http://10.0.0.2:8080").unwrap();
            prop_assert!(url.bytes().all(|b| b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$%*+-./:".contains(&b)));
            let read = SlipCode::parse(&url).unwrap();
            prop_assert_eq!(read.verify(&signer.public()), Ok(()));
            prop_assert_eq!(read, code);
            }
        }

        #[test]
        fn arbitrary_text_never_panics(text: String) {
            let _ = SlipCode::parse(&text);
        }

        #[test]
        fn arbitrary_digits_are_never_believed(mut bytes: [u8; CODE_LEN]) {
            for (format, signer) in [(1, signer()), (2, sm2_signer())] {
                bytes[0] = format;
                let code = SlipCode::parse(&base32::encode(&bytes)).unwrap();
                prop_assert!(code.verify(&signer.public()).is_err());
            }
        }
    }
}
