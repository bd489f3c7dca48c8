//! Complaints, problems to be put right, and calls.

use relief::{ListName, Punctuality, Registers, hotline::calls};

use super::{Cell, Listing, Row, place};

pub(super) fn leads(registers: &Registers<'_>) -> Listing {
    let (book, today) = (registers.book, registers.log.day());
    let rows = registers.leads.leads().map(|lead| {
        let clocks = lead.clocks(book, today);
        let late = clocks
            .iter()
            .any(|clock| matches!(clock.stands, Some(Punctuality::Overdue { .. })));
        let clocks: Vec<String> = clocks
            .into_iter()
            .map(|clock| {
                let stands = clock.stands.map_or_else(String::new, Punctuality::words);
                format!("{}：{stands}", clock.deadline.title)
            })
            .collect();
        let cells = vec![
            Cell::from(lead.entered.received.to_string(), lead.id),
            Cell::of(if lead.is_real_name() {
                "实名"
            } else {
                "匿名"
            }),
            Cell::of(place(&lead.entered.place, book)),
            Cell::of(book.lists.focus_title(lead.entered.focus)),
            Cell::done_or(
                lead.verified
                    .map(|(verified, event)| (verified.verdict.title().to_owned(), event)),
                "待核实",
            ),
            Cell::done_or(
                lead.answered
                    .map(|(answered, event)| (answered.on.to_string(), event)),
                "未答复",
            ),
            match lead.handed_over {
                Some((handed, event)) => Cell::from(handed.on.to_string(), event),
                None => Cell::of(""),
            },
            Cell::of(clocks.join("；")).asking(late),
        ];
        Row::of(&lead.entered.place, cells)
    });
    Listing {
        note: String::new(),
        heads: &[
            "收到",
            "署名",
            "地方",
            "整治重点",
            "核实",
            "答复",
            "移送纪检",
            "时限",
        ],
        rows: rows.collect(),
    }
}

pub(super) fn problems(registers: &Registers<'_>) -> Listing {
    let (book, today) = (registers.book, registers.log.day());
    let rows = registers.problems.problems().map(|problem| {
        let entered = problem.entered;
        let cells = vec![
            Cell::from(problem.on.to_string(), problem.id),
            Cell::of(book.lists.title(ListName::Origin, entered.origin)),
            Cell::of(place(&entered.place, book)),
            Cell::of(book.lists.focus_title(entered.focus)),
            Cell::of(&*entered.words),
            Cell::of(entered.due.to_string()),
            match problem.progress.last() {
                Some((_, _, event, _)) => Cell::from(problem.state().title(), *event),
                None => Cell::of(problem.state().title()),
            },
            Cell::stands(problem.stands(today), None),
            Cell::done_or(
                problem
                    .closed
                    .map(|(closed, event)| (format!("已销号 {}", closed.on), event)),
                "未销号",
            ),
        ];
        Row::of(&entered.place, cells)
    });
    Listing {
        note: String::new(),
        heads: &[
            "登记",
            "来源",
            "地方",
            "整治重点",
            "问题",
            "整改时限",
            "进展",
            "按时",
            "销号",
        ],
        rows: rows.collect(),
    }
}

pub(super) fn hotline(registers: &Registers<'_>) -> Listing {
    let book = registers.book;
    let mut rows: Vec<_> = calls(&registers.log)
        .into_iter()
        .map(|call| {
            let cells = vec![
                Cell::from(call.event.date().to_string(), call.event.id),
                Cell::of(book.lists.title(ListName::Call, call.taken.kind)),
                Cell::of(place(&call.taken.place, book)),
                match call.settled {
                    Some(event) => Cell::from(event.date().to_string(), event.id),
                    None if call.is_open() => Cell::of("待答复").asking(true),
                    None => Cell::of("当场答复"),
                },
            ];
            Row::of(&call.taken.place, cells)
        })
        .collect();
    rows.reverse();
    Listing {
        note: String::new(),
        heads: &["来电", "事由", "地方", "答复"],
        rows,
    }
}
