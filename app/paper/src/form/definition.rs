//! The shape of a definition file, and its repeated parts written out.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{FiledUnder, FormError, TableRow};

/// The file's outermost level.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Definition {
    pub(super) key: String,
    pub(super) code: String,
    /// The heading; a line break sets it in two lines.
    pub(super) title: String,
    /// The heading where there is little room; the whole one if there is none.
    #[serde(default)]
    pub(super) short_title: String,
    #[serde(default)]
    pub(super) filed_under: FiledUnder,
    /// Numbers of the schemes that it is signed for.
    #[serde(default)]
    pub(super) schemes: Vec<u16>,
    /// Fields that the page is of no use without, by id.
    #[serde(default)]
    pub(super) required: Vec<String>,
    pub(super) page: Vec<PageDefinition>,
}

/// One page: sections of a ruled table, then notes beside the lower code.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageDefinition {
    /// How many pages of this shape follow each other; the rows of their tables are numbered on.
    #[serde(default = "one")]
    copies: u8,
    pub(crate) section: Vec<SectionDefinition>,
    #[serde(default)]
    pub(crate) notes: Vec<String>,
}

fn one() -> u8 {
    1
}

/// Rows under one name, which stands upright in the left column.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(crate) struct SectionDefinition {
    pub(crate) side: Option<String>,
    repeat: Option<Repeat>,
    pub(crate) row: Vec<RowDefinition>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowDefinition {
    pub(crate) height: f64,
    repeat: Option<Repeat>,
    pub(crate) cells: Vec<CellDefinition>,
    /// Which row of which table it is, once repetitions are written out.
    #[serde(skip)]
    pub(crate) table_row: Option<TableRow>,
}

/// A row or a whole section that stands several times below itself as rows of a table: `times`, or once for each of
/// `names`. `{n}` in its texts, ids and names is the number of the row, which counts on through the form, and `{name}` its
/// name.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Repeat {
    table: String,
    #[serde(default)]
    times: u8,
    #[serde(default)]
    names: Vec<String>,
}

/// One cell of a row; cells without a width share what the others leave.
#[derive(Deserialize, Clone)]
pub(crate) struct CellDefinition {
    pub(crate) width: Option<f64>,
    #[serde(flatten)]
    pub(crate) content: Content,
}

#[derive(Deserialize, Clone)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Content {
    Label {
        text: String,
        size: Option<f64>,
    },
    Prose {
        text: String,
        size: Option<f64>,
    },
    Text {
        id: String,
        name: String,
    },
    Digits {
        id: String,
        name: String,
        count: u8,
    },
    /// Digit boxes for year, month and day: the fields `id_year`, `id_month` and `id_day`.
    Date {
        id: String,
        name: String,
    },
    Ticks {
        /// What all options answer; begins each one's label.
        name: String,
        columns: usize,
        options: Vec<TickDefinition>,
    },
    /// Words and fields one after another, broken into lines between them.
    Flow {
        parts: Vec<Part>,
    },
    Signature {
        id: String,
        name: String,
    },
    Fingerprint {
        id: String,
        name: String,
    },
    Seal {
        id: String,
        name: String,
    },
}

#[derive(Deserialize, Clone)]
pub(crate) struct TickDefinition {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) code: Option<u8>,
}

/// A piece of a flow.
#[derive(Deserialize, Clone)]
#[serde(untagged)]
pub(crate) enum Part {
    Words(String),
    /// A tick box with its answer behind it.
    Tick {
        tick: String,
        id: String,
        name: String,
        code: Option<u8>,
    },
    /// A row of this many digit boxes.
    Digits {
        digits: u8,
        id: String,
        name: String,
    },
    /// A box of this width to write in.
    Box {
        #[serde(rename = "box")]
        width: f64,
        id: String,
        name: String,
    },
}

impl TickDefinition {
    /// What a person calls the box: the question and the answer.
    pub(crate) fn label_under(&self, question: &str) -> String {
        format!("{question}：{}", self.label)
    }
}

