//! The county's pages and its intake over HTTP.

pub(crate) mod dates;
mod layout;
mod objects;
mod pages;
mod picture;
mod sessions;
mod sign_in_limits;
mod staff;
mod status;

use std::{future::Future, io, net::SocketAddr, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::net::TcpListener;

pub(crate) use objects::Door;
pub(crate) use pages::Pages;
pub(crate) use sessions::Sessions;
pub(crate) use sign_in_limits::SignInLimits;

use crate::{County, LedgerError, accounts::AccountError, second_factor::SecondFactorError};

/// The largest request body, bytes: over a thousand blocks at once, and far more than any form here.
pub const BODY_MAX: usize = 256 * 1024;

/// What every answer says to the browser. No script, nothing from elsewhere, no frame, no copy kept.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
    // The address of a status page is as good as its slip. Within the site a staff form's own address is sent,
    // because the check of its origin needs it.
    (header::REFERRER_POLICY, "same-origin"),
];

impl County {
    /// Every page and request of the county's server.
    pub fn router(&self) -> Router {
        Router::new()
            .merge(objects::routes())
            .merge(status::routes())
            .merge(staff::routes(self))
            .route("/style.css", get(style))
            .fallback(layout::not_found)
            .layer(middleware::from_fn(say_headers))
            .layer(DefaultBodyLimit::max(BODY_MAX))
            .with_state(self.clone())
    }

    /// Serves pages and intake on `listener` until `stop` ends.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the listener fails.
    pub async fn serve_http(
        &self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let sealing = tokio::spawn(seal_again_and_again(self.clone()));
        let service = self
            .router()
            .into_make_service_with_connect_info::<SocketAddr>();
        let served = axum::serve(listener, service)
            .with_graceful_shutdown(stop)
            .await;
        sealing.abort();
        served
    }
}

/// What is written waits so long at most to come into the log.
const SEAL_EVERY: Duration = Duration::from_secs(5);

async fn seal_again_and_again(county: County) {
    let mut ticks = tokio::time::interval(SEAL_EVERY);
    loop {
        ticks.tick().await;
        let county = county.clone();
        if let Err(fault) = on_disk(move || county.seal_log()).await {
            // The next tick tries again.
            eprintln!("county: log is not taken up: {fault}");
        }
    }
}

async fn say_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn style() -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=3600"),
        ],
        include_str!("style.css"),
    )
}

/// The server's own fault. The person is asked to try later; the operator reads the cause on standard error.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("ledger failed: {0}")]
    Ledger(#[from] LedgerError),
    #[error("a request's work panicked")]
    Panicked,
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
    #[error("password cannot be hashed: {0}")]
    Password(#[from] argon2::password_hash::Error),
    #[error("account: {0}")]
    Account(#[from] AccountError),
    #[error("second factor: {0}")]
    SecondFactor(#[from] SecondFactorError),
    #[error("table cannot be written: {0}")]
    Table(#[from] rust_xlsxwriter::XlsxError),
    #[error("page cannot be printed: {0}")]
    Print(#[from] paper::RenderError),
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        eprintln!("county: {self}");
        let page = layout::message(
            "服务器出了问题",
            &["请过一会儿再试。", "已经提交的申请不会丢。"],
        );
        (StatusCode::INTERNAL_SERVER_ERROR, page).into_response()
    }
}

/// Runs work that waits for the disk where it holds nobody up.
async fn on_disk<T: Send + 'static, E: Into<Fault> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Fault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(Fault::Panicked),
    }
}
