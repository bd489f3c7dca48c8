//! Lists that come from other offices as sheets: rows of cells, columns found by the words above them.

use chrono::{Days, NaiveDate};

use crate::fen::{Fen, FenError};
use crate::id_number::{IdNumber, IdNumberError};
use crate::name::{NameError, PersonName};

/// Rows of one sheet; more than any county's list has.
pub const SHEET_ROWS_MAX: usize = 60_000;
/// Rows that may stand above the heads of the columns: a title, who made it, the date.
const ROWS_BEFORE_HEADS_MAX: usize = 10;

/// Why a sheet was not read; who took it in corrects it and takes it in again. No variant carries a name or number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// No row has all the heads that are needed.
    #[error("no row of the first {ROWS_BEFORE_HEADS_MAX} has the columns {}", heads.join(", "))]
    Heads {
        /// The heads that are needed, one word of each.
        heads: Vec<&'static str>,
    },
    /// More rows than there may be.
    #[error("sheet has {rows} rows, at most {SHEET_ROWS_MAX} are allowed")]
    TooLong {
        /// Rows found.
        rows: usize,
    },
    /// A cell cannot be read.
    #[error("row {row}, column {head}: {fault}")]
    Cell {
        /// The row, from 1, as the sheet numbers it.
        row: usize,
        /// The head of its column.
        head: &'static str,
        /// What is wrong with it.
        fault: CellFault,
    },
}

/// What is wrong with a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CellFault {
    /// It is empty and must not be.
    #[error("cell is empty")]
    Empty,
    /// It is no name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// It is no identity number.
    #[error(transparent)]
    IdNumber(#[from] IdNumberError),
    /// It is no amount.
    #[error(transparent)]
    Amount(#[from] FenError),
    /// It is no day.
    #[error("cell is no day such as 2026-04-10")]
    Day,
    /// It is no such number.
    #[error("cell is no number")]
    Number,
    /// It names no kind of disability of the list.
    #[error("cell names no kind of disability")]
    Disability,
    /// It is no level of disability.
    #[error("cell is no level from 1 to 4")]
    Level,
    /// It is longer than any such text.
    #[error("cell is too long")]
    TooLong,
}

impl CellFault {
    /// In plain Chinese.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Empty => "是空的",
            Self::Name(_) => "不是姓名",
            Self::IdNumber(_) => "身份证号不对",
            Self::Amount(_) => "不是金额",
            Self::Day => "不是日期",
            Self::Number => "不是数",
            Self::Disability => "不是残疾类别：视力、听力、言语、肢体、智力、精神、多重",
            Self::Level => "不是残疾等级：一级到四级",
            Self::TooLong => "太长",
        }
    }
}

/// A column: the words that may stand above it, the first one being its name in errors.
pub(crate) type Head = &'static [&'static str];

/// A sheet whose columns were found.
pub(crate) struct Sheet<'s> {
    rows: &'s [Vec<String>],
    /// For each head asked for, where it stands.
    columns: Vec<(Head, Option<usize>)>,
    first: usize,
}

/// A row of it.
pub(crate) struct SheetRow<'s, 'r> {
    sheet: &'r Sheet<'s>,
    cells: &'s [String],
    /// From 1.
    number: usize,
}

impl<'s> Sheet<'s> {
    /// Finds the columns: `needed` must be there, `other` may be.
    pub(crate) fn find(
        rows: &'s [Vec<String>],
        needed: &[Head],
        other: &[Head],
    ) -> Result<Self, SheetError> {
        if SHEET_ROWS_MAX < rows.len() {
            return Err(SheetError::TooLong { rows: rows.len() });
        }
        let place = |row: &[String], head: Head| {
            let squeezed =
                |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
            row.iter()
                .position(|cell| head.contains(&squeezed(cell).as_str()))
        };
        for (index, row) in rows.iter().take(ROWS_BEFORE_HEADS_MAX).enumerate() {
            if needed.iter().all(|head| place(row, head).is_some()) {
                let columns = needed
                    .iter()
                    .chain(other)
                    .map(|head| (*head, place(row, head)))
                    .collect();
                return Ok(Self {
                    rows,
                    columns,
                    first: index + 1,
                });
            }
        }
        Err(SheetError::Heads {
            heads: needed
                .iter()
                .filter_map(|head| head.first().copied())
                .collect(),
        })
    }

