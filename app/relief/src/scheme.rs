//! Schemes of relief (救助类别), read from `assets/rules/schemes.toml`.

use std::fmt;

use chrono::NaiveDate;
use minicbor::{Decode, Encode};
use serde::Deserialize;

/// A scheme's number. Numbers are append-only; they stand in records and tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct SchemeId(pub u16);

impl SchemeId {
    /// 最低生活保障 subsistence allowance.
    pub const DIBAO: Self = Self(1);
    /// 特困人员救助供养 support of persons in extreme hardship.
    pub const TEKUN: Self = Self(2);
    /// 临时救助 temporary assistance.
    pub const TEMPORARY: Self = Self(3);
    /// 低保边缘家庭 household on the edge of the allowance.
    pub const MARGINAL: Self = Self(4);
    /// 刚性支出困难家庭 household in hardship through unavoidable spending.
    pub const RIGID: Self = Self(5);
    /// 事实无人抚养儿童 child without support in fact.
    pub const UNSUPPORTED_CHILD: Self = Self(6);
    /// 孤儿 orphan.
    pub const ORPHAN: Self = Self(7);
    /// 困难残疾人生活补贴 living subsidy for disabled persons in hardship.
    pub const DISABILITY_LIVING: Self = Self(8);
    /// 重度残疾人护理补贴 nursing subsidy for severely disabled persons.
    pub const DISABILITY_NURSING: Self = Self(9);
}

impl fmt::Display for SchemeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether the first opinion is posted in the village (公示).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PublicNotice {
    /// The rule asks for it.
    Required,
    /// The national rules that stand behind this file do not settle it.
    CountyDecides,
    /// It must not happen: nothing of such a case is shown or printed on a public list.
    Never,
}

/// One scheme.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Scheme {
    /// Number.
    pub id: SchemeId,
    /// Key for files and addresses, such as `dibao`.
    pub key: String,
    /// Short title for buttons.
    pub title: String,
    /// Full title for papers.
    pub full_title: String,
    /// Whether the first opinion is posted.
    pub public_notice: PublicNotice,
    /// What `public_notice` rests on.
    pub public_notice_source: String,
    /// Whether a new first opinion after an objection is posted again.
    #[serde(default)]
    pub notice_again_after_objection: bool,
    /// By which text a confirmation names what the household gets; `None` where none asks for it.
    pub award_source: Option<String>,
    /// The act that the scheme rests on.
    pub source: String,
    /// From when that act is in force, where known.
    pub effective: Option<NaiveDate>,
}

/// Why a file of schemes was refused; its editor reacts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemesError {
    /// Not TOML, or not of this shape.
    #[error("schemes file cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A number or a key stands twice.
    #[error("scheme {id} or its key {key} stands twice")]
    Duplicate {
        /// The second one's number.
        id: SchemeId,
        /// The second one's key.
        key: String,
    },
}

/// All schemes, in the order of the file, which is the order on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schemes {
    edition: String,
    schemes: Vec<Scheme>,
}

impl Schemes {
    /// Reads `schemes.toml`.
    ///
    /// # Errors
    ///
    /// [`SchemesError`] with the place in the file or the doubled scheme.
    pub fn parse(toml: &str) -> Result<Self, SchemesError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            edition: String,
            scheme: Vec<Scheme>,
        }
        let file: File = toml::from_str(toml)?;
        for (index, scheme) in file.scheme.iter().enumerate() {
            if file.scheme[..index]
                .iter()
                .any(|other| other.id == scheme.id || other.key == scheme.key)
            {
                return Err(SchemesError::Duplicate {
                    id: scheme.id,
                    key: scheme.key.clone(),
                });
            }
        }
        Ok(Self {
            edition: file.edition,
            schemes: file.scheme,
        })
    }

    /// The file's edition.
    #[must_use]
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// The schemes in order.
    #[must_use]
    pub fn all(&self) -> &[Scheme] {
        &self.schemes
    }

    /// The scheme of this number.
    #[must_use]
    pub fn get(&self, id: SchemeId) -> Option<&Scheme> {
        self.schemes.iter().find(|scheme| scheme.id == id)
    }

    /// The scheme of this key.
    #[must_use]
    pub fn by_key(&self, key: &str) -> Option<&Scheme> {
        self.schemes.iter().find(|scheme| scheme.key == key)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::builtin;

    #[test]
    fn the_nine_schemes_keep_their_numbers_and_keys() {
        let schemes = builtin::schemes();
        let keys: Vec<_> = schemes
            .all()
            .iter()
            .map(|scheme| (scheme.id.0, scheme.key.as_str()))
            .collect();
        assert_eq!(
            keys,
            [
                (1, "dibao"),
                (2, "tekun"),
                (3, "temporary"),
                (4, "marginal"),
                (5, "rigid"),
                (6, "unsupported-child"),
                (7, "orphan"),
                (8, "disability-living"),
                (9, "disability-nursing"),
            ]
        );
        assert_eq!(
            schemes.by_key("orphan").map(|scheme| scheme.id),
            Some(SchemeId::ORPHAN)
        );
    }

    #[test]
    fn childrens_schemes_are_never_posted() {
        let schemes = builtin::schemes();
        for scheme in schemes.all() {
            let child = [SchemeId::UNSUPPORTED_CHILD, SchemeId::ORPHAN].contains(&scheme.id);
            assert_eq!(
                scheme.public_notice == PublicNotice::Never,
                child,
                "{}",
                scheme.key
            );
        }
    }

    #[test]
    fn a_number_or_key_that_stands_twice_is_refused() {
        let toml = builtin::SCHEMES_TOML.replace("id = 2\n", "id = 1\n");
        assert_eq!(
            Schemes::parse(&toml),
            Err(SchemesError::Duplicate {
                id: SchemeId::DIBAO,
                key: "tekun".into()
            })
        );
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text: String) {
            let _ = Schemes::parse(&text);
        }
    }
}
