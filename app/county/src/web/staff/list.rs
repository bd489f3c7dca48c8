//! The list of cases, the newest first, names masked.

use axum::{
    extract::{Query, State},
    response::IntoResponse,
};
use maud::{Markup, html};

use super::{
    super::{Fault, dates, layout, on_disk},
    Before, LINES, LIST, Officer,
    accesses::ACCESSES,
    handovers::HANDOVERS,
    kiosks::KIOSKS,
    office_title,
    password::PASSWORD,
    registers::REGISTERS,
    second_factor::SECOND_FACTOR,
};
use crate::{
    CaseId, CaseLine, County,
    accounts::{Account, Office},
};

/// Cases on one page.
const PAGE_LEN: u32 = 50;

pub(super) async fn list(
    State(county): State<County>,
    Officer(officer): Officer,
    Query(Before { before }): Query<Before>,
) -> Result<impl IntoResponse, Fault> {
    let state = county.clone();
    let township = officer.office.township().map(str::to_owned);
    let before = before.map(CaseId::from_address);
    let cases = on_disk(move || state.cases_in(township.as_deref(), before, PAGE_LEN)).await?;
    Ok(page(&county, &officer, &cases))
}

/// Who is signed in, and the way out.
pub(super) fn bar(county: &County, officer: &Account) -> Markup {
    html! {
        div.bar {
            p {
                @if !county.config().bureau.is_empty() { (county.config().bureau) " · " }
                (officer.name) "（" (office_title(&officer.office)) "）"
            }
            p.links { a href=(PASSWORD) { "改密码" } a href=(SECOND_FACTOR) { "动态码" } }
            form method="post" action="/staff/sign-out" { button.plain { "退出" } }
        }
    }
}

fn page(county: &County, officer: &Account, cases: &[CaseLine]) -> Markup {
    let book = county.rulebook();
    layout::staff(
        "救助申请",
        &html! {
            (bar(county, officer))
            p {
                a href=(REGISTERS) { "台账" }
                @if !matches!(officer.office, Office::Township { .. }) {
                    " 　 " a href=(HANDOVERS) { "没有归入申请的材料" }
                    " 　 " a href=(KIOSKS) { "终端" }
                    " 　 " a href=(LINES) { "线路" }
                }
                @if officer.office == Office::Auditor { " 　 " a href=(ACCESSES) { "查看和办理记录" } }
            }
            h1 { "救助申请" }
            @if cases.is_empty() { p.card { "还没有收到申请。" } }
            @else {
                div.scroll { table {
                    thead { tr {
                        th { "回执编号" } th { "申请人" } th { "类别" } th { "受理单位" } th { "办到哪一步" }
                        th { "时限" } th { "提交" } th { "县里收到" }
                    } }
                    tbody { @for case in cases { tr {
                        td.number { a href={ (LIST) "/" (case.id.number()) } { (case.slip_number) } }
                        td { (case.masked_name) }
                        td { (book.schemes.get(case.scheme).map_or("", |scheme| scheme.title.as_str())) }
                        td { (book.codes.township(&case.township).map_or(case.township.as_str(), |t| t.name.as_str())) }
                        td { (case.stage.title()) }
                        td.wrap {
                            @if let Some(clock) = case.clock.as_ref().filter(|clock| dates::clock(clock).dated) { (clock.title) "：" (dates::clock(clock).left) }
                        }
                        td { (dates::short_time(case.submitted)) }
                        td { (dates::short_time(case.received)) }
                    } } }
                } }
                @if let Some(last) = cases.last().filter(|_| cases.len() == PAGE_LEN as usize) {
                    p { a href={ (LIST) "?before=" (last.id.number()) } { "更早的申请" } }
                }
            }
        },
    )
}
