//! What the ledger knows of each kiosk, for those who look after them.

use envelope::{Kind, KioskId, ObjectHash};
use relief::{KioskCondition, KioskTime};

use super::{
    Connection, LedgerError, Transaction, downlink,
    kiosks::{self, KioskKey},
};
use crate::clock::UnixMs;

/// A kiosk as the ledger knows it.
pub(crate) struct KioskRow {
    pub(crate) kiosk: KioskId,
    /// Newest first.
    pub(crate) keys: Vec<KioskKey>,
    /// Objects of the kiosk that are held.
    pub(crate) held: u64,
    /// When the newest came, over whichever way.
    pub(crate) last_held: Option<UnixMs>,
    /// The kiosk's own clock in the newest thing that it sealed, and when that was received.
    pub(crate) clock: Option<(UnixMs, UnixMs)>,
    /// Pages that its records name and that have not come.
    pub(crate) pages_awaited: u64,
    /// Messages that wait for it.
    pub(crate) news_waiting: u64,
    /// Its newest record.
    pub(crate) last_record: Option<ObjectHash>,
    /// How it stood when it told last, and when that was received.
    pub(crate) condition: Option<(KioskCondition, UnixMs)>,
}

/// Keeps how a kiosk stood at `made` if its report tells that, unless it told later how it stands, and what it has heard.
///
/// Returns what the report tells.
pub(crate) fn note_condition(
    tx: &Transaction<'_>,
    kiosk: KioskId,
    made: &KioskTime,
    report: &[u8],
    received: UnixMs,
) -> Result<Option<KioskCondition>, LedgerError> {
    let Some(condition) = KioskCondition::from_report(report) else {
        return Ok(None);
    };
    downlink::heard(tx, kiosk, &condition.heard, received)?;
    tx.execute(
        "INSERT INTO kiosk_conditions (kiosk, boot, tick_ms, report, received_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (kiosk) DO UPDATE
         SET boot = ?2, tick_ms = ?3, report = ?4, received_ms = ?5
         WHERE (kiosk_conditions.boot, kiosk_conditions.tick_ms) < (?2, ?3)",
        &[
            &kiosk,
            &made.boot_id,
            &made.tick_ms.cast_signed(),
            &report,
            &received,
        ],
    )?;
    Ok(Some(condition))
}

/// Every kiosk that was taken in, by number.
pub(crate) fn all(connection: &Connection) -> Result<Vec<KioskRow>, LedgerError> {
    let awaited: Vec<(KioskId, i64)> = connection.query(
        "SELECT records.kiosk, count(*) FROM attachments
         JOIN cases ON cases.id = case_id JOIN objects AS records ON records.hash = record_hash
         WHERE NOT EXISTS (SELECT 1 FROM objects WHERE objects.hash = attachments.hash)
         GROUP BY records.kiosk",
        &[],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let kiosks: Vec<KioskId> =
        connection.query("SELECT id FROM kiosks ORDER BY id", &[], |row| row.get(0))?;
    kiosks
        .into_iter()
        .map(|kiosk| {
            let awaited = awaited.iter().find(|(of, _)| *of == kiosk);
            of(connection, kiosk, awaited.map_or(0, |(_, pages)| *pages))
        })
        .collect()
}

fn of(connection: &Connection, kiosk: KioskId, awaited: i64) -> Result<KioskRow, LedgerError> {
    let (held, last_held): (Option<i64>, Option<UnixMs>) = connection
        .query_opt(
            "SELECT max(number), max(held_ms) FROM objects WHERE kiosk = ?1",
            &[&kiosk],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .unwrap_or_default();
    let waiting: i64 = connection.query_value(
        "SELECT count(*) FROM downlink WHERE kiosk = ?1 AND delivered_ms IS NULL",
        &[&kiosk],
    )?;
    Ok(KioskRow {
        kiosk,
        keys: kiosks::keys(connection, kiosk)?,
        held: held.unwrap_or(0).cast_unsigned(),
        last_held,
        clock: connection.query_opt(
            "SELECT wall_ms, received_ms FROM exchanges
             WHERE kiosk = ?1 ORDER BY boot DESC, tick_ms DESC LIMIT 1",
            &[&kiosk],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?,
        pages_awaited: awaited.cast_unsigned(),
        news_waiting: waiting.cast_unsigned(),
        last_record: connection.query_opt(
            "SELECT hash FROM objects WHERE kiosk = ?1 AND kind = ?2 ORDER BY number DESC LIMIT 1",
            &[&kiosk, &(Kind::Record as u8)],
            |row| row.get(0),
        )?,
        condition: connection
            .query_opt(
                "SELECT report, received_ms FROM kiosk_conditions WHERE kiosk = ?1",
                &[&kiosk],
                |row| Ok((KioskCondition::from_report(row.bytes(0)?), row.get(1)?)),
            )?
            .and_then(|(condition, received)| Some((condition?, received))),
    })
}
