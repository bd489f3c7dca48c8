use hpke::rand_core::SeedableRng;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;

use super::*;
use crate::header::Packing;

/// One kiosk, one county, and randomness that is the same in every run.
struct Bench {
    kiosk: KioskSigner,
    county: CountySecret,
    rng: ChaCha20Rng,
}

impl Bench {
    fn new() -> Self {
        Self {
            kiosk: KioskSigner::from_seed(KioskId(3), [0x11; 32]),
            county: CountySecret::from_seed([0x22; 64]),
            rng: ChaCha20Rng::from_seed([0x33; 32]),
        }
    }

    fn seal(&mut self, kind: Kind, plain: &[u8]) -> Sealed {
        seal(
            kind,
            plain,
            &self.kiosk,
            &self.county.public(),
            &mut self.rng,
        )
        .unwrap()
    }

    fn open(&self, bytes: &[u8]) -> Result<Opened, OpenError> {
        open(bytes, &self.county, |id| {
            (id == self.kiosk.id()).then(|| self.kiosk.public())
        })
    }

    /// The object with another header, signed anew by the kiosk itself.
    fn signed_anew(&self, bytes: &[u8], change: impl FnOnce(&mut Header)) -> Vec<u8> {
        let mut header = Header::parse(bytes).unwrap();
        change(&mut header);
        let mut bytes = bytes[..bytes.len() - SIGNATURE_LEN].to_vec();
        bytes[..HEADER_LEN].copy_from_slice(&header.emit());
        let signature = self.kiosk.sign(Purpose::Object, &bytes);
        bytes.extend_from_slice(&signature);
        bytes
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// These bytes were opened, from the crate's description alone, with Python's `cryptography` 48.
#[test]
fn a_sealed_object_is_these_bytes() {
    let mut bench = Bench::new();
    let sealed = bench.seal(Kind::Record, "明白".as_bytes());
    let expected = [
        // format, suite, kind, packing, kiosk
        "010101000003",
        // key ids of kiosk and county
        "33f7d95fec71d6a0",
        // HPKE encapsulated key
        "36f75e059f7b3c791c375366989918520fa6193d6a52927711b24366db5c8c07",
        // six bytes of ciphertext
        "941d35c26a03",
        // tag
        "3dce2dc2a37b722ec161b01aa7d579f3",
        // signature
        "165fb52b3d98dea16f56d6619c2bed5ff63334bf5ea390cffff1fb553b16f5d6",
        "57f1cc3a2f2420e542695c52a2bb33219165c70d46ec95c89a682e074ecdf403",
    ];
    assert_eq!(hex(&sealed.bytes), expected.concat());
}

#[test]
fn what_was_sealed_opens_to_the_same_kind_kiosk_and_content() {
    let mut bench = Bench::new();
    for kind in [Kind::Record, Kind::Ink, Kind::Picture] {
        for plain in [vec![], b"a".to_vec(), b"household ".repeat(500)] {
            let sealed = bench.seal(kind, &plain);
            assert_eq!(sealed.hash, ObjectHash::of(&sealed.bytes));
            let kiosk = KioskId(3);
            assert_eq!(bench.open(&sealed.bytes), Ok(Opened { kind, kiosk, plain }));
        }
    }
}

#[test]
fn content_that_does_not_compress_costs_exactly_the_overhead() {
    let mut bench = Bench::new();
    let mut plain = [0; 300];
    hpke::rand_core::Rng::fill_bytes(&mut bench.rng, &mut plain);
    assert_eq!(OVERHEAD, 126);
    assert_eq!(
        bench.seal(Kind::Picture, &plain).bytes.len(),
        300 + OVERHEAD
    );
}

#[test]
fn the_longest_content_passes_and_one_byte_more_is_refused() {
    let mut bench = Bench::new();
    let plain = vec![0x5a; MAX_PLAIN_LEN];
    let sealed = bench.seal(Kind::Picture, &plain);
    assert!(bench.open(&sealed.bytes).unwrap().plain == plain);

    let plain = vec![0x5a; MAX_PLAIN_LEN + 1];
    let refused = seal(
        Kind::Picture,
        &plain,
        &bench.kiosk,
        &bench.county.public(),
        &mut bench.rng,
    );
    let got = MAX_PLAIN_LEN + 1;
    assert_eq!(refused, Err(SealError::TooLong { got }));
    let got = MAX_SEALED_LEN + 1;
    assert_eq!(bench.open(&vec![1; got]), Err(OpenError::TooLong { got }));
}

#[test]
fn sealing_the_same_twice_gives_two_objects() {
    let mut bench = Bench::new();
    assert_ne!(
        bench.seal(Kind::Record, b"same").hash,
        bench.seal(Kind::Record, b"same").hash
    );
}

#[test]
fn a_kiosk_that_is_not_known_is_refused_by_name() {
    let mut bench = Bench::new();
    let sealed = bench.seal(Kind::Record, b"record");
    let kiosk = KioskId(3);
    assert_eq!(
        open(&sealed.bytes, &bench.county, |_| None),
        Err(OpenError::UnknownKiosk { kiosk })
    );
    let other = KioskSigner::from_seed(KioskId(4), [0x11; 32]).public();
    assert_eq!(
        open(&sealed.bytes, &bench.county, |_| Some(other)),
        Err(OpenError::UnknownKiosk { kiosk })
    );
}

#[test]
fn a_kiosk_that_signs_with_another_key_is_told_from_a_forger() {
    let mut bench = Bench::new();
    let sealed = bench.seal(Kind::Record, b"record");
    let newer = KioskSigner::from_seed(KioskId(3), [0x12; 32]).public();
    let want = newer.key_id();
    assert_eq!(
        open(&sealed.bytes, &bench.county, |_| Some(newer)),
        Err(OpenError::KioskKey {
            kiosk: KioskId(3),
            got: bench.kiosk.key_id(),
            want
        })
    );
}

#[test]
fn another_county_can_not_open_it() {
    let mut bench = Bench::new();
    let sealed = bench.seal(Kind::Record, b"record");
    let other = CountySecret::from_seed([0x23; 64]);
    assert_eq!(
        open(&sealed.bytes, &other, |_| Some(bench.kiosk.public())),
        Err(OpenError::CountyKey {
            got: bench.county.key_id(),
            want: other.key_id()
        })
    );

    let relabelled = bench.signed_anew(&sealed.bytes, |header| header.county_key = other.key_id());
    assert_eq!(
        open(&relabelled, &other, |_| Some(bench.kiosk.public())),
        Err(OpenError::Seal { kiosk: KioskId(3) })
    );
}

#[test]
fn the_seal_holds_the_header_even_against_the_kiosks_own_signature() {
    let mut bench = Bench::new();
    let sealed = bench.seal(Kind::Record, b"record");
    let seal = Err(OpenError::Seal { kiosk: KioskId(3) });
    let kind = bench.signed_anew(&sealed.bytes, |header| header.kind = Kind::Picture);
    assert_eq!(bench.open(&kind), seal);
    let packing = bench.signed_anew(&sealed.bytes, |header| header.packing = Packing::Zstd);
    assert_eq!(bench.open(&packing), seal);
}

#[test]
fn a_signature_made_for_a_slip_is_none_for_an_object() {
    let mut bench = Bench::new();
    let sealed = bench.seal(Kind::Record, b"record").bytes;
    let (signed, _) = sealed.split_last_chunk::<SIGNATURE_LEN>().unwrap();
    let mut forged = signed.to_vec();
    forged.extend_from_slice(&bench.kiosk.sign(Purpose::Slip, signed));
    assert_eq!(
        bench.open(&forged),
        Err(OpenError::Signature { kiosk: KioskId(3) })
    );
}

#[test]
fn a_county_key_that_takes_no_seal_is_named() {
    let mut bench = Bench::new();
    let mut key = bench.county.public().to_bytes();
    key[1..33].fill(0);
    let dead = CountyPublic::from_bytes(&key).unwrap();
    let county_key = dead.key_id();
    assert_eq!(
        seal(Kind::Record, b"record", &bench.kiosk, &dead, &mut bench.rng),
        Err(SealError::CountyKey { county_key })
    );
}

#[test]
fn every_flipped_bit_and_every_cut_of_a_small_object_is_refused() {
    let mut bench = Bench::new();
    let sealed = bench.seal(Kind::Record, b"a record").bytes;
    assert!(bench.open(&sealed).is_ok());
    for bit in 0..sealed.len() * 8 {
        let mut damaged = sealed.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(bench.open(&damaged).is_err(), "bit {bit}");
    }
    for len in 0..sealed.len() {
        assert!(bench.open(&sealed[..len]).is_err(), "first {len} bytes");
    }
}

#[test]
fn debug_shows_no_content_and_no_secret() {
    let mut bench = Bench::new();
    let sealed = bench.seal(Kind::Record, b"abc");
    let opened = bench.open(&sealed.bytes).unwrap();
    assert_eq!(
        format!("{opened:?}"),
        "Opened { kind: Record, kiosk: KioskId(3), plain_len: 3 }"
    );
    assert_eq!(
        format!("{:?} {:?}", bench.kiosk, bench.county),
        "KioskSigner { id: KioskId(3), key_id: KeyId(33f7d95f), .. } \
         CountySecret { key_id: KeyId(ec71d6a0), .. }"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_content_opens_to_itself_and_any_flipped_bit_is_refused(
        plain: Vec<u8>,
        repeats in 1usize..40,
        flip: prop::sample::Index,
    ) {
        let mut bench = Bench::new();
        let plain = plain.repeat(repeats);
        let mut bytes = bench.seal(Kind::Ink, &plain).bytes;
        prop_assert_eq!(bench.open(&bytes).unwrap().plain, plain);
        let bit = flip.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(bench.open(&bytes).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let bench = Bench::new();
        prop_assert!(bench.open(&bytes).is_err());
    }

    #[test]
    fn arbitrary_bytes_under_a_true_signature_never_panic(body: Vec<u8>, packed: bool) {
        let mut bench = Bench::new();
        let mut bytes = bench.seal(Kind::Record, b"").bytes;
        let at = bytes.len() - SIGNATURE_LEN - TAG_LEN;
        bytes.splice(at..at, body);
        let bytes = bench.signed_anew(&bytes, |header| {
            header.packing = if packed { Packing::Zstd } else { Packing::Plain };
        });
        let _ = bench.open(&bytes);
    }
}
