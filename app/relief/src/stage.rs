//! Where a case stands.

/// Where a case stands. The numbers go to kiosks in status messages and are append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Stage {
    /// Handed in at a kiosk; not yet accepted by anybody.
    Submitted = 1,
    /// The county's server holds it; not yet accepted.
    Received = 2,
    /// Papers are missing and were asked for.
    PapersMissing = 3,
    /// The township accepted it.
    Accepted = 4,
    /// The township did not accept it.
    NotAccepted = 5,
    /// The survey is under way.
    Survey = 6,
    /// The township gave its first opinion.
    FirstOpinion = 7,
    /// The first opinion is posted.
    Notice = 8,
    /// Somebody objected; the township surveys again.
    Objection = 9,
    /// The township gave a new first opinion after an objection.
    NewOpinion = 10,
    /// The county reviews.
    SentToCounty = 11,
    /// The county reviews and has visited the home.
    HomeVisited = 12,
    /// Confirmed.
    Confirmed = 13,
    /// Refused; the written refusal is on its way.
    Refused = 14,
    /// The written refusal is delivered.
    RefusalDelivered = 15,
    /// Payment runs.
    InPayment = 16,
    /// Support was stopped.
    Stopped = 17,
    /// The procedure ended without a decision.
    Ended = 18,
}

impl Stage {
    /// Every stage, in the order of their numbers.
    pub const ALL: [Self; 18] = [
        Self::Submitted,
        Self::Received,
        Self::PapersMissing,
        Self::Accepted,
        Self::NotAccepted,
        Self::Survey,
        Self::FirstOpinion,
        Self::Notice,
        Self::Objection,
        Self::NewOpinion,
        Self::SentToCounty,
        Self::HomeVisited,
        Self::Confirmed,
        Self::Refused,
        Self::RefusalDelivered,
        Self::InPayment,
        Self::Stopped,
        Self::Ended,
    ];

    /// The number in status messages.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The stage of this number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.code() == code)
    }

    /// The stage in plain Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Submitted => "已提交，尚未受理",
            Self::Received => "县里已收到，尚未受理",
            Self::PapersMissing => "材料不全，请补材料",
            Self::Accepted => "已受理",
            Self::NotAccepted => "不予受理",
            Self::Survey => "正在调查家庭情况",
            Self::FirstOpinion => "乡镇已初审",
            Self::Notice => "正在公示",
            Self::Objection => "有异议，乡镇正在重新调查",
            Self::NewOpinion => "乡镇已重新初审",
            Self::SentToCounty => "县里正在审核",
            Self::HomeVisited => "县里已入户，正在审核",
            Self::Confirmed => "已确认",
            Self::Refused => "未获确认，书面告知正在送达",
            Self::RefusalDelivered => "未获确认，已书面告知",
            Self::InPayment => "正在享受救助",
            Self::Stopped => "已停止救助",
            Self::Ended => "已终止办理",
        }
    }

    /// Whether nothing can follow.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(
            self,
            Self::NotAccepted | Self::RefusalDelivered | Self::Stopped | Self::Ended
        )
    }

    /// Whether a decision is still to be made.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !self.is_closed() && !matches!(self, Self::Confirmed | Self::Refused | Self::InPayment)
    }
}
