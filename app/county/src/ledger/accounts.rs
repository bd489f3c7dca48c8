//! Accounts of the staff, as they lie.

use super::{
    Connection, LedgerError, Transaction,
    sql::{FromValue, Row, ToValue, Value},
};
use crate::{
    accounts::{Account, Office, Opened},
    clock::UnixMs,
    password::KeptPassword,
};

/// The number of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(i64);

impl ToValue for AccountId {
    fn to_value(&self) -> Value<'_> {
        self.0.to_value()
    }
}

impl FromValue for AccountId {
    fn from_value(value: Value<'_>) -> Option<Self> {
        i64::from_value(value).map(Self)
    }
}

impl AccountId {
    /// Its bytes, for what is sealed beside it.
    pub(crate) const fn to_be_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

/// An account with what opens it.
pub(crate) struct AccountRow {
    pub(crate) account: Account,
    pub(crate) password: KeptPassword,
    pub(crate) password_set: UnixMs,
    pub(crate) has_second_factor: bool,
}

impl AccountRow {
    /// It was opened.
    pub(crate) fn opened(self) -> Opened {
        Opened {
            account: self.account,
            password_set: self.password_set,
            has_second_factor: self.has_second_factor,
        }
    }
}

const COLUMNS: &str = "id, name, office, township, village, password, password_set_ms, disabled,
                       second_factors.account IS NOT NULL
                       FROM accounts LEFT JOIN second_factors ON account = id";

fn account_row(row: &Row<'_>) -> Result<AccountRow, LedgerError> {
    let id: AccountId = row.get(0)?;
    let office = Office::of(row.get(2)?, row.get(3)?, row.get(4)?);
    Ok(AccountRow {
        account: Account {
            id,
            name: row.get(1)?,
            office: office.ok_or_else(|| LedgerError::Corrupt {
                what: "office",
                place: format!("accounts {}", id.0),
            })?,
            disabled: row.get(7)?,
        },
        password: KeptPassword(row.get(5)?),
        password_set: row.get(6)?,
        has_second_factor: row.get(8)?,
    })
}

/// Makes an account; `None` if there is one of this name.
pub(crate) fn make(
    tx: &Transaction<'_>,
    name: &str,
    office: &Office,
    password: &KeptPassword,
    now: UnixMs,
) -> Result<Option<AccountId>, LedgerError> {
    tx.query_opt(
        "INSERT INTO accounts (name, office, township, village, password, password_set_ms, disabled)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0) ON CONFLICT (name) DO NOTHING RETURNING id",
        &[
            &name,
            &office.number(),
            &office.township().unwrap_or_default(),
            &office.village().unwrap_or_default(),
            &password.0,
            &now,
        ],
        |row| row.get(0),
    )
}

/// Disables the account of this name; false if there is none.
pub(crate) fn disable(tx: &Transaction<'_>, name: &str) -> Result<bool, LedgerError> {
    let changed = "UPDATE accounts SET disabled = 1 WHERE name = ?1 RETURNING id";
    let id: Option<AccountId> = tx.query_opt(changed, &[&name], |row| row.get(0))?;
    Ok(id.is_some())
}

/// Gives the account of this name another password; its number, and when that was set. `None` if there is none.
pub(crate) fn reset(
    tx: &Transaction<'_>,
    name: &str,
    password: &KeptPassword,
    now: UnixMs,
) -> Result<Option<(AccountId, UnixMs)>, LedgerError> {
    // Never the time that it has, so that sessions end even when the clock stands or is set back to it.
    tx.query_opt(
        "UPDATE accounts SET password = ?2, disabled = 0,
                password_set_ms = CASE WHEN password_set_ms < ?3 THEN ?3 ELSE password_set_ms + 1 END
         WHERE name = ?1 RETURNING id, password_set_ms",
        &[&name, &password.0, &now],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// The account of this name.
pub(crate) fn by_name(
    connection: &Connection,
    name: &str,
) -> Result<Option<AccountRow>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} WHERE name = ?1");
    connection.query_opt(&sql, &[&name], account_row)
}

/// The account of this number.
pub(crate) fn by_id(
    connection: &Connection,
    id: AccountId,
) -> Result<Option<AccountRow>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} WHERE id = ?1");
    connection.query_opt(&sql, &[&id], account_row)
}

/// Every account, by name.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Account>, LedgerError> {
    let rows = connection.query(&format!("SELECT {COLUMNS} ORDER BY name"), &[], account_row)?;
    Ok(rows.into_iter().map(|row| row.account).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::testing::{Place, refuses};

    #[test]
    fn an_account_is_made_once_changed_and_never_removed() {
        let place = Place::new();
        let ledger = place.open().unwrap();
        let office = Office::Village {
            township: "140428100".into(),
            village: "140428100201".into(),
        };
        let password = |text: &str| KeptPassword(text.into());
        let done: Result<_, LedgerError> = ledger.write(|tx| {
            let made = make(tx, "王甲", &office, &password("a"), UnixMs(5))?;
            let again = make(tx, "王甲", &Office::County, &password("b"), UnixMs(6))?;
            assert!(made.is_some() && again.is_none());
            assert!(disable(tx, "王甲")? && !disable(tx, "王乙")?);
            let row = by_name(tx, "王甲")?.expect("it was made");
            assert_eq!((&row.account.office, row.account.disabled), (&office, true));
            assert_eq!(row.password_set, UnixMs(5));
            // A clock that stands still ends sessions all the same.
            let set = reset(tx, "王甲", &password("c"), UnixMs(5))?;
            assert_eq!(set, made.map(|id| (id, UnixMs(6))));
            assert!(reset(tx, "王乙", &password("c"), UnixMs(5))?.is_none());
            let row = by_id(tx, row.account.id)?.expect("it was made");
            assert!(!row.account.disabled && row.password == password("c"));
            assert_eq!(row.password_set, UnixMs(6));
            assert_eq!(all(tx)?, [row.account]);
            Ok(())
        });
        done.unwrap();
        refuses(&ledger, &["DELETE FROM accounts"]);
    }
}

/// Numbers of accounts for tests of what lies outside the ledger.
#[cfg(test)]
pub(crate) mod testing {
    use super::AccountId;

    pub(crate) fn account_id(number: i64) -> AccountId {
        AccountId(number)
    }
}
