//! Papers that were handed in without an application: a case's own, and those that are in no case.

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use envelope::ObjectHash;
use maud::{Markup, html};

use super::{
    super::{Fault, dates, layout, on_disk, picture},
    Before, LIST, Officer,
    case_page::{page_boxes, paper_title},
    list,
};
use crate::{
    County, HandoverId, HandoverView, LedgerError,
    accounts::{Account, Act, Office},
    keys::from_hex,
};

pub(super) const HANDOVERS: &str = "/staff/handovers";

/// Handovers on one page.
const PAGE_LEN: u32 = 50;

/// Those that are in no case.
pub(super) async fn list(
    State(county): State<County>,
    Officer(officer): Officer,
    Query(Before { before }): Query<Before>,
) -> Result<impl IntoResponse, Fault> {
    let state = county.clone();
    let before = before.map(HandoverId::from_address);
    let found = on_disk(move || state.handovers_of_no_case(before, PAGE_LEN)).await?;
    Ok(page(&county, &officer, &found))
}

fn page(county: &County, officer: &Account, found: &[HandoverView]) -> Markup {
    layout::staff(
        "没有归入申请的材料",
        &html! {
            (list::bar(county, officer))
            p { a href=(LIST) { "← 全部申请" } }
            h1 { "没有归入申请的材料" }
            p.small { "各单位的报表和登记表，以及所写编号还没有对应申请的材料。申请一到，材料自动归入。" }
            @if found.is_empty() { p.card { "没有这样的材料。" } }
            @else {
                div.scroll { table {
                    thead { tr {
                        th { "材料编号" } th { "材料" } th { "申请编号" } th { "交来" } th { "县里收到" }
                    } }
                    tbody { @for handover in found { tr {
                        td.number { a href={ (HANDOVERS) "/" (handover.id.number()) } { (handover.record.slip_number) } }
                        td.wrap { (titles(county, handover)) }
                        td.number { @if let Some(case) = handover.record.case { (case) } }
                        td { (dates::short_time(handover.submitted)) }
                        td { (dates::short_time(handover.received)) }
                    } } }
                } }
                @if let Some(last) = found.last().filter(|_| found.len() == PAGE_LEN as usize) {
                    p { a href={ (HANDOVERS) "?before=" (last.id.number()) } { "更早的材料" } }
                }
            }
        },
    )
}

/// One of them, whether it is in a case or not.
pub(super) async fn show(
    State(county): State<County>,
    Officer(officer): Officer,
    Path(id): Path<i64>,
) -> Result<Response, Fault> {
    let id = HandoverId::from_address(id);
    let (state, who) = (county.clone(), officer.clone());
    let found = on_disk(move || {
        let view = state.handover(id)?;
        if view.is_some() {
            let about = format!("handover {}", id.number());
            state.remember(&who, Act::SawPaper, &about, "")?;
        }
        Ok::<_, LedgerError>(view)
    })
    .await?;
    let Some(view) = found else {
        return Ok(layout::not_found().await.into_response());
    };
    let shown = may_see_papers(&officer);
    let body = html! {
        (list::bar(&county, &officer))
        p { a href=(HANDOVERS) { "← 没有归入申请的材料" } }
        h1 { "材料 " span.number { (view.record.slip_number) } }
        (cards(&county, &view, shown))
    };
    Ok(layout::staff("材料", &body).into_response())
}

/// A scanned paper cannot be masked, so that the auditor does not see it.
fn may_see_papers(officer: &Account) -> bool {
    !matches!(officer.office, Office::Auditor)
}

pub(super) async fn paper(
    State(county): State<County>,
    Officer(officer): Officer,
    Path((id, hash)): Path<(i64, String)>,
) -> Result<Response, Fault> {
    let Some(hash) = from_hex(&hash).map(ObjectHash) else {
        return Ok(layout::not_found().await.into_response());
    };
    let id = HandoverId::from_address(id);
    let shown = on_disk(move || {
        // A township sees what belongs to its cases, a handover of no case only the county.
        if !county.handover_is_theirs(&officer, id)? {
            return Ok(None);
        }
        let Some(opened) = county.handover_paper(id, hash)? else {
            return Ok(None);
        };
        let about = format!("handover {} {hash}", id.number());
        county.remember(&officer, Act::SawPaper, &about, "")?;
        Ok::<_, LedgerError>(Some(picture::shown(opened.plain)))
    })
    .await?;
    Ok(match shown {
        Some(picture) => picture.into_response(),
        None => layout::not_found().await.into_response(),
    })
}

impl County {
    fn handover_is_theirs(&self, officer: &Account, id: HandoverId) -> Result<bool, LedgerError> {
        if matches!(officer.office, Office::County) {
            return Ok(true);
        }
        let township = self.township_of_handover(id)?;
        Ok(township.is_some_and(|township| officer.office.reaches(&township, "")))
    }
}

/// What the papers are, each form once.
fn titles(county: &County, handover: &HandoverView) -> String {
    let forms = handover
        .record
        .pages
        .chunk_by(|one, next| one.form == next.form);
    let titles = forms.filter_map(<[_]>::first).map(|page| {
        let title = county.form_title(&page.form);
        title.unwrap_or(&page.form).to_owned()
    });
    titles.collect::<Vec<_>>().join("、")
}

/// What was handed in: the boxes that were read, and the papers; `shown` to those who may see what no mask covers.
pub(super) fn cards(county: &County, handover: &HandoverView, shown: bool) -> Markup {
    let HandoverView {
        id,
        record,
        submitted,
        received,
        papers,
    } = handover;
    html! {
        section.card {
            h2 { "后来交的材料：" (titles(county, handover)) }
            dl {
                dt { "材料编号" } dd.number { (record.slip_number) }
                @if let Some(case) = record.case { dt { "申请编号" } dd.number { (case) } }
                dt { "交来" } dd { (dates::time(*submitted)) }
                dt { "县里收到" } dd { (dates::time(*received)) }
                @if !record.pages.is_empty() { dt { "勾选和签名" } dd { (page_boxes(county, &record.pages)) } }
            }
        }
        @for (place, paper) in papers.iter().enumerate() {
            section.card.paper {
                h2 { "后来交的材料" (place + 1) "：" (paper_title(paper)) }
                @if !paper.arrived { p { "还在从终端传来的路上。" } }
                @else if !shown { p { "扫描件不能遮住身份证号，您的岗位不能看。" } }
                @else {
                    @let address = format!("{HANDOVERS}/{}/papers/{}", id.number(), ObjectHash(paper.attachment.hash));
                    a href=(address) { img src=(address) alt=(paper_title(paper)) loading="lazy"; }
                }
            }
        }
    }
}
