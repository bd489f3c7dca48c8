//! What is stated about calls of the hotline.

use relief::{
    Fact, ListName,
    county_event::Wanted,
    hotline::{CallSettled, CallTaken},
};

use super::{
    super::inputs::{Field, Kind},
    By, Statement, with_place,
};

pub(super) fn all() -> Vec<Statement> {
    vec![
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
        Statement {
            key: "call-settled",
            title: "答复来电",
            by: By::Staff,
            of: Some(Wanted::Call),
            fields: Vec::new(),
            build: |inputs| {
                Ok(Fact::CallSettled(CallSettled {
                    call: inputs.about()?,
                }))
            },
        },
    ]
}
