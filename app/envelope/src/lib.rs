//! Sealed objects, county messages and slip codes: what leaves a kiosk, what comes back, and what
//! a person carries home.
//!
//! A kiosk seals each record and each attachment to the county's public key as soon as the person
//! submits, so that nothing on the kiosk can read it again. What is entered before is sealed to a
//! [`DraftKey`] that lives as long as the visit. The county answers with signed messages. A slip
//! carries a code that anyone with the kiosk's public key can check offline.
//!
//! This crate opens no file and no socket, reads no clock and starts no thread; bytes go in and
//! bytes come out, and randomness is an argument.
//!
//! # Suites
//!
//! Numbers are big-endian. Nothing is padded. Names of objects, key ids and the hash of a status
//! token are SHA-256 in both suites: they tell things apart and have no secret.
//!
//! | Suite | Seal | Signature | Public keys |
//! |---|---|---|---|
//! | `01` [`Suite::X25519`] | HPKE, base mode of RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305 | Ed25519, RFC 8032 | 32 bytes, as these RFCs write them |
//! | `02` [`Suite::Sm2`] | SM2 encryption (GB/T 32918.4) of a fresh SM4 key, SM4-GCM (GB/T 32907, NIST SP 800-38D) | SM2 with SM3 (GB/T 32918.2, GB/T 32905), signer id `1234567812345678` | 33 bytes: `02` or `03` by the parity of y, then x |
//!
//! An object has one suite: the kiosk's and the county's keys are both of it ([`SealError::Suite`]).
//! A county whose kiosks change one after the other keeps both suites in its [`CountyKeyring`]; a
//! kiosk seals to the newest county key of its own suite ([`CountyTrust::newest`]) and hears the
//! county in either.
//!
//! A signature is over the ASCII text of its purpose, the byte `01`, and the bytes said below:
//! `mingbai object`, `mingbai county message`, `mingbai slip`, `mingbai manifest`.
//!
//! # Sealed object, format 1
//!
//! | Offset | Length | Field |
//! |---:|---:|---|
//! | 0 | 1 | format version, `01` |
//! | 1 | 1 | suite |
//! | 2 | 1 | kind, see [`Kind`]: `01` record, `02` ink, `03` picture, `04` clock report, `05` handover |
//! | 3 | 1 | packing: `00` the plain bytes; `01` one zstd frame that states its content size; `02` the same made with record dictionary 1, without its first four bytes, `28 b5 2f fd` |
//! | 4 | 2 | kiosk number |
//! | 6 | 4 | kiosk key id |
//! | 10 | 4 | county key id |
//! | 14 | | the seal, then the signature over all bytes before it |
//!
//! Bytes 0 to 13 are the header. An object is at most [`MAX_SEALED_LEN`] bytes, and what is inside
//! at most [`MAX_PLAIN_LEN`]. Its name is the SHA-256 of all of its bytes ([`ObjectHash`]).
//!
//! In suite 1, with n packed bytes:
//!
//! | Offset | Length | Field |
//! |---:|---:|---|
//! | 14 | 32 | HPKE encapsulated key |
//! | 46 | n + 16 | HPKE ciphertext with its tag; `info` is `mingbai object` and the byte `01`, `aad` the header |
//! | 62 + n | 64 | Ed25519 signature |
//!
//! In suite 2, with k the length of the sealed key and l that of the signature:
//!
//! | Offset | Length | Field |
//! |---:|---:|---|
//! | 14 | k | sealed key: the 16-byte SM4 key as `SM2Cipher` of GB/T 35276 in DER, `SEQUENCE { INTEGER x, INTEGER y, OCTET STRING C3, OCTET STRING C2 }`; C3 has 32 bytes, C2 has 16. k is the byte at offset 15 and 2, from 60 to 124 |
//! | 14 + k | 12 | nonce |
//! | 26 + k | n + 16 | SM4-GCM ciphertext with its tag; additional data is the header |
//! | 42 + k + n | l | signature as `SM2Signature` of GB/T 35276 in DER, `SEQUENCE { INTEGER r, INTEGER s }` |
//! | 42 + k + n + l | 1 | l, from 8 to 72 |
//!
//! A reader takes the last byte for l, so that the signature begins at one place only. Both
//! sequences are read strictly: what encodes to other bytes again is refused, and an SM2 signature
//! has no twin under the same key and text (r is below the order, and negating s breaks r + s). So
//! nobody but the kiosk can make a second object, with another name, of one that it signed.
//!
//! [`Suite::overhead_max`] is everything but the packed bytes.
//!
//! # Blocks
//!
//! A transport cuts an object into blocks of 240 bytes (`link::BLOCK_LEN`), the last one shorter.
//! Block i begins at byte 240 · i. A block is named by the object's name and i, over every route
//! alike; what arrived over one is not sent again over another. The receiver puts the blocks
//! together, and the SHA-256 of the whole proves all of them.
//!
//! # Keys
//!
//! A kiosk's public key is suite, kiosk number (2), and its signing key: 35 bytes in suite 1, 36 in
//! suite 2. A county's is suite, sealing key, and signing key: 65 bytes in suite 1, 67 in suite 2. A
//! key id is the first four bytes of the SHA-256 of the text `mingbai key`, the byte `01` and those
//! bytes. It tells an old key from a new one; the signature and the seal carry the proof.
//!
//! Secret keys grow from random seeds of 32 bytes; a county's seed of 64 bytes is the opening key's
//! and then the signing key's.
//!
//! - Suite 1: the signing key is the seed (RFC 8032), the opening key is `DeriveKeyPair` of the seed
//!   (RFC 9180 §7.1.3).
//! - Suite 2: of the SM3 digests of `mingbai sm2 signing` or `mingbai sm2 opening`, the byte `01`,
//!   the seed and a byte that counts from 0, the first that is between 1 and the curve's order less
//!   2 as a number is the secret number.
//!
//! Keys change on both sides. A county keeps its former secrets ([`CountyKeyring`]), so that what
//! was sealed to them still opens, and names its new key to each kiosk by message 3, signed with a
//! key that the kiosk trusts ([`CountyTrust`]); a kiosk trusts at most [`TRUSTED_MAX`]. A kiosk with
//! a new key is taken in under both; a key of it that was lost is revoked ([`KioskStanding`]).
//!
//! # County message, format 1
//!
//! | Offset | Length | Field |
//! |---:|---:|---|
//! | 0 | 1 | format version, `01` |
//! | 1 | 1 | suite |
//! | 2 | 4 | county key id |
//! | 6 | n | CBOR, see [`CountyMessage`] |
//! | 6 + n | | signature by the county over all bytes before it, ending as in an object: 64 bytes in suite 1; DER and its length in suite 2 |
//!
//! The CBOR is an array of the message number and a map with numbered fields; a reader skips field
//! numbers it does not know.
//!
//! | Message | Field | Type |
//! |---|---|---|
//! | 1 acknowledgement | 0 kiosk | unsigned |
//! | | 1 acknowledged, Unix milliseconds by the county's clock | integer |
//! | | 2 hashes | array of byte strings of 32 bytes |
//! | | 3 how many objects of the kiosk the county holds; may be absent | unsigned |
//! | | 4 the number of each of the hashes among them, from 1; may be absent | array of unsigned |
//! | 2 status | 0 slip number | text |
//! | | 1 stage | unsigned, 8 bits |
//! | | 2 due date, `2026-11-23`; absent when no clock runs | text |
//! | | 3 as of, Unix milliseconds by the county's clock | integer |
//! | 3 county key | 0 kiosk | unsigned |
//! | | 1 the county's new public key | byte string |
//! | 4 refusal | 0 kiosk | unsigned |
//! | | 1 hash | byte string of 32 bytes |
//! | | 2 reason, see [`RefusalReason`]: 0 other, 1 unknown kiosk, 2 revoked key, 3 damaged, 4 wrong county, 5 not a record; an unknown one counts as 0 | unsigned, 8 bits |
//! | | 3 refused, Unix milliseconds by the county's clock | integer |
//! | 5 checkpoint | 0 entries in the county's log | unsigned |
//! | | 1 root of its Merkle tree, RFC 9162 §2.1 with SHA-256 | byte string of 32 bytes |
//! | | 2 taken, Unix milliseconds by the county's clock | integer |
//!
//! # Slip code, formats 1 and 2
//!
//! | Offset | Length | Field |
//! |---:|---:|---|
//! | 0 | 1 | format version: `01` signed in suite 1, `02` in suite 2 |
//! | 1 | 16 | status token |
//! | 17 | 4 | county code |
//! | 21 | 2 | kiosk number |
//! | 23 | 4 | counter |
//! | 27 | 8 | submitted, Unix seconds by the kiosk's clock |
//! | 35 | 64 | signature by the kiosk over bytes 0 to 34: Ed25519's, or SM2's r and s of 32 bytes each |
//!
//! These 99 bytes are written as 159 base-32 digits (`0123456789ABCDEFGHJKMNPQRSTVWXYZ`, most
//! significant bit first, the last three bits zero) after `…/S/` in a web address of capital
//! letters, so that a QR code holds them in its alphanumeric mode.
//!
//! # Courier's stick
//!
//! One stick may visit many kiosks. Each has a folder of its own for what it hands over, its bundle, and one for what the
//! county answers. Kiosk numbers have three digits, or as many as they need:
//!
//! | Path on the stick | Content | Written by |
//! |---|---|---|
//! | `mingbai/kiosk-003/objects/<name>` | a sealed object under its own name, 64 hexadecimal digits in lower case | kiosk |
//! | `mingbai/kiosk-003/manifest` | the signed list of the objects, written after them | kiosk |
//! | `mingbai/answers-003/<place>` | a county message; five decimal digits, to be taken in in their order | county |
//!
//! A file that is half written has `.part` behind its name. Both sides put a file in its place when it is whole, go on
//! from a half one, and leave alone what has any other name. A kiosk removes answers that it has taken in and objects
//! that the county has acknowledged; a county removes its earlier answers, whose news the new ones repeat.
//!
//! Objects and answers prove themselves, and count without a manifest. It is there to show what is missing.
//!
//! ## Manifest, format 1
//!
//! | Offset | Length | Field |
//! |---:|---:|---|
//! | 0 | 1 | format version, `01` |
//! | 1 | 1 | suite |
//! | 2 | 2 | kiosk number |
//! | 4 | 4 | kiosk key id |
//! | 8 | n | CBOR, see [`BundleContents`] |
//! | 8 + n | | signature by the kiosk over all bytes before it, ending as in an object: 64 bytes in suite 1; DER and its length in suite 2 |
//!
//! It is at most [`MANIFEST_LEN_MAX`] bytes long. The CBOR is a map with numbered fields; a reader skips field numbers
//! it does not know.
//!
//! | Field | Type |
//! |---|---|
//! | 0 boot of the kiosk | unsigned, 32 bits |
//! | 1 milliseconds of that boot | unsigned |
//! | 2 Unix milliseconds by the kiosk's clock | integer |
//! | 3 objects, the urgent first, at most [`BUNDLE_OBJECTS_MAX`] | array of arrays: name, byte string of 32 bytes; length in bytes, unsigned, 32 bits; priority, 0 to 3, unsigned, 8 bits |
//! | 4 how many objects the kiosk owes besides, for which there was no room | unsigned, 32 bits |
//!
//! # Sealed draft
//!
//! | Offset | Length | Field |
//! |---:|---:|---|
//! | 0 | 12 | random nonce |
//! | 12 | n + 16 | ChaCha20-Poly1305 ciphertext (RFC 8439) with its tag; additional data is the caller's context |
//!
//! It never leaves the kiosk, and its key never leaves memory; so it has no version.

