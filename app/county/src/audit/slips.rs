//! Whether what a slip proves is in the ledger.

use envelope::{KioskId, SlipCode};
use relief::SlipNumber;

use super::Finding;
use crate::ledger::{Connection, LedgerError, cases, handovers, kiosks};

/// A slip says seconds, the record milliseconds.
const MS_PER_S: u64 = 1000;

pub(super) fn check(
    connection: &Connection,
    county: u32,
    slip: &SlipCode,
    findings: &mut Vec<Finding>,
) -> Result<(), LedgerError> {
    let number = SlipNumber::new(slip.county, slip.kiosk, slip.counter);
    let name = number.map_or_else(
        |_| format!("{:06}-{:03}-{:06}", slip.county, slip.kiosk, slip.counter),
        |number| number.to_string(),
    );
    let keys = kiosks::keys(connection, KioskId(slip.kiosk))?;
    let signed = slip.county == county && keys.iter().any(|key| slip.verify(&key.public).is_ok());
    if !signed {
        findings.push(Finding::SlipForged(name));
        return Ok(());
    }
    let token = slip.token.hash();
    let case = cases::by_token(connection, &token)?;
    let kept = match case.map(|case| (case.slip_number, case.kiosk_time)) {
        Some(case) => Some(case),
        None => handovers::by_token(connection, &token)?
            .map(|handover| (handover.slip_number, handover.kiosk_time)),
    };
    let Some((slip_number, kiosk_time)) = kept else {
        findings.push(Finding::SlipWithoutCase(name));
        return Ok(());
    };
    let submitted_s = u64::try_from(kiosk_time.wall_ms).map(|ms| ms / MS_PER_S);
    if slip_number != name || submitted_s != Ok(slip.submitted_s) {
        findings.push(Finding::SlipDiffers(name));
    }
    Ok(())
}
