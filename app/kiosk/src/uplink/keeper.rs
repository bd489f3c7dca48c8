//! The worker: opens the route that the chooser names, lets the outbox talk over it, and tells what becomes of it.

mod books;
mod telling;

use std::sync::mpsc::SyncSender;
use std::time::Duration;

use devices::line::OpenFault;
use link::{Priority, Tick};
use store::{Month, RouteCondition};

use super::budget::Meter;
use super::chooser::{Chooser, Decision, Patience, Waiting};
use super::conversation::Conversation;
use super::gauge::Gauge;
use super::http::{HttpTalk, HttpTurn};
use super::line::LineTalk;
use super::modem::Calls;
use super::opener::{self, Carrier};
use super::outbox::Outbox;
use super::report;
use super::settings::{RouteKind, RouteSettings};
use super::{Bell, LOOK_EVERY, Reporter};
use crate::appliance::clock::Clock;
use crate::flow::{RouteFault, RouteState};
use crate::ui_thread::UiMessage;

/// How long a better route may take to open while another one is held: the county would take longer silence for the
/// end of that one.
const TRY_MAX: Duration = Duration::from_secs(20);

/// How long a better line is listened to, while another one is held, before it is taken for dead: the county greets every
/// four seconds on a line that it is not connected over.
const LISTEN_MAX: Duration = Duration::from_secs(9);

/// The routes of a kiosk, and how patient it is with them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UplinkSettings {
    /// The routes, the cheapest first.
    pub routes: Vec<RouteSettings>,
    /// How patient it is.
    pub patience: Patience,
}

impl From<Vec<RouteSettings>> for UplinkSettings {
    fn from(routes: Vec<RouteSettings>) -> Self {
        Self {
            routes,
            patience: Patience::default(),
        }
    }
}

/// Carries the outbox over the best of the routes until the bell says stop. `nonce` is random and new at each start.
pub fn run(
    settings: &UplinkSettings,
    outbox: Outbox,
    nonce: u64,
    clock: Clock,
    screen: SyncSender<UiMessage>,
    bell: &Bell,
) {
    let mut keeper = Keeper::new(settings, outbox, nonce, clock, screen, bell);
    // Staff see the routes, and what this month has cost, before the first is open.
    keeper.book(false);
    keeper.report();
    while !bell.stopped() {
        keeper.turn();
    }
    keeper.close();
}

/// What is open.
enum Way {
    Line(Box<LineTalk>),
    Http(HttpTalk),
}

/// A better line that is open and listened to, while another one is still held.
struct Trial {
    route: usize,
    talk: Box<LineTalk>,
    until: Tick,
}

struct Keeper<'a> {
    settings: &'a [RouteSettings],
    carriers: Vec<Carrier>,
    chooser: Chooser,
    conversation: Conversation,
    held: Option<Way>,
    trial: Option<Trial>,
    gauge: Gauge,
    meters: Vec<Meter>,
    /// How each route stood when that was last written down.
    noted: Vec<Option<RouteCondition>>,
    faults: Vec<RouteFault>,
    /// The rules of those routes that are called.
    calls: Vec<Option<Calls>>,
    /// New for each line.
    nonce: u64,
    month: Option<Month>,
    look_at: Tick,
    reporter: Reporter,
    clock: Clock,
    bell: &'a Bell,
}

impl<'a> Keeper<'a> {
    fn new(
        settings: &'a UplinkSettings,
        outbox: Outbox,
        nonce: u64,
        clock: Clock,
        screen: SyncSender<UiMessage>,
        bell: &'a Bell,
    ) -> Self {
        let routes = settings.routes.as_slice();
        let terms = routes.iter().map(RouteSettings::terms).collect();
        let calls = |route: &RouteSettings| match &route.kind {
            RouteKind::Modem(modem) => {
                Some(Calls::begin(&route.name, modem.rules.clone(), &outbox))
            }
            RouteKind::Cable { .. } | RouteKind::Tcp { .. } | RouteKind::Http { .. } => None,
        };
        let calls = routes.iter().map(calls).collect();
        let mut conversation = Conversation::new(outbox, nonce, clock.now());
        conversation.line_down(clock.now());
        Self {
            settings: routes,
            carriers: routes.iter().map(Carrier::of).collect(),
            chooser: Chooser::new(terms, settings.patience, clock.tick()),
            conversation,
            held: None,
            trial: None,
            gauge: Gauge::new(clock.tick(), None),
            meters: vec![Meter::default(); routes.len()],
            noted: vec![None; routes.len()],
            faults: vec![RouteFault::Other; routes.len()],
            calls,
            nonce,
            month: None,
            look_at: Tick(0),
            reporter: Reporter::new(screen),
            clock,
            bell,
        }
    }

