//! The rules that the kiosk works by: those that it was set up with, and over them the county's own files.

use envelope::{CountyMessage, CountyTrust, unpack_rule_files};
use relief::Rulebook;
use store::{ReadError, Store};

/// `rules` with the county's files over them; `None` if these are no files, or none that this build can work by.
#[must_use]
pub fn with_files(rules: &Rulebook, packed: &[u8]) -> Option<Rulebook> {
    let files = unpack_rule_files(packed)?;
    rules.clone().with_files(&files).ok()
}

/// `rules` with the files over them that the county sent last.
///
/// # Errors
///
/// [`ReadError`] if the kiosk's file cannot be read.
pub fn in_force(
    rules: Rulebook,
    store: &Store,
    trust: &CountyTrust,
) -> Result<Rulebook, ReadError> {
    let kept = store.county_rules()?;
    // A message that was damaged in the file, or is of a build that is gone, comes again.
    let sent = kept.and_then(|message| match trust.verify(&message) {
        Ok(CountyMessage::RuleFiles { packed, .. }) => with_files(&rules, &packed),
        Ok(_) | Err(_) => None,
    });
    Ok(sent.unwrap_or(rules))
}
