//! What staff may state on a page, who of them, and about what.

use relief::{
    Fact, ListName,
    county_event::{Wanted, Withdrawn},
    hotline::{CallSettled, CallTaken},
    household::{
        AmountSet, HouseholdEntered, HouseholdMember, HouseholdStopped, MembersSet, SupportClass,
    },
    lead::{
        LeadAnswered, LeadEntered, LeadExtended, LeadHandedOver, LeadTold, LeadVerified, Verdict,
    },
    monthly_report::{
        Change, ChangeOutcome, ChangeSettled, TownshipReported, VillageReportChecked,
        VillageReported,
    },
    near_relative::{
        Assisted, FilingResult, FilingSettled, FilingVisited, FoundBy, OfficialCategory,
        OfficialEntered, OfficialLeft, Recused, RelativeFiled, RelativeNamed,
    },
    payment::MoneyRecovered,
    rectification::{
        ProblemClosed, ProblemEntered, ProblemProgressed, ProblemState, StaffSanctioned,
        SystemImproved,
    },
    report_calendar::ReportHandedIn,
    special_group::{
        Disability, HouseholdRechecked, Measure, PersonFound, PersonSettled, PolicyApplied,
        PolicyNotApplied, SpecialGroup,
    },
};

use crate::accounts::Office;

use super::inputs::{Field, Inputs, Kind, Wrong};

/// Something that staff may state.
pub(super) struct Statement {
    /// Its name in addresses.
    pub(super) key: &'static str,
    pub(super) title: &'static str,
    /// Whose it is: the county's alone, or the townships' too.
    pub(super) by: By,
    /// The kind of event that it is about; `None` if it begins something.
    pub(super) of: Option<Wanted>,
    pub(super) fields: Vec<Field>,
    pub(super) build: fn(&Inputs<'_>) -> Result<Fact, Wrong>,
}

/// Whose a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The county's bureau.
    County,
    /// The bureau and the townships.
    Staff,
    /// The village, or the offices above it in its stead.
    Village,
}

impl By {
    pub(super) fn is(self, office: &Office) -> bool {
        match office {
            Office::County => true,
            Office::Township { .. } => matches!(self, Self::Staff | Self::Village),
            Office::Village { .. } => self == Self::Village,
            Office::Auditor | Office::Administrator => false,
        }
    }
}

fn titles<T: Copy>(all: &[T], title: impl Fn(T) -> &'static str) -> Kind {
    Kind::OneOf(all.iter().map(|one| title(*one)).collect())
}

fn place_fields() -> [Field; 2] {
    [
        Field::needed("township", "乡镇", Kind::Township),
        Field::optional("village", "村（居）委会代码", Kind::Line),
    ]
}

/// The ways in which a near relative comes to light that a person states.
const FOUND_BY: [FoundBy; 4] = [
    FoundBy::Declared,
    FoundBy::Matched,
    FoundBy::SameHousehold,
    FoundBy::Reported,
];

/// Every statement; those that begin something first.
pub(super) fn all() -> Vec<Statement> {
    let mut all = beginnings();
    all.extend(about_households());
    all.extend(about_relatives());
    all.extend(about_reports());
    all.extend(about_people_found());
    all.extend(about_leads());
    all.extend(about_problems());
    all.push(Statement {
        key: "call-settled",
        title: "答复来电",
        by: By::Staff,
        of: Some(Wanted::Call),
        fields: Vec::new(),
        build: |inputs| Ok(Fact::CallSettled(CallSettled { call: inputs.of()? })),
    });
    all.push(Statement {
        key: "withdrawn",
        title: "撤回这条登记",
        by: By::County,
        of: Some(Wanted::Any),
        fields: Vec::new(),
        build: |inputs| {
            Ok(Fact::Withdrawn(Withdrawn {
                event: inputs.of()?,
            }))
        },
    });
    all
}

