//! A figure and where it comes from.

use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDate;

use crate::county_event::Source;
use crate::fen::Fen;
use crate::id_number::IdNumber;
use crate::month::Month;
use crate::name::PersonName;

/// What stands in a cell.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing is known or asked.
    Empty,
    /// A number of things; rows add up.
    Count(i64),
    /// Money; rows add up.
    Money(Fen),
    /// A part of a whole, such as what share is rectified.
    Share {
        /// How many of them.
        part: i64,
        /// How many there are.
        whole: i64,
    },
    /// A day.
    Day(NaiveDate),
    /// A month.
    Month(Month),
    /// Yes or no.
    YesNo(bool),
    /// Words.
    Text(String),
    /// A person's name.
    Name(PersonName),
    /// An identity number: masked for whoever has no reason to see it whole.
    IdNumber(IdNumber),
}

impl Value {
    /// The number by which a check compares it; `None` if it has none.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Count(count) => Some(*count),
            Self::Money(amount) => Some(amount.0),
            Self::Day(day) => Some(i64::from(day.to_epoch_days())),
            Self::Month(month) => Some(i64::from(month.first_day().to_epoch_days())),
            Self::Empty
            | Self::Share { .. }
            | Self::YesNo(_)
            | Self::Text(_)
            | Self::Name(_)
            | Self::IdNumber(_) => None,
        }
    }

    /// Whether the figures of rows add up to the one of all.
    #[must_use]
    pub const fn adds_up(&self) -> bool {
        matches!(self, Self::Count(_) | Self::Money(_))
    }

    /// As it is written in a cell, an identity number masked.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Count(count) => count.to_string(),
            Self::Money(amount) => amount.to_string(),
            Self::Share { whole: 0, .. } => "—".to_owned(),
            Self::Share { part, whole } => {
                let permille = part * 1000 / whole;
                format!("{}.{}%", permille / 10, permille % 10)
            }
            Self::Day(day) => day.to_string(),
            Self::Month(month) => month.to_string(),
            Self::YesNo(true) => "是".to_owned(),
            Self::YesNo(false) => "否".to_owned(),
            Self::Text(text) => text.clone(),
            Self::Name(name) => name.as_str().to_owned(),
            Self::IdNumber(number) => number.masked(),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) | Self::Name(_) | Self::IdNumber(_) => f.write_str("Value(hidden)"),
            _ => f.write_str(&self.words()),
        }
    }
}

/// A value, and the events that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// What stands in the cell.
    pub value: Value,
    /// The events or lines behind it, each once.
    pub sources: BTreeSet<Source>,
}

impl Figure {
    /// A value that comes from these.
    pub(super) fn new(value: Value, sources: impl IntoIterator<Item = impl Into<Source>>) -> Self {
        Self {
            value,
            sources: sources.into_iter().map(Into::into).collect(),
        }
    }

    /// Nothing.
    pub(super) const fn empty() -> Self {
        Self {
            value: Value::Empty,
            sources: BTreeSet::new(),
        }
    }

    /// Words that come from no event: what a row is about.
    pub(super) fn heading(text: impl Into<String>) -> Self {
        Self {
            value: Value::Text(text.into()),
            sources: BTreeSet::new(),
        }
    }

    /// What `some` says with its source, or nothing.
    pub(super) fn maybe<S: Into<Source>>(some: Option<(Value, S)>) -> Self {
        some.map_or_else(Self::empty, |(value, source)| Self::new(value, [source]))
    }
}

/// A number that is counted up together with what it comes from.
#[derive(Debug, Default)]
pub(super) struct Tally {
    sum: i64,
    sources: BTreeSet<Source>,
}

impl Tally {
    pub(super) fn add(&mut self, number: impl Into<i64>, source: impl Into<Source>) {
        self.sum = self.sum.saturating_add(number.into());
        self.sources.insert(source.into());
    }

    pub(super) fn add_all(
        &mut self,
        number: impl Into<i64>,
        sources: impl IntoIterator<Item = Source>,
    ) {
        self.sum = self.sum.saturating_add(number.into());
        self.sources.extend(sources);
    }

    pub(super) const fn sum(&self) -> i64 {
        self.sum
    }

    pub(super) fn count(self) -> Figure {
        Figure {
            value: Value::Count(self.sum),
            sources: self.sources,
        }
    }

    pub(super) fn money(self) -> Figure {
        Figure {
            value: Value::Money(Fen(self.sum)),
            sources: self.sources,
        }
    }
}

impl From<Fen> for i64 {
    fn from(amount: Fen) -> Self {
        amount.0
    }
}
