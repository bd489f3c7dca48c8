//! What is stated about officials and their near relatives.

use relief::{
    Fact,
    county_event::Wanted,
    near_relative::{
        Assisted, FilingResult, FilingSettled, FilingVisited, FoundBy, OfficialCategory,
        OfficialEntered, OfficialLeft, Recused, RelativeFiled, RelativeNamed,
    },
};

use super::{
    super::inputs::{Field, Inputs, Kind, Wrong},
    By, Statement, titles, with_place,
};

pub(super) fn all() -> Vec<Statement> {
    let (official, filed) = (Some(Wanted::Official), Some(Wanted::Filing));
    vec![
        Statement {
            key: "official-entered",
            title: "登记经办人员或村（居）委成员",
            by: By::Staff,
            of: None,
            fields: with_place(vec![
                Field::needed("person", "姓名和身份证号", Kind::Person),
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
            key: "application-filed",
            title: "近亲属备案",
            by: By::Staff,
            of: Some(Wanted::Application),
            fields: filing_fields(),
            build: |inputs| filing(inputs, Assisted::Application(inputs.about()?)),
        },
        Statement {
            key: "official-left",
            title: "登记离任",
            by: By::Staff,
            of: official,
            fields: vec![Field::needed("last", "最后一天", Kind::Day)],
            build: |inputs| {
                Ok(Fact::OfficialLeft(OfficialLeft {
                    official: inputs.about()?,
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
                Field::needed("person", "亲属的姓名和身份证号", Kind::Person),
                Field::needed("relation", "工作人员是这位亲属的", Kind::NearRelative),
            ],
            build: |inputs| {
                Ok(Fact::RelativeNamed(RelativeNamed {
                    official: inputs.about()?,
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
                    filing: inputs.about()?,
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
                    filing: inputs.about()?,
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
                    filing: inputs.about()?,
                    result: inputs.one_of("result", &FilingResult::ALL)?,
                }))
            },
        },
    ]
}

/// The ways in which a near relative comes to light that a person states.
const FOUND_BY: [FoundBy; 4] = [
    FoundBy::Declared,
    FoundBy::Matched,
    FoundBy::SameHousehold,
    FoundBy::Reported,
];

pub(super) fn filing_fields() -> Vec<Field> {
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

pub(super) fn filing(inputs: &Inputs<'_>, assisted: Assisted) -> Result<Fact, Wrong> {
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
