//! What the kiosk's devices said last, for those who look after it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use devices::receipt_printer::{Fault, Paper, PrintError, PrinterStatus};
use relief::FaultCode;

/// What can be wrong with the receipt printer.
pub const OF_PRINTER: &[FaultCode] = &[
    FaultCode::PAPER_OUT,
    FaultCode::PAPER_NEAR_END,
    FaultCode::PRINTER_OPEN,
    FaultCode::PRINTER_FAILS,
];
/// What can be wrong with the ID-card reader.
pub const OF_CARD_READER: &[FaultCode] = &[FaultCode::CARD_READER_FAILS];
/// What can be wrong with the camera or scanner.
pub const OF_CAMERA: &[FaultCode] = &[FaultCode::CAMERA_FAILS];

/// The faults that are known of now. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Mutex<BTreeSet<FaultCode>>>);

impl Health {
    /// A device was used: of what can be wrong with it, this is, or nothing.
    pub fn found(&self, possible: &[FaultCode], fault: Option<FaultCode>) {
        let mut known = self.known();
        known.retain(|known| !possible.contains(known));
        known.extend(fault);
    }

    /// What is wrong, by number.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultCode> {
        self.known().iter().copied().collect()
    }

    fn known(&self) -> MutexGuard<'_, BTreeSet<FaultCode>> {
        // Nothing that is done while it is held leaves it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is wrong with a printer that says this of itself.
#[must_use]
pub fn printer_fault(status: &Result<PrinterStatus, PrintError>) -> Option<FaultCode> {
    let Ok(status) = status else {
        return Some(FaultCode::PRINTER_FAILS);
    };
    match (status.cover_open, status.fault, status.paper) {
        // Some printers keep an old paper state while the cover is open.
        (true, _, _) => Some(FaultCode::PRINTER_OPEN),
        (_, Some(Fault::Cutter | Fault::Recoverable | Fault::Unrecoverable), _) => {
            Some(FaultCode::PRINTER_FAILS)
        }
        (_, _, Paper::Out) => Some(FaultCode::PAPER_OUT),
        (_, _, Paper::NearEnd) => Some(FaultCode::PAPER_NEAR_END),
        (_, Some(Fault::Passing) | None, Paper::Enough) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_works_again_has_no_fault_and_others_keep_theirs() {
        let health = Health::default();
        health.found(OF_CARD_READER, Some(FaultCode::CARD_READER_FAILS));
        health.found(OF_PRINTER, Some(FaultCode::PAPER_NEAR_END));
        health.found(OF_PRINTER, Some(FaultCode::PAPER_OUT));
        let known = health.clone().faults();
        assert_eq!(known, [FaultCode::PAPER_OUT, FaultCode::CARD_READER_FAILS]);
        health.found(OF_PRINTER, None);
        assert_eq!(health.faults(), [FaultCode::CARD_READER_FAILS]);
    }

    #[test]
    fn a_printer_s_open_cover_comes_before_its_paper_and_a_hot_head_is_no_fault() {
        let status = |cover_open, fault, paper| {
            printer_fault(&Ok(PrinterStatus {
                paper,
                cover_open,
                fault,
            }))
        };
        assert_eq!(
            status(true, None, Paper::Out),
            Some(FaultCode::PRINTER_OPEN)
        );
        assert_eq!(
            status(false, Some(Fault::Cutter), Paper::Enough),
            Some(FaultCode::PRINTER_FAILS)
        );
        assert_eq!(status(false, Some(Fault::Passing), Paper::Enough), None);
        assert_eq!(
            status(false, None, Paper::NearEnd),
            Some(FaultCode::PAPER_NEAR_END)
        );
        assert_eq!(
            printer_fault(&Err(PrintError::NoAnswer)),
            Some(FaultCode::PRINTER_FAILS)
        );
    }
}
