//! What the invented villager of the demo answers, and how the county's record is held against it.

use std::error::Error;

use relief::{
    Application, BoxState, IdNumber, NearRelative, PersonName, Phone, ReasonCode, SchemeId, Sex,
};

use crate::world::World;

/// What the invented villager answers; the signed page in the photo says the same.
pub(super) struct Answers {
    pub(super) card: usize,
    pub(super) township: &'static str,
    pub(super) phone: &'static str,
    pub(super) member_relation: &'static str,
    /// The name, and what is typed for it.
    pub(super) member_name: (&'static str, &'static str),
    pub(super) member_number: &'static str,
    pub(super) reasons: [&'static str; 2],
}

pub(super) const ANSWERS: Answers = Answers {
    card: 0,
    township: "石哲镇",
    phone: "13900000000",
    member_relation: "配偶",
    member_name: ("李秀英", "li xiu ying"),
    member_number: "140428188002290029",
    reasons: ["家里有人生病", "家里缺劳力"],
};

/// The boxes that are ticked on the signed page, of those the demo looks at.
const TICKED: [&str; 3] = ["reason_illness", "reason_labour", "near_relative_none"];

/// The names of the answers in which the county's record differs from what was typed.
pub(super) fn differences(
    record: &Application,
    world: &World,
) -> Result<Vec<&'static str>, Box<dyn Error>> {
    let card = &world.people()[ANSWERS.card].card;
    let codes = relief::builtin::codes();
    let relation = codes
        .relations()
        .iter()
        .find(|row| row.title == ANSWERS.member_relation)
        .map(|row| row.code);
    let reasons: Vec<ReasonCode> = codes
        .reasons()
        .iter()
        .filter(|row| ANSWERS.reasons.contains(&row.title.as_str()))
        .map(|row| row.code)
        .collect();
    let township = codes
        .open_townships()
        .find(|row| row.name == ANSWERS.township)
        .map(|row| &row.code);
    let applicant = &record.applicant;
    let member = record.household.first();
    let boxes = world
        .with_county(|county| {
            let pages = record.pages.iter().flat_map(|page| county.boxes(page));
            let marked = pages
                .flatten()
                .filter(|(_, state)| *state == BoxState::Marked);
            marked
                .map(|(field, _)| field.id.clone())
                .collect::<Vec<_>>()
        })
        .ok_or("the county is off")?;
    let marked = |field: &str| boxes.iter().any(|id| id == field);
    let checks = [
        ("scheme", record.scheme == SchemeId::DIBAO),
        ("township", Some(&record.township) == township),
        ("name", applicant.name == PersonName::parse(&card.name)?),
        ("sex", applicant.sex == Sex::Male),
        ("nation", applicant.nation_code == card.nation_code),
        ("birth", applicant.birth == card.birth),
        ("address", applicant.address == card.address),
        (
            "number",
            applicant.id_number == Some(IdNumber::parse(&card.number)?),
        ),
        (
            "phone",
            applicant.phone == Some(Phone::parse(ANSWERS.phone)?),
        ),
        ("from card", applicant.from_card),
        ("household size", record.household.len() == 1),
        (
            "member's name",
            member.map(|member| &member.name) == Some(&PersonName::parse(ANSWERS.member_name.0)?),
        ),
        (
            "member's relation",
            member.map(|member| member.relation) == relation,
        ),
        (
            "member's number",
            member.and_then(|member| member.id_number.as_ref())
                == Some(&IdNumber::parse(ANSWERS.member_number)?),
        ),
        ("reasons", record.reasons == reasons),
        ("near relative", record.near_relative == NearRelative::None),
        ("consents", record.consents.len() == 3),
        ("papers", record.attachments.len() == 2),
        (
            "boxes of the page",
            TICKED.iter().all(|field| marked(field)) && !marked("near_relative_some"),
        ),
    ];
    Ok(checks
        .into_iter()
        .filter(|(_, same)| !same)
        .map(|(name, _)| name)
        .collect())
}
