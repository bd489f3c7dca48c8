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
use link::{BLOCK_LEN, BlockMap};
use serde::Deserialize;

use super::{Fault, on_disk};
use crate::{
    County, LedgerError,
    intake::{ACKNOWLEDGED_MAX, Completion, Offer},
    keys::from_hex,
    ledger::objects,
};

pub(super) fn routes() -> Router<County> {
    Router::new()
        .route("/v1/objects/{hash}", post(offer))
        .route("/v1/objects/{hash}/blocks/{first}", put(blocks))
        .route("/v1/acknowledgements/{kiosk}", get(acknowledgements))
}

/// What a kiosk is answered.
enum Answer {
    /// The acknowledgement, signed.
    Held(Vec<u8>),
    Wanted(BlockMap),
    Refused(String),
    Damaged,
    NotOffered,
    NotAnObject,
    Nothing,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let octets = [(header::CONTENT_TYPE, "application/octet-stream")];
        match self {
            Self::Held(message) => (StatusCode::OK, octets, message).into_response(),
            Self::Wanted(have) => {
                (StatusCode::ACCEPTED, octets, have.as_bytes().to_vec()).into_response()
            }
            Self::Refused(reason) => (StatusCode::UNPROCESSABLE_ENTITY, reason).into_response(),
            Self::Damaged => {
                (StatusCode::CONFLICT, "hash differs, send all blocks again").into_response()
            }
            Self::NotOffered => (StatusCode::NOT_FOUND, "object was not offered").into_response(),
            Self::NotAnObject => (
                StatusCode::BAD_REQUEST,
                "needs a hash of 64 hexadecimal digits and a body",
            )
                .into_response(),
            Self::Nothing => StatusCode::NO_CONTENT.into_response(),
        }
    }
}

#[derive(Deserialize)]
struct Length {
    len: u32,
}

async fn offer(
    State(county): State<County>,
    Path(hash): Path<String>,
    Query(Length { len }): Query<Length>,
) -> Result<Answer, Fault> {
    let Some(hash) = from_hex(&hash).map(ObjectHash) else {
        return Ok(Answer::NotAnObject);
    };
    on_disk(move || {
        Ok::<_, LedgerError>(match county.offer(hash, len)? {
            Offer::Held { kiosk } => held(&county, kiosk, hash)?,
            Offer::Wanted { have } => Answer::Wanted(have),
            Offer::Refused { reason } => Answer::Refused(reason.to_string()),
        })
    })
    .await
}

async fn blocks(
    State(county): State<County>,
    Path((hash, first)): Path<(String, u32)>,
    body: Bytes,
) -> Result<Answer, Fault> {
    let Some(hash) = from_hex(&hash).map(ObjectHash) else {
        return Ok(Answer::NotAnObject);
    };
    if body.is_empty() {
        return Ok(Answer::NotAnObject);
    }
    on_disk(move || {
        county.add_blocks(hash, (first..).zip(body.chunks(BLOCK_LEN)))?;
        Ok::<_, LedgerError>(match county.complete(hash)? {
            Completion::Held { kiosk } => held(&county, kiosk, hash)?,
            Completion::Refused { reason } => Answer::Refused(reason.to_string()),
            Completion::Incomplete { have } => Answer::Wanted(have),
            Completion::Damaged => Answer::Damaged,
            Completion::NotOffered => Answer::NotOffered,
        })
    })
    .await
}

async fn acknowledgements(
    State(county): State<County>,
    Path(kiosk): Path<u16>,
) -> Result<Answer, Fault> {
    on_disk(move || {
        let kiosk = KioskId(kiosk);
        let newest = county
            .ledger()
            .read(|connection| objects::newest(connection, kiosk, ACKNOWLEDGED_MAX as u32))?;
        Ok::<_, LedgerError>(match county.acknowledgement(kiosk, &newest)? {
            Some(message) => Answer::Held(message),
            None => Answer::Nothing,
        })
    })
    .await
}

fn held(county: &County, kiosk: KioskId, hash: ObjectHash) -> Result<Answer, LedgerError> {
    let message = county.acknowledgement(kiosk, &[hash])?;
    county.told(&[hash])?;
    Ok(message.map_or(Answer::NotOffered, Answer::Held))
}
