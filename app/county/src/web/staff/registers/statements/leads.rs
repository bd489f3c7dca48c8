//! What is stated about complaints.

use relief::{
    Fact, ListName,
    county_event::Wanted,
    lead::{
        LeadAnswered, LeadEntered, LeadExtended, LeadHandedOver, LeadTold, LeadVerified, Verdict,
    },
};

use super::{
    super::inputs::{Field, Kind},
    By, Statement, titles, with_place,
};

pub(super) fn all() -> Vec<Statement> {
    let of = Some(Wanted::Lead);
    let on = |label| Field::needed("on", label, Kind::Day);
    vec![
        Statement {
            key: "lead-entered",
            title: "登记投诉举报线索",
            by: By::Staff,
            of: None,
            fields: with_place(vec![
                Field::optional("person", "反映人（匿名不填）", Kind::Person),
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
            key: "lead-told",
            title: "登记告知受理",
            by: By::County,
            of,
            fields: vec![on("告知日期")],
            build: |inputs| {
                Ok(Fact::LeadTold(LeadTold {
                    lead: inputs.about()?,
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
                    lead: inputs.about()?,
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
                    lead: inputs.about()?,
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
            build: |inputs| {
                Ok(Fact::LeadExtended(LeadExtended {
                    lead: inputs.about()?,
                }))
            },
        },
        Statement {
            key: "lead-handed-over",
            title: "移送纪检监察机构",
            by: By::County,
            of,
            fields: vec![on("移送日期"), Field::needed("to", "移送给", Kind::Line)],
            build: |inputs| {
                Ok(Fact::LeadHandedOver(LeadHandedOver {
                    lead: inputs.about()?,
                    on: inputs.day("on")?,
                    to: inputs.words("to")?,
                }))
            },
        },
    ]
}
