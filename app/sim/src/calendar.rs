//! The county's calendar: the machine's clock, and the days that a visitor has turned over to see what comes of them.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use county::{Clock, SystemClock, UnixMs};

const DAY_MS: i64 = 24 * 3600 * 1000;

/// Days that are turned over at most in all: a household's year. Beyond, no holidays are known.
const DAYS_MAX: i64 = 366;

/// The county's clock. Clones tell the same time.
#[derive(Clone)]
pub(crate) struct Calendar {
    days: Arc<Mutex<i64>>,
    file: Arc<Path>,
}

/// Why the calendar was not turned over.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// It would be further ahead than it may.
    #[error("日历最多往后翻{DAYS_MAX}天")]
    TooFar,
    /// How far it is cannot be kept.
    #[error("翻过的天数存不下来：{0}")]
    Disk(#[from] io::Error),
}

impl Calendar {
    /// The calendar of a county's folder, as far ahead as it was left: what the ledger holds is never later than now.
    ///
    /// # Errors
    ///
    /// The system's, or [`ErrorKind::InvalidData`] if the file is not one of ours.
    pub(crate) fn kept_in(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let file = dir.join("days-turned-over");
        let days = match fs::read_to_string(&file) {
            Ok(text) => text
                .trim()
                .parse()
                .ok()
                .filter(|days| (0..=DAYS_MAX).contains(days))
                .ok_or_else(|| {
                    io::Error::new(
                        ErrorKind::InvalidData,
                        format!("{} tells no days", file.display()),
                    )
                })?,
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        Ok(Self {
            days: Arc::new(Mutex::new(days)),
            file: file.into(),
        })
    }

    /// Turns over some days.
    ///
    /// # Errors
    ///
    /// [`CalendarError`]; it stands where it stood.
    pub(crate) fn turn_over(&self, days: u16) -> Result<(), CalendarError> {
        let mut turned = self.days();
        let ahead = *turned + i64::from(days);
        if DAYS_MAX < ahead {
            return Err(CalendarError::TooFar);
        }
        fs::write(&self.file, ahead.to_string())?;
        *turned = ahead;
        Ok(())
    }

    fn days(&self) -> MutexGuard<'_, i64> {
        self.days.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for Calendar {
    fn now(&self) -> UnixMs {
        UnixMs(SystemClock.now().0 + *self.days() * DAY_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_were_turned_over_stay_so_and_end_at_the_bound() {
        let dir = tempfile::tempdir().unwrap();
        let calendar = Calendar::kept_in(dir.path()).unwrap();
        let before = calendar.now();
        calendar.turn_over(7).unwrap();
        assert!(before.0 + 7 * DAY_MS <= calendar.now().0);
        let again = Calendar::kept_in(dir.path()).unwrap();
        assert!(before.0 + 7 * DAY_MS <= again.now().0);
        assert!(matches!(again.turn_over(360), Err(CalendarError::TooFar)));
        again.turn_over(359).unwrap();
        assert!(again.turn_over(1).is_err());
        fs::write(dir.path().join("days-turned-over"), "367").unwrap();
        assert!(Calendar::kept_in(dir.path()).is_err());
    }
}
