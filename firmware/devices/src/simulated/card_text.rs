//! The text block that a card with given contents carries: the reverse of [`IdCard::parse`].

use std::ops::Range;

use chrono::NaiveDate;

use crate::id_card::{IdCard, IdCardKind, Sex, TEXT_LEN, ValidTo};

/// Why no card could carry these contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextBlockError {
    /// The field at `offset` is too short for its text.
    #[error("the field at offset {offset} holds {limit} UTF-16 units, the text has {units}")]
    TooLong {
        /// Where the field begins.
        offset: usize,
        /// Units of the text; a character outside the basic plane takes two.
        units: usize,
        /// Units that fit.
        limit: usize,
    },
}

/// Lays the contents out as `card.kind` does. What that layout has no field for is left out.
///
/// # Errors
///
/// [`TextBlockError::TooLong`] if a field does not hold its text.
pub fn text_block(card: &IdCard) -> Result<[u8; TEXT_LEN], TextBlockError> {
    let mut block = Block::blank();
    match &card.kind {
        IdCardKind::Resident => {
            block.put_common(card)?;
            let nation = card
                .nation_code
                .map_or(String::new(), |code| format!("{code:02}"));
            block.put(32..36, &nation)?;
        }
        IdCardKind::HongKongMacaoTaiwan { permit_number } => {
            block.put_common(card)?;
            block.put(220..238, permit_number)?;
            block.put(238..242, "01")?;
            block.put(248..250, "J")?;
        }
        IdCardKind::Foreigner {
            latin_name,
            nationality,
        } => {
            block.put(0..120, latin_name)?;
            block.put(120..122, sex_code(card.sex))?;
            block.put(122..152, &card.number)?;
            block.put(152..158, nationality)?;
            if card.name != *latin_name {
                block.put(158..188, &card.name)?;
            }
            block.put(188..204, &date_text(card.valid_from))?;
            block.put(204..220, &valid_to_text(card.valid_to))?;
            block.put(220..236, &date_text(Some(card.birth)))?;
            block.put(236..240, "01")?;
            block.put(240..248, &card.issuer)?;
            block.put(248..250, "I")?;
        }
    }
    Ok(block.0)
}

struct Block([u8; TEXT_LEN]);

impl Block {
    fn blank() -> Self {
        let mut bytes = [0; TEXT_LEN];
        for unit in bytes.chunks_exact_mut(2) {
            unit[0] = b' ';
        }
        Self(bytes)
    }

    fn put(&mut self, at: Range<usize>, text: &str) -> Result<(), TextBlockError> {
        let units = text.encode_utf16().count();
        let limit = at.len() / 2;
        if limit < units {
            return Err(TextBlockError::TooLong {
                offset: at.start,
                units,
                limit,
            });
        }
        for (pair, unit) in self.0[at].chunks_exact_mut(2).zip(text.encode_utf16()) {
            pair.copy_from_slice(&unit.to_le_bytes());
        }
        Ok(())
    }

    fn put_common(&mut self, card: &IdCard) -> Result<(), TextBlockError> {
        self.put(0..30, &card.name)?;
        self.put(30..32, sex_code(card.sex))?;
        self.put(36..52, &date_text(Some(card.birth)))?;
        self.put(52..122, &card.address)?;
        self.put(122..158, &card.number)?;
        self.put(158..188, &card.issuer)?;
        self.put(188..204, &date_text(card.valid_from))?;
        self.put(204..220, &valid_to_text(card.valid_to))
    }
}

fn sex_code(sex: Sex) -> &'static str {
    match sex {
        Sex::Unknown => "0",
        Sex::Male => "1",
        Sex::Female => "2",
        Sex::Unstated => "9",
    }
}

fn date_text(day: Option<NaiveDate>) -> String {
    day.map_or(String::new(), |day| day.format("%Y%m%d").to_string())
}

fn valid_to_text(valid_to: ValidTo) -> String {
    match valid_to {
        ValidTo::Day(day) => date_text(Some(day)),
        ValidTo::LongTerm => "长期".to_owned(),
        ValidTo::Unreadable => String::new(),
    }
}
