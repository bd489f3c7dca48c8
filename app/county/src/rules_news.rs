//! Kiosks work by the county's own rules and cards: one that reports others is sent the files.

use envelope::{CountyMessage, KioskId, RuleFilesTooLong, pack_rule_files};
use relief::{KioskCondition, Rulebook};

use crate::{
    County, LedgerError, UnixMs,
    ledger::{Transaction, downlink},
};

/// What the message stands under among those that wait for a kiosk: a newer one takes its place.
const RULE_FILES: &str = "rule files";

/// A kiosk takes files up when nobody stands there, and reports them later; until then it is not sent them again so soon.
const SENT_EVERY_MS: i64 = 24 * 3600 * 1000;

impl County {
    /// Sends a kiosk the county's own rule files if it has told that it works by others.
    pub(crate) fn send_rules(
        &self,
        tx: &Transaction<'_>,
        kiosk: KioskId,
        told: &KioskCondition,
        now: UnixMs,
    ) -> Result<(), LedgerError> {
        if !told.works_by_others(self.rulebook())
            || downlink::was_told_since(tx, kiosk, RULE_FILES, UnixMs(now.0 - SENT_EVERY_MS))?
        {
            return Ok(());
        }
        // Files that are too long were named when the rules were checked, and the page of kiosks shows who lacks them.
        let Ok(packed) = packed(self.rulebook()) else {
            return Ok(());
        };
        let message = CountyMessage::RuleFiles {
            kiosk,
            as_of_ms: now.0,
            packed,
        };
        let signed = message.sign(self.signing_for(tx, kiosk)?);
        downlink::push(tx, kiosk, RULE_FILES, &signed, now)
    }
}

/// The county's own files as kiosks get them.
///
/// # Errors
///
/// [`RuleFilesTooLong`]
pub fn packed(rules: &Rulebook) -> Result<Vec<u8>, RuleFilesTooLong> {
    pack_rule_files(rules.own_files())
}
