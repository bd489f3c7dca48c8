//! `county audit`: what is wrong with a ledger, for whoever holds nothing but a copy of it.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use county::{
    audit::{Evidence, audit_file},
    keys,
};
use envelope::SlipCode;

/// What an auditor has in hand.
#[derive(Args)]
pub(crate) struct AuditArguments {
    /// A copy of the ledger, as `county backup` makes it.
    ledger: PathBuf,
    /// The county's public key, and each former one.
    #[arg(long = "county-public", required = true)]
    county_public: Vec<PathBuf>,
    /// The county's division code, such as 140428; slips of other counties are none of it.
    #[arg(long)]
    county_code: u32,
    /// Checkpoints that were kept elsewhere, one a line, as `county checkpoint` prints them.
    #[arg(long)]
    checkpoints: Option<PathBuf>,
    /// Codes of slips, one a line, with or without the address before them.
    #[arg(long)]
    slips: Option<PathBuf>,
}

/// Audits the ledger and tells what was found.
///
/// # Errors
///
/// If something is wrong with the ledger, or a file cannot be read.
pub(crate) fn run(arguments: &AuditArguments) -> Result<(), Box<dyn Error>> {
    // Opening a database makes one where there is none.
    if !arguments.ledger.is_file() {
        return Err(format!("{} is no file", arguments.ledger.display()).into());
    }
    let county_keys = arguments.county_public.iter();
    let evidence = Evidence {
        county_code: arguments.county_code,
        county_keys: county_keys
            .map(|path| keys::read_public(path))
            .collect::<Result<_, _>>()?,
        checkpoints: lines(arguments.checkpoints.as_deref(), |line| {
            Ok(hex::decode(line)?)
        })?,
        slips: lines(arguments.slips.as_deref(), |line| {
            let code = line.rsplit('/').next().unwrap_or(line);
            Ok(SlipCode::parse(code)?)
        })?,
    };
    let report = audit_file(&arguments.ledger, &evidence)?;
    for finding in &report.findings {
        println!("{finding}");
    }
    println!(
        "{} log entries, {} checkpoints, {} rows not in the log yet, {} slips, {} findings",
        report.entries,
        report.checkpoints,
        report.waiting,
        evidence.slips.len(),
        report.findings.len()
    );
    match report.findings.len() {
        0 => Ok(()),
        findings => Err(format!("{findings} findings in the ledger").into()),
    }
}

/// What stands on the lines of a file, those that are empty left out.
fn lines<T>(
    path: Option<&Path>,
    read: impl Fn(&str) -> Result<T, Box<dyn Error>>,
) -> Result<Vec<T>, Box<dyn Error>> {
    let Some(path) = path else {
        return Ok(Vec::new());
    };
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            read(line.trim())
                .map_err(|error| format!("{} line {number}: {error}", path.display()).into())
        })
        .collect()
}
