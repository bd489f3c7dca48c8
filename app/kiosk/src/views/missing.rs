//! Pages that are not here, in words.

use super::paper::short_title;
use crate::flow::{FlowContent, MissingPages};

/// What is missing, form by form: `核对授权书第2、3页`, or the name of a form of which no page is here.
pub(super) fn missing(content: &FlowContent, missing: &[MissingPages]) -> Vec<String> {
    let words = missing.iter().map(|missing| {
        let title = short_title(content, &missing.form);
        match missing.pages.as_slice() {
            [] => title.to_owned(),
            pages => format!("{title}{}", numbers(pages)),
        }
    });
    words.collect()
}

/// `第2、3页`.
fn numbers(pages: &[u8]) -> String {
    let pages: Vec<String> = pages.iter().map(u8::to_string).collect();
    format!("第{}页", pages.join("、"))
}
