//! The frame of every page, and pages that only say something.

use axum::{http::StatusCode, response::IntoResponse};
use maud::{DOCTYPE, Markup, html};

/// A page for residents: one narrow column, large letters.
pub(super) fn public(title: &str, body: &Markup) -> Markup {
    page(title, "public", body)
}

/// A page for staff: as wide as the screen.
pub(super) fn staff(title: &str, body: &Markup) -> Markup {
    page(title, "staff", body)
}

fn page(title: &str, class: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="stylesheet" href="/style.css";
            }
            body class=(class) { main { (body) } }
        }
    }
}

/// A heading and a few sentences.
pub(super) fn message(title: &str, sentences: &[&str]) -> Markup {
    public(
        title,
        &html! {
            h1 { (title) }
            @for sentence in sentences { p { (sentence) } }
        },
    )
}

pub(super) async fn not_found() -> impl IntoResponse {
    (
        StatusCode::NOT_FOUND,
        message("没有这个网页", &["请扫回执上的二维码，或者核对网址。"]),
    )
}
