//! Who works on the staff pages, and what they saw and did there.

use relief::{Actor, PersonName, Role};

use crate::{
    County, LedgerError, UnixMs,
    ledger::{
        accesses,
        accounts::{self, AccountRow},
        second_factors,
    },
    password::{KeptPassword, PasswordError},
};

pub use crate::ledger::accounts::AccountId;

/// What the holder of an account is to the county.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Office {
    /// Of a village committee: reports each month for the village.
    Village {
        /// Division code of its township, 9 digits.
        township: String,
        /// Code of the committee.
        village: String,
    },
    /// Of a township or its service centre.
    Township {
        /// Division code, 9 digits.
        township: String,
    },
    /// Of the county's civil-affairs bureau.
    County,
    /// Sees everything masked, and who saw and did what; changes nothing.
    Auditor,
    /// Manages accounts, and sees no case.
    Administrator,
}

impl Office {
    /// The number in the ledger.
    pub(crate) const fn number(&self) -> u8 {
        match self {
            Self::Village { .. } => 1,
            Self::Township { .. } => 2,
            Self::County => 3,
            Self::Auditor => 4,
            Self::Administrator => 5,
        }
    }

    /// The office of a number in the ledger.
    pub(crate) fn of(number: u8, township: String, village: String) -> Option<Self> {
        Some(match number {
            1 => Self::Village { township, village },
            2 => Self::Township { township },
            3 => Self::County,
            4 => Self::Auditor,
            5 => Self::Administrator,
            _ => return None,
        })
    }

    /// The township that it is in; `None` for those of the whole county.
    #[must_use]
    pub fn township(&self) -> Option<&str> {
        match self {
            Self::Village { township, .. } | Self::Township { township } => Some(township),
            Self::County | Self::Auditor | Self::Administrator => None,
        }
    }

    /// The village that it is in.
    #[must_use]
    pub fn village(&self) -> Option<&str> {
        match self {
            Self::Village { village, .. } => Some(village),
            _ => None,
        }
    }

    /// Whether what is in this place is its business.
    #[must_use]
    pub fn reaches(&self, township: &str, village: &str) -> bool {
        self.township().is_none_or(|own| own == township)
            && self.village().is_none_or(|own| own == village)
    }

    /// The part in which its holder acts; `None` if they change nothing.
    #[must_use]
    pub const fn role(&self) -> Option<Role> {
        match self {
            Self::Village { .. } => Some(Role::Village),
            Self::Township { .. } => Some(Role::Township),
            Self::County => Some(Role::County),
            Self::Auditor | Self::Administrator => None,
        }
    }
}

/// An account of the staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// The officer's name, as it stands beside what they do; each account has another.
    pub name: String,
    /// What the officer is to the county.
    pub office: Office,
    /// Whether it opens nothing any more.
    pub disabled: bool,
}

impl Account {
    /// Who acts; `None` if the office changes nothing.
    #[must_use]
    pub fn actor(&self) -> Option<Actor> {
        let role = self.office.role()?;
        Some(Actor {
            role,
            name: self.name.clone(),
        })
    }
}

/// Something that is remembered of who works with the ledger. Numbers are append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Act {
    /// Signed in.
    SignedIn = 1,
    /// Gave a wrong password for an account that there is.
    SignInRefused = 2,
    /// Saw a case's answers, masked.
    SawCase = 3,
    /// Saw a scanned paper.
    SawPaper = 4,
    /// Took a step in a case.
    ActedOnCase = 5,
    /// Saw an event of the registers.
    SawEvent = 6,
    /// Stated something in the registers.
    Stated = 7,
    /// Saw full identity and telephone numbers of a case.
    Unmasked = 8,
    /// Took a table away as a file.
    Exported = 9,
    /// Made an account.
    MadeAccount = 10,
    /// Disabled an account.
    DisabledAccount = 11,
    /// Gave an account another password.
    ResetPassword = 12,
    /// Printed a notice of a case.
    Printed = 13,
    /// Gave the right password of an account that a code opens too.
    PasswordAccepted = 14,
    /// Gave a wrong code of the second factor, or one that was taken before.
    CodeRefused = 15,
    /// Set a second factor up.
    SetSecondFactor = 16,
    /// Took a second factor away.
    RemovedSecondFactor = 17,
    /// Changed their own password.
    ChangedPassword = 18,
    /// Gave a wrong password when changing their own.
    ChangeRefused = 19,
    /// Saw full identity and telephone numbers of an event of the registers.
    UnmaskedEvent = 20,
}

