//! What is known of one route.

use std::time::Duration;

use link::Tick;

use super::{Bar, Patience, SLICE_BYTES, Standing};

/// What choosing has to know of a route's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// What may go over it in a month, both ways, but for what is urgent; `None`: as much as there is.
    pub bytes_per_month: Option<u64>,
    /// Each opening is a call, so that it is opened only when there is a reason.
    pub is_called: bool,
    /// The wait after the first failure; it doubles with each further one.
    pub retry_first: Duration,
    /// The longest wait after a failure.
    pub retry_max: Duration,
}

impl Terms {
    /// Whether it costs by the call or by the byte.
    #[must_use]
    pub const fn costs(&self) -> bool {
        self.is_called || self.bytes_per_month.is_some()
    }
}

#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) terms: Terms,
    /// Bytes of this month.
    pub(super) used: u64,
    pub(super) is_there: bool,
    pub(super) bar: Bar,
    /// Failures since it was last sound.
    failures: u32,
    retry_at: Tick,
    /// Failures since anything last worked, over whatever route.
    pub(super) turns: u32,
    /// How often it was left before it was sound.
    short_stays: u32,
    /// From when on it may take over from a costlier one.
    pub(super) return_at: Tick,
    /// When the county was last heard over it.
    pub(super) answered: Option<Tick>,
}

impl Route {
    pub(super) fn new(terms: Terms, now: Tick) -> Self {
        Self {
            terms,
            used: 0,
            is_there: true,
            bar: Bar::None,
            failures: 0,
            retry_at: now,
            turns: 0,
            short_stays: 0,
            return_at: now,
            answered: None,
        }
    }

    /// It failed at `now`; the county had answered over it since `answered`.
    pub(super) fn fail(&mut self, now: Tick, answered: Option<Tick>, patience: &Patience) {
        if is_sound(now, answered, patience) {
            self.failures = 0;
            self.short_stays = 0;
        } else {
            self.short_stays = self.short_stays.saturating_add(1);
        }
        self.retry_at = now + doubled(self.terms.retry_first, self.failures, self.terms.retry_max);
        self.failures = self.failures.saturating_add(1);
        self.turns = self.turns.saturating_add(1);
        self.put_off_return(now, patience);
    }

    /// It was let go of in good order at `now`.
    pub(super) fn leave(&mut self, now: Tick, answered: Option<Tick>, patience: &Patience) {
        if is_sound(now, answered, patience) {
            self.short_stays = 0;
        }
        if answered.is_some() {
            self.failures = 0;
            self.retry_at = now;
            self.put_off_return(now, patience);
        }
    }

    fn put_off_return(&mut self, now: Tick, patience: &Patience) {
        let times = self.short_stays.saturating_sub(1);
        let wait = doubled(patience.return_first, times, patience.return_max);
        self.return_at = now + wait;
    }

    pub(super) fn may_open(&self, now: Tick) -> bool {
        self.is_there && self.bar.is_over(now) && self.retry_at <= now
    }

    /// Whether the month's budget holds a slice that is not urgent.
    pub(super) fn holds_pictures(&self) -> bool {
        self.terms
            .bytes_per_month
            .is_none_or(|budget| self.used.saturating_add(SLICE_BYTES) <= budget)
    }

    pub(super) fn standing(&self, now: Tick) -> Standing {
        if !self.is_there {
            Standing::Absent
        } else if self.bar == Bar::Today {
            Standing::Barred { until: None }
        } else if let Bar::Until(until) = self.bar
            && now < until
        {
            // After a failure it is barred for that.
            if 0 < self.failures {
                let retry_at = self.retry_at.max(until);
                Standing::Failed { retry_at }
            } else {
                Standing::Barred { until: Some(until) }
            }
        } else if 0 < self.failures {
            let retry_at = self.retry_at;
            Standing::Failed { retry_at }
        } else {
            Standing::Resting
        }
    }
}

/// Whether the county has answered long enough to forget what was before.
fn is_sound(now: Tick, answered: Option<Tick>, patience: &Patience) -> bool {
    answered.is_some_and(|answered| patience.sound <= now.since(answered))
}

/// `first`, doubled so often, and at most `max`.
fn doubled(first: Duration, times: u32, max: Duration) -> Duration {
    // More doublings than that pass any bound.
    first.saturating_mul(1 << times.min(20)).min(max)
}
