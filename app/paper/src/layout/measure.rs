//! How wide texts are, and where they break.

use crate::typeface::Typeface;

/// Distance of two lines of text, in ems.
pub(super) const LINE_PITCH: f64 = 1.45;

pub(crate) fn width(typeface: &Typeface, text: &str, em: f64) -> f64 {
    text.chars().map(|c| typeface.advance(c) * em).sum()
}

/// How high `lines` lines of text are, from the upper edge of the first to the lower edge of the last.
pub(crate) fn block_height(lines: usize, em: f64) -> f64 {
    em * (1.0 + LINE_PITCH * (lines as f64 - 1.0))
}

/// Cuts `text` into lines of at most `width`, and at its own line breaks. A line never begins with a closing mark.
pub(crate) fn wrap(typeface: &Typeface, text: &str, width: f64, em: f64) -> Vec<String> {
    text.split('\n')
        .flat_map(|paragraph| wrap_paragraph(typeface, paragraph, width, em))
        .collect()
}

fn wrap_paragraph(typeface: &Typeface, text: &str, room: f64, em: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0.0;
    for c in text.chars() {
        let advance = typeface.advance(c) * em;
        if used + advance > room && used > 0.0 {
            let line = lines.last_mut().map(std::mem::take).unwrap_or_default();
            let keep = if closes(c) {
                line.char_indices().next_back().map_or(0, |(at, _)| at)
            } else {
                line.len()
            };
            let (line, carried) = line.split_at(keep);
            used = width(typeface, carried, em);
            let carried = carried.to_owned();
            if let Some(last) = lines.last_mut() {
                line.clone_into(last);
            }
            lines.push(carried);
        }
        used += advance;
        if let Some(last) = lines.last_mut() {
            last.push(c);
        }
    }
    lines
}

/// Marks that may not begin a line.
fn closes(c: char) -> bool {
    "，。、；：？！）》」』”’】…".contains(c)
}
