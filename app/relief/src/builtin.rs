//! The rules and cards that are compiled in: the national defaults and 长子县's townships.
//!
//! A county overrides any of them by giving its own text to the same parse function.

use crate::calendar::Calendar;
use crate::card::Card;
use crate::codes::Codes;
use crate::duty::Duties;
use crate::lists::Lists;
use crate::local::Local;
use crate::rules::Rules;
use crate::scheme::Schemes;
use crate::settings::Settings;
use crate::table::TableDefinitions;

/// Days off and make-up working days of the published years.
pub const HOLIDAYS_JSON: &str = include_str!("../../../assets/rules/holidays.json");
/// Schemes.
pub const SCHEMES_TOML: &str = include_str!("../../../assets/rules/schemes.toml");
/// National clocks.
pub const CLOCKS_TOML: &str = include_str!("../../../assets/rules/clocks.toml");
/// What is due by the calendar.
pub const DUTIES_TOML: &str = include_str!("../../../assets/rules/duties.toml");
/// What the texts leave open, with our defaults.
pub const SETTINGS_TOML: &str = include_str!("../../../assets/rules/settings.toml");
/// Relations, reasons, near relatives, missing numbers.
pub const CODES_TOML: &str = include_str!("../../../assets/rules/codes.toml");
/// Townships of 长子县.
pub const TOWNSHIPS_TOML: &str = include_str!("../../../assets/rules/townships.toml");
/// Lists of the registers.
pub const REGISTERS_TOML: &str = include_str!("../../../assets/rules/registers.toml");
/// Columns and checks of the six tables.
pub const TABLES_TOML: &str = include_str!("../../../assets/rules/tables.toml");
/// The county's own facts, all empty.
pub const LOCAL_TOML: &str = include_str!("../../../assets/rules/local.toml");
/// The seven cards, in the order of the screen.
pub const CARDS_TOML: &[&str] = &[
    include_str!("../../../assets/cards/dibao.toml"),
    include_str!("../../../assets/cards/tekun.toml"),
    include_str!("../../../assets/cards/temporary.toml"),
    include_str!("../../../assets/cards/marginal.toml"),
    include_str!("../../../assets/cards/rigid.toml"),
    include_str!("../../../assets/cards/children.toml"),
    include_str!("../../../assets/cards/disability.toml"),
];

/// The calendar of [`HOLIDAYS_JSON`].
///
/// # Panics
///
/// If the compiled-in text is broken, which the tests rule out; so do all functions here.
#[must_use]
pub fn calendar() -> Calendar {
    Calendar::from_json(HOLIDAYS_JSON).expect("compiled-in holidays parse")
}

/// The schemes of [`SCHEMES_TOML`].
///
/// # Panics
///
/// As [`calendar`].
#[must_use]
pub fn schemes() -> Schemes {
    Schemes::parse(SCHEMES_TOML).expect("compiled-in schemes parse")
}

/// The clocks of [`CLOCKS_TOML`].
///
/// # Panics
///
/// As [`calendar`].
#[must_use]
pub fn rules() -> Rules {
    Rules::parse(CLOCKS_TOML).expect("compiled-in clocks parse")
}

/// The duties of [`DUTIES_TOML`].
///
/// # Panics
///
/// As [`calendar`].
#[must_use]
pub fn duties() -> Duties {
    Duties::parse(DUTIES_TOML).expect("compiled-in duties parse")
}

/// The defaults of [`SETTINGS_TOML`].
///
/// # Panics
///
/// As [`calendar`].
#[must_use]
pub fn settings() -> Settings {
    Settings::parse(SETTINGS_TOML).expect("compiled-in settings parse")
}

/// The tables of [`CODES_TOML`] and [`TOWNSHIPS_TOML`].
///
/// # Panics
///
/// As [`calendar`].
#[must_use]
pub fn codes() -> Codes {
    Codes::parse(CODES_TOML, TOWNSHIPS_TOML).expect("compiled-in codes parse")
}

/// The lists of [`REGISTERS_TOML`].
///
/// # Panics
///
/// As [`calendar`].
#[must_use]
pub fn lists() -> Lists {
    Lists::parse(REGISTERS_TOML).expect("compiled-in lists parse")
}

/// The tables of [`TABLES_TOML`].
///
/// # Panics
///
/// As [`calendar`].
#[must_use]
pub fn tables() -> TableDefinitions {
    TableDefinitions::parse(TABLES_TOML).expect("compiled-in tables parse")
}

/// The empty facts of [`LOCAL_TOML`].
///
/// # Panics
///
/// As [`calendar`].
#[must_use]
pub fn local() -> Local {
    Local::parse(LOCAL_TOML).expect("compiled-in local facts parse")
}

/// The cards of [`CARDS_TOML`].
///
/// # Panics
///
/// As [`calendar`].
#[must_use]
pub fn cards() -> Vec<Card> {
    CARDS_TOML
        .iter()
        .map(|toml| Card::parse(toml).expect("compiled-in card parses"))
        .collect()
}
