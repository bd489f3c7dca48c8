//! Signing in and out.

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use relief::{Actor, PersonName};
use serde::Deserialize;

use super::{
    super::{Fault, layout, sessions},
    COOKIE, LIST, SIGN_IN, cookie,
};
use crate::County;

#[derive(Deserialize)]
pub(super) struct SignIn {
    name: String,
    role: String,
    key: String,
}

pub(super) async fn form() -> Markup {
    page(None)
}

pub(super) async fn sign_in(
    State(county): State<County>,
    Form(SignIn { name, role, key }): Form<SignIn>,
) -> Result<Response, Fault> {
    let (Ok(name), Some(role)) = (PersonName::parse(&name), sessions::staff_role(&role)) else {
        return Ok(refused("请写上您的姓名（最多50个字），并选好岗位。"));
    };
    let officer = Actor {
        role,
        name: name.as_str().to_owned(),
    };
    let Some(value) = county.sessions().sign_in(&key, officer, county.now())? else {
        return Ok(refused("工作密钥不对。"));
    };
    let seconds = sessions::SESSION_MS / 1000;
    let secure = if county.config().public_url.starts_with("https:") {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!(
        "{COOKIE}={value}; Path=/staff; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}"
    );
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(LIST)).into_response())
}

pub(super) async fn sign_out(
    State(county): State<County>,
    headers: HeaderMap,
) -> impl IntoResponse {
    if let Some(cookie) = cookie(&headers) {
        county.sessions().sign_out(cookie);
    }
    let gone = format!("{COOKIE}=; Path=/staff; HttpOnly; SameSite=Strict; Max-Age=0");
    ([(header::SET_COOKIE, gone)], Redirect::to(SIGN_IN))
}

fn refused(why: &str) -> Response {
    (StatusCode::FORBIDDEN, page(Some(why))).into_response()
}

fn page(error: Option<&str>) -> Markup {
    layout::public(
        "工作人员登录",
        &html! {
            h1 { "工作人员登录" }
            @if let Some(error) = error { p.card.error role="alert" { (error) } }
            form.card method="post" action=(SIGN_IN) {
                label { "姓名" input type="text" name="name" required maxlength="50" autocomplete="name"; }
                p {
                    label.choice { input type="radio" name="role" value="township" checked; " 乡镇（服务中心）经办" }
                    label.choice { input type="radio" name="role" value="county"; " 县民政局" }
                }
                label { "工作密钥" input type="password" name="key" required autocomplete="current-password"; }
                button { "登录" }
            }
            p.small { "您办的每一步都会记下姓名和时间。用完请退出。" }
        },
    )
}
