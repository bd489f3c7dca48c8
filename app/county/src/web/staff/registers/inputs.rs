//! What stands in a form, and what staff filled in.

use std::{borrow::Cow, collections::BTreeMap};

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
    /// Numbers with 、 between them.
    Numbers,
    YesNo,
    /// Names with 、 between them.
    Names,
    /// Somebody: name, then the identity number if there is one.
    Person,
    /// People, one a line: as above, then 残疾 if so.
    People,
    List(ListName),
    Focus,
    Township,
    NearRelative,
    /// One of these, by its place.
    OneOf(Vec<&'static str>),
    /// These questions of each of several.
    Rows(Vec<Field>),
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
    pub(super) fn markup(&self, inputs: &Inputs<'_>) -> Markup {
        if let Kind::Rows(fields) = &self.kind {
            return self.rows(fields, inputs);
        }
        let filled = inputs.line(self.name);
        let name = inputs.sent_name(self.name);
        let options = self.options(inputs.county.rulebook());
        let hint = match self.kind {
            Kind::Day => "如 2026-04-10",
            Kind::Month => "如 2026-04",
            Kind::Yuan => "元",
            Kind::Names => "几个人用、隔开",
            Kind::Numbers => "几个数用、隔开",
            Kind::Person => "姓名 身份证号",
            Kind::People => "一人一行：姓名 身份证号，有残疾证的再写 残疾；户主在前",
            _ => "",
        };
        html! {
            label {
                (self.label) @if !hint.is_empty() { "（" (hint) "）" }
                @if !options.is_empty() {
                    select name=(name) required[self.needed] {
                        @if !self.needed { option value="" { "—" } }
                        @for (value, title) in &options {
                            option value=(value) selected[filled == value] { (title) }
                        }
                    }
                } @else if matches!(self.kind, Kind::Text | Kind::People) {
                    textarea name=(name) rows="4" required[self.needed] { (filled) }
                } @else {
                    input type="text" name=(name) value=(filled) required[self.needed];
                }
            }
        }
    }

    /// Values and titles of what is chosen from.
    fn options(&self, book: &Rulebook) -> Vec<(String, String)> {
        match &self.kind {
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
        }
    }

    /// As many rows as were shown before or are filled in, and a way to more.
    fn rows(&self, fields: &[Self], inputs: &Inputs<'_>) -> Markup {
        let shown = inputs
            .rows_shown(self.name)
            .max(inputs.last_row(fields))
            .max(MORE_ROWS);
        html! {
            p { (self.label) }
            @for row in (1..=shown).map(|row| inputs.in_row(row)) {
                fieldset {
                    legend { "第" (row.row.unwrap_or_default()) "条" }
                    @for field in fields { (field.markup(&row)) }
                }
            }
            @if shown < ROWS_MAX {
                input type="hidden" name=(self.name) value=(shown);
                p { button.plain name=(MORE) value=(self.name) formnovalidate { "再加" (MORE_ROWS) "条" } }
            }
        }
    }
}

/// Rows that are shown at first and are added at once.
const MORE_ROWS: usize = 3;

/// Rows of one form.
const ROWS_MAX: usize = 150;

/// What is sent instead of the whole form, beside its answers, by who needs more rows: the name of their question.
const MORE: &str = "more";

/// Whether more rows were asked for, rather than the form sent; they are shown from now on.
pub(super) fn more_rows(filled: &mut BTreeMap<String, String>) -> bool {
    let Some(name) = filled.remove(MORE) else {
        return false;
    };
    let shown = filled.get(&name).and_then(|shown| shown.parse().ok());
    let shown = shown.unwrap_or(0_usize).saturating_add(MORE_ROWS);
    filled.insert(name, shown.to_string());
    true
}

/// What was filled in, by the names of the questions.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'i> {
    filled: &'i BTreeMap<String, String>,
    county: &'i County,
    /// The row that is read; `None`: what is asked once.
    row: Option<usize>,
}

/// An answer cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The question.
    pub(super) name: &'static str,
    /// Its row, where it is asked in several.
    pub(super) row: Option<usize>,
}

impl Wrong {
    /// In plain Chinese; `fields` are those of the form.
    pub(super) fn words(self, fields: &[Field]) -> String {
        let label = fields.iter().find_map(|field| match &field.kind {
            Kind::Rows(fields) if self.row.is_some() => {
                let field = fields.iter().find(|field| field.name == self.name)?;
                Some(field.label)
            }
            _ => (field.name == self.name).then_some(field.label),
        });
        let label = label.unwrap_or(self.name);
        match self.row {
            Some(row) => format!("第{row}条的“{label}”不对。"),
            None => format!("“{label}”不对。"),
        }
    }
}

