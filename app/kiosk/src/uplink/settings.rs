//! What the settings say of each route to the county.
//!
//! ```toml
//! [[routes]]
//! name = "县局专线"               # shown to staff; a budget is booked under it
//! kind = "cable"                  # a serial cable
//! tty = "/dev/ttyS0"
//! bits-per-second = 9600
//! cost = 1                        # cheap ones first; equal ones in their order here
//!
//! [[routes]]
//! name = "政务网"
//! kind = "tcp"                    # the county's gateway over any network; or kind = "http" with a url
//! address = "10.1.2.3:7001"
//! cost = 2
//!
//! [[routes]]
//! name = "4G"
//! kind = "modem"
//! tty = "/dev/ttyUSB2"
//! bits-per-second = 115200
//! script = "quectel-ec20"         # of boards/modems, or a file's path, known by its /
//! variables = { apn = "cmnet", host = "10.1.2.3", port = 7001 }   # what that script asks for
//! calls-per-day = 48
//! calls-kept-for-urgent = 16      # of them
//! cheap-hours = ["22:00", "06:00"]   # for calls that are not urgent
//! # hardware-flow-control = false  # a module on three wires
//! # power = { kind = "command", program = "/usr/sbin/uhubctl", arguments = ["-l", "1-1", "-a", "cycle"] }
//! cost = 3
//! bytes-per-month = 50_000_000    # of pictures and ink; records go beyond it
//! ```

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use devices::dial_policy::DialRules;
use devices::modem::{ModemOpener, ModemSettings};
use serde::de::DeserializeOwned;

use super::chooser::Terms;

/// Routes that a kiosk may have; more than a handful is a mistake.
pub const ROUTES_MAX: usize = 5;

/// Longest name of a route in characters: what fits beside its state on the screen.
pub const NAME_CHARS_MAX: usize = 12;

/// A route to the county.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteSettings {
    /// What staff call it; its bytes are booked under this name.
    pub name: String,
    /// Routes are used in this order, the lowest first.
    pub cost: u32,
    /// What may go over it in a month, both ways, but for records; `None`: as much as there is.
    pub bytes_per_month: Option<u64>,
    /// How it goes.
    pub kind: RouteKind,
}

/// How a route goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteKind {
    /// A serial cable.
    Cable {
        /// The port, such as `/dev/ttyS0`.
        tty: PathBuf,
        /// Its speed; also how fast bytes are handed to it.
        bits_per_second: u32,
    },
    /// The county's gateway at a TCP port, over whatever network there is.
    Tcp {
        /// Host and port.
        address: String,
    },
    /// A modem that is called with.
    Modem(Box<ModemRoute>),
    /// The county's server over HTTP, such as `http://192.168.1.20:8081`.
    Http {
        /// Where the server is.
        url: String,
    },
}

/// A modem and when it may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModemRoute {
    /// The modem, its script and whom it calls.
    pub modem: ModemSettings,
    /// When and how often.
    pub rules: DialRules,
}

/// What is wrong with the settings of a route.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("route {place}{}: {fault}", Named(name))]
pub struct RouteSettingsError {
    /// Which one, from 1.
    pub place: usize,
    /// Its name, if it says one.
    pub name: String,
    /// What is wrong.
    pub fault: RouteSettingsFault,
}

/// What may be wrong with a route's settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteSettingsFault {
    /// A field that this kind of route needs.
    #[error("`{field}` is missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field that this kind of route does not know.
    #[error("`{field}` is no field of kind {kind}")]
    Foreign {
        /// The field.
        field: String,
        /// The kind.
        kind: &'static str,
    },
    /// A value that cannot be.
    #[error("`{field}` is {got}, needs {needs}")]
    Value {
        /// The field.
        field: &'static str,
        /// What it says.
        got: String,
        /// What it needs to say.
        needs: &'static str,
    },
    /// A part of a modem's settings that is more than one value.
    #[error("`{field}`: {problem}")]
    Part {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The modem's script, or what it asks for.
    #[error("`script`: {problem}")]
    Script {
        /// What is wrong with it.
        problem: String,
    },
    /// Two routes of one name, so that nobody could tell whose budget it is.
    #[error("`name` is that of route {other} too")]
    NameTaken {
        /// The other one, from 1.
        other: usize,
    },
    /// More routes than a kiosk may have.
    #[error("there are more than {ROUTES_MAX} routes")]
    TooMany,
}

/// A name in brackets, or nothing.
struct Named<'a>(&'a str);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            Ok(())
        } else {
            write!(f, " ({})", self.0)
        }
    }
}

