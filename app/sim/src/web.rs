//! The simulator's page: the kiosk's screen and its devices, for browsers on this machine only.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use kiosk::display::Pointer;
use kiosk::drive::{Control, Wanted};
use kiosk::ui_thread::UiMessage;
use serde::{Deserialize, Serialize};

use crate::world::{LineSettings, World, slip_picture};

/// A photo of a camera with 50 megapixels is about this large.
const PHOTO_LEN_MAX: usize = 32 << 20;

/// How often the page learns how the devices stand.
const STATE_EVERY: Duration = Duration::from_millis(250);

/// The page and everything it asks for.
pub fn router(world: Arc<World>) -> Router {
    Router::new()
        .route(
            "/",
            get(|| {
                asset(
                    "text/html; charset=utf-8",
                    include_str!("../page/index.html"),
                )
            }),
        )
        .route(
            "/page.css",
            get(|| asset("text/css", include_str!("../page/page.css"))),
        )
        .route(
            "/page.js",
            get(|| asset("text/javascript", include_str!("../page/page.js"))),
        )
        .route("/screen", get(screen))
        .route("/form.png", get(form))
        .route("/sample.jpg", get(sample))
        .route("/api/slips/{file}", get(slip))
        .route("/api/find", get(find))
        .route("/api/reader", post(reader))
        .route("/api/printer", post(printer))
        .route("/api/tray", post(tray))
        .route("/api/line", post(line))
        .route("/api/county", post(county))
        .route("/api/calendar", post(calendar))
        .route("/api/disk", post(disk))
        .layer(DefaultBodyLimit::max(PHOTO_LEN_MAX))
        .layer(middleware::from_fn(only_this_machine))
        .with_state(world)
}

/// Refuses a page of elsewhere that was led here: its name is not this machine's, or it says where it comes from.
async fn only_this_machine(request: Request, next: Next) -> Response {
    if is_of_this_machine(request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "模拟器只给这台机器上的网页用").into_response()
    }
}

fn is_of_this_machine(headers: &HeaderMap) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let host = text(header::HOST).unwrap_or_default();
    let local = host.starts_with("127.0.0.1:") || host.starts_with("localhost:");
    local && text(header::ORIGIN).is_none_or(|origin| origin.strip_prefix("http://") == Some(host))
}

async fn asset(media: &'static str, text: &'static str) -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, media),
            (header::CACHE_CONTROL, "no-store"),
        ],
        text,
    )
}

async fn screen(State(world): State<Arc<World>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |socket| drive(&world, socket).await)
}

/// Carries pictures and device states to one browser, and its touches to the kiosk, until it leaves.
async fn drive(world: &World, mut socket: WebSocket) {
    let mut watcher = world.screen().watch();
    let mut tick = tokio::time::interval(STATE_EVERY);
    let mut told = String::new();
    loop {
        let message = tokio::select! {
            picture = watcher.next() => match picture {
                Some(picture) => Message::Binary(picture.into()),
                None => return,
            },
            _ = tick.tick() => {
                let state = serde_json::to_string(&world.state()).unwrap_or_default();
                if state == told {
                    continue;
                }
                told.clone_from(&state);
                Message::Text(state.into())
            }
            received = socket.recv() => match received {
                Some(Ok(Message::Text(text))) => {
                    // What is no touch comes from no page of ours and means nothing.
                    if let Ok(touch) = serde_json::from_str::<Touch>(&text) {
                        world.tell_screen(touch.into());
                    }
                    continue;
                }
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return,
            },
        };
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

/// What a hand does on the canvas, in pixels of the screen.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Touch {
    Down { x: f32, y: f32 },
    Move { x: f32, y: f32 },
    Up { x: f32, y: f32 },
    Key { text: String },
}

impl From<Touch> for UiMessage {
    fn from(touch: Touch) -> Self {
        match touch {
            Touch::Down { x, y } => Self::Pointer(Pointer::Down(x, y)),
            Touch::Move { x, y } => Self::Pointer(Pointer::Move(x, y)),
            Touch::Up { x, y } => Self::Pointer(Pointer::Up(x, y)),
            Touch::Key { text } => Self::Key(text),
        }
    }
}

async fn form(State(world): State<Arc<World>>) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "image/png")],
        tokio::task::block_in_place(|| world.blank_form_png()),
    )
}

