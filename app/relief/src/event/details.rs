//! What an event says beside its reason: who surveyed, how much is paid, who took a notice.

use std::fmt;

use chrono::NaiveDate;
use minicbor::{Decode, Encode};

use super::Action;
use crate::fen::Fen;
use crate::month::Month;
use crate::record::compact;
use crate::self_care::SelfCare;

/// The most bytes of the details of one event.
pub const DETAILS_BYTES_MAX: usize = 4096;

/// What an event says beside its reason. Variant and field numbers are append-only. `Debug` writes the kind only.
#[derive(Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub enum Details {
    /// Nothing.
    #[n(0)]
    #[default]
    None,
    /// A home survey was finished.
    #[n(1)]
    Survey {
        /// Who surveyed; two at least (民发〔2021〕57号 第16条).
        #[n(0)]
        investigators: Vec<String>,
        /// The member of the household who was there and signed the form with them.
        #[n(1)]
        present: String,
    },
    /// What a check of the household's means came to.
    #[n(2)]
    Check {
        /// Whether the means fit the scheme.
        #[n(0)]
        fits: bool,
    },
    /// What a household is to get.
    #[n(3)]
    Award {
        /// By the month.
        #[n(0)]
        monthly: Fen,
        /// The first month that it is paid for.
        #[n(1)]
        from: Month,
    },
    /// A notice reached the person.
    #[n(4)]
    Delivery {
        /// Which.
        #[n(0)]
        notice: Notice,
        /// How.
        #[n(1)]
        way: DeliveryWay,
        /// Who took it.
        #[n(2)]
        receiver: String,
    },
    /// The person turned to another authority.
    #[n(5)]
    Appeal {
        /// Which.
        #[n(0)]
        way: AppealWay,
    },
    /// A person's self-care was assessed. The grade is computed from it and kept nowhere.
    #[n(6)]
    SelfCare {
        /// Which of the six items are met.
        #[n(0)]
        assessed: SelfCare,
    },
    /// What was decided on an objection to an ending.
    #[n(7)]
    EndingDecision {
        /// Whether the support ends all the same.
        #[n(0)]
        ends: bool,
    },
    /// A change in a household.
    #[n(8)]
    Change {
        /// The day on which it happened.
        #[cbor(n(0), with = "compact::day")]
        happened: NaiveDate,
    },
}

/// A written notice to the applicant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Notice {
    /// What is missing, all of it (一次性告知).
    #[n(1)]
    MissingPapers,
    /// Accepted (受理).
    #[n(2)]
    Acceptance,
    /// Not accepted.
    #[n(3)]
    NonAcceptance,
    /// Confirmed, with the amount (确认通知书).
    #[n(4)]
    Confirmation,
    /// Refused.
    #[n(5)]
    Refusal,
    /// More or less from now on.
    #[n(6)]
    Change,
    /// Nothing any more.
    #[n(7)]
    Stop,
}

/// How a notice reached the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum DeliveryWay {
    /// Handed over.
    #[n(1)]
    InPerson,
    /// To a grown member of the household.
    #[n(2)]
    ToHousehold,
    /// By post.
    #[n(3)]
    Post,
    /// Left in the presence of witnesses.
    #[n(4)]
    LeftWithWitnesses,
}

/// Where an appeal goes (民发〔2021〕57号 第38条).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum AppealWay {
    /// Review by the next authority (行政复议).
    #[n(1)]
    Review,
    /// Court (行政诉讼).
    #[n(2)]
    Court,
}

/// Details that were not read: a later build wrote them, or the ledger is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("details of an event are not readable")]
pub struct DetailsError;

impl Notice {
    /// The event that it tells of.
    #[must_use]
    pub const fn tells_of(self) -> Action {
        match self {
            Self::MissingPapers => Action::AskForPapers,
            Self::Acceptance => Action::Accept,
            Self::NonAcceptance => Action::DoNotAccept,
            Self::Confirmation => Action::Confirm,
            Self::Refusal => Action::Refuse,
            Self::Change => Action::ChangeSupport,
            Self::Stop => Action::Stop,
        }
    }

    /// Whether it tells of a decision that the person can appeal against.
    #[must_use]
    pub const fn is_of_a_decision(self) -> bool {
        match self {
            Self::MissingPapers | Self::Acceptance => false,
            Self::NonAcceptance
            | Self::Confirmation
            | Self::Refusal
            | Self::Change
            | Self::Stop => true,
        }
    }

