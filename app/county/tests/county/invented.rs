//! An invented applicant.

use county::UnixMs;
use relief::{
    Application, Consent, ConsentKind, IdNumber, Kept, KioskTime, NearRelative, Person, PersonName,
    ReasonCode, SchemeId, SlipNumber,
};

pub(crate) const COUNTY: u32 = 140_428;
/// 2026-11-23 10:05 in China, a Monday.
pub(crate) const NOW: UnixMs = UnixMs(1_795_399_500_000);

pub(crate) fn application(kiosk: u16, counter: u32) -> Kept<Application> {
    let id_number = IdNumber::parse("140428188001010013").expect("a synthetic number");
    let mut submission_id = [0; 16];
    submission_id[..4].copy_from_slice(&counter.to_be_bytes());
    let record = Application {
        submission_id,
        slip_number: SlipNumber::new(COUNTY, kiosk, counter).expect("a slip number"),
        scheme: SchemeId::DIBAO,
        card_edition: "test".to_owned(),
        submitted: KioskTime {
            boot_id: 7,
            tick_ms: 60_000,
            wall_ms: NOW.0 - 300_000,
            county_ms: None,
            county_tick_ms: None,
        }
        .into(),
        township: "140428101".to_owned(),
        applicant: Person {
            name: PersonName::parse("张三丰").expect("a name"),
            sex: id_number.sex(),
            nation_code: Some(1),
            birth: id_number.birth(),
            address: "山西省长子县某村1号".to_owned(),
            id_number: Some(id_number),
            no_number_reason: None,
            phone: None,
            from_card: true,
        }
        .into(),
        household: Vec::new(),
        reasons: vec![ReasonCode(1)],
        reason_text: "腿摔断了，种不了地。".to_owned(),
        near_relative: NearRelative::None,
        consents: vec![Kept::from(Consent {
            kind: ConsentKind::AUTHORISATION,
            text_edition: "1".to_owned(),
            shown_tick_ms: 30_000,
        })],
        attachments: Vec::new(),
        page_answers: Vec::new(),
        status_token_hash: [0; 32],
        pages: Vec::new(),
    };
    record.into()
}
