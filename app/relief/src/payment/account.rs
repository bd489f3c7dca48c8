//! What one payee is owed for one month or quarter, held against what arrived.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{LineState, PayDay, PayDays, PayLine, Payee};
use crate::county_event::{EventId, Fact, Log, Source};
use crate::fen::Fen;
use crate::household::{Household, Roster, SupportClass};
use crate::month::Month;

/// Who is owed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum To {
    /// A household or a person at home.
    Household(EventId),
    /// An institution, for everybody whom it takes care of.
    Institution(String),
}

/// A part of what is owed that has a day of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instalment {
    /// The day at the latest.
    pub due: NaiveDate,
    /// How much.
    pub amount: Fen,
    /// The decision behind it.
    pub source: Source,
}

/// Money that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// On which day.
    pub on: NaiveDate,
    /// How much.
    pub amount: Fen,
    /// The line of the pay list.
    pub source: Source,
}

/// Where what arrived differs from what was owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Finding {
    /// All of it or a part arrived, the last part so many days after its day.
    Late {
        /// Calendar days.
        days: u32,
    },
    /// A part arrived.
    Short {
        /// What is missing.
        by: Fen,
    },
    /// Nothing arrived.
    Missing {
        /// What was owed.
        amount: Fen,
    },
    /// The whole amount arrived more than once.
    Twice {
        /// What is too much.
        extra: Fen,
    },
    /// More arrived than was owed.
    Over {
        /// What is too much.
        extra: Fen,
    },
}

impl Finding {
    /// In plain Chinese.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Late { days } => format!("迟发{days}天"),
            Self::Short { by } => format!("少发{by}元"),
            Self::Missing { amount } => format!("未发{amount}元"),
            Self::Twice { extra } => format!("重复发放，多发{extra}元"),
            Self::Over { extra } => format!("多发{extra}元"),
        }
    }

    /// Whether the money was not there in full on its day.
    #[must_use]
    pub const fn is_to_the_household_s_cost(self) -> bool {
        matches!(
            self,
            Self::Late { .. } | Self::Short { .. } | Self::Missing { .. }
        )
    }
}

/// One payee and one month or quarter.
#[derive(Debug, Clone)]
pub struct Account {
    /// Who is owed.
    pub to: To,
    /// The township that the money is for.
    pub township: String,
    /// What kind of money.
    pub class: SupportClass,
    /// The day and the months.
    pub pay_day: PayDay,
    /// The households that it is for.
    pub households: Vec<EventId>,
    /// What is owed, the earliest first.
    pub instalments: Vec<Instalment>,
    /// What arrived, the earliest first.
    pub payments: Vec<Payment>,
    /// What came back.
    pub returned: Vec<Payment>,
}

impl Account {
    /// What is owed on the whole.
    #[must_use]
    pub fn owed(&self) -> Fen {
        self.instalments.iter().map(|part| part.amount).sum()
    }

    /// What was owed by the end of `day`.
    #[must_use]
    pub fn owed_by(&self, day: NaiveDate) -> Fen {
        let due = self.instalments.iter().filter(|part| part.due <= day);
        due.map(|part| part.amount).sum()
    }

    /// What arrived.
    #[must_use]
    pub fn paid(&self) -> Fen {
        self.payments.iter().map(|payment| payment.amount).sum()
    }

    /// What arrived by the end of `day`.
    #[must_use]
    pub fn paid_by(&self, day: NaiveDate) -> Fen {
        let payments = self.payments.iter().filter(|payment| payment.on <= day);
        payments.map(|payment| payment.amount).sum()
    }

    /// What arrived after it was due: made up for later (补发). What is above the amount owed does not count.
    #[must_use]
    pub fn made_up(&self) -> Vec<Payment> {
        let mut late = Vec::new();
        let mut paid = Fen::ZERO;
        for payment in &self.payments {
            // What was due before this day and had not arrived before this payment.
            let behind = self
                .instalments
                .iter()
                .filter(|part| part.due < payment.on)
                .map(|part| part.amount)
                .sum::<Fen>()
                - paid;
            let amount = behind.or_zero().min(payment.amount);
            if Fen::ZERO < amount {
                late.push(Payment { amount, ..*payment });
            }
            paid += payment.amount;
        }
        late
    }

    /// Where it differs, as of the end of `day`; nothing if all that was due arrived on its day.
    #[must_use]
    pub fn findings(&self, day: NaiveDate) -> Vec<Finding> {
        let (due, paid, owed) = (self.owed_by(day), self.paid_by(day), self.owed());
        let mut findings = Vec::new();
        if let Some(days) = self.days_late(day) {
            findings.push(Finding::Late { days });
        }
        if paid < due {
            findings.push(if paid == Fen::ZERO {
                Finding::Missing { amount: due }
            } else {
                Finding::Short { by: due - paid }
            });
        }
        if owed < paid {
            let extra = paid - owed;
            findings.push(if owed != Fen::ZERO && owed <= extra {
                Finding::Twice { extra }
            } else {
                Finding::Over { extra }
            });
        }
        findings
    }