async fn sample() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "image/jpeg")],
        crate::people::SIGNED_APPLICATION_JPEG,
    )
}

async fn slip(State(world): State<Arc<World>>, Path(file): Path<String>) -> Response {
    let slip = file
        .strip_suffix(".png")
        .and_then(|number| number.parse().ok())
        .and_then(|number| world.slip(number));
    match slip {
        Some(slip) => ([(header::CONTENT_TYPE, "image/png")], slip_picture(&slip)).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What a test waits for: `?control=LABEL` or `?text=WORDS`.
#[derive(Deserialize)]
struct Sought {
    control: Option<String>,
    text: Option<String>,
}

/// A place on the screen, in its pixels.
#[derive(Serialize)]
struct Place {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

/// Where a control or a text is; answers once it is there.
async fn find(State(world): State<Arc<World>>, Query(sought): Query<Sought>) -> Response {
    let wanted = match sought {
        Sought {
            control: Some(label),
            ..
        } => Wanted::Control(label),
        Sought {
            text: Some(words), ..
        } => Wanted::Text(words),
        Sought {
            control: None,
            text: None,
        } => return StatusCode::BAD_REQUEST.into_response(),
    };
    let found = tokio::task::spawn_blocking(move || world.find(wanted)).await;
    match found.ok().flatten() {
        Some(Control {
            x,
            y,
            width,
            height,
            ..
        }) => Json(Place {
            x,
            y,
            width,
            height,
        })
        .into_response(),
        None => (StatusCode::NOT_FOUND, "屏幕上没有").into_response(),
    }
}

#[derive(Deserialize)]
struct Laid {
    card: Option<usize>,
}

async fn reader(State(world): State<Arc<World>>, Json(laid): Json<Laid>) -> StatusCode {
    if world.lay_card(laid.card) {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_FOUND
    }
}

#[derive(Deserialize)]
struct PrinterSwitch {
    paper_out: bool,
}

async fn printer(State(world): State<Arc<World>>, Json(switch): Json<PrinterSwitch>) -> StatusCode {
    world.set_paper_out(switch.paper_out);
    StatusCode::NO_CONTENT
}

/// Lays a photo under the camera; an empty body takes it away.
async fn tray(State(world): State<Arc<World>>, photo: Bytes) -> Response {
    if !photo.is_empty() && image::guess_format(&photo).is_err() {
        return (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "这不是照片：请用 JPEG 或 PNG 文件",
        )
            .into_response();
    }
    world.lay_photo((!photo.is_empty()).then(|| photo.to_vec()));
    StatusCode::NO_CONTENT.into_response()
}

async fn line(State(world): State<Arc<World>>, Json(settings): Json<LineSettings>) -> Response {
    match world.set_line(settings) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(reason) => (StatusCode::UNPROCESSABLE_ENTITY, reason.to_string()).into_response(),
    }
}

#[derive(Deserialize)]
struct CountySwitch {
    off: bool,
}

async fn county(State(world): State<Arc<World>>, Json(switch): Json<CountySwitch>) -> Response {
    match tokio::task::block_in_place(|| world.set_county_off(switch.off)) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

#[derive(Deserialize)]
struct Pages {
    days: u16,
}

async fn calendar(State(world): State<Arc<World>>, Json(pages): Json<Pages>) -> Response {
    match tokio::task::block_in_place(|| world.turn_calendar(pages.days)) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).into_response(),
    }
}

#[derive(Deserialize)]
struct DiskSwitch {
    full: bool,
}

async fn disk(State(world): State<Arc<World>>, Json(switch): Json<DiskSwitch>) -> StatusCode {
    world.set_disk_full(switch.full);
    StatusCode::NO_CONTENT
}
