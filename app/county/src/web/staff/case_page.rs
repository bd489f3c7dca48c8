//! One case: what was answered, the scanned papers, what happened, and what may be done next.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use envelope::ObjectHash;
use maud::{Markup, html};
use relief::{
    Application, AttachmentKind, BoxState, CaseEvent, Codes, ConsentKind, Details, GroundCode,
    IdNumber, Kept, NearRelative, NoNumberReason, PageBoxes, Phone, Role, Sex, Step,
    TransitionRefused, near_relative::Recusal,
};

use super::{
    super::{Fault, dates, layout, on_disk, picture},
    LIST, Officer, action_title, handovers, list, notices, numbers, role_title,
    steps::{self, StepForm},
};
use crate::{
    ActError, CaseId, CaseView, County, LedgerError, Paper, UnixMs,
    accounts::{Account, Act},
    keys::from_hex,
};

/// Why a step was not taken.
enum Hindrance {
    Refused(TransitionRefused),
    Recused,
}

pub(super) async fn show(
    State(county): State<County>,
    Officer(officer): Officer,
    Path(case): Path<i64>,
) -> Result<Response, Fault> {
    let id = CaseId::from_address(case);
    if !is_theirs(&county, &officer, id).await? {
        return Ok(layout::not_found().await.into_response());
    }
    let (state, who) = (county.clone(), officer.clone());
    on_disk(move || state.remember(&who, Act::SawCase, &case.to_string(), "")).await?;
    page(county, officer, id, StatusCode::OK, None).await
}

pub(super) async fn act(
    State(county): State<County>,
    Officer(officer): Officer,
    Path(case): Path<i64>,
    Form(step): Form<StepForm>,
) -> Result<Response, Fault> {
    let id = CaseId::from_address(case);
    let (Some((action, said)), Some(actor)) = (step.read(), officer.actor()) else {
        return Ok(layout::not_found().await.into_response());
    };
    if !is_theirs(&county, &officer, id).await? {
        return Ok(layout::not_found().await.into_response());
    }
    let (state, who) = (county.clone(), officer.clone());
    let done = on_disk(move || match state.act_with(id, action, actor, said) {
        Err(ActError::Ledger(error)) => Err(error),
        Err(ActError::Refused(refused)) => Ok(Some(Err(Hindrance::Refused(refused)))),
        Err(ActError::Recused(_)) => Ok(Some(Err(Hindrance::Recused))),
        Err(ActError::NoCase) => Ok(None),
        Ok(stage) => {
            state.remember(&who, Act::ActedOnCase, &case.to_string(), "")?;
            Ok(Some(Ok(stage)))
        }
    })
    .await?;
    match done {
        None => Ok(layout::not_found().await.into_response()),
        Some(Ok(_)) => Ok(Redirect::to(&format!("{LIST}/{case}")).into_response()),
        Some(Err(refused)) => page(county, officer, id, StatusCode::CONFLICT, Some(refused)).await,
    }
}

pub(super) async fn paper(
    State(county): State<County>,
    Officer(officer): Officer,
    Path((case, hash)): Path<(i64, String)>,
) -> Result<Response, Fault> {
    let Some(hash) = from_hex(&hash).map(ObjectHash) else {
        return Ok(layout::not_found().await.into_response());
    };
    let id = CaseId::from_address(case);
    if !is_theirs(&county, &officer, id).await? {
        return Ok(layout::not_found().await.into_response());
    }
    let shown = on_disk(move || {
        let Some(opened) = county.paper(id, hash)? else {
            return Ok(None);
        };
        county.remember(&officer, Act::SawPaper, &format!("{case} {hash}"), "")?;
        Ok::<_, LedgerError>(Some(picture::shown(opened.plain)))
    })
    .await?;
    Ok(match shown {
        Some(picture) => picture.into_response(),
        None => layout::not_found().await.into_response(),
    })
}

/// Whether the case is there and in the officer's place.
pub(super) async fn is_theirs(
    county: &County,
    officer: &Account,
    id: CaseId,
) -> Result<bool, Fault> {
    let (state, office) = (county.clone(), officer.office.clone());
    on_disk(move || {
        let township = state.township_of_case(id)?;
        Ok::<_, LedgerError>(township.is_some_and(|township| office.reaches(&township, "")))
    })
    .await
}

