//! The form with which staff state something, and what becomes of it.

use std::collections::BTreeMap;

use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use relief::{Evidence, Fact, Words, near_relative::Recusal};

use super::{
    super::{
        super::{Fault, layout, on_disk},
        Officer, rights,
    },
    REGISTERS, event_address, frame,
    inputs::{Inputs, Wrong, more_rows},
    reach,
    statements::{self, Statement},
};
use crate::{
    County, StateError,
    accounts::{Account, Act},
};

/// Where statements are made.
pub(super) const STATEMENTS: &str = "/staff/statements";

type Filled = BTreeMap<String, String>;

fn statement(key: &str) -> Option<Statement> {
    statements::all().into_iter().find(|one| one.key == key)
}

pub(super) async fn form(
    State(county): State<County>,
    Officer(officer): Officer,
    Path(key): Path<String>,
    Query(filled): Query<Filled>,
) -> Response {
    match statement(&key) {
        Some(statement) if statement.by.is(&officer.office) => {
            page(&county, &officer, &statement, &filled, None).into_response()
        }
        Some(_) => rights::not_yours(),
        None => layout::not_found().await.into_response(),
    }
}

pub(super) async fn state(
    State(county): State<County>,
    Officer(officer): Officer,
    Path(key): Path<String>,
    Form(mut filled): Form<Filled>,
) -> Result<Response, Fault> {
    let Some(statement) = statement(&key) else {
        return Ok(layout::not_found().await.into_response());
    };
    let Some(actor) = officer.actor().filter(|_| statement.by.is(&officer.office)) else {
        return Ok(rights::not_yours());
    };
    if more_rows(&mut filled) {
        return Ok(page(&county, &officer, &statement, &filled, None).into_response());
    }
    let refused = |words: &str| {
        let page = page(&county, &officer, &statement, &filled, Some(words));
        (StatusCode::CONFLICT, page).into_response()
    };
    let (fact, reason, evidence) = match read(&statement, &filled, &county) {
        Ok(read) => read,
        Err(wrong) => return Ok(refused(&wrong.words(&statement.fields))),
    };
    let (state, office, asked) = (county.clone(), officer.office.clone(), fact.clone());
    let theirs =
        on_disk(move || state.county_events(|events| reach::may_state(&office, &asked, events)))
            .await?;
    if !theirs {
        return Ok(refused("没有登记成：这不是您那个地方的事。"));
    }
    let (state, who) = (county.clone(), officer.clone());
    let stated = on_disk(move || match state.state(actor, reason, evidence, fact) {
        Ok(event) => {
            state.remember(&who, Act::Stated, &event.to_string(), "")?;
            Ok(Ok(event))
        }
        Err(error) => Ok::<_, Fault>(Err(refusal(error)?)),
    })
    .await?;
    Ok(match stated {
        Ok(event) => Redirect::to(&event_address(event, None)).into_response(),
        Err(words) => refused(&words),
    })
}

/// Why something was not stated; a fault of the server's goes on.
pub(super) fn refusal(error: StateError) -> Result<String, Fault> {
    let (words, source) = match error {
        StateError::NotAdmitted(rule) => (rule.words(), rule.source()),
        StateError::Recused(_) => ("这是您近亲属的事，要由别人登记", Recusal::SOURCE),
        StateError::TooLarge => ("内容太长", ""),
        StateError::Random(error) => return Err(error.into()),
        StateError::Ledger(error) => return Err(error.into()),
    };
    Ok(match source {
        "" => format!("没有登记成：{words}。"),
        source => format!("没有登记成：{words}（{source}）。"),
    })
}

fn read(
    statement: &Statement,
    filled: &Filled,
    county: &County,
) -> Result<(Fact, Words, Option<Evidence>), Wrong> {
    let inputs = Inputs::of(filled, county);
    for field in &statement.fields {
        if field.needed && inputs.line(field.name).is_empty() {
            return Err(inputs.wrong(field.name));
        }
    }
    let evidence = inputs.words("evidence")?;
    let evidence = (!evidence.is_empty()).then_some(Evidence {
        reference: evidence,
        sha256: None,
    });
    Ok((
        (statement.build)(&inputs)?,
        inputs.words("reason")?,
        evidence,
    ))
}

fn page(
    county: &County,
    officer: &Account,
    statement: &Statement,
    filled: &Filled,
    wrong: Option<&str>,
) -> Markup {
    let inputs = Inputs::of(filled, county);
    let of = |name| inputs.line(name);
    let body = html! {
        @if let Some(wrong) = wrong { p.card.error role="alert" { (wrong) } }
        form.card method="post" action={ (STATEMENTS) "/" (statement.key) } {
            @if statement.of.is_some() {
                p { "关于第" (of("of")) "号登记" }
                input type="hidden" name="of" value=(of("of"));
            }
            @for field in &statement.fields { (field.markup(&inputs)) }
            label { "原因、说明" textarea name="reason" rows="2" { (of("reason")) } }
            label { "依据（文件号、材料名）" input type="text" name="evidence" value=(of("evidence")); }
            button { "登记" }
        }
        p.small { "登记以后不能改，错了就撤回再登记；会记下您的姓名和时间。" }
    };
    frame(
        county,
        officer,
        statement.title,
        Some((REGISTERS, "全部台账")),
        &body,
    )
}

/// Links to what this officer may state about an event of this kind, or may begin.
pub(super) fn links(about: Option<(&Fact, relief::EventId)>, officer: &Account) -> Markup {
    let all = statements::all();
    let fits = |statement: &&Statement| {
        let of = match (statement.of, about) {
            (None, None) => true,
            (Some(wanted), Some((fact, _))) => {
                wanted.is(fact) && !matches!(fact, Fact::Withdrawn(_))
            }
            _ => false,
        };
        of && statement.by.is(&officer.office)
    };
    let query = about.map_or_else(String::new, |(_, event)| format!("?of={event}"));
    html! {
        section.card {
            h2 { "登记" }
            @for statement in all.iter().filter(fits) {
                p { a href={ (STATEMENTS) "/" (statement.key) (query) } { (statement.title) } }
            }
        }
    }
}
