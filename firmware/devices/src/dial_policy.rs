//! When to call: how long to wait after a call that failed, how many calls a day may have, and the hours in
//! which calls are cheap.
//!
//! Pure: the time is an argument, and it is told twice. Waits between calls go by the running time, which no one
//! sets; a day and its hours are what the wall clock says, which may jump. A jump never makes a wait longer or
//! shorter, and gives no day's calls twice:
//!
//! - A day's calls are credited once. Going back to a day that was credited, however often, credits nothing.
//! - In any 24 hours that the machine ran, at most [`CREDITS_PER_24_HOURS`] days are credited, so that a clock that
//!   runs through the calendar does not buy calls.
//! - After a jump into the future and back, the days in between are credited again as 24 hours have passed with
//!   each, so that one wrong date does not end calling for a year.
//!
//! [`DialPolicy::kept`] is what has to outlast a restart, else switching off and on would be a new day.

use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::line::OpenFault;

/// One midnight at most lies in 24 hours, and a second credit covers a clock that was a day behind.
pub const CREDITS_PER_24_HOURS: usize = 2;

/// How many credited days are remembered: longer than anybody's clock is put back and forth.
const CREDITED_DAYS_MAX: usize = 32;

/// A day of the machine's running.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What the county sets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DialRules {
    /// Calls in a day, whether they come to anything or not.
    pub calls_per_day: u32,
    /// How many of them are kept for what is urgent.
    pub kept_for_urgent: u32,
    /// The hours in which calls are cheap, for what is not urgent; without them, any hour.
    pub cheap_hours: Option<CheapHours>,
}

impl Default for DialRules {
    /// A call for about every ten minutes of an office day, a third of them kept; any hour.
    fn default() -> Self {
        Self {
            calls_per_day: 48,
            kept_for_urgent: 16,
            cheap_hours: None,
        }
    }
}

/// From one time of the day to another, over midnight if the second is the earlier; the same time twice is the
/// whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "[String; 2]")]
pub struct CheapHours {
    from: NaiveTime,
    to: NaiveTime,
}

impl TryFrom<[String; 2]> for CheapHours {
    type Error = chrono::ParseError;

    /// Reads `["21:00", "07:00"]`.
    fn try_from([from, to]: [String; 2]) -> Result<Self, Self::Error> {
        let read = |text: &str| NaiveTime::parse_from_str(text, "%H:%M");
        Ok(Self {
            from: read(&from)?,
            to: read(&to)?,
        })
    }
}

impl CheapHours {
    fn contain(self, time: NaiveTime) -> bool {
        if self.from < self.to {
            self.from <= time && time < self.to
        } else {
            self.from <= time || time < self.to
        }
    }

    /// How long it is until they begin; nothing while they last.
    fn wait(self, time: NaiveTime) -> Duration {
        if self.contain(time) {
            return Duration::ZERO;
        }
        // Outside, they begin later on the same day, or on the next when they began earlier.
        let ahead = self.from.signed_duration_since(time);
        let ahead = if ahead < TimeDelta::zero() {
            ahead + TimeDelta::days(1)
        } else {
            ahead
        };
        ahead.to_std().unwrap_or(DAY)
    }
}

/// Now, twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Since the machine or the program was started; never falls.
    pub running: Duration,
    /// Local time by the wall clock, as good as it is known.
    pub wall: NaiveDateTime,
}

/// Whether to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// At once.
    DialNow,
    /// Not before this running time. Ask again then, or when the wall clock was set.
    WaitUntil(Duration),
    /// The day's calls are made. Ask again when the wall clock shows another day.
    BudgetSpent,
}

/// How a call ended before it was open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The county's modems are all in calls: soon one will not be.
    Busy,
    /// It rang in vain: somebody has to do something there.
    NoAnswer,
    /// No modem answered; perhaps a person did, who must not be rung up again soon.
    NoCarrier,
    /// Nothing was dialled, or nothing went out: trying costs nothing.
    NotDialled,
}

impl Failure {
    /// What an opener's fault is to the policy.
    #[must_use]
    pub fn of(fault: &OpenFault) -> Self {
        match fault {
            OpenFault::Busy => Self::Busy,
            OpenFault::NoAnswer => Self::NoAnswer,
            OpenFault::NoCarrier | OpenFault::Refused => Self::NoCarrier,
            OpenFault::Absent
            | OpenFault::NoDialTone
            | OpenFault::SimMissing
            | OpenFault::SimLocked
            | OpenFault::NotRegistered
            | OpenFault::DataRefused
            | OpenFault::Silent
            | OpenFault::Stopped
            | OpenFault::System(_) => Self::NotDialled,
        }
    }

