//! Near relatives: who should be filed and is not, and who is filed.

use relief::{Registers, Rulebook, near_relative::Assisted};

use super::{Cell, Listing, Row, masked, place};

pub(super) fn unfiled(registers: &Registers<'_>) -> Listing {
    let all = &registers.near_relatives;
    let rows = all.unfiled().map(|one| {
        let official = one.official.and_then(|id| all.official(id));
        let name = official
            .map(|official| official.entered.person.name.as_str())
            .or_else(|| one.declared_name.map(relief::PersonName::as_str));
        let rest = vec![
            Cell {
                event: one.official,
                ..Cell::of(name.unwrap_or_default())
            },
            Cell::of(relation(one.relation, registers.book)),
            Cell::of(one.found_by.title()).asking(true),
        ];
        row_about(one.assisted, registers, rest)
    });
    Listing {
        note: registers.book.codes.near_relative_note().to_owned(),
        heads: &[
            "申请人",
            "地方",
            "类别",
            "工作人员",
            "是申请人的",
            "怎么发现",
        ],
        rows: rows.collect(),
    }
}

pub(super) fn near_relatives(registers: &Registers<'_>) -> Listing {
    let all = &registers.near_relatives;
    let rows = all.filings().map(|filing| {
        let official = all.official(filing.filed.official);
        let visit = filing.visit();
        let recusal = filing.recusals.last();
        let rest = vec![
            Cell::from(
                official.map_or("", |one| one.entered.person.name.as_str()),
                filing.filed.official,
            ),
            Cell::of(relation(filing.filed.relation, registers.book)),
            Cell::from(filing.on.to_string(), filing.id),
            Cell::done_or(
                visit.map(|(visit, event)| (visit.on.to_string(), event)),
                "待县级入户核查",
            ),
            Cell::done_or(
                recusal.map(|(recused, event)| {
                    (format!("由{}办理", recused.instead.as_str()), *event)
                }),
                "未登记回避",
            ),
            filing.result.map_or_else(
                || Cell::of(""),
                |(result, event)| Cell::from(result.title(), event),
            ),
        ];
        row_about(filing.filed.assisted, registers, rest)
    });
    Listing {
        note: String::new(),
        heads: &[
            "申请人",
            "地方",
            "类别",
            "工作人员",
            "是申请人的",
            "备案",
            "县级核查",
            "回避",
            "处理结果",
        ],
        rows: rows.collect(),
    }
}

/// The row of who is assisted, with what stands in it after them.
fn row_about(assisted: Assisted, registers: &Registers<'_>, rest: Vec<Cell>) -> Row {
    let mut cells: Vec<Cell> = about(assisted, registers).into();
    cells.extend(rest);
    match registers.near_relatives.about(assisted, &registers.roster) {
        Some((place, ..)) => Row::of(place, cells),
        None => Row::of_the_county(cells),
    }
}

fn about(assisted: Assisted, registers: &Registers<'_>) -> [Cell; 3] {
    let about = registers.near_relatives.about(assisted, &registers.roster);
    let book = registers.book;
    let event = assisted.event();
    [
        Cell::from(masked(about.and_then(|(.., person)| person)), event),
        Cell::of(about.map_or_else(String::new, |(one, ..)| place(one, book))),
        Cell::of(about.map_or_else(String::new, |(_, scheme, _)| {
            book.schemes
                .get(scheme)
                .map_or_else(|| scheme.to_string(), |one| one.title.clone())
        })),
    ]
}

fn relation(code: Option<relief::RelationCode>, book: &Rulebook) -> String {
    let kind = code.and_then(|code| book.codes.near_relative(code));
    kind.map_or("同户", |kind| kind.title.as_str()).to_owned()
}
