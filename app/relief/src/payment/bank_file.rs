//! A bank's pay list as a sheet.

use chrono::NaiveDate;

use super::{LineState, PayLine, Payee};
use crate::county_event::EventId;
use crate::fen::Fen;
use crate::household::{Roster, SupportClass};
use crate::id_number::IdNumber;
use crate::month::Month;
use crate::name::PersonName;
use crate::person_entry::{PersonEntry, PersonKey};
use crate::sheet::{CellFault, Head, Sheet, SheetError};
use crate::words::Words;

const NAME: Head = &[
    "姓名",
    "户主姓名",
    "户主",
    "收款人",
    "收款人姓名",
    "账户名",
    "户名",
    "收款单位",
];
const AMOUNT: Head = &[
    "金额",
    "金额（元）",
    "金额(元)",
    "实发金额",
    "发放金额",
    "交易金额",
    "实发金额（元）",
];
const ID_NUMBER: Head = &[
    "身份证号",
    "身份证号码",
    "证件号码",
    "公民身份号码",
    "收款人证件号",
];
const HOUSEHOLD: Head = &["保障编号", "户编号"];
const DAY: Head = &["发放日期", "入账日期", "交易日期", "日期"];
const STATE: Head = &["状态", "结果", "发放结果", "交易状态", "处理结果"];

/// Words that say that the money did not arrive.
const RETURNED: &[&str] = &["失败", "退票", "退回", "退汇", "未成功", "不成功", "撤销"];

/// A line as the bank wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankLine {
    /// The row of the sheet, from 1.
    pub row: usize,
    /// Who got the money.
    pub name: PersonName,
    /// Their identity number, if the bank names it.
    pub id_number: Option<IdNumber>,
    /// The household's number, if the county had put it into the order.
    pub household: Option<EventId>,
    /// How much.
    pub amount: Fen,
    /// On which day; `None` if the sheet has no such column.
    pub on: Option<NaiveDate>,
    /// Whether it arrived.
    pub state: LineState,
}

/// Reads a bank's sheet: rows of cells as they stand in it, the heads of the columns among the first rows.
///
/// Needed are columns for the name and the amount; identity number, household number, day and result are taken where
/// they are. A line without a result arrived.
///
/// # Errors
///
/// [`SheetError`] with the first row and column that cannot be read.
pub fn read_bank_file(rows: &[Vec<String>]) -> Result<Vec<BankLine>, SheetError> {
    let sheet = Sheet::find(rows, &[NAME, AMOUNT], &[ID_NUMBER, HOUSEHOLD, DAY, STATE])?;
    sheet
        .rows()
        .map(|row| {
            let household = match row.text(HOUSEHOLD) {
                "" => None,
                _ => Some(row.read(HOUSEHOLD, |text| {
                    text.parse().map_err(|_| CellFault::Number)
                })?),
            };
            let on = match row.text(DAY) {
                "" => None,
                _ => Some(row.day(DAY)?),
            };
            let state = row.text(STATE);
            Ok(BankLine {
                row: row.number(),
                name: row.name(NAME)?,
                id_number: row.id_number(ID_NUMBER)?,
                household: household.map(EventId),
                amount: row.amount(AMOUNT)?,
                on,
                state: if RETURNED.iter().any(|word| state.contains(word)) {
                    LineState::Returned
                } else {
                    LineState::Paid
                },
            })
        })
        .collect()
}

/// The lines with the households of the roster that they belong to: by the household's number, else by the keyed hash of
/// the identity number among those of the class, first of those in support in the month, then of those that were; an
/// institution by its name. A line without a day was paid on `on`.
///
/// `key_of` is the county's keyed hash.
#[must_use]
pub fn pay_lines(
    lines: &[BankLine],
    roster: &Roster<'_>,
    class: SupportClass,
    from: Month,
    on: NaiveDate,
    key_of: impl Fn(&IdNumber) -> PersonKey,
) -> Vec<PayLine> {
    lines
        .iter()
        .map(|line| PayLine {
            payee: payee(line, roster, class, from, &key_of),
            amount: line.amount,
            on: line.on.unwrap_or(on),
            state: line.state,
        })
        .collect()
}