fn beginnings() -> Vec<Statement> {
    let with_place = |rest: Vec<Field>| place_fields().into_iter().chain(rest).collect();
    vec![
        Statement {
            key: "household-entered",
            title: "登记保障对象",
            by: By::County,
            of: None,
            fields: with_place(vec![
                Field::needed(
                    "class",
                    "类别",
                    titles(&SupportClass::ALL, SupportClass::title),
                ),
                Field::needed("members", "成员", Kind::People),
                Field::needed("monthly", "每月", Kind::Yuan),
                Field::needed("from", "从哪个月起", Kind::Month),
                Field::needed("decided", "决定日期", Kind::Day),
                Field::optional("institution", "供养机构（集中供养的）", Kind::Line),
                Field::optional("applied", "申请日期", Kind::Day),
            ]),
            build: |inputs| {
                Ok(Fact::HouseholdEntered(HouseholdEntered {
                    place: inputs.place()?,
                    class: inputs.one_of("class", &SupportClass::ALL)?,
                    members: members(inputs)?,
                    monthly: inputs.yuan("monthly")?,
                    from: inputs.month("from")?,
                    decided: inputs.day("decided")?,
                    institution: inputs.words("institution")?,
                    slip: None,
                    applied: inputs.maybe_day("applied")?,
                }))
            },
        },
        Statement {
            key: "official-entered",
            title: "登记经办人员或村（居）委成员",
            by: By::Staff,
            of: None,
            fields: with_place(vec![
                Field::needed("person", "姓名和身份证号", Kind::People),
                Field::needed(
                    "category",
                    "人员类别",
                    titles(&OfficialCategory::ALL, OfficialCategory::title),
                ),
                Field::needed("post", "单位及职务", Kind::Line),
                Field::needed("from", "任职日期", Kind::Day),
            ]),
            build: |inputs| {
                Ok(Fact::OfficialEntered(OfficialEntered {
                    person: inputs.person("person")?,
                    category: inputs.one_of("category", &OfficialCategory::ALL)?,
                    place: inputs.place()?,
                    post: inputs.words("post")?,
                    from: inputs.day("from")?,
                }))
            },
        },
        Statement {
            key: "village-reported",
            title: "村（居）委会月报告",
            by: By::Village,
            of: None,
            fields: with_place(vec![
                Field::needed("month", "月份", Kind::Month),
                Field::optional("person", "变动的人（没有变动不填）", Kind::People),
                Field::optional("kind", "变动", Kind::List(ListName::Change)),
                Field::optional("words", "情况", Kind::Text),
                Field::optional("household", "保障对象的登记号", Kind::Number),
            ]),
            build: |inputs| {
                let changes = if inputs.line("person").is_empty() {
                    Vec::new()
                } else {
                    vec![Change {
                        household: inputs.maybe_event("household")?,
                        person: inputs.person("person")?,
                        kind: inputs.list("kind")?,
                        words: inputs.words("words")?,
                    }]
                };
                Ok(Fact::VillageReported(VillageReported {
                    place: inputs.place()?,
                    month: inputs.month("month")?,
                    changes,
                }))
            },
        },
        Statement {
            key: "township-reported",
            title: "乡镇上报月报告",
            by: By::Staff,
            of: None,
            fields: vec![
                Field::needed("township", "乡镇", Kind::Township),
                Field::needed("month", "月份", Kind::Month),
            ],
            build: |inputs| {
                Ok(Fact::TownshipReported(TownshipReported {
                    place: inputs.place()?,
                    month: inputs.month("month")?,
                }))
            },
        },
        Statement {
            key: "report-handed-in",
            title: "登记乡镇报送",
            by: By::Staff,
            of: None,
            fields: vec![
                Field::needed("township", "乡镇", Kind::Township),
                Field::needed("duty", "哪一种（W1周报、W2双周报、S1、S2）", Kind::Line),
                Field::needed("nominal", "哪一次（通知写的日子）", Kind::Day),
            ],
            build: |inputs| {
                Ok(Fact::ReportHandedIn(ReportHandedIn {
                    duty: inputs.line("duty").to_owned(),
                    nominal: inputs.day("nominal")?,
                    township: inputs.place()?.township,
                }))
            },
        },
        Statement {
            key: "person-found",
            title: "登记特殊人员",
            by: By::Staff,
            of: None,
            fields: with_place(vec![
                Field::needed("person", "姓名和身份证号", Kind::People),
                Field::needed(
                    "group",
                    "情形",
                    titles(&SpecialGroup::ALL, SpecialGroup::title),
                ),
                Field::needed("happened", "死亡、收监、认定日期", Kind::Day),
                Field::needed("through", "信息来源", Kind::List(ListName::Channel)),
                Field::optional("household", "保障对象的登记号", Kind::Number),
                Field::optional(
                    "disability",
                    "残疾类别（新增重残的）",
                    Kind::List(ListName::Disability),
                ),
                Field::optional("level", "残疾等级，1到4", Kind::Number),
                Field::optional("certificate", "残疾证号", Kind::Line),
                Field::needed("family", "家庭人口", Kind::Number),
            ]),
            build: |inputs| {
                let disability = if inputs.line("disability").is_empty() {
                    None
                } else {
                    Some(Disability {
                        kind: inputs.list("disability")?,
                        level: inputs.number("level")?,
                        certificate: inputs.words("certificate")?,
                    })
                };
                Ok(Fact::PersonFound(PersonFound {
                    person: inputs.person("person")?,
                    place: inputs.place()?,
                    group: inputs.one_of("group", &SpecialGroup::ALL)?,
                    happened: inputs.day("happened")?,
                    through: inputs.list("through")?,
                    household: inputs.maybe_event("household")?,
                    disability,
                    family_size: inputs.number("family")?,
                }))
            },
        },
        Statement {
            key: "lead-entered",
            title: "登记投诉举报线索",
            by: By::Staff,
            of: None,
            fields: with_place(vec![
                Field::optional("person", "反映人（匿名不填）", Kind::People),
                Field::needed("through", "从哪里来", Kind::List(ListName::Channel)),
                Field::needed("focus", "整治重点", Kind::Focus),
                Field::needed("words", "反映什么", Kind::Text),
                Field::needed("received", "收到日期", Kind::Day),
                Field::optional("repeats", "重复访的，原来的登记号", Kind::Number),
                Field::needed("skipped", "越级", Kind::YesNo),
            ]),
            build: |inputs| {
                let by = if inputs.line("person").is_empty() {
                    None
                } else {
                    Some(inputs.person("person")?)
                };
                Ok(Fact::LeadEntered(LeadEntered {
                    by,
                    place: inputs.place()?,
                    through: inputs.list("through")?,
                    focus: inputs.focus("focus")?,
                    words: inputs.words("words")?,
                    received: inputs.day("received")?,
                    repeats: inputs.maybe_event("repeats")?,
                    skipped_level: inputs.yes("skipped"),
                }))
            },
        },
        Statement {
            key: "problem-entered",
            title: "登记发现的问题",
            by: By::Staff,
            of: None,
            fields: with_place(vec![
                Field::needed("focus", "整治重点", Kind::Focus),
                Field::needed("origin", "问题来源", Kind::List(ListName::Origin)),
                Field::needed("words", "具体问题", Kind::Text),
                Field::needed("households", "涉及户数", Kind::Number),
                Field::needed("persons", "涉及人数", Kind::Number),
                Field::optional("amount", "涉及金额", Kind::Yuan),
                Field::optional("measures", "整改措施", Kind::Text),
                Field::optional("unit", "责任单位", Kind::Line),
                Field::optional("leader", "责任领导", Kind::Line),
                Field::optional("responsible", "责任人", Kind::Line),
                Field::needed("due", "整改时限", Kind::Day),
                Field::optional("lead", "来自线索的，线索登记号", Kind::Number),
            ]),
            build: |inputs| {
                Ok(Fact::ProblemEntered(ProblemEntered {
                    focus: inputs.focus("focus")?,
                    origin: inputs.list("origin")?,
                    place: inputs.place()?,
                    words: inputs.words("words")?,
                    households: inputs.number("households")?,
                    persons: inputs.number("persons")?,
                    amount: inputs.yuan("amount")?,
                    measures: inputs.words("measures")?,
                    unit: inputs.words("unit")?,
                    leader: inputs.maybe_name("leader")?,
                    responsible: inputs.maybe_name("responsible")?,
                    due: inputs.day("due")?,
                    lead: inputs.maybe_event("lead")?,
                }))
            },
        },
        Statement {
            key: "call-taken",
            title: "登记热线来电",
            by: By::Staff,
            of: None,
            fields: with_place(vec![
                Field::needed("kind", "事由", Kind::List(ListName::Call)),
                Field::needed("words", "内容", Kind::Text),
                Field::optional("phone", "回电号码", Kind::Line),
                Field::needed("answered", "当场答复", Kind::YesNo),
            ]),
            build: |inputs| {
                Ok(Fact::CallTaken(CallTaken {
                    kind: inputs.list("kind")?,
                    place: inputs.place()?,
                    words: inputs.words("words")?,
                    phone: inputs.phone("phone")?,
                    answered: inputs.yes("answered"),
                }))
            },
        },
    ]
}

