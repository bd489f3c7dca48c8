//! Which of a kiosk's routes to the county is held, and what may go over it. Touches no line and reads no clock.
//!
//! Routes stand in the order of their cost. The cheapest that works is held; when it fails, the next one takes over,
//! and when it works again, it is returned to. One that costs by the call or by the byte (a modem, or anything with a
//! budget) is opened when there is something to bring and let go when there is not.
//!
//! What is urgent, records and what counts as control, goes over any route at any time. Pictures and ink wait
//! - when the budget of the month does not hold them, until the month is over or another route takes them;
//! - on a route that costs, as long as a better one was there a little while ago.
//!
//! The owner calls [`Chooser::decide`] about once a second and after everything that it has told, does what it says,
//! and tells how that went. No decision asks for two routes at once: [`Decision::Try`] leaves the held one in its
//! place until the other is open.

mod decision;
mod patience;
mod route;
#[cfg(test)]
mod tests;

use link::{Priority, Tick};

pub use decision::{Bar, Decision, Permit, Standing, Waiting};
pub use patience::Patience;
use route::Route;
pub use route::Terms;

/// The most that may still go over a route after pictures were forbidden on it: what a session has put into the line
/// and what its peer answers to that, or one request with its blocks and the answer. So much of a budget is left
/// when pictures end.
pub const SLICE_BYTES: u64 = 96 << 10;

/// The state of all routes.
#[derive(Debug, Clone)]
pub struct Chooser {
    routes: Vec<Route>,
    patience: Patience,
    held: Option<Held>,
    /// When the county was last heard over any route.
    heard: Option<Tick>,
    started: Tick,
}

/// The route that is open.
#[derive(Debug, Clone, Copy)]
struct Held {
    route: usize,
    /// Since when the county answers over it.
    answers: Option<Tick>,
    /// When it was opened, or the county fell silent.
    silent: Tick,
    /// When something last arrived that had not been there, or when there was nothing that could.
    progress: Tick,
    /// When something was last on its way or waited to be.
    busy: Tick,
    /// Its silence has been counted as a failure.
    is_counted: bool,
}

impl Chooser {
    /// Routes in the order of their cost, the cheapest first, of which nothing is known yet.
    #[must_use]
    pub fn new(terms: Vec<Terms>, patience: Patience, now: Tick) -> Self {
        Self {
            routes: terms
                .into_iter()
                .map(|terms| Route::new(terms, now))
                .collect(),
            patience,
            held: None,
            heard: None,
            started: now,
        }
    }

    /// The route that is held.
    #[must_use]
    pub fn held(&self) -> Option<usize> {
        self.held.map(|held| held.route)
    }

