//! All rules of one county together: the built-in national defaults with the county's own files over them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use sha2::{Digest, Sha256};

use crate::{
    Calendar, CalendarError, Card, CardError, Codes, CodesError, Duties, DutiesError, Lists,
    ListsError, Local, LocalError, Rules, RulesError, Schemes, SchemesError, Settings,
    SettingsError, TableDefinitions, TablesError, builtin,
};

/// Schemes, clocks, duties, settings, working days, code tables, explainer cards and the county's own facts.
#[derive(Debug, Clone)]
pub struct Rulebook {
    /// Schemes.
    pub schemes: Schemes,
    /// Clocks.
    pub clocks: Rules,
    /// What is due by the calendar.
    pub duties: Duties,
    /// What the texts leave open, as it is worked by.
    pub settings: Settings,
    /// Working days.
    pub calendar: Calendar,
    /// Code tables and townships.
    pub codes: Codes,
    /// Lists of the registers.
    pub lists: Lists,
    /// Columns and checks of the six tables.
    pub tables: TableDefinitions,
    /// Explainer cards, in the order of the screen.
    pub cards: Vec<Card>,
    /// Hotline, office, amounts; all may be empty.
    pub local: Local,
    edition: String,
    own_files: BTreeMap<String, String>,
    texts: BTreeMap<String, String>,
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
    /// `duties.toml`.
    #[error("duties.toml: {0}")]
    Duties(#[from] DutiesError),
    /// `settings.toml`.
    #[error("settings.toml: {0}")]
    Settings(#[from] SettingsError),
    /// `holidays.json`.
    #[error("holidays.json: {0}")]
    Calendar(#[from] CalendarError),
    /// `codes.toml` or `townships.toml`.
    #[error("codes.toml or townships.toml: {0}")]
    Codes(#[from] CodesError),
    /// `registers.toml`.
    #[error("registers.toml: {0}")]
    Lists(#[from] ListsError),
    /// `tables.toml`.
    #[error("tables.toml: {0}")]
    Tables(#[from] TablesError),
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
        static PARSED: LazyLock<Rulebook> = LazyLock::new(|| {
            Rulebook {
                schemes: builtin::schemes(),
                clocks: builtin::rules(),
                duties: builtin::duties(),
                settings: builtin::settings(),
                calendar: builtin::calendar(),
                codes: builtin::codes(),
                lists: builtin::lists(),
                tables: builtin::tables(),
                cards: builtin::cards(),
                local: builtin::local(),
                edition: String::new(),
                own_files: BTreeMap::new(),
                texts: BUILTIN
                    .map(|(name, text)| (format!("builtin/{name}"), text.to_owned()))
                    .into(),
            }
            .stamped()
        });
        PARSED.clone()
    }

    /// The edition of these rules: the editions of the clocks' files, and eight digits that differ whenever any rule
    /// file differs, so that an edit whose author forgot to change the edition is another edition all the same.
    #[must_use]
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// The editions of the explainer cards, each once, and where a county has cards of its own eight digits that differ
    /// whenever one of these does.
    #[must_use]
    pub fn card_editions(&self) -> String {
        let editions: BTreeSet<&str> = self.cards.iter().map(|card| &*card.edition).collect();
        let editions = editions.into_iter().collect::<Vec<_>>().join("、");
        let own = self.own_files.iter();
        let mut cards = own.filter(|(name, _)| name.starts_with(CARDS)).peekable();
        match cards.peek() {
            None => editions,
            Some(_) => format!("{editions} {}", digits_of(cards)),
        }
    }

    /// The files that the county gave, by name: rules and cards that are not those compiled in.
    #[must_use]
    pub fn own_files(&self) -> &BTreeMap<String, String> {
        &self.own_files
    }

    /// The rule files that make up this edition, by name; those that are compiled in stand under `builtin/`. Cards are
    /// not among them.
    #[must_use]
    pub fn texts(&self) -> &BTreeMap<String, String> {
        &self.texts
    }

    fn stamped(mut self) -> Self {
        self.edition = format!("{} {}", self.clocks.edition(), digits_of(&self.texts));
        self
    }

    /// The names of the files that a county may give, as they stand in its folder.
    #[must_use]
    pub fn file_names(&self) -> Vec<String> {
        let rules = BUILTIN.iter().map(|(name, _)| (*name).to_owned());
        let cards = self.cards.iter().map(|card| card_file(&card.key));
        rules.chain(cards).collect()
    }

    /// The same rules with these files, by name, over them. `clocks.toml`, `duties.toml`,
    /// `settings.toml` and the years of `holidays.json` are laid over those that are here; each other file takes the
    /// place of its default. Other names are passed over.
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
        if let Some(text) = file("duties.toml") {
            self.duties = self.duties.overridden_by(Duties::parse(text)?);
        }
        if let Some(text) = file("settings.toml") {
            self.settings = self.settings.overridden_by(Settings::parse(text)?);
        }
        if let Some(text) = file("holidays.json") {
            self.calendar = self.calendar.overridden_by(Calendar::from_json(text)?);
        }
        let (codes, townships) = (file("codes.toml"), file("townships.toml"));
        if codes.is_some() || townships.is_some() {
            self.codes = Codes::parse(
                codes.unwrap_or(builtin::CODES_TOML),
                townships.unwrap_or(builtin::TOWNSHIPS_TOML),
            )?;
        }
        if let Some(text) = file("registers.toml") {
            self.lists = Lists::parse(text)?;
        }
        if let Some(text) = file("tables.toml") {
            self.tables = TableDefinitions::parse(text)?;
        }
        for card in &mut self.cards {
            if let Some(text) = file(&card_file(&card.key)) {
                *card = Card::parse(text)?;
            }
        }
        if let Some(text) = file("local.toml") {
            self.local = Local::parse(text)?;
        }
        for (name, _) in BUILTIN {
            if let Some(text) = files.get(name) {
                self.texts.insert(name.to_owned(), text.clone());
            }
        }
        for name in self.file_names() {
            if let Some(text) = files.get(&name) {
                self.own_files.insert(name, text.clone());
            }
        }
        Ok(self.stamped())
    }
}

/// The rule files, as they are compiled in.
pub(crate) const BUILTIN: [(&str, &str); 10] = [
    ("schemes.toml", builtin::SCHEMES_TOML),
    ("clocks.toml", builtin::CLOCKS_TOML),
    ("duties.toml", builtin::DUTIES_TOML),
    ("settings.toml", builtin::SETTINGS_TOML),
    ("holidays.json", builtin::HOLIDAYS_JSON),
    ("codes.toml", builtin::CODES_TOML),
    ("townships.toml", builtin::TOWNSHIPS_TOML),
    ("registers.toml", builtin::REGISTERS_TOML),
    ("tables.toml", builtin::TABLES_TOML),
    ("local.toml", builtin::LOCAL_TOML),
];

/// Where the cards are in a county's folder.
const CARDS: &str = "cards/";

fn card_file(key: &str) -> String {
    format!("{CARDS}{key}.toml")
}

/// Eight digits that differ whenever one of these files does.
fn digits_of<'f>(files: impl IntoIterator<Item = (&'f String, &'f String)>) -> String {
    let mut hash = Sha256::new();
    for (name, text) in files {
        for part in [name, text] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
    }
    let digits = hash.finalize();
    digits[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
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
    fn any_change_of_a_rule_file_is_another_edition_and_a_card_is_none() {
        let builtin = Rulebook::builtin();
        let with = |name: &str, text: &str| {
            let book = Rulebook::builtin()
                .with_files(&files([(name, text)]))
                .unwrap();
            book.edition().to_owned()
        };
        let codes = with(
            "codes.toml",
            &format!("{}\n# 一句话\n", builtin::CODES_TOML),
        );
        assert_ne!(codes, builtin.edition());
        let card = include_str!("../../../assets/cards/dibao.toml");
        assert_eq!(with("cards/dibao.toml", card), builtin.edition());
        assert_eq!(
            with("local.toml", builtin::LOCAL_TOML),
            with("local.toml", builtin::LOCAL_TOML)
        );
        assert!(
            builtin.edition().starts_with("2026-11 "),
            "{}",
            builtin.edition()
        );
        assert_eq!(builtin.texts()["builtin/clocks.toml"], builtin::CLOCKS_TOML);
    }

    #[test]
    fn a_countys_year_of_holidays_is_laid_over_ours_and_the_others_stay() {
        let year = r#"{"years":{"2027":{"status":"official","off":[{"date":"2027-01-01","name":"元旦"}],"work":[]}}}"#;
        let book = Rulebook::builtin()
            .with_files(&files([("holidays.json", year)]))
            .unwrap();
        assert_eq!(
            book.calendar.published_years().collect::<Vec<_>>(),
            [2024, 2025, 2026, 2027]
        );
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
        let unique: BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
        assert!(names.contains(&"cards/children.toml".to_owned()));
    }
}