    /// Decides if it is time to, and then uses what is held.
    fn turn(&mut self) {
        let now = self.clock.tick();
        if self.look_at <= now {
            self.look_at = now + LOOK_EVERY;
            self.look();
        }
        let connected = self.chooser.is_connected();
        self.listen();
        match &mut self.held {
            Some(Way::Line(talk)) => {
                let (moved, done) = talk.turn(&mut self.conversation, &self.clock, self.bell);
                self.moved(moved);
                // A fast line spends a budget between two looks.
                self.permit();
                match done {
                    Ok(()) => self.follow_line(),
                    Err(_) => self.broken(RouteFault::Broken),
                }
            }
            Some(Way::Http(_)) => self.http_turn(),
            None => {
                if !self.bell.take_ring() {
                    std::thread::park_timeout(LOOK_EVERY);
                }
                self.look_at = Tick(0);
            }
        }
        if connected != self.chooser.is_connected() {
            // Staff see it at once, and what may go is decided anew.
            self.look_at = Tick(0);
        }
    }

    /// Looks at everything that may have changed, decides, does it, and tells staff.
    fn look(&mut self) {
        let now = self.clock.tick();
        for (place, settings) in (0..).zip(self.settings) {
            self.chooser.set_there(place, opener::is_there(settings));
        }
        self.book(false);
        let arrived = self.conversation.take_arrived();
        if 0 < arrived {
            self.chooser.progressed(now);
        }
        let waiting = self.waiting();
        for (place, calls) in (0..).zip(&mut self.calls) {
            if let Some(calls) = calls {
                let outbox = self.conversation.outbox();
                let bar = calls.bar(self.clock.now(), outbox, waiting.urgent);
                self.chooser.set_bar(place, bar);
            }
        }
        self.gauge.look(now, arrived, waiting.under_way);
        match self.chooser.decide(now, waiting) {
            Decision::Rest | Decision::Hold => {}
            Decision::LetGo => self.let_go(),
            Decision::Open(route) => {
                self.let_go();
                self.open(route);
            }
            // Nothing is decided while it is listened to.
            Decision::Try(_) if self.trial.is_some() => {}
            Decision::Try(route) => self.open(route),
        }
        self.permit();
        self.report();
    }

    /// Lets go over the line what may.
    fn permit(&mut self) {
        let least = self.chooser.permit_now(self.clock.tick()).least();
        self.conversation.set_least(least);
    }

    /// What there is to bring over any route.
    fn waiting(&self) -> Waiting {
        let now = self.clock.now().moment;
        let due = self.conversation.outbox().due(now).unwrap_or_default();
        let urgent = |priority: u8| priority <= Priority::Record as u8;
        Waiting {
            urgent: due.iter().any(|object| urgent(object.priority)),
            pictures: due.iter().any(|object| !urgent(object.priority)),
            under_way: match &self.held {
                Some(Way::Line(_)) => self.conversation.is_busy(),
                // A request is over when its turn is.
                Some(Way::Http(_)) | None => false,
            },
        }
    }

    /// Opens a route. What is held is let go of once the county is heard over the new one.
    fn open(&mut self, route: usize) {
        match self.try_to_open(route) {
            Ok(Way::Line(talk)) if self.held.is_some() => {
                let until = self.clock.tick() + LISTEN_MAX;
                self.trial = Some(Trial { route, talk, until });
            }
            Ok(way) => self.hold(route, way),
            Err(fault) => self.failed(route, fault),
        }
    }

    /// Takes a route that is open in the place of whatever is held.
    fn hold(&mut self, route: usize, way: Way) {
        self.let_go();
        let now = self.clock.tick();
        self.chooser.opened(now, route);
        let nominal = match &way {
            Way::Line(talk) => {
                self.nonce = self.nonce.wrapping_add(1);
                let escape = opener::escape(&self.settings[route]);
                let now = self.clock.now();
                self.conversation.change_line(escape, self.nonce, now);
                talk.nominal_bytes_per_second()
            }
            Way::Http(_) => {
                self.chooser.connected(now);
                None
            }
        };
        self.gauge = Gauge::new(now, nominal);
        self.held = Some(way);
    }

    fn failed(&mut self, route: usize, fault: RouteFault) {
        if let Some(shown) = self.faults.get_mut(route) {
            *shown = fault;
        }
        self.chooser.failed(self.clock.tick(), route);
    }

    /// Listens to the line on trial: if anybody is heard it is held, if it ends or stays silent it has failed.
    fn listen(&mut self) {
        let Some(mut trial) = self.trial.take() else {
            return;
        };
        match trial.talk.hear() {
            Ok([]) if self.clock.tick() < trial.until => self.trial = Some(trial),
            Ok([]) => self.failed(trial.route, RouteFault::CountySilent),
            // What was heard comes again: greetings are repeated until they are answered.
            Ok(heard) => {
                self.meters[trial.route].moved(heard.len() as u64);
                self.hold(trial.route, Way::Line(trial.talk));
            }
            Err(_) => self.failed(trial.route, RouteFault::Broken),
        }
    }

