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
//! script = "quectel_ec20"         # of boards/modems
//! variables = { apn = "cmnet" }   # what that script asks for
//! calls-per-day = 20
//! cheap-hours = ["22:00-06:00"]
//! cost = 3
//! bytes-per-month = 50_000_000    # of pictures and ink; records go beyond it
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

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
    Modem(ModemSettings),
    /// The county's server over HTTP, such as `http://192.168.1.20:8081`.
    Http {
        /// Where the server is.
        url: String,
    },
}

/// A modem and when it may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModemSettings {
    /// The port that takes commands and carries the call.
    pub tty: PathBuf,
    /// Its speed.
    pub bits_per_second: u32,
    /// Name of the script of its model.
    pub script: String,
    /// What the script asks for: numbers, addresses, access points.
    pub variables: BTreeMap<String, String>,
    /// Calls in a day at most; `None`: as many as there are reasons.
    pub calls_per_day: Option<u32>,
    /// When calls that are not urgent are made; empty: at any time.
    pub cheap_hours: Vec<Hours>,
}

/// A part of the day in China's time, which may go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// Minutes after midnight at which it begins.
    pub from_minute: u16,
    /// Minutes after midnight at which it is over.
    pub to_minute: u16,
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
            // A number that is busy is free again in a minute; one that does not answer is none for hours.
            RouteKind::Modem(_) => (true, 60, 1800),
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
            "calls-per-day",
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
            _ => RouteKind::Modem(modem(table)?),
        },
    })
}

fn modem(table: &toml::Table) -> Result<ModemSettings, RouteSettingsFault> {
    Ok(ModemSettings {
        tty: need(table, "tty", text)?.into(),
        bits_per_second: bits_per_second(table)?,
        script: checked(
            "script",
            need(table, "script", text)?,
            "the name of a script in boards/modems, without its folder",
            |script| !script.is_empty() && script.chars().all(is_of_name),
        )?,
        variables: variables(table)?,
        calls_per_day: number(table, "calls-per-day", "1 or more")?
            .map(|calls| {
                checked("calls-per-day", calls, "1 or more", |calls: &u32| {
                    0 < *calls
                })
            })
            .transpose()?,
        cheap_hours: cheap_hours(table)?,
    })
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

fn variables(table: &toml::Table) -> Result<BTreeMap<String, String>, RouteSettingsFault> {
    const NEEDS: &str = "a table of texts, such as { apn = \"cmnet\" }";
    let Some(value) = table.get("variables") else {
        return Ok(BTreeMap::new());
    };
    // What they say may be a PIN or a password, which no message repeats.
    let wrong = || no_value("variables", &"something else", NEEDS);
    let variables = value.as_table().ok_or_else(wrong)?.iter();
    variables
        .map(|(name, value)| Ok((name.clone(), value.as_str().ok_or_else(wrong)?.to_owned())))
        .collect()
}

fn cheap_hours(table: &toml::Table) -> Result<Vec<Hours>, RouteSettingsFault> {
    const NEEDS: &str = "times of a day, such as [\"22:00-06:00\"]";
    let Some(value) = table.get("cheap-hours") else {
        return Ok(Vec::new());
    };
    let wrong = || no_value("cheap-hours", value, NEEDS);
    let all = value.as_array().ok_or_else(wrong)?.iter();
    all.map(|hours| hours.as_str().and_then(parse_hours).ok_or_else(wrong))
        .collect()
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

/// No path leads out of the folder of scripts.
const fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

/// `22:00-06:00`.
fn parse_hours(text: &str) -> Option<Hours> {
    let minute = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
        let is_time = (hour < 24 && minute < 60) || (hour, minute) == (24, 0);
        is_time.then_some((hour * 60 + minute) % (24 * 60))
    };
    let (from, to) = text.split_once('-')?;
    let (from_minute, to_minute) = (minute(from)?, minute(to)?);
    (from_minute != to_minute).then_some(Hours {
        from_minute,
        to_minute,
    })
}

#[cfg(test)]
mod tests;
