//! What is stated about problems that are to be put right.

use relief::{
    Fact, ListName,
    county_event::Wanted,
    rectification::{
        ProblemClosed, ProblemEntered, ProblemProgressed, ProblemState, StaffSanctioned,
        SystemImproved,
    },
};

use super::{
    super::inputs::{Field, Kind},
    By, Statement, titles, with_place,
};

pub(super) fn all() -> Vec<Statement> {
    let of = Some(Wanted::Problem);
    let on = || Field::needed("on", "日期", Kind::Day);
    vec![
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
                    problem: inputs.about()?,
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
                    problem: inputs.about()?,
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
                    problem: inputs.about()?,
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
                    problem: inputs.about()?,
                    title: inputs.words("title")?,
                }))
            },
        },
    ]
}
