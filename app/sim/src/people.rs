//! The people of the simulator: invented, with numbers that no living person holds (births before 1900).

use chrono::NaiveDate;
use devices::id_reader::{IdCard, IdCardKind, Sex, ValidTo};

/// A photo of our printed form, ticked and signed by hand.
pub const SIGNED_APPLICATION_JPEG: &[u8] =
    include_bytes!("../../paper/tests/photos/signed_application.jpg");

/// A card to lay on the reader, and what the page says of it.
pub struct Person {
    /// Why this card is interesting.
    pub note: &'static str,
    /// What the card says.
    pub card: IdCard,
}

/// The cards in the order of the page.
pub fn all() -> Vec<Person> {
    vec![
        person(
            "签了样张申请书的人",
            "王建国",
            Sex::Male,
            1,
            (1880, 1, 1),
            "山西省长子县石哲镇某某村12号",
            "140428188001010013",
        ),
        person(
            "他的妻子",
            "李秀英",
            Sex::Female,
            1,
            (1880, 2, 29),
            "山西省长子县石哲镇某某村12号",
            "140428188002290029",
        ),
        person(
            "名字里有生僻字，号码末位是 X",
            "欧阳㛃䶮𬭎",
            Sex::Male,
            3,
            (1883, 3, 3),
            "山西省长子县色头镇示例村3号",
            "14042818830303001X",
        ),
        person(
            "坏卡：号码的校验位不对",
            "赵示例",
            Sex::Male,
            1,
            (1880, 1, 1),
            "山西省长子县宋村镇示例村4号",
            "140428188001010014",
        ),
    ]
}

fn person(
    note: &'static str,
    name: &str,
    sex: Sex,
    nation_code: u8,
    (year, month, day): (i32, u32, u32),
    address: &str,
    number: &str,
) -> Person {
    let birth = NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    Person {
        note,
        card: IdCard {
            kind: IdCardKind::Resident,
            name: name.to_owned(),
            sex,
            nation_code: Some(nation_code),
            birth,
            address: address.to_owned(),
            number: number.to_owned(),
            issuer: "示例公安局".to_owned(),
            valid_from: NaiveDate::from_ymd_opt(2020, 1, 1),
            valid_to: ValidTo::LongTerm,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relief::IdNumber;

    #[test]
    fn only_the_card_that_says_so_has_a_wrong_number() {
        for person in all() {
            let parsed = IdNumber::parse(&person.card.number);
            assert_eq!(
                parsed.is_ok(),
                !person.note.contains("坏卡"),
                "{}",
                person.note
            );
        }
    }

    #[test]
    fn sex_and_birth_agree_with_the_number() {
        for person in all() {
            let Ok(number) = IdNumber::parse(&person.card.number) else {
                continue;
            };
            assert_eq!(number.birth(), person.card.birth, "{}", person.note);
            assert_eq!(
                number.sex() == relief::Sex::Male,
                person.card.sex == Sex::Male,
                "{}",
                person.note
            );
        }
    }

    #[test]
    fn every_card_fits_its_text_block() {
        for person in all() {
            assert!(
                devices::simulated::text_block(&person.card).is_ok(),
                "{}",
                person.note
            );
        }
    }
}
