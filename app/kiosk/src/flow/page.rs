//! The pages of a visit.

/// What stands on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The first page.
    Home,
    /// The explainer cards to choose from.
    Cards,
    /// One card, one of its sections.
    Card {
        /// Place of the card in the content.
        card: usize,
        /// Place of the section in the card.
        section: usize,
    },
    /// How to ask for a case: slip under the camera, or its number.
    StatusAsk,
    /// How the case stands.
    StatusShown,
    /// How the routes to the county stand and what waits, for staff.
    Routes,
    /// The notice on personal data.
    Privacy,
    /// Lay the identity card down, or type.
    Identify,
    /// A question with a typed answer.
    Type(Field),
    /// A question with answers to choose from.
    Pick(Pick),
    /// The applicant's answers together.
    Who,
    /// The other members of the household.
    Household,
    /// The texts to tick.
    Consents,
    /// The signed pages.
    Paper,
    /// Papers that are handed in without an application, for staff.
    Handover,
    /// All answers, before they are submitted.
    Review,
    /// The submission is being stored.
    Submitting,
    /// The submission is stored: slip number and square code.
    Slip,
}

/// A question with a typed answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The applicant's name.
    Name,
    /// The applicant's identity number.
    IdNumber,
    /// The applicant's date of birth, asked only without a number.
    BirthDate,
    /// The applicant's address.
    Address,
    /// The applicant's telephone.
    Phone,
    /// A member's name.
    MemberName,
    /// A member's identity number.
    MemberIdNumber,
    /// Free words to the reasons.
    ReasonText,
    /// The related official's name.
    OfficialName,
    /// The number on a slip.
    SlipNumber,
    /// The number of the case that papers are handed in for.
    CaseNumber,
}

/// A question with answers to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// What to apply for.
    Scheme,
    /// Why the applicant has no number.
    NoNumberReason,
    /// The applicant's sex, asked only without a number.
    Sex,
    /// The township that receives the application.
    Township,
    /// What a member is to the applicant.
    MemberRelation,
    /// Why a member has no number.
    MemberNoNumberReason,
    /// The reasons; several may be chosen.
    Reasons,
    /// Whether there is a near relative among officials.
    NearRelative,
    /// What the official is to the applicant.
    OfficialRelation,
}

/// Which keys a question needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyboard {
    /// Ten digits.
    Digits,
    /// Ten digits and X.
    DigitsAndX,
    /// Pinyin with candidates, and digits.
    Pinyin,
}

impl Field {
    /// The keys of this question.
    #[must_use]
    pub const fn keyboard(self) -> Keyboard {
        match self {
            Self::IdNumber | Self::MemberIdNumber => Keyboard::DigitsAndX,
            Self::BirthDate | Self::Phone | Self::SlipNumber | Self::CaseNumber => Keyboard::Digits,
            Self::Name
            | Self::Address
            | Self::MemberName
            | Self::ReasonText
            | Self::OfficialName => Keyboard::Pinyin,
        }
    }

    /// Whether the question may be left without an answer, by a button of its own.
    #[must_use]
    pub const fn can_be_none(self) -> bool {
        matches!(self, Self::IdNumber | Self::MemberIdNumber | Self::Phone)
    }
}

/// How many steps an application has.
pub const STEPS: u8 = 8;

impl Page {
    /// Whether papers are laid under the camera here.
    #[must_use]
    pub const fn takes_papers(self) -> bool {
        matches!(self, Self::Paper | Self::Handover)
    }

    /// Which step of the application this page belongs to, from 1 to [`STEPS`].
    #[must_use]
    pub const fn step(self) -> Option<u8> {
        match self {
            Self::Pick(Pick::Scheme) | Self::Privacy => Some(1),
            Self::Identify
            | Self::Who
            | Self::Type(
                Field::Name | Field::IdNumber | Field::BirthDate | Field::Address | Field::Phone,
            )
            | Self::Pick(Pick::NoNumberReason | Pick::Sex | Pick::Township) => Some(2),
            Self::Household
            | Self::Type(Field::MemberName | Field::MemberIdNumber)
            | Self::Pick(Pick::MemberRelation | Pick::MemberNoNumberReason) => Some(3),
            Self::Pick(Pick::Reasons) | Self::Type(Field::ReasonText) => Some(4),
            Self::Pick(Pick::NearRelative | Pick::OfficialRelation)
            | Self::Type(Field::OfficialName) => Some(5),
            Self::Consents => Some(6),
            Self::Paper => Some(7),
            Self::Review => Some(8),
            Self::Home
            | Self::Cards
            | Self::Card { .. }
            | Self::StatusAsk
            | Self::StatusShown
            | Self::Routes
            | Self::Type(Field::SlipNumber | Field::CaseNumber)
            | Self::Handover
            | Self::Submitting
            | Self::Slip => None,
        }
    }
}
