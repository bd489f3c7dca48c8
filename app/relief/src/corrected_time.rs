//! When something on a kiosk really happened, from what its messages and the county's clock say together.
//!
//! A kiosk may have no clock chip: its wall clock can be years off and can be set at any moment. It is sure
//! of two things only: how its boots follow each other, and how much time a boot has counted. The county's
//! clock is believed. From these, every moment on a kiosk lies between two times of the county's clock:
//!
//! - not before a time that the kiosk had heard from the county by then, and the ticks it counted since;
//! - not after the county received a message made at that moment or later, less the ticks between the two.
//!
//! Ticks tell the least that has passed: they stand still while a machine sleeps, and a crystal is not exact
//! ([`TICKS_PER_LOST_TICK`]). So they carry a known time only away from it: later if it bounds from below,
//! earlier if it bounds from above. Between two boots passes at least what the later one has counted.
//!
//! Source: F. Cristian, "Probabilistic clock synchronization", Distributed Computing 3, 1989 (bounds from the
//! two ends of a message), with the tick taken as a lower bound of elapsed time instead of a clock.

use std::collections::BTreeMap;

use crate::record::KioskTime;

/// A tick in so many may be one too many: 200 in a million, twice what a plain quartz of a board is
/// specified for over its temperature range.
pub const TICKS_PER_LOST_TICK: u64 = 5_000;

/// 2024-01-01 in China, Unix milliseconds: before the first kiosk stood, so no wall clock that is set shows
/// an earlier time.
pub const CLOCK_SET_SINCE_MS: i64 = 1_704_038_400_000;

/// One message of a kiosk as the county received it: a record, by the time of its submission, or a clock
/// report, by the time it was made. The county's ledger keeps one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// When the message was made, as the kiosk tells it.
    pub made: KioskTime,
    /// When it was received, by the county's clock, Unix milliseconds UTC. Later than need be does no harm.
    pub received_ms: i64,
}

/// What a corrected time rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeBasis {
    /// The kiosk's wall clock, which can be right.
    WallClock,
    /// The wall clock cannot be right; a bound stands in its place.
    Bound,
    /// The bounds contradict each other: the county's own clock was set, or a disk was restored. The time
    /// lies between them, as near to the wall clock as they allow.
    Contradiction,
}

/// When something on a kiosk happened; all times are Unix milliseconds UTC by the county's clock.
///
/// The truth lies in `earliest_ms ..= latest_ms`, to the millisecond to which ticks are read, unless `basis`
/// is a contradiction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CorrectedTime {
    /// Not before this; `None` if the kiosk had heard no time of the county's by then.
    pub earliest_ms: Option<i64>,
    /// Not after this.
    pub latest_ms: i64,
    /// The time to work with, within the two. Moments of one boot keep their order in it.
    pub time_ms: i64,
    /// What it rests on.
    pub basis: TimeBasis,
}

/// All that is known of one kiosk's time.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    /// In their order, each place once.
    places: Vec<Place>,
}

/// A tick of a boot at which the kiosk made a message or heard the county's time.
///
/// What happened within one tick has no known order, so places bound others, never what lies at themselves.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: At,
    /// The earliest that can be for what comes after, the latest for what comes before.
    bounds: Bounds,
    /// The corrected time of the earliest message here; where there is none, of the next of the boot, less
    /// the ticks between.
    time: Option<Fine>,
}

/// Boot number and tick, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct At {
    boot_id: u32,
    tick_ms: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Bounds {
    earliest: Option<Fine>,
    latest: Option<Fine>,
}

/// A time of the county's clock or a span of it, in parts of a millisecond, [`TICKS_PER_LOST_TICK`] to one: so
/// the ticks of a boot add up to the same, whichever moments lie between. Any sum of `i64` and `u64` fits.
type Fine = i128;

const FINE_PER_MS: Fine = TICKS_PER_LOST_TICK as Fine;

