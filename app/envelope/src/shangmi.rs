//! The algorithms of suite 2: SM2, SM3 and SM4-GCM in the encodings of GB/T 35276.

use aes_gcm::{
    AesGcm,
    aead::{AeadInOut, KeyInit, consts::U12, inout::InOutBuf},
};
use der::{
    Decode, Encode, Sequence,
    asn1::{OctetStringRef, UintRef},
};
use hpke::rand_core::CryptoRng;
use sm2::{
    PublicKey, Scalar, SecretKey,
    dsa::{
        Signature, SigningKey, VerifyingKey,
        signature::{MultipartSigner, MultipartVerifier},
    },
    elliptic_curve::sec1::ToSec1Point,
    pke::{DecryptingKey, EncryptingKey},
};
use sm3::{Digest, Sm3};
use sm4::Sm4;
use zeroize::{Zeroizing, optimization_barrier};

use crate::signature::RawSignature;

/// The signer id that GM/T 0009 names for parties without one of their own.
const SIGNER_ID: &str = "1234567812345678";

/// Length of a public key: a compressed point.
pub(crate) const POINT_LEN: usize = 33;
/// Length of a coordinate and of a number modulo the curve's order.
const NUMBER_LEN: usize = 32;

type Sm4Gcm = AesGcm<Sm4, U12>;
const KEY_LEN: usize = 16;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;
const DIGEST_LEN: usize = 32;

/// The shortest sealed key in DER, its coordinates of one byte each; none so short can be made on purpose.
const WRAPPED_LEN_MIN: usize = 60;
/// The longest sealed key in DER, both coordinates with a leading zero byte.
const WRAPPED_LEN_MAX: usize = 124;
/// The shortest and the longest signature in DER.
const SIGNATURE_DER_LEN_MIN: usize = 8;
const SIGNATURE_DER_LEN_MAX: usize = 72;

/// Least and most bytes that a seal and a signature add to the packed content.
pub(crate) const OVERHEAD_MIN: usize =
    WRAPPED_LEN_MIN + NONCE_LEN + TAG_LEN + SIGNATURE_DER_LEN_MIN + 1;
pub(crate) const OVERHEAD_MAX: usize =
    WRAPPED_LEN_MAX + NONCE_LEN + TAG_LEN + SIGNATURE_DER_LEN_MAX + 1;

const SIGNING: &[u8] = b"mingbai sm2 signing\x01";
const OPENING: &[u8] = b"mingbai sm2 opening\x01";

/// The secret number that grows from `seed`: of the SM3 digests of `purpose`, the seed and a byte that counts from
/// 0, the first that is between 1 and the curve's order less 2 as a big-endian number.
fn grow(purpose: &[u8], seed: &[u8; 32]) -> SecretKey {
    let grown = (0..=u8::MAX).find_map(|attempt| {
        let digest = Zeroizing::new(<[u8; DIGEST_LEN]>::from(
            Sm3::new()
                .chain_update(purpose)
                .chain_update(seed)
                .chain_update([attempt])
                .finalize(),
        ));
        let key = SecretKey::from_slice(digest.as_ref()).ok()?;
        // A signature divides by one more than the secret number.
        (*key.to_nonzero_scalar() != -Scalar::ONE).then_some(key)
    });
    let Some(key) = grown else {
        unreachable!(
            "256 digests in a row are past the order, which one in four thousand million is"
        )
    };
    key
}

/// Stands in for a secret number that is no longer needed: the curve's crate does not wipe its own.
const NO_SECRET: [u8; NUMBER_LEN] = {
    let mut one = [0; NUMBER_LEN];
    one[NUMBER_LEN - 1] = 1;
    one
};

/// A key that signs. It lies in one place of the heap and is overwritten there on drop.
pub(crate) struct Signing(Box<SigningKey>);

impl Signing {
    pub(crate) fn from_seed(seed: &[u8; 32]) -> Self {
        let Ok(key) = SigningKey::new(SIGNER_ID, &grow(SIGNING, seed)) else {
            unreachable!("a signer id of 16 bytes fits")
        };
        Self(Box::new(key))
    }

    pub(crate) fn verifying(&self) -> Verifying {
        Verifying(self.0.verifying_key().clone())
    }

    pub(crate) fn sign(&self, parts: &[&[u8]]) -> RawSignature {
        self.0.multipart_sign(parts).to_bytes().into()
    }
}

impl Drop for Signing {
    fn drop(&mut self) {
        if let Ok(key) = SigningKey::from_slice(SIGNER_ID, &NO_SECRET) {
            *self.0 = key;
        }
        optimization_barrier(&*self.0);
    }
}

