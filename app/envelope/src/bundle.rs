//! What lies on a courier's stick: names of folders and files, and the signed list of a bundle. The crate's documentation
//! tells how they are written.

use crate::{
    hash::ObjectHash,
    header::{KioskId, Suite},
    keys::{KeyId, KioskPublic, KioskSigner},
    signature::{Purpose, split_signature},
};

/// The folder of everything of ours on a stick.
pub const STICK_FOLDER: &str = "mingbai";

/// The folder of a kiosk's sealed objects, in its bundle.
pub const OBJECTS_FOLDER: &str = "objects";

/// The file with the signed list, in a kiosk's bundle.
pub const MANIFEST_FILE: &str = "manifest";

/// Ends the name of a file that is half written.
pub const PART_SUFFIX: &str = ".part";

/// The most objects that one bundle lists: far more than a kiosk collects between two visits of a courier, and a
/// list that is read in one piece.
pub const BUNDLE_OBJECTS_MAX: usize = 4096;

/// The longest list, bytes: [`BUNDLE_OBJECTS_MAX`] entries of at most 42 bytes, and the frame around them.
pub const MANIFEST_LEN_MAX: usize = 192 << 10;

/// The folder of a kiosk's bundle, in [`STICK_FOLDER`].
#[must_use]
pub fn bundle_folder(kiosk: KioskId) -> String {
    format!("kiosk-{kiosk}")
}

/// The kiosk whose bundle lies in a folder of this name.
#[must_use]
pub fn kiosk_of_bundle(folder: &str) -> Option<KioskId> {
    let kiosk = KioskId(folder.strip_prefix("kiosk-")?.parse().ok()?);
    (bundle_folder(kiosk) == folder).then_some(kiosk)
}

/// The folder of the county's answers to a kiosk, in [`STICK_FOLDER`].
#[must_use]
pub fn answers_folder(kiosk: KioskId) -> String {
    format!("answers-{kiosk}")
}

/// The file with the answer to be taken in at this place among a county's answers, from 0.
#[must_use]
pub fn answer_file(place: usize) -> String {
    format!("{place:05}")
}

/// Whether a file of this name is an answer of the county's, and not one that is half written or anybody else's.
#[must_use]
pub fn is_answer_file(name: &str) -> bool {
    name.len() == 5 && name.bytes().all(|byte| byte.is_ascii_digit())
}

const FORMAT: u8 = 1;
const BODY_AT: usize = 8;

/// What a bundle holds, in the kiosk's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Whose bundle it is.
    pub kiosk: KioskId,
    /// What is in it and when it was made.
    pub contents: BundleContents,
}

/// What a bundle holds. Field numbers are append-only.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct BundleContents {
    /// The boot of the kiosk in which it was made.
    #[n(0)]
    pub boot: u32,
    /// Milliseconds of that boot.
    #[n(1)]
    pub tick_ms: u64,
    /// What the kiosk's clock said, Unix milliseconds.
    #[n(2)]
    pub wall_ms: i64,
    /// The objects, the urgent first.
    #[n(3)]
    pub objects: Vec<BundleObject>,
    /// Objects that the kiosk owes besides and the stick had no room for.
    #[n(4)]
    pub left_out: u32,
}

/// One object of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct BundleObject {
    /// Its name.
    #[n(0)]
    pub hash: ObjectHash,
    /// Its length, bytes.
    #[n(1)]
    pub len: u32,
    /// 0 is the most urgent, 3 the least.
    #[n(2)]
    pub priority: u8,
}

/// Why bytes are no list of a bundle. The importer says so and takes the objects that it finds all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Fewer bytes than say who signed, or more than a list has.
    #[error("manifest has {have} bytes, needs more than {BODY_AT} and at most {MANIFEST_LEN_MAX}")]
    Length {
        /// Bytes present.
        have: usize,
    },
    /// Another format version.
    #[error("manifest has format {got}, this build reads {FORMAT}")]
    Format {
        /// The version found.
        got: u8,
    },
    /// A suite that this build lacks.
    #[error("manifest uses cipher suite {got}, which this build lacks")]
    Suite {
        /// The suite number found.
        got: u8,
    },
    /// No key counts for the kiosk and key that it names.
    #[error("manifest is signed by kiosk {kiosk} with key {key}, which does not count here")]
    UnknownKey {
        /// The kiosk named.
        kiosk: KioskId,
        /// The key named.
        key: KeyId,
    },
    /// The signature does not match: forged, or damaged on the way.
    #[error("signature does not match: manifest is forged or damaged")]
    Signature,
    /// The kiosk signed something that is no list.
    #[error("manifest is signed but malformed")]
    Malformed,
    /// More objects than a bundle lists.
    #[error("manifest lists {got} objects, limit is {BUNDLE_OBJECTS_MAX}")]
    TooMany {
        /// Objects listed.
        got: usize,
    },
}

