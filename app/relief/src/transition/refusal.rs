//! The rules that refuse a step, each with the text that it rests on and its words for staff.

/// The rule that refuses a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The step does not follow this stage.
    OutOfOrder,
    /// The case is closed.
    Closed,
    /// The step is not this role's.
    NotThisRole,
    /// A reason must be given with it.
    ReasonMissing,
    /// Missing papers were already asked for; all must be named at once.
    AskedOnce,
    /// The first opinion must be posted before.
    NoticeFirst,
    /// The new first opinion must be posted again.
    NoticeAgain,
    /// The notice is not over.
    NoticeRunning,
    /// Such a case is never posted.
    NeverPosted,
    /// The county must visit the home before.
    HomeVisitFirst,
    /// No rule lets a case of this scheme take longer.
    NoExtension,
    /// The case has been given the special limit already.
    ExtendedOnce,
    /// The limit is past; what is late cannot be made timely.
    ExtendedTooLate,
    /// The ground on which the case takes longer must be named.
    GroundMissing,
    /// The survey is not finished.
    SurveyFirst,
    /// A survey needs two investigators, and a member of the household who was there.
    SurveyByTwo,
    /// The check against other registers has not come back.
    DataCheckFirst,
    /// Nobody asked for the check, or it was answered.
    DataCheckNotAsked,
    /// It must be said whether the means fit, and if not, what does not.
    OutcomeMissing,
    /// What the household gets, and from which month on, must be named.
    AwardMissing,
    /// Support begins with the month after the decision.
    AwardMonth,
    /// Which notice, how it was delivered and who took it must be named.
    DeliveryMissing,
    /// Nothing was decided that this notice tells of.
    NoSuchNotice,
    /// It must be said where the appeal goes.
    AppealMissing,
    /// No rule knows such a step for the case's scheme.
    NotOfScheme,
    /// The ending must be posted before.
    EndNoticeFirst,
    /// After an objection the ending must be posted again.
    EndNoticeAgain,
    /// The notice of the ending is not over.
    EndNoticeRunning,
    /// The objection to the ending is not decided on.
    EndObjectionOpen,
    /// It must be said whether the support ends.
    EndingDecisionMissing,
    /// A change of self-care was reported before, and is not assessed.
    AssessmentOpen,
    /// It must be said of each of the six items whether it is met.
    ItemsMissing,
    /// It must be said on which day the household changed.
    ChangeDayMissing,
    /// The person has asked for no review, or its outcome was delivered.
    NoReview,
}

impl Refusal {
    /// The text that the rule rests on; empty for mere order.
    #[must_use]
    pub const fn source(self) -> &'static str {
        match self {
            Self::OutOfOrder | Self::Closed | Self::NotOfScheme => "",
            Self::NotThisRole => "民发〔2021〕57号 第2条",
            Self::ReasonMissing => {
                "民发〔2021〕57号 第21条、第32条；民发〔2021〕43号 第18条、第26条"
            }
            Self::AskedOnce => "民发〔2021〕57号 第10条；民发〔2021〕43号 第12条",
            Self::NoticeFirst | Self::NoticeRunning => {
                "民发〔2021〕57号 第19条；民发〔2021〕43号 第15条"
            }
            Self::NoticeAgain => "民发〔2021〕43号 第15条",
            Self::NeverPosted => "民发〔2019〕62号",
            Self::HomeVisitFirst => "民发〔2021〕57号 第20条",
            Self::NoExtension | Self::ExtendedOnce | Self::ExtendedTooLate => {
                "民发〔2021〕57号 第22条"
            }
            Self::GroundMissing => "民发〔2022〕83号 四（一）",
            Self::SurveyFirst | Self::SurveyByTwo => "民发〔2021〕57号 第16条",
            Self::DataCheckFirst | Self::DataCheckNotAsked | Self::OutcomeMissing => {
                "民发〔2021〕57号 第17条、第18条、第31条"
            }
            Self::AwardMissing | Self::AwardMonth => "民发〔2021〕57号 第21条、第32条",
            Self::DeliveryMissing | Self::NoSuchNotice => {
                "民发〔2021〕57号 第21条、第32条；国务院令第649号 第13条"
            }
            Self::AppealMissing | Self::NoReview => "民发〔2021〕57号 第38条",
            Self::ChangeDayMissing => "民发〔2022〕83号 五（五）",
            Self::EndNoticeFirst
            | Self::EndNoticeAgain
            | Self::EndNoticeRunning
            | Self::EndObjectionOpen
            | Self::EndingDecisionMissing => "民发〔2021〕43号 第26条",
            Self::AssessmentOpen => "民发〔2021〕43号 第23条",
            Self::ItemsMissing => "民发〔2021〕43号 第21条、第22条",
        }
    }

    /// The rule in one plain sentence for staff.
    #[must_use]
    pub const fn wording(self) -> &'static str {
        match self {
            Self::OutOfOrder => "这一步现在还轮不到。",
            Self::Closed => "这件事已经办结。",
            Self::NotThisRole => "这一步不归您这个岗位办。",
            Self::ReasonMissing => "要写明理由。",
            Self::AskedOnce => "缺的材料要一次说全，不能再补一次。",
            Self::NoticeFirst => "要先公示。",
            Self::NoticeAgain => "有异议重新初审的，要再公示一次。",
            Self::NoticeRunning => "公示还没满期。",
            Self::NeverPosted => "儿童个案不公示。",
            Self::HomeVisitFirst => "近亲属备案或有投诉的，县里要先入户。",
            Self::NoExtension => "这一类没有延长的规定。",
            Self::ExtendedOnce => "已经延长过一次。",
            Self::ExtendedTooLate => "时限已经过了，不能再延长。",
            Self::GroundMissing => "要写明是哪一种特殊情况。",
            Self::SurveyFirst => "要先完成入户调查。",
            Self::SurveyByTwo => "入户调查要两人以上，还要写明家里谁在场签字。",
            Self::DataCheckFirst => "信息核对的结果还没有回来。",
            Self::DataCheckNotAsked => "没有要求核对，或者已经答复。",
            Self::OutcomeMissing => "要写明符合还是不符合；不符合的要写明哪里不符合。",
            Self::AwardMissing => "要写明每月多少钱、从哪个月起。",
            Self::AwardMonth => "从作出决定的下个月起发。",
            Self::DeliveryMissing => "要写明送的是哪一份、怎么送的、谁收的。",
            Self::NoSuchNotice => "还没有作出这份文书说的决定。",
            Self::AppealMissing => "要写明是行政复议还是行政诉讼。",
            Self::NotOfScheme => "这一类救助没有这一步。",
            Self::EndNoticeFirst => "终止救助要先公示。",
            Self::EndNoticeAgain => "有异议作出决定的，要再公示一次。",
            Self::EndNoticeRunning => "终止救助的公示还没满期。",
            Self::EndObjectionOpen => "对终止救助的异议还没有作出决定。",
            Self::EndingDecisionMissing => "要写明终止还是继续救助。",
            Self::AssessmentOpen => "已经登记过变化，还没有重新评估。",
            Self::ItemsMissing => "六项要逐项写明能不能自己做。",
            Self::ChangeDayMissing => "要写明是哪一天变的，不能晚于今天。",
            Self::NoReview => "没有登记过行政复议，或者结果已经送达。",
        }
    }
}
