use proptest::prelude::*;

use super::*;

mod later_build;

fn name(text: &str) -> PersonName {
    PersonName::parse(text).unwrap()
}

fn sample() -> Kept<Application> {
    let record = Application {
        submission_id: [7; 16],
        slip_number: SlipNumber::new(140_428, 3, 17).unwrap(),
        scheme: SchemeId::DIBAO,
        card_edition: "2026-11".into(),
        submitted: KioskTime {
            boot_id: 4,
            tick_ms: 90_000,
            wall_ms: 1_795_363_200_000,
            county_ms: Some(1_795_363_140_000),
            county_tick_ms: Some(30_000),
        }
        .into(),
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
        }
        .into(),
        household: vec![Kept::from(Member {
            name: name("买买提•吐尔逊"),
            relation: RelationCode(2),
            id_number: None,
            no_number_reason: Some(NoNumberReason(1)),
        })],
        reasons: vec![ReasonCode(1), ReasonCode(5)],
        reason_text: "腿不好，干不了活。".into(),
        near_relative: NearRelative::Related {
            official_name: name("王甲"),
            relation: RelationCode(4),
        },
        consents: vec![Kept::from(Consent {
            kind: ConsentKind::AUTHORISATION,
            text_edition: "2026-11".into(),
            shown_tick_ms: 60_000,
        })],
        attachments: vec![Kept::from(Attachment {
            hash: [9; 32],
            kind: AttachmentKind::FORM_INK,
            media: "image/png".into(),
            len: 40_000,
        })],
        page_answers: Vec::new(),
        status_token_hash: [3; 32],
        pages: vec![Kept::from(PageBoxes {
            form: "dibao_application".into(),
            edition: "0A1B2C3D".into(),
            page: 1,
            states: vec![BoxState::Marked, BoxState::Clear, BoxState::Unsure],
        })],
    };
    record.into()
}

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

#[test]
fn a_record_reads_back_as_it_was_with_names_as_entered() {
    let bytes = sample().to_cbor().unwrap();
    let back = Application::from_cbor(&bytes).unwrap();
    assert_eq!(back, sample());
    assert_eq!(back.household[0].name.entered(), "买买提•吐尔逊");
    assert_eq!(back.household[0].name.as_str(), "买买提\u{B7}吐尔逊");
}

/// The sample with as little in it as a record may have.
fn small() -> Kept<Application> {
    let mut small = sample();
    small.submitted.county_ms = None;
    small.submitted.county_tick_ms = None;
    small.applicant = Kept::from(Person {
        name: name("张三"),
        sex: Sex::Female,
        nation_code: None,
        birth: NaiveDate::from_ymd_opt(1883, 3, 3).unwrap(),
        address: String::new(),
        id_number: None,
        no_number_reason: Some(NoNumberReason(2)),
        phone: None,
        from_card: false,
    });
    small.household.clear();
    small.reasons.clear();
    small.reason_text.clear();
    small.near_relative = NearRelative::None;
    small.consents.clear();
    small.attachments.clear();
    small.pages.clear();
    small
}

/// The field numbers stand in sealed records for ever.
#[test]
fn the_bytes_of_a_small_record_are_these() {
    let hex: String = small()
        .to_cbor()
        .unwrap()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let expected = [
        "a9",
        "00",
        "50",
        "07070707070707070707070707070707",
        "01",
        "1b00007fb7f13c3ed1",
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
        "1a085ec344",
        "06",
        "a6",
        "0066e5bca0e4b889",
        "0102",
        "03397be2",
        "0460",
        "0602",
        "08f4",
        "0a8200a0",
        "0e",
        "5820",
        &"03".repeat(32),
    ];
    assert_eq!(hex, expected.concat());
}

/// As the first builds sealed them: digits as text, and boxes by name.
#[test]
fn records_of_the_first_builds_read_as_they_were() {
    let first = bytes_of(
        "af00500707070707070707070707070707070701733134303432382d3030332d3030303031372d31\
         02010367323032362d313104a30004011a00015f90021b000001a203fc5c00056931343034323831\
         303006a8006af0acad8ee5b08fe6bba101010201036a313838302d30312d303104781ce995bfe5ad\
         90e58ebfe4b8b9e69cb1e99587e69f90e69d9131e58fb70572313430343238313838303031303130\
         303133076c303335352d3030303030303008f50781a30075e4b9b0e4b9b0e68f90e280a2e59090e5\
         b094e9808a010203010882010509781be885bfe4b88de5a5bdefbc8ce5b9b2e4b88de4ba86e6b4bb\
         e380820a8201a20066e78e8be794b201040b81a300020167323032362d31310219ea600c81a40058\
         20090909090909090909090909090909090909090909090909090909090909090901010269696d61\
         67652f706e6703199c400d81a200726e6561722d72656c61746976652d6e6f6e6501020e58200303\
         030303030303030303030303030303030303030303030303030303030303",
    );
    let mut expected = sample();
    expected.submitted.county_ms = None;
    expected.submitted.county_tick_ms = None;
    expected.pages.clear();
    expected.page_answers = vec![PageAnswer {
        field: "near-relative-none".into(),
        state: BoxState::Marked.code(),
    }];
    assert_eq!(Application::from_cbor(&first), Ok(expected));

    let small_first = bytes_of(
        "af00500707070707070707070707070707070701733134303432382d3030332d3030303031372d31\
         02010367323032362d313104a30004011a00015f90021b000001a203fc5c00056931343034323831\
         303006a60066e5bca0e4b8890102036a313838332d30332d30330460060208f40780088009600a82\
         00a00b800c800d800e58200303030303030303030303030303030303030303030303030303030303\
         030303",
    );
    assert_eq!(Application::from_cbor(&small_first), Ok(small()));
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
fn a_text_that_a_database_would_refuse_is_neither_written_nor_read() {
    let mut record = sample();
    record.township = "1404\0".to_owned();
    let refused = RecordError::NotText { field: "township" };
    assert_eq!(record.to_cbor(), Err(refused));
    assert_eq!(
        Application::from_cbor(&minicbor::to_vec(&record).unwrap()),
        Err(refused)
    );
}

#[test]
fn a_record_at_every_limit_fits() {
    let mut full = sample();
    let long_name = name(&"𬭎".repeat(50));
    full.applicant.name = long_name.clone();
    full.applicant.address = "𬭎".repeat(ADDRESS_CHARS_MAX);
    full.household = vec![
        Kept::from(Member {
            name: long_name.clone(),
            relation: RelationCode(255),
            id_number: full.applicant.id_number,
            no_number_reason: Some(NoNumberReason(255)),
        });
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
    full.pages = vec![
        Kept::from(PageBoxes {
            form: "a".repeat(TOKEN_CHARS_MAX),
            edition: "a".repeat(TOKEN_CHARS_MAX),
            page: 255,
            states: vec![BoxState::Unsure; PAGE_ANSWERS_MAX],
        });
        PAGES_MAX
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
    let digits = minicbor::to_vec(14_042_818_800_101_001_u64).unwrap();
    let at = bytes
        .windows(digits.len())
        .position(|part| part == digits)
        .unwrap();
    let wrong = minicbor::to_vec("140428188001010014").unwrap();
    bytes.splice(at..at + digits.len(), wrong);
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
    ) + &format!("{:?} {:?}", sample().near_relative, sample().pages);
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
