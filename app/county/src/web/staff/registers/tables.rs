//! The six tables: chosen, drawn, followed to the events behind a figure, and taken away as a file.

use axum::{
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use chrono::Datelike;
use maud::{Markup, html};
use relief::{
    Source,
    table::{Draft, Drawn, Figure, Scope, Value, draft, draw},
};
use serde::Deserialize;

use super::{
    super::{
        super::{Fault, layout, on_disk},
        Officer,
    },
    TABLES, day_or, event_address, frame,
};
use crate::{
    County,
    accounts::Account,
    spreadsheet::{self, IdNumbers},
};

/// Events that are listed behind one figure; a figure of a pay list may have thousands.
const SOURCES_SHOWN_MAX: usize = 300;

#[derive(Deserialize, Clone, Default)]
pub(super) struct About {
    from: Option<String>,
    to: Option<String>,
    township: Option<String>,
    row: Option<usize>,
    figure: Option<String>,
    #[serde(default)]
    kind: FileKind,
}

/// What a table is taken away as.
#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
enum FileKind {
    #[default]
    Xlsx,
    Pdf,
}

impl About {
    /// What it is about; without days the half of the month so far that the fortnightly report tells.
    fn scope(&self, county: &County, officer: &Account) -> Scope {
        let today = county.today();
        let first = if today.day() <= 14 { 1 } else { 15 };
        let from = day_or(self.from.as_deref(), today.with_day(first).unwrap_or(today));
        let chosen = self.township.as_deref().filter(|code| !code.is_empty());
        let township = officer.office.township().or(chosen).map(str::to_owned);
        Scope {
            from,
            to: day_or(self.to.as_deref(), today),
            township,
        }
    }
}

/// The scope as the part of an address behind the question mark.
fn query(scope: &Scope) -> String {
    let township = scope.township.as_deref().unwrap_or("");
    format!("from={}&to={}&township={township}", scope.from, scope.to)
}

pub(super) async fn choose(
    State(county): State<County>,
    Officer(officer): Officer,
    Query(about): Query<About>,
) -> Result<impl IntoResponse, Fault> {
    let scope = about.scope(&county, &officer);
    let (state, of) = (county.clone(), scope.clone());
    let draft = on_disk(move || state.registers(of.to, |registers| draft(&of, registers))).await?;
    let book = county.rulebook();
    let body = html! {
        form.card method="get" action=(TABLES) {
            label { "从" input type="text" name="from" value=(scope.from) pattern="\\d{4}-\\d{2}-\\d{2}" required; }
            label { "到" input type="text" name="to" value=(scope.to) pattern="\\d{4}-\\d{2}-\\d{2}" required; }
            label { "乡镇" select name="township" {
                @if officer.office.township().is_none() { option value="" { "全县" } }
                @for township in book.codes.open_townships().filter(|one| officer.office.reaches(&one.code, "")) {
                    option value=(township.code) selected[scope.township.as_deref() == Some(&township.code)] { (township.name) }
                }
            } }
            button { "看这段时间" }
        }
        section.card {
            h2 { "报表" }
            @for table in book.tables.all() {
                p { a href={ (TABLES) "/" (table.id) "?" (query(&scope)) } { "附件" (table.id) "　" (table.title) } }
            }
            p.small { "数字截至“到”那一天登记的事项；以后登记的，算在以后的报表里。" }
        }
        (draft_markup(&draft))
    };
    Ok(frame(
        &county,
        &officer,
        "报表",
        Some((super::REGISTERS, "全部台账")),
        &body,
    ))
}

fn draft_markup(draft: &Draft) -> Markup {
    html! {
        section.card {
            h2 { "进展情况草稿" }
            p.small { "数字来自台账；送出前由人核对、补充。" }
            @for (heading, sentences) in &draft.sections {
                p { strong { (heading) } }
                @for sentence in sentences { p { (sentence.words) } }
            }
        }
    }
}

async fn drawn(county: &County, id: &str, scope: &Scope) -> Result<Option<Drawn>, Fault> {
    let Some(definition) = county.rulebook().tables.get(id).cloned() else {
        return Ok(None);
    };
    let (state, scope) = (county.clone(), scope.clone());
    let drawn = on_disk(move || {
        state.registers(scope.to, |registers| draw(&definition, &scope, registers))
    })
    .await?;
    Ok(Some(drawn))
}

pub(super) async fn show(
    State(county): State<County>,
    Officer(officer): Officer,
    Path(id): Path<String>,
    Query(about): Query<About>,
) -> Result<Response, Fault> {
    let scope = about.scope(&county, &officer);
    let Some(drawn) = drawn(&county, &id, &scope).await? else {
        return Ok(layout::not_found().await.into_response());
    };
    let back = format!("{TABLES}?{}", query(&scope));
    let body = html! {
        p { (scope.from) "至" (scope.to) "　" (township(&county, &scope)) "　"
            a href={ (TABLES) "/" (id) "/file?" (query(&scope)) } { "下载表格文件" }
            "　"
            a href={ (TABLES) "/" (id) "/file?kind=pdf&" (query(&scope)) } { "下载PDF，打印盖章用" } }
        (checks(&drawn))
        (table(&drawn, &id))
        p.small { (drawn.definition.source) }
    };
    Ok(frame(
        &county,
        &officer,
        &drawn.definition.title,
        Some((&back, "报表")),
        &body,
    )
    .into_response())
}

fn township<'c>(county: &'c County, scope: &'c Scope) -> &'c str {
    match &scope.township {
        None => "全县",
        Some(code) => {
            let township = county.rulebook().codes.township(code);
            township.map_or(code.as_str(), |township| township.name.as_str())
        }
    }
}

fn checks(drawn: &Drawn) -> Markup {
    html! {
        @if drawn.broken.is_empty() { p.card { "勾稽关系相符。" } }
        @else {
            div.card.error role="alert" {
                p { "勾稽关系不符：" }
                @for broken in &drawn.broken {
                    p {
                        @match broken.row { Some(row) => { "第" (row + 1) "行：" } None => "合计：" }
                        (broken.title)
                    }
                }
            }
        }
    }
}

fn table(drawn: &Drawn, id: &str) -> Markup {
    let columns = &drawn.definition.column;
    let rows = (0..)
        .zip(&drawn.rows)
        .map(|(index, row): (usize, _)| (Some(index), row));
    let rows = rows.chain([(None, &drawn.total)]);
    html! {
        div.scroll { table {
            thead { tr { th { "序号" } @for column in columns { th { (column.title) } } } }
            tbody { @for (index, row) in rows { tr {
                td.number { @match index { Some(index) => (index + 1), None => "合计" } }
                @for column in columns { td.wrap {
                    @match column.figure.as_ref().and_then(|name| Some((name, row.get(name)?))) {
                        Some((name, figure)) => (cell(figure, &address(drawn, id, index, name))),
                        None => @if index.is_some() { (column.text) },
                    }
                } }
            } } }
        } }
    }
}

fn address(drawn: &Drawn, id: &str, row: Option<usize>, figure: &str) -> String {
    let row = row.map_or_else(String::new, |row| format!("&row={row}"));
    format!(
        "{TABLES}/{id}/figure?{}&figure={figure}{row}",
        query(&drawn.scope)
    )
}

/// A figure leads to the events behind it: to the one, or to a list of them.
fn cell(figure: &Figure, address: &str) -> Markup {
    let words = words(&figure.value);
    let mut sources = figure.sources.iter();
    html! {
        @match (sources.next(), sources.next()) {
            (Some(one), None) if !words.is_empty() => a href=(event_address(one.event, one.line)) { (words) },
            (Some(_), Some(_)) if !words.is_empty() => a href=(address) { (words) },
            _ => (words),
        }
    }
}

/// As it stands on a page: names masked as in every list.
fn words(value: &Value) -> String {
    match value {
        Value::Name(name) => name.masked(),
        value => value.words(),
    }
}

pub(super) async fn figure(
    State(county): State<County>,
    Officer(officer): Officer,
    Path(id): Path<String>,
    Query(about): Query<About>,
) -> Result<Response, Fault> {
    let scope = about.scope(&county, &officer);
    let Some(drawn) = drawn(&county, &id, &scope).await? else {
        return Ok(layout::not_found().await.into_response());
    };
    let row = match about.row {
        Some(row) => drawn.rows.get(row),
        None => Some(&drawn.total),
    };
    let column = drawn
        .definition
        .column
        .iter()
        .find(|column| column.figure.is_some() && column.figure == about.figure);
    let found = row
        .zip(column)
        .and_then(|(row, column)| Some((column, row.get(column.figure.as_deref()?)?.clone())));
    let Some((column, figure)) = found else {
        return Ok(layout::not_found().await.into_response());
    };
    let all = figure.sources.len();
    let shown: Vec<Source> = figure
        .sources
        .iter()
        .copied()
        .take(SOURCES_SHOWN_MAX)
        .collect();
    let (state, of) = (county.clone(), shown.clone());
    let titles = on_disk(move || {
        state.registers(scope.to, |registers| {
            of.iter()
                .map(|source| {
                    registers
                        .log
                        .get(source.event)
                        .map(|event| (event.fact.title(), event.date()))
                })
                .collect::<Vec<_>>()
        })
    })
    .await?;
    let back = format!("{TABLES}/{id}?{}", query(&drawn.scope));
    let body = html! {
        p { (column.title) "：" strong { (words(&figure.value)) } "，来自" (all) "条登记"
            @if SOURCES_SHOWN_MAX < all { "，列出前" (SOURCES_SHOWN_MAX) "条" } "。" }
        section.card {
            @for (source, title) in shown.iter().zip(titles) {
                p {
                    a href=(event_address(source.event, source.line)) {
                        "第" (source.event) "号"
                        @if let Some(line) = source.line { "第" (line + 1) "行" }
                        @if let Some((title, day)) = title { "　" (title) "　" (day) }
                    }
                }
            }
        }
    };
    Ok(frame(
        &county,
        &officer,
        "数字的来源",
        Some((&back, &drawn.definition.title)),
        &body,
    )
    .into_response())
}

/// The table as a workbook or a PDF, identity numbers masked.
pub(super) async fn file(
    State(county): State<County>,
    Officer(officer): Officer,
    Path(id): Path<String>,
    Query(about): Query<About>,
) -> Result<Response, Fault> {
    let scope = about.scope(&county, &officer);
    let Some(drawn) = drawn(&county, &id, &scope).await? else {
        return Ok(layout::not_found().await.into_response());
    };
    let (kind, township) = (about.kind, township(&county, &scope).to_owned());
    let about = format!("{id} {} {} {township}", scope.from, scope.to);
    let state = county.clone();
    let (media, end, bytes) = on_disk(move || {
        let mark = state.mark_export(Some(&officer), &about)?;
        let masked = IdNumbers::Masked;
        Ok::<_, Fault>(match kind {
            FileKind::Xlsx => (
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "xlsx",
                spreadsheet::xlsx(&drawn, &township, masked, &mark)?,
            ),
            FileKind::Pdf => (
                "application/pdf",
                "pdf",
                spreadsheet::pdf(&drawn, &township, masked, &mark)?,
            ),
        })
    })
    .await?;
    // The id is one of the file of tables, so that it may hold anything; days are made of digits.
    let name = format!(
        "attachment; filename=\"table-{}-{}.{end}\"",
        scope.from, scope.to
    );
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, bytes).into_response())
}
