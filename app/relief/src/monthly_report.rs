//! The monthly report (月报告): villages tell the township by the 20th what changed, the township checks and tells the
//! county by the 25th, the county acts.
//!
//! Source: 长子民发〔2024〕26号 三（四）; the days are duties `M1` and `M2` of `duties.toml`.

mod facts;
mod register;

pub use facts::{
    CHANGES_MAX, Change, ChangeOutcome, ChangeSettled, TownshipReported, VillageReportChecked,
    VillageReported,
};
pub use register::{ChangeLine, MonthlyReports, TownshipMonth, VillageMonth};

#[cfg(test)]
mod tests;