fn members(inputs: &Inputs<'_>) -> Result<Vec<HouseholdMember>, Wrong> {
    let people = inputs.people("members")?.into_iter();
    Ok(people
        .map(|(person, disabled)| HouseholdMember { person, disabled })
        .collect())
}

fn about_households() -> Vec<Statement> {
    let of = Some(Wanted::Household);
    let months = || {
        vec![
            Field::needed("from", "从哪个月起", Kind::Month),
            Field::needed("decided", "决定日期", Kind::Day),
        ]
    };
    vec![
        Statement {
            key: "amount-set",
            title: "调整金额",
            by: By::County,
            of,
            fields: [Field::needed("monthly", "每月", Kind::Yuan)]
                .into_iter()
                .chain(months())
                .collect(),
            build: |inputs| {
                Ok(Fact::AmountSet(AmountSet {
                    household: inputs.of()?,
                    monthly: inputs.yuan("monthly")?,
                    from: inputs.month("from")?,
                    decided: inputs.day("decided")?,
                }))
            },
        },
        Statement {
            key: "members-set",
            title: "变更成员",
            by: By::County,
            of,
            fields: vec![
                Field::needed("members", "成员", Kind::People),
                Field::needed("from", "从哪个月起", Kind::Month),
            ],
            build: |inputs| {
                Ok(Fact::MembersSet(MembersSet {
                    household: inputs.of()?,
                    members: members(inputs)?,
                    from: inputs.month("from")?,
                }))
            },
        },
        Statement {
            key: "household-stopped",
            title: "停发",
            by: By::County,
            of,
            fields: months(),
            build: |inputs| {
                Ok(Fact::HouseholdStopped(HouseholdStopped {
                    household: inputs.of()?,
                    from: inputs.month("from")?,
                    decided: inputs.day("decided")?,
                }))
            },
        },
        Statement {
            key: "money-recovered",
            title: "登记追缴",
            by: By::County,
            of,
            fields: vec![
                Field::needed("amount", "追缴", Kind::Yuan),
                Field::needed("on", "日期", Kind::Day),
                Field::optional("found", "死亡（服刑）人员的登记号", Kind::Number),
                Field::optional("problem", "整改问题的登记号", Kind::Number),
            ],
            build: |inputs| {
                Ok(Fact::MoneyRecovered(MoneyRecovered {
                    household: inputs.of()?,
                    amount: inputs.yuan("amount")?,
                    on: inputs.day("on")?,
                    found: inputs.maybe_event("found")?,
                    problem: inputs.maybe_event("problem")?,
                }))
            },
        },
        Statement {
            key: "household-filed",
            title: "近亲属备案",
            by: By::Staff,
            of,
            fields: filing_fields(),
            build: |inputs| filing(inputs, Assisted::Household(inputs.of()?)),
        },
    ]
}