/// A key that checks signatures.
#[derive(Debug, Clone)]
pub(crate) struct Verifying(VerifyingKey);

impl PartialEq for Verifying {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_affine() == other.0.as_affine()
    }
}

impl Eq for Verifying {}

impl Verifying {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        VerifyingKey::new(SIGNER_ID, point(bytes)?).ok().map(Self)
    }

    pub(crate) fn to_bytes(&self) -> [u8; POINT_LEN] {
        compressed(&self.0)
    }

    pub(crate) fn verifies(&self, parts: &[&[u8]], signature: &RawSignature) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.multipart_verify(parts, &signature).is_ok())
    }
}

/// A public key in its only form here: compressed, on the curve, not its neutral point.
fn point(bytes: &[u8]) -> Option<PublicKey> {
    let key = PublicKey::from_sec1_bytes(bytes).ok()?;
    (compressed(&key).as_slice() == bytes).then_some(key)
}

fn compressed(point: &impl ToSec1Point<sm2::Sm2>) -> [u8; POINT_LEN] {
    let encoded = point.to_sec1_point(true);
    let Some(&bytes) = encoded.as_bytes().first_chunk() else {
        unreachable!("a public key is no neutral point, so it has a coordinate")
    };
    bytes
}

/// A signature as GB/T 35276 writes it.
#[derive(Sequence)]
struct SignatureDer<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// Puts the signature in DER behind `bytes`, then its length as one byte.
pub(crate) fn append_signature(signature: &RawSignature, bytes: &mut Vec<u8>) {
    let (r, s) = signature.split_at(NUMBER_LEN);
    let encoded = UintRef::new(r)
        .and_then(|r| {
            Ok(SignatureDer {
                r,
                s: UintRef::new(s)?,
            })
        })
        .and_then(|signature| signature.to_der());
    let Ok(encoded) = encoded else {
        unreachable!("two numbers of 32 bytes have a form in DER")
    };
    bytes.extend_from_slice(&encoded);
    bytes.push(encoded.len() as u8);
}

/// Undoes [`append_signature`]. `None` if the end is anything else than it writes.
pub(crate) fn split_signature(bytes: &[u8]) -> Option<(&[u8], RawSignature)> {
    let (&len, rest) = bytes.split_last()?;
    let (signed, encoded) = rest.split_at(rest.len().checked_sub(usize::from(len))?);
    let parsed = SignatureDer::from_der(encoded).ok()?;
    let mut signature = [0; 2 * NUMBER_LEN];
    let (r, s) = signature.split_at_mut(NUMBER_LEN);
    r.copy_from_slice(&number(parsed.r)?);
    s.copy_from_slice(&number(parsed.s)?);
    (parsed.to_der().ok()? == encoded).then_some((signed, signature))
}

/// A number in its full width; `None` if it is wider.
fn number(value: UintRef<'_>) -> Option<[u8; NUMBER_LEN]> {
    let bytes = value.as_bytes();
    let mut number = [0; NUMBER_LEN];
    number
        .get_mut(NUMBER_LEN.checked_sub(bytes.len())?..)?
        .copy_from_slice(bytes);
    Some(number)
}

/// A sealed key as GB/T 35276 writes it: a point, the digest that proves it, the key under a mask.
#[derive(Sequence)]
struct WrappedDer<'a> {
    x: UintRef<'a>,
    y: UintRef<'a>,
    digest: &'a OctetStringRef,
    masked: &'a OctetStringRef,
}

/// A sealed key as the curve's crate writes it: uncompressed point, digest, key under a mask.
const WRAPPED_RAW_LEN: usize = 1 + 2 * NUMBER_LEN + DIGEST_LEN + KEY_LEN;
const UNCOMPRESSED: u8 = 4;

fn wrapped_to_der(raw: &[u8]) -> Option<Vec<u8>> {
    let (&UNCOMPRESSED, rest) = raw.split_first()? else {
        return None;
    };
    let (x, rest) = rest.split_at_checked(NUMBER_LEN)?;
    let (y, rest) = rest.split_at_checked(NUMBER_LEN)?;
    let (digest, masked) = rest.split_at_checked(DIGEST_LEN)?;
    let wrapped = WrappedDer {
        x: UintRef::new(x).ok()?,
        y: UintRef::new(y).ok()?,
        digest: OctetStringRef::new(digest).ok()?,
        masked: OctetStringRef::new(masked).ok()?,
    };
    wrapped.to_der().ok()
}

