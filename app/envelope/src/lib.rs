//! Sealed objects, county messages and slip codes: what leaves a kiosk, what comes back, and what
//! a person carries home.
//!
//! A kiosk seals each record and each attachment to the county's public key as soon as the person
//! submits, so that nothing on the kiosk can read it again. The county answers with signed
//! messages. A slip carries a code that anyone with the kiosk's public key can check offline.
//!
//! This crate opens no file and no socket, reads no clock and starts no thread; bytes go in and
//! bytes come out, and randomness is an argument.
//!
//! # Sealed object, format 1
//!
//! Numbers are big-endian. Nothing is padded.
//!
//! | Offset | Length | Field |
//! |---:|---:|---|
//! | 0 | 1 | format version, `01` |
//! | 1 | 1 | suite, see [`Suite`]: `01` |
//! | 2 | 1 | kind, see [`Kind`]: `01` record, `02` ink, `03` picture |
//! | 3 | 1 | packing: `00` the plain bytes, `01` one zstd frame that states its content size, `02` such a frame with record dictionary 1, without its first four bytes, `28 b5 2f fd` |
//! | 4 | 2 | kiosk number |
//! | 6 | 4 | kiosk key id |
//! | 10 | 4 | county key id |
//! | 14 | 32 | HPKE encapsulated key |
//! | 46 | n + 16 | HPKE ciphertext of the n packed bytes, with its tag |
//! | 62 + n | 64 | Ed25519 signature by the kiosk |
//!
//! Bytes 0 to 13 are the header. An object is at most [`MAX_SEALED_LEN`] bytes, and what is inside
//! at most [`MAX_PLAIN_LEN`]. [`OVERHEAD`] is everything but the packed bytes.
//!
//! - HPKE is base mode of RFC 9180 with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
//!   ChaCha20-Poly1305; `info` is the ASCII text `mingbai object` followed by the byte `01`; `aad`
//!   is the header.
//! - The signature covers the same text and byte, then every byte of the object before the
//!   signature.
//! - The object's name is the SHA-256 of all of its bytes ([`ObjectHash`]).
//!
//! # Keys
//!
//! A kiosk's public key is 35 bytes: suite, kiosk number (2), Ed25519 public key (32). A county's
//! is 65 bytes: suite, HPKE public key (32), Ed25519 public key (32). A key id is the first four
//! bytes of the SHA-256 of the text `mingbai key`, the byte `01` and those bytes. It tells an old
//! key from a new one; the signature and the seal carry the proof.
//!
//! # County message, format 1
//!
//! | Offset | Length | Field |
//! |---:|---:|---|
//! | 0 | 1 | format version, `01` |
//! | 1 | 1 | suite, `01` |
//! | 2 | 4 | county key id |
//! | 6 | n | CBOR, see [`CountyMessage`] |
//! | 6 + n | 64 | Ed25519 signature by the county over `mingbai county message`, the byte `01`, and all bytes before it |
//!
//! The CBOR is an array of the message number and a map with numbered fields; a reader skips field
//! numbers it does not know.
//!
//! | Message | Field | Type |
//! |---|---|---|
//! | 1 acknowledgement | 0 kiosk | unsigned |
//! | | 1 acknowledged, Unix milliseconds by the county's clock | integer |
//! | | 2 hashes | array of byte strings of 32 bytes |
//! | 2 status | 0 slip number | text |
//! | | 1 stage | unsigned, 8 bits |
//! | | 2 due date, `2026-11-23`; absent when no clock runs | text |
//! | | 3 as of, Unix milliseconds by the county's clock | integer |
//!
//! # Slip code, format 1
//!
//! | Offset | Length | Field |
//! |---:|---:|---|
//! | 0 | 1 | format version, `01` |
//! | 1 | 16 | status token |
//! | 17 | 4 | county code |
//! | 21 | 2 | kiosk number |
//! | 23 | 4 | counter |
//! | 27 | 8 | submitted, Unix seconds by the kiosk's clock |
//! | 35 | 64 | Ed25519 signature by the kiosk over `mingbai slip`, the byte `01`, and bytes 0 to 34 |
//!
//! These 99 bytes are written as 159 base-32 digits (`0123456789ABCDEFGHJKMNPQRSTVWXYZ`, most
//! significant bit first, the last three bits zero) after `…/S/` in a web address of capital
//! letters, so that a QR code holds them in its alphanumeric mode.

mod base32;
mod hash;
mod header;
mod keys;
mod message;
mod object;
mod packing;
mod slip_code;

pub use hash::ObjectHash;
pub use header::{Header, HeaderError, Kind, KioskId, Suite};
/// The randomness that [`seal`] and [`StatusToken::random`] take.
pub use hpke::rand_core::CryptoRng;
pub use keys::{CountyPublic, CountySecret, KeyError, KeyId, KioskPublic, KioskSigner};
pub use message::{CountyMessage, MessageError};
pub use object::{MAX_SEALED_LEN, OVERHEAD, OpenError, Opened, SealError, Sealed, open, seal};
pub use packing::{MAX_PLAIN_LEN, UnpackError};
pub use slip_code::{ForgedSlip, SlipCode, SlipCodeError, SlipUrlError, StatusToken};
