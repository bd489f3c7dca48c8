//! A transaction of the ledger: rows that commit together, and what is entered for the log with them.

use std::{cell::RefCell, ops::Deref};

use super::{
    LedgerError,
    log::{self, Entered},
    sql,
};

/// What is done through it commits together, or not at all.
pub(crate) struct Transaction<'c> {
    sql: &'c sql::Transaction<'c>,
    /// Rows that were written and are entered for the log at the end.
    entered: RefCell<Vec<Entered>>,
}

impl<'c> Transaction<'c> {
    /// Does `work` as a part of `sql`.
    pub(super) fn within<T, E: From<LedgerError>>(
        sql: &'c sql::Transaction<'c>,
        work: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let tx = Self {
            sql,
            entered: RefCell::default(),
        };
        let done = work(&tx)?;
        log::write_entered(sql, &tx.entered.take())?;
        Ok(done)
    }

    pub(super) fn enter(&self, row: Entered) {
        self.entered.borrow_mut().push(row);
    }
}

impl<'c> Deref for Transaction<'c> {
    type Target = sql::Transaction<'c>;

    fn deref(&self) -> &Self::Target {
        self.sql
    }
}