fn filing_fields() -> Vec<Field> {
    vec![
        Field::needed("official", "工作人员的登记号", Kind::Number),
        Field::optional(
            "relation",
            "工作人员是申请人的（同户的不填）",
            Kind::NearRelative,
        ),
        Field::needed("found-by", "怎么发现", titles(&FOUND_BY, FoundBy::title)),
    ]
}

fn filing(inputs: &Inputs<'_>, assisted: Assisted) -> Result<Fact, Wrong> {
    let relation = match inputs.line("relation") {
        "" => None,
        _ => Some(relief::RelationCode(inputs.number("relation")?)),
    };
    Ok(Fact::RelativeFiled(RelativeFiled {
        assisted,
        official: inputs.event("official")?,
        relation,
        found_by: inputs.one_of("found-by", &FOUND_BY)?,
    }))
}

fn about_relatives() -> Vec<Statement> {
    let (official, filed) = (Some(Wanted::Official), Some(Wanted::Filing));
    vec![
        Statement {
            key: "application-filed",
            title: "近亲属备案",
            by: By::Staff,
            of: Some(Wanted::Application),
            fields: filing_fields(),
            build: |inputs| filing(inputs, Assisted::Application(inputs.of()?)),
        },
        Statement {
            key: "official-left",
            title: "登记离任",
            by: By::Staff,
            of: official,
            fields: vec![Field::needed("last", "最后一天", Kind::Day)],
            build: |inputs| {
                Ok(Fact::OfficialLeft(OfficialLeft {
                    official: inputs.of()?,
                    last: inputs.day("last")?,
                }))
            },
        },
        Statement {
            key: "relative-named",
            title: "登记申报的亲属",
            by: By::Staff,
            of: official,
            fields: vec![
                Field::needed("person", "亲属的姓名和身份证号", Kind::People),
                Field::needed("relation", "工作人员是这位亲属的", Kind::NearRelative),
            ],
            build: |inputs| {
                Ok(Fact::RelativeNamed(RelativeNamed {
                    official: inputs.of()?,
                    relative: inputs.person("person")?,
                    relation: relief::RelationCode(inputs.number("relation")?),
                }))
            },
        },
        Statement {
            key: "filing-visited",
            title: "登记县级入户核查",
            by: By::County,
            of: filed,
            fields: vec![
                Field::needed("on", "入户日期", Kind::Day),
                Field::needed("by", "核查人（两人以上）", Kind::Names),
                Field::needed("qualifies", "符合条件", Kind::YesNo),
            ],
            build: |inputs| {
                Ok(Fact::FilingVisited(FilingVisited {
                    filing: inputs.of()?,
                    on: inputs.day("on")?,
                    by: inputs.names("by")?,
                    qualifies: inputs.yes("qualifies"),
                }))
            },
        },
        Statement {
            key: "recused",
            title: "登记回避",
            by: By::Staff,
            of: filed,
            fields: vec![Field::needed("instead", "改由谁办", Kind::Line)],
            build: |inputs| {
                Ok(Fact::Recused(Recused {
                    filing: inputs.of()?,
                    instead: inputs.name("instead")?,
                }))
            },
        },
        Statement {
            key: "filing-settled",
            title: "登记处理结果",
            by: By::County,
            of: filed,
            fields: vec![Field::needed(
                "result",
                "处理结果",
                titles(&FilingResult::ALL, FilingResult::title),
            )],
            build: |inputs| {
                Ok(Fact::FilingSettled(FilingSettled {
                    filing: inputs.of()?,
                    result: inputs.one_of("result", &FilingResult::ALL)?,
                }))
            },
        },
    ]
}

