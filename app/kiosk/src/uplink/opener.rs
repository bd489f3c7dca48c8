//! From a route's settings to what opens it.

use std::path::Path;

use devices::line::{Line, OpenFault, Opener, Step};
use devices::modem::ModemOpener;
use devices::serial::{CableOpener, READ_TIMEOUT};
use devices::tcp::TcpOpener;

use link::Escape;

use super::settings::{RouteKind, RouteSettings};

/// How a route carries.
pub(crate) enum Carrier {
    /// A line, once it is open.
    Line(Box<dyn Opener>),
    /// Requests to the county's server at this address.
    Http(String),
}

impl Carrier {
    /// What opens a route of these settings.
    pub(crate) fn of(settings: &RouteSettings) -> Self {
        match &settings.kind {
            RouteKind::Cable {
                tty,
                bits_per_second,
            } => Self::Line(Box::new(CableOpener {
                path: tty.clone(),
                bits_per_second: *bits_per_second,
            })),
            RouteKind::Tcp { address } => {
                let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
                // The brackets around an address of version 6 are not part of it.
                let host = host.trim_start_matches('[').trim_end_matches(']');
                // Settings with another port are refused; nobody listens at 0.
                let port = port.parse().unwrap_or(0);
                Self::Line(Box::new(TcpOpener::new(host, port, READ_TIMEOUT)))
            }
            RouteKind::Modem(route) => match ModemOpener::from_settings(&route.modem) {
                Ok(opener) => Self::Line(Box::new(opener)),
                Err(_) => Self::Line(Box::new(NoScript)),
            },
            RouteKind::Http { url } => Self::Http(url.clone()),
        }
    }
}

/// A modem whose script was there when the settings were read and is not now.
struct NoScript;

impl Opener for NoScript {
    fn open(
        &mut self,
        _progress: &mut dyn FnMut(Step),
        _stop: &dyn Fn() -> bool,
    ) -> Result<Box<dyn Line>, OpenFault> {
        Err(OpenFault::Silent)
    }
}

/// What a line of the route would act on.
pub(crate) fn escape(settings: &RouteSettings) -> Escape {
    // Modems differ in what they take for themselves; to escape three bytes of 256 costs a hundredth.
    let is_modem = matches!(settings.kind, RouteKind::Modem(_));
    Escape {
        flow_control: is_modem,
        plus: is_modem,
    }
}

/// Whether the route's device is plugged in, as far as can be seen without opening it.
pub(crate) fn is_there(settings: &RouteSettings) -> bool {
    let exists = |tty: &Path| tty.exists();
    match &settings.kind {
        RouteKind::Cable { tty, .. } => exists(tty),
        // A module may be off, and its opener knows how to switch it on.
        RouteKind::Modem(_) | RouteKind::Tcp { .. } | RouteKind::Http { .. } => true,
    }
}