type Read<T> = Result<T, Wrong>;

impl<'i> Inputs<'i> {
    /// What was filled in of a whole form.
    pub(super) const fn of(filled: &'i BTreeMap<String, String>, county: &'i County) -> Self {
        Self {
            filled,
            county,
            row: None,
        }
    }

    const fn in_row(self, row: usize) -> Self {
        Self {
            row: Some(row),
            ..self
        }
    }

    /// The rows in which any of these questions is answered.
    pub(super) fn rows<'f>(self, fields: &'f [Field]) -> impl Iterator<Item = Self> + use<'i, 'f> {
        let rows = (1..=self.last_row(fields)).map(move |row| self.in_row(row));
        rows.filter(|row| fields.iter().any(|field| !row.line(field.name).is_empty()))
    }

    /// The last row in which any of these questions is answered; 0 if there is none.
    fn last_row(&self, fields: &[Field]) -> usize {
        let row_of = |name: &str| {
            let row = fields.iter().find_map(|field| {
                let row = name.strip_prefix(field.name)?.strip_prefix('-')?;
                row.parse().ok()
            });
            row.filter(|row| *row <= ROWS_MAX)
        };
        let answered = self
            .filled
            .iter()
            .filter(|(_, text)| !text.trim().is_empty());
        answered
            .filter_map(|(name, _)| row_of(name))
            .max()
            .unwrap_or(0)
    }

    fn rows_shown(&self, name: &'static str) -> usize {
        self.line(name).parse().unwrap_or(0).min(ROWS_MAX)
    }

    /// The name under which the answer to this question is sent.
    fn sent_name(&self, name: &'static str) -> Cow<'static, str> {
        match self.row {
            Some(row) => format!("{name}-{row}").into(),
            None => name.into(),
        }
    }

    pub(super) fn line(&self, name: &'static str) -> &'i str {
        let text = self.filled.get(&*self.sent_name(name));
        text.map_or("", |text| text.trim())
    }

    /// That the answer to this question cannot be read.
    pub(super) const fn wrong(&self, name: &'static str) -> Wrong {
        Wrong {
            name,
            row: self.row,
        }
    }

    fn read<T>(&self, name: &'static str, read: impl FnOnce(&str) -> Option<T>) -> Read<T> {
        read(self.line(name)).ok_or(self.wrong(name))
    }

    fn maybe<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Read<Option<T>> {
        match self.line(name) {
            "" => Ok(None),
            text => read(text).map(Some).ok_or(self.wrong(name)),
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

    pub(super) fn yes(&self, name: &'static str) -> bool {
        self.line(name) == "1"
    }

    pub(super) fn name(&self, name: &'static str) -> Read<PersonName> {
        self.read(name, |text| PersonName::parse(text).ok())
    }

    pub(super) fn maybe_name(&self, name: &'static str) -> Read<Option<PersonName>> {
        self.maybe(name, |text| PersonName::parse(text).ok())
    }

    fn list_of<T>(&self, name: &'static str, read: impl Fn(&str) -> Option<T>) -> Read<Vec<T>> {
        let parts = self.line(name).split(['、', ',', '，', ';', '；']);
        parts
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| read(part).ok_or(self.wrong(name)))
            .collect()
    }

    pub(super) fn names(&self, name: &'static str) -> Read<Vec<PersonName>> {
        self.list_of(name, |part| PersonName::parse(part).ok())
    }

    /// Places in a list, as people count them, from 0.
    pub(super) fn places_in_list(&self, name: &'static str) -> Read<Vec<u32>> {
        self.list_of(name, place_in_list)
    }

    /// One of them.
    pub(super) fn place_in_list(&self, name: &'static str) -> Read<u32> {
        self.read(name, place_in_list)
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
        all.get(at).copied().ok_or(self.wrong(name))
    }

    /// The event that the form is about.
    pub(super) fn about(&self) -> Read<EventId> {
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
            return Err(self.wrong("village"));
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
            _ => Err(self.wrong(name)),
        }
    }

    /// People and whether they are disabled, one a line.
    pub(super) fn people(&self, name: &'static str) -> Read<Vec<(PersonEntry, bool)>> {
        let lines = self
            .line(name)
            .lines()
            .filter(|line| !line.trim().is_empty());
        lines
            .map(|line| self.person_of(line).ok_or(self.wrong(name)))
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

/// A place in a list as people count it, from 0.
fn place_in_list(text: &str) -> Option<u32> {
    text.parse::<u32>().ok()?.checked_sub(1)
}