/// Splits a sealed key in DER off the front of `bytes`. `None` if they begin otherwise than [`wrapped_to_der`] writes.
fn split_wrapped(bytes: &[u8]) -> Option<([u8; WRAPPED_RAW_LEN], &[u8])> {
    // A sequence so short states its length in the byte after its tag.
    let len = 2 + usize::from(*bytes.get(1)?);
    let (encoded, rest) = bytes.split_at_checked(len)?;
    let parsed = WrappedDer::from_der(encoded).ok()?;
    if parsed.to_der().ok()? != encoded {
        return None;
    }
    let raw = [
        &[UNCOMPRESSED][..],
        &number(parsed.x)?,
        &number(parsed.y)?,
        parsed.digest.as_bytes(),
        parsed.masked.as_bytes(),
    ]
    .concat();
    Some((raw.try_into().ok()?, rest))
}

/// A key that opens what is sealed to it. It lies in one place of the heap and is overwritten there on drop.
pub(crate) struct Opening(Box<DecryptingKey>);

impl Opening {
    pub(crate) fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Box::new(DecryptingKey::new(grow(OPENING, seed))))
    }

    pub(crate) fn sealing(&self) -> Sealing {
        let affine = *self.0.encrypting_key().as_affine();
        let Ok(key) = PublicKey::from_affine(affine) else {
            unreachable!("a secret number that is not zero has a public key")
        };
        Sealing(key)
    }

    /// The packed content of `body`, which is all between header and signature.
    pub(crate) fn open(&self, header: &[u8], body: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (wrapped, rest) = split_wrapped(body)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>()?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG_LEN>()?;
        let key = Zeroizing::new(self.0.decrypt(&wrapped).ok()?);
        let mut packed = Zeroizing::new(ciphertext.to_vec());
        Sm4Gcm::new_from_slice(&key)
            .ok()?
            .decrypt_inout_detached(
                nonce.into(),
                header,
                InOutBuf::from(packed.as_mut_slice()),
                tag.into(),
            )
            .ok()?;
        Some(packed)
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if let Ok(key) = DecryptingKey::from_slice(&NO_SECRET) {
            *self.0 = key;
        }
        optimization_barrier(&*self.0);
    }
}

/// A key to seal to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sealing(PublicKey);