const fn fine(ms: i64) -> Fine {
    ms as Fine * FINE_PER_MS
}

/// Whole milliseconds, rounded down; beyond what a time can be, the farthest that it can.
fn whole_ms(time: Fine) -> i64 {
    let ms = time.div_euclid(FINE_PER_MS);
    i64::try_from(ms).unwrap_or(if ms < 0 { i64::MIN } else { i64::MAX })
}

impl Timeline {
    /// Lays out what a kiosk's messages tell, in any order, each once or more often.
    ///
    /// Messages of an uncounted boot (0) have no place among the others and are left out. Takes the time of
    /// sorting; make it once for many times of one kiosk.
    #[must_use]
    pub fn new(exchanges: impl IntoIterator<Item = Exchange>) -> Self {
        let mut messages: BTreeMap<At, Vec<Exchange>> = BTreeMap::new();
        for exchange in exchanges {
            if exchange.made.boot_id != 0 {
                messages
                    .entry(At::made(&exchange))
                    .or_default()
                    .push(exchange);
            }
        }
        let mut bounds: BTreeMap<At, Bounds> = BTreeMap::new();
        for exchange in messages.values().flatten() {
            let own = bounds.entry(At::made(exchange)).or_default();
            own.lower(Some(fine(exchange.received_ms)), 0);
            if let Some((at, county)) = heard(exchange) {
                bounds.entry(at).or_default().raise(Some(county), 0);
            }
        }
        let mut timeline = Self {
            places: bounds
                .into_iter()
                .map(|(at, bounds)| Place {
                    at,
                    bounds,
                    time: None,
                })
                .collect(),
        };
        timeline.spread();
        for index in (0..timeline.places.len()).rev() {
            let at = timeline.places[index].at;
            let here = messages.get(&at).into_iter().flatten();
            timeline.places[index].time = here
                .map(|exchange| timeline.judge(exchange).time)
                .chain(timeline.ceiling(at))
                .min();
        }
        timeline
    }

    /// Lets every place bound all others.
    fn spread(&mut self) {
        for index in 1..self.places.len() {
            let (before, place) = (self.places[index - 1], &mut self.places[index]);
            let since = before.at.surely_to(place.at);
            place.bounds.raise(before.bounds.earliest, since);
        }
        for index in (1..self.places.len()).rev() {
            let (after, place) = (self.places[index], &mut self.places[index - 1]);
            let until = place.at.surely_to(after.at);
            place.bounds.lower(after.bounds.latest, until);
        }
    }

    /// When the message of `exchange` was made.
    ///
    /// The time is the wall clock's where that lies within the bounds, was set at all
    /// ([`CLOCK_SET_SINCE_MS`]) and does not go beyond a later message of its boot: of two readings that
    /// contradict each other the later is believed, because clocks are set right more often than wrong, and
    /// the earlier time takes nobody's days away. Else it is the bound nearest to the wall clock, and the
    /// latest time where a clock that was never set meets no earliest one.
    ///
    /// `exchange` may be among those of the timeline or not; only of those that are is the order kept.
    #[must_use]
    pub fn correct(&self, exchange: &Exchange) -> CorrectedTime {
        let Judgement { bounds, time } = self.judge(exchange);
        let (earliest, latest) = bounds.ordered();
        CorrectedTime {
            earliest_ms: earliest.map(whole_ms),
            // Rounded up.
            latest_ms: latest.map_or(exchange.received_ms, |latest| {
                whole_ms(latest + FINE_PER_MS - 1)
            }),
            time_ms: whole_ms(time),
            basis: if bounds.contradict() {
                TimeBasis::Contradiction
            } else if time == fine(exchange.made.wall_ms) {
                TimeBasis::WallClock
            } else {
                TimeBasis::Bound
            },
        }
    }

