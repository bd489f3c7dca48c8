//! The county's own rules, as its files bring them.

use envelope::unpack_rule_files;
use relief::Rulebook;

/// `rules` with the county's files over them; `None` if these are no files, or none that this build can work by.
#[must_use]
pub fn with_files(rules: &Rulebook, packed: &[u8]) -> Option<Rulebook> {
    let files = unpack_rule_files(packed)?;
    rules.clone().with_files(&files).ok()
}
