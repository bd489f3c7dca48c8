//! The page behind a slip's QR code. It works without script, on an old phone, over a thin line.
//!
//! It shows no name, no amount and no illness, and of children's cases the stage only.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use envelope::{KioskId, SlipCode};
use maud::{Markup, html};
use relief::{Ending, Local, PublicNotice, SlipNumber, Stage};

use super::{Fault, dates, layout, on_disk, pages::AsOf};
use crate::{
    CaseStatus, County, LedgerError, UnixMs,
    handover::HandoverStatus,
    ledger::{
        Connection,
        kiosks::{self, KioskKey},
    },
};

pub(super) fn routes() -> Router<County> {
    Router::new()
        .route("/S/{code}", get(status))
        .route("/S/{code}/proof", get(proof))
}

/// What a slip's code turns out to be.
enum Found {
    /// No code at all: mistyped, cut off, or something else.
    NoCode,
    /// The code is well-formed, but no kiosk of this county signed it as it stands.
    Forged,
    /// It names a kiosk that the county does not know.
    UnknownKiosk,
    /// It is signed with a key that was revoked, so anybody may have made it, and nothing of it was received.
    Revoked,
    /// The slip of papers that were handed in without an application.
    Handover(HandoverStatus),
    /// A true slip whose record is still on the way.
    OnTheWay(SlipCode),
    Case {
        status: Box<CaseStatus>,
        /// The key that signed the slip was revoked after the record had come.
        revoked: bool,
    },
}

async fn status(State(county): State<County>, Path(code): Path<String>) -> Result<Response, Fault> {
    on_disk(move || page(&county, code)).await
}

fn page(county: &County, code: String) -> Result<Response, LedgerError> {
    let html = |page| ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response();
    let day = county.today();
    if let Some((as_of, page)) = county.pages().get(&code)
        && as_of.day == day
        && as_of.version == county.version()?
    {
        return Ok(html(page));
    }
    let (version, found) = county.ledger().read(|connection| {
        let version = connection.version()?;
        Ok::<_, LedgerError>((version, look_up(county, connection, &code)?))
    })?;
    let (status, page) = answer(county, &found);
    // Of other codes anybody could bring any number.
    if !matches!(found, Found::Case { .. } | Found::Handover(_)) {
        return Ok((status, page).into_response());
    }
    let page = Bytes::from(page.into_string());
    county
        .pages()
        .keep(code, AsOf { version, day }, page.clone());
    Ok(html(page))
}

/// What proves that the case is in the county's log, for whoever checks it with a program.
async fn proof(State(county): State<County>, Path(code): Path<String>) -> Result<Response, Fault> {
    let found = on_disk(move || {
        let found = county
            .ledger()
            .read(|connection| look_up(&county, connection, &code))?;
        match (found, SlipCode::parse(&code)) {
            (Found::Case { .. }, Ok(code)) => county.inclusion(&code.token),
            _ => Ok(None),
        }
    })
    .await?;
    let Some((place, path)) = found else {
        return Ok(layout::not_found().await.into_response());
    };
    Ok(Json(serde_json::json!({
        "entry": place.number,
        "leaf": hex::encode(place.leaf),
        "path": path.iter().map(hex::encode).collect::<Vec<_>>(),
        "entries": place.size,
        "checkpoint": hex::encode(place.checkpoint),
    }))
    .into_response())
}

fn look_up(county: &County, connection: &Connection, code: &str) -> Result<Found, LedgerError> {
    let Ok(code) = SlipCode::parse(code) else {
        return Ok(Found::NoCode);
    };
    if code.county != county.config().county_code {
        return Ok(Found::UnknownKiosk);
    }
    let keys = kiosks::keys(connection, KioskId(code.kiosk))?;
    if keys.is_empty() {
        return Ok(Found::UnknownKiosk);
    }
    let signed_by = |key: &&KioskKey| code.verify(&key.public).is_ok();
    let Some(key) = keys.iter().find(signed_by) else {
        return Ok(Found::Forged);
    };
    let revoked = key.revoked.is_some();
    if let Some(status) = county.status_in(connection, &code.token)? {
        return Ok(Found::Case {
            status: Box::new(status),
            revoked,
        });
    }
    Ok(match county.handover_status(connection, &code.token)? {
        Some(status) => Found::Handover(status),
        None if revoked => Found::Revoked,
        None => Found::OnTheWay(code),
    })
}