fn about_reports() -> Vec<Statement> {
    let of = Some(Wanted::VillageReport);
    vec![
        Statement {
            key: "village-report-checked",
            title: "乡镇核查月报告",
            by: By::Staff,
            of,
            fields: vec![Field::optional(
                "wrong",
                "不属实的是第几条（都属实不填）",
                Kind::Number,
            )],
            build: |inputs| {
                let wrong = match inputs.line("wrong") {
                    "" => Vec::new(),
                    _ => vec![
                        inputs
                            .number::<u32>("wrong")?
                            .checked_sub(1)
                            .ok_or(Wrong("wrong"))?,
                    ],
                };
                Ok(Fact::VillageReportChecked(VillageReportChecked {
                    report: inputs.of()?,
                    wrong,
                }))
            },
        },
        Statement {
            key: "change-settled",
            title: "登记变动的办理",
            by: By::County,
            of,
            fields: vec![
                Field::needed("line", "第几条", Kind::Number),
                Field::needed(
                    "outcome",
                    "怎么办的",
                    titles(&ChangeOutcome::ALL, ChangeOutcome::title),
                ),
            ],
            build: |inputs| {
                Ok(Fact::ChangeSettled(ChangeSettled {
                    report: inputs.of()?,
                    line: inputs
                        .number::<u32>("line")?
                        .checked_sub(1)
                        .ok_or(Wrong("line"))?,
                    outcome: inputs.one_of("outcome", &ChangeOutcome::ALL)?,
                }))
            },
        },
    ]
}

