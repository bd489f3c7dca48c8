//! What a visit shows and offers: schemes, cards, code tables, texts, limits.

/// Everything that a visit takes from data files.
#[derive(Debug, Clone, Default)]
pub struct FlowContent {
    /// The schemes in the order they are offered.
    pub schemes: Vec<SchemeContent>,
    /// Relations within a household.
    pub relations: Vec<Choice>,
    /// Reasons for an application.
    pub reasons: Vec<Choice>,
    /// Relations to an official that count as near.
    pub official_relations: Vec<Choice>,
    /// Reasons why a person has no identity number.
    pub no_number_reasons: Vec<Choice>,
    /// Nationalities, GB/T 3304.
    pub nations: Vec<Choice>,
    /// Townships that receive applications.
    pub townships: Vec<Township>,
    /// How long a visit may stand still.
    pub idle: IdleLimits,
}

/// A code and what people call it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// The code in the record.
    pub code: u8,
    /// The words on the screen.
    pub title: String,
}

/// A township and its division code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Township {
    /// Nine digits.
    pub code: String,
    /// Name.
    pub title: String,
}

/// A scheme and its explainer card.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchemeContent {
    /// The scheme's number.
    pub id: u16,
    /// Name.
    pub title: String,
    /// One short line: for whom.
    pub note: String,
    /// Edition of the card.
    pub edition: String,
    /// The card's parts in reading order.
    pub sections: Vec<CardSection>,
}

/// One part of a card.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CardSection {
    /// Its heading: 条件, 申请渠道, 办理程序, 应尽义务, 带什么材料.
    pub title: String,
    /// Its sentences.
    pub lines: Vec<CardLine>,
}

/// One sentence of a card.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CardLine {
    /// The sentence.
    pub text: String,
    /// The rule it comes from.
    pub source: String,
}

/// How long a visit may stand still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdleLimits {
    /// After this the person is warned.
    pub warn_ms: u64,
    /// After this everything typed is wiped.
    pub wipe_ms: u64,
}

impl Default for IdleLimits {
    /// 60 s and 90 s: a slow reader gets a full minute before the first warning.
    fn default() -> Self {
        Self { warn_ms: 60_000, wipe_ms: 90_000 }
    }
}