    /// Whether the county answers over the held route.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.held.is_some_and(|held| held.answers.is_some())
    }

    /// How many routes there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.routes.len()
    }

    /// What counts as used of the month's budget.
    pub fn set_used(&mut self, route: usize, bytes: u64) {
        if let Some(route) = self.routes.get_mut(route) {
            route.used = bytes;
        }
    }

    /// Whether the route's device is plugged in, as far as can be seen without opening it.
    pub fn set_there(&mut self, route: usize, is_there: bool) {
        if let Some(route) = self.routes.get_mut(route) {
            route.is_there = is_there;
        }
    }

    /// Whether the route may be called now; told again whenever that may have changed.
    pub fn set_bar(&mut self, route: usize, bar: Bar) {
        if let Some(route) = self.routes.get_mut(route) {
            route.bar = bar;
        }
    }

    /// The route is open; it takes the place of any other.
    pub fn opened(&mut self, now: Tick, route: usize) {
        self.let_go(now);
        if route < self.routes.len() {
            self.held = Some(Held {
                route,
                answers: None,
                silent: now,
                progress: now,
                busy: now,
                is_counted: false,
            });
        }
    }

    /// The route could not be opened, or the line over it is gone.
    pub fn failed(&mut self, now: Tick, route: usize) {
        let held = self.held.filter(|held| held.route == route);
        if held.is_some() {
            self.held = None;
        }
        let Some(failed) = self.routes.get_mut(route) else {
            return;
        };
        // A line over which the county had fallen silent has paid for that.
        if !held.is_some_and(|held| held.is_counted) {
            let answered = held.and_then(|held| held.answers);
            failed.fail(now, answered, &self.patience);
        }
    }

    /// The held route was let go of.
    pub fn let_go(&mut self, now: Tick) {
        if let Some(held) = self.held.take() {
            let answered = held.answers.filter(|_| !held.is_counted);
            if answered.is_some() {
                self.end_round();
            }
            self.routes[held.route].leave(now, answered, &self.patience);
        }
    }

    /// The county answers over the held route.
    pub fn connected(&mut self, now: Tick) {
        if let Some(held) = &mut self.held {
            held.answers.get_or_insert(now);
            held.is_counted = false;
            held.progress = now;
            held.busy = now;
        }
    }

    /// The line is open, and the county has fallen silent.
    pub fn disconnected(&mut self, now: Tick) {
        if let Some(held) = &mut self.held
            && held.answers.take().is_some()
        {
            held.silent = now;
            self.routes[held.route].answered = Some(now);
        }
    }

    /// Bytes went over the held route, in either direction.
    pub fn moved(&mut self, bytes: u64) {
        if let Some(held) = self.held {
            let used = &mut self.routes[held.route].used;
            *used = used.saturating_add(bytes);
        }
    }

    /// The county has something over the held route that it had not before, or the kiosk has.
    pub fn progressed(&mut self, now: Tick) {
        if let Some(held) = &mut self.held {
            held.progress = now;
            held.is_counted = false;
            self.end_round();
        }
    }

    /// What to do now.
    pub fn decide(&mut self, now: Tick, waiting: Waiting) -> Decision {
        let Some(held) = self.observe(now, waiting) else {
            return match self.candidate(now, waiting, None) {
                Some(route) => Decision::Open(route),
                None => Decision::Rest,
            };
        };
        if self.has_failed(&held, now, waiting) {
            return self.decide_failed(held, now, waiting);
        }
        if held.answers.is_none() {
            return Decision::Hold;
        }
        if let Some(better) = self.better(&held, now, waiting) {
            return Decision::Try(better);
        }
        let costs = self.routes[held.route].terms.costs();
        if costs && self.patience.let_go <= now.since(held.busy) {
            return Decision::LetGo;
        }
        Decision::Hold
    }

    /// What may go over a route now.
    #[must_use]
    pub fn permit(&self, route: usize, now: Tick) -> Permit {
        let Some(of) = self.routes.get(route) else {
            return Permit::All;
        };
        if !of.holds_pictures() {
            return Permit::BudgetSpent;
        }
        match self.better_until(route) {
            Some(until) if now < until => Permit::BetterExpected { until },
            _ => Permit::All,
        }
    }

    /// What may go over the held route now; nothing is held back while none is held.
    #[must_use]
    pub fn permit_now(&self, now: Tick) -> Permit {
        self.held
            .map_or(Permit::All, |held| self.permit(held.route, now))
    }

    /// What counts as used of the route's month.
    #[must_use]
    pub fn used(&self, route: usize) -> u64 {
        self.routes.get(route).map_or(0, |route| route.used)
    }

    /// How a route stands.
    #[must_use]
    pub fn standing(&self, route: usize, now: Tick) -> Standing {
        let held = self.held.filter(|held| held.route == route);
        match (held, self.routes.get(route)) {
            (Some(held), _) if held.answers.is_some() => Standing::Connected,
            (Some(_), _) => Standing::Greeting,
            (None, Some(route)) => route.standing(now),
            (None, None) => Standing::Absent,
        }
    }

    /// Keeps the held route's times up to `now`.
    fn observe(&mut self, now: Tick, waiting: Waiting) -> Option<Held> {
        let least = self.permit_now(now).least();
        let held = self.held.as_mut()?;
        if held.answers.is_some() {
            self.heard = Some(now);
            self.routes[held.route].answered = Some(now);
            if !waiting.urgent {
                for route in &mut self.routes {
                    route.turns = 0;
                }
            }
        }
        let has_work = waiting.urgent || (waiting.pictures && least == Priority::Picture);
        if has_work || waiting.under_way {
            held.busy = now;
        }
        // Only what is urgent and on its way has to arrive: an object may wait for its next try on the best of lines.
        if !(waiting.urgent && waiting.under_way) {
            held.progress = now;
        }
        Some(*held)
    }

    fn has_failed(&self, held: &Held, now: Tick, waiting: Waiting) -> bool {
        match held.answers {
            None => self.patience.answer <= now.since(held.silent),
            Some(_) => waiting.urgent && self.patience.progress <= now.since(held.progress),
        }
    }

    /// A line that is open and carries nothing is left for any other, and kept while there is none, unless it costs.
    fn decide_failed(&mut self, held: Held, now: Tick, waiting: Waiting) -> Decision {
        if !held.is_counted {
            self.routes[held.route].fail(now, held.answers, &self.patience);
            if let Some(held) = &mut self.held {
                held.is_counted = true;
            }
        }
        match self.candidate(now, waiting, Some(held.route)) {
            Some(other) => Decision::Open(other),
            None if self.routes[held.route].terms.costs() => Decision::LetGo,
            None => Decision::Hold,
        }
    }

    /// The cheapest route, but for one, that may be opened now and is of use; while nothing works, those first that have
    /// failed less often, so that each has its turn.
    fn candidate(&self, now: Tick, waiting: Waiting, but_for: Option<usize>) -> Option<usize> {
        (0..self.routes.len())
            .filter(|route| {
                Some(*route) != but_for
                    && self.routes[*route].may_open(now)
                    && self.is_wanted(*route, now, waiting)
            })
            .min_by_key(|route| (self.routes[*route].turns, *route))
    }

    /// Something works: the cheapest route comes first again.
    fn end_round(&mut self) {
        for route in &mut self.routes {
            route.turns = 0;
        }
    }

    /// Whether there is a reason to hold the route.
    fn is_wanted(&self, route: usize, now: Tick, waiting: Waiting) -> bool {
        let silent = now.since(self.heard.unwrap_or(self.started));
        !self.routes[route].terms.costs()
            || waiting.urgent
            || (waiting.pictures && self.permit(route, now) == Permit::All)
            || self.heard.is_none()
            || self.patience.listen <= silent
    }

    /// A cheaper route than the held one that may take over now. No call is made while another route works.
    fn better(&self, held: &Held, now: Tick, waiting: Waiting) -> Option<usize> {
        let rests = !waiting.under_way && self.patience.rest <= now.since(held.busy);
        let takes_pictures = self.permit(held.route, now) == Permit::All;
        (0..held.route).find(|route| {
            let better = &self.routes[*route];
            let takes_all =
                !waiting.pictures || !takes_pictures || self.permit(*route, now) == Permit::All;
            let breaks_in = better.return_at + self.patience.break_in <= now && !waiting.urgent;
            better.may_open(now)
                && !better.terms.is_called
                && better.return_at <= now
                && takes_all
                && self.is_wanted(*route, now, waiting)
                && (rests || breaks_in)
        })
    }

    /// Until when pictures on this route wait for a better one: a route that costs nothing, or less.
    fn better_until(&self, route: usize) -> Option<Tick> {
        if !self.routes[route].terms.costs() {
            return None;
        }
        let is_better = |other: usize| {
            let better = &self.routes[other];
            other != route && (!better.terms.costs() || (other < route && better.holds_pictures()))
        };
        (0..self.routes.len())
            .filter(|other| is_better(*other))
            .map(|other| {
                self.routes[other].answered.unwrap_or(self.started) + self.patience.pictures
            })
            .max()
    }
}