    /// Every notice, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::MissingPapers,
        Self::Acceptance,
        Self::NonAcceptance,
        Self::Confirmation,
        Self::Refusal,
        Self::Change,
        Self::Stop,
    ];

    /// Its title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::MissingPapers => "补正材料一次性告知书",
            Self::Acceptance => "受理通知书",
            Self::NonAcceptance => "不予受理告知书",
            Self::Confirmation => "确认通知书",
            Self::Refusal => "不予确认告知书",
            Self::Change => "救助金调整告知书",
            Self::Stop => "停止救助告知书",
        }
    }
}

impl DeliveryWay {
    /// Every way, in the order of their numbers.
    pub const ALL: [Self; 4] = [
        Self::InPerson,
        Self::ToHousehold,
        Self::Post,
        Self::LeftWithWitnesses,
    ];

    /// The way in plain Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::InPerson => "当面交给本人",
            Self::ToHousehold => "交给同住的成年家人",
            Self::Post => "邮寄",
            Self::LeftWithWitnesses => "有见证人在场时留下",
        }
    }
}

impl AppealWay {
    /// Every way, in the order of their numbers.
    pub const ALL: [Self; 2] = [Self::Review, Self::Court];

    /// The way in plain Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Review => "行政复议",
            Self::Court => "行政诉讼",
        }
    }
}

impl Details {
    /// As the ledger keeps them; nothing for [`Details::None`].
    #[must_use]
    pub fn to_cbor(&self) -> Option<Vec<u8>> {
        let bytes = || {
            minicbor::to_vec(self)
                .unwrap_or_else(|_| unreachable!("writing CBOR to a Vec has no failure"))
        };
        (*self != Self::None).then(bytes)
    }

    /// What [`to_cbor`](Self::to_cbor) wrote.
    ///
    /// # Errors
    ///
    /// [`DetailsError`] if it is too long or not of this shape.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, DetailsError> {
        if DETAILS_BYTES_MAX < bytes.len() {
            return Err(DetailsError);
        }
        minicbor::decode(bytes).map_err(|_| DetailsError)
    }
}

impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Survey { .. } => "Survey",
            Self::Check { .. } => "Check",
            Self::Award { .. } => "Award",
            Self::Delivery { .. } => "Delivery",
            Self::Appeal { .. } => "Appeal",
            Self::SelfCare { .. } => "SelfCare",
            Self::EndingDecision { .. } => "EndingDecision",
            Self::Change { .. } => "Change",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::self_care::SelfCareItem;

    fn all() -> [Details; 9] {
        [
            Details::None,
            Details::Survey {
                investigators: vec!["甲".to_owned(), "乙".to_owned()],
                present: "丙".to_owned(),
            },
            Details::Check { fits: true },
            Details::Award {
                monthly: Fen(35_050),
                from: Month::new(2026, 12).unwrap(),
            },
            Details::Delivery {
                notice: Notice::Refusal,
                way: DeliveryWay::InPerson,
                receiver: "丙".to_owned(),
            },
            Details::Appeal {
                way: AppealWay::Court,
            },
            Details::SelfCare {
                assessed: SelfCare::of(|item| item != SelfCareItem::Bathing),
            },
            Details::EndingDecision { ends: true },
            Details::Change {
                happened: NaiveDate::from_ymd_opt(2026, 8, 1).unwrap(),
            },
        ]
    }

    #[test]
    fn numbers_of_details_are_pinned_and_read_back() {
        let written = all().map(|details| details.to_cbor().map(hex::encode));
        let pinned = [
            None,
            Some("8201a2 00 82 63e794b2 63e4b999 01 63e4b899"),
            Some("8202a1 00 f5"),
            Some("8203a2 00 1988ea 01 195f03"),
            Some("8204a3 00 05 01 01 02 63e4b899"),
            Some("8205a1 00 02"),
            Some("8206a1 00 86 f5f5f5f5f5f4"),
            Some("8207a1 00 f5"),
            Some("8208a1 00 1950ba"),
        ];
        assert_eq!(
            written,
            pinned.map(|hex| hex.map(|hex| hex.replace(' ', "")))
        );
        for details in all() {
            if let Some(bytes) = details.to_cbor() {
                assert_eq!(Details::from_cbor(&bytes), Ok(details));
            }
        }
    }

    #[test]
    fn what_is_no_details_is_refused_and_nothing_personal_is_printed() {
        assert_eq!(
            Details::from_cbor(&[0x82, 0x18, 99, 0xa0]),
            Err(DetailsError)
        );
        assert_eq!(
            Details::from_cbor(&[0; DETAILS_BYTES_MAX + 1]),
            Err(DetailsError)
        );
        assert!(
            all()
                .iter()
                .all(|details| !format!("{details:?}").contains('丙'))
        );
    }
}
