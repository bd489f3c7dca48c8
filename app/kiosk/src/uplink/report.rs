//! What staff are told of routes and waiting objects, from what the worker knows.

use devices::line::{OpenFault, Step};
use link::Tick;
use store::{OutboxObject, Unacknowledged};

use super::chooser::{Chooser, Permit, Standing};
use super::settings::RouteSettings;
use crate::flow::{
    ItemKind, ItemReport, ItemWait, RouteFault, RouteReport, RouteState, RouteStep, RoutesReport,
};

/// Objects that are told of one by one; a person reads no more.
pub const ITEMS_TOLD: u32 = 6;

/// What the worker knows.
pub(crate) struct Known<'a> {
    pub(crate) settings: &'a [RouteSettings],
    pub(crate) chooser: &'a Chooser,
    /// Why each route last failed.
    pub(crate) faults: &'a [RouteFault],
    /// The rate of the held route.
    pub(crate) bytes_per_second: Option<u32>,
    /// Everything that is owed.
    pub(crate) owed: &'a [Unacknowledged],
    /// The first [`ITEMS_TOLD`] of it, each with the bytes that the county has of it.
    pub(crate) first: &'a [(OutboxObject, u64)],
}

/// What to tell at `now`.
pub(crate) fn routes_report(known: &Known<'_>, now: Tick) -> RoutesReport {
    let routes = (0..).zip(known.settings).map(|(place, settings)| {
        let is_held = known.chooser.held() == Some(place);
        RouteReport {
            name: settings.name.clone(),
            state: state(known, place, now),
            bytes_per_second: known.bytes_per_second.filter(|_| is_held),
            bytes_used: known.chooser.used(place),
            bytes_per_month: settings.bytes_per_month,
        }
    });
    RoutesReport {
        routes: routes.collect(),
        items: items(known, now),
    }
}

fn state(known: &Known<'_>, place: usize, now: Tick) -> RouteState {
    let seconds = |until: Tick| until.since(now).as_secs();
    match known.chooser.standing(place, now) {
        Standing::Resting => RouteState::Resting,
        Standing::Greeting => RouteState::Opening(RouteStep::Greeting),
        Standing::Connected => RouteState::Connected,
        Standing::Failed { retry_at } => RouteState::Failed {
            fault: known
                .faults
                .get(place)
                .copied()
                .unwrap_or(RouteFault::Other),
            retry_s: seconds(retry_at),
        },
        Standing::Barred { until } => RouteState::Barred {
            wait_s: until.map(seconds),
        },
        Standing::Absent => RouteState::Absent,
    }
}

fn items(known: &Known<'_>, now: Tick) -> Vec<ItemReport> {
    let permit = known.chooser.permit_now(now);
    let rate = known
        .bytes_per_second
        .filter(|_| known.chooser.is_connected());
    let mut ahead = 0;
    let mut wait = |priority: u8, left: u64| {
        let may_go = priority <= permit.least() as u8;
        match permit {
            _ if !known.chooser.is_connected() => ItemWait::ForRoute,
            Permit::BudgetSpent if !may_go => ItemWait::ForBudget,
            Permit::BetterExpected { .. } if !may_go => ItemWait::ForBetterRoute,
            Permit::All | Permit::BudgetSpent | Permit::BetterExpected { .. } => {
                ahead += left;
                let seconds_left = rate.map(|rate| ahead.div_ceil(u64::from(rate.max(1))));
                ItemWait::Going { seconds_left }
            }
        }
    };
    let mut items = Vec::new();
    for of_priority in known.owed {
        let (mut count, mut bytes) = (of_priority.objects, of_priority.bytes);
        let of_this = |(object, _): &&(OutboxObject, u64)| object.priority == of_priority.priority;
        for (object, bytes_there) in known.first.iter().filter(of_this) {
            let len = u64::from(object.len);
            count = count.saturating_sub(1);
            bytes = bytes.saturating_sub(len);
            items.push(ItemReport {
                kind: kind(object.priority),
                count: 1,
                bytes: len,
                bytes_there: *bytes_there,
                wait: wait(object.priority, len.saturating_sub(*bytes_there)),
            });
        }
        if 0 < count {
            items.push(ItemReport {
                kind: kind(of_priority.priority),
                count,
                bytes,
                bytes_there: 0,
                wait: wait(of_priority.priority, bytes),
            });
        }
    }
    items
}

/// What an object of this priority is.
#[must_use]
pub const fn kind(priority: u8) -> ItemKind {
    match priority {
        0 => ItemKind::Control,
        1 => ItemKind::Record,
        2 => ItemKind::Ink,
        _ => ItemKind::Picture,
    }
}

