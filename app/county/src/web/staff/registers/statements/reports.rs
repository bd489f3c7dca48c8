//! What is stated about monthly reports and other reports that are due.

use relief::{
    Fact, ListName,
    county_event::Wanted,
    monthly_report::{
        Change, ChangeOutcome, ChangeSettled, TownshipReported, VillageReportChecked,
        VillageReported,
    },
    report_calendar::ReportHandedIn,
};

use super::{
    super::inputs::{Field, Kind},
    By, Statement, titles, with_place,
};

pub(super) fn all() -> Vec<Statement> {
    let of = Some(Wanted::VillageReport);
    vec![
        Statement {
            key: "village-reported",
            title: "村（居）委会月报告",
            by: By::Village,
            of: None,
            fields: with_place(vec![
                Field::needed("month", "月份", Kind::Month),
                Field::optional("changes", "变动（没有变动不填）", Kind::Rows(of_change())),
            ]),
            build: |inputs| {
                let asked = of_change();
                let changes = inputs.rows(&asked).map(|row| {
                    Ok(Change {
                        household: row.maybe_event("household")?,
                        person: row.person("person")?,
                        kind: row.list("kind")?,
                        words: row.words("words")?,
                    })
                });
                Ok(Fact::VillageReported(VillageReported {
                    place: inputs.place()?,
                    month: inputs.month("month")?,
                    changes: changes.collect::<Result<_, _>>()?,
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
            key: "village-report-checked",
            title: "乡镇核查月报告",
            by: By::Staff,
            of,
            fields: vec![Field::optional(
                "wrong",
                "不属实的是第几条，都属实不填",
                Kind::Numbers,
            )],
            build: |inputs| {
                Ok(Fact::VillageReportChecked(VillageReportChecked {
                    report: inputs.about()?,
                    wrong: inputs.places_in_list("wrong")?,
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
                    report: inputs.about()?,
                    line: inputs.place_in_list("line")?,
                    outcome: inputs.one_of("outcome", &ChangeOutcome::ALL)?,
                }))
            },
        },
    ]
}

/// What is asked of each change.
fn of_change() -> Vec<Field> {
    vec![
        Field::optional("person", "谁", Kind::Person),
        Field::optional("kind", "变动", Kind::List(ListName::Change)),
        Field::optional("words", "情况", Kind::Line),
        Field::optional("household", "保障对象的登记号", Kind::Number),
    ]
}
