//! What stands in each register, in rows; names are masked, as in every list.

mod complaints;
mod money;
mod relatives;
mod reports;
mod special_groups;

use relief::{EventId, Month, PersonEntry, Place, Punctuality, Registers, Rulebook};

use crate::accounts::Office;

/// A register with a page of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Register {
    Unfiled,
    NearRelatives,
    Payments,
    Overpaid,
    MonthlyReports,
    Changes,
    SpecialGroups,
    Leads,
    Problems,
    Reports,
    Hotline,
}

impl Register {
    pub(super) const ALL: [Self; 11] = [
        Self::Unfiled,
        Self::NearRelatives,
        Self::Payments,
        Self::Overpaid,
        Self::MonthlyReports,
        Self::Changes,
        Self::SpecialGroups,
        Self::Leads,
        Self::Problems,
        Self::Reports,
        Self::Hotline,
    ];

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Unfiled => "unfiled",
            Self::NearRelatives => "near-relatives",
            Self::Payments => "payments",
            Self::Overpaid => "overpaid",
            Self::MonthlyReports => "monthly-reports",
            Self::Changes => "changes",
            Self::SpecialGroups => "special-groups",
            Self::Leads => "leads",
            Self::Problems => "problems",
            Self::Reports => "reports",
            Self::Hotline => "hotline",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Unfiled => "应备案未备案的近亲属",
            Self::NearRelatives => "近亲属备案",
            Self::Payments => "资金发放",
            Self::Overpaid => "死亡、服刑后仍在发放",
            Self::MonthlyReports => "月报告",
            Self::Changes => "月报告的变动",
            Self::SpecialGroups => "特殊人群",
            Self::Leads => "投诉举报线索",
            Self::Problems => "整改清单",
            Self::Reports => "报送日历",
            Self::Hotline => "服务热线",
        }
    }

    /// Whether an office may open it: a village its own reports, all others everything.
    pub(super) fn is_open_to(self, office: &Office) -> bool {
        office.village().is_none() || matches!(self, Self::MonthlyReports | Self::Changes)
    }

    pub(super) const fn is_of_a_month(self) -> bool {
        matches!(self, Self::Payments | Self::MonthlyReports | Self::Reports)
    }
}

/// A cell, and the event that it comes from.
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) event: Option<EventId>,
    /// Whether somebody is late with it or has to do something.
    pub(super) to_do: bool,
}

impl Cell {
    fn of(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            event: None,
            to_do: false,
        }
    }

    fn from(text: impl Into<String>, event: EventId) -> Self {
        Self {
            event: Some(event),
            ..Self::of(text)
        }
    }

    fn asking(self, to_do: bool) -> Self {
        Self { to_do, ..self }
    }

    /// What was done and by which event, or what is to be done.
    fn done_or(done: Option<(String, EventId)>, to_do: &str) -> Self {
        match done {
            Some((done, event)) => Self::from(done, event),
            None => Self::of(to_do).asking(true),
        }
    }

    fn stands(stands: Punctuality, event: Option<EventId>) -> Self {
        Self {
            event,
            ..Self::of(stands.words()).asking(stands.is_late())
        }
    }
}

/// The rows of a register.
pub(super) struct Listing {
    pub(super) note: String,
    pub(super) heads: &'static [&'static str],
    pub(super) rows: Vec<Row>,
}

/// A row, and the place whose business it is; what has none is the county's.
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    place: Option<Place>,
}

impl Row {
    fn of(place: &Place, cells: Vec<Cell>) -> Self {
        Self {
            cells,
            place: Some(place.clone()),
        }
    }

    fn of_township(township: &str, cells: Vec<Cell>) -> Self {
        let place = Place {
            township: township.to_owned(),
            village: String::new(),
        };
        Self::of(&place, cells)
    }

    const fn of_the_county(cells: Vec<Cell>) -> Self {
        Self { cells, place: None }
    }
}

impl Listing {
    fn for_office(mut self, office: &Office) -> Self {
        self.rows.retain(|row| match &row.place {
            Some(place) => office.reaches(&place.township, &place.village),
            None => office.township().is_none(),
        });
        self
    }

    /// Rows in which something is to be done.
    pub(super) fn to_do(&self) -> usize {
        self.rows
            .iter()
            .filter(|row| row.cells.iter().any(|cell| cell.to_do))
            .count()
    }
}

/// What of a register an office may see.
pub(super) fn listing(
    register: Register,
    registers: &Registers<'_>,
    month: Month,
    office: &Office,
) -> Listing {
    let listing = match register {
        Register::Unfiled => relatives::unfiled(registers),
        Register::NearRelatives => relatives::near_relatives(registers),
        Register::Payments => money::payments(registers, month, office),
        Register::Overpaid => money::too_much(registers),
        Register::MonthlyReports => reports::monthly_reports(registers, month),
        Register::Changes => reports::changes(registers),
        Register::SpecialGroups => special_groups::special_groups(registers),
        Register::Leads => complaints::leads(registers),
        Register::Problems => complaints::problems(registers),
        Register::Reports => reports::reports(registers, month),
        Register::Hotline => complaints::hotline(registers),
    };
    listing.for_office(office)
}

fn township<'n>(code: &'n str, book: &'n Rulebook) -> &'n str {
    let known = book.codes.township(code);
    known.map_or(code, |one| one.name.as_str())
}

pub(super) fn place(place: &Place, book: &Rulebook) -> String {
    let village = book.codes.village(&place.village);
    let village = village.map_or(place.village.as_str(), |one| one.name.as_str());
    format!("{}{village}", township(&place.township, book))
}

fn masked(person: Option<&PersonEntry>) -> String {
    person.map_or_else(String::new, |person| person.name.masked())
}
