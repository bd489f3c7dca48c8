//! Records of people who do not exist, with identity numbers of the nineteenth century.

use chrono::{Days, NaiveDate};
use relief::{
    Application, Attachment, AttachmentKind, BoxState, Codes, Consent, ConsentKind, IdNumber, Kept,
    KioskTime, Member, NearRelative, PageBoxes, Person, PersonName, Phone, ReasonCode, SchemeId,
    Schemes, SlipNumber,
};

use crate::dice::Dice;
use crate::words::{
    FAMILY_NAMES, GIVEN_CHARACTERS, HELD_OUT_PHRASES, STREETS, TRAINING_PHRASES,
    VILLAGE_CHARACTERS, VILLAGE_ENDINGS,
};

/// The form whose boxes the records hold.
const FORM_TOML: &str = include_str!("../../../../assets/forms/dibao_application.toml");
/// Characters by pinyin, the commonest of each syllable first.
const PINYIN: &str = include_str!("../../../../assets/i18n/pinyin.txt");
/// How many of each syllable are taken for names and texts of any characters.
const OF_EACH_SYLLABLE: usize = 8;
/// Media type of both scans of a page.
const SCAN_MEDIA: &str = "image/x-mingbai-bilevel";
/// Characters of a reason in one's own words; the last phrase may go beyond.
const REASON_CHARS: usize = 30;
/// Characters of an address where all of them are drawn one by one.
const ADDRESS_CHARS: usize = 25;
/// Births of nobody who lives.
const FIRST_BIRTH: NaiveDate = NaiveDate::from_ymd_opt(1820, 1, 1).expect("a day");
const BIRTH_DAYS: u64 = 79 * 365;
/// 2026-11-23 in China, Unix milliseconds; records are of the five years after it.
const FROM_MS: i64 = 1_795_363_200_000;
const FIVE_YEARS_MS: u64 = 5 * 365 * 24 * 3600 * 1000;
/// How long a kiosk may have run, and how old a county's time may be that it heard.
const BOOT_MS: u64 = 20 * 24 * 3600 * 1000;
const HEARD_BEFORE_MS: u64 = 3 * 3600 * 1000;

/// Whose words the people use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    /// The common characters and the phrases of the training.
    Training,
    /// Other phrases, and names and villages of any characters.
    HeldOut,
    /// Nothing but characters drawn one by one: no text is worse to pack.
    AnyCharacters,
}

/// What a record has in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// People in the household, the applicant among them.
    pub(crate) people: usize,
    /// Whether a signed page was read: its boxes, and the hashes of its two scans.
    pub(crate) paper: bool,
    /// Whether a near relative among the staff is named.
    pub(crate) near_relative: bool,
}

/// Invents records, the same for the same seed.
pub(crate) struct Inventor {
    dice: Dice,
    words: Words,
    codes: Codes,
    schemes: Schemes,
    family_names: Vec<char>,
    given_characters: Vec<char>,
    village_characters: Vec<char>,
    any_characters: Vec<char>,
    box_count: usize,
}

impl Inventor {
    /// An inventor whose people use `words`.
    pub(crate) fn new(seed: u64, words: Words) -> Self {
        let syllables = PINYIN.lines().filter_map(|line| line.split_once(' '));
        Self {
            dice: Dice::new(seed),
            words,
            codes: relief::builtin::codes(),
            schemes: relief::builtin::schemes(),
            family_names: FAMILY_NAMES.chars().collect(),
            given_characters: GIVEN_CHARACTERS.chars().collect(),
            village_characters: VILLAGE_CHARACTERS.chars().collect(),
            any_characters: syllables
                .flat_map(|(_, characters)| characters.chars().take(OF_EACH_SYLLABLE))
                .collect(),
            box_count: boxes_of(&toml::Value::Table(
                FORM_TOML.parse().expect("the form is TOML"),
            )),
        }
    }

    /// A record of any shape that occurs.
    pub(crate) fn any_record(&mut self) -> Kept<Application> {
        let shape = Shape {
            people: 1 + self.dice.below(6) as usize,
            paper: self.dice.one_in(2),
            near_relative: self.dice.one_in(8),
        };
        self.record(shape)
    }

