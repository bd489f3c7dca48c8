//! Payments: what is owed on which day, what the bank paid, and where the two differ.
//!
//! Source: 长子民发〔2024〕26号 三（三）; the days are duties `P1` to `P3` of `duties.toml`.

mod account;
mod bank_file;
mod facts;
mod overpaid;
mod pay_day;

pub use account::{Account, Accounts, Finding, Instalment, Payment, To, UnmatchedLine};
pub use bank_file::{BankLine, pay_lines, read_bank_file};
pub use facts::{LineState, MoneyRecovered, PAY_LINES_MAX, PayLine, PayListEntered, Payee};
pub use overpaid::{Overpaid, OverpaidMonth, overpaid};
pub use pay_day::{PayDay, PayDays};

#[cfg(test)]
mod tests;
