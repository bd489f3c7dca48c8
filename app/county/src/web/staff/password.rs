//! The page on which officers change their own password.

use std::net::SocketAddr;

use axum::{
    Form,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    super::{Fault, layout, on_disk},
    Officer, cookie, list, rights, sign_in,
};
use crate::{
    County,
    accounts::{Account, ChangeError},
    password::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, PasswordError},
};

pub(super) const PASSWORD: &str = "/staff/password";

/// What is said above the form.
enum Said {
    Nothing,
    Changed,
    Refused(String),
}

pub(super) async fn show(State(county): State<County>, Officer(officer): Officer) -> Markup {
    page(&county, &officer, &Said::Nothing)
}

#[derive(Deserialize)]
pub(super) struct Change {
    old: String,
    new: String,
    again: String,
}

pub(super) async fn change(
    State(county): State<County>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Officer(officer): Officer,
    headers: HeaderMap,
    Form(Change { old, new, again }): Form<Change>,
) -> Result<Response, Fault> {
    let refused = |code: StatusCode, words: &str| {
        let page = page(&county, &officer, &Said::Refused(words.to_owned()));
        (code, page).into_response()
    };
    if new != again {
        return Ok(refused(StatusCode::CONFLICT, "两次填的新密码不一样。"));
    }
    if new == old {
        return Ok(refused(StatusCode::CONFLICT, "新密码和原密码一样。"));
    }
    if !sign_in::may_try(&county, &officer.name, peer, &headers) {
        let code = StatusCode::TOO_MANY_REQUESTS;
        return Ok(refused(code, sign_in::TOO_OFTEN));
    }
    let mut salt = [0; 16];
    getrandom::fill(&mut salt)?;
    let (state, who) = (county.clone(), officer.clone());
    let changed = {
        let _turn = county.password_turns().acquire().await;
        on_disk(
            move || match state.change_password(&who, &old, &new, &salt) {
                Ok(set) => Ok(Ok(set)),
                Err(ChangeError::Wrong) => Ok(Err("原密码不对。".to_owned())),
                Err(ChangeError::Password(PasswordError::Length)) => Ok(Err(format!(
                    "新密码要{PASSWORD_CHARS_MIN}到{PASSWORD_CHARS_MAX}个字。"
                ))),
                Err(ChangeError::Password(PasswordError::Hash(error))) => {
                    Err(Fault::Password(error))
                }
                Err(ChangeError::Ledger(error)) => Err(Fault::Ledger(error)),
            },
        )
        .await?
    };
    Ok(match changed {
        Ok(set) => {
            county.sign_in_limits().signed_in(&officer.name);
            // Those that began under the old password have ended; this one goes on.
            let cookie = cookie(&headers).unwrap_or_default();
            county.sessions().password_changed(cookie, set);
            page(&county, &officer, &Said::Changed).into_response()
        }
        Err(words) => refused(StatusCode::CONFLICT, &words),
    })
}

fn page(county: &County, officer: &Account, said: &Said) -> Markup {
    layout::staff(
        "改密码",
        &html! {
            (list::bar(county, officer))
            p { a href=(rights::home(&officer.office)) { "← 返回" } }
            h1 { "改密码" }
            @match said {
                Said::Nothing => {},
                Said::Changed => p.card role="status" { "密码已经改好。您在别处的登录都退出了。" },
                Said::Refused(words) => p.card.error role="alert" { (words) },
            }
            form.card method="post" action=(PASSWORD) {
                (field("原密码", "old", "current-password"))
                (field("新密码", "new", "new-password"))
                (field("再填一次新密码", "again", "new-password"))
                button { "改密码" }
            }
            p.small { "新密码至少" (PASSWORD_CHARS_MIN) "个字。不要用姓名、生日和手机号。" }
        },
    )
}

fn field(label: &str, name: &str, complete: &str) -> Markup {
    html! {
        label { (label)
            input type="password" name=(name) required maxlength=(PASSWORD_CHARS_MAX) autocomplete=(complete);
        }
    }
}
