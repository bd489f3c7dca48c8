//! The shape of `tables.toml`: which columns a table has, in which order, and what must hold among them.

use serde::Deserialize;

/// What a table has a row for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowKind {
    /// Each focus item in each township.
    FocusAndTownship,
    /// Each filing of the near-relative register.
    Filings,
    /// Each township, of the near-relative register.
    FilingsByTownship,
    /// Each township, class and pay day.
    Payments,
    /// Each newly disabled or monitored person.
    NewlyEligible,
    /// Each person who died or went to prison.
    Departed,
    /// Each problem of the rectification list.
    Problems,
}

impl RowKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::FocusAndTownship,
        Self::Filings,
        Self::FilingsByTownship,
        Self::Payments,
        Self::NewlyEligible,
        Self::Departed,
        Self::Problems,
    ];

    /// The figures that such a row has.
    #[must_use]
    pub const fn figures(self) -> &'static [&'static str] {
        match self {
            Self::FocusAndTownship => &[
                "focus",
                "township",
                "problems-new",
                "problems-all",
                "problems-words",
                "places",
                "households",
                "persons",
                "amount",
                "rectified-new",
                "rectified-all",
                "rectified-share",
                "handed-over",
                "sanctioned",
                "recovered",
                "made-up",
                "improved",
            ],
            Self::Filings => &[
                "township",
                "village",
                "official",
                "post",
                "category",
                "applicant",
                "id-number",
                "relation",
                "scheme",
                "persons",
                "monthly",
                "applied",
                "filed",
                "visited",
                "visited-by",
                "qualifies",
                "recusal",
                "result",
            ],
            Self::FilingsByTownship => &[
                "township",
                "due-households",
                "due-persons",
                "filed-households",
                "filed-persons",
                "filed-new",
                "visited-households",
                "left-households",
            ],
            Self::Payments => &[
                "township",
                "class",
                "period",
                "households",
                "persons",
                "elderly",
                "minors",
                "disabled",
                "owed",
                "paid",
                "paid-on",
                "in-time",
                "not-in-full",
                "not-in-full-why",
                "made-up",
                "made-up-on",
                "new-households",
                "new-persons",
                "left-households",
                "left-persons",
                "per-head",
            ],
            Self::NewlyEligible => &[
                "township",
                "village",
                "name",
                "sex",
                "id-number",
                "group",
                "recognised",
                "disability-kind",
                "disability-level",
                "certificate",
                "family",
                "has-now",
                "qualifies",
                "applied",
                "not-applied-why",
                "visited-by",
                "visited-on",
            ],
            Self::Departed => &[
                "township",
                "village",
                "name",
                "id-number",
                "class",
                "group",
                "happened",
                "through",
                "known",
                "rechecked",
                "limit",
                "measure",
                "settled-on",
                "from",
                "overpaid-months",
                "overpaid",
                "recovered",
                "recovered-on",
                "funeral",
            ],
            Self::Problems => &[
                "origin",
                "focus",
                "words",
                "place",
                "measures",
                "unit",
                "leader",
                "responsible",
                "due",
                "state",
                "done",
                "amount",
                "recovered",
                "made-up",
                "improved",
                "closed",
                "accepted-by",
            ],
        }
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// What stands above it.
    pub title: String,
    /// The figure in it, one of [`RowKind::figures`]; `None` for a column with the same text in each row.
    pub figure: Option<String>,
    /// That text; empty for a column that is filled in by hand.
    #[serde(default)]
    pub text: String,
}

/// How two sums are held against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compare {
    /// They are the same.
    Equals,
    /// The first is not more than the second; of days, not later.
    AtMost,
}

/// What must hold in each row and in the last one (勾稽关系). Where a day or a month is missing it is not asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// In plain Chinese, as it is said when it does not hold.
    pub title: String,
    /// The figures that are added up on the one side.
    pub sum: Vec<String>,
    /// How.
    pub is: Compare,
    /// The figures on the other side.
    pub of: Vec<String>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableDefinition {
    /// Its name in addresses and on the command line: the number of the attachment, and a letter for a second part.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it has rows for.
    pub rows: RowKind,
    /// What it rests on.
    pub source: String,
    /// Its columns, after the one that numbers the rows.
    pub column: Vec<Column>,
    /// What must hold in it.
    #[serde(default)]
    pub check: Vec<Check>,
}

/// Why a file of tables was refused; its editor reacts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TablesError {
    /// Not TOML, or not of this shape.
    #[error("tables cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// Two tables of one id.
    #[error("table {id} stands twice")]
    Duplicate {
        /// The id.
        id: String,
    },
    /// A column or a check names a figure that rows of this kind do not have.
    #[error("table {id} has no figure {figure}, there are: {}", rows.figures().join(", "))]
    NoSuchFigure {
        /// The table.
        id: String,
        /// The figure.
        figure: String,
        /// What the table has rows for.
        rows: RowKind,
    },
    /// A column has a figure and a text, so that nobody knows which stands in it.
    #[error("column {title} of table {id} needs a figure or a text, not both")]
    FigureAndText {
        /// The table.
        id: String,
        /// The column.
        title: String,
    },
    /// The table has no column.
    #[error("table {id} has no column")]
    NoColumn {
        /// The table.
        id: String,
    },
}

/// The tables of a county.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDefinitions {
    edition: String,
    tables: Vec<TableDefinition>,
}

impl TableDefinitions {
    /// Reads `tables.toml`.
    ///
    /// # Errors
    ///
    /// [`TablesError`] with the place in the file or the table at fault.
    pub fn parse(toml: &str) -> Result<Self, TablesError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            edition: String,
            table: Vec<TableDefinition>,
        }
        let file: File = toml::from_str(toml)?;
        for (index, table) in file.table.iter().enumerate() {
            if file.table[..index].iter().any(|other| other.id == table.id) {
                return Err(TablesError::Duplicate {
                    id: table.id.clone(),
                });
            }
            table.check()?;
        }
        Ok(Self {
            edition: file.edition,
            tables: file.table,
        })
    }

    /// The file's edition.
    #[must_use]
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// The tables, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[TableDefinition] {
        &self.tables
    }

    /// The table of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&TableDefinition> {
        self.tables.iter().find(|table| table.id == id)
    }
}

impl TableDefinition {
    fn check(&self) -> Result<(), TablesError> {
        if self.column.is_empty() {
            return Err(TablesError::NoColumn {
                id: self.id.clone(),
            });
        }
        for column in &self.column {
            if column.figure.is_some() && !column.text.is_empty() {
                return Err(TablesError::FigureAndText {
                    id: self.id.clone(),
                    title: column.title.clone(),
                });
            }
        }
        let of_columns = self
            .column
            .iter()
            .filter_map(|column| column.figure.as_ref());
        let of_checks = self
            .check
            .iter()
            .flat_map(|check| check.sum.iter().chain(&check.of));
        for figure in of_columns.chain(of_checks) {
            if !self.rows.figures().contains(&figure.as_str()) {
                return Err(TablesError::NoSuchFigure {
                    id: self.id.clone(),
                    figure: figure.clone(),
                    rows: self.rows,
                });
            }
        }
        Ok(())
    }
}
