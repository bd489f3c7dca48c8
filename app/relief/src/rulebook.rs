//! All rules of one county together: the built-in national defaults with the county's own files over them.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::{
    Calendar, CalendarError, Card, CardError, Codes, CodesError, Local, LocalError, Rules,
    RulesError, Schemes, SchemesError, builtin,
};

/// Schemes, clocks, working days, code tables, explainer cards and the county's own facts.
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
    /// Explainer cards, in the order of the screen.
    pub cards: Vec<Card>,
    /// Hotline, office, amounts; all may be empty.
    pub local: Local,
}

/// Why a county's rule file was refused; the program does not start with it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RulebookError {
    /// `schemes.toml`.
    #[error("schemes.toml: {0}")]
    Schemes(#[from] SchemesError),
    /// `clocks.toml`.
    #[error("clocks.toml: {0}")]
    Clocks(#[from] RulesError),
    /// `holidays.json`.
    #[error("holidays.json: {0}")]
    Calendar(#[from] CalendarError),
    /// `codes.toml` or `townships.toml`.
    #[error("codes.toml or townships.toml: {0}")]
    Codes(#[from] CodesError),
    /// A file of `cards/`.
    #[error("cards: {0}")]
    Card(#[from] CardError),
    /// `local.toml`.
    #[error("local.toml: {0}")]
    Local(#[from] LocalError),
}

impl Rulebook {
    /// The national defaults, with nothing of the county's.
    #[must_use]
    pub fn builtin() -> Self {
        static PARSED: LazyLock<Rulebook> = LazyLock::new(|| Rulebook {
            schemes: builtin::schemes(),
            clocks: builtin::rules(),
            calendar: builtin::calendar(),
            codes: builtin::codes(),
            cards: builtin::cards(),
            local: builtin::local(),
        });
        PARSED.clone()
    }

    /// The names of the files that a county may give, as they stand in its folder.
    #[must_use]
    pub fn file_names(&self) -> Vec<String> {
        let rules = [
            "schemes.toml",
            "clocks.toml",
            "holidays.json",
            "codes.toml",
            "townships.toml",
            "local.toml",
        ];
        let cards = self.cards.iter().map(|card| card_file(&card.key));
        rules.into_iter().map(str::to_owned).chain(cards).collect()
    }

    /// The same rules with these files, by name, over them. `clocks.toml` is laid over the clocks that are here; each
    /// other file takes the place of its default. Other names are passed over.
    ///
    /// # Errors
    ///
    /// [`RulebookError`] naming the file and the place in it.
    pub fn with_files(mut self, files: &BTreeMap<String, String>) -> Result<Self, RulebookError> {
        let file = |name: &str| files.get(name).map(String::as_str);
        if let Some(text) = file("schemes.toml") {
            self.schemes = Schemes::parse(text)?;
        }
        if let Some(text) = file("clocks.toml") {
            self.clocks = self.clocks.overridden_by(Rules::parse(text)?);
        }
        if let Some(text) = file("holidays.json") {
            self.calendar = Calendar::from_json(text)?;
        }
        let (codes, townships) = (file("codes.toml"), file("townships.toml"));
        if codes.is_some() || townships.is_some() {
            self.codes = Codes::parse(
                codes.unwrap_or(builtin::CODES_TOML),
                townships.unwrap_or(builtin::TOWNSHIPS_TOML),
            )?;
        }
        for card in &mut self.cards {
            if let Some(text) = file(&card_file(&card.key)) {
                *card = Card::parse(text)?;
            }
        }
        if let Some(text) = file("local.toml") {
            self.local = Local::parse(text)?;
        }
        Ok(self)
    }
}

fn card_file(key: &str) -> String {
    format!("cards/{key}.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files<const N: usize>(files: [(&str, &str); N]) -> BTreeMap<String, String> {
        files
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into()
    }

    #[test]
    fn a_county_file_wins_and_the_rest_stays_national() {
        let local = "hotline = \"000-0000\"\noffice = \"\"\nhours = \"\"\n";
        let book = Rulebook::builtin()
            .with_files(&files([("local.toml", local)]))
            .unwrap();
        assert_eq!(book.local.hotline.as_deref(), Some("000-0000"));
        assert_eq!(book.clocks, builtin::rules());
        assert_eq!(Rulebook::builtin().local.hotline, None);
    }

    #[test]
    fn a_card_takes_the_place_of_the_one_with_its_key() {
        let card = include_str!("../../../assets/cards/dibao.toml");
        let own = card.replacen("edition = \"", "edition = \"own-", 1);
        let book = Rulebook::builtin()
            .with_files(&files([("cards/dibao.toml", &own)]))
            .unwrap();
        let own: Vec<&str> = book
            .cards
            .iter()
            .filter(|card| card.edition.starts_with("own-"))
            .map(|card| card.key.as_str())
            .collect();
        assert_eq!(
            (own, book.cards.len()),
            (vec!["dibao"], builtin::cards().len())
        );
    }

    #[test]
    fn a_broken_county_file_is_named() {
        let error = Rulebook::builtin()
            .with_files(&files([("clocks.toml", "edition = 3")]))
            .unwrap_err();
        assert!(error.to_string().starts_with("clocks.toml: "), "{error}");
    }

    #[test]
    fn every_built_in_card_has_a_file_name_of_its_own() {
        let names = Rulebook::builtin().file_names();
        let unique: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
        assert!(names.contains(&"cards/children.toml".to_owned()));
    }
}
