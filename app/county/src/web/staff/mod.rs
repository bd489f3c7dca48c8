//! Pages for the staff of the county and its townships, each behind an account whose office may use it.
//!
//! Only `POST` changes anything, with the session's cookie (`HttpOnly`, `SameSite=Strict`) and from a page of this
//! server (`Origin`, or `Referer` where an old browser sends no `Origin`). A token in every form would add nothing to
//! that: a browser sends one of the two with every form, a page elsewhere can set neither, and what carries neither is
//! refused, as is what only looks like our address.

mod accesses;
mod accounts;
mod case_page;
mod handovers;
mod kiosks;
mod lines;
mod list;
mod notices;
mod numbers;
mod password;
mod registers;
mod rights;
mod second_factor;
mod sign_in;
mod steps;

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use relief::{Action, Role};
use serde::Deserialize;

use super::layout;
use crate::{County, accounts::Office};
use rights::Officer;

const COOKIE: &str = "mingbai-staff";
const SIGN_IN: &str = "/staff/sign-in";
const SIGN_OUT: &str = "/staff/sign-out";
const LIST: &str = "/staff/cases";
const LINES: &str = "/staff/lines";

/// Which part of a list is shown: what is older than the row of this number, or the newest.
#[derive(Deserialize)]
struct Before {
    before: Option<i64>,
}

pub(super) fn routes(county: &County) -> Router<County> {
    Router::new()
        .route("/staff", get(start))
        .route(SIGN_IN, get(sign_in::form).post(sign_in::sign_in))
        .route(SIGN_OUT, post(sign_in::sign_out))
        .route(LIST, get(list::list))
        .route(LINES, get(lines::lines))
        .route(kiosks::KIOSKS, get(kiosks::show))
        .merge(registers::routes())
        .route("/staff/cases/{case}", get(case_page::show))
        .route("/staff/cases/{case}/actions", post(case_page::act))
        .route("/staff/cases/{case}/numbers", post(numbers::show))
        .route("/staff/cases/{case}/papers/{hash}", get(case_page::paper))
        .route(handovers::HANDOVERS, get(handovers::list))
        .route("/staff/handovers/{handover}", get(handovers::show))
        .route(
            "/staff/handovers/{handover}/papers/{hash}",
            get(handovers::paper),
        )
        .route(accesses::ACCESSES, get(accesses::show))
        .route("/staff/cases/{case}/notices/{number}", get(notices::pdf))
        .route(accounts::ACCOUNTS, get(accounts::show).post(accounts::make))
        .route("/staff/accounts/reset", post(accounts::reset))
        .route("/staff/accounts/disable", post(accounts::disable))
        .route(
            second_factor::SECOND_FACTOR,
            get(second_factor::show).post(second_factor::enter),
        )
        .route(
            password::PASSWORD,
            get(password::show).post(password::change),
        )
        .route_layer(middleware::from_fn_with_state(
            county.clone(),
            rights::check,
        ))
        .route_layer(middleware::from_fn(only_from_our_pages))
}

async fn start(Officer(account): Officer) -> Redirect {
    Redirect::to(rights::home(&account.office))
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

async fn only_from_our_pages(request: Request, next: Next) -> Response {
    if request.method() == Method::POST && !is_from_our_pages(request.headers()) {
        let page = layout::message(
            "这个请求不是从本网站发出的",
            &["请从本网站的页面重新操作。"],
        );
        return (StatusCode::FORBIDDEN, page).into_response();
    }
    next.run(request).await
}

fn is_from_our_pages(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(host) = text(header::HOST) else {
        return false;
    };
    let Some(origin) = text(header::ORIGIN).or_else(|| text(header::REFERER)) else {
        return false;
    };
    let rest = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.split('/').next() == Some(host))
}

/// The part of an officer, as it stands beside the name.
const fn role_title(role: Role) -> &'static str {
    match role {
        Role::Applicant => "申请人",
        Role::Public => "群众",
        Role::Township => "乡镇",
        Role::County => "县民政局",
        Role::System => "系统",
        Role::Village => "村（居）",
    }
}

const fn office_title(office: &Office) -> &'static str {
    match office {
        Office::Village { .. } => "村（居）",
        Office::Township { .. } => "乡镇",
        Office::County => "县民政局",
        Office::Auditor => "审计",
        Office::Administrator => "管理员",
    }
}

/// What an action is called on a button and in a case's history.
const fn action_title(action: Action) -> &'static str {
    match action {
        Action::Submit => "提交",
        Action::Receive => "县里收到",
        Action::AskForPapers => "一次性告知补材料",
        Action::BringPapers => "材料已补齐",
        Action::Accept => "受理",
        Action::DoNotAccept => "不予受理",
        Action::StartSurvey => "开始调查",
        Action::GiveFirstOpinion => "提出初审意见",
        Action::PostNotice => "公示",
        Action::Object => "登记异议",
        Action::SendToCounty => "送县民政局",
        Action::VisitHome => "县里已入户",
        Action::Confirm => "确认",
        Action::Refuse => "不予确认",
        Action::DeliverRefusal => "书面告知已送达",
        Action::StartPayment => "开始发放",
        Action::Stop => "停止救助",
        Action::End => "终止办理",
        Action::Withdraw => "申请人撤回",
        Action::Extend => "特殊情况，延长办理",
        Action::RequestDataCheck => "请县里核对信息",
        Action::ReturnDataCheck => "答复信息核对",
        Action::FinishSurvey => "完成入户调查",
        Action::Complain => "登记投诉",
        Action::FindNearRelative => "登记查出的近亲属",
        Action::ChangeSupport => "调整金额",
        Action::Recheck => "核查",
        Action::Deliver => "文书已送达",
        Action::Appeal => "登记复议或诉讼",
        Action::ReportSelfCare => "登记生活自理能力变化",
        Action::AssessSelfCare => "评估生活自理能力",
        Action::PostEnding => "公示终止救助",
        Action::ObjectToEnding => "登记对终止救助的异议",
        Action::DecideOnEnding => "对终止救助的异议作出决定",
        Action::FindChange => "登记查出的未报变化",
        Action::DeliverReview => "行政复议结果已送达",
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_change_is_taken_only_from_a_page_of_this_server() {
        let host = (header::HOST, "relief.example");
        for (origin, ours) in [
            ((header::ORIGIN, "https://relief.example"), true),
            (
                (header::REFERER, "http://relief.example/staff/cases/1"),
                true,
            ),
            (
                (header::ORIGIN, "https://relief.example.evil.example"),
                false,
            ),
            (
                (header::ORIGIN, "https://evil.example/relief.example"),
                false,
            ),
            ((header::ORIGIN, "null"), false),
        ] {
            assert_eq!(is_from_our_pages(&headers(&[host.clone(), origin])), ours);
        }
        assert!(!is_from_our_pages(&headers(&[host])));
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let headers = headers(&[(header::COOKIE, "a=1; mingbai-staff=ff00; mingbai-staffer=2")]);
        assert_eq!(cookie(&headers), Some("ff00"));
    }
}
