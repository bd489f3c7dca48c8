//! The lines that a county has, as its settings tell them.

use std::{net::SocketAddr, path::PathBuf};

use envelope::KioskId;
use serde::Deserialize;

/// Callers on one TCP address at once, unless the settings say fewer: several hundred kiosks, and with a file each, pages
/// and ledger beside them, fewer files than the 1024 that a system lets a process open unasked.
pub const CALLERS_MAX: usize = 512;

/// One `[[lines]]` table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Table")]
pub enum LineSettings {
    /// A serial port with a cable, a radio or a leased modem that stays connected.
    Cable {
        /// The port, such as `/dev/ttyUSB0`.
        tty: PathBuf,
        /// Its rate, with ten bits a byte.
        bits_per_second: u32,
        /// The kiosk at the other end; `None`: any.
        kiosk: Option<KioskId>,
    },
    /// A serial port with a modem that answers calls by itself.
    Modem {
        /// The port.
        tty: PathBuf,
        /// The port's rate, not that of calls.
        bits_per_second: u32,
    },
    /// A TCP address that anybody may call.
    Tcp {
        /// Where to listen.
        address: SocketAddr,
        /// Callers at once, 1 to [`CALLERS_MAX`]; one more is hung up on at once.
        callers_max: usize,
    },
}

impl LineSettings {
    /// What the line is called on pages and in messages.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Cable { tty, .. } | Self::Modem { tty, .. } => tty.display().to_string(),
            Self::Tcp { address, .. } => format!("tcp {address}"),
        }
    }
}

/// A table as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Table {
    tty: Option<PathBuf>,
    bits_per_second: Option<u32>,
    kiosk: Option<u16>,
    #[serde(default)]
    modem: bool,
    tcp: Option<SocketAddr>,
    callers: Option<usize>,
}

/// Why a `[[lines]]` table describes no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineSettingsError {
    /// Neither, or both.
    #[error("a line has either tty and bits-per-second, or tcp")]
    Kind,
    /// A serial port needs a rate.
    #[error("bits-per-second is the port's rate and more than 0")]
    Rate,
    /// Anybody may call a modem.
    #[error("a modem answers any kiosk: leave kiosk out")]
    WiredModem,
    /// No caller, or more than there is room for.
    #[error("callers is {got}, 1 to {CALLERS_MAX} are possible")]
    Callers {
        /// What was asked for.
        got: usize,
    },
}

impl TryFrom<Table> for LineSettings {
    type Error = LineSettingsError;

    fn try_from(table: Table) -> Result<Self, LineSettingsError> {
        match table {
            Table {
                tty: Some(tty),
                bits_per_second,
                kiosk,
                modem,
                tcp: None,
                callers: None,
            } => {
                let bits_per_second = bits_per_second
                    .filter(|rate| 0 < *rate)
                    .ok_or(LineSettingsError::Rate)?;
                match (modem, kiosk.map(KioskId)) {
                    (false, kiosk) => Ok(Self::Cable {
                        tty,
                        bits_per_second,
                        kiosk,
                    }),
                    (true, None) => Ok(Self::Modem {
                        tty,
                        bits_per_second,
                    }),
                    (true, Some(_)) => Err(LineSettingsError::WiredModem),
                }
            }
            Table {
                tty: None,
                bits_per_second: None,
                kiosk: None,
                modem: false,
                tcp: Some(address),
                callers,
            } => match callers.unwrap_or(CALLERS_MAX) {
                callers_max @ 1..=CALLERS_MAX => Ok(Self::Tcp {
                    address,
                    callers_max,
                }),
                got => Err(LineSettingsError::Callers { got }),
            },
            _ => Err(LineSettingsError::Kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<LineSettings, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn each_kind_of_line_is_read() {
        let cable = |kiosk| LineSettings::Cable {
            tty: "/dev/ttyS0".into(),
            bits_per_second: 9600,
            kiosk,
        };
        let text = "tty = '/dev/ttyS0'\nbits-per-second = 9600\n";
        assert_eq!(line(text), Ok(cable(None)));
        assert_eq!(
            line(&format!("{text}kiosk = 3")),
            Ok(cable(Some(KioskId(3))))
        );
        assert_eq!(
            line(&format!("{text}modem = true")),
            Ok(LineSettings::Modem {
                tty: "/dev/ttyS0".into(),
                bits_per_second: 9600
            })
        );
        let tcp = LineSettings::Tcp {
            address: "0.0.0.0:7333".parse().unwrap(),
            callers_max: CALLERS_MAX,
        };
        assert_eq!(tcp.name(), "tcp 0.0.0.0:7333");
        assert_eq!(line("tcp = '0.0.0.0:7333'"), Ok(tcp));
    }

    #[test]
    fn what_is_no_line_is_said_in_words() {
        for (text, words) in [
            ("", "a line has either tty and bits-per-second, or tcp"),
            (
                "tty = 'a'\ntcp = '1.2.3.4:5'",
                "a line has either tty and bits-per-second, or tcp",
            ),
            (
                "tty = 'a'",
                "bits-per-second is the port's rate and more than 0",
            ),
            (
                "tty = 'a'\nbits-per-second = 9600\nmodem = true\nkiosk = 3",
                "a modem answers any kiosk: leave kiosk out",
            ),
            (
                "tcp = '1.2.3.4:5'\ncallers = 0",
                "callers is 0, 1 to 512 are possible",
            ),
        ] {
            assert_eq!(line(text), Err(words.to_owned()), "{text}");
        }
    }
}
