//! Settings of a county.

use std::{fs, io, path::PathBuf};

use serde::{Deserialize, Deserializer, de::Error};
use tokio_postgres::Config;

use crate::ledger::BucketSettings;

/// What differs from county to county and is no secret and no rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CountyConfig {
    /// Division code of six digits, such as 140428; records with another county's slip number are refused.
    pub county_code: u32,
    /// The bureau's name for page headings; empty: no name is shown.
    #[serde(default)]
    pub bureau: String,
    /// Folder of the ledger.
    pub data_dir: PathBuf,
    /// The database that holds the ledger in place of a file in that folder; none: the file does.
    #[serde(default)]
    pub postgres: Option<PostgresSettings>,
    /// The store that holds scanned pages in place of the ledger; none: the ledger does.
    #[serde(default)]
    pub bucket: Option<BucketSettings>,
    /// Folder with rule files of the county's own, see [`crate::load_rules`]; none: the national defaults.
    #[serde(default)]
    pub rules_dir: Option<PathBuf>,
    /// The disk under the ledger, as it is registered with SQLite; `None`: the system's. Only simulations have another.
    #[serde(skip)]
    pub vfs: Option<String>,
    /// The address under which people reach the server, such as `https://relief.example`. With `https` the
    /// staff cookie is never sent in clear.
    pub public_url: String,
}

/// A PostgreSQL database with the ledgers of any number of counties. Any number of servers may work on it at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PostgresSettings {
    /// Where it is, as libpq writes it: `host=/run/postgresql dbname=relief user=county`, or an address that begins with
    /// `postgresql://`. The connection is not encrypted.
    #[serde(deserialize_with = "connection")]
    pub connect: Config,
    /// File with the user's password and nothing else; none: the database asks for no password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// Connections that one server opens at most, 1 to [`CONNECTIONS_MAX`].
    #[serde(default = "connections", deserialize_with = "connections_within")]
    pub connections: usize,
}

/// PostgreSQL lets 100 connections in unless it is told otherwise, and several servers share them.
pub const CONNECTIONS_MAX: usize = 64;

impl PostgresSettings {
    /// How to connect, password included.
    pub(crate) fn config(&self) -> io::Result<Config> {
        let mut config = self.connect.clone();
        if let Some(file) = &self.password_file {
            config.password(fs::read_to_string(file)?.trim_end());
        }
        Ok(config)
    }
}

fn connection<'de, D: Deserializer<'de>>(written: D) -> Result<Config, D::Error> {
    String::deserialize(written)?.parse().map_err(Error::custom)
}

/// One writes, the others read: pages and offers of a busy county.
const fn connections() -> usize {
    8
}

fn connections_within<'de, D: Deserializer<'de>>(written: D) -> Result<usize, D::Error> {
    let got = usize::deserialize(written)?;
    (1..=CONNECTIONS_MAX)
        .contains(&got)
        .then_some(got)
        .ok_or_else(|| {
            Error::custom(format!(
                "connections is {got}, 1 to {CONNECTIONS_MAX} are possible"
            ))
        })
}
