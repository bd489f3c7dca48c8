//! What stands in each register, in rows; names are masked, as in every list.

use relief::{
    EventId, ListName, Month, PersonEntry, Place, Punctuality, Registers, Rulebook,
    hotline::calls,
    near_relative::Assisted,
    payment::{Finding, To, overpaid},
    report_calendar::owed_reports,
};

use crate::accounts::Office;

/// A register with a page of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Register {
    Unfiled,
    NearRelatives,
    Payments,
    Overpaid,
    MonthlyReports,
    Changes,
    SpecialGroups,
    Leads,
    Problems,
    Reports,
    Hotline,
}

impl Register {
    pub(super) const ALL: [Self; 11] = [
        Self::Unfiled,
        Self::NearRelatives,
        Self::Payments,
        Self::Overpaid,
        Self::MonthlyReports,
        Self::Changes,
        Self::SpecialGroups,
        Self::Leads,
        Self::Problems,
        Self::Reports,
        Self::Hotline,
    ];

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Unfiled => "unfiled",
            Self::NearRelatives => "near-relatives",
            Self::Payments => "payments",
            Self::Overpaid => "overpaid",
            Self::MonthlyReports => "monthly-reports",
            Self::Changes => "changes",
            Self::SpecialGroups => "special-groups",
            Self::Leads => "leads",
            Self::Problems => "problems",
            Self::Reports => "reports",
            Self::Hotline => "hotline",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Unfiled => "应备案未备案的近亲属",
            Self::NearRelatives => "近亲属备案",
            Self::Payments => "资金发放",
            Self::Overpaid => "死亡、服刑后仍在发放",
            Self::MonthlyReports => "月报告",
            Self::Changes => "月报告的变动",
            Self::SpecialGroups => "特殊人群",
            Self::Leads => "投诉举报线索",
            Self::Problems => "整改清单",
            Self::Reports => "报送日历",
            Self::Hotline => "服务热线",
        }
    }

    /// Whether an office may open it: a village its own reports, all others everything.
    pub(super) fn is_open_to(self, office: &Office) -> bool {
        office.village().is_none() || matches!(self, Self::MonthlyReports | Self::Changes)
    }

    pub(super) const fn is_of_a_month(self) -> bool {
        matches!(self, Self::Payments | Self::MonthlyReports | Self::Reports)
    }
}

/// A cell, and the event that it comes from.
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) event: Option<EventId>,
    /// Whether somebody is late with it or has to do something.
    pub(super) to_do: bool,
}

impl Cell {
    fn of(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            event: None,
            to_do: false,
        }
    }

    fn from(text: impl Into<String>, event: EventId) -> Self {
        Self {
            event: Some(event),
            ..Self::of(text)
        }
    }

    fn asking(self, to_do: bool) -> Self {
        Self { to_do, ..self }
    }

    fn stands(stands: Punctuality, event: Option<EventId>) -> Self {
        Self {
            event,
            ..Self::of(stands.words()).asking(stands.is_late())
        }
    }
}

/// The rows of a register.
pub(super) struct Listing {
    pub(super) note: String,
    pub(super) heads: &'static [&'static str],
    pub(super) rows: Vec<Row>,
}

/// A row, and the place whose business it is; what has none is the county's.
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    place: Option<Place>,
}

impl Row {
    fn of(place: &Place, cells: Vec<Cell>) -> Self {
        Self {
            cells,
            place: Some(place.clone()),
        }
    }

    fn of_township(township: &str, cells: Vec<Cell>) -> Self {
        let place = Place {
            township: township.to_owned(),
            village: String::new(),
        };
        Self::of(&place, cells)
    }

    const fn of_the_county(cells: Vec<Cell>) -> Self {
        Self { cells, place: None }
    }
}

impl Listing {
    /// What of it an office may see.
    pub(super) fn for_office(mut self, office: &Office) -> Self {
        self.rows.retain(|row| match &row.place {
            Some(place) => office.reaches(&place.township, &place.village),
            None => office.township().is_none(),
        });
        self
    }

    /// Rows in which something is to be done.
    pub(super) fn to_do(&self) -> usize {
        self.rows
            .iter()
            .filter(|row| row.cells.iter().any(|cell| cell.to_do))
            .count()
    }
}

pub(super) fn listing(register: Register, registers: &Registers<'_>, month: Month) -> Listing {
    match register {
        Register::Unfiled => unfiled(registers),
        Register::NearRelatives => near_relatives(registers),
        Register::Payments => payments(registers, month),
        Register::Overpaid => too_much(registers),
        Register::MonthlyReports => monthly_reports(registers, month),
        Register::Changes => changes(registers),
        Register::SpecialGroups => special_groups(registers),
        Register::Leads => leads(registers),
        Register::Problems => problems(registers),
        Register::Reports => reports(registers, month),
        Register::Hotline => hotline(registers),
    }
}

pub(super) fn place(place: &Place, book: &Rulebook) -> String {
    let township = book.codes.township(&place.township);
    let village = book.codes.village(&place.village);
    format!(
        "{}{}",
        township.map_or(place.township.as_str(), |one| one.name.as_str()),
        village.map_or(place.village.as_str(), |one| one.name.as_str())
    )
}

