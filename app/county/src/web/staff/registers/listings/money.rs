//! Money: what was not paid in full on its day, and what was paid after death or imprisonment.

use relief::{
    Month, Registers,
    payment::{Finding, To, overpaid},
};

use super::{Cell, Listing, Row, masked, place, township};
use crate::accounts::Office;

pub(super) fn payments(registers: &Registers<'_>, month: Month, office: &Office) -> Listing {
    let today = registers.log.day();
    let all = registers.accounts(month, month);
    let mut rows: Vec<Row> = Vec::new();
    let mut in_full = 0_usize;
    for account in &all.accounts {
        let findings = account.findings(today);
        if findings.is_empty() {
            if office.reaches(&account.township, "") {
                in_full += account.households.len();
            }
            continue;
        }
        let (name, event) = match &account.to {
            To::Institution(name) => (name.clone(), None),
            To::Household(id) => {
                let head = registers
                    .roster
                    .get(*id)
                    .and_then(relief::household::Household::head);
                (masked(head.map(|head| &head.person)), Some(*id))
            }
        };
        let words: Vec<String> = findings.into_iter().map(Finding::words).collect();
        let cells = vec![
            Cell {
                event,
                ..Cell::of(name)
            },
            Cell::of(township(&account.township, registers.book)),
            Cell::of(account.class.title()),
            Cell::of(account.pay_day.due.date.to_string()),
            Cell::of(account.owed().to_string()),
            Cell {
                event: account.paid_sources().next().map(|source| source.event),
                ..Cell::of(account.paid().to_string())
            },
            Cell::of(words.join("；")).asking(true),
        ];
        rows.push(Row::of_township(&account.township, cells));
    }
    for line in &all.unmatched {
        if line.from == month {
            let cells = vec![
                Cell::from("不在花名册上", line.source.event),
                Cell::of(""),
                Cell::of(line.class.title()),
                Cell::of(""),
                Cell::of(""),
                Cell::of(line.line.amount.to_string()),
                Cell::of("发给了花名册上没有的人").asking(true),
            ];
            rows.push(Row::of_the_county(cells));
        }
    }
    Listing {
        note: format!("按时足额（或者还没到期）的{in_full}户不列。"),
        heads: &[
            "户主/机构",
            "乡镇",
            "类别",
            "最迟",
            "应发（元）",
            "实发（元）",
            "问题",
        ],
        rows,
    }
}

pub(super) fn too_much(registers: &Registers<'_>) -> Listing {
    let rows = registers.special_groups.persons().filter_map(|special| {
        let found = overpaid(special, &registers.log, &registers.roster, registers.book)?;
        let amount = found.amount();
        let back = special.recovered();
        let months: Vec<String> = found
            .months
            .iter()
            .map(|one| one.month.to_string())
            .collect();
        let cells = vec![
            Cell::from(masked(Some(&special.found.person)), special.id),
            Cell::of(place(&special.found.place, registers.book)),
            Cell::of(special.found.group.title()),
            Cell::of(special.found.happened.to_string()),
            Cell {
                event: found.sources().next().map(|source| source.event),
                ..Cell::of(months.join("、"))
            },
            Cell::of(if found.is_known() {
                amount.to_string()
            } else {
                "待核查后确定".to_owned()
            })
            .asking(!found.is_known() || back < amount),
            Cell {
                event: special.recovered.last().map(|(_, event)| *event),
                ..Cell::of(back.to_string())
            },
        ];
        Some(Row::of(&special.found.place, cells))
    });
    Listing {
        note: String::new(),
        heads: &[
            "姓名",
            "地方",
            "情形",
            "时间",
            "多发的月份",
            "多发（元）",
            "已追缴（元）",
        ],
        rows: rows.collect(),
    }
}
