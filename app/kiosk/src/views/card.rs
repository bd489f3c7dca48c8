//! An explainer card, one section at a time.

use crate::flow::{Visit, sheets};

use super::{SheetView, sheet};

/// A card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardView {
    /// Headings of all sections.
    pub tabs: Vec<String>,
    /// Which one is open.
    pub tab: usize,
    /// The sentences of this sheet.
    pub rows: Vec<CardRow>,
    /// Which sheet.
    pub sheet: SheetView,
}

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardRow {
    /// Its number in the section, from 1.
    pub number: usize,
    /// The sentence.
    pub text: String,
    /// The rule it comes from.
    pub source: String,
}

pub(super) fn view(visit: &Visit, card: usize, tab: usize) -> CardView {
    let sections = visit
        .content()
        .cards
        .get(card)
        .map_or(&[][..], |card| &card.sections);
    let lines = sections.get(tab).map_or(&[][..], |section| &section.lines);
    let cut = sheets::card_sheets(lines);
    let range = cut.get(visit.sheet()).cloned().unwrap_or_default();
    CardView {
        tabs: sections
            .iter()
            .map(|section| section.title.to_owned())
            .collect(),
        tab,
        rows: range
            .map(|place| CardRow {
                number: place + 1,
                text: lines[place].text.clone(),
                source: lines[place].source.clone(),
            })
            .collect(),
        sheet: sheet(visit),
    }
}
