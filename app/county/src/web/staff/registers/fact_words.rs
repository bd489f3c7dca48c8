//! What a fact says, as labels and words. Identity numbers are masked.

use relief::{
    EventId, Fact, ListName, PersonEntry, PersonName, Place, Rulebook,
    household::HouseholdMember,
    near_relative::FilingVisited,
    payment::{LineState, Payee},
};

use super::listings;

type Words = Vec<(&'static str, String)>;

pub(super) fn payee(payee: &Payee) -> (String, Option<EventId>) {
    match payee {
        Payee::Household(id) => (format!("第{id}号户"), Some(*id)),
        Payee::Institution(name) => ((**name).to_owned(), None),
        Payee::Unmatched(person) => (format!("{}（花名册上没有）", person.name.as_str()), None),
    }
}

pub(super) const fn state(state: LineState) -> &'static str {
    match state {
        LineState::Paid => "到账",
        LineState::Returned => "退回",
    }
}

fn person(person: &PersonEntry) -> String {
    let number = person
        .id_number
        .map(|number| format!("（{}）", number.masked()));
    format!("{}{}", person.name.as_str(), number.unwrap_or_default())
}

fn names(names: &[PersonName]) -> String {
    let names: Vec<&str> = names.iter().map(PersonName::as_str).collect();
    names.join("、")
}

fn members(members: &[HouseholdMember]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|member| {
            let disabled = if member.disabled { "，残疾" } else { "" };
            format!("{}{disabled}", person(&member.person))
        })
        .collect();
    members.join("；")
}

fn yes(yes: bool) -> String {
    (if yes { "是" } else { "否" }).to_owned()
}

