//! Settings of a county.

use std::path::PathBuf;

use serde::Deserialize;

/// What differs from county to county and is no secret and no rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CountyConfig {
    /// Division code of six digits, such as 140428; records with another county's slip number are refused.
    pub county_code: u32,
    /// The bureau's name for page headings; empty: no name is shown.
    #[serde(default)]
    pub bureau: String,
    /// Folder of the ledger.
    pub data_dir: PathBuf,
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
