use proptest::prelude::*;

use super::*;

fn name(text: &str) -> PersonName {
    PersonName::parse(text).unwrap()
}

fn sample() -> Application {
    Application {
        submission_id: [7; 16],
        slip_number: SlipNumber::new(140_428, 3, 17).unwrap(),
        scheme: SchemeId::DIBAO,
        card_edition: "2026-11".into(),
        submitted: KioskTime {
            boot_id: 4,
            tick_ms: 90_000,
            wall_ms: 1_795_363_200_000,
        },
        township: "140428100".into(),
        applicant: Person {
            name: name("𬭎小满"),
            sex: Sex::Male,
            nation_code: Some(1),
            birth: NaiveDate::from_ymd_opt(1880, 1, 1).unwrap(),
            address: "长子县丹朱镇某村1号".into(),
            id_number: IdNumber::parse("140428188001010013").ok(),
            no_number_reason: None,
            phone: Phone::parse("0355-0000000").ok(),
            from_card: true,
        },
        household: vec![Member {
            name: name("买买提•吐尔逊"),
            relation: RelationCode(2),
            id_number: None,
            no_number_reason: Some(NoNumberReason(1)),
        }],
        reasons: vec![ReasonCode(1), ReasonCode(5)],
        reason_text: "腿不好，干不了活。".into(),
        near_relative: NearRelative::Related {
            official_name: name("王甲"),
            relation: RelationCode(4),
        },
        consents: vec![Consent {
            kind: ConsentKind::AUTHORISATION,
            text_edition: "2026-11".into(),
            shown_tick_ms: 60_000,
        }],
        attachments: vec![Attachment {
            hash: [9; 32],
            kind: AttachmentKind::FORM_INK,
            media: "image/png".into(),
            len: 40_000,
        }],
        page_answers: vec![PageAnswer {
            field: "near-relative-none".into(),
            state: 2,
        }],
        status_token_hash: [3; 32],
    }
}

#[test]
fn a_record_reads_back_as_it_was_with_names_as_entered() {
    let bytes = sample().to_cbor().unwrap();
    let back = Application::from_cbor(&bytes).unwrap();
    assert_eq!(back, sample());
    assert_eq!(back.household[0].name.entered(), "买买提•吐尔逊");
    assert_eq!(back.household[0].name.as_str(), "买买提\u{B7}吐尔逊");
}

/// The field numbers stand in sealed records for ever.
#[test]
fn the_bytes_of_a_small_record_are_these() {
    let mut small = sample();
    small.applicant = Person {
        name: name("张三"),
        sex: Sex::Female,
        nation_code: None,
        birth: NaiveDate::from_ymd_opt(1883, 3, 3).unwrap(),
        address: String::new(),
        id_number: None,
        no_number_reason: Some(NoNumberReason(2)),
        phone: None,
        from_card: false,
    };
    small.household.clear();
    small.reasons.clear();
    small.reason_text.clear();
    small.near_relative = NearRelative::None;
    small.consents.clear();
    small.attachments.clear();
    small.page_answers.clear();
    let hex: String = small
        .to_cbor()
        .unwrap()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let expected = [
        "af",
        "00",
        "50",
        "07070707070707070707070707070707",
        "01",
        "73",
        "3134303432382d3030332d3030303031372d31",
        "02",
        "01",
        "03",
        "67",
        "323032362d3131",
        "04",
        "a3",
        "0004",
        "011a00015f90",
        "021b000001a203fc5c00",
        "05",
        "69",
        "313430343238313030",
        "06",
        "a6",
        "0066e5bca0e4b889",
        "0102",
        "036a313838332d30332d3033",
        "0460",
        "0602",
        "08f4",
        "0780",
        "0880",
        "0960",
        "0a8200a0",
        "0b80",
        "0c80",
        "0d80",
        "0e",
        "5820",
        &"03".repeat(32),
    ];
    assert_eq!(hex, expected.concat());
}

