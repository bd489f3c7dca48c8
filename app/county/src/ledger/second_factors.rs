//! Second factors of accounts, as they lie.

use super::{Connection, LedgerError, Transaction, accounts::AccountId};
use crate::clock::UnixMs;

/// Whether any account has one.
pub(crate) fn any(connection: &Connection) -> Result<bool, LedgerError> {
    connection.query_value("SELECT EXISTS (SELECT 1 FROM second_factors)", &[])
}

/// The sealed secret of an account; `None` if it has no second factor.
pub(crate) fn of(
    connection: &Connection,
    account: AccountId,
) -> Result<Option<Vec<u8>>, LedgerError> {
    connection.query_opt(
        "SELECT secret FROM second_factors WHERE account = ?1",
        &[&account],
        |row| row.get(0),
    )
}

/// Gives an account its second factor, whose code of `step` is taken; false if it has one.
pub(crate) fn keep(
    tx: &Transaction<'_>,
    account: AccountId,
    secret: &[u8],
    step: i64,
    now: UnixMs,
) -> Result<bool, LedgerError> {
    tx.insert_new(
        "INSERT INTO second_factors (account, secret, step, set_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (account) DO NOTHING",
        &[&account, &secret, &step, &now],
    )
}

/// Takes the code of `step`; false if that or a later one was taken before.
pub(crate) fn take(
    tx: &Transaction<'_>,
    account: AccountId,
    step: i64,
) -> Result<bool, LedgerError> {
    let taken: Option<i64> = tx.query_opt(
        "UPDATE second_factors SET step = ?2 WHERE account = ?1 AND step < ?2 RETURNING step",
        &[&account, &step],
        |row| row.get(0),
    )?;
    Ok(taken.is_some())
}

/// Takes the second factor of an account away; false if it has none.
pub(crate) fn remove(tx: &Transaction<'_>, account: AccountId) -> Result<bool, LedgerError> {
    let removed: Option<AccountId> = tx.query_opt(
        "DELETE FROM second_factors WHERE account = ?1 RETURNING account",
        &[&account],
        |row| row.get(0),
    )?;
    Ok(removed.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        accounts::Office,
        ledger::{accounts, testing::with_ledger},
        password::KeptPassword,
    };

    #[test]
    fn a_code_is_taken_once_and_none_before_it_afterwards() {
        with_ledger(|tx| {
            let password = KeptPassword("a".to_owned());
            let made = accounts::make(tx, "王甲", &Office::County, &password, UnixMs(5))?;
            let id = made.expect("a new account");
            assert!(!any(tx)? && of(tx, id)?.is_none());
            assert!(keep(tx, id, b"sealed", 7, UnixMs(5))?);
            assert!(!keep(tx, id, b"other", 9, UnixMs(6))?);
            assert_eq!(of(tx, id)?.as_deref(), Some(&b"sealed"[..]));
            assert!(any(tx)?);
            for (step, taken) in [(7, false), (6, false), (8, true), (8, false), (10, true)] {
                assert_eq!(take(tx, id, step)?, taken, "{step}");
            }
            assert!(remove(tx, id)? && !remove(tx, id)?);
            assert!(!take(tx, id, 99)? && of(tx, id)?.is_none());
            Ok(())
        });
    }
}
