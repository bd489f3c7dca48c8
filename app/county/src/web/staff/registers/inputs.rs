//! What stands in a form, and what staff filled in.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use maud::{Markup, html};
use relief::{
    EventId, Fen, FocusItem, IdNumber, ListCode, ListName, Month, PersonEntry, PersonName, Phone,
    Place, Rulebook, Words,
};

use crate::County;

/// One question of a form.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) kind: Kind,
    pub(super) needed: bool,
}

/// What an answer is.
pub(super) enum Kind {
    Line,
    Text,
    Day,
    Month,
    Yuan,
    Number,
    YesNo,
    /// Names with 、 between them.
    Names,
    /// People, one a line: name, then the identity number if there is one, then 残疾 if so.
    People,
    List(ListName),
    Focus,
    Township,
    NearRelative,
    /// One of these, by its place.
    OneOf(Vec<&'static str>),
}

impl Field {
    pub(super) const fn needed(name: &'static str, label: &'static str, kind: Kind) -> Self {
        Self {
            name,
            label,
            kind,
            needed: true,
        }
    }

    pub(super) const fn optional(name: &'static str, label: &'static str, kind: Kind) -> Self {
        Self {
            name,
            label,
            kind,
            needed: false,
        }
    }

    /// The question with what was filled in.
    pub(super) fn markup(&self, filled: &str, book: &Rulebook) -> Markup {
        let options: Vec<(String, String)> = match &self.kind {
            Kind::List(name) => {
                let list = book.lists.list(*name).iter();
                list.map(|row| (row.code.0.to_string(), row.title.clone()))
                    .collect()
            }
            Kind::Focus => {
                let items = book.lists.focus_items().iter();
                items
                    .map(|row| (row.code.0.to_string(), row.title.clone()))
                    .collect()
            }
            Kind::Township => book
                .codes
                .open_townships()
                .map(|one| (one.code.clone(), one.name.clone()))
                .collect(),
            Kind::NearRelative => {
                let kinds = book.codes.near_relatives().iter();
                kinds
                    .map(|row| (row.code.0.to_string(), row.title.clone()))
                    .collect()
            }
            Kind::OneOf(titles) => (0..)
                .zip(titles)
                .map(|(at, title): (usize, _)| (at.to_string(), (*title).to_owned()))
                .collect(),
            Kind::YesNo => vec![
                ("1".to_owned(), "是".to_owned()),
                ("0".to_owned(), "否".to_owned()),
            ],
            _ => Vec::new(),
        };
        let hint = match self.kind {
            Kind::Day => "如 2026-04-10",
            Kind::Month => "如 2026-04",
            Kind::Yuan => "元",
            Kind::Names => "几个人用、隔开",
            Kind::People => "一人一行：姓名 身份证号，有残疾证的再写 残疾；户主在前",
            _ => "",
        };
        html! {
            label {
                (self.label) @if !hint.is_empty() { "（" (hint) "）" }
                @if !options.is_empty() {
                    select name=(self.name) required[self.needed] {
                        @if !self.needed { option value="" { "—" } }
                        @for (value, title) in &options {
                            option value=(value) selected[filled == value] { (title) }
                        }
                    }
                } @else if matches!(self.kind, Kind::Text | Kind::People) {
                    textarea name=(self.name) rows="4" required[self.needed] { (filled) }
                } @else {
                    input type="text" name=(self.name) value=(filled) required[self.needed];
                }
            }
        }
    }
}

/// What was filled in, by the names of the questions.
pub(super) struct Inputs<'i> {
    pub(super) filled: &'i BTreeMap<String, String>,
    pub(super) county: &'i County,
}

/// An answer cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wrong(pub(super) &'static str);

type Read<T> = Result<T, Wrong>;

