use minicbor::bytes::{ByteSlice, ByteVec};

use crate::{
    hash::ObjectHash,
    header::{KioskId, Suite},
    keys::{CountyPublic, CountySecret, KeyId},
    refusal::RefusalReason,
    signature::{Purpose, split_signature},
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
        /// How many objects of this kiosk the county's ledger holds. They are numbered 1, 2, 3… in the order in
        /// which they were held. Absent in messages of older builds.
        #[n(3)]
        held: Option<u64>,
        /// The number of each object of `hashes`, in their order. Absent in messages of older builds.
        #[n(4)]
        numbers: Option<Vec<u64>>,
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
    /// The county has a new pair of keys; [`crate::CountyTrust::learn`] acts on it.
    #[n(3)]
    CountyKey {
        /// The kiosk that is told; another kiosk ignores the message.
        #[n(0)]
        kiosk: KioskId,
        /// The new public key, as [`CountyPublic::to_bytes`] writes it.
        #[cbor(n(1), with = "minicbor::bytes")]
        public_key: Vec<u8>,
    },
    /// The county does not take this object; the kiosk shows it to those who look after it and keeps the object.
    #[n(4)]
    Refusal {
        /// The kiosk that is answered; another kiosk ignores the message.
        #[n(0)]
        kiosk: KioskId,
        /// The object.
        #[n(1)]
        hash: ObjectHash,
        /// Why.
        #[n(2)]
        reason: RefusalReason,
        /// When, Unix milliseconds by the county's clock.
        #[n(3)]
        refused_ms: i64,
    },
    /// What the county's log held at a time: a checkpoint that later ones must go on from. Whoever keeps one can show
    /// whether the ledger was changed behind it.
    #[n(5)]
    Checkpoint {
        /// How many entries there were.
        #[n(0)]
        size: u64,
        /// The root of the Merkle tree over them, RFC 9162 with SHA-256.
        #[cbor(n(1), with = "minicbor::bytes")]
        root: [u8; 32],
        /// When, Unix milliseconds by the county's clock.
        #[n(2)]
        taken_ms: i64,
    },
    /// The county's own rule files and cards, by which the kiosk is to work too, over those that are compiled in.
    #[n(6)]
    RuleFiles {
        /// The kiosk that is told; another kiosk ignores the message.
        #[n(0)]
        kiosk: KioskId,
        /// Since when these are all, Unix milliseconds by the county's clock; of two messages the later holds.
        #[n(1)]
        as_of_ms: i64,
        /// The files, as [`crate::pack_rule_files`] packs them.
        #[cbor(n(2), with = "minicbor::bytes")]
        packed: Vec<u8>,
    },
}

