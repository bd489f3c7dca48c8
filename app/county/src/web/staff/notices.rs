//! The written notices of a case, to be printed.

use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use relief::Notice;

use super::{
    super::{Fault, layout, on_disk},
    LIST, Officer, case_page,
};
use crate::{CaseId, CaseView, County, NoticeError, accounts::Act};

/// Links to what can be printed at this stage of the case.
pub(super) fn card(view: &CaseView) -> Markup {
    let told = Notice::ALL
        .into_iter()
        .zip(1..)
        .filter(|(notice, _)| view.notice_is_due(*notice));
    html! {
        section.card {
            h2 { "文书" }
            @for (notice, number) in told.clone() {
                p { a href={ (LIST) "/" (view.id.number()) "/notices/" (number) } { (notice.title()) } }
            }
            @if told.count() == 0 { p { "现在没有要送达的文书。" } }
        }
    }
}

pub(super) async fn pdf(
    State(county): State<County>,
    Officer(officer): Officer,
    Path((case, number)): Path<(i64, usize)>,
) -> Result<Response, Fault> {
    let Some(notice) = number
        .checked_sub(1)
        .and_then(|place| Notice::ALL.get(place).copied())
    else {
        return Ok(layout::not_found().await.into_response());
    };
    let id = CaseId::from_address(case);
    if !case_page::is_theirs(&county, &officer, id).await? {
        return Ok(layout::not_found().await.into_response());
    }
    let printed = on_disk(move || match county.notice(id, notice) {
        Err(NoticeError::Ledger(error)) => Err(error),
        Err(other) => Ok(Err(other)),
        Ok(pdf) => {
            county.remember(&officer, Act::Printed, &format!("{case} {number}"), "")?;
            Ok(Ok(pdf))
        }
    })
    .await?;
    Ok(match printed {
        Ok(pdf) => ([(header::CONTENT_TYPE, "application/pdf")], pdf).into_response(),
        Err(NoticeError::NotDecided) => layout::not_found().await.into_response(),
        Err(NoticeError::Print(_) | NoticeError::Ledger(_)) => layout::message(
            "这份文书打印不出来",
            &["写的理由太长，或者有打印不出的字。请在办理经过里补充说明，用纸质文书送达。"],
        )
        .into_response(),
    })
}
