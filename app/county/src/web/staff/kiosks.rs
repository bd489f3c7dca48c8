//! The kiosks: what is known of each, and what none has told yet.

use axum::{extract::State, response::IntoResponse};
use maud::{Markup, html};
use relief::{FaultCode, KioskCondition, Rulebook};

use super::{
    super::{Fault, dates, layout, on_disk},
    LINES, LIST, Officer, list,
};
use crate::{
    County, UnixMs,
    accounts::{Account, Office},
    fleet::KnownKiosk,
    ledger::kiosks::KioskKey,
};

pub(super) const KIOSKS: &str = "/staff/kiosks";

/// What stands where no kiosk has told anything: never a guess.
const UNTOLD: &str = "未报告";

/// A clock that is off by less is right: that much passes on the way over a thin line.
const CLOCK_OFF_MINUTES_MAX: u64 = 10;

pub(super) async fn show(
    State(county): State<County>,
    Officer(officer): Officer,
) -> Result<impl IntoResponse, Fault> {
    let state = county.clone();
    let fleet = on_disk(move || state.fleet()).await?;
    Ok(page(&county, &officer, &fleet))
}

fn page(county: &County, officer: &Account, fleet: &[KnownKiosk]) -> Markup {
    layout::staff(
        "终端",
        &html! {
            (list::bar(county, officer))
            @if officer.office != Office::Administrator { p { a href=(LIST) { "← 全部申请" } } }
            h1 { "终端" }
            p.small { (dates::time(county.now())) "的情况。" a href=(LINES) { "线路和通话" } }
            @if fleet.is_empty() { p.card { "还没有登记终端。" } }
            @for kiosk in fleet { (card(kiosk, county.rulebook())) }
            p.small {
                "“" (UNTOLD) "”的，是终端还没有报告。终端通上线路时报告，以后每六小时一次。"
                "在路上的材料，是申请里写着、县里还没有收到的页。"
            }
        },
    )
}

fn card(known: &KnownKiosk, book: &Rulebook) -> Markup {
    let row = &known.row;
    let first = row.keys.iter().map(|key| key.enrolled).min();
    let totals = known.contact.as_ref().map(|contact| &contact.totals);
    let last_call = totals.and_then(|totals| totals.last.as_ref());
    let reported = row.condition.as_ref().map(|(_, received)| *received);
    let heard = last_call
        .map(|call| call.noted)
        .max(row.last_held)
        .max(reported);
    let told = |words: &dyn Fn(&KioskCondition) -> Markup| match &row.condition {
        Some((condition, _)) => words(condition),
        None => html! { (UNTOLD) },
    };
    html! {
        section.card {
            h2 { "终端 " span.number { (row.kiosk) } }
            dl {
                dt { "登记" } dd { (first.map_or_else(|| UNTOLD.to_owned(), dates::time)) }
                dt { "密钥" } dd { @for key in &row.keys { (key_words(key)) } }
                dt { "上次有消息" }
                dd {
                    @match known.contact.as_ref().and_then(|contact| contact.talks_on.as_ref()) {
                        Some(line) => { "正在" (line) "上通话" }
                        None => (heard.map_or_else(|| "还没有".to_owned(), dates::time)),
                    }
                }
                dt { "线路" } dd { (last_call.map_or(UNTOLD, |call| call.line.as_str())) }
                dt { "县里收到" } dd { (row.held) "件" }
                dt { "还在路上的材料" } dd { (row.pages_awaited) "页" }
                dt { "等着告诉它的消息" } dd { (row.news_waiting) "条" }
                dt { "终端里的队列" } dd { (told(&|condition| queue_words(condition))) }
                dt { "终端的钟" } dd { (row.clock.map_or_else(|| UNTOLD.to_owned(), clock_words)) }
                dt { "线路上的错" }
                dd {
                    @match totals {
                        Some(totals) => {
                            "坏帧" (totals.counters.frames_damaged) "，没到的包" (totals.counters.packets_lost)
                        }
                        None => (UNTOLD),
                    }
                }
                dt { "打印纸" } dd { (told(&|condition| fault_words(condition, FaultCode::is_of_paper, "够用"))) }
                dt { "设备故障" } dd { (told(&|condition| fault_words(condition, |code| !code.is_of_paper(), "没有"))) }
                dt { "规则版本" } dd { (told(&|condition| edition_words(&condition.rules_edition, book.edition()))) }
                dt { "明白卡版本" }
                dd {
                    @match (&row.condition, &known.card_edition) {
                        (Some((condition, _)), _) => (edition_words(&condition.card_editions, &book.card_editions())),
                        (None, Some(edition)) => { (edition) "（最近一件申请用的）" }
                        (None, None) => (UNTOLD),
                    }
                }
                dt { "程序版本" } dd { (told(&|condition| html! { (condition.program_version) })) }
                @if let Some((_, received)) = &row.condition { dt { "报告的时间" } dd { (dates::time(*received)) } }
            }
        }
    }
}

fn queue_words(condition: &KioskCondition) -> Markup {
    html! {
        (condition.waiting) "件没有送到"
        @if condition.refused != 0 { strong { "，" (condition.refused) "件县里不收" } }
    }
}

/// What is wrong with what `is_of` is asked about, or else that nothing is.
fn fault_words(
    condition: &KioskCondition,
    is_of: impl Fn(FaultCode) -> bool,
    nothing: &str,
) -> Markup {
    let faults: Vec<String> = condition
        .faults
        .iter()
        .filter(|code| is_of(**code))
        .map(|code| {
            code.words()
                .map_or_else(|| format!("故障{}", code.0), str::to_owned)
        })
        .collect();
    html! {
        @if faults.is_empty() { (nothing) } @else { strong { (faults.join("，")) } }
    }
}

fn edition_words(theirs: &str, ours: &str) -> Markup {
    html! {
        (theirs)
        @if theirs != ours { strong { "，和县里的不一样" } }
    }
}

fn key_words(key: &KioskKey) -> Markup {
    html! {
        div {
            span.number { (key.public.key_id()) } "　" (dates::short_time(key.enrolled)) "登记"
            @if let Some(revoked) = key.revoked { strong { "，" (dates::short_time(revoked)) "作废" } }
        }
    }
}

/// How the kiosk's clock stood to the county's when something of it was received, at the most.
fn clock_words((wall, received): (UnixMs, UnixMs)) -> String {
    let off_ms = wall.0.saturating_sub(received.0);
    let minutes = off_ms.unsigned_abs() / 60_000;
    if minutes <= CLOCK_OFF_MINUTES_MAX {
        "准".to_owned()
    } else if 0 < off_ms {
        format!("快{minutes}分钟")
    } else {
        // What was sealed long before it came looks the same.
        format!("慢{minutes}分钟，或者那件东西在路上走了这么久")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_told_by_how_far_it_is_off() {
        let words = |wall| clock_words((UnixMs(wall), UnixMs(3_600_000)));
        assert_eq!(words(3_600_000 - 60_000), "准");
        assert_eq!(words(7_200_000), "快60分钟");
        assert!(words(0).starts_with("慢60分钟"));
        assert!(!clock_words((UnixMs(i64::MIN), UnixMs(i64::MAX))).is_empty());
    }
}
