//! Full identity and telephone numbers of a case or an event, for a reason that is remembered.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use relief::{Application, IdNumber, Phone};
use serde::Deserialize;

use super::{
    super::{Fault, layout, on_disk},
    LIST, Officer, case_page, list,
};
use crate::{
    CaseId, County, LedgerError,
    accounts::{Account, Act},
};

/// The longest reason, in characters: a few sentences.
const REASON_CHARS_MAX: usize = 200;
/// The shortest, so that a key that was struck is none.
const REASON_CHARS_MIN: usize = 2;

/// Whose number, and the number in full.
pub(super) type Line = (String, String);

#[derive(Deserialize)]
pub(super) struct Asked {
    reason: String,
}

impl Asked {
    /// Why the numbers are to be seen, if that was said.
    pub(super) fn why(self) -> Option<String> {
        let reason = self.reason.trim().to_owned();
        let fits = (REASON_CHARS_MIN..=REASON_CHARS_MAX).contains(&reason.chars().count());
        // A store may not take the character 0 as text, and no page sends it.
        (fits && !reason.contains('\0')).then_some(reason)
    }
}

/// The page for who did not say why.
pub(super) fn not_shown() -> Response {
    let page = layout::message("没有显示", &["要写明为什么看，最多200个字。"]);
    (StatusCode::CONFLICT, page).into_response()
}

/// The question for a reason, on the page of this address.
pub(super) fn form(address: &str) -> Markup {
    html! {
        details {
            summary { "看完整的身份证号和电话" }
            form method="post" action={ (address) "/numbers" } {
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
    Form(asked): Form<Asked>,
) -> Result<Response, Fault> {
    let id = CaseId::from_address(case);
    if !case_page::is_theirs(&county, &officer, id).await? {
        return Ok(layout::not_found().await.into_response());
    }
    let Some(reason) = asked.why() else {
        return Ok(not_shown());
    };
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
    let back = html! { a href={ (LIST) "/" (case) } { "← 申请 " (view.application.slip_number) } };
    Ok(page(&county, &officer, &back, &of_application(&view.application)).into_response())
}

/// The page of the numbers, with the way back.
pub(super) fn page(county: &County, officer: &Account, back: &Markup, lines: &[Line]) -> Markup {
    let body = html! {
        (list::bar(county, officer))
        p { (back) }
        h1 { "完整号码" }
        dl.card {
            @for (whose, number) in lines {
                dt { (whose) }
                dd.number { (number) }
            }
        }
        p.small { "这次查看已经记下。看完请离开这一页。" }
    };
    layout::staff("完整号码", &body)
}

/// An identity number in full.
pub(super) fn identity(number: Option<&IdNumber>) -> String {
    number.map_or("没有身份证号", IdNumber::as_str).to_owned()
}

/// A telephone number in full.
pub(super) fn telephone(phone: Option<&Phone>) -> Line {
    let number = phone.map_or("没有", Phone::as_str);
    ("电话".to_owned(), number.to_owned())
}

fn of_application(application: &Application) -> Vec<Line> {
    let person = &application.applicant;
    let mut lines = vec![
        (
            person.name.as_str().to_owned(),
            identity(person.id_number.as_ref()),
        ),
        telephone(person.phone.as_ref()),
    ];
    lines.extend(application.household.iter().map(|member| {
        (
            member.name.as_str().to_owned(),
            identity(member.id_number.as_ref()),
        )
    }));
    lines
}