impl Sealing {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        point(bytes).map(Self)
    }

    pub(crate) fn to_bytes(&self) -> [u8; POINT_LEN] {
        compressed(&self.0)
    }

    /// Puts behind `bytes`: the sealed key in DER, the nonce, the ciphertext of `packed`, and its tag.
    ///
    /// `None` if nothing can be sealed to this key; `bytes` are then of no use.
    pub(crate) fn seal_onto(
        &self,
        header: &[u8],
        packed: &[u8],
        bytes: &mut Vec<u8>,
        rng: &mut impl CryptoRng,
    ) -> Option<()> {
        let mut key = Zeroizing::new([0; KEY_LEN]);
        rng.fill_bytes(key.as_mut());
        let wrapped = EncryptingKey::new(self.0).encrypt(rng, key.as_ref()).ok()?;
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);

        bytes.extend_from_slice(&wrapped_to_der(&wrapped)?);
        bytes.extend_from_slice(&nonce);
        let body_at = bytes.len();
        bytes.extend_from_slice(packed);
        let tag = Sm4Gcm::new_from_slice(key.as_ref())
            .ok()?
            .encrypt_inout_detached(
                (&nonce).into(),
                header,
                InOutBuf::from(&mut bytes[body_at..]),
            )
            .ok()?;
        bytes.extend_from_slice(&tag);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signing() -> Signing {
        Signing::from_seed(&[0x11; 32])
    }

    /// A message and its signature as it is written.
    fn written(numbers: [[u8; NUMBER_LEN]; 2]) -> Vec<u8> {
        let mut bytes = b"message".to_vec();
        let signature = numbers.concat().try_into().unwrap();
        append_signature(&signature, &mut bytes);
        bytes
    }

    const ONE: [u8; NUMBER_LEN] = NO_SECRET;

    #[test]
    fn a_signature_is_two_numbers_in_der_and_their_length() {
        let bytes = [&b"message"[..], &[0x30, 6, 2, 1, 1, 2, 1, 1, 8]].concat();
        assert_eq!(written([ONE, ONE]), bytes);
        assert_eq!(bytes.len() - 8, SIGNATURE_DER_LEN_MIN);
        let longest = written([[0xff; NUMBER_LEN]; 2]);
        assert_eq!(longest.len() - 8, SIGNATURE_DER_LEN_MAX);
        let signature = [[0xff; NUMBER_LEN]; 2].concat().try_into().unwrap();
        assert_eq!(
            split_signature(&longest),
            Some((&b"message"[..], signature))
        );
    }

    #[test]
    fn a_signature_has_no_second_form() {
        let forms: [&[u8]; 9] = [
            // a number with a needless zero before it
            &[0x30, 7, 2, 2, 0, 1, 2, 1, 1, 9],
            // a length in two bytes
            &[0x30, 0x81, 6, 2, 1, 1, 2, 1, 1, 9],
            // a byte behind the numbers, inside the sequence and outside of it
            &[0x30, 7, 2, 1, 1, 2, 1, 1, 0, 9],
            &[0x30, 6, 2, 1, 1, 2, 1, 1, 0, 9],
            // an endless sequence, as BER has it
            &[0x30, 0x80, 2, 1, 1, 2, 1, 1, 0, 0, 10],
            // a negative number, and one number only
            &[0x30, 6, 2, 1, 0x81, 2, 1, 1, 8],
            &[0x30, 3, 2, 1, 1, 5],
            // a length byte that takes in too much or too little
            &[0x30, 6, 2, 1, 1, 2, 1, 1, 9],
            &[0x30, 6, 2, 1, 1, 2, 1, 1, 7],
        ];
        for form in forms {
            let bytes = [b"message", form].concat();
            assert_eq!(split_signature(&bytes), None, "{form:02x?}");
        }
        let mut wide = vec![0x30, 38, 2, 33, 1];
        wide.extend([0; 32]);
        wide.extend([2, 1, 1, 40]);
        assert_eq!(split_signature(&wide), None);
    }

    #[test]
    fn numbers_out_of_range_and_the_mirrored_signature_do_not_verify() {
        let parts: [&[u8]; 1] = [b"message"];
        let verifying = signing().verifying();
        let true_one = signing().sign(&parts);
        assert!(verifying.verifies(&parts, &true_one));
        let order = [
            &[0xff, 0xff, 0xff, 0xfe][..],
            &[0xff; 12],
            &[0x72, 0x03, 0xdf, 0x6b, 0x21, 0xc6, 0x05, 0x2b],
            &[0x53, 0xbb, 0xf4, 0x09, 0x39, 0xd5, 0x41, 0x23],
        ]
        .concat();
        let s = Signature::from_slice(&true_one).unwrap().s();
        let mirrored: [u8; NUMBER_LEN] = (-*s).to_bytes().into();
        for number in [&[0; NUMBER_LEN], &order[..], &[0xff; NUMBER_LEN], &mirrored] {
            for at in [0, NUMBER_LEN] {
                let mut other = true_one;
                other[at..at + NUMBER_LEN].copy_from_slice(number);
                assert!(!verifying.verifies(&parts, &other), "{number:02x?} at {at}");
            }
        }
    }

    #[test]
    fn a_sealed_key_has_no_second_form() {
        let opening = Opening::from_seed(&[0x22; 32]);
        let raw = [4; WRAPPED_RAW_LEN];
        let der = wrapped_to_der(&raw).unwrap();
        assert_eq!(split_wrapped(&der), Some((raw, &[][..])));
        assert_eq!(der.len(), WRAPPED_LEN_MAX - 2);
        // A needless zero before the first coordinate.
        let mut padded = der.clone();
        padded[1] += 1;
        padded[3] += 1;
        padded.insert(4, 0);
        assert_eq!(split_wrapped(&padded), None);
        // A length in two bytes.
        let mut long = der.clone();
        long.insert(1, 0x81);
        assert_eq!(split_wrapped(&long), None);
        // No point of the curve.
        let body = [&der[..], &[0; NONCE_LEN + TAG_LEN]].concat();
        assert_eq!(opening.open(b"", &body), None);
    }

    proptest! {
        #[test]
        fn written_signatures_are_split_off_again(signed: Vec<u8>, r: [u8; 32], s: [u8; 32]) {
            let signature = [r, s].concat().try_into().unwrap();
            let mut bytes = signed.clone();
            append_signature(&signature, &mut bytes);
            prop_assert_eq!(split_signature(&bytes), Some((&signed[..], signature)));
        }

        #[test]
        fn what_splits_is_written_the_same(mut bytes: Vec<u8>, r in 0u8..=255, s in 0u8..=255) {
            bytes.extend([0x30, 6, 2, 1, r, 2, 1, s, 8]);
            if let Some((signed, signature)) = split_signature(&bytes) {
                let mut again = signed.to_vec();
                append_signature(&signature, &mut again);
                prop_assert_eq!(again, bytes);
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(mut bytes: Vec<u8>, len: u8) {
            let _ = split_signature(&bytes);
            let _ = split_wrapped(&bytes);
            bytes.splice(0..0, [0x30, len]);
            let _ = split_wrapped(&bytes);
        }
    }
}
