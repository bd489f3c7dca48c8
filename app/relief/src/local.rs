//! What only the county can say: its hotline, its office, and the amounts of money (`assets/rules/local.toml`).
//!
//! Everything may stay empty. Nothing here has a default: a number that nobody supplied is not shown.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::scheme::SchemeId;

/// An amount with the document that sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// The scheme.
    pub scheme: SchemeId,
    /// The class within it, such as 城市 or 农村; the same words as on the card.
    pub class: String,
    /// The number as it is shown, digits and at most one point.
    pub value: String,
    /// Its unit, such as 元/月.
    pub unit: String,
    /// First day on which it holds.
    pub valid_from: NaiveDate,
    /// Number of the document that sets it.
    pub document: String,
}

/// Why a county's file was refused; its editor reacts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocalError {
    /// Not TOML, or not of this shape.
    #[error("local file cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// The hotline is no telephone number.
    #[error("hotline may have digits and hyphens only")]
    Hotline,
    /// An amount is no number.
    #[error("amount of scheme {scheme}, class {class} is no number")]
    NotANumber {
        /// The scheme.
        scheme: SchemeId,
        /// The class.
        class: String,
    },
    /// An amount lacks its unit, its first day or its document.
    #[error("amount of scheme {scheme}, class {class} needs unit, valid-from and document")]
    NoDocument {
        /// The scheme.
        scheme: SchemeId,
        /// The class.
        class: String,
    },
}

/// A county's own facts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Local {
    /// The county's relief hotline (社会救助服务热线).
    pub hotline: Option<String>,
    /// Address of the office.
    pub office: Option<String>,
    /// When the office is open.
    pub hours: Option<String>,
    /// Amounts, of every date.
    pub amounts: Vec<Amount>,
}

impl Local {
    /// Reads `local.toml`. An empty text counts as not supplied.
    ///
    /// # Errors
    ///
    /// [`LocalError`] with the place in the file or the fact at fault.
    pub fn parse(toml: &str) -> Result<Self, LocalError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        struct File {
            hotline: String,
            office: String,
            hours: String,
            #[serde(default)]
            amount: Vec<Row>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        struct Row {
            scheme: SchemeId,
            class: String,
            value: String,
            #[serde(default)]
            unit: String,
            valid_from: Option<NaiveDate>,
            #[serde(default)]
            document: String,
        }
        let file: File = toml::from_str(toml)?;
        if !file.hotline.chars().all(|c| c.is_ascii_digit() || c == '-') {
            return Err(LocalError::Hotline);
        }
        let mut amounts = Vec::new();
        for row in file.amount.into_iter().filter(|row| !row.value.is_empty()) {
            let Row {
                scheme,
                class,
                value,
                unit,
                valid_from,
                document,
            } = row;
            let digits = value.replacen('.', "", 1);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(LocalError::NotANumber { scheme, class });
            }
            let Some(valid_from) = valid_from.filter(|_| !unit.is_empty() && !document.is_empty())
            else {
                return Err(LocalError::NoDocument { scheme, class });
            };
            amounts.push(Amount {
                scheme,
                class,
                value,
                unit,
                valid_from,
                document,
            });
        }
        let supplied = |text: String| Some(text).filter(|text| !text.trim().is_empty());
        Ok(Self {
            hotline: supplied(file.hotline),
            office: supplied(file.office),
            hours: supplied(file.hours),
            amounts,
        })
    }

    /// The amount of a class that holds on `day`: the latest that has begun.
    #[must_use]
    pub fn amount(&self, scheme: SchemeId, class: &str, day: NaiveDate) -> Option<&Amount> {
        self.amounts
            .iter()
            .filter(|amount| {
                amount.scheme == scheme && amount.class == class && amount.valid_from <= day
            })
            .max_by_key(|amount| amount.valid_from)
    }
}
