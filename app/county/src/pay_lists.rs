//! A bank's pay list as a file: read, matched with the roster, and stated.

use chrono::NaiveDate;
use relief::{
    Actor, EventId, Evidence, Fact, Month, Words,
    household::SupportClass,
    payment::{PayListEntered, Payee, pay_lines, read_bank_file},
    sheet::SheetError,
};
use sha2::{Digest, Sha256};

use crate::{
    County, LedgerError, StateError,
    spreadsheet::{self, SheetFileError},
};

/// What a pay list is for, which its file does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayListScope {
    /// What kind of money it is.
    pub class: SupportClass,
    /// The first month that it is for.
    pub from: Month,
    /// The last one.
    pub to: Month,
    /// The day of lines that name none.
    pub paid_on: NaiveDate,
}

/// A pay list that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnteredPayList {
    /// The event that it is now.
    pub event: EventId,
    /// Its lines.
    pub lines: usize,
    /// The lines that belong to no household of the roster, from 1.
    pub unmatched: Vec<usize>,
}

/// Why a pay list was not taken in; nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum PayListError {
    /// It is no sheet.
    #[error(transparent)]
    File(#[from] SheetFileError),
    /// A column is missing, or a cell cannot be read.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The registers do not take it.
    #[error(transparent)]
    State(#[from] StateError),
    /// The disk failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl County {
    /// Takes a bank's pay list in: `bytes` of the file that the bank named `file_name`.
    ///
    /// # Errors
    ///
    /// [`PayListError`]
    pub fn enter_pay_list(
        &self,
        actor: Actor,
        file_name: &str,
        bytes: &[u8],
        scope: PayListScope,
    ) -> Result<EnteredPayList, PayListError> {
        let lines = read_bank_file(&spreadsheet::read_rows(bytes)?)?;
        let PayListScope {
            class,
            from,
            to,
            paid_on,
        } = scope;
        let lines = self.registers(self.today(), |registers| {
            let key_of = |number: &_| self.person_key(number);
            pay_lines(&lines, &registers.roster, class, from, paid_on, key_of)
        })?;
        let unmatched = (1..)
            .zip(&lines)
            .filter(|(_, line)| matches!(line.payee, Payee::Unmatched(_)))
            .map(|(number, _)| number)
            .collect();
        let count = lines.len();
        let fact = Fact::PayListEntered(PayListEntered {
            class,
            from,
            to,
            lines,
        });
        Ok(EnteredPayList {
            event: self.state_from_file(actor, file_name, bytes, fact)?,
            lines: count,
            unmatched,
        })
    }

    /// States a fact that was read in a file, which is kept as the evidence by name and fingerprint.
    ///
    /// # Errors
    ///
    /// [`StateError`]; nothing was stated.
    pub fn state_from_file(
        &self,
        actor: Actor,
        file_name: &str,
        bytes: &[u8],
        fact: Fact,
    ) -> Result<EventId, StateError> {
        let reference = Words::parse(file_name).map_err(|_| StateError::TooLarge)?;
        let evidence = Evidence {
            reference,
            sha256: Some(Sha256::digest(bytes).into()),
        };
        self.state(actor, Words::default(), Some(evidence), fact)
    }
}
