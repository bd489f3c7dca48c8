//! Lines and kiosks: who talks now, who was heard when, and what goes wrong on the way.

use axum::{extract::State, response::IntoResponse};
use maud::{Markup, html};

use super::{
    super::{Fault, dates, layout, on_disk},
    LINES, LIST, Officer, list,
};
use crate::{
    County,
    accounts::{Account, Office},
    gateway::{
        CallEnd, CallStatus, Counters, KioskContact, LastCall, LineSettings, LineState, LineStatus,
    },
};

pub(super) async fn lines(
    State(county): State<County>,
    Officer(officer): Officer,
) -> Result<impl IntoResponse, Fault> {
    let state = county.clone();
    let contacts = on_disk(move || state.kiosk_contacts()).await?;
    Ok(page(&county, &officer, &county.lines(), &contacts))
}

fn page(
    county: &County,
    officer: &Account,
    lines: &[LineStatus],
    contacts: &[KioskContact],
) -> Markup {
    let calls: Vec<(&LineStatus, &CallStatus)> = lines
        .iter()
        .flat_map(|line| line.calls.iter().map(move |call| (line, call)))
        .collect();
    layout::staff(
        "线路和终端",
        &html! {
            (list::bar(county, officer))
            @if officer.office != Office::Administrator { p { a href=(LIST) { "← 全部申请" } } }
            h1 { "线路和终端" }
            p.small {
                (dates::time(county.now())) "的情况。" a href=(LINES) { "刷新" }
            }
            h2 { "终端" }
            @if contacts.is_empty() { p.card { "还没有登记终端。" } }
            @else { (kiosks(contacts)) }
            h2 { "正在通话" }
            @if calls.is_empty() { p.card { "现在没有终端在通话。" } }
            @else { (talking(&calls)) }
            h2 { "线路" }
            @if lines.is_empty() { p.card { "没有设线路。" } }
            @else { (all_lines(lines)) }
        },
    )
}

fn kiosks(contacts: &[KioskContact]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th { "终端" } th { "上次联系" } th { "线路" } th { "上次通话怎么结束" } th { "通话" }
                (counters_head())
            } }
            tbody { @for contact in contacts { tr {
                td.number { (contact.kiosk) }
                @match &contact.totals.last {
                    None => { td { "还没有" } td {} td {} }
                    Some(last) => {
                        td {
                            @if contact.talks_on.is_some() { "正在通话" }
                            @else { (dates::short_time(last.noted)) }
                        }
                        td { (contact.talks_on.as_ref().unwrap_or(&last.line)) }
                        td.wrap { @if contact.talks_on.is_none() { (ended(last)) } }
                    }
                }
                td.number { (contact.totals.calls) "次" }
                (counters(&contact.totals.counters))
            } } }
        } }
    }
}

fn talking(calls: &[(&LineStatus, &CallStatus)]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th { "终端" } th { "线路" } th { "从" } th { "每秒收到" } th { "往返" }
                (counters_head())
            } }
            tbody { @for (line, call) in calls { tr {
                td.number { @match call.kiosk { Some(kiosk) => (kiosk), None => "还不知道" } }
                td { (line.settings.name()) }
                td { (dates::short_time(call.began)) }
                td.number { @if let Some(rate) = call.bytes_per_second { (bytes(rate)) } }
                td.number { @if let Some(wait) = call.quality.round_trip { (wait.as_millis()) "毫秒" } }
                (counters(&call.counters))
            } } }
        } }
    }
}

fn all_lines(lines: &[LineStatus]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th { "线路" } th { "种类" } th { "情况" } th { "上次通话" } th { "上次通话怎么结束" } th { "通话" }
                (counters_head())
            } }
            tbody { @for line in lines { tr {
                td { (line.settings.name()) }
                td { (kind(&line.settings)) }
                td.wrap { (state(line)) }
                @match &line.totals.last {
                    None => { td { "还没有" } td {} }
                    Some(last) => {
                        td {
                            @if let Some(kiosk) = last.kiosk { (kiosk) " " }
                            (dates::short_time(last.began))
                        }
                        td.wrap { @if line.calls.is_empty() { (ended(last)) } }
                    }
                }
                td.number { (line.totals.calls) "次" }
                (counters(&line.totals.counters))
            } } }
        } }
    }
}

fn counters_head() -> Markup {
    html! { th { "收到材料" } th { "收到" } th { "发出" } th { "改正的错" } th { "收到的坏帧" } th { "发出没到的包" } }
}

fn counters(counters: &Counters) -> Markup {
    html! {
        td.number { (counters.objects) "件" }
        td.number { (bytes(counters.bytes_in)) }
        td.number { (bytes(counters.bytes_out)) }
        td.number { (bytes(counters.bytes_corrected)) }
        td.number { (counters.frames_damaged) }
        td.number { (counters.packets_lost) }
    }
}

fn kind(settings: &LineSettings) -> Markup {
    html! {
        @match settings {
            LineSettings::Cable { kiosk: Some(kiosk), .. } => { "连着终端" (kiosk) }
            LineSettings::Cable { kiosk: None, .. } => "串口",
            LineSettings::Modem { .. } => "拨入",
            LineSettings::Tcp { .. } => "网络",
        }
    }
}

fn state(line: &LineStatus) -> Markup {
    html! {
        @match &line.state {
            LineState::Opening => "正在打开",
            LineState::Stopped => "已停",
            LineState::Closed { since, why } => {
                "用不了，一直在重试，从" (dates::short_time(*since)) "起" div.small { (why) }
            }
            LineState::Open { since } => {
                @if line.calls.is_empty() { "空闲，从" (dates::short_time(*since)) "起能用" }
                @else { (line.calls.len()) "台在通话" }
            }
        }
        @if 0 < line.turned_away { div.small { "占满时拒绝了" (line.turned_away) "次" } }
    }
}

fn ended(last: &LastCall) -> &'static str {
    match last.end {
        None => "县里的程序在通话时断了",
        Some(CallEnd::HungUp) => "对方挂断，或者线断了",
        Some(CallEnd::PeerSilent) => "对方没有声音了",
        Some(CallEnd::Unanswered) => "发出去的没有回音",
        Some(CallEnd::PeerRestarted) => "终端重新启动",
        Some(CallEnd::NoGreeting) => "对方不是终端",
        Some(CallEnd::Stranger) => "一直不知道是哪台终端",
        Some(CallEnd::Incompatible) => "两边程序的版本不能通话",
        Some(CallEnd::Replaced) => "终端重新打来了",
        Some(CallEnd::PortFailed) => "端口坏了，或者被拔掉",
        Some(CallEnd::LedgerFailed) => "县里的磁盘出错",
        Some(CallEnd::Stopped) => "县里的程序停了",
    }
}

/// Bytes as people read them, in units of 1024.
fn bytes(count: u64) -> String {
    let tenths = |unit: u64| {
        let tenths = u128::from(count) * 10 / u128::from(unit);
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    match count {
        0..1_024 => format!("{count} B"),
        1_024..1_048_576 => format!("{} KB", tenths(1 << 10)),
        1_048_576..1_073_741_824 => format!("{} MB", tenths(1 << 20)),
        _ => format!("{} GB", tenths(1 << 30)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_in_the_unit_that_suits_them() {
        for (count, words) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KB"),
            (200 << 10, "200.0 KB"),
            (1_048_575, "1023.9 KB"),
            (3 << 19, "1.5 MB"),
            (u64::MAX, "17179869183.9 GB"),
        ] {
            assert_eq!(bytes(count), words);
        }
    }
}
