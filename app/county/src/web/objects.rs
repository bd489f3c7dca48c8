//! Intake over HTTP; the requests are listed in the crate's doc.

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

use super::{Fault, on_disk};
use crate::{County, keys::from_hex, requests::Answer};

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
        Some(hash) => on_disk(move || county.answer_offer(hash, len)).await,
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
            on_disk(move || county.answer_blocks(hash, first, &body)).await
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
    on_disk(move || county.answer_report(&body)).await
}

async fn county_key(State(county): State<County>, Path(kiosk): Path<u16>) -> Result<Answer, Fault> {
    on_disk(move || county.answer_county_key(KioskId(kiosk))).await
}
