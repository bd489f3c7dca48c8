use hpke::rand_core::SeedableRng;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;

use super::*;
use crate::{header::Packing, keys::CountySecret};

const SUITES: [Suite; 2] = [Suite::X25519, Suite::Sm2];

/// One kiosk, one county, and randomness that is the same in every run.
struct Bench {
    kiosk: KioskSigner,
    county: CountyKeyring,
    rng: ChaCha20Rng,
}

impl Bench {
    fn new(suite: Suite) -> Self {
        Self {
            kiosk: KioskSigner::from_seed_in(suite, KioskId(3), [0x11; 32]),
            county: CountySecret::from_seed_in(suite, [0x22; 64]).into(),
            rng: ChaCha20Rng::from_seed([0x33; 32]),
        }
    }

    fn both() -> [Self; 2] {
        SUITES.map(Self::new)
    }

    fn seal(&mut self, kind: Kind, plain: &[u8]) -> Sealed {
        let county = self.county.current().public();
        seal(kind, plain, &self.kiosk, &county, &mut self.rng).unwrap()
    }

    fn open(&self, bytes: &[u8]) -> Result<Opened, OpenError> {
        open(bytes, &self.county, self.standing())
    }

    /// What a county knows that took in this kiosk with this key only.
    fn standing(&self) -> impl FnOnce(KioskId, KeyId) -> KioskStanding {
        let known = self.kiosk.public();
        move |kiosk, key| {
            if (kiosk, key) == (known.id(), known.key_id()) {
                KioskStanding::Accepted(known)
            } else {
                KioskStanding::Unknown
            }
        }
    }

