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

/// Cuts `text` into lines of at most `width`, and at its own line breaks. A line does not begin with a closing mark.
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
            let keep = break_before(&line, c);
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

/// Where to break `line` so that what is carried to the next one, before `next`, does not begin with a closing mark; its
/// end where no place does.
fn break_before(line: &str, next: char) -> usize {
    let mut carried_first = next;
    for (at, c) in line.char_indices().rev() {
        if !closes(carried_first) {
            return at + c.len_utf8();
        }
        carried_first = c;
    }
    line.len()
}

/// Marks that may not begin a line.
fn closes(c: char) -> bool {
    "，。、；：？！）》」』”’】…".contains(c)
}

#[cfg(test)]
mod tests {
    use super::break_before;

    #[test]
    fn closing_marks_stay_with_the_character_before_them() {
        assert_eq!(break_before("看过听", '过'), "看过听".len());
        assert_eq!(break_before("看过听", '。'), "看过".len());
        assert_eq!(break_before("看过（听过）", '，'), "看过（听".len());
        assert_eq!(break_before("））", '，'), "））".len());
    }
}