async fn page(
    county: County,
    officer: Account,
    id: CaseId,
    code: StatusCode,
    hindrance: Option<Hindrance>,
) -> Result<Response, Fault> {
    let (state, role) = (county.clone(), officer.office.role());
    let found = on_disk(move || {
        let Some(view) = state.case(id)? else {
            return Ok(None);
        };
        let Some(role) = role else {
            return Ok(Some((view, None)));
        };
        let other = if role == Role::Township {
            Role::County
        } else {
            Role::Township
        };
        let [mine, others] = state.prospects(id, [role, other])?;
        Ok::<_, LedgerError>(Some((view, Some((role, mine, others)))))
    })
    .await?;
    let Some((view, prospects)) = found else {
        return Ok(layout::not_found().await.into_response());
    };
    let body = html! {
        (list::bar(&county, &officer))
        p { a href=(LIST) { "← 全部申请" } }
        h1 { "申请 " span.number { (view.application.slip_number) } }
        @if let Some(hindrance) = hindrance {
            p.card.error role="alert" {
                @match hindrance {
                    Hindrance::Refused(refused) => {
                        "没有办成“" (action_title(refused.action)) "”：" (refused.rule.wording())
                        @if !refused.rule.source().is_empty() { "（" (refused.rule.source()) "）" }
                    }
                    Hindrance::Recused => {
                        "没有办成：申请人是您的近亲属，请由别人办理（" (Recusal::SOURCE) "）"
                    }
                }
            }
        }
        section.card.stage { strong { (view.stage.title()) } }
        div.two {
            div {
                section.card.actions {
                    h2 { "申请内容" }
                    (answers(&county, &view.application))
                    @if prospects.is_some() { (numbers::form(&format!("{LIST}/{}", id.number()))) }
                }
                (papers(&view, prospects.is_some()))
                @for handover in &view.handovers { (handovers::cards(&county, handover, prospects.is_some())) }
                section.card { h2 { "办理经过" } (history(&view, &county.rulebook().codes)) }
            }
            div {
                (clocks(&view, &county.rulebook().codes))
                @if let Some((role, mine, others)) = &prospects {
                    (notices::card(&view))
                    (steps::card(&view, *role, mine, others, &county.rulebook().codes))
                }
            }
        }
    };
    Ok((code, layout::staff("申请", &body)).into_response())
}

fn clocks(view: &CaseView, codes: &Codes) -> Markup {
    html! {
        @for (clock, words) in dates::shown(&view.clocks) {
            section.card.overdue[words.overdue].undated[!words.dated] {
                h2 { (clock.title) }
                p.left { (words.left) }
                @if !words.due.is_empty() {
                    p { (words.due) @if words.provisional { "（下一年放假安排公布后可能往后挪）" } }
                }
                @if let Some(warn_by) = clock.warn_by.filter(|_| view.stage.is_open()) {
                    p.small { "从提交那天算：" (dates::date(warn_by.date)) }
                }
                @if let Some(ground) = clock.ground { p.small { "特殊情况：" (ground_title(codes, ground)) } }
                p.small { "依据：" (clock.source) @if clock.by_analogy { "（参照执行）" } }
            }
        }
    }
}

pub(super) fn ground_title(codes: &Codes, ground: GroundCode) -> &str {
    codes
        .extension_ground(ground)
        .map_or("其他", |ground| ground.title.as_str())
}

fn answers(county: &County, application: &Application) -> Markup {
    let book = county.rulebook();
    let person = &application.applicant;
    let township = book.codes.township(&application.township);
    html! {
        dl {
            dt { "救助类别" }
            dd { (book.schemes.get(application.scheme).map_or("本县没有的类别", |scheme| scheme.full_title.as_str())) }
            dt { "受理单位" } dd { (township.map_or(application.township.as_str(), |t| t.name.as_str())) }
            dt { "终端时间" } dd { (dates::time(UnixMs(application.submitted.wall_ms))) }
            dt { "申请人" } dd { (person.name.as_str()) @if person.from_card { "（刷身份证）" } @else { "（手工填写）" } }
            dt { "性别" } dd { (sex_title(person.sex)) }
            dt { "出生" } dd { (dates::date(person.birth)) }
            dt { "身份证号" } dd.number { (number(book, person.id_number.as_ref(), person.no_number_reason)) }
            @if !person.address.is_empty() { dt { "住址" } dd { (person.address) } }
            dt { "电话" } dd.number { (person.phone.as_ref().map_or("没有".to_owned(), Phone::masked)) }
            dt { "家庭成员" }
            dd {
                @if application.household.is_empty() { "没有填其他成员" }
                @for member in &application.household {
                    div {
                        (book.codes.relation_title(member.relation).unwrap_or("其他")) " "
                        (member.name.as_str()) " "
                        span.number { (number(book, member.id_number.as_ref(), member.no_number_reason)) }
                    }
                }
            }
            dt { "困难原因" }
            dd {
                @for reason in &application.reasons { div { (book.codes.reason_title(*reason).unwrap_or("其他")) } }
                @if !application.reason_text.is_empty() { div { (application.reason_text) } }
                @if application.reasons.is_empty() && application.reason_text.is_empty() { "没有填" }
            }
            dt { "近亲属" }
            dd {
                @match &application.near_relative {
                    NearRelative::None => "声明没有",
                    NearRelative::Related { official_name, relation } => {
                        (official_name.as_str()) "（"
                        (book.codes.near_relative(*relation).map_or("其他", |kind| kind.title.as_str()))
                        "），要单独登记备案，县里要入户"
                    }
                }
            }
            dt { "已同意" }
            dd { @for consent in &application.consents { div { (consent_title(consent.kind)) } } }
            @if !(application.pages.is_empty() && application.page_answers.is_empty()) {
                dt { "纸质表格" }
                dd {
                    (page_boxes(county, &application.pages))
                    @for answer in &application.page_answers {
                        (page_box(
                            county.box_label(&answer.field).unwrap_or(&answer.field),
                            BoxState::from_code(answer.state),
                        ))
                    }
                }
            }
        }
    }
}