/// Why bytes are no message from the county. The kiosk drops them and counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Fewer bytes than say which key signed.
    #[error("county message needs more than {BODY_AT} bytes, has {have}")]
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
    /// Signed with a key that is not trusted here.
    #[error("county message is signed with key {got}, which is not trusted here")]
    CountyKey {
        /// The key named.
        got: KeyId,
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

/// Signed messages as one answer: a CBOR array of byte strings.
#[must_use]
pub fn join_messages(messages: &[Vec<u8>]) -> Vec<u8> {
    let messages: Vec<&ByteSlice> = messages.iter().map(|message| (&**message).into()).collect();
    // A vector takes all that is written.
    minicbor::to_vec(messages).unwrap_or_default()
}

/// The messages of such an answer, none of which is verified yet; none if it is no such answer.
#[must_use]
pub fn split_messages(answer: &[u8]) -> Vec<Vec<u8>> {
    let messages: Vec<ByteVec> = minicbor::decode(answer).unwrap_or_default();
    messages.into_iter().map(Into::into).collect()
}

impl CountyMessage {
    /// The message as signed bytes, ready to send.
    ///
    /// `county` is a secret whose public half the kiosk trusts: the current one, or a former one for a kiosk that
    /// has not learnt the current one.
    #[must_use]
    pub fn sign(&self, county: &CountySecret) -> Vec<u8> {
        let mut bytes = vec![FORMAT, county.suite() as u8];
        bytes.extend_from_slice(&county.key_id().0);
        if minicbor::encode(self, &mut bytes).is_err() {
            unreachable!("writing CBOR to a Vec has no failure");
        }
        county.sign_onto(Purpose::CountyMessage, &mut bytes);
        bytes
    }

    /// Reads a message and checks that it is signed with this key of the county's. A kiosk that may have learnt
    /// several keys reads by [`crate::CountyTrust::verify`].
    ///
    /// # Errors
    ///
    /// [`MessageError`]; nothing but the version numbers and the key id is read before the
    /// signature holds.
    pub fn verify(bytes: &[u8], county: &CountyPublic) -> Result<Self, MessageError> {
        Self::verify_by(bytes, |key| (key == county.key_id()).then_some(county))
    }

    pub(crate) fn verify_by<'k>(
        bytes: &[u8],
        find: impl FnOnce(KeyId) -> Option<&'k CountyPublic>,
    ) -> Result<Self, MessageError> {
        let Some(&[format, suite, a, b, c, d]) = bytes.first_chunk::<BODY_AT>() else {
            return Err(MessageError::Short { have: bytes.len() });
        };
        if format != FORMAT {
            return Err(MessageError::Format { got: format });
        }
        let suite = Suite::from_number(suite).ok_or(MessageError::Suite { got: suite })?;
        let got = KeyId([a, b, c, d]);
        let county = find(got).ok_or(MessageError::CountyKey { got })?;
        let body = split_signature(suite, bytes)
            .filter(|(signed, signature)| {
                county.verifies(Purpose::CountyMessage, signed, signature)
            })
            .and_then(|(signed, _)| signed.get(BODY_AT..))
            .ok_or(MessageError::Signature)?;
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
            held: None,
            numbers: None,
        }
    }

    fn numbered() -> CountyMessage {
        CountyMessage::Acknowledgement {
            kiosk: KioskId(3),
            acknowledged_ms: 1_795_420_800_000,
            hashes: vec![ObjectHash([0xab; 32])],
            held: Some(300),
            numbers: Some(vec![299]),
        }
    }

    fn county_key() -> CountyMessage {
        CountyMessage::CountyKey {
            kiosk: KioskId(3),
            public_key: vec![1, 2, 3],
        }
    }

    fn refusal() -> CountyMessage {
        CountyMessage::Refusal {
            kiosk: KioskId(3),
            hash: ObjectHash([0xab; 32]),
            reason: RefusalReason::RevokedKey,
            refused_ms: 7,
        }
    }

    fn checkpoint() -> CountyMessage {
        CountyMessage::Checkpoint {
            size: 300,
            root: [0xab; 32],
            taken_ms: 7,
        }
    }

    fn all() -> [CountyMessage; 7] {
        [
            acknowledgement(),
            numbered(),
            status(Some("2026-12-21")),
            status(None),
            county_key(),
            refusal(),
            checkpoint(),
        ]
    }

    fn secrets() -> [CountySecret; 2] {
        [Suite::X25519, Suite::Sm2].map(|suite| CountySecret::from_seed_in(suite, [0x22; 64]))
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
        county().sign_onto(Purpose::CountyMessage, &mut bytes);
        bytes
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn body_of(message: &CountyMessage) -> String {
        let bytes = message.sign(&county());
        hex(&bytes[BODY_AT..bytes.len() - crate::signature::SIGNATURE_LEN])
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
    fn numbers_of_the_later_messages_and_fields_are_pinned() {
        let hash = "ab".repeat(32);
        assert_eq!(
            body_of(&numbered()),
            format!("8201a5000301 1b000001a2076b4400 0281 5820{hash} 0319012c 048119012b")
                .replace(' ', "")
        );
        assert_eq!(
            body_of(&county_key()),
            "8203a2000301 43010203".replace(' ', "")
        );
        assert_eq!(
            body_of(&refusal()),
            format!("8204a4000301 5820{hash} 0202 0307").replace(' ', "")
        );
        assert_eq!(
            body_of(&checkpoint()),
            format!("8205a30019012c 015820{hash} 0207").replace(' ', "")
        );
    }

    #[test]
    fn a_message_begins_with_format_suite_and_key_id() {
        let bytes = acknowledgement().sign(&county());
        assert_eq!(bytes[..2], [1, 1]);
        assert_eq!(bytes[2..6], county().key_id().0);
        let [_, sm2] = secrets();
        assert_eq!(acknowledgement().sign(&sm2)[..2], [1, 2]);
    }

    #[test]
    fn signed_messages_verify_to_themselves() {
        for secret in secrets() {
            for message in all() {
                let bytes = message.sign(&secret);
                assert_eq!(CountyMessage::verify(&bytes, &secret.public()), Ok(message));
            }
        }
    }

    #[test]
    fn a_message_of_a_build_without_numbers_verifies() {
        // An acknowledgement of the three fields that the first build wrote.
        let body = [0x82, 0x01, 0xa3, 0, 3, 1, 7, 2, 0x80];
        let read = CountyMessage::verify(&signed(&body), &county().public());
        assert_eq!(read, Ok(nothing_held()));
    }

    fn nothing_held() -> CountyMessage {
        CountyMessage::Acknowledgement {
            kiosk: KioskId(3),
            acknowledged_ms: 7,
            hashes: vec![],
            held: None,
            numbers: None,
        }
    }

    #[test]
    fn a_reason_of_a_later_build_is_another_reason() {
        let body = [
            &[0x82, 0x04, 0xa4, 0, 3, 1, 0x58, 0x20],
            &[0xab; 32][..],
            &[2, 0x18, 200, 3, 7],
        ]
        .concat();
        let Ok(CountyMessage::Refusal { reason, .. }) =
            CountyMessage::verify(&signed(&body), &county().public())
        else {
            panic!("no refusal");
        };
        assert_eq!(reason, RefusalReason::Other);
    }

    #[test]
    fn another_county_is_named_by_its_key() {
        let other = CountySecret::from_seed([0x23; 64]);
        let got = other.key_id();
        assert_eq!(
            CountyMessage::verify(&acknowledgement().sign(&other), &county().public()),
            Err(MessageError::CountyKey { got })
        );
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        for secret in secrets() {
            let bytes = acknowledgement().sign(&secret);
            let county = secret.public();
            for bit in 0..bytes.len() * 8 {
                let mut damaged = bytes.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                assert!(
                    CountyMessage::verify(&damaged, &county).is_err(),
                    "bit {bit}"
                );
            }
            for len in 0..bytes.len() {
                assert!(CountyMessage::verify(&bytes[..len], &county).is_err());
            }
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
            Ok(nothing_held())
        );
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            for secret in secrets() {
                prop_assert!(CountyMessage::verify(&bytes, &secret.public()).is_err());
            }
        }

        #[test]
        fn arbitrary_bytes_under_a_true_signature_never_panic(mut body: Vec<u8>, number in 0u8..6) {
            body.splice(0..0, [0x82, number]);
            let _ = CountyMessage::verify(&signed(&body), &county().public());
        }
    }
}