fn about_people_found() -> Vec<Statement> {
    let of = Some(Wanted::Found);
    vec![
        Statement {
            key: "household-rechecked",
            title: "登记家庭状况核查",
            by: By::Staff,
            of,
            fields: vec![
                Field::needed("on", "核查日期", Kind::Day),
                Field::needed("by", "核查人", Kind::Names),
            ],
            build: |inputs| {
                Ok(Fact::HouseholdRechecked(HouseholdRechecked {
                    found: inputs.of()?,
                    on: inputs.day("on")?,
                    by: inputs.names("by")?,
                }))
            },
        },
        Statement {
            key: "person-settled",
            title: "登记死亡（服刑）处置",
            by: By::County,
            of,
            fields: vec![
                Field::needed("measure", "处置", titles(&Measure::ALL, Measure::title)),
                Field::needed("from", "从哪个月起", Kind::Month),
                Field::needed("monthly", "其余的人每月", Kind::Yuan),
                Field::needed("decided", "决定日期", Kind::Day),
                Field::optional("funeral", "丧葬待遇（特困）", Kind::Yuan),
            ],
            build: |inputs| {
                Ok(Fact::PersonSettled(PersonSettled {
                    found: inputs.of()?,
                    measure: inputs.one_of("measure", &Measure::ALL)?,
                    from: inputs.month("from")?,
                    monthly: inputs.yuan("monthly")?,
                    decided: inputs.day("decided")?,
                    funeral: inputs.maybe_yuan("funeral")?,
                }))
            },
        },
        Statement {
            key: "policy-applied",
            title: "登记落实的政策",
            by: By::Staff,
            of,
            fields: vec![
                Field::needed("policy", "政策", Kind::List(ListName::Policy)),
                Field::needed("on", "时间", Kind::Day),
                Field::needed("had-before", "原来就有", Kind::YesNo),
            ],
            build: |inputs| {
                Ok(Fact::PolicyApplied(PolicyApplied {
                    found: inputs.of()?,
                    policy: inputs.list("policy")?,
                    on: inputs.day("on")?,
                    had_before: inputs.yes("had-before"),
                }))
            },
        },
        Statement {
            key: "policy-not-applied",
            title: "登记未落实的原因",
            by: By::Staff,
            of,
            fields: vec![Field::needed("qualifies", "符合条件", Kind::YesNo)],
            build: |inputs| {
                Ok(Fact::PolicyNotApplied(PolicyNotApplied {
                    found: inputs.of()?,
                    qualifies: inputs.yes("qualifies"),
                }))
            },
        },
    ]
}

