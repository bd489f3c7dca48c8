//! The ID reader's worker: polls while a page waits for a card, sleeps otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

use devices::id_reader::{IdCard, IdCardKind, IdReader, IdReaderError, Sex};
use relief::FaultCode;

use crate::flow::{CardFault, IdCardData, Input};
use crate::health::{Health, OF_CARD_READER};
use crate::ui_thread::UiMessage;

/// Between two looks for a card: a person does not notice it, and the module is not kept busy.
const POLL_EVERY: Duration = Duration::from_millis(300);

/// Looks in a row that must fail before the reader counts as broken. One failed look is a card laid down slantwise.
const FAILURES_BEFORE_BROKEN: u32 = 3;

/// The worker.
pub(super) struct CardReader {
    pub(super) reader: Box<dyn IdReader + Send>,
    pub(super) watches: Arc<AtomicBool>,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) health: Health,
    pub(super) screen: SyncSender<UiMessage>,
}

impl CardReader {
    /// Works until told to stop.
    pub(super) fn run(mut self) {
        let mut failures = 0;
        while !self.stop.load(Ordering::Acquire) {
            if !self.watches.load(Ordering::Acquire) {
                failures = 0;
                thread::park();
                continue;
            }
            let looked = self.reader.poll();
            if looked.is_ok() {
                self.health.found(OF_CARD_READER, None);
            }
            let said = match looked {
                Ok(None) => {
                    failures = 0;
                    None
                }
                Ok(Some(card)) => {
                    failures = 0;
                    Some(told(card))
                }
                Err(error) => {
                    failures += 1;
                    let complaint = complaint(&error, failures);
                    if complaint == Some(CardFault::NoReader) {
                        let fault = Some(FaultCode::CARD_READER_FAILS);
                        self.health.found(OF_CARD_READER, fault);
                    }
                    complaint.map(Input::CardFailed)
                }
            };
            if let Some(input) = said
                && self.screen.send(UiMessage::Visit(input)).is_err()
            {
                return;
            }
            thread::park_timeout(POLL_EVERY);
        }
    }
}

/// What the visit learns of a card.
fn told(card: IdCard) -> Input {
    match card.kind {
        IdCardKind::Foreigner { .. } => Input::CardFailed(CardFault::OtherCard),
        IdCardKind::Resident | IdCardKind::HongKongMacaoTaiwan { .. } => {
            Input::CardRead(IdCardData {
                name: card.name,
                sex_code: match card.sex {
                    Sex::Male => 1,
                    Sex::Female => 2,
                    Sex::Unknown => 0,
                    Sex::Unstated => 9,
                },
                nation_code: card.nation_code.unwrap_or(0),
                birth: card.birth.format("%Y%m%d").to_string(),
                address: card.address,
                id_number: card.number,
            })
        }
    }
}

/// What the visit learns of a failed look; `None` while it may pass by itself.
fn complaint(error: &IdReaderError, failures: u32) -> Option<CardFault> {
    match error {
        IdReaderError::Card(_) => Some(CardFault::OtherCard),
        IdReaderError::Refused { .. } => Some(CardFault::Unreadable),
        IdReaderError::Port { .. }
        | IdReaderError::NoAnswer { .. }
        | IdReaderError::Damaged { .. }
        | IdReaderError::Layout { .. } => {
            (failures == FAILURES_BEFORE_BROKEN).then_some(CardFault::NoReader)
        }
    }
}
