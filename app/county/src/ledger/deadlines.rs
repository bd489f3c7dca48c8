//! Deadlines that were issued, and the rules that they came from.

use relief::{Deadline, Rulebook};

use super::{
    Connection, LedgerError, Transaction,
    cases::CaseId,
    log::{self, Covered},
    sql::Numbered,
};
use crate::clock::UnixMs;

/// Keeps these rules, unless they are here already.
pub(crate) fn keep_edition(
    tx: &Transaction<'_>,
    rules: &Rulebook,
    now: UnixMs,
) -> Result<(), LedgerError> {
    let files = serde_json::to_string(rules.texts()).map_err(|_| LedgerError::Corrupt {
        what: "rule file",
        place: rules.edition().to_owned(),
    })?;
    let is_new = tx.insert_new(
        "INSERT INTO rule_editions (edition, files, since_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        &[&rules.edition(), &files, &now],
    )?;
    if is_new {
        log::enter(tx, Covered::RuleEdition, &[&rules.edition()]);
    }
    Ok(())
}

/// Notes that these deadlines, which may be none, were issued by the event in row `event` under `edition`.
pub(crate) fn issue(
    tx: &Transaction<'_>,
    case: CaseId,
    event: i64,
    edition: &str,
    deadlines: &[Deadline],
    now: UnixMs,
) -> Result<(), LedgerError> {
    tx.insert(
        "INSERT INTO event_rules (event_id, edition) VALUES (?1, ?2)",
        &[&event, &edition],
    )?;
    log::enter(tx, Covered::EventRules, &[&event]);
    insert(tx, case, Some(event), deadlines, now)
}

/// Notes deadlines that were settled by the publication of a year's holidays.
pub(crate) fn settle(
    tx: &Transaction<'_>,
    case: CaseId,
    deadlines: &[Deadline],
    now: UnixMs,
) -> Result<(), LedgerError> {
    insert(tx, case, None, deadlines, now)
}

fn insert(
    tx: &Transaction<'_>,
    case: CaseId,
    event: Option<i64>,
    deadlines: &[Deadline],
    now: UnixMs,
) -> Result<(), LedgerError> {
    for deadline in deadlines {
        let number = tx.next_number(Numbered::Deadlines)?;
        tx.insert(
            "INSERT INTO deadlines (id, case_id, event_id, issued_ms, step, due, provisional, edition, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            &[
                &number,
                &case,
                &event,
                &now,
                &deadline.step.key(),
                &deadline.last_day().map(|due| due.date.to_string()),
                &deadline.provisional(),
                &deadline.edition,
                &deadline.to_json(),
            ],
        )?;
        log::enter(tx, Covered::Deadline, &[&number]);
    }
    Ok(())
}

/// Every deadline of a case, in the order in which they were issued.
pub(crate) fn of_case(connection: &Connection, case: CaseId) -> Result<Vec<Deadline>, LedgerError> {
    connection.query(
        "SELECT id, body FROM deadlines WHERE case_id = ?1 ORDER BY id",
        &[&case],
        |row| {
            let (id, body): (i64, String) = (row.get(0)?, row.get(1)?);
            Deadline::from_json(&body).map_err(|_| LedgerError::Corrupt {
                what: "deadline",
                place: format!("deadlines {id}"),
            })
        },
    )
}

/// Cases with an event that issued nothing yet: those of a ledger older than deadlines.
pub(crate) fn cases_without(connection: &Connection) -> Result<Vec<CaseId>, LedgerError> {
    connection.query(
        "SELECT DISTINCT case_id FROM case_events
         WHERE NOT EXISTS (SELECT 1 FROM event_rules WHERE event_id = case_events.id)",
        &[],
        |row| row.get(0),
    )
}

/// Whether the event in row `event` has issued its deadlines.
pub(crate) fn has_issued(connection: &Connection, event: i64) -> Result<bool, LedgerError> {
    connection.query_value(
        "SELECT EXISTS (SELECT 1 FROM event_rules WHERE event_id = ?1)",
        &[&event],
    )
}

/// Cases of which a deadline that counts is provisional.
pub(crate) fn cases_with_provisional(connection: &Connection) -> Result<Vec<CaseId>, LedgerError> {
    connection.query(
        "SELECT DISTINCT case_id FROM deadlines AS issued WHERE provisional = 1 AND NOT EXISTS (
             SELECT 1 FROM deadlines AS later
             WHERE later.case_id = issued.case_id AND later.step = issued.step AND issued.id < later.id)",
        &[],
        |row| row.get(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::testing::{Place, lay_case, refuses};

    #[test]
    fn what_was_issued_and_the_rules_behind_it_are_neither_changed_nor_removed() {
        let place = Place::new();
        let ledger = place.open().unwrap();
        let laid: Result<_, LedgerError> = ledger.write(|tx| {
            lay_case(tx)?;
            keep_edition(tx, &Rulebook::builtin(), UnixMs(5))?;
            keep_edition(tx, &Rulebook::builtin(), UnixMs(6))?;
            for issued in [
                "INSERT INTO event_rules SELECT 1, edition FROM rule_editions",
                "INSERT INTO deadlines
                 SELECT 1, 1, 1, 0, 'whole', NULL, 0, edition, '{}' FROM rule_editions",
            ] {
                tx.execute(issued, &[])?;
            }
            tx.query("SELECT since_ms FROM rule_editions", &[], |row| {
                row.get::<UnixMs>(0)
            })
        });
        assert_eq!(laid.unwrap(), [UnixMs(5)]);
        refuses(
            &ledger,
            &[
                "UPDATE deadlines SET due = '2026-01-01'",
                "DELETE FROM deadlines",
                "UPDATE event_rules SET edition = edition",
                "DELETE FROM event_rules",
                "UPDATE rule_editions SET files = ''",
                "DELETE FROM rule_editions",
            ],
        );
    }
}
