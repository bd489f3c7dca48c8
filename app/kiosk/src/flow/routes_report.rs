//! How the ways to the county stand and what waits for them, for staff; nothing of it says who applied.

/// All routes and what waits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoutesReport {
    /// The routes, the cheapest first.
    pub routes: Vec<RouteReport>,
    /// What waits, the most urgent first: the first few one by one, the rest by kind.
    pub items: Vec<ItemReport>,
}

/// One route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteReport {
    /// Its name in the settings.
    pub name: String,
    /// How it stands.
    pub state: RouteState,
    /// How fast it carries at present; `None` while it does not, or nobody knows yet.
    pub bytes_per_second: Option<u32>,
    /// What went over it in this month, both ways.
    pub bytes_used: u64,
    /// What may go over it in a month, but for records.
    pub bytes_per_month: Option<u64>,
}

/// How a route stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteState {
    /// Nothing is against it; it is not needed at present.
    Resting,
    /// Its device is not plugged in.
    Absent,
    /// It is being opened.
    Opening(RouteStep),
    /// The county answers over it.
    Connected,
    /// It failed, and is tried again in so many seconds.
    Failed {
        /// Why.
        fault: RouteFault,
        /// Seconds until the next try.
        retry_s: u64,
    },
    /// It is not to be called yet.
    Barred {
        /// Seconds until calls are cheap; `None`: the day's calls are used up.
        wait_s: Option<u64>,
    },
}

/// What is being done to open a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteStep {
    /// The port is opened.
    Port,
    /// A fault of before is put right.
    Recovering,
    /// The modem is set up.
    Modem,
    /// The SIM is looked at.
    Sim,
    /// The network is looked for.
    Network,
    /// A data connection is asked for.
    Data,
    /// The number is dialled.
    Dialling,
    /// The connection to the county is opened.
    Connecting,
    /// It is open, and the county has not answered yet.
    Greeting,
}

/// Why a route failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteFault {
    /// No device.
    Absent,
    /// The number is busy.
    Busy,
    /// The call or the connection was lost or not made.
    NoCarrier,
    /// The telephone line is dead.
    NoDialTone,
    /// Nobody answers the call.
    NoAnswer,
    /// No SIM, or a locked one.
    Sim,
    /// No network takes the SIM.
    NotRegistered,
    /// The network gives no data connection.
    NoData,
    /// The county's end refuses the connection.
    Refused,
    /// The modem does not answer.
    ModemSilent,
    /// The line is open and the county does not answer over it.
    CountySilent,
    /// The line broke.
    Broken,
    /// Anything else.
    Other,
}

/// One object that waits, or all further ones of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemReport {
    /// What it is.
    pub kind: ItemKind,
    /// How many objects.
    pub count: u32,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes of them that the county has already.
    pub bytes_there: u64,
    /// How it goes on.
    pub wait: ItemWait,
}

/// What an object is, by its priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// What the machines tell each other.
    Control,
    /// An application.
    Record,
    /// The ink of a signed page.
    Ink,
    /// A picture of a page.
    Picture,
}

/// What an object waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemWait {
    /// It is on its way or next; it is there in so many seconds, if the rate is known.
    Going {
        /// Seconds until the last of it is there.
        seconds_left: Option<u64>,
    },
    /// For a route that works.
    ForRoute,
    /// For a cheaper route that is expected back.
    ForBetterRoute,
    /// For the next month's budget, or a dearer route.
    ForBudget,
}

/// A few numbers for a display that has room for no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineNumbers {
    /// The place of the route that is used or opened, from 1; 0 for none.
    pub route: u8,
    /// 0: no route is open, 1: one is being opened, 2: the county answers.
    pub state: u8,
    /// How fast it carries; 0 while unknown.
    pub bytes_per_second: u32,
    /// Objects that wait.
    pub objects: u32,
    /// Bytes that are not there yet.
    pub bytes_left: u64,
    /// Seconds until all that may go is there; `None` while unknown.
    pub seconds_left: Option<u64>,
    /// How much of the month's budget is used, in hundredths; `None` without one.
    pub budget_percent: Option<u8>,
}

impl RoutesReport {
    /// The same in a few numbers.
    #[must_use]
    pub fn numbers(&self) -> LineNumbers {
        let mut places = (1..).zip(&self.routes);
        let used = places.find_map(|(place, route)| match route.state {
            RouteState::Connected => Some((place, 2, route)),
            RouteState::Opening(_) => Some((place, 1, route)),
            RouteState::Resting
            | RouteState::Absent
            | RouteState::Failed { .. }
            | RouteState::Barred { .. } => None,
        });
        let left = |item: &ItemReport| item.bytes.saturating_sub(item.bytes_there);
        let budget =
            used.and_then(|(_, _, route)| Some((route.bytes_used, route.bytes_per_month?)));
        LineNumbers {
            route: used.map_or(0, |(place, _, _)| place),
            state: used.map_or(0, |(_, state, _)| state),
            bytes_per_second: used
                .and_then(|(_, _, route)| route.bytes_per_second)
                .unwrap_or(0),
            objects: self
                .items
                .iter()
                .map(|item| item.count)
                .fold(0, u32::saturating_add),
            bytes_left: self.items.iter().map(left).fold(0, u64::saturating_add),
            seconds_left: self.items.iter().rev().find_map(|item| match item.wait {
                ItemWait::Going { seconds_left } => seconds_left,
                ItemWait::ForRoute | ItemWait::ForBetterRoute | ItemWait::ForBudget => None,
            }),
            budget_percent: budget.map(|(used, budget)| percent(used, budget)),
        }
    }
}

/// How much `part` is of `whole` in hundredths, 100 at most; nothing of nothing is all.
#[must_use]
pub fn percent(part: u64, whole: u64) -> u8 {
    let percent = u128::from(part) * 100 / u128::from(whole.max(1));
    if whole == 0 {
        100
    } else {
        u8::try_from(percent).unwrap_or(100).min(100)
    }
}
