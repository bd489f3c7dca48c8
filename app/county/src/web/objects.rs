//! Intake over HTTP; the requests are listed in the crate's doc.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use envelope::{KioskId, ObjectHash};
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::{Fault, on_disk};
use crate::{County, LedgerError, keys::from_hex, requests::Answer};

pub(super) fn routes() -> Router<County> {
    Router::new()
        .route("/v1/objects/{hash}", post(offer))
        .route("/v1/objects/{hash}/blocks/{first}", put(blocks))
        .route("/v1/acknowledgements/{kiosk}", get(acknowledgements))
        .route("/v1/county-keys/{kiosk}", get(county_key))
        .route("/v1/reports", post(report))
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let octets = [(header::CONTENT_TYPE, "application/octet-stream")];
        (status, octets, self.body).into_response()
    }
}

/// Requests that bring objects, at work at once: some tenth of a second of them on two cores. Whoever comes while there are
/// so many is turned away at once and comes again later, so that those who are let in are answered soon.
const AT_WORK_MAX: usize = 64;

/// Where those who bring objects come in.
pub(crate) struct Door(Arc<Semaphore>);

impl Default for Door {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_WORK_MAX)))
    }
}

impl Door {
    async fn let_in(
        &self,
        work: impl FnOnce() -> Result<Answer, LedgerError> + Send + 'static,
    ) -> Result<Answer, Fault> {
        let Ok(place) = Arc::clone(&self.0).try_acquire_owned() else {
            return Ok(Answer::new(503, "too many at once, come again later"));
        };
        on_disk(move || {
            // Who hangs up has a place until the work is done.
            let _place = place;
            work()
        })
        .await
    }
}

#[derive(Deserialize)]
struct Length {
    len: u32,
}

fn not_an_object() -> Answer {
    Answer::new(400, "needs a hash of 64 hexadecimal digits and a body")
}

async fn offer(
    State(county): State<County>,
    Path(hash): Path<String>,
    Query(Length { len }): Query<Length>,
) -> Result<Answer, Fault> {
    match from_hex(&hash).map(ObjectHash) {
        Some(hash) => {
            let state = county.clone();
            let work = move || state.answer_offer(hash, len);
            county.door().let_in(work).await
        }
        None => Ok(not_an_object()),
    }
}

async fn blocks(
    State(county): State<County>,
    Path((hash, first)): Path<(String, u32)>,
    body: Bytes,
) -> Result<Answer, Fault> {
    match from_hex(&hash).map(ObjectHash) {
        Some(hash) if !body.is_empty() => {
            let state = county.clone();
            let work = move || state.answer_blocks(hash, first, &body);
            county.door().let_in(work).await
        }
        _ => Ok(not_an_object()),
    }
}

async fn acknowledgements(
    State(county): State<County>,
    Path(kiosk): Path<u16>,
) -> Result<Answer, Fault> {
    on_disk(move || county.answer_holdings(KioskId(kiosk))).await
}

async fn report(State(county): State<County>, body: Bytes) -> Result<Answer, Fault> {
    let state = county.clone();
    let work = move || state.answer_report(&body);
    county.door().let_in(work).await
}

async fn county_key(State(county): State<County>, Path(kiosk): Path<u16>) -> Result<Answer, Fault> {
    on_disk(move || county.answer_county_key(KioskId(kiosk))).await
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc::channel};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn who_comes_while_as_many_are_at_work_as_may_be_is_turned_away() {
        let door = Door::default();
        let (end, ends) = channel::<()>();
        let ends = Arc::new(Mutex::new(ends));
        let work = || {
            let ends = Arc::clone(&ends);
            move || {
                // The sender's end is the work's.
                let _ = ends.lock().expect("no panic").recv();
                Ok(Answer::new(200, ""))
            }
        };
        let status = |answer: Result<Answer, Fault>| answer.expect("no fault").status;
        let at_work: Vec<_> = (0..AT_WORK_MAX).map(|_| door.let_in(work())).collect();
        let at_work = futures_util::future::join_all(at_work);
        let turned_away = async {
            while 0 < door.0.available_permits() {
                tokio::task::yield_now().await;
            }
            let turned_away = door.let_in(work()).await;
            drop(end);
            turned_away
        };
        let (at_work, turned_away) = futures_util::future::join(at_work, turned_away).await;
        assert_eq!(status(turned_away), 503);
        assert!(at_work.into_iter().all(|answer| status(answer) == 200));
        assert_eq!(status(door.let_in(work()).await), 200);
    }
}