fn answer(county: &County, found: &Found) -> (StatusCode, Markup) {
    let local = &county.rulebook().local;
    match found {
        Found::NoCode => (
            StatusCode::NOT_FOUND,
            layout::message(
                "看不懂这个二维码",
                &[
                    "这不是我们的回执二维码，或者没有扫完整。",
                    "请把回执放平，再扫一次。",
                ],
            ),
        ),
        Found::Forged => (
            StatusCode::FORBIDDEN,
            layout::message(
                "这张回执没有通过核对",
                &[
                    "二维码上的内容被改过，或者不是我们的终端打印的。",
                    "请拿着您的回执到乡镇（服务中心）窗口核对。",
                ],
            ),
        ),
        Found::UnknownKiosk => (
            StatusCode::NOT_FOUND,
            layout::message(
                "查不到这张回执",
                &[
                    "回执上的终端没有在本县登记。",
                    "请拿着您的回执到乡镇（服务中心）窗口询问。",
                ],
            ),
        ),
        Found::Revoked => (
            StatusCode::FORBIDDEN,
            layout::message(
                "打印这张回执的终端已经停用",
                &[
                    "县里没有收到这张回执上的申请，这张回执不能作为已经申请的凭证。",
                    "请拿着您的回执到乡镇（服务中心）窗口核对，需要的话在那里重新申请。",
                ],
            ),
        ),
        Found::Handover(status) => (StatusCode::OK, handover(status, local)),
        Found::OnTheWay(code) => (StatusCode::OK, on_the_way(code, local)),
        Found::Case { status, revoked } if status.stage_only() => {
            (StatusCode::OK, stage_only(status, *revoked, local))
        }
        Found::Case { status, revoked } => (StatusCode::OK, whole(status, *revoked, local)),
    }
}

const TITLE: &str = "救助申请办理进度";
const PRIVACY: &str =
    "本页只显示办理进度，不显示姓名、金额和病情。请保管好回执，谁拿到它谁就能看到本页。";

fn on_the_way(code: &SlipCode, local: &Local) -> Markup {
    let submitted = i64::try_from(code.submitted_s)
        .ok()
        .and_then(|s| s.checked_mul(1000))
        .map(UnixMs);
    let number = SlipNumber::new(code.county, code.kiosk, code.counter).ok();
    layout::public(
        TITLE,
        &html! {
            h1 { (TITLE) }
            section.card.stage {
                strong { (Stage::Submitted.title()) }
                p { "回执是真的。您交的已经存在终端里，正在传往县里，县里还没有收到。不会丢，也不用再交一次。" }
            }
            section.card {
                dl {
                    @if let Some(number) = number { dt { "回执编号" } dd.number { (number) } }
                    @if let Some(submitted) = submitted { dt { "提交时间" } dd { (dates::time(submitted)) } }
                    dt { "县里收到" } dd { "还没有" }
                    dt { "受理时间" } dd { "尚未受理" }
                }
            }
            section.card { h2 { "接下来" } p { "过一会儿再扫一次。线路不好的时候，可能要等一两天。" } }
            (whom_to_ask(local))
            p.small { (PRIVACY) }
        },
    )
}

fn handover(status: &HandoverStatus, local: &Local) -> Markup {
    const TITLE: &str = "社会救助材料回执";
    layout::public(
        TITLE,
        &html! {
            h1 { (TITLE) }
            section.card.stage {
                strong { "县里已收到" }
                @if status.papers_under_way > 0 {
                    p { "还有" (status.papers_under_way) "页扫描件正在传往县里，不用再交。" }
                }
            }
            section.card {
                dl {
                    dt { "材料编号" } dd.number { (status.slip_number) }
                    @if let Some(case) = &status.case_number { dt { "交到申请" } dd.number { (case) } }
                    dt { "交来时间" } dd { (dates::time(status.submitted)) }
                    dt { "县里收到" } dd { (dates::time(status.received)) }
                }
            }
            section.card { h2 { "接下来" } p { "办到哪一步，请扫申请回执上的二维码。" } }
            (whom_to_ask(local))
        },
    )
}

fn stage_only(status: &CaseStatus, revoked: bool, local: &Local) -> Markup {
    layout::public(
        TITLE,
        &html! {
            h1 { (TITLE) }
            section.card.stage { strong { (status.stage.title()) } }
            (kiosk_revoked(revoked))
            section.card { h2 { "接下来" } p { (next(status)) } }
            (whom_to_ask(local))
            p.small { "这一类申请只显示办到了哪一步。" }
        },
    )
}

