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
        if minicbor::encode(self, &mut bytes).is_err() {
            unreachable!("writing CBOR to a Vec has no failure");
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn county() -> CountySecret {
        CountySecret::from_seed([0x22; 64])
    }

    fn acknowledgement() -> CountyMessage {
        CountyMessage::Acknowledgement {
            kiosk: KioskId(3),
            acknowledged_ms: 1_795_420_800_000,
            hashes: vec![ObjectHash([0xab; 32])],
        }
    }

    fn status(due: Option<&str>) -> CountyMessage {
        CountyMessage::Status {
            slip_number: "140428-003-000017-C".to_owned(),
            stage: 4,
            due: due.map(str::to_owned),
            as_of_ms: -1,
        }
    }

    /// Signs any CBOR as the county would.
    fn signed(body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![FORMAT, Suite::X25519 as u8];
        bytes.extend_from_slice(&county().key_id().0);
        bytes.extend_from_slice(body);
        let signature = county().sign(Purpose::CountyMessage, &bytes);
        bytes.extend_from_slice(&signature);
        bytes
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn body_of(message: &CountyMessage) -> String {
        let bytes = message.sign(&county());
        hex(&bytes[BODY_AT..bytes.len() - SIGNATURE_LEN])
    }

    #[test]
    fn message_and_field_numbers_are_pinned() {
        let hash = "ab".repeat(32);
        assert_eq!(
            body_of(&acknowledgement()),
            format!("8201a3000301 1b000001a2076b4400 0281 5820{hash}").replace(' ', "")
        );
        assert_eq!(
            body_of(&status(Some("2026-12-21"))),
            "8202a40073 3134303432382d3030332d3030303031372d43 0104 026a323032362d31322d3231 0320"
                .replace(' ', "")
        );
        assert_eq!(
            body_of(&status(None)),
            "8202a30073 3134303432382d3030332d3030303031372d43 0104 0320".replace(' ', "")
        );
    }

    #[test]
    fn a_message_begins_with_format_suite_and_key_id() {
        let bytes = acknowledgement().sign(&county());
        assert_eq!(bytes[..2], [1, 1]);
        assert_eq!(bytes[2..6], county().key_id().0);
    }

    #[test]
    fn signed_messages_verify_to_themselves() {
        for message in [acknowledgement(), status(Some("2026-12-21")), status(None)] {
            let bytes = message.sign(&county());
            assert_eq!(
                CountyMessage::verify(&bytes, &county().public()),
                Ok(message)
            );
        }
    }

    #[test]
    fn another_county_is_named_by_its_key() {
        let other = CountySecret::from_seed([0x23; 64]);
        assert_eq!(
            CountyMessage::verify(&acknowledgement().sign(&other), &county().public()),
            Err(MessageError::CountyKey {
                got: other.key_id(),
                want: county().key_id()
            })
        );
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let bytes = acknowledgement().sign(&county());
        let county = county().public();
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(
                CountyMessage::verify(&damaged, &county).is_err(),
                "bit {bit}"
            );
        }
    }

    #[test]
    fn a_message_of_a_later_build_is_told_from_a_malformed_one() {
        let verify = |body: &[u8]| CountyMessage::verify(&signed(body), &county().public());
        assert_eq!(verify(&[0x82, 0x09, 0xa0]), Err(MessageError::Unknown));
        assert_eq!(verify(&[0x82, 0x01, 0xa0]), Err(MessageError::Malformed));
        assert_eq!(verify(b""), Err(MessageError::Malformed));
    }

    #[test]
    fn fields_of_a_later_build_are_skipped() {
        // Acknowledgement with field 9 besides, a text.
        let body = [0x82, 0x01, 0xa4, 0, 3, 1, 7, 2, 0x80, 9, 0x62, b'h', b'i'];
        assert_eq!(
            CountyMessage::verify(&signed(&body), &county().public()),
            Ok(CountyMessage::Acknowledgement {
                kiosk: KioskId(3),
                acknowledged_ms: 7,
                hashes: vec![]
            })
        );
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            prop_assert!(CountyMessage::verify(&bytes, &county().public()).is_err());
        }

        #[test]
        fn arbitrary_bytes_under_a_true_signature_never_panic(mut body: Vec<u8>, number in 0u8..4) {
            body.splice(0..0, [0x82, number]);
            let _ = CountyMessage::verify(&signed(&body), &county().public());
        }
    }
}