impl Act {
    const ALL: [Self; 20] = [
        Self::SignedIn,
        Self::SignInRefused,
        Self::SawCase,
        Self::SawPaper,
        Self::ActedOnCase,
        Self::SawEvent,
        Self::Stated,
        Self::Unmasked,
        Self::Exported,
        Self::MadeAccount,
        Self::DisabledAccount,
        Self::ResetPassword,
        Self::Printed,
        Self::PasswordAccepted,
        Self::CodeRefused,
        Self::SetSecondFactor,
        Self::RemovedSecondFactor,
        Self::ChangedPassword,
        Self::ChangeRefused,
        Self::UnmaskedEvent,
    ];

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|act| *act as u8 == number)
    }
}

/// Something that somebody saw or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Later ones have larger numbers; an export's is its watermark.
    pub id: i64,
    /// When.
    pub at: UnixMs,
    /// Whose account; empty for who works at the county's machine itself.
    pub name: String,
    /// What was seen or done.
    pub act: Act,
    /// With what: a case's number, an account's name.
    pub about: String,
    /// Why, where that is asked.
    pub reason: String,
}

/// An account that a password or a session opens.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) account: Account,
    pub(crate) password_set: UnixMs,
    pub(crate) has_second_factor: bool,
}

/// Why a password was not changed by its holder.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    /// The old password is another one.
    #[error("the old password is another one")]
    Wrong,
    /// The new password is none.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The disk failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Why an account was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Not a name of 1 to 50 characters.
    #[error("an account needs the officer's name, 50 characters at most")]
    Name,
    /// There is an account of this name.
    #[error("there is an account of this name already")]
    Taken,
    /// There is none.
    #[error("there is no account of this name")]
    Unknown,
    /// The county has no such township, or its committee has no code of digits.
    #[error("the county has no such township or village")]
    Place,
    /// The password is none.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The disk failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl County {
    /// Makes an account. `by` is who does it; `None` for who works at the county's machine itself.
    ///
    /// # Errors
    ///
    /// [`AccountError`]; there is no new account then.
    pub fn make_account(
        &self,
        by: Option<&Account>,
        name: &str,
        office: &Office,
        password: &str,
        salt: &[u8; 16],
    ) -> Result<AccountId, AccountError> {
        let name = PersonName::parse(name).map_err(|_| AccountError::Name)?;
        if !self.has_place_of(office) {
            return Err(AccountError::Place);
        }
        let kept = KeptPassword::of(password, salt)?;
        let now = self.now();
        self.ledger().write(|tx| {
            let made = accounts::make(tx, name.as_str(), office, &kept, now)?;
            accesses::append(tx, now, by, Act::MadeAccount, name.as_str(), "")?;
            made.ok_or(AccountError::Taken)
        })
    }

    fn has_place_of(&self, office: &Office) -> bool {
        let known = |code: &str| self.rulebook().codes.township(code).is_some();
        let digits = |code: &str| {
            (1..=20).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit())
        };
        office.township().is_none_or(known) && office.village().is_none_or(digits)
    }

    /// Disables an account; its sessions end at once.
    ///
    /// # Errors
    ///
    /// [`AccountError`]
    pub fn disable_account(&self, by: Option<&Account>, name: &str) -> Result<(), AccountError> {
        let name = PersonName::parse(name).map_err(|_| AccountError::Unknown)?;
        let name = name.as_str();
        let now = self.now();
        self.ledger().write(|tx| {
            if !accounts::disable(tx, name)? {
                return Err(AccountError::Unknown);
            }
            accesses::append(tx, now, by, Act::DisabledAccount, name, "")?;
            Ok(())
        })
    }

    /// Gives an account another password, and lets it open again; its sessions end at once. At the county's machine, where
    /// `by` is `None`, its second factor goes too: its holder may have lost the telephone.
    ///
    /// # Errors
    ///
    /// [`AccountError`]
    pub fn reset_password(
        &self,
        by: Option<&Account>,
        name: &str,
        password: &str,
        salt: &[u8; 16],
    ) -> Result<(), AccountError> {
        let name = PersonName::parse(name).map_err(|_| AccountError::Unknown)?;
        let name = name.as_str();
        let kept = KeptPassword::of(password, salt)?;
        let now = self.now();
        self.ledger().write(|tx| {
            let Some((id, _)) = accounts::reset(tx, name, &kept, now)? else {
                return Err(AccountError::Unknown);
            };
            accesses::append(tx, now, by, Act::ResetPassword, name, "")?;
            if by.is_none() && second_factors::remove(tx, id)? {
                accesses::append(tx, now, by, Act::RemovedSecondFactor, name, "")?;
            }
            Ok(())
        })
    }

    /// Gives an officer's own account another password, if `old` opens it; its other sessions end at once. When the new one
    /// was set.
    pub(crate) fn change_password(
        &self,
        who: &Account,
        old: &str,
        new: &str,
        salt: &[u8; 16],
    ) -> Result<UnixMs, ChangeError> {
        let row = self
            .ledger()
            .read(|connection| accounts::by_id(connection, who.id))?;
        if !row.is_some_and(|row| row.password.opens_with(old)) {
            self.remember(who, Act::ChangeRefused, "", "")?;
            return Err(ChangeError::Wrong);
        }
        let kept = KeptPassword::of(new, salt)?;
        let now = self.now();
        self.ledger().write(|tx| {
            // Setting a password lets an account open again, which is not its holder's to do.
            if accounts::by_id(tx, who.id)?.is_none_or(|row| row.account.disabled) {
                return Err(ChangeError::Wrong);
            }
            let (_, set) = accounts::reset(tx, &who.name, &kept, now)?.ok_or(ChangeError::Wrong)?;
            accesses::append(tx, now, Some(who), Act::ChangedPassword, "", "")?;
            Ok(set)
        })
    }

    /// Every account, by name.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn accounts(&self) -> Result<Vec<Account>, LedgerError> {
        self.ledger().read(accounts::all)
    }

    /// What was seen and done before `before`, the newest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn accesses(&self, before: Option<i64>, limit: u32) -> Result<Vec<Access>, LedgerError> {
        self.ledger()
            .read(|connection| accesses::newest(connection, before, limit))
    }

    /// Remembers that a table is taken away as a file, and gives the words that the file carries: which access it was,
    /// whose, and when. `by` is `None` for who works at the county's machine itself.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn mark_export(&self, by: Option<&Account>, about: &str) -> Result<String, LedgerError> {
        let now = self.now();
        let number = self
            .ledger()
            .write(|tx| accesses::append(tx, now, by, Act::Exported, about, ""))?;
        let who = by.map_or("县局机器", |by| by.name.as_str());
        let when = now.in_china().map_or_else(String::new, |time| {
            time.format("%Y-%m-%d %H:%M").to_string()
        });
        Ok(format!("第{number}号导出　{who}　{when}"))
    }

    /// Remembers what somebody saw or did; its number.
    pub(crate) fn remember(
        &self,
        who: &Account,
        act: Act,
        about: &str,
        reason: &str,
    ) -> Result<i64, LedgerError> {
        let now = self.now();
        self.ledger()
            .write(|tx| accesses::append(tx, now, Some(who), act, about, reason))
    }

    /// The account that this name and password open.
    pub(crate) fn account_opened_with(
        &self,
        name: &str,
        password: &str,
    ) -> Result<Option<Opened>, AccountError> {
        let found = self
            .ledger()
            .read(|connection| accounts::by_name(connection, name))?;
        let Some(row) = found else {
            // Takes as long as a name that has an account.
            KeptPassword::of_nobody()?.opens_with(password);
            return Ok(None);
        };
        let opens = row.password.opens_with(password) && !row.account.disabled;
        let act = match (opens, row.has_second_factor) {
            (true, false) => Act::SignedIn,
            (true, true) => Act::PasswordAccepted,
            (false, _) => Act::SignInRefused,
        };
        self.remember(&row.account, act, "", "")?;
        Ok(opens.then(|| row.opened()))
    }

    /// The account of a session that began under the password set then; `None` if it is disabled or has another since.
    pub(crate) fn account_of_session(
        &self,
        id: AccountId,
        password_set: UnixMs,
    ) -> Result<Option<Opened>, LedgerError> {
        let found = self
            .ledger()
            .read(|connection| accounts::by_id(connection, id))?;
        Ok(found
            .filter(|row| row.password_set == password_set && !row.account.disabled)
            .map(AccountRow::opened))
    }
}
