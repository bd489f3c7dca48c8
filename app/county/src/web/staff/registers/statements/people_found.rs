//! What is stated about people who died, are in prison, or became newly disabled or monitored.

use relief::{
    Fact, ListName,
    county_event::Wanted,
    special_group::{
        Disability, HouseholdRechecked, Measure, PersonFound, PersonSettled, PolicyApplied,
        PolicyNotApplied, SpecialGroup,
    },
};

use super::{
    super::inputs::{Field, Kind},
    By, Statement, titles, with_place,
};

pub(super) fn all() -> Vec<Statement> {
    let of = Some(Wanted::Found);
    vec![
        Statement {
            key: "person-found",
            title: "登记特殊人员",
            by: By::Staff,
            of: None,
            fields: with_place(vec![
                Field::needed("person", "姓名和身份证号", Kind::Person),
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
                    found: inputs.about()?,
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
                    found: inputs.about()?,
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
                    found: inputs.about()?,
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
                    found: inputs.about()?,
                    qualifies: inputs.yes("qualifies"),
                }))
            },
        },
    ]
}
