//! Texts to read, and texts to tick.

use crate::flow::{ConsentText, Visit};

/// Texts one beside the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextsView {
    /// The texts.
    pub blocks: Vec<TextBlock>,
    /// The main button.
    pub next: String,
    /// Whether the main button may be touched.
    pub can_next: bool,
}

/// One text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextBlock {
    /// Its heading; empty where the page's title says it.
    pub title: String,
    /// Its paragraphs.
    pub paragraphs: Vec<String>,
    /// What is said by ticking; empty where nothing is ticked.
    pub statement: String,
    /// Whether it is ticked.
    pub ticked: bool,
}

pub(super) fn privacy(visit: &Visit) -> TextsView {
    let text = &visit.content().privacy;
    TextsView {
        blocks: vec![TextBlock {
            title: String::new(),
            paragraphs: text.paragraphs.clone(),
            statement: String::new(),
            ticked: false,
        }],
        next: text.statement.clone(),
        can_next: true,
    }
}

pub(super) fn consents(visit: &Visit) -> TextsView {
    let ticked = &visit.answers().ticked;
    let block = |(place, text): (usize, &ConsentText)| TextBlock {
        title: text.title.clone(),
        paragraphs: text.paragraphs.clone(),
        statement: text.statement.clone(),
        ticked: ticked.contains(&place),
    };
    let consents = &visit.content().consents;
    TextsView {
        blocks: consents.iter().enumerate().map(block).collect(),
        next: "下一步".to_owned(),
        can_next: ticked.len() == consents.len(),
    }
}