pub(crate) const fn step(step: &Step) -> RouteStep {
    match step {
        Step::OpeningPort => RouteStep::Port,
        Step::Recovering(_) => RouteStep::Recovering,
        Step::SettingUp => RouteStep::Modem,
        Step::CheckingSim => RouteStep::Sim,
        Step::Registering | Step::Heard(_) => RouteStep::Network,
        Step::JoiningData => RouteStep::Data,
        Step::Dialling => RouteStep::Dialling,
        // Nobody calls a kiosk; its script would have to say so.
        Step::Connecting | Step::AwaitingCall => RouteStep::Connecting,
    }
}

pub(crate) const fn fault(fault: &OpenFault) -> RouteFault {
    match fault {
        OpenFault::Absent => RouteFault::Absent,
        OpenFault::Busy => RouteFault::Busy,
        OpenFault::NoCarrier => RouteFault::NoCarrier,
        OpenFault::NoDialTone => RouteFault::NoDialTone,
        OpenFault::NoAnswer => RouteFault::NoAnswer,
        OpenFault::SimMissing | OpenFault::SimLocked => RouteFault::Sim,
        OpenFault::NotRegistered => RouteFault::NotRegistered,
        OpenFault::DataRefused => RouteFault::NoData,
        OpenFault::Refused => RouteFault::Refused,
        OpenFault::Silent => RouteFault::ModemSilent,
        OpenFault::Stopped | OpenFault::System(_) => RouteFault::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use envelope::ObjectHash;
    use store::{SubmissionId, UnixMs};

    use super::*;
    use crate::uplink::chooser::Patience;

    fn object(priority: u8, len: u32, bytes_there: u64) -> (OutboxObject, u64) {
        let object = OutboxObject {
            hash: ObjectHash([priority; 32]),
            submission_id: SubmissionId([0; 16]),
            priority,
            len,
            queued: UnixMs(0),
            attempts: 0,
            due_tick_ms: 0,
        };
        (object, bytes_there)
    }

    fn owed(priority: u8, objects: u32, bytes: u64) -> Unacknowledged {
        Unacknowledged {
            priority,
            objects,
            bytes,
        }
    }

    /// What is told of a cable with a budget of `budget` bytes, over which the county answers or does not, at 100 bytes
    /// a second.
    fn told(budget: u64, is_connected: bool) -> RoutesReport {
        let mut cable = RouteSettings::cable("cable", PathBuf::new(), 9600);
        cable.bytes_per_month = Some(budget);
        let settings = [cable];
        let now = Tick(0);
        let mut chooser = Chooser::new(vec![settings[0].terms()], Patience::PATIENT, now);
        if is_connected {
            chooser.opened(now, 0);
            chooser.connected(now);
        }
        let known = Known {
            settings: &settings,
            chooser: &chooser,
            faults: &[RouteFault::Other],
            bytes_per_second: Some(100),
            owed: &[owed(1, 3, 3000), owed(3, 1, 8000)],
            first: &[
                object(1, 1000, 400),
                object(1, 1000, 0),
                object(3, 8000, 7000),
            ],
        };
        routes_report(&known, now)
    }

    fn waits(report: &RoutesReport) -> Vec<(ItemKind, u32, u64, ItemWait)> {
        let items = report.items.iter();
        items
            .map(|item| (item.kind, item.count, item.bytes, item.wait))
            .collect()
    }

    fn going(seconds: u64) -> ItemWait {
        ItemWait::Going {
            seconds_left: Some(seconds),
        }
    }

    #[test]
    fn each_object_is_there_after_those_before_it_and_the_rest_of_a_kind_together() {
        let report = told(1 << 30, true);
        assert_eq!(
            waits(&report),
            [
                (ItemKind::Record, 1, 1000, going(6)),
                (ItemKind::Record, 1, 1000, going(16)),
                (ItemKind::Record, 1, 1000, going(26)),
                (ItemKind::Picture, 1, 8000, going(36)),
            ]
        );
        let numbers = report.numbers();
        assert_eq!(
            (numbers.route, numbers.state, numbers.bytes_per_second),
            (1, 2, 100)
        );
        assert_eq!((numbers.objects, numbers.bytes_left), (4, 3600));
        assert_eq!(
            (numbers.seconds_left, numbers.budget_percent),
            (Some(36), Some(0))
        );
    }

    #[test]
    fn what_a_spent_budget_holds_back_is_told_and_delays_nothing_else() {
        let report = told(1000, true);
        assert_eq!(waits(&report)[2].3, going(26));
        assert_eq!(waits(&report)[3].3, ItemWait::ForBudget);
        assert_eq!(report.numbers().seconds_left, Some(26));
    }

    #[test]
    fn without_a_county_everything_waits_for_a_route() {
        let report = told(1000, false);
        assert!(
            waits(&report)
                .iter()
                .all(|item| item.3 == ItemWait::ForRoute)
        );
        let numbers = report.numbers();
        assert_eq!(
            (numbers.route, numbers.state, numbers.seconds_left),
            (0, 0, None)
        );
    }
}