    fn try_to_open(&mut self, route: usize) -> Result<Way, RouteFault> {
        // The chooser names routes of the settings only.
        let Some(carrier) = self.carriers.get_mut(route) else {
            return Err(RouteFault::Other);
        };
        match carrier {
            Carrier::Line(opener) => {
                let give_up_at = self.held.as_ref().map(|_| self.clock.tick() + TRY_MAX);
                let mut shown = self.reporter.routes_shown();
                let mut progress = |step| {
                    if let Some(shown) = shown.routes.get_mut(route) {
                        shown.state = RouteState::Opening(report::step(&step));
                    }
                    self.reporter.report_routes(shown.clone());
                };
                let stop =
                    || self.bell.stopped() || give_up_at.is_some_and(|at| at <= self.clock.tick());
                let mut calls = self.calls.get_mut(route).and_then(Option::as_mut);
                let outbox = self.conversation.outbox_mut();
                if let Some(calls) = &mut calls {
                    calls.began(self.clock.now(), outbox);
                }
                let opened = opener.open(&mut progress, &stop);
                if let Some(calls) = calls {
                    match &opened {
                        Ok(_) => calls.opened(),
                        Err(fault) => calls.failed(self.clock.now(), outbox, fault),
                    }
                }
                match opened {
                    Ok(line) => Ok(Way::Line(Box::new(LineTalk::new(line)))),
                    Err(OpenFault::Stopped) => Err(RouteFault::NoAnswer),
                    Err(fault) => Err(report::fault(&fault)),
                }
            }
            Carrier::Http(url) => {
                let outbox = self.conversation.outbox_mut();
                let (moved, talk) = HttpTalk::open(url, outbox, &self.clock);
                self.meters[route].moved(moved);
                talk.map(Way::Http).ok_or(RouteFault::NoAnswer)
            }
        }
    }

    /// Lets go of what is held.
    fn let_go(&mut self) {
        let Some(way) = self.held.take() else {
            return;
        };
        self.trial = None;
        let route = self.chooser.held();
        if let Some(shown) = route.and_then(|route| self.faults.get_mut(route)) {
            // Only told if it counts as failed.
            *shown = RouteFault::CountySilent;
        }
        self.hang_up(way);
        self.chooser.let_go(self.clock.tick());
        self.book(true);
    }

    /// What was held is gone.
    fn broken(&mut self, fault: RouteFault) {
        let Some(way) = self.held.take() else {
            return;
        };
        self.trial = None;
        self.hang_up(way);
        if let Some(route) = self.chooser.held() {
            self.failed(route, fault);
        }
        self.look_at = Tick(0);
        self.book(true);
    }

    fn hang_up(&mut self, way: Way) {
        if matches!(way, Way::Line(_)) {
            self.conversation.line_down(self.clock.now());
        }
        // Dropping a line hangs up.
        drop(way);
    }

    /// Tells the chooser what the conversation knows of the line.
    fn follow_line(&mut self) {
        let now = self.clock.tick();
        if self.conversation.is_connected() {
            if !self.chooser.is_connected() {
                self.chooser.connected(now);
            }
        } else {
            self.chooser.disconnected(now);
        }
    }

    fn http_turn(&mut self) {
        let now = self.clock.tick();
        let Some(route) = self.chooser.held() else {
            return;
        };
        let budget = self.settings[route].bytes_per_month;
        let left = budget.map_or(u64::MAX, |budget| {
            budget.saturating_sub(self.chooser.used(route))
        });
        let least = self.chooser.permit(route, now).least();
        let Some(Way::Http(talk)) = &mut self.held else {
            return;
        };
        let outbox = self.conversation.outbox_mut();
        let (moved, turn) = talk.turn(outbox, least, left, &self.clock);
        self.moved(moved);
        match turn {
            HttpTurn::Answered => {
                self.gauge.look(self.clock.tick(), moved, true);
                self.chooser.progressed(self.clock.tick());
            }
            HttpTurn::NoAnswer => self.broken(RouteFault::NoAnswer),
            HttpTurn::Idle => {
                if !self.bell.take_ring() {
                    std::thread::park_timeout(LOOK_EVERY);
                }
            }
        }
    }

    fn moved(&mut self, bytes: u64) {
        if let Some(route) = self.chooser.held() {
            self.chooser.moved(bytes);
            self.meters[route].moved(bytes);
        }
    }

    /// The worker ends.
    fn close(&mut self) {
        self.let_go();
        self.book(true);
    }
}
