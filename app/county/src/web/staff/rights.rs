//! Which office may use which route: one table, asked before any page is drawn.
//!
//! What an office may see behind a route (its own township's cases, its own village's reports) is asked where that is
//! read.

use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    http::{HeaderMap, Method, StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    super::{Fault, layout, on_disk},
    SIGN_IN, SIGN_OUT, cookie,
    second_factor::SECOND_FACTOR,
};
use crate::{
    County,
    accounts::{Account, Office, Opened},
};

/// The full numbers of an event of the registers.
pub(super) const EVENT_NUMBERS: &str = "/staff/events/{event}/numbers";

/// Whether an office may use a route. What is not named here nobody may use.
pub(super) fn may(office: &Office, method: &Method, route: &str) -> bool {
    use Office::{Administrator, Auditor, County, Township, Village};
    // A page that is read with HEAD is read.
    let changes = *method == Method::POST;
    match (route, changes) {
        ("/staff", false) | (SIGN_OUT, true) | (SECOND_FACTOR | "/staff/password", _) => true,
        ("/staff/cases" | "/staff/cases/{case}", false) => {
            matches!(office, Township { .. } | County | Auditor)
        }
        // A scanned paper or a notice cannot be masked, so that the auditor does not see it.
        ("/staff/cases/{case}/papers/{hash}" | "/staff/cases/{case}/notices/{number}", false)
        | ("/staff/cases/{case}/actions" | "/staff/cases/{case}/numbers" | EVENT_NUMBERS, true) => {
            matches!(office, Township { .. } | County)
        }
        ("/staff/handovers" | "/staff/handovers/{handover}", false) => {
            matches!(office, County | Auditor)
        }
        ("/staff/handovers/{handover}/papers/{hash}", false) => {
            matches!(office, Township { .. } | County)
        }
        ("/staff/lines" | "/staff/kiosks", false) => {
            matches!(office, County | Auditor | Administrator)
        }
        ("/staff/registers" | "/staff/registers/{register}" | "/staff/events/{event}", false) => {
            matches!(office, Village { .. } | Township { .. } | County | Auditor)
        }
        (
            "/staff/tables"
            | "/staff/tables/{table}"
            | "/staff/tables/{table}/file"
            | "/staff/tables/{table}/figure",
            false,
        ) => matches!(office, Township { .. } | County | Auditor),
        ("/staff/statements/{statement}", _) => {
            matches!(office, Village { .. } | Township { .. } | County)
        }
        ("/staff/pay-lists" | "/staff/people-lists", _) => matches!(office, County),
        ("/staff/accounts", _) | ("/staff/accounts/disable" | "/staff/accounts/reset", true) => {
            matches!(office, Administrator)
        }
        ("/staff/accesses", false) => matches!(office, Auditor),
        _ => false,
    }
}

/// The page that an office begins with.
pub(super) const fn home(office: &Office) -> &'static str {
    match office {
        Office::Village { .. } => "/staff/registers",
        Office::Township { .. } | Office::County | Office::Auditor => "/staff/cases",
        Office::Administrator => "/staff/accounts",
    }
}

/// How far somebody has come in signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// All the way.
    SignedIn,
    /// The account has a second factor, and no code was shown yet.
    CodeMissing,
    /// The account has no second factor, and its office needs one.
    SecondFactorMissing,
}

/// Whose session the request carries.
#[derive(Clone)]
pub(super) struct Visitor {
    pub(super) account: Account,
    pub(super) has_second_factor: bool,
    pub(super) standing: Standing,
}

impl Visitor {
    fn of(opened: Opened, code_shown: bool) -> Self {
        let Opened {
            account,
            has_second_factor,
            ..
        } = opened;
        let standing = if has_second_factor && !code_shown {
            Standing::CodeMissing
        } else if !has_second_factor && account.office.needs_second_factor() {
            Standing::SecondFactorMissing
        } else {
            Standing::SignedIn
        };
        Self {
            account,
            has_second_factor,
            standing,
        }
    }
}

impl FromRequestParts<County> for Visitor {
    type Rejection = Redirect;

    async fn from_request_parts(parts: &mut Parts, _: &County) -> Result<Self, Redirect> {
        let visitor = parts.extensions.get::<Self>().cloned();
        visitor.ok_or(Redirect::to(SIGN_IN))
    }
}

/// The officer whose session the request carries and who may use the route.
pub(super) struct Officer(pub(super) Account);

impl FromRequestParts<County> for Officer {
    type Rejection = Redirect;

    async fn from_request_parts(parts: &mut Parts, _: &County) -> Result<Self, Redirect> {
        let visitor = parts.extensions.get::<Visitor>();
        let signed_in = visitor.filter(|visitor| visitor.standing == Standing::SignedIn);
        let account = signed_in.map(|visitor| visitor.account.clone());
        account.map(Self).ok_or(Redirect::to(SIGN_IN))
    }
}

/// Lets a request through if its officer may use the route; without a session the browser is sent to sign in.
pub(super) async fn check(
    State(county): State<County>,
    mut request: Request,
    next: Next,
) -> Result<Response, Fault> {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("", MatchedPath::as_str);
    if route == SIGN_IN {
        return Ok(next.run(request).await);
    }
    let Some(visitor) = visitor(county, request.headers()).await? else {
        return Ok(Redirect::to(SIGN_IN).into_response());
    };
    if visitor.standing != Standing::SignedIn && !matches!(route, SECOND_FACTOR | SIGN_OUT) {
        return Ok(Redirect::to(SECOND_FACTOR).into_response());
    }
    if !may(&visitor.account.office, request.method(), route) {
        return Ok(not_yours());
    }
    request.extensions_mut().insert(visitor);
    Ok(next.run(request).await)
}

async fn visitor(county: County, headers: &HeaderMap) -> Result<Option<Visitor>, Fault> {
    let session = cookie(headers).and_then(|cookie| county.sessions().holder(cookie, county.now()));
    let Some(holder) = session else {
        return Ok(None);
    };
    let opened =
        on_disk(move || county.account_of_session(holder.account, holder.password_set)).await?;
    Ok(opened.map(|opened| Visitor::of(opened, holder.code_shown)))
}

/// Says that something is not this officer's to see or do.
pub(super) fn not_yours() -> Response {
    let page = layout::message("这一步不归您办", &["您的岗位不能看或者不能办这一项。"]);
    (StatusCode::FORBIDDEN, page).into_response()
}
