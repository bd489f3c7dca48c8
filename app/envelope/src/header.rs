use core::fmt;

use crate::{keys::KeyId, sealing::HPKE_OVERHEAD, shangmi, signature::SIGNATURE_LEN};

/// The number of a kiosk within its county; it is printed in every slip number.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct KioskId(#[n(0)] pub u16);

impl fmt::Display for KioskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

/// The set of algorithms of an object, a message or a key. Numbers are append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Suite {
    /// RFC 9180 base mode with X25519, HKDF-SHA256 and ChaCha20-Poly1305; signatures by Ed25519.
    X25519 = 1,
    /// Keys sealed by SM2 encryption, content by SM4-GCM; signatures by SM2 with SM3. Encodings of GB/T 35276.
    Sm2 = 2,
}

impl Suite {
    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::X25519),
            2 => Some(Self::Sm2),
            _ => None,
        }
    }

    /// The most bytes that sealing adds to the packed content. In suite 1 it is always so many.
    #[must_use]
    pub const fn overhead_max(self) -> usize {
        match self {
            Self::X25519 => HEADER_LEN + HPKE_OVERHEAD + SIGNATURE_LEN,
            Self::Sm2 => HEADER_LEN + shangmi::OVERHEAD_MAX,
        }
    }

    /// The fewest bytes that sealing adds to the packed content.
    #[must_use]
    pub const fn overhead_min(self) -> usize {
        match self {
            Self::X25519 => self.overhead_max(),
            Self::Sm2 => HEADER_LEN + shangmi::OVERHEAD_MIN,
        }
    }
}

/// What a sealed object holds. Numbers are append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A record in CBOR.
    Record = 1,
    /// The ink of a scanned page: what differs from the printed blank.
    Ink = 2,
    /// A full picture.
    Picture = 3,
    /// What the kiosk's clocks say, as a time in CBOR.
    ClockReport = 4,
    /// A record in CBOR of papers that are handed in without an application.
    Handover = 5,
}

impl Kind {
    const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Record),
            2 => Some(Self::Ink),
            3 => Some(Self::Picture),
            4 => Some(Self::ClockReport),
            5 => Some(Self::Handover),
            _ => None,
        }
    }
}

/// How the plain bytes lie inside the ciphertext. Numbers are append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Packing {
    Plain = 0,
    Zstd = 1,
    /// One zstd frame with record dictionary 1, without the four bytes that begin every frame.
    RecordDictionary1 = 2,
}

impl Packing {
    const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Plain),
            1 => Some(Self::Zstd),
            2 => Some(Self::RecordDictionary1),
            _ => None,
        }
    }
}

/// Length of the header, bytes.
pub(crate) const HEADER_LEN: usize = 14;
const FORMAT: u8 = 1;

/// The clear part of a sealed object: enough to find the keys, nothing about the person.
///
/// Read alone it proves nothing; [`crate::open`] checks it with the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The algorithms used.
    pub suite: Suite,
    /// What is inside.
    pub kind: Kind,
    pub(crate) packing: Packing,
    /// The kiosk that sealed it.
    pub kiosk: KioskId,
    /// Which of the kiosk's keys signed it.
    pub kiosk_key: KeyId,
    /// Which of the county's keys opens it.
    pub county_key: KeyId,
}

/// Why the beginning of an object is no header of ours.
///
/// The bytes come from a wire or a stick; the receiver refuses the object and says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Fewer bytes than a header has.
    #[error("header needs {HEADER_LEN} bytes, has {have}")]
    Short {
        /// Bytes present.
        have: usize,
    },
    /// Another format version.
    #[error("object has format {got}, this build reads {FORMAT}")]
    Format {
        /// The version found.
        got: u8,
    },
    /// A suite that this build lacks.
    #[error("object uses cipher suite {got}, which this build lacks")]
    Suite {
        /// The suite number found.
        got: u8,
    },
    /// A kind of content that this build does not know.
    #[error("object holds content of unknown kind {got}")]
    Kind {
        /// The kind number found.
        got: u8,
    },
    /// A packing that this build does not know.
    #[error("object is packed in unknown way {got}")]
    Packing {
        /// The packing number found.
        got: u8,
    },
}

