//! The line that is being typed, and the pinyin that is not yet a character.

use zeroize::Zeroize;

use super::{
    fault::FieldFault,
    page::{Field, Keyboard},
};
use crate::pinyin;

/// The most characters a line takes: more than any answer may have, so that the answer's own rule
/// speaks first; past it keys do nothing.
const LINE_CHARS_MAX: usize = 600;

/// The most letters before a character is chosen: three syllables and a slip of the finger.
const LETTERS_MAX: usize = 20;

/// Candidates on one sheet: as many as fit in a row of large print.
pub const CANDIDATES_PER_SHEET: usize = 9;

/// The line that is being typed.
#[derive(Default)]
pub struct Editor {
    text: String,
    letters: String,
    sheet: usize,
    /// Why the line was not taken.
    pub fault: Option<FieldFault>,
}

impl Editor {
    /// An editor that begins with an answer given before.
    pub fn with(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            letters: String::new(),
            sheet: 0,
            fault: None,
        }
    }

    /// The finished characters.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The letters that are not yet a character.
    #[must_use]
    pub fn letters(&self) -> &str {
        &self.letters
    }

    /// The candidates of the sheet that is shown.
    #[must_use]
    pub fn candidates(&self) -> &'static [char] {
        let (_, all) = pinyin::candidates(&self.letters);
        let start = (self.sheet * CANDIDATES_PER_SHEET).min(all.len());
        let end = (start + CANDIDATES_PER_SHEET).min(all.len());
        &all[start..end]
    }

    /// Whether sheets of candidates lie before and after the one shown.
    #[must_use]
    pub fn more_candidates(&self) -> (bool, bool) {
        let (_, all) = pinyin::candidates(&self.letters);
        (
            self.sheet > 0,
            (self.sheet + 1) * CANDIDATES_PER_SHEET < all.len(),
        )
    }

    pub(super) fn turn_candidates(&mut self, forward: bool) {
        match (forward, self.more_candidates()) {
            (true, (_, true)) => self.sheet += 1,
            (false, (true, _)) => self.sheet -= 1,
            (true, (_, false)) | (false, (false, _)) => {}
        }
    }

    pub(super) fn choose(&mut self, place: usize) {
        let (letters_used, _) = pinyin::candidates(&self.letters);
        if let Some(character) = self.candidates().get(place) {
            self.push(*character);
            self.letters.drain(..letters_used);
            self.sheet = 0;
        }
    }

    pub(super) fn type_text(&mut self, typed: &str, field: Field) {
        self.fault = None;
        for character in typed.chars().filter(|c| !c.is_control()) {
            self.type_character(character, field);
        }
    }

    fn type_character(&mut self, character: char, field: Field) {
        match (field.keyboard(), character) {
            (Keyboard::Pinyin, 'a'..='z' | 'A'..='Z') => {
                if self.letters.len() < LETTERS_MAX {
                    self.letters.push(character.to_ascii_lowercase());
                    self.sheet = 0;
                }
            }
            (Keyboard::Pinyin, ' ') if !self.letters.is_empty() => self.choose(0),
            (Keyboard::DigitsAndX, 'x' | 'X') => self.push('X'),
            (Keyboard::Pinyin | Keyboard::Digits | Keyboard::DigitsAndX, _) => self.push(character),
        }
    }

    fn push(&mut self, character: char) {
        if self.text.chars().count() < LINE_CHARS_MAX {
            self.text.push(character);
        }
    }

    pub(super) fn erase(&mut self) {
        self.fault = None;
        self.sheet = 0;
        if self.letters.pop().is_none() {
            self.text.pop();
        }
    }

    pub(super) fn erase_all(&mut self) {
        self.fault = None;
        self.sheet = 0;
        self.letters.zeroize();
        self.text.zeroize();
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.erase_all();
    }
}