fn whole(status: &CaseStatus, revoked: bool, local: &Local) -> Markup {
    layout::public(
        TITLE,
        &html! {
            h1 { (TITLE) }
            section.card.stage {
                strong { (status.stage.title()) }
                @if status.accepted.is_none() && status.stage.is_open() {
                    p { "申请已提交，尚未受理。乡镇（服务中心）核对材料以后才算受理。" }
                }
            }
            (kiosk_revoked(revoked))
            @for (clock, words) in dates::shown(&status.clocks) {
            section.card.overdue[words.overdue].undated[!words.dated] {
                    h2 { (clock.title) }
                    p.left { (words.left) }
                    @if !words.due.is_empty() { p { (words.due) } }
                    @if words.provisional { p { "下一年的放假安排还没有公布，这个日子以后可能往后挪。" } }
                    @if words.overdue { p { "已经超过规定的时限。您可以到乡镇（服务中心）窗口问原因。" } }
                    p.small {
                        "依据：" (clock.source)
                        @if clock.by_analogy { "（参照执行）" }
                    }
                }
            }
            section.card {
                dl {
                    @if let Some(scheme) = &status.scheme { dt { "救助类别" } dd { (scheme.full_title) } }
                    dt { "回执编号" } dd.number { (status.slip_number) }
                    dt { "提交时间" } dd { (dates::time(status.submitted)) }
                    dt { "县里收到" } dd { (dates::time(status.received)) }
                    dt { "受理时间" }
                    dd { @if let Some(at) = status.accepted { (dates::time(at)) } @else { "尚未受理" } }
                }
            }
            section.card {
                h2 { "缺少的材料" }
                @if let Some(asked_for) = &status.asked_for { p { (asked_for) } }
                @else { p { "没有要您补交的材料。" } }
                @if status.papers_under_way > 0 {
                    p { "还有" (status.papers_under_way) "页扫描件正在传往县里，不用再交。" }
                }
            }
            section.card { h2 { "接下来" } p { (next(status)) } @if let Some(words) = ending(status.ending) { p { (words) } } }
            (whom_to_ask(local))
            @if let Some(place) = &status.log_place {
                p.small {
                    "这件申请已经写进县里不能改动的总账，是第" (place.number + 1) "条；"
                    (dates::time(UnixMs(place.taken_ms))) "签名封存，共" (place.size) "条。"
                }
            }
            p.small { (PRIVACY) }
        },
    )
}

/// What the holder of a slip is told whose kiosk was lost after the record had come.
fn kiosk_revoked(revoked: bool) -> Markup {
    html! {
        @if revoked {
            section.card {
                h2 { "打印这张回执的终端已经停用" }
                p { "终端停用以前，县里已经收到您的申请，照常办理，不受影响。" }
            }
        }
    }
}

/// What the county supplied, and nothing otherwise.
fn whom_to_ask(local: &Local) -> Markup {
    html! {
        @if local.hotline.is_some() || local.office.is_some() {
            section.card {
                h2 { "有事问谁" }
                @if let Some(hotline) = &local.hotline {
                    p { "社会救助服务热线：" a href={ "tel:" (hotline) } { (hotline) } }
                }
                @if let Some(office) = &local.office { p { "地址：" (office) } }
                @if let Some(hours) = &local.hours { p { "时间：" (hours) } }
            }
        }
    }
}

/// What happens next, in plain words.
fn next(status: &CaseStatus) -> &'static str {
    let posted = status
        .scheme
        .as_ref()
        .is_some_and(|scheme| scheme.public_notice == PublicNotice::Required);
    match status.stage {
        Stage::Submitted | Stage::Received => {
            "乡镇（服务中心）会核对材料。材料齐全就受理；缺材料的，会一次说清缺什么。受理以后开始计算办理时限。"
        }
        Stage::PapersMissing => {
            "请把缺的材料交到乡镇（服务中心）窗口。补齐以后接着办，不用重新申请。"
        }
        Stage::Accepted => "工作人员会了解您家里的情况，可能上门，请您配合。",
        Stage::NotAccepted => {
            "乡镇（服务中心）会说明不受理的理由。您不同意的，可以向县民政局反映。"
        }
        Stage::Survey => "调查完以后，乡镇（服务中心）提出初审意见。",
        Stage::FirstOpinion if posted => "初审意见要在村（社区）公示，公示以后送县民政局审核。",
        Stage::FirstOpinion | Stage::NewOpinion => "材料接着送县民政局审核。",
        Stage::Notice => "公示期满没有异议的，送县民政局审核。",
        Stage::Objection => "乡镇（服务中心）会重新调查，再提出意见。",
        Stage::SentToCounty | Stage::HomeVisited => {
            "县民政局审核以后作出决定：符合条件的发通知，不符合的书面说明理由。"
        }
        Stage::Confirmed => "县里已经确认，接下来安排发放，以通知书上写的为准。",
        Stage::Refused => {
            "乡镇（服务中心）会把写明理由的书面通知送给您。不服的，可以申请行政复议，也可以提起行政诉讼。"
        }
        Stage::RefusalDelivered => {
            "不服的，可以申请行政复议，也可以提起行政诉讼，期限写在书面通知里。"
        }
        Stage::InPayment => {
            "家里的人口、收入、财产有大的变化，请及时告诉村（居）委会或者乡镇（服务中心）。"
        }
        Stage::Stopped => {
            "停止的理由写在书面通知里。不服的，可以申请行政复议，也可以提起行政诉讼。"
        }
        Stage::Ended => "这件申请不再办理。以后有困难，可以重新申请。",
    }
}

/// Where an ending of the support stands, in plain words; not why.
const fn ending(ending: Ending) -> Option<&'static str> {
    match ending {
        Ending::None => None,
        Ending::Posted => Some(
            "终止救助的意见正在公示或者刚公示完，还没有停止，救助照常。您不同意的，可以向乡镇（服务中心）或者县民政局提出异议。",
        ),
        Ending::Objected => {
            Some("对终止救助有异议，正在调查核实，救助照常。作出终止决定的，还要再公示一次。")
        }
        Ending::Upheld => Some("已经作出终止救助的决定，再公示一次以后才停止，现在救助照常。"),
    }
}
