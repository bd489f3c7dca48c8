//! Where everything on a page stands, as JSON for programs outside.

use serde::Serialize;

use crate::code;
use crate::form::{FieldKind, Form, PAGE_H_MM, PAGE_W_MM};
use crate::geometry::RectMm;
use crate::marker::Corner;
use crate::payload::Spot;

#[derive(Serialize)]
struct Page {
    page_mm: [f64; 2],
    qr_text: String,
    fields: Vec<PageBox>,
}

#[derive(Serialize)]
struct PageBox {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    /// Left, top, width and height in millimetres.
    rect_mm: [f64; 4],
    #[serde(skip_serializing_if = "Option::is_none")]
    aruco: Option<u8>,
}

impl PageBox {
    fn new(id: impl Into<String>, kind: &'static str, rect: RectMm) -> Self {
        Self {
            id: id.into(),
            kind,
            rect_mm: [rect.x, rect.y, rect.w, rect.h],
            aruco: None,
        }
    }
}

impl Form {
    /// The boxes of the blank page `page` (from 1) as JSON, `None` when there is no such page:
    /// `{"page_mm":[w,h],"qr_text":"…","fields":[{"id","type","rect_mm":[x,y,w,h]}…]}`.
    ///
    /// Types are `checkbox`, `text`, `digits` (one entry for each character), `signature`, `fingerprint`, `seal`, `qr`
    /// and `fid` (a corner marker, with its number in OpenCV's dictionary as `aruco`). `qr_text` is what the upper code
    /// says.
    #[must_use]
    pub fn boxes_json(&self, page: u8) -> Option<String> {
        let mut fields = Vec::new();
        for (number, corner) in (0..).zip(Corner::ALL) {
            fields.push(PageBox {
                aruco: Some(number),
                ..PageBox::new(format!("fid{number}"), "fid", corner.rect())
            });
        }
        let text = |spot| self.payload(page, spot, None).text();
        for (id, spot) in [("qr_a", Spot::A), ("qr_b", Spot::B)] {
            let square = code::square(&text(spot), spot)?;
            fields.push(PageBox::new(id, "qr", square));
        }
        for field in &self.sheet(page)?.fields {
            let kind = match field.kind {
                FieldKind::Tick => "checkbox",
                FieldKind::Text => "text",
                FieldKind::Signature => "signature",
                FieldKind::Fingerprint => "fingerprint",
                FieldKind::Seal => "seal",
                FieldKind::Digits { count } => {
                    let w = field.rect.w / f64::from(count);
                    fields.extend((0..count).map(|i| {
                        let x = field.rect.x + w * f64::from(i);
                        let rect = RectMm::new(x, field.rect.y, w, field.rect.h);
                        PageBox::new(format!("{}_{i:02}", field.id), "digits", rect)
                    }));
                    continue;
                }
            };
            fields.push(PageBox::new(&field.id, kind, field.rect));
        }
        let page = Page {
            page_mm: [PAGE_W_MM, PAGE_H_MM],
            qr_text: text(Spot::A),
            fields,
        };
        serde_json::to_string_pretty(&page).ok()
    }
}
