//! Which rule refuses a fact, in words.

/// Why a fact is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NotAdmitted {
    /// It refers to an event that is not there, was taken back, or states something else.
    #[error("refers to an event that does not count or is of another kind")]
    NoSuchEvent,
    /// Others refer to the event that it takes back.
    #[error("event is referred to by a later one")]
    StillNeeded,
    /// Why must be said with it.
    #[error("a reason is needed")]
    ReasonMissing,
    /// It says that something happened on a day to come.
    #[error("happened on a day to come")]
    Ahead,
    /// An amount below nothing, beyond what an entry may name, or nothing where there must be something.
    #[error("amount is out of range")]
    Amount,
    /// A township, village, relation or list does not have the code.
    #[error("code is on no list")]
    Code,
    /// Nobody is named where somebody must be.
    #[error("nobody is named")]
    Nobody,
    /// It is there already.
    #[error("is there already")]
    Twice,
    /// More entries than there may be, or none.
    #[error("too many entries, or none")]
    Entries,
    /// An end before the beginning.
    #[error("ends before it begins")]
    Backwards,
    /// What comes before it has not happened.
    #[error("another step comes first")]
    OutOfOrder,
    /// It does not go with the kind of thing that it is about.
    #[error("does not go with its subject")]
    NotOfThisKind,
    /// Fewer than two people visited the home.
    #[error("two people must visit")]
    TwoVisitors,
    /// The county has not visited the home.
    #[error("the county must visit the home before")]
    VisitFirst,
    /// The household was not checked again after a death.
    #[error("the household must be checked again before")]
    RecheckFirst,
    /// The complaint was not verified.
    #[error("the complaint must be verified before")]
    VerifyFirst,
    /// A pay list is for more than one pay day.
    #[error("pay list is for more than one pay day")]
    PayDays,
    /// The official themself would have the case.
    #[error("the official would have the case all the same")]
    SameOfficial,
}

impl NotAdmitted {
    /// In plain Chinese.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoSuchEvent => "所指的记录不存在、已撤回，或者不是这一类",
            Self::StillNeeded => "后面的记录还用着它，先撤回后面的",
            Self::ReasonMissing => "要写明原因",
            Self::Ahead => "日期在今天以后",
            Self::Amount => "金额不对",
            Self::Code => "代码不在表里",
            Self::Nobody => "没有写是谁",
            Self::Twice => "已经登记过",
            Self::Entries => "一条也没有，或者太多",
            Self::Backwards => "结束早于开始",
            Self::OutOfOrder => "还没有到这一步",
            Self::NotOfThisKind => "这一类不能这样登记",
            Self::TwoVisitors => "入户要两人以上",
            Self::VisitFirst => "近亲属备案的，县级先要入户核查",
            Self::RecheckFirst => "先要核查家庭状况",
            Self::VerifyFirst => "线索要先核实，再答复",
            Self::PayDays => "一份发放明细只能是一个发放期的",
            Self::SameOfficial => "要由别人办理",
        }
    }

    /// The text that it rests on; empty for mere order.
    #[must_use]
    pub const fn source(self) -> &'static str {
        match self {
            Self::ReasonMissing => "民发〔2021〕57号 第32条；国务院令第649号 第13条",
            Self::TwoVisitors => "民发〔2021〕57号 第16条",
            Self::VisitFirst => "民发〔2021〕57号 第20条",
            Self::RecheckFirst => "长子民发〔2024〕26号 三（五）",
            Self::VerifyFirst => "长子民发〔2024〕26号 五（五）",
            Self::SameOfficial => "长子民发〔2024〕26号 三（二）",
            Self::NoSuchEvent
            | Self::StillNeeded
            | Self::Ahead
            | Self::Amount
            | Self::Code
            | Self::Nobody
            | Self::Twice
            | Self::Entries
            | Self::Backwards
            | Self::OutOfOrder
            | Self::NotOfThisKind
            | Self::PayDays => "",
        }
    }
}