/// What was read in the boxes of pages.
pub(super) fn page_boxes(county: &County, pages: &[Kept<PageBoxes>]) -> Markup {
    html! {
        @for page in pages {
            @match county.boxes(page) {
                Some(boxes) => @for (field, state) in boxes { (page_box(&field.label, Some(state))) },
                None => div { "本县没有这一版表格（" (page.form) " " (page.edition) "），请看下面的扫描件" },
            }
        }
    }
}

/// A box of a paper page, if there is anything in it. A state of a later build is a person's to judge.
fn page_box(label: &str, state: Option<BoxState>) -> Markup {
    html! {
        @match state {
            Some(BoxState::Clear) => {},
            Some(BoxState::Marked) => div { (label) },
            Some(BoxState::Unsure) | None => div { (label) "（看不清，请人工核对）" },
        }
    }
}

/// The papers; `shown` to those who may see what no mask covers.
fn papers(view: &CaseView, shown: bool) -> Markup {
    html! {
        @for (place, paper) in view.papers.iter().enumerate() {
            section.card.paper {
                h2 { "材料" (place + 1) "：" (paper_title(paper)) }
                @if !paper.arrived { p { "还在从终端传来的路上。" } }
                @else if !shown { p { "扫描件不能遮住身份证号，您的岗位不能看。" } }
                @else {
                    @let address = format!("{LIST}/{}/papers/{}", view.id.number(), ObjectHash(paper.attachment.hash));
                    a href=(address) { img src=(address) alt=(paper_title(paper)) loading="lazy"; }
                }
            }
        }
    }
}

fn history(view: &CaseView, codes: &Codes) -> Markup {
    html! {
        dl { @for event in &view.events {
            dt { (dates::time(UnixMs(event.at_ms))) }
            dd {
                (action_title(event.action)) "　" span.small { (role_title(event.actor.role)) " " (event.actor.name) }
                @if let Some(ground) = event.ground { div.small { (ground_title(codes, ground)) } }
                @if !event.reason.is_empty() { div.small { (event.reason) } }
                @for line in steps::details(&event.details) { div.small { (line) } }
                @if let Some(deadline) = report_of_change(view, event) { div.small { (deadline) } }
                @if !event.evidence.is_empty() { div.small { "凭据：" (event.evidence) } }
            }
        } }
    }
}

/// Until when a household had to report a change that was found, where a rule says so.
fn report_of_change(view: &CaseView, event: &CaseEvent) -> Option<String> {
    let Details::Change { happened } = event.details else {
        return None;
    };
    let deadline = view
        .deadlines
        .iter()
        .find(|deadline| deadline.step == Step::ReportChange && deadline.start == happened)?;
    let last = dates::date(deadline.last_day()?.date);
    Some(format!("最迟应当在{last}报告（{}）", deadline.source))
}

fn number(
    book: &relief::Rulebook,
    number: Option<&IdNumber>,
    reason: Option<NoNumberReason>,
) -> String {
    let titles = book.codes.no_number_reasons();
    match (number, reason) {
        (Some(number), _) => number.masked(),
        (None, Some(reason)) => titles
            .iter()
            .find(|row| row.code == reason)
            .map_or_else(|| "没有".to_owned(), |row| format!("没有（{}）", row.title)),
        (None, None) => "没有".to_owned(),
    }
}

const fn sex_title(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "男",
        Sex::Female => "女",
        Sex::Unknown | Sex::Unstated => "未说明",
    }
}

const fn consent_title(kind: ConsentKind) -> &'static str {
    match kind {
        ConsentKind::PRIVACY_NOTICE => "看过个人信息告知",
        ConsentKind::AUTHORISATION => "授权核对家庭经济状况",
        ConsentKind::TRUTH_PROMISE => "承诺所填属实",
        _ => "其他",
    }
}

pub(super) fn paper_title(paper: &Paper) -> &'static str {
    match paper.attachment.kind {
        AttachmentKind::FORM_INK => "表格（由字迹合成）",
        AttachmentKind::FORM_PICTURE => "表格照片",
        AttachmentKind::DOCUMENT_PICTURE => "证件或证明照片",
        _ => "其他",
    }
}
