//! One table of the settings, field by field, so that whatever is wrong is told by the field's name.

use std::error::Error;
use std::fmt;

use devices::dial_policy::DialRules;
use devices::modem::{ModemOpener, ModemSettings};
use serde::de::DeserializeOwned;

use super::{ModemRoute, NAME_CHARS_MAX, RouteKind, RouteSettings, RouteSettingsFault};

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

pub(super) fn parse(table: &toml::Table) -> Result<RouteSettings, RouteSettingsFault> {
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
