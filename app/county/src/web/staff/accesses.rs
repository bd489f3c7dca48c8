//! The auditor's page: who saw and did what, the newest first.

use axum::{
    extract::{Query, State},
    response::IntoResponse,
};
use maud::{Markup, html};

use super::{
    super::{Fault, dates, layout, on_disk},
    Before, LIST, Officer, list,
};
use crate::{
    County,
    accounts::{Access, Account, Act},
};

pub(super) const ACCESSES: &str = "/staff/accesses";

/// Lines on one page.
const PAGE_LEN: u32 = 100;

pub(super) async fn show(
    State(county): State<County>,
    Officer(officer): Officer,
    Query(Before { before }): Query<Before>,
) -> Result<impl IntoResponse, Fault> {
    let state = county.clone();
    let seen = on_disk(move || state.accesses(before, PAGE_LEN)).await?;
    Ok(page(&county, &officer, &seen))
}

fn page(county: &County, officer: &Account, seen: &[Access]) -> Markup {
    layout::staff(
        "查看和办理记录",
        &html! {
            (list::bar(county, officer))
            p { a href=(LIST) { "← 全部申请" } }
            h1 { "查看和办理记录" }
            @if seen.is_empty() { p.card { "没有记录。" } }
            @else {
                div.scroll { table {
                    thead { tr { th { "第几号" } th { "时间" } th { "谁" } th { "做了什么" } th { "对什么" } th { "原因" } } }
                    tbody { @for one in seen { tr {
                        td.number { (one.id) }
                        td { (dates::time(one.at)) }
                        td { @if one.name.is_empty() { "在县局机器上" } @else { (one.name) } }
                        td { (act_title(one.act)) }
                        td.wrap { (one.about) }
                        td.wrap { (one.reason) }
                    } } }
                } }
                @if let Some(last) = seen.last().filter(|_| seen.len() == PAGE_LEN as usize) {
                    p { a href={ (ACCESSES) "?before=" (last.id) } { "更早的记录" } }
                }
            }
            p.small { "记录只能增加，不能改也不能删；导出文件上的号就是这里的号。" }
        },
    )
}

const fn act_title(act: Act) -> &'static str {
    match act {
        Act::SignedIn => "登录",
        Act::SignInRefused => "登录时密码不对",
        Act::SawCase => "看申请",
        Act::SawPaper => "看材料",
        Act::ActedOnCase => "办申请",
        Act::SawEvent => "看登记",
        Act::Stated => "登记",
        Act::Unmasked => "看完整号码",
        Act::UnmaskedEvent => "看登记的完整号码",
        Act::Exported => "导出报表",
        Act::MadeAccount => "建账号",
        Act::DisabledAccount => "停用账号",
        Act::ResetPassword => "换密码",
        Act::Printed => "打印文书",
        Act::PasswordAccepted => "登录时密码对，等动态码",
        Act::CodeRefused => "动态码不对",
        Act::SetSecondFactor => "启用动态码",
        Act::RemovedSecondFactor => "取消动态码",
        Act::ChangedPassword => "改自己的密码",
        Act::ChangeRefused => "改密码时原密码不对",
    }
}