#[expect(clippy::too_many_lines, reason = "one arm for each kind of fact")]
pub(super) fn words(fact: &Fact, book: &Rulebook) -> Words {
    let place = |place: &Place| listings::place(place, book);
    let list = |name, code| book.lists.title(name, code);
    let relation = |code| {
        let kind = book.codes.near_relative(code);
        kind.map_or_else(|| code.0.to_string(), |kind| kind.title.clone())
    };
    let scheme = |id| {
        let scheme = book.schemes.get(id);
        scheme.map_or_else(|| id.to_string(), |scheme| scheme.title.clone())
    };
    match fact {
        Fact::Withdrawn(_) => Vec::new(),
        Fact::HouseholdEntered(one) => vec![
            ("类别", one.class.title().to_owned()),
            ("地方", place(&one.place)),
            ("成员", members(&one.members)),
            ("每月（元）", one.monthly.to_string()),
            ("从哪个月起", one.from.to_string()),
            ("决定日期", one.decided.to_string()),
            ("供养机构", (*one.institution).to_owned()),
            (
                "回执编号",
                one.slip.map_or_else(String::new, |slip| slip.to_string()),
            ),
        ],
        Fact::AmountSet(one) => vec![
            ("每月（元）", one.monthly.to_string()),
            ("从哪个月起", one.from.to_string()),
            ("决定日期", one.decided.to_string()),
        ],
        Fact::MembersSet(one) => {
            vec![
                ("成员", members(&one.members)),
                ("从哪个月起", one.from.to_string()),
            ]
        }
        Fact::HouseholdStopped(one) => vec![
            ("从哪个月起不发", one.from.to_string()),
            ("决定日期", one.decided.to_string()),
        ],
        Fact::OfficialEntered(one) => vec![
            ("姓名", person(&one.person)),
            ("人员类别", one.category.title().to_owned()),
            ("地方", place(&one.place)),
            ("单位及职务", (*one.post).to_owned()),
            ("任职", one.from.to_string()),
        ],
        Fact::OfficialLeft(one) => vec![("最后一天", one.last.to_string())],
        Fact::RelativeNamed(one) => vec![
            ("亲属", person(&one.relative)),
            ("工作人员是其", relation(one.relation)),
        ],
        Fact::ApplicationEntered(one) => {
            let declared = one.declared.as_ref().map(|declared| {
                format!(
                    "{}（{}）",
                    declared.official_name.as_str(),
                    relation(declared.relation)
                )
            });
            let persons: Vec<String> = one.persons.iter().map(person).collect();
            vec![
                ("回执编号", one.slip.to_string()),
                ("类别", scheme(one.scheme)),
                ("地方", place(&one.place)),
                ("申请人和家庭成员", persons.join("；")),
                (
                    "申报的近亲属",
                    declared.unwrap_or_else(|| "没有".to_owned()),
                ),
                ("申请日期", one.applied.to_string()),
            ]
        }
        Fact::RelativeFiled(one) => vec![
            (
                "工作人员是申请人的",
                one.relation.map_or_else(|| "同户".to_owned(), relation),
            ),
            ("怎么发现", one.found_by.title().to_owned()),
        ],
        Fact::FilingVisited(FilingVisited {
            on, by, qualifies, ..
        }) => vec![
            ("入户日期", on.to_string()),
            ("核查人", names(by)),
            ("符合条件", yes(*qualifies)),
        ],
        Fact::Recused(one) => vec![("改由谁办", one.instead.as_str().to_owned())],
        Fact::FilingSettled(one) => vec![("处理结果", one.result.title().to_owned())],
        Fact::PayListEntered(one) => vec![
            ("类别", one.class.title().to_owned()),
            ("所属期", format!("{}至{}", one.from, one.to)),
        ],
        Fact::MoneyRecovered(one) => {
            vec![
                ("追缴（元）", one.amount.to_string()),
                ("日期", one.on.to_string()),
            ]
        }
        Fact::VillageReported(one) => {
            let mut lines = vec![("村", place(&one.place)), ("月份", one.month.to_string())];
            if one.changes.is_empty() {
                lines.push(("变动", "没有变动".to_owned()));
            }
            lines.extend((1..).zip(&one.changes).map(|(line, change): (usize, _)| {
                let kind = list(ListName::Change, change.kind);
                let person = person(&change.person);
                let words = &*change.words;
                ("变动", format!("第{line}条 {person} {kind}：{words}"))
            }));
            lines
        }
        Fact::VillageReportChecked(one) => {
            let wrong: Vec<String> = one
                .wrong
                .iter()
                .map(|line| format!("第{}条", line + 1))
                .collect();
            vec![(
                "不属实",
                if wrong.is_empty() {
                    "没有".to_owned()
                } else {
                    wrong.join("、")
                },
            )]
        }
        Fact::TownshipReported(one) => {
            vec![("乡镇", place(&one.place)), ("月份", one.month.to_string())]
        }
        Fact::ChangeSettled(one) => vec![
            ("哪一条", format!("第{}条", one.line + 1)),
            ("怎么办的", one.outcome.title().to_owned()),
        ],
        Fact::PersonFound(one) => vec![
            ("姓名", person(&one.person)),
            ("地方", place(&one.place)),
            ("情形", one.group.title().to_owned()),
            ("时间", one.happened.to_string()),
            ("信息来源", list(ListName::Channel, one.through)),
            (
                "残疾",
                one.disability.as_ref().map_or_else(String::new, |one| {
                    format!(
                        "{}{}级 {}",
                        list(ListName::Disability, one.kind),
                        one.level,
                        &*one.certificate
                    )
                }),
            ),
        ],
        Fact::HouseholdRechecked(one) => {
            vec![("核查日期", one.on.to_string()), ("核查人", names(&one.by))]
        }
        Fact::PersonSettled(one) => vec![
            ("处置", one.measure.title().to_owned()),
            ("从哪个月起", one.from.to_string()),
            ("其余的人每月（元）", one.monthly.to_string()),
            ("决定日期", one.decided.to_string()),
            (
                "丧葬待遇（元）",
                one.funeral
                    .map_or_else(String::new, |amount| amount.to_string()),
            ),
        ],
        Fact::PolicyApplied(one) => vec![
            ("政策", list(ListName::Policy, one.policy)),
            ("时间", one.on.to_string()),
            ("原来就有", yes(one.had_before)),
        ],
        Fact::PolicyNotApplied(one) => vec![("符合条件", yes(one.qualifies))],
        Fact::LeadEntered(one) => vec![
            (
                "反映人",
                one.by.as_ref().map_or_else(|| "匿名".to_owned(), person),
            ),
            ("地方", place(&one.place)),
            ("从哪里来", list(ListName::Channel, one.through)),
            ("整治重点", book.lists.focus_title(one.focus)),
            ("反映什么", (*one.words).to_owned()),
            ("收到", one.received.to_string()),
            ("越级", yes(one.skipped_level)),
        ],
        Fact::LeadTold(one) => vec![("告知日期", one.on.to_string())],
        Fact::LeadVerified(one) => vec![
            ("结论", one.verdict.title().to_owned()),
            ("日期", one.on.to_string()),
            ("核实人", names(&one.by)),
        ],
        Fact::LeadAnswered(one) => vec![("答复日期", one.on.to_string())],
        Fact::LeadExtended(_) | Fact::CallSettled(_) => Vec::new(),
        Fact::LeadHandedOver(one) => {
            vec![
                ("移送日期", one.on.to_string()),
                ("移送给", (*one.to).to_owned()),
            ]
        }
        Fact::ProblemEntered(one) => vec![
            ("整治重点", book.lists.focus_title(one.focus)),
            ("来源", list(ListName::Origin, one.origin)),
            ("地方", place(&one.place)),
            ("问题", (*one.words).to_owned()),
            (
                "涉及",
                format!("{}户{}人，{}元", one.households, one.persons, one.amount),
            ),
            ("整改措施", (*one.measures).to_owned()),
            ("责任单位", (*one.unit).to_owned()),
            ("整改时限", one.due.to_string()),
        ],
        Fact::ProblemProgressed(one) => vec![
            ("进展", one.state.title().to_owned()),
            ("日期", one.on.to_string()),
            ("追缴（元）", one.recovered.to_string()),
            ("补发（元）", one.made_up.to_string()),
        ],
        Fact::ProblemClosed(one) => vec![
            ("销号日期", one.on.to_string()),
            ("验收人", one.accepted_by.as_str().to_owned()),
        ],
        Fact::StaffSanctioned(one) => vec![("处理处分", format!("{}人", one.persons))],
        Fact::SystemImproved(one) => vec![("制度", (*one.title).to_owned())],
        Fact::ReportHandedIn(one) => {
            let duty = book.duties.by_id(&one.duty, one.nominal);
            vec![
                (
                    "报送",
                    duty.map_or_else(|| one.duty.clone(), |duty| duty.title.clone()),
                ),
                ("哪一次", one.nominal.to_string()),
            ]
        }
        Fact::CallTaken(one) => vec![
            ("事由", list(ListName::Call, one.kind)),
            ("地方", place(&one.place)),
            ("内容", (*one.words).to_owned()),
            (
                "回电",
                one.phone
                    .as_ref()
                    .map_or_else(String::new, relief::Phone::masked),
            ),
            ("当场答复", yes(one.answered)),
        ],
    }
}
