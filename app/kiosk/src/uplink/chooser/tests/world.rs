//! Routes that work and fail by a script, and a kiosk's worker that does what the chooser says, in virtual seconds.

use std::time::Duration;

use link::{Priority, Tick};
use proptest::prelude::*;

use super::super::*;

/// What a route does when it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    /// No device.
    Absent,
    /// It does not open; an open line breaks.
    Dead,
    /// It opens, and nobody answers.
    Silent,
    /// The county answers, and nothing arrives.
    Stuck,
    /// Everything goes.
    Works,
}

/// From which second on a route does what.
pub(super) type Script = Vec<(u64, Weather)>;

pub(super) fn always(weather: Weather) -> Script {
    vec![(0, weather)]
}

/// Six hours of weather.
pub(super) fn weather() -> impl Strategy<Value = Script> {
    let one = prop_oneof![
        1 => Just(Weather::Absent),
        3 => Just(Weather::Dead),
        2 => Just(Weather::Silent),
        1 => Just(Weather::Stuck),
        4 => Just(Weather::Works),
    ];
    // Weather that lasts, and weather that changes by the second.
    let lasting = prop_oneof![1u64..20, 20u64..600, 600u64..7200];
    prop::collection::vec((lasting, one), 1..60).prop_map(|spells| {
        let mut from = 0;
        let spell = |(lasts, weather)| {
            let begun = (from, weather);
            from += lasts;
            begun
        };
        spells.into_iter().map(spell).collect()
    })
}

/// A route of a kiosk, and its rate.
#[derive(Debug, Clone, Copy)]
pub(super) struct RouteMade {
    pub(super) terms: Terms,
    bytes_per_second: u64,
}

impl RouteMade {
    pub(super) const fn with_budget(mut self, bytes: u64) -> Self {
        self.terms.bytes_per_month = Some(bytes);
        self
    }

    pub(super) const fn at(mut self, bytes_per_second: u64) -> Self {
        self.bytes_per_second = bytes_per_second;
        self
    }
}

const fn made(is_called: bool, retry_first_s: u64, retry_max_s: u64) -> RouteMade {
    RouteMade {
        terms: Terms {
            bytes_per_month: None,
            is_called,
            retry_first: Duration::from_secs(retry_first_s),
            retry_max: Duration::from_secs(retry_max_s),
        },
        bytes_per_second: 5000,
    }
}

pub(super) const CABLE: RouteMade = made(false, 1, 10);
pub(super) const NETWORK: RouteMade = made(false, 5, 300);
pub(super) const MODEM: RouteMade = made(true, 30, 1800);

pub(super) fn terms() -> impl Strategy<Value = RouteMade> {
    let kind = prop_oneof![Just(CABLE), Just(NETWORK), Just(MODEM)];
    (kind, prop::option::of(0u64..2_000_000)).prop_map(|(mut route, budget)| {
        route.terms.bytes_per_month = budget;
        route
    })
}

/// How long the world takes to open a route, or to find that it does not open.
const OPENING: Duration = Duration::from_secs(4);
/// How long the county takes to answer a greeting.
const GREETING: Duration = Duration::from_secs(2);

pub(super) struct World {
    pub(super) chooser: Chooser,
    pub(super) now: Tick,
    routes: Vec<RouteMade>,
    pub(super) weather: Vec<Script>,
    /// When what comes to the outbox: the second, whether it is a record, its bytes.
    pub(super) arrivals: Vec<(u64, bool, u64)>,
    pub(super) records: u64,
    pub(super) pictures: u64,
    opened_at: Tick,
    answers: bool,
    /// Openings that failed, by route.
    pub(super) opened_in_vain: Vec<u32>,
    /// Routes that cost were opened so often.
    pub(super) calls: u32,
    /// The first byte of a picture beyond a budget: the route, and what was used.
    pub(super) over_budget: Option<(usize, u64)>,
    /// When another route answered than the one before.
    pub(super) switches: Vec<Tick>,
    last: Option<usize>,
    /// Since when records wait and some one route has worked without a break.
    waits_since: Option<Tick>,
    works_since: Vec<Option<Tick>>,
    pub(super) longest_wait_beside_a_working_route: Duration,
}

impl World {
    pub(super) fn new(routes: &[RouteMade]) -> Self {
        let now = Tick(0);
        let terms = routes.iter().map(|route| route.terms).collect();
        Self {
            chooser: Chooser::new(terms, Patience::default(), now),
            now,
            routes: routes.to_vec(),
            weather: vec![always(Weather::Works); routes.len()],
            arrivals: Vec::new(),
            records: 0,
            pictures: 0,
            opened_at: now,
            answers: false,
            opened_in_vain: vec![0; routes.len()],
            calls: 0,
            over_budget: None,
            switches: Vec::new(),
            last: None,
            waits_since: None,
            works_since: vec![None; routes.len()],
            longest_wait_beside_a_working_route: Duration::ZERO,
        }
    }

    /// The longest that a record waits while some route works all the time: for the longest wait after failures, and
    /// for each other route once its opening, its greeting and its standing still; twice, since a second route may
    /// come back into its turn meanwhile.
    pub(super) fn wait_max(&self) -> Duration {
        let patience = Patience::default();
        let each = OPENING + patience.answer + patience.progress;
        let retry_max = self.routes.iter().map(|route| route.terms.retry_max).max();
        retry_max.unwrap_or_default()
            + 2 * each * self.routes.len() as u32
            + Duration::from_secs(60)
    }

