//! Money that is paid, and money that comes back.

use chrono::{Datelike, Days};
use relief::{
    Fact, Fen, Month,
    household::SupportClass,
    payment::{LineState, MoneyRecovered, PayDays, PayLine, PayListEntered, Payee, overpaid},
};

use super::{Story, Today};
use crate::year::people::words;

impl Story<'_> {
    /// On its day the bank pays each class; a few lines go wrong, and most of those are made good some days later.
    pub(super) fn pay(&mut self, today: &mut Today<'_, '_>) {
        let month = Month::of(today.day);
        let days = PayDays::between(self.book, month, month.plus(1));
        for class in SupportClass::ALL {
            let due = days.of(class).iter().find(|day| day.due.date == today.day);
            let Some(due) = due.copied() else {
                continue;
            };
            let accounts = today.registers.accounts(due.from, due.to).accounts;
            let (mut lines, mut repairs) = (Vec::new(), Vec::new());
            for account in accounts {
                if account.class != class || account.pay_day.from != due.from {
                    continue;
                }
                let payee = match &account.to {
                    relief::payment::To::Household(id) => Payee::Household(*id),
                    relief::payment::To::Institution(name) => Payee::Institution(words(name)),
                };
                let line = |amount: Fen, on, state| PayLine {
                    payee: payee.clone(),
                    amount,
                    on,
                    state,
                };
                let owed = account.owed();
                let later = today
                    .day
                    .checked_add_days(Days::new(8))
                    .unwrap_or(today.day);
                match self.chance.below(1000) {
                    0..=2 => repairs.push(line(owed, later, LineState::Paid)),
                    3 => {
                        lines.push(line(Fen(owed.0 / 2), today.day, LineState::Paid));
                        repairs.push(line(Fen(owed.0 - owed.0 / 2), later, LineState::Paid));
                    }
                    4 => lines.push(line(owed, today.day, LineState::Returned)),
                    5 => {
                        lines.push(line(owed, today.day, LineState::Paid));
                        repairs.push(line(owed, later, LineState::Paid));
                    }
                    _ => lines.push(line(owed, today.day, LineState::Paid)),
                }
            }
            let list = |lines| {
                Fact::PayListEntered(PayListEntered {
                    class,
                    from: due.from,
                    to: due.to,
                    lines,
                })
            };
            if !lines.is_empty() {
                today.facts.push(list(lines));
            }
            if !repairs.is_empty() {
                self.at(today.day, 8, list(repairs));
            }
        }
    }

    /// Once it is known how much was paid too long, most of it comes back.
    pub(super) fn overpayments(&mut self, today: &mut Today<'_, '_>) {
        if today.day.day() != 27 {
            return;
        }
        let registers = today.registers;
        for special in registers.special_groups.persons() {
            let Some(found) = overpaid(special, &registers.log, &registers.roster, self.book)
            else {
                continue;
            };
            let left = found.amount() - special.recovered();
            if found.is_known() && Fen::ZERO < left && !self.chance.one_in(4) {
                today.facts.push(Fact::MoneyRecovered(MoneyRecovered {
                    household: found.household,
                    amount: left,
                    on: today.day,
                    found: Some(special.id),
                    problem: None,
                }));
            }
        }
    }
}
