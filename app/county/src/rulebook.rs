//! The rules that the county works by: built-in national defaults with the county's own files over them.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use relief::{
    Calendar, CalendarError, Codes, CodesError, Local, LocalError, Rules, RulesError, Schemes,
    SchemesError, builtin,
};

/// The form of which pages arrive.
const DIBAO_APPLICATION_TOML: &str = include_str!("../../../assets/forms/dibao_application.toml");

/// Schemes, clocks, working days, code tables and the county's own facts.
#[derive(Debug, Clone)]
pub struct Rulebook {
    /// Schemes.
    pub schemes: Schemes,
    /// Clocks.
    pub clocks: Rules,
    /// Working days.
    pub calendar: Calendar,
    /// Code tables and townships.
    pub codes: Codes,
    /// Hotline, office, amounts; all may be empty.
    pub local: Local,
    /// What the fields of paper forms are called, by id.
    pub form_labels: BTreeMap<String, String>,
}

/// Why a county's rule file was refused; the server does not start with it.
#[derive(Debug, thiserror::Error)]
pub enum RulebookError {
    /// The file is there but cannot be read.
    #[error("{} cannot be read: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        error: io::Error,
    },
    /// `schemes.toml`.
    #[error(transparent)]
    Schemes(#[from] SchemesError),
    /// `clocks.toml`.
    #[error(transparent)]
    Clocks(#[from] RulesError),
    /// `holidays.json`.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// `codes.toml` or `townships.toml`.
    #[error(transparent)]
    Codes(#[from] CodesError),
    /// `local.toml`.
    #[error(transparent)]
    Local(#[from] LocalError),
}

impl Rulebook {
    /// The national defaults, with nothing of the county's.
    ///
    /// # Panics
    ///
    /// If a compiled-in text is broken, which the tests rule out.
    #[must_use]
    pub fn builtin() -> Self {
        Self {
            schemes: builtin::schemes(),
            clocks: builtin::rules(),
            calendar: builtin::calendar(),
            codes: builtin::codes(),
            local: builtin::local(),
            form_labels: paper::field_labels(DIBAO_APPLICATION_TOML)
                .expect("compiled-in form parses"),
        }
    }

    /// The defaults with the files of `dir` over them. `clocks.toml` is laid over the national clocks; each of
    /// `schemes.toml`, `holidays.json`, `codes.toml`, `townships.toml` and `local.toml` takes the default's
    /// place. A file that is not there leaves the default.
    ///
    /// # Errors
    ///
    /// [`RulebookError`] naming the file or the place in it.
    pub fn load(dir: &Path) -> Result<Self, RulebookError> {
        let mut book = Self::builtin();
        if let Some(text) = read(dir, "schemes.toml")? {
            book.schemes = Schemes::parse(&text)?;
        }
        if let Some(text) = read(dir, "clocks.toml")? {
            book.clocks = book.clocks.overridden_by(Rules::parse(&text)?);
        }
        if let Some(text) = read(dir, "holidays.json")? {
            book.calendar = Calendar::from_json(&text)?;
        }
        let codes = read(dir, "codes.toml")?;
        let townships = read(dir, "townships.toml")?;
        if codes.is_some() || townships.is_some() {
            book.codes = Codes::parse(
                codes.as_deref().unwrap_or(builtin::CODES_TOML),
                townships.as_deref().unwrap_or(builtin::TOWNSHIPS_TOML),
            )?;
        }
        if let Some(text) = read(dir, "local.toml")? {
            book.local = Local::parse(&text)?;
        }
        Ok(book)
    }
}

fn read(dir: &Path, name: &str) -> Result<Option<String>, RulebookError> {
    let path = dir.join(name);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(RulebookError::File { path, error }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_county_file_wins_and_the_rest_stays_national() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(
            dir.path().join("local.toml"),
            "hotline = \"000-0000\"\noffice = \"\"\nhours = \"\"\n",
        )
        .unwrap();
        let book = Rulebook::load(dir.path()).unwrap();
        assert_eq!(book.local.hotline.as_deref(), Some("000-0000"));
        assert_eq!(book.clocks, builtin::rules());
        assert_eq!(Rulebook::builtin().local.hotline, None);
    }

    #[test]
    fn a_broken_county_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("clocks.toml"), "edition = 3").unwrap();
        assert!(matches!(
            Rulebook::load(dir.path()),
            Err(RulebookError::Clocks(_))
        ));
    }
}