impl Definition {
    /// Reads a file and writes its repetitions out.
    pub(super) fn parse(definition: &str) -> Result<Self, FormError> {
        let mut file: Self = toml::from_str(definition)?;
        let pages: usize = file.page.iter().map(|page| usize::from(page.copies)).sum();
        if !(1..=9).contains(&pages) {
            return Err(FormError::Pages { pages });
        }
        let mut counters = BTreeMap::new();
        let shapes = std::mem::take(&mut file.page);
        for shape in shapes {
            for _ in 0..shape.copies {
                file.page.push(shape.clone().written_out(&mut counters));
            }
        }
        Ok(file)
    }
}

/// How many rows each table has so far.
type Counters = BTreeMap<String, u16>;

impl Repeat {
    /// The rows, numbered on from what `counters` says.
    fn rows(&self, counters: &mut Counters) -> Vec<NamedRow> {
        let count = counters.entry(self.table.clone()).or_default();
        (0..self.names.len().max(usize::from(self.times)))
            .map(|i| {
                // More rows than fit on nine pages have the same number, and two fields of one name are refused.
                *count = count.saturating_add(1);
                let row = TableRow {
                    table: self.table.clone(),
                    number: *count,
                };
                (row, self.names.get(i).cloned().unwrap_or_default())
            })
            .collect()
    }
}

/// A row of a table, and the name that stands for `{name}` in it.
type NamedRow = (TableRow, String);

impl PageDefinition {
    fn written_out(mut self, counters: &mut Counters) -> Self {
        let mut sections = Vec::new();
        for section in self.section {
            match &section.repeat {
                Some(repeat) => {
                    let rows = repeat.rows(counters);
                    sections.extend(rows.iter().map(|row| section.clone().numbered(row)));
                }
                None => sections.push(section),
            }
        }
        for section in &mut sections {
            for row in std::mem::take(&mut section.row) {
                match &row.repeat {
                    Some(repeat) => {
                        let rows = repeat.rows(counters);
                        let copies = rows.iter().map(|number| row.clone().numbered(number));
                        section.row.extend(copies);
                    }
                    None => section.row.push(row),
                }
            }
        }
        self.section = sections;
        self
    }
}

impl SectionDefinition {
    fn numbered(mut self, row: &NamedRow) -> Self {
        if let Some(side) = &mut self.side {
            number(side, row);
        }
        self.row = self.row.into_iter().map(|r| r.numbered(row)).collect();
        self
    }
}

impl RowDefinition {
    fn numbered(mut self, row: &NamedRow) -> Self {
        for cell in &mut self.cells {
            for text in cell.content.texts_mut() {
                number(text, row);
            }
        }
        self.table_row = Some(row.0.clone());
        self
    }
}

fn number(text: &mut String, (row, name): &NamedRow) {
    *text = text
        .replace("{n}", &row.number.to_string())
        .replace("{name}", name);
}

impl Content {
    fn texts_mut(&mut self) -> Vec<&mut String> {
        match self {
            Self::Label { text, .. } | Self::Prose { text, .. } => vec![text],
            Self::Text { id, name }
            | Self::Digits { id, name, .. }
            | Self::Date { id, name }
            | Self::Signature { id, name }
            | Self::Fingerprint { id, name }
            | Self::Seal { id, name } => vec![id, name],
            Self::Ticks { name, options, .. } => {
                let answers = options.iter_mut().flat_map(|o| [&mut o.id, &mut o.label]);
                std::iter::once(name).chain(answers).collect()
            }
            Self::Flow { parts } => parts.iter_mut().flat_map(Part::texts_mut).collect(),
        }
    }
}

impl Part {
    fn texts_mut(&mut self) -> Vec<&mut String> {
        match self {
            Self::Words(words) => vec![words],
            Self::Tick { tick, id, name, .. } => vec![tick, id, name],
            Self::Digits { id, name, .. } | Self::Box { id, name, .. } => vec![id, name],
        }
    }
}