    /// The first wait and the longest; each failure of its kind in a row doubles it.
    fn waits(self) -> (Duration, Duration) {
        let minutes = |count: u64| Duration::from_secs(60 * count);
        match self {
            // Calls of a few pages last minutes.
            Self::Busy => (Duration::from_secs(30), minutes(15)),
            Self::NoAnswer => (minutes(2), minutes(120)),
            Self::NoCarrier => (minutes(2), minutes(60)),
            Self::NotDialled => (Duration::from_secs(20), minutes(10)),
        }
    }
}

/// What has to outlast a restart.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Days whose calls were credited, the latest credit last.
    credited: Vec<NaiveDate>,
    /// Calls made since the last credit.
    calls: u32,
}

/// Decides when to call. Tell it each call with [`began`](DialPolicy::began), and then how it went.
#[derive(Debug, Clone)]
pub struct DialPolicy {
    rules: DialRules,
    kept: Kept,
    /// When the latest credits were given, in running time.
    credited_at: Vec<Duration>,
    last_failure: Option<(Failure, u32)>,
    wait_until: Duration,
}

impl DialPolicy {
    /// Begins with what an earlier run has kept, which is nothing at first.
    #[must_use]
    pub fn new(rules: DialRules, kept: Kept) -> Self {
        // How long ago the last credit was is not known any more: as if it were now.
        let credited_at = kept
            .credited
            .last()
            .map(|_| Duration::ZERO)
            .into_iter()
            .collect();
        Self {
            rules,
            kept,
            credited_at,
            last_failure: None,
            wait_until: Duration::ZERO,
        }
    }

    /// What has to be kept; it changes with a new day and with each call.
    #[must_use]
    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Calls that the day still has, those kept for what is urgent among them.
    #[must_use]
    pub fn calls_left(&self) -> u32 {
        self.rules.calls_per_day.saturating_sub(self.kept.calls)
    }

    /// Whether to call now for something that is `urgent` or not.
    pub fn decide(&mut self, now: Now, urgent: bool) -> Decision {
        self.credit(now);
        let kept_for_urgent = if urgent {
            0
        } else {
            self.rules.kept_for_urgent
        };
        if self.calls_left() <= kept_for_urgent {
            return Decision::BudgetSpent;
        }
        let cheap = match self.rules.cheap_hours {
            Some(hours) if !urgent => hours.wait(now.wall.time()),
            _ => Duration::ZERO,
        };
        let until = self.wait_until.max(now.running + cheap);
        if until <= now.running {
            Decision::DialNow
        } else {
            Decision::WaitUntil(until)
        }
    }

    /// A call is being made; it counts, however it goes.
    pub fn began(&mut self, now: Now) {
        self.credit(now);
        self.kept.calls = self.kept.calls.saturating_add(1);
    }

    /// The call was opened: nothing has to be waited for after it.
    pub fn opened(&mut self) {
        self.last_failure = None;
        self.wait_until = Duration::ZERO;
    }

    /// The call was not opened. `random` spreads the waits of kiosks that failed at the same moment, by up to
    /// a quarter.
    pub fn failed(&mut self, now: Now, failure: Failure, random: u32) {
        let times = match self.last_failure {
            Some((last, times)) if last == failure => times.saturating_add(1),
            _ => 0,
        };
        self.last_failure = Some((failure, times));
        let (first, most) = failure.waits();
        let wait = first.saturating_mul(2_u32.saturating_pow(times)).min(most);
        let spread = wait.mul_f64(0.25 * f64::from(random) / f64::from(u32::MAX));
        self.wait_until = now.running + wait + spread;
        if failure == Failure::NotDialled {
            self.kept.calls = self.kept.calls.saturating_sub(1);
        }
    }

    /// Gives the calls of the day that the wall clock shows, if they are due.
    fn credit(&mut self, now: Now) {
        let day = now.wall.date();
        self.credited_at.retain(|&at| now.running < at + DAY);
        let is_due = match self.kept.credited.iter().max() {
            None => true,
            Some(latest) => {
                let a_day_has_passed = self.credited_at.is_empty();
                !self.kept.credited.contains(&day)
                    && (*latest < day || a_day_has_passed)
                    && self.credited_at.len() < CREDITS_PER_24_HOURS
            }
        };
        if is_due {
            self.kept.calls = 0;
            self.kept.credited.push(day);
            self.credited_at.push(now.running);
            if CREDITED_DAYS_MAX < self.kept.credited.len() {
                self.kept.credited.remove(0);
            }
        }
    }
}

#[cfg(test)]
mod tests;
