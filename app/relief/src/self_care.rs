//! Self-care (生活自理能力) of a destitute person: six items, of which each is met or not, and the grade that they make.
//!
//! Source: 民发〔2021〕43号 Art 21–22.

use minicbor::{Decode, Encode};

/// What a person does alone or does not, in the order of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SelfCareItem {
    /// Eats.
    Eating,
    /// Dresses.
    Dressing,
    /// Gets into bed and out of it.
    GettingUp,
    /// Uses the toilet.
    Toileting,
    /// Walks indoors.
    Walking,
    /// Bathes.
    Bathing,
}

impl SelfCareItem {
    /// Every item, in the order of the text.
    pub const ALL: [Self; 6] = [
        Self::Eating,
        Self::Dressing,
        Self::GettingUp,
        Self::Toileting,
        Self::Walking,
        Self::Bathing,
    ];

    /// In Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Eating => "吃饭",
            Self::Dressing => "穿衣",
            Self::GettingUp => "上下床",
            Self::Toileting => "上厕所",
            Self::Walking => "室内行走",
            Self::Bathing => "洗澡",
        }
    }
}

/// What an assessment found: which items are met. `Debug` writes nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct SelfCare([bool; SelfCareItem::ALL.len()]);

impl SelfCare {
    /// The assessment in which `met` tells of each item.
    #[must_use]
    pub fn of(met: impl FnMut(SelfCareItem) -> bool) -> Self {
        Self(SelfCareItem::ALL.map(met))
    }

    /// The items that are not met, in the order of the text.
    pub fn unmet(self) -> impl Iterator<Item = SelfCareItem> {
        SelfCareItem::ALL
            .into_iter()
            .zip(self.0)
            .filter(|(_, met)| !met)
            .map(|(item, _)| item)
    }

    /// The grade that the items make.
    #[must_use]
    pub fn grade(self) -> SelfCareGrade {
        match self.unmet().count() {
            0 => SelfCareGrade::Able,
            1..=3 => SelfCareGrade::PartlyAble,
            _ => SelfCareGrade::Unable,
        }
    }
}

impl std::fmt::Debug for SelfCare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SelfCare")
    }
}

/// How far a person cares for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SelfCareGrade {
    /// All six items are met.
    Able,
    /// One to three are not.
    PartlyAble,
    /// Four or more are not.
    Unable,
}

impl SelfCareGrade {
    /// In Chinese, as the text names it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Able => "具备生活自理能力",
            Self::PartlyAble => "部分丧失生活自理能力",
            Self::Unable => "完全丧失生活自理能力",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_items_has_the_grade_of_the_text() {
        for set in 0..1_u32 << SelfCareItem::ALL.len() {
            let assessed = SelfCare::of(|item| set & (1 << item as u32) != 0);
            let unmet = SelfCareItem::ALL.len() - set.count_ones() as usize;
            let grade = match unmet {
                0 => SelfCareGrade::Able,
                1..=3 => SelfCareGrade::PartlyAble,
                _ => SelfCareGrade::Unable,
            };
            assert_eq!(
                (assessed.grade(), assessed.unmet().count()),
                (grade, unmet),
                "{set:06b}"
            );
        }
    }
}