    /// A record of this shape: read from a card, with a telephone, two reasons and some words to them.
    pub(crate) fn record(&mut self, shape: Shape) -> Kept<Application> {
        let (township, township_name) = self.township();
        let submitted = self.submitted();
        let record = Application {
            submission_id: self.dice.bytes(),
            slip_number: self.slip_number(),
            scheme: self.scheme(),
            card_edition: self.edition(),
            submitted: submitted.into(),
            township,
            applicant: self.applicant(&township_name).into(),
            household: (1..shape.people).map(|_| self.member()).collect(),
            reasons: self.reasons(),
            reason_text: self.reason_text(),
            near_relative: self.near_relative(shape.near_relative),
            consents: self.consents(submitted.tick_ms),
            attachments: if shape.paper {
                self.scans()
            } else {
                Vec::new()
            },
            page_answers: Vec::new(),
            status_token_hash: self.dice.bytes(),
            pages: if shape.paper {
                vec![self.boxes()]
            } else {
                Vec::new()
            },
        };
        record.into()
    }

    fn submitted(&mut self) -> KioskTime {
        let tick_ms = self.dice.below(BOOT_MS);
        let wall_ms = FROM_MS + self.dice.below(FIVE_YEARS_MS).cast_signed();
        let heard_before_ms = self.dice.below(HEARD_BEFORE_MS);
        KioskTime {
            boot_id: 1 + self.dice.below(400) as u32,
            tick_ms,
            wall_ms,
            county_ms: Some(wall_ms - heard_before_ms.cast_signed()),
            county_tick_ms: tick_ms.checked_sub(heard_before_ms),
        }
    }

    fn slip_number(&mut self) -> SlipNumber {
        let (kiosk, counter) = (1 + self.dice.below(30), 1 + self.dice.below(30_000));
        SlipNumber::new(140_428, kiosk as u16, counter as u32).expect("parts in range")
    }

    /// Most ask for the subsistence allowance, some for any scheme.
    fn scheme(&mut self) -> SchemeId {
        if self.dice.one_in(3) {
            self.dice.pick(self.schemes.all()).id
        } else {
            SchemeId::DIBAO
        }
    }

    /// The month of an edition; the first one more often than all that may follow.
    fn edition(&mut self) -> String {
        if self.dice.one_in(3) {
            let (year, month) = (2027 + self.dice.below(5), 1 + self.dice.below(12));
            format!("{year}-{month:02}")
        } else {
            "2026-11".to_owned()
        }
    }

    fn township(&mut self) -> (String, String) {
        let open: Vec<_> = self.codes.open_townships().collect();
        let township = self.dice.pick(&open);
        (township.code.clone(), township.name.clone())
    }

    fn applicant(&mut self, township: &str) -> Person {
        let id_number = self.id_number();
        Person {
            name: self.name(),
            sex: id_number.sex(),
            nation_code: Some(1),
            birth: id_number.birth(),
            address: self.address(township),
            id_number: Some(id_number),
            no_number_reason: None,
            phone: Some(self.phone()),
            from_card: true,
        }
    }

    fn member(&mut self) -> Kept<Member> {
        Kept::from(Member {
            name: self.name(),
            relation: self.dice.pick(self.codes.relations()).code,
            id_number: Some(self.id_number()),
            no_number_reason: None,
        })
    }

    fn name(&mut self) -> PersonName {
        // The lesser of two: the commonest names, which stand first, fall most often.
        let names = self.family_names.len() as u64;
        let place = self.dice.below(names).min(self.dice.below(names));
        let mut name = String::from(self.family_names[place as usize]);
        for _ in 0..if self.dice.one_in(4) { 1 } else { 2 } {
            let common = self.words == Words::Training && !self.dice.one_in(4);
            name.push(if common {
                *self.dice.pick(&self.given_characters)
            } else {
                self.any_character()
            });
        }
        PersonName::parse(&name).expect("a name of two or three characters")
    }

    /// Such as `山西省长治市长子县石哲镇东王庄村中街12号`: 18 to 27 characters.
    fn address(&mut self, township: &str) -> String {
        if self.words == Words::AnyCharacters {
            return self.any_text(ADDRESS_CHARS);
        }
        let village: String = (0..2 + self.dice.below(2))
            .map(|_| match self.words {
                Words::Training => *self.dice.pick(&self.village_characters),
                Words::HeldOut | Words::AnyCharacters => self.any_character(),
            })
            .collect();
        let county = if self.dice.one_in(3) {
            "山西省长子县"
        } else {
            "山西省长治市长子县"
        };
        let (ending, street) = (self.dice.pick(VILLAGE_ENDINGS), self.dice.pick(STREETS));
        let house = 1 + self.dice.below(300);
        format!("{county}{township}{village}{ending}{street}{house}号")
    }

