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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::builtin;

    const SUPPLIED: &str = r#"
        hotline = "0355-0000000"
        office = ""
        hours = "8:00-12:00"
        [[amount]]
        scheme = 1
        class = "农村"
        value = "1.50"
        unit = "元/月"
        valid-from = "2026-01-01"
        document = "某文件"
        [[amount]]
        scheme = 1
        class = "农村"
        value = "2"
        unit = "元/月"
        valid-from = "2026-07-01"
        document = "某文件"
        [[amount]]
        scheme = 1
        class = "城市"
        value = ""
    "#;

    #[test]
    fn the_built_in_file_supplies_nothing() {
        assert_eq!(builtin::local(), Local::default());
    }

    #[test]
    fn the_latest_amount_that_has_begun_holds_and_an_empty_one_is_none() {
        let local = Local::parse(SUPPLIED).unwrap();
        let value = |class, day: &str| {
            local
                .amount(SchemeId::DIBAO, class, day.parse().unwrap())
                .map(|amount| amount.value.as_str())
        };
        assert_eq!(value("农村", "2025-12-31"), None);
        assert_eq!(value("农村", "2026-06-30"), Some("1.50"));
        assert_eq!(value("农村", "2026-07-01"), Some("2"));
        assert_eq!(value("城市", "2026-07-01"), None);
        assert_eq!(
            (local.office, local.hotline.as_deref()),
            (None, Some("0355-0000000"))
        );
    }

    #[test]
    fn an_amount_without_document_and_a_hotline_without_digits_are_refused() {
        let class = || "农村".to_owned();
        let scheme = SchemeId::DIBAO;
        for (from, to, error) in [
            (
                "某文件",
                "",
                LocalError::NoDocument {
                    scheme,
                    class: class(),
                },
            ),
            (
                "元/月",
                "",
                LocalError::NoDocument {
                    scheme,
                    class: class(),
                },
            ),
            (
                "1.50",
                "1.5.0",
                LocalError::NotANumber {
                    scheme,
                    class: class(),
                },
            ),
            (
                "1.50",
                "约",
                LocalError::NotANumber {
                    scheme,
                    class: class(),
                },
            ),
            ("0355-0000000", "问窗口", LocalError::Hotline),
        ] {
            assert_eq!(Local::parse(&SUPPLIED.replace(from, to)), Err(error));
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text: String) {
            let _ = Local::parse(&text);
        }
    }
}
