//! Invented people and places.

use chrono::{Datelike, Days, NaiveDate};
use county::County;
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng},
};
use relief::{Codes, IdNumber, PersonEntry, PersonName, Place, Words};

const SURNAMES: &[&str] = &["张", "王", "李", "赵", "刘", "陈", "杨", "郭", "宋", "韩"];
const GIVEN: &[&str] = &[
    "某甲", "某乙", "某丙", "某丁", "某戊", "某己", "某庚", "某辛", "某壬", "某癸",
];

/// Villages of the county.
const VILLAGES: usize = 300;

/// Where all that is drawn comes from.
pub(super) struct Chance(ChaCha20Rng);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.0.next_u64() % bound).unwrap_or(0)
    }

    /// Whether one in so many came up.
    pub(super) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(super) fn of<T: Copy>(&mut self, things: &[T]) -> T {
        things[self.below(things.len())]
    }

    pub(super) fn days_before(&mut self, day: NaiveDate, most: usize) -> NaiveDate {
        let days = u64::try_from(self.below(most + 1)).unwrap_or(0);
        day.checked_sub_days(Days::new(days)).unwrap_or(day)
    }
}

pub(super) fn name(text: &str) -> PersonName {
    PersonName::parse(text).unwrap_or_else(|_| unreachable!("an invented name is a name"))
}

pub(super) fn words(text: &str) -> Words {
    Words::parse(text).unwrap_or_default()
}

/// Makes people who never were.
pub(super) struct People<'c> {
    county: &'c County,
    made: u32,
}

impl<'c> People<'c> {
    pub(super) const fn new(county: &'c County) -> Self {
        Self { county, made: 0 }
    }

    /// Somebody new, of some age. The number that they are matched by is that of nobody alive: its birth lies in the
    /// nineteenth century. It stands in no register; the age does.
    pub(super) fn one(&mut self, chance: &mut Chance) -> PersonEntry {
        let key = loop {
            self.made += 1;
            if let Some(number) = id_number(self.made) {
                break self.county.person_key(&number);
            }
        };
        let years = i32::try_from(chance.below(90)).unwrap_or(0);
        let day = u32::try_from(1 + chance.below(360)).unwrap_or(1);
        PersonEntry {
            key: Some(key),
            birth: NaiveDate::from_yo_opt(2023 - years, day),
            ..PersonEntry::named(name(&format!(
                "{}{}",
                chance.of(SURNAMES),
                chance.of(GIVEN)
            )))
        }
    }
}

/// The `index`-th number with a birth from 1800 on.
fn id_number(index: u32) -> Option<IdNumber> {
    let birth = NaiveDate::from_ymd_opt(1800, 1, 1)?
        .checked_add_days(Days::new((index % 30_000).into()))?;
    let sequence = index / 30_000 + 1;
    let body = format!(
        "140428{:04}{:02}{:02}{sequence:03}",
        birth.year(),
        birth.month(),
        birth.day()
    );
    "0123456789X"
        .chars()
        .find_map(|check| IdNumber::parse(&format!("{body}{check}")).ok())
}

/// The villages, spread over the townships.
pub(super) fn villages(codes: &Codes) -> Vec<Place> {
    let townships: Vec<&str> = codes
        .open_townships()
        .map(|one| one.code.as_str())
        .collect();
    (0..VILLAGES)
        .map(|index| {
            let township = townships[index % townships.len()];
            Place {
                township: township.to_owned(),
                village: format!("{township}{:03}", 200 + index / townships.len()),
            }
        })
        .collect()
}
