//! One event: who stated what, when, why and on what evidence.

use axum::{
    Form,
    extract::{Path, Query, State},
    http::Method,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use relief::{
    CountyEvent, EventId, Fact, Rulebook,
    payment::{PayListEntered, Payee},
};
use serde::Deserialize;

use super::{
    super::{
        super::{Fault, dates, layout, on_disk},
        Officer, role_title,
    },
    REGISTERS, event_address, fact_words, frame, numbers, reach, rights, state_page,
};
use crate::{
    County, UnixMs,
    accounts::{Account, Act},
};

/// Lines of a pay list that are shown around the one asked for.
const LINES_SHOWN: usize = 50;

#[derive(Deserialize)]
pub(super) struct OfLine {
    line: Option<usize>,
}

pub(super) async fn show(
    State(county): State<County>,
    Officer(officer): Officer,
    Path(event): Path<u64>,
    Query(OfLine { line }): Query<OfLine>,
) -> Result<Response, Fault> {
    let (state, id, actor) = (county.clone(), EventId(event), officer.clone());
    let body = on_disk(move || {
        state.county_events(|events| {
            let at = events.binary_search_by_key(&id, |event| event.id).ok()?;
            if !reach::may_see(&actor.office, &events[at].fact, events) {
                return None;
            }
            let later: Vec<&CountyEvent> = events[at + 1..]
                .iter()
                .filter(|other| other.fact.references().iter().any(|(one, _)| *one == id))
                .filter(|other| reach::may_see(&actor.office, &other.fact, events))
                .take(LINES_SHOWN)
                .collect();
            Some(page(
                &events[at],
                &later,
                line,
                &actor,
                events,
                state.rulebook(),
            ))
        })
    })
    .await?;
    Ok(match body {
        None => layout::not_found().await.into_response(),
        Some(body) => {
            let (state, who) = (county.clone(), officer.clone());
            on_disk(move || state.remember(&who, Act::SawEvent, &id.to_string(), "")).await?;
            let title = format!("第{id}号登记");
            frame(
                &county,
                &officer,
                &title,
                Some((REGISTERS, "全部台账")),
                &body,
            )
            .into_response()
        }
    })
}

/// The numbers that its page masks.
fn full_numbers(fact: &Fact) -> Vec<numbers::Line> {
    let persons = fact.persons();
    let identified = persons.iter().filter(|person| person.id_number.is_some());
    let mut lines: Vec<numbers::Line> = identified
        .map(|person| {
            let name = person.name.as_str().to_owned();
            (name, numbers::identity(person.id_number.as_ref()))
        })
        .collect();
    if let Fact::CallTaken(call) = fact
        && call.phone.is_some()
    {
        lines.push(numbers::telephone(call.phone.as_ref()));
    }
    lines
}

pub(in crate::web::staff) async fn numbers(
    State(county): State<County>,
    Officer(officer): Officer,
    Path(event): Path<u64>,
    Form(asked): Form<numbers::Asked>,
) -> Result<Response, Fault> {
    let (state, id, actor) = (county.clone(), EventId(event), officer.clone());
    let found = on_disk(move || {
        state.county_events(|events| {
            let at = events.binary_search_by_key(&id, |event| event.id).ok()?;
            let fact = &events[at].fact;
            reach::may_see(&actor.office, fact, events).then(|| full_numbers(fact))
        })
    })
    .await?;
    let Some(lines) = found.filter(|lines| !lines.is_empty()) else {
        return Ok(layout::not_found().await.into_response());
    };
    let Some(reason) = asked.why() else {
        return Ok(numbers::not_shown());
    };
    let (state, who) = (county.clone(), officer.clone());
    // Remembered before it is seen.
    on_disk(move || state.remember(&who, Act::UnmaskedEvent, &id.to_string(), &reason)).await?;
    let back = html! { a href=(event_address(id, None)) { "← 第" (id) "号登记" } };
    Ok(numbers::page(&county, &officer, &back, &lines).into_response())
}

fn page(
    event: &CountyEvent,
    later: &[&CountyEvent],
    line: Option<usize>,
    officer: &Account,
    events: &[CountyEvent],
    book: &Rulebook,
) -> Markup {
    let withdrawn = later
        .iter()
        .find(|one| matches!(one.fact, Fact::Withdrawn(_)));
    html! {
        @if let Some(withdrawn) = withdrawn {
            p.card.error { "这条已经撤回，不再算数。"
                a href=(event_address(withdrawn.id, None)) { "撤回记录" } }
        }
        section.card {
            h2 { (event.fact.title()) }
            dl {
                dt { "登记时间" } dd { (dates::time(UnixMs(event.at_ms))) }
                dt { "登记人" } dd { (event.actor.name) "（" (role_title(event.actor.role)) "）" }
                @if !event.reason.is_empty() { dt { "原因、说明" } dd { (&*event.reason) } }
                @if let Some(evidence) = &event.evidence {
                    dt { "依据" } dd { (&*evidence.reference) }
                    @if let Some(sha256) = evidence.sha256 {
                        dt { "文件指纹" } dd.number { (hex::encode(sha256)) }
                    }
                }
                @for (label, words) in fact_words::words(&event.fact, book) {
                    @if !words.is_empty() { dt { (label) } dd { (words) } }
                }
            }
            @for (earlier, _) in event.fact.references().into_iter().take(LINES_SHOWN) {
                @if !matches!(event.fact, Fact::PayListEntered(_)) {
                    p { a href=(event_address(earlier, None)) { "接第" (earlier) "号" } }
                }
            }
        }
        @if !full_numbers(&event.fact).is_empty() && rights::may(&officer.office, &Method::POST, rights::EVENT_NUMBERS) {
            section.card.actions { (numbers::form(&event_address(event.id, None))) }
        }
        @if let Fact::PayListEntered(list) = &event.fact { (lines(list, line, officer, events)) }
        @if withdrawn.is_none() { (state_page::links(Some((&event.fact, event.id)), officer)) }
        @if !later.is_empty() {
            section.card {
                h2 { "后来的登记" }
                @for one in later {
                    p { a href=(event_address(one.id, None)) { "第" (one.id) "号　" (one.fact.title()) "　" (one.date()) } }
                }
            }
        }
    }
}

/// The lines of a pay list around the one that a figure names, or the first ones.
///
/// Those of another township are left out for who is of one, and so are those of nobody on the roster.
fn lines(
    list: &PayListEntered,
    line: Option<usize>,
    officer: &Account,
    events: &[CountyEvent],
) -> Markup {
    let theirs = |payee: &Payee| match payee {
        Payee::Household(id) => reach::may_see_household(&officer.office, *id, events),
        Payee::Institution(_) | Payee::Unmatched(_) => officer.office.township().is_none(),
    };
    let first = line.unwrap_or(0).saturating_sub(LINES_SHOWN / 2);
    let shown = list.lines.iter().enumerate().skip(first).take(LINES_SHOWN);
    let shown = shown.filter(|(_, one)| theirs(&one.payee));
    html! {
        p { "共" (list.lines.len()) "行，从第" (first + 1) "行起。" }
        div.scroll { table {
            thead { tr { th { "行" } th { "收款" } th { "金额（元）" } th { "日期" } th { "结果" } } }
            tbody { @for (index, one) in shown { tr {
                @let (payee, household) = fact_words::payee(&one.payee);
                td.number { @if line == Some(index) { strong { "→ " (index + 1) } } @else { (index + 1) } }
                td { @match household {
                    Some(household) => a href=(event_address(household, None)) { (payee) },
                    None => (payee),
                } }
                td.number { (one.amount) }
                td { (one.on) }
                td { (fact_words::state(one.state)) }
            } } }
        } }
    }
}
