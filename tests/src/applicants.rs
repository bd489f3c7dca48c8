//! Invented people and what they hand in. Their identity numbers are of the nineteenth century, so nobody living
//! holds one.

use kiosk::flow::{
    ApplicantAnswers, ConsentGiven, Draft, Finished, FlowContent, MemberAnswers, PaperPage,
    Picture, Scan, ScanBytes, ScanKind,
};
use rand::{Rng, RngExt};

const SURNAMES: [&str; 8] = ["王", "李", "张", "欧阳", "郭", "申", "牛", "宋"];
const GIVEN: [&str; 10] = [
    "秀英", "建国", "玉兰", "㛃䶮", "桂花", "德顺", "小红", "福生", "春梅", "海",
];

/// What an invented applicant typed that is nobody else's business, for searches of files.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    /// Name of the applicant.
    pub name: String,
    /// Identity number of the applicant.
    pub id_number: String,
    /// Telephone.
    pub phone: String,
}

/// A finished visit of an invented applicant with `members` others in the household, and, if `scan_lens` are given, a
/// page scanned into files of these lengths, the ink first.
pub fn draft(
    content: &FlowContent,
    members: usize,
    scan_lens: &[usize],
    rng: &mut impl Rng,
) -> (Finished, Secrets) {
    let id_number = id_number(rng);
    let secrets = Secrets {
        name: name(rng),
        phone: format!("139{:08}", rng.random_range(0..100_000_000)),
        id_number: id_number.clone(),
    };
    let scheme = &content.schemes[rng.random_range(0..content.schemes.len())];
    let relation = |rng: &mut _| pick(&content.relations, rng).code;
    let household = (0..members)
        .map(|_| MemberAnswers {
            relation: relation(rng),
            name: name(rng),
            id_number: self::id_number(rng),
            no_number_reason: None,
        })
        .collect();
    let draft = Draft {
        scheme: scheme.id,
        card_edition: scheme.card_edition.clone(),
        applicant: ApplicantAnswers {
            name: secrets.name.clone(),
            sex_code: 2 - (id_number.as_bytes()[16] - b'0') % 2,
            nation_code: 1,
            birth: id_number[6..14].to_owned(),
            address: format!("山西省长子县丹朱镇东大街村{}组", rng.random_range(1..20)),
            id_number,
            no_number_reason: None,
            phone: secrets.phone.clone(),
            from_card: true,
        },
        township: pick(&content.townships, rng).code.clone(),
        household,
        reasons: vec![pick(&content.reasons, rng).code],
        reason_text: "地里没有收成，孩子还在上学。".to_owned(),
        near_relative: None,
        consents: content
            .consents
            .iter()
            .map(|text| ConsentGiven {
                kind: text.kind,
                text_edition: text.edition.clone(),
                shown_tick_ms: rng.random_range(0..600_000),
            })
            .collect(),
        paper: if scan_lens.is_empty() {
            Vec::new()
        } else {
            vec![page(scan_lens, rng).into()]
        },
    };
    (draft.into(), secrets)
}

fn page(scan_lens: &[usize], rng: &mut impl Rng) -> PaperPage {
    let scans = scan_lens
        .iter()
        .enumerate()
        .map(|(place, len)| {
            let mut bytes = vec![0; *len];
            rng.fill_bytes(&mut bytes);
            Scan {
                kind: if place == 0 {
                    ScanKind::Ink
                } else {
                    ScanKind::Picture
                },
                media: "image/png".to_owned(),
                bytes: ScanBytes::Here(bytes),
            }
        })
        .collect();
    PaperPage {
        form: "dibao_application".to_owned(),
        edition: String::new(),
        page: 1,
        pages: 1,
        case_ref: None,
        grade: paper::Grade::default(),
        findings: Vec::new(),
        fields: Vec::new(),
        preview: Picture::default(),
        marked: None,
        scans,
    }
}

fn pick<'a, T>(choices: &'a [T], rng: &mut impl Rng) -> &'a T {
    &choices[rng.random_range(0..choices.len())]
}

fn name(rng: &mut impl Rng) -> String {
    format!("{}{}", pick(&SURNAMES, rng), pick(&GIVEN, rng))
}

/// A number whose check character holds.
///
/// Source: GB 11643-1999, after ISO 7064 MOD 11-2.
fn id_number(rng: &mut impl Rng) -> String {
    let digits = format!(
        "140428{}{:02}{:02}{:03}",
        rng.random_range(1801..1899),
        rng.random_range(1..13),
        rng.random_range(1..29),
        rng.random_range(0..1000)
    );
    let sum = digits
        .bytes()
        .fold(0, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
    let check = b"0123456789X"[(12 - sum) as usize % 11];
    format!("{digits}{}", char::from(check))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;
    use relief::IdNumber;

    use super::*;

    #[test]
    fn invented_numbers_pass_the_check_and_belong_to_nobody_living() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for _ in 0..1000 {
            let number = IdNumber::parse(&id_number(&mut rng)).unwrap();
            assert!(number.as_str()[6..10] < *"1900");
        }
    }
}