fn payee(
    line: &BankLine,
    roster: &Roster<'_>,
    class: SupportClass,
    from: Month,
    key_of: &impl Fn(&IdNumber) -> PersonKey,
) -> Payee {
    if class == SupportClass::TekunCollective {
        let known = roster
            .households()
            .any(|household| *household.entered.institution == *line.name.as_str());
        if known && let Ok(name) = Words::parse(line.name.as_str()) {
            return Payee::Institution(name);
        }
    }
    if let Some(household) = line.household.and_then(|id| roster.get(id)) {
        return Payee::Household(household.id);
    }
    let key = line.id_number.as_ref().map(key_of);
    if let Some(key) = key {
        let of_class = || {
            roster
                .of_person(key)
                .filter(|household| household.entered.class == class)
        };
        let found = of_class()
            .find(|household| household.owed(from).is_some())
            .or_else(|| of_class().last());
        if let Some(household) = found {
            return Payee::Household(household.id);
        }
    }
    Payee::Unmatched(PersonEntry {
        name: line.name.clone(),
        id_number: line.id_number,
        key,
        birth: None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::county_event::Fact;
    use crate::county_event::samples::{County, day, household, member, month};
    use crate::person_entry::PersonKey;

    fn rows(text: &str) -> Vec<Vec<String>> {
        text.lines()
            .map(|line| line.split(',').map(str::to_owned).collect())
            .collect()
    }

    const NUMBER: &str = "140428188001010013";

    #[test]
    fn a_sheet_with_a_title_above_and_a_sum_below_is_read() {
        let sheet = format!(
            "某某银行发放明细\n序号,收款人姓名,证件号码,金额（元）,交易日期,处理结果\n1,张三,{NUMBER},\"300.00\",20260410,成功\n\n2,李四,,300,2026/4/11,退票：账户已注销\n合计,,,600,,"
        )
        .replace('"', "");
        let lines = read_bank_file(&rows(&sheet)).unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!(
            (lines[0].row, lines[0].amount, lines[0].on),
            (3, Fen(30_000), Some(day("2026-04-10")))
        );
        assert_eq!(
            (lines[0].state, lines[1].state),
            (LineState::Paid, LineState::Returned)
        );
        assert_eq!(lines[1].id_number, None);
        assert!(!format!("{lines:?}").contains("张三"));
    }

    #[test]
    fn the_first_cell_that_cannot_be_read_is_named_by_row_and_column() {
        let bad = read_bank_file(&rows("姓名,金额\n张三,三百"));
        assert!(
            matches!(
                bad,
                Err(SheetError::Cell {
                    row: 2,
                    head: "金额",
                    fault: CellFault::Amount(_)
                })
            ),
            "{bad:?}"
        );
        let empty = read_bank_file(&rows("姓名,金额,日期\n,300,\n"));
        assert!(
            matches!(
                empty,
                Err(SheetError::Cell {
                    row: 2,
                    head: "姓名",
                    fault: CellFault::Empty
                })
            ),
            "{empty:?}"
        );
        let none = read_bank_file(&rows("甲,乙\n1,2"));
        assert_eq!(
            none,
            Err(SheetError::Heads {
                heads: vec!["姓名", "金额"]
            })
        );
    }

    #[test]
    fn lines_find_their_household_by_number_key_and_name_and_what_is_left_is_unmatched() {
        let key_of = |number: &IdNumber| PersonKey([u8::from(number.as_str() == NUMBER) * 7; 32]);
        let mut county = County::new();
        let mut other = household(SupportClass::DibaoRural, 2, 200, "2026-04");
        other.members.push(member("张三", 7));
        let by_key = county.state("2026-03-02", Fact::HouseholdEntered(other));
        let by_number = county.state(
            "2026-03-02",
            Fact::HouseholdEntered(household(SupportClass::DibaoRural, 3, 300, "2026-04")),
        );
        let cared = household(SupportClass::TekunCollective, 4, 800, "2026-04");
        county.state("2026-03-02", Fact::HouseholdEntered(cared));
        let sheet = format!(
            "姓名,身份证号,户编号,金额\n张三,{NUMBER},,200\n李四,,{by_number},300\n王五,,,100\n某敬老院,,,2400"
        );
        let lines = read_bank_file(&rows(&sheet)).unwrap();
        let registers = county.on("2026-04-10");
        let paid = |class| -> Vec<Payee> {
            let on = day("2026-04-10");
            pay_lines(
                &lines,
                &registers.roster,
                class,
                month("2026-04"),
                on,
                key_of,
            )
            .into_iter()
            .map(|line| line.payee)
            .collect()
        };
        let rural = paid(SupportClass::DibaoRural);
        assert_eq!(
            rural[..2],
            [Payee::Household(by_key), Payee::Household(by_number)]
        );
        assert!(matches!(rural[2], Payee::Unmatched(_)));
        let collective = paid(SupportClass::TekunCollective);
        assert!(matches!(&collective[3], Payee::Institution(name) if **name == *"某敬老院"));
    }

    proptest! {
        #[test]
        fn arbitrary_cells_never_panic(
            cells in proptest::collection::vec(proptest::collection::vec("\\PC{0,12}", 0..5), 0..6),
        ) {
            let _ = read_bank_file(&cells);
            let mut with_heads = vec![vec!["姓名".to_owned(), "金额".to_owned(), "日期".to_owned()]];
            with_heads.extend(cells);
            let _ = read_bank_file(&with_heads);
        }
    }
}