    pub(super) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.step();
        }
    }

    pub(super) fn most_switches_in(&self, window: Duration) -> usize {
        let within = |from: &Tick| {
            let close = |at: &&Tick| *from <= **at && at.since(*from) < window;
            self.switches.iter().filter(close).count()
        };
        self.switches.iter().map(within).max().unwrap_or(0)
    }

    fn weather_of(&self, route: usize) -> Weather {
        let second = self.now.0 / 1_000_000;
        let begun = |(from, _): &&(u64, Weather)| *from <= second;
        let script = &self.weather[route];
        script
            .iter()
            .rev()
            .find(begun)
            .map_or(Weather::Dead, |(_, weather)| *weather)
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now = self.now + Duration::from_secs(1);
            let second = self.now.0 / 1_000_000;
            for (_, is_record, bytes) in self.arrivals.iter().filter(|(at, _, _)| *at == second) {
                let pile = if *is_record {
                    &mut self.records
                } else {
                    &mut self.pictures
                };
                *pile += bytes.min(if *is_record { &1500 } else { bytes });
            }
            self.look_at_waits();
        }
    }

    /// Records that lie while one and the same route has worked since they came, or since it began to work.
    fn look_at_waits(&mut self) {
        for route in 0..self.routes.len() {
            let works = self.weather_of(route) == Weather::Works;
            let since = &mut self.works_since[route];
            *since = works.then(|| since.unwrap_or(self.now));
        }
        if self.records == 0 {
            self.waits_since = None;
            return;
        }
        let waits = *self.waits_since.get_or_insert(self.now);
        for since in self.works_since.iter().flatten() {
            let wait = self.now.since(waits.max(*since));
            self.longest_wait_beside_a_working_route =
                self.longest_wait_beside_a_working_route.max(wait);
        }
    }

    fn step(&mut self) {
        for route in 0..self.routes.len() {
            let is_there = self.weather_of(route) != Weather::Absent;
            self.chooser.set_there(route, is_there);
        }
        let permit = self.chooser.permit_now(self.now);
        let waiting = Waiting {
            urgent: 0 < self.records,
            pictures: 0 < self.pictures,
            under_way: self.answers
                && (0 < self.records || (0 < self.pictures && permit == Permit::All)),
        };
        let held = self.chooser.held();
        match self.chooser.decide(self.now, waiting) {
            Decision::Rest => assert_eq!(held, None),
            Decision::Hold => assert!(held.is_some()),
            Decision::Open(route) => {
                assert_ne!(held, Some(route));
                self.chooser.let_go(self.now);
                self.answers = false;
                self.open(route);
            }
            Decision::Try(route) => {
                assert!(held.is_some_and(|held| route < held));
                self.open(route);
            }
            Decision::LetGo => {
                self.chooser.let_go(self.now);
                self.answers = false;
            }
        }
        self.use_held();
        self.pass(Duration::from_secs(1));
    }

    fn open(&mut self, route: usize) {
        self.pass(OPENING);
        match self.weather_of(route) {
            Weather::Absent | Weather::Dead => {
                self.opened_in_vain[route] += 1;
                self.chooser.failed(self.now, route);
            }
            Weather::Silent | Weather::Stuck | Weather::Works => {
                self.chooser.opened(self.now, route);
                self.opened_at = self.now;
                self.answers = false;
                self.calls += u32::from(self.routes[route].terms.costs());
            }
        }
    }

    fn use_held(&mut self) {
        let Some(route) = self.chooser.held() else {
            return;
        };
        match self.weather_of(route) {
            Weather::Absent | Weather::Dead => {
                self.answers = false;
                return self.chooser.failed(self.now, route);
            }
            Weather::Silent => {
                self.answers = false;
                return self.chooser.disconnected(self.now);
            }
            Weather::Stuck | Weather::Works => {}
        }
        if !self.answers {
            if self.now.since(self.opened_at) < GREETING {
                return;
            }
            self.answers = true;
            self.chooser.connected(self.now);
            if self.last != Some(route) {
                if self.last.is_some() {
                    self.switches.push(self.now);
                }
                self.last = Some(route);
            }
        }
        if self.weather_of(route) == Weather::Works {
            self.carry(route);
        }
    }

    /// A second's worth of bytes, urgent ones first.
    fn carry(&mut self, route: usize) {
        let mut room = self.routes[route].bytes_per_second;
        let records = self.records.min(room);
        self.records -= records;
        room -= records;
        let mut moved = records;
        if self.chooser.permit(route, self.now).least() == Priority::Picture {
            let pictures = self.pictures.min(room).min(SLICE_BYTES);
            self.pictures -= pictures;
            moved += pictures;
            let used = self.chooser.used(route) + moved;
            let budget = self.routes[route].terms.bytes_per_month;
            if 0 < pictures && budget.is_some_and(|budget| budget < used) {
                self.over_budget.get_or_insert((route, used));
            }
        }
        if 0 < moved {
            self.chooser.moved(moved);
            self.chooser.progressed(self.now);
        }
    }
}