    /// The rows below the heads, without empty ones and those that sum up.
    pub(crate) fn rows<'r>(&'r self) -> impl Iterator<Item = SheetRow<'s, 'r>> {
        let below = self.rows.iter().enumerate().skip(self.first);
        below
            .filter(|(_, cells)| {
                let mut filled = cells
                    .iter()
                    .map(|cell| cell.trim())
                    .filter(|cell| !cell.is_empty());
                filled
                    .next()
                    .is_some_and(|first| !matches!(first, "合计" | "总计" | "小计"))
            })
            .map(|(index, cells)| SheetRow {
                sheet: self,
                cells,
                number: index + 1,
            })
    }
}

impl<'s> SheetRow<'s, '_> {
    /// The row's place in the sheet, from 1.
    pub(crate) const fn number(&self) -> usize {
        self.number
    }

    /// A cell without space around it; empty if its column is not there.
    pub(crate) fn text(&self, head: Head) -> &'s str {
        let column = self.sheet.columns.iter().find(|(one, _)| *one == head);
        let at = column.and_then(|(_, at)| *at);
        at.and_then(|at| self.cells.get(at))
            .map_or("", |cell| cell.trim())
    }

    /// What `read` makes of a cell.
    pub(crate) fn read<T, E: Into<CellFault>>(
        &self,
        head: Head,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, SheetError> {
        let text = self.text(head);
        let fault = match text {
            "" => CellFault::Empty,
            text => match read(text) {
                Ok(value) => return Ok(value),
                Err(fault) => fault.into(),
            },
        };
        Err(SheetError::Cell {
            row: self.number,
            head: head.first().copied().unwrap_or_default(),
            fault,
        })
    }

    pub(crate) fn name(&self, head: Head) -> Result<PersonName, SheetError> {
        self.read(head, PersonName::parse)
    }

    pub(crate) fn amount(&self, head: Head) -> Result<Fen, SheetError> {
        self.read(head, str::parse::<Fen>)
    }

    pub(crate) fn day(&self, head: Head) -> Result<NaiveDate, SheetError> {
        self.read(head, |text| day(text).ok_or(CellFault::Day))
    }

    /// The identity number, if there is one in the cell.
    pub(crate) fn id_number(&self, head: Head) -> Result<Option<IdNumber>, SheetError> {
        if self.text(head).is_empty() {
            return Ok(None);
        }
        self.read(head, IdNumber::parse).map(Some)
    }
}

/// A day as sheets write it: `2026-04-10`, `2026/4/10`, `2026.4.10`, `20260410`, `2026年4月10日`, with or without a time
/// behind it, or the number of days since 1899-12-30 that spreadsheets keep.
fn day(text: &str) -> Option<NaiveDate> {
    let text = text.split(['T', ' ']).next().unwrap_or(text);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let day = if digits(text) && text.len() == 8 {
        NaiveDate::parse_from_str(text, "%Y%m%d").ok()
    } else if digits(text) && text.len() == 5 {
        let days = text.parse().ok()?;
        NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(days))
    } else {
        let text = text.trim_end_matches('日');
        let parts: Vec<&str> = text.split(['-', '/', '.', '年', '月']).collect();
        let [year, month, day] = parts[..] else {
            return None;
        };
        NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }?;
    // Earlier or later is a slip of the finger.
    let sound = NaiveDate::from_ymd_opt(1900, 1, 1)? <= day
        && day <= NaiveDate::from_ymd_opt(2199, 12, 31)?;
    sound.then_some(day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_day_is_read_however_a_sheet_writes_it() {
        for text in [
            "2026-04-10",
            "2026/4/10",
            "2026.4.10",
            "20260410",
            "2026年4月10日",
            "2026-04-10 00:00:00",
            "2026-04-10T08:00:00",
            "46122",
        ] {
            assert_eq!(day(text), NaiveDate::from_ymd_opt(2026, 4, 10), "{text}");
        }
        for text in ["", "4月10日", "2026-02-30", "0026-04-10", "昨天", "2026-04"] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_a_day_or_none_and_never_panics(text: String) {
            let _ = day(&text);
        }
    }
}