fn about_leads() -> Vec<Statement> {
    let of = Some(Wanted::Lead);
    let on = |label| Field::needed("on", label, Kind::Day);
    vec![
        Statement {
            key: "lead-told",
            title: "登记告知受理",
            by: By::County,
            of,
            fields: vec![on("告知日期")],
            build: |inputs| {
                Ok(Fact::LeadTold(LeadTold {
                    lead: inputs.of()?,
                    on: inputs.day("on")?,
                }))
            },
        },
        Statement {
            key: "lead-verified",
            title: "登记核实",
            by: By::County,
            of,
            fields: vec![
                on("核实日期"),
                Field::needed("by", "核实人", Kind::Names),
                Field::needed("verdict", "结论", titles(&Verdict::ALL, Verdict::title)),
            ],
            build: |inputs| {
                Ok(Fact::LeadVerified(LeadVerified {
                    lead: inputs.of()?,
                    on: inputs.day("on")?,
                    by: inputs.names("by")?,
                    verdict: inputs.one_of("verdict", &Verdict::ALL)?,
                }))
            },
        },
        Statement {
            key: "lead-answered",
            title: "登记答复",
            by: By::County,
            of,
            fields: vec![on("答复日期")],
            build: |inputs| {
                Ok(Fact::LeadAnswered(LeadAnswered {
                    lead: inputs.of()?,
                    on: inputs.day("on")?,
                }))
            },
        },
        Statement {
            key: "lead-extended",
            title: "延长办理",
            by: By::County,
            of,
            fields: Vec::new(),
            build: |inputs| Ok(Fact::LeadExtended(LeadExtended { lead: inputs.of()? })),
        },
        Statement {
            key: "lead-handed-over",
            title: "移送纪检监察机构",
            by: By::County,
            of,
            fields: vec![on("移送日期"), Field::needed("to", "移送给", Kind::Line)],
            build: |inputs| {
                Ok(Fact::LeadHandedOver(LeadHandedOver {
                    lead: inputs.of()?,
                    on: inputs.day("on")?,
                    to: inputs.words("to")?,
                }))
            },
        },
    ]
}

fn about_problems() -> Vec<Statement> {
    let of = Some(Wanted::Problem);
    let on = || Field::needed("on", "日期", Kind::Day);
    vec![
        Statement {
            key: "problem-progressed",
            title: "登记整改进展",
            by: By::Staff,
            of,
            fields: vec![
                Field::needed(
                    "state",
                    "进展",
                    titles(&ProblemState::ALL, ProblemState::title),
                ),
                on(),
                Field::optional("recovered", "追缴", Kind::Yuan),
                Field::optional("made-up", "补发", Kind::Yuan),
            ],
            build: |inputs| {
                Ok(Fact::ProblemProgressed(ProblemProgressed {
                    problem: inputs.of()?,
                    state: inputs.one_of("state", &ProblemState::ALL)?,
                    on: inputs.day("on")?,
                    recovered: inputs.yuan("recovered")?,
                    made_up: inputs.yuan("made-up")?,
                }))
            },
        },
        Statement {
            key: "problem-closed",
            title: "验收销号",
            by: By::County,
            of,
            fields: vec![on(), Field::needed("accepted-by", "验收人", Kind::Line)],
            build: |inputs| {
                Ok(Fact::ProblemClosed(ProblemClosed {
                    problem: inputs.of()?,
                    on: inputs.day("on")?,
                    accepted_by: inputs.name("accepted-by")?,
                }))
            },
        },
        Statement {
            key: "staff-sanctioned",
            title: "登记处理处分",
            by: By::County,
            of,
            fields: vec![Field::needed("persons", "几人", Kind::Number)],
            build: |inputs| {
                Ok(Fact::StaffSanctioned(StaffSanctioned {
                    problem: inputs.of()?,
                    persons: inputs.number("persons")?,
                }))
            },
        },
        Statement {
            key: "system-improved",
            title: "登记完善的制度",
            by: By::Staff,
            of,
            fields: vec![Field::needed("title", "制度", Kind::Line)],
            build: |inputs| {
                Ok(Fact::SystemImproved(SystemImproved {
                    problem: inputs.of()?,
                    title: inputs.words("title")?,
                }))
            },
        },
    ]
}
