//! Another office's list of people as a sheet: deaths, committals, new certificates, people under watch.

use chrono::NaiveDate;

use super::{Disability, SpecialGroup};
use crate::id_number::IdNumber;
use crate::lists::{ListCode, ListName, Lists};
use crate::name::PersonName;
use crate::sheet::{CellFault, Head, Sheet, SheetError, SheetRow};
use crate::words::Words;

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
const DISABILITY: Head = &["残疾类别", "残疾类型", "残疾种类"];
const LEVEL: Head = &["残疾等级", "残疾级别", "等级"];
const CERTIFICATE: Head = &["残疾证号", "残疾人证号"];

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
    /// What their certificate states, on a list of [`SpecialGroup::NewlyDisabled`].
    pub disability: Option<Disability>,
}

/// Reads such a sheet of people of this group: rows of cells as they stand in it, the heads of the columns among the first
/// rows. Kinds of disability are those of `lists`.
///
/// # Errors
///
/// [`SheetError`] with the first row and column that cannot be read.
pub fn read_list_file(
    rows: &[Vec<String>],
    group: SpecialGroup,
    lists: &Lists,
) -> Result<Vec<ListLine>, SheetError> {
    let disabled = group == SpecialGroup::NewlyDisabled;
    let needed: &[Head] = if disabled {
        &[NAME, ID_NUMBER, DAY, DISABILITY, LEVEL]
    } else {
        &[NAME, ID_NUMBER, DAY]
    };
    let sheet = Sheet::find(rows, needed, &[CERTIFICATE])?;
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
                disability: disabled.then(|| disability(&row, lists)).transpose()?,
            })
        })
        .collect()
}

fn disability(row: &SheetRow<'_, '_>, lists: &Lists) -> Result<Disability, SheetError> {
    Ok(Disability {
        kind: row.read(DISABILITY, |text| {
            kind(text, lists).ok_or(CellFault::Disability)
        })?,
        level: row.read(LEVEL, |text| level(text).ok_or(CellFault::Level))?,
        certificate: match row.text(CERTIFICATE) {
            "" => Words::default(),
            _ => row.read(CERTIFICATE, |text| {
                Words::parse(text).map_err(|_| CellFault::TooLong)
            })?,
        },
    })
}

/// The kind of disability that a cell names: `肢体` or `肢体残疾`.
fn kind(text: &str, lists: &Lists) -> Option<ListCode> {
    let title = text.strip_suffix("残疾").unwrap_or(text);
    let mut kinds = lists.list(ListName::Disability).iter();
    kinds.find(|kind| kind.title == title).map(|kind| kind.code)
}

/// The level of disability that a cell names, with or without `级` behind it: 1 to 4.
fn level(text: &str) -> Option<u8> {
    Some(match text.strip_suffix('级').unwrap_or(text) {
        "1" | "一" | "壹" => 1,
        "2" | "二" | "贰" => 2,
        "3" | "三" | "叁" => 3,
        "4" | "四" | "肆" => 4,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin;

    fn sheet<const COLUMNS: usize>(rows: &[[&str; COLUMNS]]) -> Vec<Vec<String>> {
        let row = |row: &[&str; COLUMNS]| row.map(str::to_owned).to_vec();
        rows.iter().map(row).collect()
    }

    fn read(rows: &[Vec<String>], group: SpecialGroup) -> Result<Vec<ListLine>, SheetError> {
        read_list_file(rows, group, &builtin::lists())
    }

    #[test]
    fn a_list_of_deaths_is_read_and_a_number_that_is_none_is_named() {
        let dead = |number| {
            let rows = [
                ["姓名", "身份证号码", "死亡时间"],
                ["张三", number, "2026年4月15日"],
            ];
            read(&sheet(&rows), SpecialGroup::Died)
        };
        let lines = dead("14042818830303001X").unwrap();
        assert_eq!(lines[0].happened, "2026-04-15".parse().unwrap());
        assert_eq!(lines[0].disability, None);
        let wrong = dead("140428188001010014");
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

    #[test]
    fn a_list_of_new_certificates_says_which_disability_of_which_level() {
        let disabled = |kind, level, certificate| {
            let rows = [
                [
                    "姓名",
                    "身份证号",
                    "发证日期",
                    "残疾类别",
                    "残疾等级",
                    "残疾证号",
                ],
                [
                    "张三",
                    "14042818830303001X",
                    "2026-04-15",
                    kind,
                    level,
                    certificate,
                ],
            ];
            read(&sheet(&rows), SpecialGroup::NewlyDisabled)
        };
        let number = "14042818830303001X42";
        for (kind, level, expected) in [
            ("肢体", "2", (4, 2)),
            ("肢体残疾", "二级", (4, 2)),
            ("精神", "1级", (6, 1)),
            ("多重残疾", "叁级", (7, 3)),
        ] {
            let line = disabled(kind, level, number).unwrap().remove(0);
            let disability = line.disability.unwrap();
            assert_eq!((disability.kind.0, disability.level), expected);
            assert_eq!(&*disability.certificate, number);
        }
        let long = "1".repeat(2001);
        for (kind, level, certificate, fault) in [
            ("四肢", "2", number, ("残疾类别", CellFault::Disability)),
            ("", "2", number, ("残疾类别", CellFault::Empty)),
            ("肢体", "5", number, ("残疾等级", CellFault::Level)),
            ("肢体", "重度", number, ("残疾等级", CellFault::Level)),
            ("肢体", "2", &long, ("残疾证号", CellFault::TooLong)),
        ] {
            let (head, fault) = fault;
            let expected = SheetError::Cell {
                row: 2,
                head,
                fault,
            };
            assert_eq!(disabled(kind, level, certificate), Err(expected));
        }
        let no_levels = sheet(&[["姓名", "身份证号", "发证日期", "残疾类别"]]);
        assert!(matches!(
            read(&no_levels, SpecialGroup::NewlyDisabled),
            Err(SheetError::Heads { .. })
        ));
    }
}
