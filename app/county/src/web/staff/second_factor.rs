//! The code beside the password: asked for at each sign-in of an account that has one, and set up once.

use std::net::SocketAddr;

use axum::{
    Form,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use qrcode::{EcLevel, QrCode};
use serde::Deserialize;

use super::{
    super::{Fault, layout, on_disk},
    SIGN_OUT, cookie, list,
    rights::{self, Standing, Visitor},
    sign_in,
};
use crate::{County, accounts::Account, totp::TotpSecret};

pub(super) const SECOND_FACTOR: &str = "/staff/second-factor";

const WRONG: &str = "动态码不对，或者已经用过。请等手机换出下一个再填。";

pub(super) async fn show(
    State(county): State<County>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    page(&county, &visitor, &headers, None)
}

#[derive(Deserialize)]
pub(super) struct Shown {
    code: String,
}

pub(super) async fn enter(
    State(county): State<County>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    visitor: Visitor,
    headers: HeaderMap,
    Form(Shown { code }): Form<Shown>,
) -> Result<Response, Fault> {
    let account = visitor.account.clone();
    let cookie = cookie(&headers).unwrap_or_default();
    if !sign_in::may_try(&county, &account.name, peer, &headers) {
        let page = page(&county, &visitor, &headers, Some(sign_in::TOO_OFTEN))?;
        return Ok((StatusCode::TOO_MANY_REQUESTS, page).into_response());
    }
    let (state, who) = (county.clone(), account.clone());
    let right = if visitor.standing == Standing::CodeMissing {
        on_disk(move || state.take_code(&who, &code)).await?
    } else {
        let Some(secret) = county.sessions().offered_secret(cookie) else {
            return Ok(Redirect::to(SECOND_FACTOR).into_response());
        };
        on_disk(move || state.set_second_factor(&who, &secret, &code)).await?
    };
    if !right {
        let page = page(&county, &visitor, &headers, Some(WRONG))?;
        return Ok((StatusCode::FORBIDDEN, page).into_response());
    }
    county.sign_in_limits().signed_in(&account.name);
    county.sessions().code_shown(cookie);
    Ok(Redirect::to(rights::home(&account.office)).into_response())
}

fn page(
    county: &County,
    visitor: &Visitor,
    headers: &HeaderMap,
    wrong: Option<&str>,
) -> Result<Response, Fault> {
    let account = &visitor.account;
    let body = match visitor.standing {
        Standing::CodeMissing => ask(wrong),
        Standing::SignedIn if visitor.has_second_factor => html! {
            (list::bar(county, account))
            h1 { "动态码" }
            p.card { "您的账号已经启用动态码，每次登录都要填。" }
            p.small { "换手机或者丢了手机，请找管理员在县局机器上重置账号。" }
        },
        Standing::SignedIn | Standing::SecondFactorMissing => {
            let cookie = cookie(headers).unwrap_or_default();
            let mut random = [0; crate::totp::SECRET_LEN];
            getrandom::fill(&mut random)?;
            let offered = TotpSecret::new(random);
            match county.sessions().offer_secret(cookie, offered) {
                Some(secret) => set_up(county, account, &secret, wrong),
                None => return Ok(Redirect::to(super::SIGN_IN).into_response()),
            }
        }
    };
    Ok(layout::staff("动态码", &body).into_response())
}

fn code_field() -> Markup {
    html! {
        label { "手机上的6位动态码"
            input type="text" name="code" required inputmode="numeric" maxlength="10" autocomplete="one-time-code" autofocus;
        }
    }
}

fn way_out() -> Markup {
    html! { form method="post" action=(SIGN_OUT) { button.plain { "退出" } } }
}

fn ask(wrong: Option<&str>) -> Markup {
    html! {
        h1 { "填动态码" }
        @if let Some(wrong) = wrong { p.card.error role="alert" { (wrong) } }
        form.card method="post" action=(SECOND_FACTOR) { (code_field()) button { "登录" } }
        (way_out())
        p.small { "换手机或者丢了手机，请找管理员在县局机器上重置账号。" }
    }
}

fn set_up(county: &County, account: &Account, secret: &TotpSecret, wrong: Option<&str>) -> Markup {
    let issuer = match county.config().bureau.as_str() {
        "" => "明白",
        bureau => bureau,
    };
    let address = secret.address(issuer, &account.name);
    html! {
        h1 { "启用动态码" }
        @if let Some(wrong) = wrong { p.card.error role="alert" { (wrong) } }
        @if account.office.needs_second_factor() {
            p.card { "管理员登录除了密码，还要填手机上的动态码。请先启用，再办别的。" }
        }
        section.card {
            p { "一、在手机上打开一个动态码应用，扫这个码：" }
            (code_picture(&address))
            p { "扫不了的，把密钥抄进去：" strong.number.secret { (grouped(&secret.text())) } }
            p { "二、把手机上现在的动态码填在这里：" }
            form method="post" action=(SECOND_FACTOR) { (code_field()) button { "启用" } }
        }
        (way_out())
        p.small { "密钥只显示到启用为止。一个动态码只能用一次。" }
    }
}

/// In groups of four, as it is read aloud and copied.
fn grouped(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let groups: Vec<String> = chars
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(" ")
}

/// Modules of white around a code, as ISO/IEC 18004 asks for.
const QUIET: usize = 4;

/// An address as a picture that a telephone reads, drawn in the page itself; nothing if it is too long for one.
fn code_picture(address: &str) -> Markup {
    let Ok(code) = QrCode::with_error_correction_level(address, EcLevel::M) else {
        return html! {};
    };
    let width = code.width();
    let dark = |(_, module): &(usize, qrcode::Color)| *module == qrcode::Color::Dark;
    let squares: String = code
        .to_colors()
        .into_iter()
        .enumerate()
        .filter(dark)
        .map(|(place, _)| {
            format!(
                "M{} {}h1v1h-1z",
                QUIET + place % width,
                QUIET + place / width
            )
        })
        .collect();
    let side = width + 2 * QUIET;
    html! {
        svg.code viewBox={ "0 0 " (side) " " (side) } width="320" height="320" role="img" aria-label="动态码的二维码" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(squares) fill="#000" shape-rendering="crispEdges" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_in_groups_of_four() {
        assert_eq!(grouped("GEZDGNBV"), "GEZD GNBV");
    }

    #[test]
    fn the_picture_has_its_quiet_zone_and_the_modules_of_the_code() {
        let picture = code_picture("otpauth://totp/a").into_string();
        // Version 1: 21 modules; the finder begins at the corner.
        assert!(picture.contains("viewBox=\"0 0 33 33\""), "{picture}");
        assert!(
            picture.contains("d=\"M4 4h1v1h-1zM5 4h1v1h-1z"),
            "{picture}"
        );
    }
}