impl RouteSettings {
    /// A cable that costs least.
    #[must_use]
    pub fn cable(name: &str, tty: PathBuf, bits_per_second: u32) -> Self {
        Self {
            name: name.to_owned(),
            cost: 0,
            bytes_per_month: None,
            kind: RouteKind::Cable {
                tty,
                bits_per_second,
            },
        }
    }

    /// The county's server over HTTP.
    #[must_use]
    pub fn http(name: &str, url: String) -> Self {
        Self {
            name: name.to_owned(),
            cost: 0,
            bytes_per_month: None,
            kind: RouteKind::Http { url },
        }
    }

    /// The county's gateway over TCP.
    #[must_use]
    pub fn tcp(name: &str, address: String) -> Self {
        Self {
            name: name.to_owned(),
            cost: 0,
            bytes_per_month: None,
            kind: RouteKind::Tcp { address },
        }
    }

    /// What choosing has to know of it.
    #[must_use]
    pub fn terms(&self) -> Terms {
        let (is_called, first_s, max_s) = match self.kind {
            // To open a port costs nothing.
            RouteKind::Cable { .. } => (false, 1, 10),
            // A network that is away is asked no more often than a person would look.
            RouteKind::Tcp { .. } | RouteKind::Http { .. } => (false, 5, 300),
            // How long a call that failed is waited out is the dial rules' affair.
            RouteKind::Modem(_) => (true, 10, 600),
        };
        Terms {
            bytes_per_month: self.bytes_per_month,
            is_called,
            retry_first: Duration::from_secs(first_s),
            retry_max: Duration::from_secs(max_s),
        }
    }
}

/// The routes that the tables of the settings describe, the cheapest first.
///
/// # Errors
///
/// [`RouteSettingsError`] names the first route and field that cannot be used.
pub fn parse_routes(tables: &[toml::Table]) -> Result<Vec<RouteSettings>, RouteSettingsError> {
    let mut routes: Vec<RouteSettings> = Vec::new();
    for (place, table) in (1..).zip(tables) {
        let name = table.get("name").and_then(toml::Value::as_str);
        let error = |fault| RouteSettingsError {
            place,
            name: name.unwrap_or_default().to_owned(),
            fault,
        };
        if ROUTES_MAX < place {
            return Err(error(RouteSettingsFault::TooMany));
        }
        let route = parse(table).map_err(error)?;
        if let Some(other) = routes.iter().position(|other| other.name == route.name) {
            return Err(error(RouteSettingsFault::NameTaken { other: other + 1 }));
        }
        routes.push(route);
    }
    // Equal ones stay in their order.
    routes.sort_by_key(|route| route.cost);
    Ok(routes)
}

/// Fields that every route may have.
const COMMON_FIELDS: [&str; 4] = ["name", "kind", "cost", "bytes-per-month"];

/// Each kind with the fields of its own.
const KINDS: [(&str, &[&str]); 4] = [
    ("cable", &["tty", "bits-per-second"]),
    ("tcp", &["address"]),
    ("http", &["url"]),
    (
        "modem",
        &[
            "tty",
            "bits-per-second",
            "script",
            "variables",
            "hardware-flow-control",
            "power",
            "calls-per-day",
            "calls-kept-for-urgent",
            "cheap-hours",
        ],
    ),
];

fn parse(table: &toml::Table) -> Result<RouteSettings, RouteSettingsFault> {
    let name = checked(
        "name",
        need(table, "name", text)?,
        "1 to 12 characters and no blank around them",
        |name| (1..=NAME_CHARS_MAX).contains(&name.chars().count()) && name.trim() == name,
    )?;
    let kind = need(table, "kind", text)?;
    let kinds = "\"cable\", \"tcp\", \"modem\" or \"http\"";
    let known = KINDS.iter().find(|(known, _)| *known == kind);
    let Some((kind, fields)) = known else {
        return Err(no_value("kind", &kind, kinds));
    };
    let of_kind = |field: &&String| {
        !COMMON_FIELDS.contains(&field.as_str()) && !fields.contains(&field.as_str())
    };
    if let Some(field) = table.keys().find(of_kind) {
        let field = field.clone();
        return Err(RouteSettingsFault::Foreign { field, kind });
    }
    Ok(RouteSettings {
        name,
        cost: number(table, "cost", "0 or more")?.unwrap_or(0),
        bytes_per_month: number(table, "bytes-per-month", "0 or more")?,
        kind: match *kind {
            "cable" => RouteKind::Cable {
                tty: need(table, "tty", text)?.into(),
                bits_per_second: bits_per_second(table)?,
            },
            "tcp" => RouteKind::Tcp {
                address: checked(
                    "address",
                    need(table, "address", text)?,
                    "host and port, such as 10.1.2.3:7001",
                    |address| is_address(address),
                )?,
            },
            "http" => RouteKind::Http {
                url: checked(
                    "url",
                    need(table, "url", text)?,
                    "http:// and a host",
                    |url| {
                        url.strip_prefix("http://")
                            .is_some_and(|host| !host.is_empty())
                    },
                )?,
            },
            _ => RouteKind::Modem(Box::new(modem(table)?)),
        },
    })
}