    /// By how many days the latest part that arrived was late.
    fn days_late(&self, day: NaiveDate) -> Option<u32> {
        let mut owed = Fen::ZERO;
        let mut latest = None;
        for part in &self.instalments {
            owed += part.amount;
            let mut paid = Fen::ZERO;
            let whole = self.payments.iter().find(|payment| {
                paid += payment.amount;
                owed <= paid
            });
            if let Some(payment) = whole.filter(|payment| payment.on <= day) {
                let days = payment.on.signed_duration_since(part.due).num_days();
                let days = u32::try_from(days).unwrap_or(0);
                latest = latest.max((0 < days).then_some(days));
            }
        }
        latest
    }

    /// The events that what is owed comes from.
    pub fn owed_sources(&self) -> impl Iterator<Item = Source> {
        self.instalments.iter().map(|part| part.source)
    }

    /// The lines that what arrived comes from.
    pub fn paid_sources(&self) -> impl Iterator<Item = Source> {
        self.payments.iter().map(|payment| payment.source)
    }
}

/// A line of a pay list for whom no household is known.
#[derive(Debug, Clone, Copy)]
pub struct UnmatchedLine<'a> {
    /// The line.
    pub line: &'a PayLine,
    /// Where it stands.
    pub source: Source,
    /// What kind of money it was.
    pub class: SupportClass,
    /// The first month that it was for.
    pub from: Month,
}

/// Every account of some months.
#[derive(Debug, Clone)]
pub struct Accounts<'a> {
    /// The accounts, by class, pay day and payee.
    pub accounts: Vec<Account>,
    /// Lines that belong to nobody.
    pub unmatched: Vec<UnmatchedLine<'a>>,
}

type Key = (SupportClass, Month, String, To);

impl<'a> Accounts<'a> {
    /// The accounts of every pay day that covers a month from `first` to `last`.
    #[must_use]
    pub fn of(log: &Log<'a>, roster: &Roster<'a>, days: &PayDays<'_>) -> Self {
        let mut accounts: BTreeMap<Key, Account> = BTreeMap::new();
        for household in roster.households() {
            let class = household.entered.class;
            for day in days.of(class) {
                let parts = instalments(household, day, days);
                if parts.is_empty() {
                    continue;
                }
                let account = open(&mut accounts, household, *day);
                account.households.push(household.id);
                account.instalments.extend(parts);
            }
        }
        let mut unmatched = Vec::new();
        for event in log.iter() {
            let Fact::PayListEntered(list) = &event.fact else {
                continue;
            };
            for (index, line) in list.lines.iter().enumerate() {
                let source = Source::line(event.id, index);
                let household = match &line.payee {
                    Payee::Household(id) => roster.get(*id),
                    Payee::Institution(name) => roster.households().find(|household| {
                        household.entered.class == SupportClass::TekunCollective
                            && *household.entered.institution == **name
                    }),
                    Payee::Unmatched(_) => None,
                };
                let Some(household) = household else {
                    unmatched.push(UnmatchedLine {
                        line,
                        source,
                        class: list.class,
                        from: list.from,
                    });
                    continue;
                };
                let Some(day) = days.covering(household.entered.class, list.from) else {
                    continue;
                };
                let account = open(&mut accounts, household, day);
                let payment = Payment {
                    on: line.on,
                    amount: line.amount,
                    source,
                };
                match line.state {
                    LineState::Paid => account.payments.push(payment),
                    LineState::Returned => account.returned.push(payment),
                }
            }
        }
        let mut accounts: Vec<Account> = accounts.into_values().collect();
        for account in &mut accounts {
            account
                .instalments
                .sort_by_key(|part| (part.due, part.source));
            account
                .payments
                .sort_by_key(|payment| (payment.on, payment.source));
        }
        Self {
            accounts,
            unmatched,
        }
    }
}

fn open<'m>(
    accounts: &'m mut BTreeMap<Key, Account>,
    household: &Household<'_>,
    pay_day: PayDay,
) -> &'m mut Account {
    let entered = household.entered;
    let to = match entered.class {
        SupportClass::TekunCollective => To::Institution((*entered.institution).to_owned()),
        _ => To::Household(household.id),
    };
    // An institution may take care of people of several townships, and is paid once: it stands in the first one's row.
    let township = match to {
        To::Institution(_) => String::new(),
        To::Household(_) => entered.place.township.clone(),
    };
    accounts
        .entry((entered.class, pay_day.from, township, to.clone()))
        .or_insert_with(|| Account {
            to,
            township: entered.place.township.clone(),
            class: entered.class,
            pay_day,
            households: Vec::new(),
            instalments: Vec::new(),
            payments: Vec::new(),
            returned: Vec::new(),
        })
}

/// What a household is owed on a pay day, each decision's part with its own day: what was decided after the day has a
/// later one. A part that a later decision took back is not owed.
fn instalments(household: &Household<'_>, day: &PayDay, days: &PayDays<'_>) -> Vec<Instalment> {
    let mut parts: Vec<Instalment> = Vec::new();
    for month in day.from.to(day.to) {
        let Some(owed) = household.owed(month) else {
            continue;
        };
        let mut steps: Vec<_> = household
            .steps()
            .iter()
            .filter(|step| step.from <= month)
            .collect();
        steps.sort_by_key(|step| (step.decided, step.event));
        let mut promised = Fen::ZERO;
        for step in steps {
            let amount = step.monthly.min(owed.monthly);
            if promised < amount {
                parts.push(Instalment {
                    due: days.due(day, month, step.decided),
                    amount: amount - promised,
                    source: step.event.into(),
                });
                promised = amount;
            }
        }
    }
    parts
}
