//! Reports of villages and townships.

use relief::{ListName, Month, Place, Registers, report_calendar::owed_reports};

use super::{Cell, Listing, Row, masked, place, township};

pub(super) fn monthly_reports(registers: &Registers<'_>, month: Month) -> Listing {
    let (book, reports) = (registers.book, &registers.monthly_reports);
    let villages = villages(registers);
    let of_townships = reports.townships(month, &villages, &townships(registers), book);
    let of_villages = reports.villages(month, &villages, book);
    let mut rows: Vec<Row> = of_townships
        .into_iter()
        .map(|one| {
            let cells = vec![
                Cell::of(township(&one.township, book)),
                Cell::of(one.due.date.to_string()),
                Cell::stands(one.stands, one.reported.map(|(event, _)| event)),
                Cell::of(format!(
                    "未报{}村，未核查{}份",
                    one.villages_missing, one.unchecked
                )),
            ];
            Row::of_township(&one.township, cells)
        })
        .collect();
    rows.extend(
        of_villages
            .into_iter()
            .filter(|one| one.stands.is_late() || one.reported.is_some())
            .map(|one| {
                let cells = vec![
                    Cell::of(place(&one.place, book)),
                    Cell::of(one.due.date.to_string()),
                    Cell::stands(one.stands, one.reported.map(|(event, _)| event)),
                    match one.checked {
                        Some(event) => Cell::from(format!("变动{}条，已核查", one.changes), event),
                        None if one.reported.is_some() => {
                            Cell::of(format!("变动{}条，未核查", one.changes))
                        }
                        None => Cell::of(""),
                    },
                ];
                Row::of(&one.place, cells)
            }),
    );
    Listing {
        note: "村（居）委会每月20日前报乡镇，乡镇核查后25日前报县民政局；还没到期又没报的村不列。"
            .to_owned(),
        heads: &["单位", "最迟", "报送", "核查"],
        rows,
    }
}

pub(super) fn changes(registers: &Registers<'_>) -> Listing {
    let rows = registers.monthly_reports.changes().map(|change| {
        let cells = vec![
            Cell::from(
                format!("{} 第{}条", change.month, change.line + 1),
                change.report,
            ),
            Cell::of(place(change.place, registers.book)),
            Cell::of(masked(Some(&change.change.person))),
            Cell::of(
                registers
                    .book
                    .lists
                    .title(ListName::Change, change.change.kind),
            ),
            Cell::of(match change.wrong {
                None => "未核查",
                Some(true) => "不属实",
                Some(false) => "属实",
            }),
            match change.outcome {
                Some((outcome, event)) => Cell::from(outcome.title(), event),
                None => {
                    Cell::of(if change.is_open() { "待办理" } else { "" }).asking(change.is_open())
                }
            },
        ];
        Row::of(change.place, cells)
    });
    let mut rows: Vec<_> = rows.collect();
    rows.reverse();
    Listing {
        note: String::new(),
        heads: &["月份", "地方", "姓名", "变动", "乡镇核查", "县里办理"],
        rows,
    }
}

pub(super) fn reports(registers: &Registers<'_>, month: Month) -> Listing {
    let book = registers.book;
    let owed = owed_reports(
        &registers.log,
        &townships(registers),
        month.first_day(),
        month.last_day(),
        book,
    );
    let rows = owed.into_iter().map(|one| {
        let duty = book.duties.by_id(&one.duty.id, one.duty.nominal);
        let cells = vec![
            Cell::of(one.duty.due.date.to_string()),
            Cell::of(duty.map_or(one.duty.id.clone(), |duty| duty.title.clone())),
            Cell::of(township(&one.township, book)),
            Cell::stands(one.stands, one.handed_in.map(|(event, _)| event)),
        ];
        Row::of_township(&one.township, cells)
    });
    Listing {
        note: "休息日按设置提前。".to_owned(),
        heads: &["最迟", "报送什么", "乡镇", "报送"],
        rows: rows.collect(),
    }
}

/// The villages that owe a report: those that the county lists, or, while it lists none, those that ever reported or have
/// somebody in support.
fn villages(registers: &Registers<'_>) -> Vec<Place> {
    let listed = registers.book.codes.villages();
    let day = registers.log.day();
    if !listed.is_empty() {
        return listed
            .iter()
            .filter(|village| village.valid_to.is_none_or(|last| day <= last))
            .map(|village| Place {
                township: village.township.clone(),
                village: village.code.clone(),
            })
            .collect();
    }
    let mut places: Vec<Place> = registers
        .roster
        .households()
        .map(|one| one.entered.place.clone())
        .collect();
    places.extend(registers.monthly_reports.places().cloned());
    places.retain(|place| !place.village.is_empty());
    places.sort();
    places.dedup();
    places
}

fn townships(registers: &Registers<'_>) -> Vec<String> {
    registers
        .book
        .codes
        .open_townships()
        .map(|one| one.code.clone())
        .collect()
}
