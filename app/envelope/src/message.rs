use crate::{
    hash::ObjectHash,
    header::{KioskId, Suite},
    keys::{CountyPublic, CountySecret, KeyId, Purpose, SIGNATURE_LEN},
};

const FORMAT: u8 = 1;
const BODY_AT: usize = 6;

/// What the county tells a kiosk, under its signature. Message and field numbers are append-only.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub enum CountyMessage {
    /// The county holds these objects durably; the kiosk may let go of them.
    #[n(1)]
    Acknowledgement {
        /// The kiosk that is answered; another kiosk ignores the message.
        #[n(0)]
        kiosk: KioskId,
        /// When, Unix milliseconds by the county's clock.
        #[n(1)]
        acknowledged_ms: i64,
        /// Every object of the answer that is on the county's disk.
        #[n(2)]
        hashes: Vec<ObjectHash>,
    },
    /// Where a case stands.
    #[n(2)]
    Status {
        /// The slip number as printed, with its check digit.
        #[n(0)]
        slip_number: String,
        /// The number of the stage.
        #[n(1)]
        stage: u8,
        /// When the running clock ends, as an ISO date; `None` when no clock runs.
        #[n(2)]
        due: Option<String>,
        /// The time the statement is about, Unix milliseconds by the county's clock; of two
        /// statements the later holds.
        #[n(3)]
        as_of_ms: i64,
    },
}

/// Why bytes are no message from the county. The kiosk drops them and counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Fewer bytes than an empty message has.
    #[error("county message needs {} bytes, has {have}", BODY_AT + SIGNATURE_LEN)]
    Short {
        /// Bytes present.
        have: usize,
    },
    /// Another format version.
    #[error("county message has format {got}, this build reads {FORMAT}")]
    Format {
        /// The version found.
        got: u8,
    },
    /// A suite that this build lacks.
    #[error("county message uses cipher suite {got}, which this build lacks")]
    Suite {
        /// The suite number found.
        got: u8,
    },
    /// Signed with another key than the one known.
    #[error("county message is signed with key {got}, the county's key here is {want}")]
    CountyKey {
        /// The key named.
        got: KeyId,
        /// The key that is known.
        want: KeyId,
    },
    /// The signature does not match: forged, or damaged on the way.
    #[error("signature does not match: county message is forged or damaged")]
    Signature,
    /// The county sent a message that this build does not know.
    #[error("county message is of a kind this build does not know")]
    Unknown,
    /// The county signed something that is no message.
    #[error("county message is signed but malformed")]
    Malformed,
}

impl CountyMessage {
    /// The message as signed bytes, ready to send.
    #[must_use]
    pub fn sign(&self, county: &CountySecret) -> Vec<u8> {
        let mut bytes = vec![FORMAT, Suite::X25519 as u8];
        bytes.extend_from_slice(&county.key_id().0);
        let Ok(()) = minicbor::encode(self, &mut bytes).map_err(|_| ()) else {
            unreachable!("writing CBOR to a Vec has no failure")
        };
        let signature = county.sign(Purpose::CountyMessage, &bytes);
        bytes.extend_from_slice(&signature);
        bytes
    }

    /// Reads a message and checks that the county signed it.
    ///
    /// # Errors
    ///
    /// [`MessageError`]; nothing but the version numbers and the key id is read before the
    /// signature holds.
    pub fn verify(bytes: &[u8], county: &CountyPublic) -> Result<Self, MessageError> {
        let short = MessageError::Short { have: bytes.len() };
        let (signed, signature) = bytes.split_last_chunk::<SIGNATURE_LEN>().ok_or(short)?;
        let (&[format, suite, a, b, c, d], body) =
            signed.split_first_chunk::<BODY_AT>().ok_or(short)?;
        if format != FORMAT {
            return Err(MessageError::Format { got: format });
        }
        if Suite::from_number(suite).is_none() {
            return Err(MessageError::Suite { got: suite });
        }
        let key_id = KeyId([a, b, c, d]);
        if key_id != county.key_id() {
            return Err(MessageError::CountyKey {
                got: key_id,
                want: county.key_id(),
            });
        }
        if !county.verifies(Purpose::CountyMessage, signed, signature) {
            return Err(MessageError::Signature);
        }
        minicbor::decode(body).map_err(|error| {
            if error.is_unknown_variant() {
                MessageError::Unknown
            } else {
                MessageError::Malformed
            }
        })
    }
}