fn modem(table: &toml::Table) -> Result<ModemRoute, RouteSettingsFault> {
    let usual = DialRules::default();
    let rules = DialRules {
        calls_per_day: number(table, "calls-per-day", "0 or more")?.unwrap_or(usual.calls_per_day),
        kept_for_urgent: number(table, "calls-kept-for-urgent", "0 or more")?
            .unwrap_or(usual.kept_for_urgent),
        cheap_hours: part(table, "cheap-hours")?,
    };
    let modem = ModemSettings {
        path: need(table, "tty", text)?.into(),
        bits_per_second: bits_per_second(table)?,
        script: need(table, "script", text)?,
        hardware_flow_control: part(table, "hardware-flow-control")?,
        call: part(table, "variables")?.unwrap_or_default(),
        power: part(table, "power")?,
    };
    // Nothing is opened by that.
    ModemOpener::from_settings(&modem).map_err(|error| RouteSettingsFault::Script {
        problem: with_causes(&error),
    })?;
    Ok(ModemRoute { modem, rules })
}

/// Parts that the devices read themselves.
fn part<T: DeserializeOwned>(
    table: &toml::Table,
    field: &'static str,
) -> Result<Option<T>, RouteSettingsFault> {
    let Some(value) = table.get(field) else {
        return Ok(None);
    };
    match T::deserialize(value.clone()) {
        Ok(part) => Ok(Some(part)),
        // A PIN that is no text stands in that message.
        Err(error) if field == "variables" && error.message().starts_with("invalid type") => {
            let problem = "number, host, apn and pin are texts, port is a number".to_owned();
            Err(RouteSettingsFault::Part { field, problem })
        }
        Err(error) => {
            let problem = error.message().to_owned();
            Err(RouteSettingsFault::Part { field, problem })
        }
    }
}

fn with_causes(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

fn need<T>(
    table: &toml::Table,
    field: &'static str,
    read: impl Fn(&toml::Table, &'static str) -> Result<Option<T>, RouteSettingsFault>,
) -> Result<T, RouteSettingsFault> {
    read(table, field)?.ok_or(RouteSettingsFault::Missing { field })
}

fn text(table: &toml::Table, field: &'static str) -> Result<Option<String>, RouteSettingsFault> {
    match table.get(field) {
        None => Ok(None),
        Some(toml::Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(no_value(field, other, "a text in quotation marks")),
    }
}

fn number<T: TryFrom<i64>>(
    table: &toml::Table,
    field: &'static str,
    needs: &'static str,
) -> Result<Option<T>, RouteSettingsFault> {
    let Some(value) = table.get(field) else {
        return Ok(None);
    };
    let number = value
        .as_integer()
        .and_then(|number| T::try_from(number).ok());
    number.map_or_else(
        || Err(no_value(field, value, needs)),
        |number| Ok(Some(number)),
    )
}

fn bits_per_second(table: &toml::Table) -> Result<u32, RouteSettingsFault> {
    const NEEDS: &str = "300 to 4000000";
    let field = "bits-per-second";
    let bits = need(table, field, |table, field| number(table, field, NEEDS))?;
    checked(field, bits, NEEDS, |bits| (300..=4_000_000).contains(bits))
}

fn checked<T: fmt::Debug>(
    field: &'static str,
    value: T,
    needs: &'static str,
    holds: impl Fn(&T) -> bool,
) -> Result<T, RouteSettingsFault> {
    if holds(&value) {
        Ok(value)
    } else {
        Err(no_value(field, &format_args!("{value:?}"), needs))
    }
}

fn no_value(
    field: &'static str,
    got: &impl fmt::Display,
    needs: &'static str,
) -> RouteSettingsFault {
    let got = got.to_string();
    RouteSettingsFault::Value { field, got, needs }
}

/// Host and port; whether the host exists is seen when it is called.
fn is_address(address: &str) -> bool {
    address.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && port.parse::<u16>().is_ok_and(|port| 0 < port)
    })
}

#[cfg(test)]
mod tests;