#[test]
fn a_field_from_a_later_build_is_passed_over_and_an_absent_list_is_empty() {
    let mut bytes = sample().to_cbor().unwrap();
    assert_eq!(bytes[0], 0xAF);
    bytes[0] = 0xB0;
    bytes.extend([0x18, 0x63, 0x82, 0x01, 0xA1, 0x02, 0x03]);
    assert_eq!(Application::from_cbor(&bytes), Ok(sample()));

    let mut old = sample();
    old.page_answers.clear();
    let mut bytes = old.to_cbor().unwrap();
    let at = bytes.len() - 1 - 2 - 32 - 2;
    assert_eq!(bytes[at..at + 2], [0x0D, 0x80]);
    bytes.drain(at..at + 2);
    bytes[0] = 0xAE;
    assert_eq!(Application::from_cbor(&bytes), Ok(old));
}

#[test]
fn what_is_too_long_is_neither_written_nor_read() {
    let mut long = sample();
    long.household = vec![long.household[0].clone(); MEMBERS_MAX + 1];
    let refused = RecordError::TooLong {
        field: "household",
        got: 31,
        limit: 30,
    };
    assert_eq!(long.to_cbor(), Err(refused));
    assert_eq!(
        Application::from_cbor(&minicbor::to_vec(&long).unwrap()),
        Err(refused)
    );

    let mut long = sample();
    long.reason_text = "苦".repeat(REASON_TEXT_CHARS_MAX + 1);
    assert_eq!(
        long.to_cbor(),
        Err(RecordError::TooLong {
            field: "reason_text",
            got: 501,
            limit: 500
        })
    );
    assert_eq!(
        Application::from_cbor(&vec![0; RECORD_BYTES_MAX + 1]),
        Err(RecordError::TooLarge {
            bytes: 65_537,
            limit: 65_536
        })
    );
}

#[test]
fn a_record_at_every_limit_fits() {
    let mut full = sample();
    let long_name = name(&"𬭎".repeat(50));
    full.applicant.name = long_name.clone();
    full.applicant.address = "𬭎".repeat(ADDRESS_CHARS_MAX);
    full.household = vec![
        Member {
            name: long_name.clone(),
            relation: RelationCode(255),
            id_number: full.applicant.id_number,
            no_number_reason: Some(NoNumberReason(255)),
        };
        MEMBERS_MAX
    ];
    full.reasons = vec![ReasonCode(255); REASONS_MAX];
    full.reason_text = "𬭎".repeat(REASON_TEXT_CHARS_MAX);
    full.consents = vec![full.consents[0].clone(); CONSENTS_MAX];
    full.attachments = vec![full.attachments[0].clone(); ATTACHMENTS_MAX];
    full.page_answers = vec![
        PageAnswer {
            field: "a".repeat(TOKEN_CHARS_MAX),
            state: 2
        };
        PAGE_ANSWERS_MAX
    ];
    let bytes = full.to_cbor().unwrap();
    assert!(bytes.len() <= RECORD_BYTES_MAX, "{}", bytes.len());
    assert_eq!(Application::from_cbor(&bytes), Ok(full));
}

#[test]
fn every_cut_and_every_extra_byte_is_refused() {
    let bytes = sample().to_cbor().unwrap();
    for len in 0..bytes.len() {
        assert!(Application::from_cbor(&bytes[..len]).is_err());
    }
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(
        Application::from_cbor(&longer),
        Err(RecordError::Trailing { extra: 1 })
    );
}

#[test]
fn an_identity_number_with_a_wrong_check_digit_is_not_read() {
    let mut bytes = sample().to_cbor().unwrap();
    let at = bytes
        .windows(18)
        .position(|part| part == b"140428188001010013")
        .unwrap();
    bytes[at + 17] = b'4';
    assert!(matches!(
        Application::from_cbor(&bytes),
        Err(RecordError::Malformed { .. })
    ));
}

#[test]
fn debug_shows_nothing_of_the_person() {
    let shown = format!(
        "{:?} {:?} {:?}",
        sample(),
        sample().applicant,
        sample().household
    ) + &format!("{:?} {:?}", sample().near_relative, sample().page_answers);
    for secret in [
        "𬭎",
        "买买提",
        "王甲",
        "1404281880",
        "丹朱",
        "0000000",
        "腿",
        "1880",
        "none",
    ] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = Application::from_cbor(&bytes);
    }

    #[test]
    fn a_damaged_record_never_panics(at in 0..400_usize, byte: u8) {
        let mut bytes = sample().to_cbor().unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = Application::from_cbor(&bytes);
    }
}
