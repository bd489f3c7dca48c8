//! How long pages are cut into sheets that are turned by big buttons; nothing on this screen scrolls.

use std::ops::Range;

use super::content::CardLine;

/// Choices on one sheet: three columns of four.
pub const PICKS_PER_SHEET: usize = 12;
/// Cards on one sheet: two columns of four.
pub const CARDS_PER_SHEET: usize = 8;
/// Answers on one sheet of a review, members on one of the household.
pub const LINES_PER_SHEET: usize = 5;

/// Characters of large print in one row of a card's sentence.
const CARD_COLUMNS: usize = 28;
/// Characters of a source in one row of small print.
const SOURCE_COLUMNS: usize = 40;
/// Room of one sheet of a card, in quarters of a row of large print.
const CARD_ROOM: usize = 45;

/// How many sheets `items` fill; an empty page is one sheet.
#[must_use]
pub fn sheet_count(items: usize, per_sheet: usize) -> usize {
    items.div_ceil(per_sheet).max(1)
}

/// The items on `sheet`.
#[must_use]
pub fn sheet_range(items: usize, per_sheet: usize, sheet: usize) -> Range<usize> {
    let start = (sheet * per_sheet).min(items);
    start..(start + per_sheet).min(items)
}

/// The sentences of a card's section, cut into sheets that fit the screen; never empty.
///
/// Chinese characters have one width, so rows are counted instead of measured; a Latin character
/// counts as a whole one and leaves room rather than overflowing.
#[must_use]
pub fn card_sheets(lines: &[CardLine]) -> Vec<Range<usize>> {
    let mut sheets = Vec::new();
    let mut start = 0;
    let mut used = 0;
    for (place, line) in lines.iter().enumerate() {
        let need = room(line);
        if used + need > CARD_ROOM && place > start {
            sheets.push(start..place);
            start = place;
            used = 0;
        }
        used += need;
    }
    sheets.push(start..lines.len());
    sheets
}

/// A row of large print takes four quarters, one of small print three, the gap after it two.
fn room(line: &CardLine) -> usize {
    let rows = line.text.chars().count().div_ceil(CARD_COLUMNS).max(1);
    let source_rows = line.source.chars().count().div_ceil(SOURCE_COLUMNS);
    rows * 4 + source_rows * 3 + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(chars: usize) -> CardLine {
        CardLine {
            text: "字".repeat(chars),
            source: "源".to_owned(),
        }
    }

    #[test]
    fn every_sentence_stands_on_exactly_one_sheet_in_order() {
        let lines: Vec<CardLine> = (0..12).map(|n| line(10 + 9 * n)).collect();
        let sheets = card_sheets(&lines);
        let places: Vec<usize> = sheets.iter().cloned().flatten().collect();
        assert_eq!(places, (0..12).collect::<Vec<_>>());
        for sheet in sheets {
            let used: usize = lines[sheet.clone()].iter().map(room).sum();
            assert!(used <= CARD_ROOM || sheet.len() == 1);
        }
    }

    #[test]
    fn an_empty_section_is_one_empty_sheet() {
        assert_eq!(card_sheets(&[]), vec![0..0]);
        assert_eq!(sheet_count(0, 9), 1);
        assert_eq!(sheet_range(0, 9, 0), 0..0);
    }

    #[test]
    fn a_full_sheet_needs_no_second_one() {
        assert_eq!(sheet_count(9, 9), 1);
        assert_eq!(sheet_count(10, 9), 2);
        assert_eq!(sheet_range(10, 9, 1), 9..10);
    }
}
