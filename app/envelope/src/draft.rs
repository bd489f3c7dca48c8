use core::fmt;

use chacha20poly1305::{
    ChaCha20Poly1305,
    aead::{AeadInOut, KeyInit, inout::InOutBuf},
};
use hpke::rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;

/// Bytes that sealing a draft adds.
pub const DRAFT_OVERHEAD: usize = NONCE_LEN + TAG_LEN;

/// Seals what a person has entered before they submit, so that the kiosk's file never holds it in plain text.
///
/// It is made anew for every visit, kept in memory only, and gone with it: whatever is left in the file cannot be
/// read after. A visit seals a few thousand drafts at most, far below the 2³² for which random nonces of 96 bits are
/// fit. Wiped from memory on drop, never printed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct DraftKey([u8; 32]);

impl DraftKey {
    /// A fresh key.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut key = Self([0; 32]);
        rng.fill_bytes(&mut key.0);
        key
    }

    /// Seals `plain`; `context` says what and where it is, such as a row's name, and is not in the result.
    ///
    /// The result is [`DRAFT_OVERHEAD`] bytes longer than `plain`. The caller wipes `plain`.
    ///
    /// Source: RFC 8439 §2.8.
    #[must_use]
    pub fn seal(&self, plain: &[u8], context: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        // The whole length is reserved, so that no growth leaves a copy of the plain bytes behind.
        let mut bytes = Vec::with_capacity(plain.len() + DRAFT_OVERHEAD);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(plain);
        let Ok(tag) = self.cipher().encrypt_inout_detached(
            (&nonce).into(),
            context,
            InOutBuf::from(&mut bytes[NONCE_LEN..]),
        ) else {
            unreachable!("a slice in memory is shorter than the cipher's 256 GiB");
        };
        bytes.extend_from_slice(&tag);
        bytes
    }

    /// What [`seal`](Self::seal) sealed with this key in this context; `None` if anything is another.
    #[must_use]
    pub fn open(&self, bytes: &[u8], context: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, rest) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG_LEN>()?;
        let mut plain = Zeroizing::new(ciphertext.to_vec());
        self.cipher()
            .decrypt_inout_detached(
                nonce.into(),
                context,
                InOutBuf::from(plain.as_mut_slice()),
                tag.into(),
            )
            .ok()?;
        Some(plain)
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new((&self.0).into())
    }
}

impl fmt::Debug for DraftKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DraftKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use hpke::rand_core::SeedableRng;
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    fn rng() -> ChaCha20Rng {
        ChaCha20Rng::from_seed([0x33; 32])
    }

    #[test]
    fn the_same_draft_sealed_twice_differs_and_opens_both_times() {
        let mut rng = rng();
        let key = DraftKey::random(&mut rng);
        let one = key.seal(b"page", b"visit 1", &mut rng);
        let other = key.seal(b"page", b"visit 1", &mut rng);
        assert_ne!(one, other);
        for sealed in [one, other] {
            assert_eq!(sealed.len(), 4 + DRAFT_OVERHEAD);
            assert_eq!(key.open(&sealed, b"visit 1").unwrap().to_vec(), b"page");
        }
    }

    #[test]
    fn another_visits_key_and_another_context_open_nothing() {
        let mut rng = rng();
        let key = DraftKey::random(&mut rng);
        let sealed = key.seal(b"page", b"visit 1", &mut rng);
        assert_eq!(key.open(&sealed, b"visit 2"), None);
        assert_eq!(DraftKey::random(&mut rng).open(&sealed, b"visit 1"), None);
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let mut rng = rng();
        let key = DraftKey::random(&mut rng);
        let sealed = key.seal(b"page", b"", &mut rng);
        for bit in 0..sealed.len() * 8 {
            let mut damaged = sealed.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.open(&damaged, b""), None, "bit {bit}");
        }
        for len in 0..sealed.len() {
            assert_eq!(key.open(&sealed[..len], b""), None, "first {len} bytes");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let key = DraftKey::random(&mut rng());
        assert_eq!(format!("{key:?}"), "DraftKey(…)");
    }

    proptest! {
        #[test]
        fn any_draft_opens_in_its_context(plain: Vec<u8>, context: Vec<u8>) {
            let mut rng = rng();
            let key = DraftKey::random(&mut rng);
            let sealed = key.seal(&plain, &context, &mut rng);
            prop_assert_eq!(key.open(&sealed, &context).unwrap().to_vec(), plain);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            prop_assert_eq!(DraftKey::random(&mut rng()).open(&bytes, b""), None);
        }
    }
}
