//! Full identity and telephone numbers of a case, for a reason that is remembered.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use relief::Application;
use serde::Deserialize;

use super::{
    super::{Fault, layout, on_disk},
    LIST, Officer, case_page, list,
};
use crate::{CaseId, County, LedgerError, accounts::Act};

/// The longest reason, in characters: a few sentences.
const REASON_CHARS_MAX: usize = 200;
/// The shortest, so that a key that was struck is none.
const REASON_CHARS_MIN: usize = 2;

#[derive(Deserialize)]
pub(super) struct Asked {
    reason: String,
}

/// The question for a reason, on a case's page.
pub(super) fn form(case: CaseId) -> Markup {
    html! {
        details {
            summary { "看完整的身份证号和电话" }
            form method="post" action={ (LIST) "/" (case.number()) "/numbers" } {
                label {
                    "为什么要看（会记下来，审计能看到）"
                    input type="text" name="reason" required minlength=(REASON_CHARS_MIN) maxlength=(REASON_CHARS_MAX) autocomplete="off";
                }
                button.plain { "看完整号码" }
            }
        }
    }
}

pub(super) async fn show(
    State(county): State<County>,
    Officer(officer): Officer,
    Path(case): Path<i64>,
    Form(Asked { reason }): Form<Asked>,
) -> Result<Response, Fault> {
    let id = CaseId::from_address(case);
    if !case_page::is_theirs(&county, &officer, id).await? {
        return Ok(layout::not_found().await.into_response());
    }
    let reason = reason.trim().to_owned();
    let fits = (REASON_CHARS_MIN..=REASON_CHARS_MAX).contains(&reason.chars().count());
    // A store may not take the character 0 as text, and no page sends it.
    if !fits || reason.contains('\0') {
        let page = layout::message("没有显示", &["要写明为什么看，最多200个字。"]);
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let (state, who) = (county.clone(), officer.clone());
    let found = on_disk(move || {
        let Some(view) = state.case(id)? else {
            return Ok(None);
        };
        // Remembered before it is seen.
        state.remember(&who, Act::Unmasked, &case.to_string(), &reason)?;
        Ok::<_, LedgerError>(Some(view))
    })
    .await?;
    let Some(view) = found else {
        return Ok(layout::not_found().await.into_response());
    };
    let body = html! {
        (list::bar(&county, &officer))
        p { a href={ (LIST) "/" (case) } { "← 申请 " (view.application.slip_number) } }
        h1 { "完整号码" }
        (numbers(&view.application))
        p.small { "这次查看已经记下。看完请离开这一页。" }
    };
    Ok(layout::staff("完整号码", &body).into_response())
}

fn numbers(application: &Application) -> Markup {
    let person = &application.applicant;
    html! {
        dl.card {
            dt { (person.name.as_str()) }
            dd.number { (person.id_number.as_ref().map_or("没有身份证号", |number| number.as_str())) }
            dt { "电话" }
            dd.number { (person.phone.as_ref().map_or("没有", |phone| phone.as_str())) }
            @for member in &application.household {
                dt { (member.name.as_str()) }
                dd.number { (member.id_number.as_ref().map_or("没有身份证号", |number| number.as_str())) }
            }
        }
    }
}
