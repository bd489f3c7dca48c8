//! The kinds of facts and their bytes.

use minicbor::{Decode, Decoder, Encode};

use super::Withdrawn;
use crate::hotline::{CallSettled, CallTaken};
use crate::household::{AmountSet, HouseholdEntered, HouseholdStopped, MembersSet};
use crate::lead::{
    LeadAnswered, LeadEntered, LeadExtended, LeadHandedOver, LeadTold, LeadVerified,
};
use crate::monthly_report::{
    ChangeSettled, TownshipReported, VillageReportChecked, VillageReported,
};
use crate::near_relative::{
    ApplicationEntered, FilingSettled, FilingVisited, OfficialEntered, OfficialLeft, Recused,
    RelativeFiled, RelativeNamed,
};
use crate::payment::{MoneyRecovered, PayListEntered};
use crate::rectification::{
    ProblemClosed, ProblemEntered, ProblemProgressed, StaffSanctioned, SystemImproved,
};
use crate::report_calendar::ReportHandedIn;
use crate::special_group::{
    HouseholdRechecked, PersonFound, PersonSettled, PolicyApplied, PolicyNotApplied,
};

/// The most bytes of one fact: a pay list at its limit of lines stays under it.
pub const FACT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What can be stated. The numbers of kinds and fields stand in the county's ledger and are append-only.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Fact {
    /// An earlier event is taken back.
    #[n(0)]
    Withdrawn(#[n(0)] Withdrawn),
    /// A household or person gets support.
    #[n(1)]
    HouseholdEntered(#[n(0)] HouseholdEntered),
    /// Its amount is another one.
    #[n(2)]
    AmountSet(#[n(0)] AmountSet),
    /// Its members are others.
    #[n(3)]
    MembersSet(#[n(0)] MembersSet),
    /// Its support ends.
    #[n(4)]
    HouseholdStopped(#[n(0)] HouseholdStopped),
    /// Somebody handles applications or sits on a village committee.
    #[n(5)]
    OfficialEntered(#[n(0)] OfficialEntered),
    /// They no longer do.
    #[n(6)]
    OfficialLeft(#[n(0)] OfficialLeft),
    /// An official named a relative.
    #[n(7)]
    RelativeNamed(#[n(0)] RelativeNamed),
    /// An application came, with what it says of near relatives.
    #[n(8)]
    ApplicationEntered(#[n(0)] ApplicationEntered),
    /// A near relative is registered apart (近亲属备案).
    #[n(9)]
    RelativeFiled(#[n(0)] RelativeFiled),
    /// The county visited the home of a registered one.
    #[n(10)]
    FilingVisited(#[n(0)] FilingVisited),
    /// The official stands back.
    #[n(11)]
    Recused(#[n(0)] Recused),
    /// What became of a registered one.
    #[n(12)]
    FilingSettled(#[n(0)] FilingSettled),
    /// The bank told what it paid.
    #[n(13)]
    PayListEntered(#[n(0)] PayListEntered),
    /// Money paid in error came back.
    #[n(14)]
    MoneyRecovered(#[n(0)] MoneyRecovered),
    /// A village gave its monthly report.
    #[n(15)]
    VillageReported(#[n(0)] VillageReported),
    /// The township checked a village's report.
    #[n(16)]
    VillageReportChecked(#[n(0)] VillageReportChecked),
    /// The township reported to the county.
    #[n(17)]
    TownshipReported(#[n(0)] TownshipReported),
    /// What the county did about a reported change.
    #[n(18)]
    ChangeSettled(#[n(0)] ChangeSettled),
    /// Somebody of a special group was found.
    #[n(19)]
    PersonFound(#[n(0)] PersonFound),
    /// Their household was checked again.
    #[n(20)]
    HouseholdRechecked(#[n(0)] HouseholdRechecked),
    /// What was done about a death or an imprisonment.
    #[n(21)]
    PersonSettled(#[n(0)] PersonSettled),
    /// A newly disabled or monitored person got support.
    #[n(22)]
    PolicyApplied(#[n(0)] PolicyApplied),
    /// They got none, and why.
    #[n(23)]
    PolicyNotApplied(#[n(0)] PolicyNotApplied),
    /// A complaint or tip came.
    #[n(24)]
    LeadEntered(#[n(0)] LeadEntered),
    /// Who complained was told that it is here and what becomes of it.
    #[n(25)]
    LeadTold(#[n(0)] LeadTold),
    /// It was verified.
    #[n(26)]
    LeadVerified(#[n(0)] LeadVerified),
    /// It was answered.
    #[n(27)]
    LeadAnswered(#[n(0)] LeadAnswered),
    /// Its answer takes longer.
    #[n(28)]
    LeadExtended(#[n(0)] LeadExtended),
    /// It went to discipline inspection.
    #[n(29)]
    LeadHandedOver(#[n(0)] LeadHandedOver),
    /// A problem was found.
    #[n(30)]
    ProblemEntered(#[n(0)] ProblemEntered),
    /// How far its rectification is.
    #[n(31)]
    ProblemProgressed(#[n(0)] ProblemProgressed),
    /// It was accepted as done (销号).
    #[n(32)]
    ProblemClosed(#[n(0)] ProblemClosed),
    /// Staff were dealt with or punished for it.
    #[n(33)]
    StaffSanctioned(#[n(0)] StaffSanctioned),
    /// A rule was made or mended because of it.
    #[n(34)]
    SystemImproved(#[n(0)] SystemImproved),
    /// A report of the calendar was handed in.
    #[n(35)]
    ReportHandedIn(#[n(0)] ReportHandedIn),
    /// The hotline took a call.
    #[n(36)]
    CallTaken(#[n(0)] CallTaken),
    /// The caller was answered.
    #[n(37)]
    CallSettled(#[n(0)] CallSettled),
}

/// Why bytes are no fact. No variant carries anything from inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FactError {
    /// More bytes than a fact may have.
    #[error("fact has {bytes} bytes, at most {FACT_BYTES_MAX} are allowed")]
    TooLarge {
        /// Bytes found.
        bytes: usize,
    },
    /// Not CBOR, no kind that this build knows, or a value that its type refuses.
    #[error("fact cannot be read")]
    Malformed,
    /// Bytes follow the fact.
    #[error("{extra} bytes follow the fact")]
    Trailing {
        /// How many.
        extra: usize,
    },
}

impl Fact {
    /// Its kind in plain Chinese.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Withdrawn(_) => "撤回",
            Self::HouseholdEntered(_) => "纳入保障",
            Self::AmountSet(_) => "调整金额",
            Self::MembersSet(_) => "成员变更",
            Self::HouseholdStopped(_) => "停发",
            Self::OfficialEntered(_) => "登记经办人员或村（居）委成员",
            Self::OfficialLeft(_) => "人员离任",
            Self::RelativeNamed(_) => "干部申报亲属",
            Self::ApplicationEntered(_) => "收到申请",
            Self::RelativeFiled(_) => "近亲属备案",
            Self::FilingVisited(_) => "备案对象县级入户核查",
            Self::Recused(_) => "回避",
            Self::FilingSettled(_) => "备案处理结果",
            Self::PayListEntered(_) => "导入发放明细",
            Self::MoneyRecovered(_) => "追缴",
            Self::VillageReported(_) => "村（居）月报告",
            Self::VillageReportChecked(_) => "乡镇核查月报告",
            Self::TownshipReported(_) => "乡镇上报月报告",
            Self::ChangeSettled(_) => "变动处理",
            Self::PersonFound(_) => "发现特殊人员",
            Self::HouseholdRechecked(_) => "家庭状况核查",
            Self::PersonSettled(_) => "死亡（服刑）处置",
            Self::PolicyApplied(_) => "落实救助政策",
            Self::PolicyNotApplied(_) => "未落实救助政策",
            Self::LeadEntered(_) => "登记投诉举报线索",
            Self::LeadTold(_) => "告知受理",
            Self::LeadVerified(_) => "线索核实",
            Self::LeadAnswered(_) => "答复",
            Self::LeadExtended(_) => "延长办理",
            Self::LeadHandedOver(_) => "移送纪检监察",
            Self::ProblemEntered(_) => "发现问题",
            Self::ProblemProgressed(_) => "整改进展",
            Self::ProblemClosed(_) => "销号",
            Self::StaffSanctioned(_) => "处理处分",
            Self::SystemImproved(_) => "完善制度",
            Self::ReportHandedIn(_) => "报送",
            Self::CallTaken(_) => "热线来电",
            Self::CallSettled(_) => "热线答复",
        }
    }

    /// Its bytes.
    ///
    /// # Errors
    ///
    /// [`FactError::TooLarge`].
    pub fn to_cbor(&self) -> Result<Vec<u8>, FactError> {
        let bytes = minicbor::to_vec(self).map_err(|_| FactError::Malformed)?;
        if FACT_BYTES_MAX < bytes.len() {
            return Err(FactError::TooLarge { bytes: bytes.len() });
        }
        Ok(bytes)
    }

    /// Reads what [`Self::to_cbor`] wrote, in this build or another.
    ///
    /// # Errors
    ///
    /// [`FactError`] if it is no fact that this build knows.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, FactError> {
        if FACT_BYTES_MAX < bytes.len() {
            return Err(FactError::TooLarge { bytes: bytes.len() });
        }
        let mut d = Decoder::new(bytes);
        let fact = d.decode().map_err(|_| FactError::Malformed)?;
        match bytes.len() - d.position() {
            0 => Ok(fact),
            extra => Err(FactError::Trailing { extra }),
        }
    }
}