    fn signed<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        split_signature(self.kiosk.suite(), bytes).unwrap().0
    }

    /// The object with another header, signed anew by the kiosk itself.
    fn signed_anew(&self, bytes: &[u8], change: impl FnOnce(&mut Header)) -> Vec<u8> {
        let mut header = Header::parse(bytes).unwrap();
        change(&mut header);
        let mut bytes = self.signed(bytes).to_vec();
        bytes[..HEADER_LEN].copy_from_slice(&header.emit());
        self.kiosk.sign_onto(Purpose::Object, &mut bytes);
        bytes
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// These bytes were opened, from the crate's description alone, with Python's `cryptography` 48.
#[test]
fn a_sealed_object_is_these_bytes() {
    let mut bench = Bench::new(Suite::X25519);
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

/// These bytes were opened by `tests/peers/sm_peer.py` with OpenSSL's SM2, SM3 and SM4.
#[test]
fn a_sealed_object_of_suite_2_is_these_bytes() {
    let mut bench = Bench::new(Suite::Sm2);
    let sealed = bench.seal(Kind::Record, "明白".as_bytes());
    let expected = [
        // format, suite, kind, packing, kiosk
        "010201000003",
        // key ids of kiosk and county
        "e3b88faafba0c4db",
        // sealed key: sequence of 120 bytes
        "3078",
        // x
        "0220632e7f0642e7f7864e70e6c0a048fc552f03b530d62910553a81a342752bfd96",
        // y
        "022021781219d5289c9f83384e7713530d6527421b901e020fc3e56e4ba2e0d6f9cd",
        // C3
        "042042b1d8334632bd4398c4c869a7a6cc41427414cfb211787928329a6a8b1f9ff3",
        // C2
        "04107918392535a3f45b1431c3ef844b7bd5",
        // nonce
        "8ee27c8a975c0badf9c52936",
        // six bytes of ciphertext
        "ebf9ed64f485",
        // tag
        "3b8d482cea4658ae272642a37a99da83",
        // signature: sequence of 68 bytes
        "3044",
        // r
        "02207d7619b993216b523ea607d9a925807235336cbb3c9989e9def9a71559b50901",
        // s
        "02207bd59992c02252d836921030df0b9fc24eb67cb86aef944c39624bb37e1fd9df",
        // length of the signature
        "46",
    ];
    assert_eq!(hex(&sealed.bytes), expected.concat());
}

#[test]
fn what_was_sealed_opens_to_the_same_kind_kiosk_and_content() {
    for mut bench in Bench::both() {
        for kind in [Kind::Record, Kind::Ink, Kind::Picture, Kind::ClockReport] {
            for plain in [vec![], b"a".to_vec(), b"household ".repeat(500)] {
                let sealed = bench.seal(kind, &plain);
                assert_eq!(sealed.hash, ObjectHash::of(&sealed.bytes));
                let kiosk = KioskId(3);
                assert_eq!(bench.open(&sealed.bytes), Ok(Opened { kind, kiosk, plain }));
            }
        }
    }
}

#[test]
fn content_that_does_not_compress_costs_no_more_than_its_suites_overhead() {
    let mut plain = [0; 300];
    hpke::rand_core::Rng::fill_bytes(&mut ChaCha20Rng::from_seed([1; 32]), &mut plain);
    for (suite, min, max) in [(Suite::X25519, 126, 126), (Suite::Sm2, 111, 239)] {
        assert_eq!((suite.overhead_min(), suite.overhead_max()), (min, max));
        let mut bench = Bench::new(suite);
        for _ in 0..20 {
            let len = bench.seal(Kind::Picture, &plain).bytes.len();
            assert!((300 + min..=300 + max).contains(&len), "{len} bytes");
        }
    }
}

#[test]
fn the_longest_content_passes_and_one_byte_more_is_refused() {
    for mut bench in Bench::both() {
        let plain = vec![0x5a; MAX_PLAIN_LEN];
        let sealed = bench.seal(Kind::Picture, &plain);
        assert!(bench.open(&sealed.bytes).unwrap().plain == plain);

        let plain = vec![0x5a; MAX_PLAIN_LEN + 1];
        let refused = seal(
            Kind::Picture,
            &plain,
            &bench.kiosk,
            &bench.county.current().public(),
            &mut bench.rng,
        );
        let got = MAX_PLAIN_LEN + 1;
        assert_eq!(refused, Err(SealError::TooLong { got }));
        let got = MAX_SEALED_LEN + 1;
        assert_eq!(bench.open(&vec![1; got]), Err(OpenError::TooLong { got }));
    }
}

#[test]
fn sealing_the_same_twice_gives_two_objects() {
    for mut bench in Bench::both() {
        assert_ne!(
            bench.seal(Kind::Record, b"same").hash,
            bench.seal(Kind::Record, b"same").hash
        );
    }
}

#[test]
fn a_kiosk_of_one_suite_seals_nothing_to_a_county_of_the_other() {
    for suites in [SUITES, [Suite::Sm2, Suite::X25519]] {
        let [mut bench, other] = suites.map(Bench::new);
        let [kiosk, county] = suites;
        let refused = seal(
            Kind::Record,
            b"record",
            &bench.kiosk,
            &other.county.current().public(),
            &mut bench.rng,
        );
        assert_eq!(refused, Err(SealError::Suite { kiosk, county }));
    }
    let error = SealError::Suite {
        kiosk: Suite::Sm2,
        county: Suite::X25519,
    };
    assert_eq!(
        error.to_string(),
        "kiosk signs in cipher suite 2, the county's key is of suite 1"
    );
}

#[test]
fn an_object_relabelled_to_the_other_suite_is_refused() {
    for mut bench in Bench::both() {
        let mut bytes = bench.seal(Kind::Record, b"record").bytes;
        bytes[1] = 3 - bytes[1];
        let kiosk = KioskId(3);
        assert_eq!(bench.open(&bytes), Err(OpenError::Signature { kiosk }));
    }
}

#[test]
fn a_kiosk_or_a_key_that_is_not_known_is_refused_by_name() {
    for mut bench in Bench::both() {
        let sealed = bench.seal(Kind::Record, b"record");
        let (kiosk, key) = (KioskId(3), bench.kiosk.key_id());
        let unknown = Err(OpenError::UnknownKiosk { kiosk, key });
        let open = |standing| open(&sealed.bytes, &bench.county, |_, _| standing);
        assert_eq!(open(KioskStanding::Unknown), unknown);
        let suite = bench.kiosk.suite();
        let other_kiosk = KioskSigner::from_seed_in(suite, KioskId(4), [0x11; 32]).public();
        assert_eq!(open(KioskStanding::Accepted(other_kiosk)), unknown);
        let other_key = KioskSigner::from_seed_in(suite, KioskId(3), [0x12; 32]).public();
        assert_eq!(open(KioskStanding::Accepted(other_key)), unknown);
    }
}

#[test]
fn a_revoked_key_is_refused_with_kiosk_and_key() {
    let mut bench = Bench::new(Suite::X25519);
    let sealed = bench.seal(Kind::Record, b"record");
    let refused = open(&sealed.bytes, &bench.county, |_, _| KioskStanding::Revoked).unwrap_err();
    let (kiosk, key) = (KioskId(3), bench.kiosk.key_id());
    assert_eq!(refused, OpenError::RevokedKey { kiosk, key });
    assert_eq!(refused.to_string(), "key 33f7d95f of kiosk 003 is revoked");
}

#[test]
fn a_former_key_of_the_county_still_opens_what_was_sealed_to_it() {
    for mut bench in Bench::both() {
        let old = bench.seal(Kind::Record, b"old");
        let suite = bench.kiosk.suite();
        let former = CountySecret::from_seed_in(suite, [0x22; 64]);
        let current = CountySecret::from_seed_in(suite, [0x23; 64]);
        bench.county = CountyKeyring::new(current, vec![former]);
        let new = bench.seal(Kind::Record, b"new");
        assert_eq!(bench.open(&old.bytes).unwrap().plain, b"old");
        assert_eq!(bench.open(&new.bytes).unwrap().plain, b"new");
    }
}

#[test]
fn a_county_that_changed_its_suite_opens_what_was_sealed_in_the_former_one() {
    let [mut old, new] = Bench::both();
    let sealed = old.seal(Kind::Record, b"old");
    let former = CountySecret::from_seed([0x22; 64]);
    let current = CountySecret::from_seed_in(Suite::Sm2, [0x22; 64]);
    assert_eq!(current.key_id(), new.county.current().key_id());
    old.county = CountyKeyring::new(current, vec![former]);
    assert_eq!(old.open(&sealed.bytes).unwrap().plain, b"old");
}

#[test]
fn another_county_can_not_open_it() {
    for mut bench in Bench::both() {
        let sealed = bench.seal(Kind::Record, b"record");
        let other =
            CountyKeyring::from(CountySecret::from_seed_in(bench.kiosk.suite(), [0x23; 64]));
        let kiosk = KioskId(3);
        assert_eq!(
            open(&sealed.bytes, &other, bench.standing()),
            Err(OpenError::CountyKey {
                kiosk,
                got: bench.county.current().key_id(),
            })
        );

        let relabelled = bench.signed_anew(&sealed.bytes, |header| {
            header.county_key = other.current().key_id();
        });
        assert_eq!(
            open(&relabelled, &other, bench.standing()),
            Err(OpenError::Seal { kiosk })
        );
    }
}

#[test]
fn the_seal_holds_the_header_even_against_the_kiosks_own_signature() {
    for mut bench in Bench::both() {
        let sealed = bench.seal(Kind::Record, b"record");
        let seal = Err(OpenError::Seal { kiosk: KioskId(3) });
        let kind = bench.signed_anew(&sealed.bytes, |header| header.kind = Kind::Picture);
        assert_eq!(bench.open(&kind), seal);
        let packing = bench.signed_anew(&sealed.bytes, |header| header.packing = Packing::Zstd);
        assert_eq!(bench.open(&packing), seal);
    }
}

#[test]
fn a_signature_made_for_a_slip_is_none_for_an_object() {
    for mut bench in Bench::both() {
        let sealed = bench.seal(Kind::Record, b"record").bytes;
        let mut forged = bench.signed(&sealed).to_vec();
        bench.kiosk.sign_onto(Purpose::Slip, &mut forged);
        assert_eq!(
            bench.open(&forged),
            Err(OpenError::Signature { kiosk: KioskId(3) })
        );
    }
}

#[test]
fn a_county_key_that_takes_no_seal_is_named() {
    let mut bench = Bench::new(Suite::X25519);
    let mut key = bench.county.current().public().to_bytes();
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
    for mut bench in Bench::both() {
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
}

#[test]
fn debug_shows_no_content_and_no_secret() {
    let [mut bench, other] = Bench::both();
    let sealed = bench.seal(Kind::Record, b"abc");
    let opened = bench.open(&sealed.bytes).unwrap();
    assert_eq!(
        format!("{opened:?}"),
        "Opened { kind: Record, kiosk: KioskId(3), plain_len: 3 }"
    );
    assert_eq!(
        format!("{:?} {:?}", bench.kiosk, bench.county),
        "KioskSigner { id: KioskId(3), key_id: KeyId(33f7d95f), .. } \
         CountyKeyring { current: CountySecret { key_id: KeyId(ec71d6a0), .. }, former: [] }"
    );
    assert_eq!(
        format!("{:?} {:?}", other.kiosk, other.county.current()),
        "KioskSigner { id: KioskId(3), key_id: KeyId(e3b88faa), .. } \
         CountySecret { key_id: KeyId(fba0c4db), .. }"
    );
}

fn suite() -> impl Strategy<Value = Suite> {
    prop::sample::select(&SUITES[..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_content_opens_to_itself_and_any_flipped_bit_is_refused(
        suite in suite(),
        plain: Vec<u8>,
        repeats in 1usize..40,
        flip: prop::sample::Index,
    ) {
        let mut bench = Bench::new(suite);
        let plain = plain.repeat(repeats);
        let mut bytes = bench.seal(Kind::Ink, &plain).bytes;
        prop_assert_eq!(bench.open(&bytes).unwrap().plain, plain);
        let bit = flip.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(bench.open(&bytes).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        for bench in Bench::both() {
            prop_assert!(bench.open(&bytes).is_err());
        }
    }

    #[test]
    fn arbitrary_bytes_between_a_true_header_and_a_true_signature_never_panic(
        suite in suite(), body: Vec<u8>, packed: bool, after_a_true_key: bool,
    ) {
        let mut bench = Bench::new(suite);
        let sealed = bench.seal(Kind::Record, b"").bytes;
        let mut bytes = bench.signed(&sealed).to_vec();
        bytes.truncate(if after_a_true_key { bytes.len() - 16 } else { HEADER_LEN });
        bytes.extend(body);
        bench.kiosk.sign_onto(Purpose::Object, &mut bytes);
        let bytes = bench.signed_anew(&bytes, |header| {
            header.packing = if packed { Packing::Zstd } else { Packing::Plain };
        });
        let _ = bench.open(&bytes);
    }
}
