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

mod read;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use devices::dial_policy::DialRules;
use devices::modem::ModemSettings;

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
        let route = read::parse(table).map_err(error)?;
        if let Some(other) = routes.iter().position(|other| other.name == route.name) {
            return Err(error(RouteSettingsFault::NameTaken { other: other + 1 }));
        }
        routes.push(route);
    }
    // Equal ones stay in their order.
    routes.sort_by_key(|route| route.cost);
    Ok(routes)
}

#[cfg(test)]
mod tests;
