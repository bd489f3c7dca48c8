//! Deadlines of cases: issued with each event, settled when a year's holidays are published.

use relief::{CaseEvent, Deadline};

use crate::{
    County,
    ledger::{
        LedgerError, Transaction,
        cases::{self, CaseRow},
        deadlines,
    },
};

impl County {
    /// Appends what happened to a case to which `before` happened, with the deadlines that it issues; they join `issued`,
    /// which are those that the case has.
    pub(crate) fn note(
        &self,
        tx: &Transaction<'_>,
        row: &CaseRow,
        before: &[CaseEvent],
        issued: &mut Vec<Deadline>,
        event: &CaseEvent,
    ) -> Result<(), LedgerError> {
        let number = cases::append(tx, row.id, event)?;
        self.issue(tx, row, before, issued, event, number)
    }

    fn issue(
        &self,
        tx: &Transaction<'_>,
        row: &CaseRow,
        before: &[CaseEvent],
        issued: &mut Vec<Deadline>,
        event: &CaseEvent,
        number: i64,
    ) -> Result<(), LedgerError> {
        let book = self.rulebook();
        let new = book.deadlines(row.scheme, before, issued, event);
        deadlines::issue(tx, row.id, number, book.edition(), &new, self.now())?;
        issued.extend(new);
        Ok(())
    }

    /// Brings the ledger up to these rules when the county opens: the rules are kept, events of a ledger older than
    /// deadlines issue theirs, and provisional deadlines are settled where holidays were published since. Whatever was
    /// issued stays.
    pub(crate) fn take_up_rules(&self) -> Result<(), LedgerError> {
        let (book, now) = (self.rulebook(), self.now());
        self.ledger().write(|tx| {
            deadlines::keep_edition(tx, book, now)?;
            for case in deadlines::cases_without(tx)? {
                let Some(row) = cases::by_id(tx, case)? else {
                    continue;
                };
                let mut before = Vec::new();
                let mut issued = deadlines::of_case(tx, case)?;
                for (number, event) in cases::event_rows(tx, case)? {
                    if !deadlines::has_issued(tx, number)? {
                        self.issue(tx, &row, &before, &mut issued, &event, number)?;
                    }
                    before.push(event);
                }
            }
            for case in deadlines::cases_with_provisional(tx)? {
                let settled = book.settled(&deadlines::of_case(tx, case)?);
                deadlines::settle(tx, case, &settled, now)?;
            }
            Ok(())
        })
    }
}