fn masked(person: Option<&PersonEntry>) -> String {
    person.map_or_else(String::new, |person| person.name.masked())
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

fn unfiled(registers: &Registers<'_>) -> Listing {
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

fn near_relatives(registers: &Registers<'_>) -> Listing {
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
            match visit {
                Some((visit, event)) => Cell::from(visit.on.to_string(), event),
                None => Cell::of("待县级入户核查").asking(true),
            },
            match recusal {
                Some((recused, event)) => {
                    Cell::from(format!("由{}办理", recused.instead.as_str()), *event)
                }
                None => Cell::of("未登记回避").asking(true),
            },
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

fn payments(registers: &Registers<'_>, month: Month) -> Listing {
    let today = registers.log.day();
    let all = registers.accounts(month, month);
    let mut rows: Vec<Row> = Vec::new();
    let mut in_full = 0_usize;
    for account in &all.accounts {
        let findings = account.findings(today);
        if findings.is_empty() {
            in_full += account.households.len();
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
            Cell::of(
                registers
                    .book
                    .codes
                    .township(&account.township)
                    .map_or(account.township.as_str(), |one| one.name.as_str()),
            ),
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

fn too_much(registers: &Registers<'_>) -> Listing {
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

fn monthly_reports(registers: &Registers<'_>, month: Month) -> Listing {
    let (book, reports) = (registers.book, &registers.monthly_reports);
    let villages = villages(registers);
    let of_townships = reports.townships(month, &villages, &townships(registers), book);
    let of_villages = reports.villages(month, &villages, book);
    let mut rows: Vec<Row> = of_townships
        .into_iter()
        .map(|one| {
            let name = book.codes.township(&one.township);
            let cells = vec![
                Cell::of(name.map_or(one.township.clone(), |name| name.name.clone())),
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

fn changes(registers: &Registers<'_>) -> Listing {
    let rows = registers.monthly_reports.changes().map(|change| {
        let cells = vec![
            Cell::from(change.month.to_string(), change.report),
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

fn special_groups(registers: &Registers<'_>) -> Listing {
    let (book, today) = (registers.book, registers.log.day());
    let rows = registers.special_groups.persons().map(|special| {
        let found = special.found;
        let last = special
            .deadline(&registers.roster, book)
            .and_then(|one| one.last_day());
        let settled = special.settled.map(|(settled, ..)| settled.decided);
        let stands = last.map(|last| Punctuality::of(last.date, settled, today));
        let done = special
            .settled
            .map(|(settled, event, _)| Cell::from(settled.measure.title(), event))
            .or_else(|| {
                let (policy, event) = special.policies.last()?;
                Some(Cell::from(
                    book.lists.title(ListName::Policy, policy.policy),
                    *event,
                ))
            })
            .or_else(|| {
                special
                    .not_applied
                    .map(|(.., event)| Cell::from("未落实", event))
            });
        let cells = vec![
            Cell::from(masked(Some(&found.person)), special.id),
            Cell::of(place(&found.place, book)),
            Cell::of(found.group.title()),
            Cell::of(found.happened.to_string()),
            Cell::of(special.known.to_string()),
            last.map_or_else(
                || Cell::of("没有规定天数"),
                |last| Cell::of(last.date.to_string()),
            ),
            stands.map_or_else(|| Cell::of(""), |stands| Cell::stands(stands, None)),
            done.unwrap_or_else(|| Cell::of("待处理").asking(!special.is_settled())),
        ];
        Row::of(&found.place, cells)
    });
    Listing {
        note: "低保对象死亡的，3个月内完成家庭状况核查和增发、减发、停发；其他没有规定天数，要及时办。".to_owned(),
        heads: &["姓名", "地方", "情形", "时间", "知悉", "期限", "时限", "处理"],
        rows: rows.collect(),
    }
}

fn leads(registers: &Registers<'_>) -> Listing {
    let (book, today) = (registers.book, registers.log.day());
    let rows = registers.leads.leads().map(|lead| {
        let clocks: Vec<String> = lead
            .clocks(book, today)
            .into_iter()
            .map(|clock| {
                let stands = clock.stands.map_or_else(String::new, Punctuality::words);
                format!("{}：{stands}", clock.deadline.title)
            })
            .collect();
        let late = lead
            .clocks(book, today)
            .iter()
            .any(|clock| matches!(clock.stands, Some(Punctuality::Overdue { .. })));
        let cells = vec![
            Cell::from(lead.entered.received.to_string(), lead.id),
            Cell::of(if lead.is_real_name() {
                "实名"
            } else {
                "匿名"
            }),
            Cell::of(place(&lead.entered.place, book)),
            Cell::of(book.lists.focus_title(lead.entered.focus)),
            match lead.verified {
                Some((verified, event)) => Cell::from(verified.verdict.title(), event),
                None => Cell::of("待核实").asking(true),
            },
            match lead.answered {
                Some((answered, event)) => Cell::from(answered.on.to_string(), event),
                None => Cell::of("未答复").asking(true),
            },
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

fn problems(registers: &Registers<'_>) -> Listing {
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
            match problem.closed {
                Some((closed, event)) => Cell::from(format!("已销号 {}", closed.on), event),
                None => Cell::of("未销号").asking(true),
            },
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

fn reports(registers: &Registers<'_>, month: Month) -> Listing {
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
        let township = book.codes.township(&one.township);
        let cells = vec![
            Cell::of(one.duty.due.date.to_string()),
            Cell::of(duty.map_or(one.duty.id.clone(), |duty| duty.title.clone())),
            Cell::of(township.map_or(one.township.clone(), |one| one.name.clone())),
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

fn hotline(registers: &Registers<'_>) -> Listing {
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
