//! Code tables: household relation, reason, near relative, missing number, township.
//!
//! Records carry the code; the table gives the words. Codes are append-only; a county adds its own.

use chrono::NaiveDate;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Code of a relation: in a household, or to a near relative among staff (two tables).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct RelationCode(pub u8);

/// Code of a reason for hardship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct ReasonCode(pub u8);

/// Code of the reason why a person has no identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct NoNumberReason(pub u8);

/// Code of a ground on which a special case may take longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroundCode(pub u8);

/// A ground on which a special case may take longer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionGround {
    /// The code in records.
    pub code: GroundCode,
    /// Plain words.
    pub title: String,
    /// Text and section.
    pub source: String,
}

/// A code and its plain words.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coded<Code> {
    /// The code in records.
    pub code: Code,
    /// Plain words for the screen.
    pub title: String,
}

/// A relation to a staff or village committee member.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NearRelativeKind {
    /// The code in records.
    pub code: RelationCode,
    /// Plain words: what that person is to the applicant.
    pub title: String,
    /// Whether the relation is to be registered (近亲属备案), before the first of `change`.
    pub counts_as_near_relative: bool,
    /// What the flag rests on.
    pub source: String,
    /// Changes of the flag, each from its day on.
    #[serde(default)]
    pub change: Vec<NearRelativeChange>,
}

/// A change of a relation's flag.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NearRelativeChange {
    /// First day on which it holds.
    pub from: NaiveDate,
    /// Whether the relation is to be registered from then on.
    pub counts_as_near_relative: bool,
    /// What the change rests on.
    pub source: String,
}

impl NearRelativeKind {
    /// Whether the relation is to be registered on `day`.
    #[must_use]
    pub fn counts_on(&self, day: NaiveDate) -> bool {
        self.change
            .iter()
            .filter(|change| change.from <= day)
            .max_by_key(|change| change.from)
            .map_or(self.counts_as_near_relative, |change| {
                change.counts_as_near_relative
            })
    }
}

/// A township (乡镇) or another unit that receives applications.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Township {
    /// Nine digits of the statistics list, or a code that the county assigned.
    pub code: String,
    /// Name.
    pub name: String,
    /// Whether it may be chosen for a new application.
    pub takes_applications: bool,
    /// First day of the name and code, where known.
    pub valid_from: Option<NaiveDate>,
    /// Last day, for one that was abolished, where known.
    pub valid_to: Option<NaiveDate>,
    /// Code of the unit that took its place, where known.
    pub replaced_by: Option<String>,
}

/// A village or residents' committee (村、居委会).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Village {
    /// Twelve digits of the statistics list, or a code that the county assigned.
    pub code: String,
    /// Name.
    pub name: String,
    /// Code of its township.
    pub township: String,
    /// First day of the name and code, where known.
    pub valid_from: Option<NaiveDate>,
    /// Last day, for one that was abolished, where known.
    pub valid_to: Option<NaiveDate>,
    /// Code of the village that took its place, where known.
    pub replaced_by: Option<String>,
}

/// Why a code table was refused; its editor reacts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodesError {
    /// Not TOML, or not of this shape.
    #[error("code table cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A code stands twice in one table.
    #[error("code {code} stands twice in table {table}")]
    Duplicate {
        /// The table.
        table: &'static str,
        /// The code.
        code: String,
    },
}

/// All code tables of a county.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codes {
    edition: String,
    near_relative_note: String,
    relations: Vec<Coded<RelationCode>>,
    reasons: Vec<Coded<ReasonCode>>,
    no_number_reasons: Vec<Coded<NoNumberReason>>,
    near_relatives: Vec<NearRelativeKind>,
    extension_grounds: Vec<ExtensionGround>,
    townships: Vec<Township>,
    villages: Vec<Village>,
}

