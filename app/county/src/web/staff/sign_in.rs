//! Signing in and out.

use std::net::{IpAddr, SocketAddr};

use axum::{
    Form,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use relief::PersonName;
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

const WRONG: &str = "姓名或者密码不对。";

/// What is said to who tried too often.
pub(super) const TOO_OFTEN: &str = "试的次数太多，请过一刻钟再试。";

/// Counts a try with a password or a code; false if there were too many for the account or from the address.
pub(super) fn may_try(county: &County, name: &str, peer: SocketAddr, headers: &HeaderMap) -> bool {
    let address = address(peer.ip(), headers);
    county.sign_in_limits().may_try(name, address, county.now())
}

/// Whose tries are counted together. A proxy on the same machine appends the address that it was asked from; what stands
/// before that anybody may have written.
fn address(peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let forwarded = headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    forwarded.filter(|_| peer.is_loopback()).unwrap_or(peer)
}

pub(super) async fn form() -> Markup {
    page(None)
}

pub(super) async fn sign_in(
    State(county): State<County>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(SignIn { name, password }): Form<SignIn>,
) -> Result<Response, Fault> {
    // What is no name has no account; a store may not even take it as text.
    let Ok(name) = PersonName::parse(&name) else {
        return Ok(refused(WRONG));
    };
    let name = name.as_str().to_owned();
    if !may_try(&county, &name, peer, &headers) {
        let page = page(Some(TOO_OFTEN));
        return Ok((StatusCode::TOO_MANY_REQUESTS, page).into_response());
    }
    let state = county.clone();
    let opened = {
        // A password takes memory while it is compared.
        let _turn = county.password_turns().acquire().await;
        on_disk(move || state.account_opened_with(&name, &password)).await?
    };
    let Some(opened) = opened else {
        return Ok(refused(WRONG));
    };
    if !opened.has_second_factor {
        county.sign_in_limits().signed_in(&opened.account.name);
    }
    let mut value = [0; 32];
    getrandom::fill(&mut value)?;
    let holder = Holder {
        account: opened.account.id,
        password_set: opened.password_set,
        code_shown: false,
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
    // Who has to show a code first is led on from there.
    let home = Redirect::to(rights::home(&opened.account.office));
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
