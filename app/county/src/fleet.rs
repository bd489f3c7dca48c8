//! The kiosks of a county, as far as what came from them tells.

use relief::Application;
use zeroize::Zeroizing;

use crate::{
    County, LedgerError,
    gateway::KioskContact,
    ledger::fleet::{self, KioskRow},
};

/// A kiosk, and what is known of it.
pub(crate) struct KnownKiosk {
    pub(crate) row: KioskRow,
    /// Its calls over lines.
    pub(crate) contact: Option<KioskContact>,
    /// The edition of the explainer card that its newest application was made with.
    pub(crate) card_edition: Option<String>,
}

impl County {
    /// Every kiosk that was taken in, by number.
    pub(crate) fn fleet(&self) -> Result<Vec<KnownKiosk>, LedgerError> {
        let mut contacts = self.kiosk_contacts()?;
        self.ledger().read(|connection| {
            let rows = fleet::all(connection)?.into_iter();
            rows.map(|row| {
                let opened = match row.last_record {
                    Some(hash) => self.opened(connection, hash)?,
                    None => None,
                };
                let record = opened.and_then(|opened| {
                    let plain = Zeroizing::new(opened.plain);
                    Application::from_cbor(&plain).ok()
                });
                let of = contacts.iter().position(|one| one.kiosk == row.kiosk);
                Ok(KnownKiosk {
                    contact: of.map(|at| contacts.swap_remove(at)),
                    card_edition: record.map(|record| record.card_edition.clone()),
                    row,
                })
            })
            .collect()
        })
    }
}
