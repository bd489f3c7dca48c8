//! The second factor of an account: a code of the officer's telephone, which the password alone does not replace.

use crate::{
    County, LedgerError,
    accounts::{Account, AccountId, Act, Office},
    ledger::{accesses, second_factors},
    totp::TotpSecret,
};

/// Why a second factor was not set.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecondFactorError {
    /// The machine gives no randomness.
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
    /// The disk failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Office {
    /// Whether its holder does nothing without a second factor: who manages accounts could give themselves any office.
    /// All others may have one.
    #[must_use]
    pub const fn needs_second_factor(&self) -> bool {
        matches!(self, Self::Administrator)
    }
}

/// What a secret is sealed beside, so that it opens for its account alone.
fn place(account: AccountId) -> Vec<u8> {
    [b"second factor ".as_slice(), &account.to_be_bytes()].concat()
}

impl County {
    /// Gives the account its second factor, if `shown` is the code of `secret` now and it has none yet.
    pub(crate) fn set_second_factor(
        &self,
        account: &Account,
        secret: &TotpSecret,
        shown: &str,
    ) -> Result<bool, SecondFactorError> {
        let now = self.now();
        let Some(step) = secret.step_of(shown, now) else {
            self.remember(account, Act::CodeRefused, "", "")?;
            return Ok(false);
        };
        let sealed = self
            .register_key()
            .seal(&place(account.id), secret.as_bytes())?;
        let kept = self.ledger().write(|tx| {
            let kept = second_factors::keep(tx, account.id, &sealed, step, now)?;
            if kept {
                accesses::append(tx, now, Some(account), Act::SetSecondFactor, "", "")?;
            }
            Ok::<_, LedgerError>(kept)
        })?;
        Ok(kept)
    }

    /// Whether `shown` is a code of the account's that was not taken before; it is taken by that, and the officer has signed
    /// in.
    pub(crate) fn take_code(&self, account: &Account, shown: &str) -> Result<bool, LedgerError> {
        let now = self.now();
        self.ledger().write(|tx| {
            let step = second_factors::of(tx, account.id)?
                .and_then(|sealed| self.register_key().open(&place(account.id), &sealed))
                .and_then(|bytes| TotpSecret::from_bytes(&bytes))
                .and_then(|secret| secret.step_of(shown, now));
            let taken = match step {
                Some(step) => second_factors::take(tx, account.id, step)?,
                None => false,
            };
            let act = if taken {
                Act::SignedIn
            } else {
                Act::CodeRefused
            };
            accesses::append(tx, now, Some(account), act, "", "")?;
            Ok(taken)
        })
    }
}