    fn id_number(&mut self) -> IdNumber {
        let area = match self.dice.below(6) {
            0 => 110_000 + self.dice.below(540_000),
            1 => 140_400 + self.dice.below(40),
            _ => 140_428,
        };
        let birth = FIRST_BIRTH + Days::new(self.dice.below(BIRTH_DAYS));
        let body = format!(
            "{area}{}{:03}",
            birth.format("%Y%m%d"),
            self.dice.below(1000)
        );
        "0123456789X"
            .chars()
            .find_map(|check| IdNumber::parse(&format!("{body}{check}")).ok())
            .expect("one check digit fits")
    }

    fn phone(&mut self) -> Phone {
        let (second, rest) = (3 + self.dice.below(7), self.dice.below(1_000_000_000));
        Phone::parse(&format!("1{second}{rest:09}")).expect("a mobile number")
    }

    /// Two different ones.
    fn reasons(&mut self) -> Vec<ReasonCode> {
        let mut left: Vec<_> = self.codes.reasons().iter().map(|row| row.code).collect();
        while left.len() > 2 {
            left.remove(self.dice.below(left.len() as u64) as usize);
        }
        left
    }

    fn reason_text(&mut self) -> String {
        let phrases = match self.words {
            Words::Training => TRAINING_PHRASES,
            Words::HeldOut => HELD_OUT_PHRASES,
            Words::AnyCharacters => return self.any_text(REASON_CHARS),
        };
        let mut said = Vec::new();
        let mut chars = 0;
        while chars < REASON_CHARS {
            let phrase = *self.dice.pick(phrases);
            chars += phrase.chars().count() + 1;
            said.push(phrase);
        }
        said.join("，")
    }

    fn near_relative(&mut self, named: bool) -> NearRelative {
        if !named {
            return NearRelative::None;
        }
        NearRelative::Related {
            official_name: self.name(),
            relation: self.dice.pick(self.codes.near_relatives()).code,
        }
    }

    fn consents(&mut self, submitted_tick_ms: u64) -> Vec<Kept<Consent>> {
        let text_edition = self.edition();
        let mut shown_tick_ms = submitted_tick_ms.saturating_sub(self.dice.below(1_200_000));
        [
            ConsentKind::PRIVACY_NOTICE,
            ConsentKind::AUTHORISATION,
            ConsentKind::TRUTH_PROMISE,
        ]
        .map(|kind| {
            shown_tick_ms += self.dice.below(60_000);
            Kept::from(Consent {
                kind,
                text_edition: text_edition.clone(),
                shown_tick_ms,
            })
        })
        .to_vec()
    }

    fn scans(&mut self) -> Vec<Kept<Attachment>> {
        [
            (AttachmentKind::FORM_INK, 3_000, 12_000),
            (AttachmentKind::FORM_PICTURE, 20_000, 60_000),
        ]
        .map(|(kind, least, more)| {
            Kept::from(Attachment {
                hash: self.dice.bytes(),
                kind,
                media: SCAN_MEDIA.to_owned(),
                len: least + self.dice.below(more) as u32,
            })
        })
        .to_vec()
    }

    /// A page of some edition of the form, as if it had changed many times.
    fn boxes(&mut self) -> Kept<PageBoxes> {
        let [a, b, c, d] = self.dice.bytes();
        Kept::from(PageBoxes {
            form: "dibao_application".to_owned(),
            edition: format!("{:08X}", u32::from_be_bytes([a, b, c, d])),
            page: 1,
            states: (0..self.box_count)
                .map(|_| match self.dice.below(20) {
                    0 => BoxState::Unsure,
                    1..8 => BoxState::Marked,
                    _ => BoxState::Clear,
                })
                .collect(),
        })
    }

    fn any_text(&mut self, chars: usize) -> String {
        (0..chars).map(|_| self.any_character()).collect()
    }

    fn any_character(&mut self) -> char {
        *self.dice.pick(&self.any_characters)
    }
}

/// How many boxes a form's definition has: the options of its ticks, its signatures and its fingerprints.
fn boxes_of(definition: &toml::Value) -> usize {
    match definition {
        toml::Value::Table(table) => {
            let kind = table.get("kind").and_then(toml::Value::as_str);
            match (kind, table.get("options")) {
                (Some("ticks"), Some(toml::Value::Array(options))) => options.len(),
                (Some("signature" | "fingerprint"), _) => 1,
                _ => table.values().map(boxes_of).sum(),
            }
        }
        toml::Value::Array(values) => values.iter().map(boxes_of).sum(),
        _ => 0,
    }
}