impl Inputs<'_> {
    pub(super) fn line(&self, name: &str) -> &str {
        self.filled.get(name).map_or("", |text| text.trim())
    }

    fn read<T>(&self, name: &'static str, read: impl FnOnce(&str) -> Option<T>) -> Read<T> {
        read(self.line(name)).ok_or(Wrong(name))
    }

    fn maybe<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Read<Option<T>> {
        match self.line(name) {
            "" => Ok(None),
            text => read(text).map(Some).ok_or(Wrong(name)),
        }
    }

    pub(super) fn words(&self, name: &'static str) -> Read<Words> {
        self.read(name, |text| Words::parse(text).ok())
    }

    pub(super) fn day(&self, name: &'static str) -> Read<NaiveDate> {
        self.read(name, |text| text.parse().ok())
    }

    pub(super) fn maybe_day(&self, name: &'static str) -> Read<Option<NaiveDate>> {
        self.maybe(name, |text| text.parse().ok())
    }

    pub(super) fn month(&self, name: &'static str) -> Read<Month> {
        self.read(name, |text| text.parse().ok())
    }

    pub(super) fn maybe_month(&self, name: &'static str) -> Read<Option<Month>> {
        self.maybe(name, |text| text.parse().ok())
    }

    pub(super) fn yuan(&self, name: &'static str) -> Read<Fen> {
        self.maybe_yuan(name).map(Option::unwrap_or_default)
    }

    pub(super) fn maybe_yuan(&self, name: &'static str) -> Read<Option<Fen>> {
        self.maybe(name, |text| text.parse().ok())
    }

    pub(super) fn number<T: std::str::FromStr>(&self, name: &'static str) -> Read<T> {
        self.read(name, |text| text.parse().ok())
    }

    pub(super) fn yes(&self, name: &str) -> bool {
        self.line(name) == "1"
    }

    pub(super) fn name(&self, name: &'static str) -> Read<PersonName> {
        self.read(name, |text| PersonName::parse(text).ok())
    }

    pub(super) fn maybe_name(&self, name: &'static str) -> Read<Option<PersonName>> {
        self.maybe(name, |text| PersonName::parse(text).ok())
    }

    pub(super) fn names(&self, name: &'static str) -> Read<Vec<PersonName>> {
        let names = self
            .line(name)
            .split(['、', ',', '，', ';', '；'])
            .filter(|part| !part.trim().is_empty());
        names
            .map(|part| PersonName::parse(part).map_err(|_| Wrong(name)))
            .collect()
    }

    pub(super) fn phone(&self, name: &'static str) -> Read<Option<Phone>> {
        self.maybe(name, |text| Phone::parse(text).ok())
    }

    pub(super) fn list(&self, name: &'static str) -> Read<ListCode> {
        self.number(name).map(ListCode)
    }

    pub(super) fn focus(&self, name: &'static str) -> Read<FocusItem> {
        self.number(name).map(FocusItem)
    }

    /// One of `all`, by its place.
    pub(super) fn one_of<T: Copy>(&self, name: &'static str, all: &[T]) -> Read<T> {
        let at: usize = self.number(name)?;
        all.get(at).copied().ok_or(Wrong(name))
    }

    /// The event that the form is about.
    pub(super) fn of(&self) -> Read<EventId> {
        self.event("of")
    }

    pub(super) fn event(&self, name: &'static str) -> Read<EventId> {
        self.number(name).map(EventId)
    }

    pub(super) fn maybe_event(&self, name: &'static str) -> Read<Option<EventId>> {
        self.maybe(name, |text| text.parse().ok().map(EventId))
    }

    /// The township chosen, and the code of the village typed beside it.
    pub(super) fn place(&self) -> Read<Place> {
        let village = self.line("village");
        if !village.bytes().all(|byte| byte.is_ascii_digit()) || 20 < village.len() {
            return Err(Wrong("village"));
        }
        Ok(Place {
            township: self.line("township").to_owned(),
            village: village.to_owned(),
        })
    }

    /// The one person of the form.
    pub(super) fn person(&self, name: &'static str) -> Read<PersonEntry> {
        let mut people = self.people(name)?;
        match people.len() {
            1 => Ok(people.remove(0).0),
            _ => Err(Wrong(name)),
        }
    }

    /// People and whether they are disabled, one a line.
    pub(super) fn people(&self, name: &'static str) -> Read<Vec<(PersonEntry, bool)>> {
        let lines = self
            .line(name)
            .lines()
            .filter(|line| !line.trim().is_empty());
        lines
            .map(|line| self.person_of(line).ok_or(Wrong(name)))
            .collect()
    }

    fn person_of(&self, line: &str) -> Option<(PersonEntry, bool)> {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let disabled = words.last() == Some(&"残疾");
        if disabled {
            words.pop();
        }
        // A number is digits; whatever stands before it is the name, which may have spaces of its own.
        let number = match words.last() {
            Some(last) if last.starts_with(|c: char| c.is_numeric()) => {
                Some(IdNumber::parse(words.pop()?).ok()?)
            }
            _ => None,
        };
        let entry = PersonEntry {
            id_number: number,
            key: number.map(|number| self.county.person_key(&number)),
            ..PersonEntry::named(PersonName::parse(&words.join(" ")).ok()?)
        };
        Some((entry, disabled))
    }
}