    fn judge(&self, exchange: &Exchange) -> Judgement {
        let at = At::made(exchange);
        let mut bounds = Bounds::default();
        bounds.lower(Some(fine(exchange.received_ms)), 0);
        if let Some((heard_at, county)) = heard(exchange)
            && heard_at <= at
        {
            bounds.raise(Some(county), heard_at.surely_to(at));
        }
        let mut ceiling = None;
        if at.boot_id != 0 {
            if let Some(before) = self.before(at) {
                bounds.raise(before.bounds.earliest, before.at.surely_to(at));
            }
            if let Some(after) = self.after(at) {
                bounds.lower(after.bounds.latest, at.surely_to(after.at));
            }
            ceiling = self.ceiling(at);
        }
        let own = bounds.nearest(fine(exchange.made.wall_ms));
        let time = ceiling.map_or(own, |ceiling| own.min(ceiling));
        Judgement { bounds, time }
    }

    fn before(&self, at: At) -> Option<&Place> {
        let count = self.places.partition_point(|place| place.at < at);
        self.places[..count].last()
    }

    fn after(&self, at: At) -> Option<&Place> {
        let count = self.places.partition_point(|place| place.at <= at);
        self.places.get(count)
    }

    /// The latest time that something at `at` can have if the next message of its boot keeps its own.
    fn ceiling(&self, at: At) -> Option<Fine> {
        let after = self.after(at)?;
        (after.at.boot_id == at.boot_id)
            .then_some(after.time?)
            .map(|time| time - at.surely_to(after.at))
    }
}

struct Judgement {
    bounds: Bounds,
    time: Fine,
}

/// Where the kiosk heard the county's time, and which. What an earlier boot heard was known when this one
/// started.
fn heard(exchange: &Exchange) -> Option<(At, Fine)> {
    let at = At {
        boot_id: exchange.made.boot_id,
        tick_ms: exchange.made.county_tick_ms.unwrap_or(0),
    };
    Some((at, fine(exchange.made.county_ms?)))
}

impl At {
    const fn made(exchange: &Exchange) -> Self {
        Self {
            boot_id: exchange.made.boot_id,
            tick_ms: exchange.made.tick_ms,
        }
    }

    /// What has surely passed from here to `later`, which is not before it.
    fn surely_to(self, later: Self) -> Fine {
        let ticks = if self.boot_id == later.boot_id {
            later.tick_ms.saturating_sub(self.tick_ms)
        } else {
            later.tick_ms
        };
        Fine::from(ticks) * (FINE_PER_MS - 1)
    }
}

impl Bounds {
    fn raise(&mut self, earliest: Option<Fine>, surely_since: Fine) {
        self.earliest = self.earliest.max(earliest.map(|time| time + surely_since));
    }

    fn lower(&mut self, latest: Option<Fine>, surely_until: Fine) {
        let until = latest.map(|time| time - surely_until);
        self.latest = self.latest.into_iter().chain(until).min();
    }

    /// Whether they leave no time at all, not even for ticks that are read to the whole millisecond.
    fn contradict(self) -> bool {
        self.earliest
            .zip(self.latest)
            .is_some_and(|(earliest, latest)| earliest > latest + FINE_PER_MS)
    }

    /// The bounds, the lesser first where both are known.
    fn ordered(self) -> (Option<Fine>, Option<Fine>) {
        match (self.earliest, self.latest) {
            (Some(earliest), Some(latest)) => {
                (Some(earliest.min(latest)), Some(earliest.max(latest)))
            }
            one => one,
        }
    }

    /// The time within the bounds that is nearest to the wall clock; the latest where there is no earliest
    /// and the clock was never set.
    fn nearest(self, wall: Fine) -> Fine {
        match self.ordered() {
            (_, Some(latest)) if wall > latest => latest,
            (Some(earliest), _) => wall.max(earliest),
            (None, Some(latest)) if wall < fine(CLOCK_SET_SINCE_MS) => latest,
            (None, _) => wall,
        }
    }
}

#[cfg(test)]
mod tests;