impl Header {
    /// Reads the header at the beginning of a sealed object, so that the caller can choose keys.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if the bytes are too few or any number in them is unknown.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        let Some(&[format, suite, kind, packing, k0, k1, ref ids @ ..]) =
            bytes.first_chunk::<HEADER_LEN>()
        else {
            return Err(HeaderError::Short { have: bytes.len() });
        };
        let [a, b, c, d, e, f, g, h]: [u8; 8] = *ids;
        if format != FORMAT {
            return Err(HeaderError::Format { got: format });
        }
        Ok(Self {
            suite: Suite::from_number(suite).ok_or(HeaderError::Suite { got: suite })?,
            kind: Kind::from_number(kind).ok_or(HeaderError::Kind { got: kind })?,
            packing: Packing::from_number(packing).ok_or(HeaderError::Packing { got: packing })?,
            kiosk: KioskId(u16::from_be_bytes([k0, k1])),
            kiosk_key: KeyId([a, b, c, d]),
            county_key: KeyId([e, f, g, h]),
        })
    }

    pub(crate) fn emit(&self) -> [u8; HEADER_LEN] {
        let [k0, k1] = self.kiosk.0.to_be_bytes();
        let [a, b, c, d] = self.kiosk_key.0;
        let [e, f, g, h] = self.county_key.0;
        let (suite, kind, packing) = (self.suite as u8, self.kind as u8, self.packing as u8);
        [FORMAT, suite, kind, packing, k0, k1, a, b, c, d, e, f, g, h]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: [u8; HEADER_LEN] = [
        1, 1, 2, 1, 0x12, 0x34, 0xa0, 0xa1, 0xa2, 0xa3, 0xb0, 0xb1, 0xb2, 0xb3,
    ];
    const HEADER: Header = Header {
        suite: Suite::X25519,
        kind: Kind::Ink,
        packing: Packing::Zstd,
        kiosk: KioskId(0x1234),
        kiosk_key: KeyId([0xa0, 0xa1, 0xa2, 0xa3]),
        county_key: KeyId([0xb0, 0xb1, 0xb2, 0xb3]),
    };

    #[test]
    fn the_header_is_these_fourteen_bytes() {
        assert_eq!(HEADER.emit(), BYTES);
        assert_eq!(Header::parse(&BYTES), Ok(HEADER));
    }

    #[test]
    fn every_number_is_pinned() {
        let numbers = [
            Kind::Record as u8,
            Kind::Ink as u8,
            Kind::Picture as u8,
            Kind::ClockReport as u8,
            Kind::Handover as u8,
            Packing::Plain as u8,
            Packing::Zstd as u8,
            Packing::RecordDictionary1 as u8,
            Suite::X25519 as u8,
            Suite::Sm2 as u8,
        ];
        assert_eq!(numbers, [1, 2, 3, 4, 5, 0, 1, 2, 1, 2]);
    }

    #[test]
    fn each_unknown_number_is_named() {
        let with = |index: usize, value: u8| {
            let mut bytes = BYTES;
            bytes[index] = value;
            Header::parse(&bytes)
        };
        assert_eq!(with(0, 2), Err(HeaderError::Format { got: 2 }));
        for got in (0..=255).filter(|n| !(1..=2).contains(n)) {
            assert_eq!(with(1, got), Err(HeaderError::Suite { got }));
        }
        for got in (0..=255).filter(|n| !(1..=5).contains(n)) {
            assert_eq!(with(2, got), Err(HeaderError::Kind { got }));
        }
        for got in 3..=255 {
            assert_eq!(with(3, got), Err(HeaderError::Packing { got }));
        }
        for have in 0..HEADER_LEN {
            assert_eq!(
                Header::parse(&BYTES[..have]),
                Err(HeaderError::Short { have })
            );
        }
    }
}
