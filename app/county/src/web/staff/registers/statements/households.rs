//! What is stated about households in support.

use relief::{
    Fact,
    county_event::Wanted,
    household::{
        AmountSet, HouseholdEntered, HouseholdMember, HouseholdStopped, MembersSet, SupportClass,
    },
    near_relative::Assisted,
    payment::MoneyRecovered,
};

use super::{
    super::inputs::{Field, Inputs, Kind, Wrong},
    By, Statement,
    relatives::{filing, filing_fields},
    titles, with_place,
};

pub(super) fn all() -> Vec<Statement> {
    let of = Some(Wanted::Household);
    let months = || {
        vec![
            Field::needed("from", "从哪个月起", Kind::Month),
            Field::needed("decided", "决定日期", Kind::Day),
        ]
    };
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
                    household: inputs.about()?,
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
                    household: inputs.about()?,
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
                    household: inputs.about()?,
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
                    household: inputs.about()?,
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
            build: |inputs| filing(inputs, Assisted::Household(inputs.about()?)),
        },
    ]
}

fn members(inputs: &Inputs<'_>) -> Result<Vec<HouseholdMember>, Wrong> {
    let people = inputs.people("members")?.into_iter();
    Ok(people
        .map(|(person, disabled)| HouseholdMember { person, disabled })
        .collect())
}
