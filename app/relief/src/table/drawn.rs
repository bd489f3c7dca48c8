//! A table drawn from the registers, and its checks.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::definition::{Check, Compare, TableDefinition};
use super::figure::{Figure, Tally, Value};
use super::rows;
use crate::registers::Registers;

/// What a table is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// First day of the time that it reports.
    pub from: NaiveDate,
    /// Last day of it.
    pub to: NaiveDate,
    /// Code of one township; `None`: all of the county.
    pub township: Option<String>,
}

impl Scope {
    /// Whether `day` is in the time.
    #[must_use]
    pub fn has(&self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }

    /// Whether something of this township belongs to it.
    #[must_use]
    pub fn covers(&self, township: &str) -> bool {
        self.township.as_ref().is_none_or(|one| one == township)
    }
}

/// A row: its figures by their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnRow {
    pub(super) figures: BTreeMap<&'static str, Figure>,
}

impl DrawnRow {
    pub(super) fn new(figures: impl IntoIterator<Item = (&'static str, Figure)>) -> Self {
        Self {
            figures: figures.into_iter().collect(),
        }
    }

    /// The figure of this name.
    #[must_use]
    pub fn get(&self, figure: &str) -> Option<&Figure> {
        self.figures.get(figure)
    }

    /// The number behind a figure, nothing if it has none.
    fn number(&self, figure: &str) -> Option<i64> {
        self.get(figure).and_then(|figure| figure.value.number())
    }
}

/// A check that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The row, from 0; `None`: the last one, which sums up.
    pub row: Option<usize>,
    /// What does not hold, in plain Chinese.
    pub title: String,
    /// What the one side comes to: a number, fen, or days since 1970.
    pub left: i64,
    /// And the other.
    pub right: i64,
}

/// A table with its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Which.
    pub definition: TableDefinition,
    /// About what.
    pub scope: Scope,
    /// The day by whose end everything in it was known.
    pub known_on: NaiveDate,
    /// The rows.
    pub rows: Vec<DrawnRow>,
    /// The last row (合计): what adds up, counted over everything rather than row by row.
    pub total: DrawnRow,
    /// The checks that do not hold.
    pub broken: Vec<Broken>,
}

/// Draws a table from what is known.
///
/// The last row is counted apart from the others where the figures allow it, so that the check that rows add up to it is
/// one.
#[must_use]
pub fn draw(definition: &TableDefinition, scope: &Scope, registers: &Registers<'_>) -> Drawn {
    let (rows, total) = rows::of(definition.rows, scope, registers);
    let total = total.unwrap_or_else(|| summed(&rows));
    let broken = broken(definition, &rows, &total);
    Drawn {
        definition: definition.clone(),
        scope: scope.clone(),
        known_on: registers.log.day(),
        rows,
        total,
        broken,
    }
}

/// What adds up, added up.
fn summed(rows: &[DrawnRow]) -> DrawnRow {
    let mut sums: BTreeMap<&'static str, (bool, Tally)> = BTreeMap::new();
    for row in rows {
        for (name, figure) in &row.figures {
            if let (true, Some(number)) = (figure.value.adds_up(), figure.value.number()) {
                let money = matches!(figure.value, Value::Money(_));
                let (is_money, tally) = sums.entry(name).or_default();
                *is_money |= money;
                tally.add_all(number, figure.sources.iter().copied());
            }
        }
    }
    DrawnRow::new(sums.into_iter().map(|(name, (money, tally))| {
        let figure = if money { tally.money() } else { tally.count() };
        (name, figure)
    }))
}

fn broken(definition: &TableDefinition, rows: &[DrawnRow], total: &DrawnRow) -> Vec<Broken> {
    let mut broken = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        broken.extend(
            definition
                .check
                .iter()
                .filter_map(|check| fails(check, row, Some(index))),
        );
    }
    broken.extend(
        definition
            .check
            .iter()
            .filter_map(|check| fails(check, total, None)),
    );
    for (name, figure) in &total.figures {
        if !figure.value.adds_up() {
            continue;
        }
        let left: i64 = rows.iter().filter_map(|row| row.number(name)).sum();
        let right = figure.value.number().unwrap_or(0);
        if left != right {
            let column = definition
                .column
                .iter()
                .find(|column| column.figure.as_deref() == Some(name));
            let title = column.map_or(*name, |column| column.title.as_str());
            broken.push(Broken {
                row: None,
                title: format!("各行“{title}”相加等于合计"),
                left,
                right,
            });
        }
    }
    broken
}

fn fails(check: &Check, row: &DrawnRow, index: Option<usize>) -> Option<Broken> {
    // An empty cell is nothing in a sum of numbers, and no answer where there is a day to compare.
    let side = |names: &[String]| -> Option<i64> {
        let is_dated = |name: &String| {
            row.get(name)
                .is_some_and(|figure| matches!(figure.value, Value::Day(_) | Value::Month(_)))
        };
        let dated = check.sum.iter().chain(&check.of).any(is_dated);
        let numbers: Vec<Option<i64>> = names.iter().map(|name| row.number(name)).collect();
        if numbers.iter().all(Option::is_none) || (dated && numbers.iter().any(Option::is_none)) {
            return None;
        }
        Some(numbers.into_iter().flatten().sum())
    };
    let (left, right) = (side(&check.sum)?, side(&check.of)?);
    let holds = match check.is {
        Compare::Equals => left == right,
        Compare::AtMost => left <= right,
    };
    (!holds).then(|| Broken {
        row: index,
        title: check.title.clone(),
        left,
        right,
    })
}
