//! Another office's list of people as a sheet: deaths, committals, new certificates, people under watch.

use chrono::NaiveDate;

use crate::id_number::IdNumber;
use crate::name::PersonName;
use crate::sheet::{CellFault, Head, Sheet, SheetError};

const NAME: Head = &["姓名", "死者姓名", "人员姓名"];
const ID_NUMBER: Head = &["身份证号", "身份证号码", "证件号码", "公民身份号码"];
const DAY: Head = &[
    "日期",
    "死亡日期",
    "死亡时间",
    "收监日期",
    "收监时间",
    "羁押日期",
    "认定日期",
    "认定时间",
    "发证日期",
];

/// A row as the other office wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListLine {
    /// The row of the sheet, from 1.
    pub row: usize,
    /// Who.
    pub name: PersonName,
    /// Their identity number, without which nobody is matched.
    pub id_number: IdNumber,
    /// The day of what happened.
    pub happened: NaiveDate,
}

/// Reads such a sheet: rows of cells as they stand in it, the heads of the columns among the first rows.
///
/// # Errors
///
/// [`SheetError`] with the first row and column that cannot be read.
pub fn read_list_file(rows: &[Vec<String>]) -> Result<Vec<ListLine>, SheetError> {
    let sheet = Sheet::find(rows, &[NAME, ID_NUMBER, DAY], &[])?;
    sheet
        .rows()
        .map(|row| {
            Ok(ListLine {
                row: row.number(),
                name: row.name(NAME)?,
                id_number: row.read(ID_NUMBER, |text| {
                    IdNumber::parse(text).map_err(CellFault::from)
                })?,
                happened: row.day(DAY)?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_deaths_is_read_and_a_number_that_is_none_is_named() {
        let rows = |number: &str| {
            [
                ["姓名", "身份证号码", "死亡时间"],
                ["张三", number, "2026年4月15日"],
            ]
            .map(|row| row.map(str::to_owned).to_vec())
        };
        let lines = read_list_file(&rows("14042818830303001X")).unwrap();
        assert_eq!(lines[0].happened, "2026-04-15".parse().unwrap());
        let wrong = read_list_file(&rows("140428188001010014"));
        assert!(
            matches!(
                wrong,
                Err(SheetError::Cell {
                    row: 2,
                    head: "身份证号",
                    fault: CellFault::IdNumber(_)
                })
            ),
            "{wrong:?}"
        );
    }
}
