//! How a kiosk stands: what waits in it, what is wrong with its devices, and which editions it works by.

use minicbor::{Decode, Encode};

use super::{KioskTime, RecordError, TOKEN_CHARS_MAX, text_within, within};
use crate::kept::Kept;
use crate::rulebook::Rulebook;

/// Messages that one report may name.
pub const HEARD_MAX: usize = 32;

/// Faults that one report may have: more than there are devices.
const FAULTS_MAX: usize = 32;

/// What a kiosk tells of itself in a clock report, beside its time.
///
/// Its fields stand in one map with those of the [`KioskTime`], from number 16 on, so that a build that knows only clocks
/// reads a time and passes the rest over. Numbers below 16 are for times.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct KioskCondition {
    /// Submissions that the county has not acknowledged.
    #[n(16)]
    pub waiting: u32,
    /// Objects that the county refuses.
    #[n(17)]
    pub refused: u32,
    /// What is wrong with its devices, as they said last.
    #[n(18)]
    pub faults: Vec<FaultCode>,
    /// The edition of its rules; empty where it is not known.
    #[n(19)]
    pub rules_edition: String,
    /// The editions of its explainer cards.
    #[n(20)]
    pub card_editions: String,
    /// The version of its program.
    #[n(21)]
    pub program_version: String,
    /// Messages of the county that it has kept and of which the route did not say so: the first eight bytes of the
    /// SHA-256 of each, the highest first.
    #[n(22)]
    #[cbor(default)]
    pub heard: Vec<u64>,
}

/// Number of something wrong with a device. A later build may send numbers that this one does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct FaultCode(#[n(0)] pub u8);

impl FaultCode {
    /// The receipt printer has no paper.
    pub const PAPER_OUT: Self = Self(1);
    /// The receipt printer's roll comes to its end.
    pub const PAPER_NEAR_END: Self = Self(2);
    /// The receipt printer's cover is open.
    pub const PRINTER_OPEN: Self = Self(3);
    /// The receipt printer does not answer, or its mechanism is in trouble.
    pub const PRINTER_FAILS: Self = Self(4);
    /// The ID-card reader does not answer.
    pub const CARD_READER_FAILS: Self = Self(5);
    /// The camera or scanner does not answer, or is in trouble.
    pub const CAMERA_FAILS: Self = Self(6);
    /// The kiosk's disk has no room to finish another application.
    pub const DISK_FULL: Self = Self(7);

    /// Whether it is about the receipt printer's paper.
    #[must_use]
    pub fn is_of_paper(self) -> bool {
        matches!(self, Self::PAPER_OUT | Self::PAPER_NEAR_END)
    }

    /// In plain Chinese; `None` for a number of a later build.
    #[must_use]
    pub const fn words(self) -> Option<&'static str> {
        Some(match self {
            Self::PAPER_OUT => "没有纸了",
            Self::PAPER_NEAR_END => "快用完了",
            Self::PRINTER_OPEN => "打印机盖子开着",
            Self::PRINTER_FAILS => "打印机不工作",
            Self::CARD_READER_FAILS => "身份证读卡器不工作",
            Self::CAMERA_FAILS => "摄像头或者扫描仪不工作",
            Self::DISK_FULL => "存储空间满了",
            Self(_) => return None,
        })
    }
}

impl KioskCondition {
    /// Whether the kiosk says that it works by other rules or cards than these.
    #[must_use]
    pub fn works_by_others(&self, rules: &Rulebook) -> bool {
        !self.rules_edition.is_empty()
            && (self.rules_edition != rules.edition()
                || self.card_editions != rules.card_editions())
    }

    /// The content of a clock report that tells this, too.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if an edition or the faults are longer than is read.
    pub fn report(&self, time: KioskTime) -> Result<Vec<u8>, RecordError> {
        self.check_limits()?;
        let malformed = RecordError::Malformed { at: None };
        let fields = minicbor::to_vec(self).map_err(|_| malformed)?;
        Kept::with_fields_of(time, &fields)
            .map_err(|_| malformed)?
            .to_cbor()
    }

    /// What a clock report tells beside a time; `None` if it tells nothing else, or what this build does not understand.
    #[must_use]
    pub fn from_report(bytes: &[u8]) -> Option<Self> {
        let condition: Self = minicbor::decode(bytes).ok()?;
        condition.check_limits().ok()?;
        Some(condition)
    }

    fn check_limits(&self) -> Result<(), RecordError> {
        within("faults", self.faults.len(), FAULTS_MAX)?;
        within("heard", self.heard.len(), HEARD_MAX)?;
        text_within("rules_edition", &self.rules_edition, TOKEN_CHARS_MAX)?;
        text_within("card_editions", &self.card_editions, TOKEN_CHARS_MAX)?;
        text_within("program_version", &self.program_version, TOKEN_CHARS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: KioskTime = KioskTime {
        boot_id: 7,
        tick_ms: 60_000,
        wall_ms: 1_795_399_500_000,
        county_ms: Some(1_795_399_400_000),
        county_tick_ms: None,
    };

    fn condition() -> KioskCondition {
        KioskCondition {
            waiting: 3,
            refused: 1,
            faults: vec![FaultCode::PAPER_OUT, FaultCode(200)],
            rules_edition: "2026-11 0a1b2c3d".to_owned(),
            card_editions: "2026-11".to_owned(),
            program_version: "0.1.0".to_owned(),
            heard: vec![1, u64::MAX],
        }
    }

    #[test]
    fn a_report_is_read_as_a_time_and_as_a_condition() {
        let report = condition().report(TIME).unwrap();
        assert_eq!(*KioskTime::from_cbor(&report).unwrap(), TIME);
        assert_eq!(KioskCondition::from_report(&report), Some(condition()));
        assert!(report.len() < 120, "{} bytes", report.len());
    }

    #[test]
    fn a_report_of_a_time_alone_tells_no_condition() {
        let report = Kept::from(TIME).to_cbor().unwrap();
        assert_eq!(KioskCondition::from_report(&report), None);
    }

    #[test]
    fn what_is_longer_than_is_read_is_neither_told_nor_believed() {
        let long = KioskCondition {
            rules_edition: "版".repeat(TOKEN_CHARS_MAX + 1),
            ..condition()
        };
        assert!(long.report(TIME).is_err());
        assert_eq!(
            KioskCondition::from_report(&minicbor::to_vec(&long).unwrap()),
            None
        );
    }
}
