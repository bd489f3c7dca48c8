//! Keys that everybody may know, and the tools to put their true signature and seal on any bytes.
//!
//! A fuzzer never guesses a signature. So that it gets past one, its bytes are signed here, by the format in the
//! crate's documentation and not by the crate.

use std::sync::LazyLock;

use ed25519_dalek::{Signer, SigningKey};
use envelope::{
    CountyKeyring, CountySecret, KeyId, KioskId, KioskPublic, KioskSigner, KioskStanding,
    OpenError, Opened, Suite,
};
use hpke::{
    Deserializable, Kem, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::X25519HkdfSha256, single_shot_seal_with_rng,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use sm2::SecretKey;
use sm3::{Digest, Sm3};

const KIOSK: KioskId = KioskId(3);
const KIOSK_SEED: [u8; 32] = [0x11; 32];
const COUNTY_SEED: [u8; 64] = [0x22; 64];
/// The county's signing key grows from the second half of its seed.
const COUNTY_SIGNING_SEED: [u8; 32] = [0x22; 32];
const SIGNER_ID: &str = "1234567812345678";

pub const SUITES: [Suite; 2] = [Suite::X25519, Suite::Sm2];

/// Growing a key takes as long as a hundred runs, so each grows once.
static KIOSKS: LazyLock<[KioskSigner; 2]> =
    LazyLock::new(|| SUITES.map(|suite| KioskSigner::from_seed_in(suite, KIOSK, KIOSK_SEED)));
static KIOSKS_PUBLIC: LazyLock<[KioskPublic; 2]> =
    LazyLock::new(|| SUITES.map(|suite| kiosk(suite).public()));
static COUNTIES: LazyLock<[CountySecret; 2]> =
    LazyLock::new(|| SUITES.map(|suite| CountySecret::from_seed_in(suite, COUNTY_SEED)));
static KEYRING: LazyLock<CountyKeyring> = LazyLock::new(|| {
    let [current, former] = SUITES.map(|suite| CountySecret::from_seed_in(suite, COUNTY_SEED));
    CountyKeyring::new(current, vec![former])
});
static SM2_KIOSK: LazyLock<sm2::dsa::SigningKey> = LazyLock::new(|| sm2_key(&KIOSK_SEED));
static SM2_COUNTY: LazyLock<sm2::dsa::SigningKey> = LazyLock::new(|| sm2_key(&COUNTY_SIGNING_SEED));

const fn place(suite: Suite) -> usize {
    match suite {
        Suite::X25519 => 0,
        Suite::Sm2 => 1,
    }
}

#[must_use]
pub fn kiosk(suite: Suite) -> &'static KioskSigner {
    &KIOSKS[place(suite)]
}

#[must_use]
pub fn county(suite: Suite) -> &'static CountySecret {
    &COUNTIES[place(suite)]
}

/// Randomness that is the same in every run.
#[must_use]
pub fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([0x33; 32])
}

/// Opens as a county does that has keys of both suites and took the kiosk in with both of its keys.
///
/// # Errors
///
/// [`OpenError`], as [`envelope::open`] gives it.
pub fn open(bytes: &[u8]) -> Result<Opened, OpenError> {
    envelope::open(bytes, &KEYRING, |id, key| {
        public_of(id, key).map_or(KioskStanding::Unknown, KioskStanding::Accepted)
    })
}

/// The key of the kiosk that has this id, if it has one.
#[must_use]
pub fn public_of(kiosk: KioskId, key: KeyId) -> Option<KioskPublic> {
    KIOSKS_PUBLIC
        .iter()
        .find(|public| (public.id(), public.key_id()) == (kiosk, key))
        .cloned()
}

/// The header of an object of this kind and packing by our kiosk to our county.
#[must_use]
pub fn header(suite: Suite, kind: u8, packing: u8) -> Vec<u8> {
    let [k0, k1] = KIOSK.0.to_be_bytes();
    let KeyId(kiosk_key) = kiosk(suite).key_id();
    let KeyId(county_key) = county(suite).key_id();
    [
        &[1, suite as u8, kind, packing, k0, k1],
        &kiosk_key[..],
        &county_key,
    ]
    .concat()
}

/// Puts the kiosk's signature behind an object without one.
pub fn sign_object(suite: Suite, bytes: &mut Vec<u8>) {
    sign(suite, &KIOSK_SEED, &SM2_KIOSK, b"mingbai object\x01", bytes);
}

/// The list of a bundle with any content.
#[must_use]
pub fn manifest(suite: Suite, body: &[u8]) -> Vec<u8> {
    let [k0, k1] = KIOSK.0.to_be_bytes();
    let KeyId(key) = kiosk(suite).key_id();
    let mut bytes = [&[1, suite as u8, k0, k1], &key[..], body].concat();
    let purpose = b"mingbai manifest\x01";
    sign(suite, &KIOSK_SEED, &SM2_KIOSK, purpose, &mut bytes);
    bytes
}

/// A county message with any content.
#[must_use]
pub fn message(suite: Suite, body: &[u8]) -> Vec<u8> {
    let KeyId(key) = county(suite).key_id();
    let mut bytes = [&[1, suite as u8], &key[..], body].concat();
    let purpose = b"mingbai county message\x01";
    sign(
        suite,
        &COUNTY_SIGNING_SEED,
        &SM2_COUNTY,
        purpose,
        &mut bytes,
    );
    bytes
}

fn sign(
    suite: Suite,
    seed: &[u8; 32],
    sm2: &sm2::dsa::SigningKey,
    purpose: &[u8],
    bytes: &mut Vec<u8>,
) {
    let text = [purpose, bytes].concat();
    match suite {
        Suite::X25519 => {
            let signature = SigningKey::from_bytes(seed).sign(&text);
            bytes.extend_from_slice(&signature.to_bytes());
        }
        Suite::Sm2 => {
            let signature: sm2::dsa::Signature = sm2.sign(&text);
            let der = signature.to_der();
            bytes.extend_from_slice(der.as_bytes());
            bytes.push(der.as_bytes().len() as u8);
        }
    }
}

fn sm2_key(seed: &[u8; 32]) -> sm2::dsa::SigningKey {
    let number = Sm3::new()
        .chain_update(b"mingbai sm2 signing\x01")
        .chain_update(seed)
        .chain_update([0])
        .finalize();
    let secret = SecretKey::from_slice(&number).expect("the seeds here grow at once");
    sm2::dsa::SigningKey::new(SIGNER_ID, &secret).expect("a short signer id")
}

/// An object of suite 1 whose seal holds any bytes in place of the packed content.
#[must_use]
pub fn object_around(kind: u8, packing: u8, packed: &[u8]) -> Vec<u8> {
    type Public = <X25519HkdfSha256 as Kem>::PublicKey;
    let county = county(Suite::X25519).public().to_bytes();
    let county = Public::from_bytes(&county[1..33]).expect("a key of ours");
    let header = header(Suite::X25519, kind, packing);
    let (encapped, sealed) =
        single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &county,
            b"mingbai object\x01",
            packed,
            &header,
            &mut rng(),
        )
        .expect("a key that takes a seal");
    let mut bytes = [&header, &encapped.to_bytes()[..], &sealed].concat();
    sign_object(Suite::X25519, &mut bytes);
    bytes
}