mod base32;
mod bundle;
mod draft;
mod hash;
mod header;
mod keys;
mod message;
mod object;
mod packing;
mod refusal;
mod rule_files;
mod sealing;
mod shangmi;
mod signature;
mod slip_code;

pub use bundle::{
    BUNDLE_OBJECTS_MAX, BundleContents, BundleObject, MANIFEST_FILE, MANIFEST_LEN_MAX, Manifest,
    ManifestError, OBJECTS_FOLDER, PART_SUFFIX, STICK_FOLDER, answer_file, answers_folder,
    bundle_folder, is_answer_file, kiosk_of_bundle,
};
pub use draft::{DRAFT_OVERHEAD, DraftKey};
pub use hash::ObjectHash;
pub use header::{Header, HeaderError, Kind, KioskId, Suite};
/// The randomness that [`seal`], [`DraftKey`] and [`StatusToken::random`] take.
pub use hpke::rand_core::CryptoRng;
pub use keys::{
    CountyKeyring, CountyPublic, CountySecret, CountyTrust, KeyError, KeyId, KioskPublic,
    KioskSigner, KioskStanding, LearnError, TRUSTED_MAX,
};
pub use message::{CountyMessage, MessageError, join_messages, split_messages};
pub use object::{MAX_SEALED_LEN, OpenError, Opened, SealError, Sealed, open, seal};
pub use packing::{MAX_PLAIN_LEN, UnpackError};
pub use refusal::RefusalReason;
pub use rule_files::{
    PACKED_RULE_FILES_MAX, RULE_FILES_BYTES_MAX, RuleFilesTooLong, pack_rule_files,
    unpack_rule_files,
};
pub use slip_code::{ForgedSlip, SlipCode, SlipCodeError, SlipUrlError, StatusToken};
