//! Signing in and out.

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    super::{
        Fault, layout, on_disk,
        sessions::{self, Holder},
    },
    COOKIE, SIGN_IN, cookie, rights,
};
use crate::County;

#[derive(Deserialize)]
pub(super) struct SignIn {
    name: String,
    password: String,
}

pub(super) async fn form() -> Markup {
    page(None)
}

pub(super) async fn sign_in(
    State(county): State<County>,
    Form(SignIn { name, password }): Form<SignIn>,
) -> Result<Response, Fault> {
    let state = county.clone();
    let opened = {
        // A password takes memory while it is compared.
        let _turn = county.password_turns().acquire().await;
        on_disk(move || state.account_opened_with(name.trim(), &password)).await?
    };
    let Some((account, password_set)) = opened else {
        return Ok(refused("姓名或者密码不对。"));
    };
    let mut value = [0; 32];
    getrandom::fill(&mut value)?;
    let holder = Holder {
        account: account.id,
        password_set,
    };
    county.sessions().begin(holder, &value, county.now());
    let seconds = sessions::SESSION_MS / 1000;
    let secure = if county.config().public_url.starts_with("https:") {
        "; Secure"
    } else {
        ""
    };
    let value = hex::encode(value);
    let cookie = format!(
        "{COOKIE}={value}; Path=/staff; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}"
    );
    let home = Redirect::to(rights::home(&account.office));
    Ok(([(header::SET_COOKIE, cookie)], home).into_response())
}

pub(super) async fn sign_out(
    State(county): State<County>,
    headers: HeaderMap,
) -> impl IntoResponse {
    if let Some(cookie) = cookie(&headers) {
        county.sessions().end(cookie);
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
                label { "姓名" input type="text" name="name" required maxlength="50" autocomplete="username"; }
                label { "密码" input type="password" name="password" required maxlength="100" autocomplete="current-password"; }
                button { "登录" }
            }
            p.small { "您看的每一件、办的每一步都会记下姓名和时间。用完请退出。忘了密码请找管理员。" }
        },
    )
}
