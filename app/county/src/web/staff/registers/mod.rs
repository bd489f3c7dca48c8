//! The registers: what stands in them, what is to be done, and the events that they come from.

mod event_page;
mod fact_words;
mod inputs;
mod list_file_page;
mod listings;
mod reach;
mod state_page;
mod statements;
mod tables;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Multipart, Path, Query, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::NaiveDate;
use maud::{Markup, html};
use relief::{EventId, Month};
use serde::Deserialize;

use super::{
    super::{Fault, dates, layout, on_disk},
    LIST, Officer, list, numbers, rights,
};
use crate::{
    County,
    accounts::{Account, Office},
};

use listings::{Cell, Listing, Register};

/// Where the registers are listed.
pub(super) const REGISTERS: &str = "/staff/registers";
const TABLES: &str = "/staff/tables";
const EVENTS: &str = "/staff/events";

pub(super) fn routes() -> Router<County> {
    Router::new()
        .route(REGISTERS, get(overview))
        .route("/staff/registers/{register}", get(register))
        .route("/staff/tables", get(tables::choose))
        .route("/staff/tables/{table}", get(tables::show))
        .route("/staff/tables/{table}/file", get(tables::file))
        .route("/staff/tables/{table}/figure", get(tables::figure))
        .route("/staff/events/{event}", get(event_page::show))
        .route(rights::EVENT_NUMBERS, post(event_page::numbers))
        .route(
            "/staff/statements/{statement}",
            get(state_page::form).post(state_page::state),
        )
        .merge(list_files())
}

/// A page for each kind of list that other offices send.
fn list_files() -> Router<County> {
    let pages = list_file_page::ALL.iter();
    let router = pages.fold(Router::new(), |router, page| {
        let form = async |State(county): State<County>, Officer(officer): Officer| {
            page.form(&county, &officer)
        };
        let enter =
            async |State(county): State<County>, Officer(officer): Officer, parts: Multipart| {
                page.enter(county, officer, parts).await
            };
        router.route(page.address, get(form).post(enter))
    });
    router.layer(DefaultBodyLimit::max(list_file_page::UPLOAD_BYTES_MAX))
}

/// The month that a page is about.
#[derive(Deserialize)]
struct OfMonth {
    month: Option<String>,
}

async fn overview(
    State(county): State<County>,
    Officer(officer): Officer,
) -> Result<impl IntoResponse, Fault> {
    let state = county.clone();
    let today = county.today();
    let office = officer.office.clone();
    let counts = on_disk(move || {
        state.registers(today, |registers| {
            let all = Register::ALL.into_iter();
            all.filter(|register| register.is_open_to(&office))
                .map(|register| {
                    let listing = listings::listing(register, registers, Month::of(today), &office);
                    (register, listing.rows.len(), listing.to_do())
                })
                .collect::<Vec<_>>()
        })
    })
    .await?;
    Ok(frame(
        &county,
        &officer,
        "台账",
        None,
        &html! {
            p.small { (dates::date(today)) "的情况，按月的看本月。" }
            div.scroll { table {
                thead { tr { th { "台账" } th { "条数" } th { "要办的" } } }
                tbody { @for (register, rows, to_do) in counts { tr {
                    td { a href={ (REGISTERS) "/" (register.key()) } { (register.title()) } }
                    td.number { (rows) }
                    td.number { @if to_do != 0 { strong { (to_do) } } @else { "0" } }
                } } }
            } }
            @if officer.office.village().is_none() { p { a href=(TABLES) { "六张报表和进展情况草稿" } } }
            @if officer.office == Office::County {
                @for page in &list_file_page::ALL { p { a href=(page.address) { (page.title) } } }
            }
            (state_page::links(None, &officer))
        },
    ))
}

async fn register(
    State(county): State<County>,
    Officer(officer): Officer,
    Path(key): Path<String>,
    Query(OfMonth { month }): Query<OfMonth>,
) -> Result<Response, Fault> {
    let Some(register) = Register::ALL.into_iter().find(|one| one.key() == key) else {
        return Ok(layout::not_found().await.into_response());
    };
    if !register.is_open_to(&officer.office) {
        return Ok(rights::not_yours());
    }
    let today = county.today();
    let month = month
        .and_then(|month| month.parse().ok())
        .unwrap_or(Month::of(today));
    let (state, office) = (county.clone(), officer.office.clone());
    let listing = on_disk(move || {
        state.registers(today, |registers| {
            listings::listing(register, registers, month, &office)
        })
    })
    .await?;
    let body = html! {
        @if register.is_of_a_month() {
            p {
                a href={ "?month=" (month.plus(-1)) } { "← " (month.plus(-1)) }
                " 　" strong { (month) } "　 "
                a href={ "?month=" (month.plus(1)) } { (month.plus(1)) " →" }
            }
        }
        (table(&listing))
    };
    Ok(frame(
        &county,
        &officer,
        register.title(),
        Some((REGISTERS, "全部台账")),
        &body,
    )
    .into_response())
}

/// A page of staff with the way back.
fn frame(
    county: &County,
    officer: &Account,
    title: &str,
    back: Option<(&str, &str)>,
    body: &Markup,
) -> Markup {
    let (address, name) = back.unwrap_or((LIST, "全部申请"));
    layout::staff(
        title,
        &html! {
            (list::bar(county, officer))
            @if back.is_some() || !matches!(officer.office, Office::Village { .. }) {
                p { a href=(address) { "← " (name) } }
            }
            h1 { (title) }
            (body)
        },
    )
}

/// A listing; what is late or to be done stands out, and each cell leads to the event behind it.
fn table(listing: &Listing) -> Markup {
    html! {
        @if !listing.note.is_empty() { p.small { (listing.note) } }
        @if listing.rows.is_empty() { p.card { "没有。" } }
        @else {
            div.scroll { table {
                thead { tr { @for head in listing.heads { th { (head) } } } }
                tbody { @for row in &listing.rows { tr {
                    @for cell in &row.cells { td.wrap { (cell_markup(cell)) } }
                } } }
            } }
        }
    }
}

fn cell_markup(cell: &Cell) -> Markup {
    let text = html! { @if cell.to_do { strong { (cell.text) } } @else { (cell.text) } };
    html! {
        @match cell.event {
            Some(event) if !cell.text.is_empty() => a href=(event_address(event, None)) { (text) },
            _ => (text),
        }
    }
}

/// The page of an event, or of a line of its list.
fn event_address(event: EventId, line: Option<u32>) -> String {
    match line {
        Some(line) => format!("{EVENTS}/{event}?line={line}"),
        None => format!("{EVENTS}/{event}"),
    }
}

/// A day of an address, or another one.
fn day_or(text: Option<&str>, otherwise: NaiveDate) -> NaiveDate {
    text.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