impl Codes {
    /// Reads `codes.toml` and `townships.toml`.
    ///
    /// # Errors
    ///
    /// [`CodesError`] with the place in the file or the doubled code.
    pub fn parse(codes_toml: &str, townships_toml: &str) -> Result<Self, CodesError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        struct Tables {
            edition: String,
            near_relative_note: String,
            relation: Vec<Coded<RelationCode>>,
            reason: Vec<Coded<ReasonCode>>,
            no_number_reason: Vec<Coded<NoNumberReason>>,
            near_relative: Vec<NearRelativeKind>,
            #[serde(default)]
            extension_ground: Vec<ExtensionGround>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        struct Divisions {
            township: Vec<Township>,
            #[serde(default)]
            village: Vec<Village>,
        }
        let tables: Tables = toml::from_str(codes_toml)?;
        let divisions: Divisions = toml::from_str(townships_toml)?;
        unique(
            "relation",
            tables.relation.iter().map(|row| row.code.0.to_string()),
        )?;
        unique(
            "reason",
            tables.reason.iter().map(|row| row.code.0.to_string()),
        )?;
        unique(
            "no-number-reason",
            tables
                .no_number_reason
                .iter()
                .map(|row| row.code.0.to_string()),
        )?;
        unique(
            "near-relative",
            tables
                .near_relative
                .iter()
                .map(|row| row.code.0.to_string()),
        )?;
        unique(
            "extension-ground",
            tables
                .extension_ground
                .iter()
                .map(|row| row.code.0.to_string()),
        )?;
        unique(
            "village",
            divisions.village.iter().map(|row| row.code.clone()),
        )?;
        unique(
            "township",
            divisions.township.iter().map(|row| row.code.clone()),
        )?;
        Ok(Self {
            edition: tables.edition,
            near_relative_note: tables.near_relative_note,
            relations: tables.relation,
            reasons: tables.reason,
            no_number_reasons: tables.no_number_reason,
            near_relatives: tables.near_relative,
            extension_grounds: tables.extension_ground,
            townships: divisions.township,
            villages: divisions.village,
        })
    }

    /// The tables' edition.
    #[must_use]
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// Where the near-relative list comes from and what is not settled about it.
    #[must_use]
    pub fn near_relative_note(&self) -> &str {
        &self.near_relative_note
    }

    /// Household relations, in the order of the screen.
    #[must_use]
    pub fn relations(&self) -> &[Coded<RelationCode>] {
        &self.relations
    }

    /// Reasons for hardship, in the order of the screen.
    #[must_use]
    pub fn reasons(&self) -> &[Coded<ReasonCode>] {
        &self.reasons
    }

    /// Reasons why a person has no identity number.
    #[must_use]
    pub fn no_number_reasons(&self) -> &[Coded<NoNumberReason>] {
        &self.no_number_reasons
    }

    /// Relations to staff and village committee members, those that count first.
    #[must_use]
    pub fn near_relatives(&self) -> &[NearRelativeKind] {
        &self.near_relatives
    }

    /// Grounds on which a special case may take longer.
    #[must_use]
    pub fn extension_grounds(&self) -> &[ExtensionGround] {
        &self.extension_grounds
    }

    /// The ground of this code.
    #[must_use]
    pub fn extension_ground(&self, code: GroundCode) -> Option<&ExtensionGround> {
        self.extension_grounds.iter().find(|row| row.code == code)
    }

    /// Every village ever listed, abolished ones too; empty until the county supplies them.
    #[must_use]
    pub fn villages(&self) -> &[Village] {
        &self.villages
    }

    /// The village of this code.
    #[must_use]
    pub fn village(&self, code: &str) -> Option<&Village> {
        self.villages.iter().find(|village| village.code == code)
    }

    /// Every township ever listed, abolished ones too.
    #[must_use]
    pub fn townships(&self) -> &[Township] {
        &self.townships
    }

    /// The townships that may be chosen for a new application.
    pub fn open_townships(&self) -> impl Iterator<Item = &Township> {
        self.townships
            .iter()
            .filter(|township| township.takes_applications)
    }

    /// The township of this code.
    #[must_use]
    pub fn township(&self, code: &str) -> Option<&Township> {
        self.townships.iter().find(|township| township.code == code)
    }

    /// The words of a household relation.
    #[must_use]
    pub fn relation_title(&self, code: RelationCode) -> Option<&str> {
        self.relations
            .iter()
            .find(|row| row.code == code)
            .map(|row| row.title.as_str())
    }

    /// The words of a reason.
    #[must_use]
    pub fn reason_title(&self, code: ReasonCode) -> Option<&str> {
        self.reasons
            .iter()
            .find(|row| row.code == code)
            .map(|row| row.title.as_str())
    }

    /// The row of a relation to a staff or committee member.
    #[must_use]
    pub fn near_relative(&self, code: RelationCode) -> Option<&NearRelativeKind> {
        self.near_relatives.iter().find(|row| row.code == code)
    }
}

fn unique(table: &'static str, codes: impl Iterator<Item = String>) -> Result<(), CodesError> {
    let mut seen = std::collections::BTreeSet::new();
    for code in codes {
        if !seen.insert(code.clone()) {
            return Err(CodesError::Duplicate { table, code });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
