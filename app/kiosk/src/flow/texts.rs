//! The texts a person is shown before anything is stored: personal data, authorisation, promise.

use relief::ConsentKind;
use serde::Deserialize;

/// The texts that are compiled in.
pub const BUILTIN_TEXTS_TOML: &str = include_str!("../../../../assets/i18n/consents.toml");

/// A text, in the edition that a record names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentText {
    /// What it asks for.
    pub kind: ConsentKind,
    /// Its edition.
    pub edition: String,
    /// Heading.
    pub title: String,
    /// What the person says by ticking it.
    pub statement: String,
    /// Its paragraphs.
    pub paragraphs: Vec<String>,
}

/// All texts of a kiosk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Texts {
    pub(super) privacy: ConsentText,
    pub(super) consents: Vec<ConsentText>,
}

/// Why a file of texts was refused; its editor reacts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextsError {
    /// Not TOML, or not of this shape.
    #[error("consent texts cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A kind that every kiosk must show is not there, or is empty.
    #[error("consent texts have nothing to say on kind {kind}")]
    Missing {
        /// Number of the kind in the record.
        kind: u8,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    edition: String,
    privacy: Body,
    authorisation: Body,
    promise: Body,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    title: String,
    statement: String,
    paragraphs: Vec<String>,
}

/// Reads a file of texts.
pub(super) fn parse(toml: &str) -> Result<Texts, TextsError> {
    let file: File = toml::from_str(toml)?;
    let text = |kind: ConsentKind, body: Body| {
        let empty =
            body.title.is_empty() || body.statement.is_empty() || body.paragraphs.is_empty();
        if empty {
            return Err(TextsError::Missing { kind: kind.0 });
        }
        Ok(ConsentText {
            kind,
            edition: file.edition.clone(),
            title: body.title,
            statement: body.statement,
            paragraphs: body.paragraphs,
        })
    };
    Ok(Texts {
        privacy: text(ConsentKind::PRIVACY_NOTICE, file.privacy)?,
        consents: vec![
            text(ConsentKind::AUTHORISATION, file.authorisation)?,
            text(ConsentKind::TRUTH_PROMISE, file.promise)?,
        ],
    })
}
