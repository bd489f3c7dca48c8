//! The rules that the county works by, read from its folder.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use paper::{Form, FormBoxes, NOTO_SANS_SC, Typeface};
use relief::{Rulebook, RulebookError};

/// Why the county's rules were refused; the program does not start with them.
#[derive(Debug, thiserror::Error)]
pub enum RulesFolderError {
    /// The file is there but cannot be read.
    #[error("{} cannot be read: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        error: io::Error,
    },
    /// A file is read and broken.
    #[error(transparent)]
    Rules(#[from] RulebookError),
}

/// The national defaults with the files of `dir` over them; see [`Rulebook::with_files`].
///
/// # Errors
///
/// [`RulesFolderError`] naming the file or the place in it.
pub fn load_rules(dir: &Path) -> Result<Rulebook, RulesFolderError> {
    let book = Rulebook::builtin();
    let mut files = BTreeMap::new();
    for name in book.file_names() {
        let path = dir.join(&name);
        match fs::read_to_string(&path) {
            Ok(text) => drop(files.insert(name, text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(RulesFolderError::File { path, error }),
        }
    }
    Ok(book.with_files(&files)?)
}

/// Editions of forms that were handed in and are not printed any more: a record names its boxes by place, and the
/// definition of its edition says which they are. When a form changes, the old definition stays here.
const FORMER_FORMS_TOML: [&str; 0] = [];

/// Every form, in every edition that was ever handed in.
fn definitions() -> impl Iterator<Item = &'static str> {
    paper::DEFINITIONS.iter().copied().chain(FORMER_FORMS_TOML)
}

/// The boxes of all forms that this county can name.
///
/// # Panics
///
/// If a compiled-in form is broken, which the tests rule out.
pub(crate) fn forms() -> &'static [FormBoxes] {
    static PARSED: LazyLock<Vec<FormBoxes>> = LazyLock::new(|| {
        definitions()
            .map(|toml| FormBoxes::parse(toml).expect("compiled-in form parses"))
            .collect()
    });
    &PARSED
}

/// The typeface of what the county draws.
pub(crate) fn typeface() -> Option<&'static Typeface> {
    static PARSED: LazyLock<Option<Typeface>> =
        LazyLock::new(|| Typeface::parse(NOTO_SANS_SC).ok());
    PARSED.as_ref()
}

/// The same forms with all that is printed on them, to lay ink on.
///
/// # Panics
///
/// If a compiled-in form is broken, which the tests rule out.
pub(crate) fn printed_forms() -> &'static [Form] {
    static LAID_OUT: LazyLock<Vec<Form>> = LazyLock::new(|| {
        let parse = |toml| {
            typeface()
                .map(|&typeface| Form::parse(toml, typeface).expect("compiled-in form is laid out"))
        };
        definitions().filter_map(parse).collect()
    });
    &LAID_OUT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_folder_are_laid_over_the_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let local = "hotline = \"000-0000\"\noffice = \"\"\nhours = \"\"\n";
        fs::write(dir.path().join("local.toml"), local).unwrap();
        let book = load_rules(dir.path()).unwrap();
        assert_eq!(book.local.hotline.as_deref(), Some("000-0000"));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("clocks.toml")).unwrap();
        let error = load_rules(dir.path()).unwrap_err().to_string();
        assert!(error.contains("clocks.toml cannot be read"), "{error}");
    }

    #[test]
    fn every_form_can_be_printed_too() {
        assert_eq!(printed_forms().len(), forms().len());
    }

    #[test]
    fn a_form_that_was_ever_handed_in_keeps_its_definition() {
        let editions: Vec<_> = forms()
            .iter()
            .map(|form| (form.key.clone(), form.edition.to_string()))
            .collect();
        let first = ("dibao_application".to_owned(), "F434F1D7".to_owned());
        assert!(editions.contains(&first), "{editions:?}");
    }
}