impl BundleContents {
    /// The list as signed bytes, ready to write.
    ///
    /// # Errors
    ///
    /// [`ManifestError::TooMany`] if it lists more than [`BUNDLE_OBJECTS_MAX`].
    pub fn sign(&self, kiosk: &KioskSigner) -> Result<Vec<u8>, ManifestError> {
        self.check()?;
        let mut bytes = vec![FORMAT, kiosk.suite() as u8];
        bytes.extend_from_slice(&kiosk.id().0.to_be_bytes());
        bytes.extend_from_slice(&kiosk.key_id().0);
        if minicbor::encode(self, &mut bytes).is_err() {
            unreachable!("writing CBOR to a Vec has no failure");
        }
        kiosk.sign_onto(Purpose::Manifest, &mut bytes);
        Ok(bytes)
    }

    const fn check(&self) -> Result<(), ManifestError> {
        let got = self.objects.len();
        if BUNDLE_OBJECTS_MAX < got {
            return Err(ManifestError::TooMany { got });
        }
        Ok(())
    }
}

impl Manifest {
    /// Reads a list and checks that its kiosk signed it; `find_key` gives the key that counts for a kiosk and key id.
    ///
    /// # Errors
    ///
    /// [`ManifestError`]; nothing but the numbers before the list is read until the signature holds.
    pub fn verify(
        bytes: &[u8],
        find_key: impl FnOnce(KioskId, KeyId) -> Option<KioskPublic>,
    ) -> Result<Self, ManifestError> {
        let length = ManifestError::Length { have: bytes.len() };
        if MANIFEST_LEN_MAX < bytes.len() {
            return Err(length);
        }
        let &[format, suite, k0, k1, a, b, c, d] = bytes.first_chunk::<BODY_AT>().ok_or(length)?;
        if format != FORMAT {
            return Err(ManifestError::Format { got: format });
        }
        let suite = Suite::from_number(suite).ok_or(ManifestError::Suite { got: suite })?;
        let kiosk = KioskId(u16::from_be_bytes([k0, k1]));
        let key_id = KeyId([a, b, c, d]);
        let key = find_key(kiosk, key_id)
            .filter(|key| key.id() == kiosk && key.key_id() == key_id && key.suite() == suite)
            .ok_or(ManifestError::UnknownKey { kiosk, key: key_id })?;
        let body = split_signature(suite, bytes)
            .filter(|(signed, signature)| key.verifies(Purpose::Manifest, signed, signature))
            .and_then(|(signed, _)| signed.get(BODY_AT..))
            .ok_or(ManifestError::Signature)?;
        let contents: BundleContents =
            minicbor::decode(body).map_err(|_| ManifestError::Malformed)?;
        contents.check()?;
        Ok(Self { kiosk, contents })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signer(suite: Suite) -> KioskSigner {
        KioskSigner::from_seed_in(suite, KioskId(3), [0x11; 32])
    }

    fn contents() -> BundleContents {
        BundleContents {
            boot: 2,
            tick_ms: 3,
            wall_ms: 1_795_420_800_000,
            objects: vec![BundleObject {
                hash: ObjectHash([0xab; 32]),
                len: 806,
                priority: 1,
            }],
            left_out: 4,
        }
    }

    fn verify(bytes: &[u8], signer: &KioskSigner) -> Result<Manifest, ManifestError> {
        Manifest::verify(bytes, |kiosk, _| {
            (kiosk == signer.id()).then(|| signer.public())
        })
    }

    #[test]
    fn a_manifest_begins_with_its_signer_and_numbers_its_fields() {
        let signer = signer(Suite::X25519);
        let bytes = contents().sign(&signer).unwrap();
        assert_eq!(bytes[..4], [1, 1, 0, 3]);
        assert_eq!(bytes[4..8], signer.key_id().0);
        let mut body = vec![
            0xa5, 0, 2, 1, 3, 2, 0x1b, 0, 0, 1, 0xa2, 7, 0x6b, 0x44, 0, 3,
        ];
        body.extend([0x81, 0x83, 0x58, 0x20]);
        body.extend([0xab; 32]);
        body.extend([0x19, 3, 0x26, 1, 4, 4]);
        assert_eq!(bytes[BODY_AT..bytes.len() - 64], body);
    }

    #[test]
    fn a_manifest_of_either_suite_verifies_to_what_was_signed() {
        for suite in [Suite::X25519, Suite::Sm2] {
            let signer = signer(suite);
            let bytes = contents().sign(&signer).unwrap();
            let manifest = verify(&bytes, &signer).unwrap();
            assert_eq!(manifest.kiosk, KioskId(3));
            assert_eq!(manifest.contents, contents());
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        for suite in [Suite::X25519, Suite::Sm2] {
            let signer = signer(suite);
            let bytes = contents().sign(&signer).unwrap();
            for bit in (0..bytes.len() * 8).step_by(3) {
                let mut damaged = bytes.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                assert!(verify(&damaged, &signer).is_err(), "bit {bit}");
            }
            for len in 0..bytes.len() {
                assert!(verify(&bytes[..len], &signer).is_err(), "first {len} bytes");
            }
        }
    }

    #[test]
    fn the_longest_list_fits_its_limit_and_one_more_object_is_refused() {
        let signer = signer(Suite::X25519);
        let object = BundleObject {
            len: u32::MAX,
            priority: 3,
            ..contents().objects[0]
        };
        let mut contents = BundleContents {
            boot: u32::MAX,
            tick_ms: u64::MAX,
            wall_ms: i64::MIN,
            objects: vec![object; BUNDLE_OBJECTS_MAX],
            left_out: u32::MAX,
        };
        let bytes = contents.sign(&signer).unwrap();
        assert!(bytes.len() <= MANIFEST_LEN_MAX);
        assert_eq!(verify(&bytes, &signer).unwrap().contents, contents);
        contents.objects.push(object);
        let got = BUNDLE_OBJECTS_MAX + 1;
        assert_eq!(contents.sign(&signer), Err(ManifestError::TooMany { got }));
    }

    #[test]
    fn folders_tell_their_kiosk_and_strange_names_tell_none() {
        assert_eq!(bundle_folder(KioskId(3)), "kiosk-003");
        assert_eq!(answers_folder(KioskId(1003)), "answers-1003");
        for kiosk in [0, 3, 999, 1000, 65_535].map(KioskId) {
            assert_eq!(kiosk_of_bundle(&bundle_folder(kiosk)), Some(kiosk));
        }
        for name in [
            "kiosk-3",
            "kiosk-+03",
            "kiosk-70000",
            "kiosk-",
            "objects",
            "kiosk-0003",
        ] {
            assert_eq!(kiosk_of_bundle(name), None, "{name}");
        }
    }

    #[test]
    fn answers_sort_in_the_order_to_take_them_in_and_strange_files_are_none() {
        assert_eq!([0, 10, 9_999].map(answer_file), ["00000", "00010", "09999"]);
        assert!(is_answer_file(&answer_file(12)));
        for name in [
            "",
            "00012.part",
            "0012",
            "000012",
            "0001a",
            "Thumbs.db",
            "é000",
        ] {
            assert!(!is_answer_file(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            prop_assert!(verify(&bytes, &signer(Suite::X25519)).is_err());
        }

        #[test]
        fn arbitrary_bytes_under_a_true_signature_never_panic(body: Vec<u8>) {
            let signer = signer(Suite::X25519);
            let mut bytes = vec![1, 1, 0, 3];
            bytes.extend(signer.key_id().0);
            bytes.extend(body);
            signer.sign_onto(Purpose::Manifest, &mut bytes);
            let _ = verify(&bytes, &signer);
        }
    }
}
