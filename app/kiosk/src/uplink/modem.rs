//! When a modem's route may be called, by the rules of its settings and what was called before.

use chrono::NaiveDateTime;
use devices::dial_policy::{Decision, DialPolicy, DialRules, Failure, Kept, Now};
use devices::line::OpenFault;
use link::Tick;
use relief::china_time;

use super::chooser::Bar;
use super::outbox::Outbox;
use crate::appliance::clock;

/// The rules of one modem, and how its day stands.
pub(crate) struct Calls {
    route: String,
    policy: DialPolicy,
}

impl Calls {
    /// Goes on from what the kiosk's file has kept of the route; from nothing if it cannot be read.
    pub(crate) fn begin(route: &str, rules: DialRules, outbox: &Outbox) -> Self {
        let kept = outbox.kept_of_route(route).ok().flatten();
        let kept = kept.and_then(|kept| toml::from_str::<Kept>(&kept).ok());
        Self {
            route: route.to_owned(),
            policy: DialPolicy::new(rules, kept.unwrap_or_default()),
        }
    }

    /// Whether it may be called now for something that is urgent or not.
    pub(crate) fn bar(&mut self, now: clock::Now, outbox: &Outbox, is_urgent: bool) -> Bar {
        match self.policy.decide(told(now, outbox), is_urgent) {
            Decision::DialNow => Bar::None,
            Decision::WaitUntil(running) => Bar::Until(Tick(0) + running),
            Decision::BudgetSpent => Bar::Today,
        }
    }

    /// A call is being made. It is in the file before it is made, so that no crash makes it free.
    pub(crate) fn began(&mut self, now: clock::Now, outbox: &mut Outbox) {
        self.policy.began(told(now, outbox));
        self.keep(outbox);
    }

    /// The call came to a line.
    pub(crate) fn opened(&mut self) {
        self.policy.opened();
    }

    /// The call came to nothing.
    pub(crate) fn failed(&mut self, now: clock::Now, outbox: &mut Outbox, fault: &OpenFault) {
        // Without chance all kiosks wait alike, which is no more than a nuisance.
        let random = getrandom::u32().unwrap_or_default();
        let now = told(now, outbox);
        self.policy.failed(now, Failure::of(fault), random);
        self.keep(outbox);
    }

    fn keep(&self, outbox: &mut Outbox) {
        // A disk that takes nothing must not keep records from being sent.
        if let Ok(kept) = toml::to_string(self.policy.kept()) {
            let _ = outbox.keep_of_route(&self.route, &kept);
        }
    }
}

/// The time as the rules want it: running, and China's by the best clock.
fn told(now: clock::Now, outbox: &Outbox) -> Now {
    Now {
        running: now.tick.since(Tick(0)),
        wall: outbox
            .best_time(now)
            .and_then(|best| china_time(best.ms))
            .map_or(NaiveDateTime::MIN, |time| time.naive_local()),
    }
}
