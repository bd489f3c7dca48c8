//! What rows look like, asked of SQLite itself: each edition of the schema is built in memory by
//! the real migrations, so that no rule is written twice.

use std::collections::BTreeMap;

use rusqlite::{
    Connection, params_from_iter,
    types::{Value, ValueRef},
};

use crate::schema;

/// The table whose rows are never brought over: their key was nowhere but in memory.
const LEFT_BEHIND: &str = "draft";

/// Columns that the program reads into a smaller number than the file can hold, with the highest
/// that it writes. No rule of the table is against a higher one or one below zero, but it is
/// damage, and would make every listing of the table fail.
const HIGHEST: [(&str, &str, u32); 12] = [
    ("submission", "scheme", u16::MAX as u32),
    ("submission", "stage", u8::MAX as u32),
    ("outbox", "len", u32::MAX),
    ("outbox", "attempts", u32::MAX),
    ("outbox", "due_boot", u32::MAX),
    ("outbox", "refusal", u8::MAX as u32),
    ("county_time", "boot", u32::MAX),
    ("audit", "boot", u32::MAX),
    ("audit", "actor", u8::MAX as u32),
    ("audit", "action", u8::MAX as u32),
    ("route_state", "bytes_per_second", u32::MAX),
    ("route_state", "boot", u32::MAX),
];

/// The schema after its first `version` steps.
pub(crate) struct Edition {
    pub(crate) version: usize,
    pub(crate) tables: Vec<Shape>,
    /// An empty file of this edition, to try rows on.
    scratch: Connection,
}

/// A table.
pub(crate) struct Shape {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    /// The fewest values that a record has: it does not hold columns that came after it.
    least: usize,
    /// A later build may have added columns.
    open_ended: bool,
    pub(crate) indexes: Vec<Index>,
    /// Where the b-tree begins in a file that was made with this edition.
    pub(crate) fresh_root: u32,
}

/// A column of a table.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) class: Class,
    pub(crate) nullable: bool,
    /// The schema gives the value if a row does not.
    pub(crate) defaulted: bool,
    /// The row's number, which stands in the cell and not in the record.
    pub(crate) is_row: bool,
    /// The highest number that the program writes here, if that is less than the class allows.
    pub(crate) highest: Option<u32>,
}

impl Column {
    /// Whether it takes more than what the program can read.
    pub(crate) fn is_bounded(&self) -> bool {
        self.highest.is_some() || self.class == Class::Text
    }

    /// Whether the program can read the value: the number is in range, the text is one.
    pub(crate) fn can_read(&self, value: ValueRef<'_>) -> bool {
        match (value, self.highest) {
            (ValueRef::Text(text), _) => str::from_utf8(text).is_ok(),
            (ValueRef::Integer(number), Some(highest)) => {
                (0..=i64::from(highest)).contains(&number)
            }
            _ => true,
        }
    }

    fn takes(&self, value: &Value) -> bool {
        self.class.takes(value)
            && (self.nullable || *value != Value::Null)
            && self.can_read(value.into())
    }
}

/// An index: what it says of each row of its table.
pub(crate) struct Index {
    pub(crate) name: String,
    pub(crate) parts: Vec<Part>,
    /// It upholds a rule that no two rows may be alike in these columns, which name the row.
    is_of_rule: bool,
    /// Where the b-tree begins in a file that was made with this edition.
    pub(crate) fresh_root: u32,
}

/// One value of an index's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The row's number.
    Row,
    /// The column of this place.
    Column(usize),
}

/// What a strict column takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Integer,
    Real,
    Text,
    Blob,
    Any,
}

impl Class {
    fn of(name: &str) -> Self {
        match name {
            "INTEGER" | "INT" => Self::Integer,
            "REAL" => Self::Real,
            "TEXT" => Self::Text,
            "BLOB" => Self::Blob,
            _ => Self::Any,
        }
    }

    pub(crate) fn takes(self, value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Integer(_) => matches!(self, Self::Integer | Self::Any),
            // SQLite keeps a whole number of a REAL column as an integer; we have no such column.
            Value::Real(_) => matches!(self, Self::Real | Self::Any),
            Value::Text(_) => matches!(self, Self::Text | Self::Any),
            Value::Blob(_) => matches!(self, Self::Blob | Self::Any),
        }
    }
}

impl Edition {
    /// The edition after `version` steps; of a later build, what this one knows of it.
    pub(crate) fn new(version: usize) -> rusqlite::Result<Self> {
        let open_ended = schema::NEWEST < version;
        let version = version.clamp(1, schema::NEWEST);
        let mut scratch = Connection::open_in_memory()?;
        let mut least = BTreeMap::new();
        for step in 1..=version {
            schema::migrate_to(&mut scratch, step)?;
            for (table, columns) in column_counts(&scratch)? {
                least.entry(table).or_insert(columns);
            }
        }
        let mut tables = shapes(&scratch)?;
        for table in &mut tables {
            let columns = table.columns.len();
            table.least = least.get(&table.name).copied().unwrap_or(columns);
            table.open_ended = open_ended;
        }
        scratch.pragma_update(None, "foreign_keys", false)?;
        Ok(Self {
            version,
            tables,
            scratch,
        })
    }

    /// Names and SQL of all that this edition has.
    pub(crate) fn schema(&self) -> rusqlite::Result<BTreeMap<String, Option<String>>> {
        schema_of(&self.scratch)
    }

    pub(crate) fn table(&self, name: &str) -> Option<(usize, &Shape)> {
        let mut tables = self.tables.iter().enumerate();
        tables.find(|(_, shape)| shape.name == name)
    }

    /// Whether the table's own rules take this row; other rows are not looked at.
    pub(crate) fn allows(&self, shape: &Shape, row: &[Value]) -> rusqlite::Result<bool> {
        self.scratch.execute_batch("SAVEPOINT trial")?;
        let allowed = insert(&self.scratch, shape, row);
        self.scratch
            .execute_batch("ROLLBACK TO trial; RELEASE trial")?;
        allowed
    }
}

impl Shape {
    /// The place of a column; `None` in an edition that lacks it.
    pub(crate) fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|known| known.name == column)
    }

    /// The place of the row's number; `None` in a table that shows it in no column.
    pub(crate) fn row_place(&self) -> Option<usize> {
        self.columns.iter().position(|column| column.is_row)
    }

    /// The row's values in the order of the columns, with its number in place; `None` if the record
    /// has too few or too many values or one of the wrong class. Columns of later builds are left out.
    pub(crate) fn row(&self, number: i64, mut record: Vec<Value>) -> Option<Vec<Value>> {
        if !self.has_len(record.len()) {
            return None;
        }
        record.truncate(self.columns.len());
        for (column, value) in self.columns.iter().zip(&mut record) {
            if column.is_row {
                if *value != Value::Null {
                    return None;
                }
                *value = Value::Integer(number);
            } else if !column.takes(value) {
                return None;
            }
        }
        Some(record)
    }

    /// Whether the values in this column tell rows apart, and stay as they are while the row does.
    pub(crate) fn is_name(&self, place: usize) -> bool {
        let mut rules = self.indexes.iter().filter(|index| index.is_of_rule);
        rules.any(|index| index.parts.contains(&Part::Column(place)))
    }

    fn has_len(&self, len: usize) -> bool {
        self.least <= len && (len <= self.columns.len() || self.open_ended)
    }
}

/// Inserts a row as [`Shape::row`] gives it; `false` if a rule of the table or another row of it
/// is against it.
pub(crate) fn insert(
    connection: &Connection,
    shape: &Shape,
    row: &[Value],
) -> rusqlite::Result<bool> {
    let columns: Vec<_> = shape.columns.iter().map(|c| c.name.as_str()).collect();
    insert_into(connection, shape, &columns[..row.len()], row)
}

/// As [`insert`], with values for `columns` only.
pub(crate) fn insert_into(
    connection: &Connection,
    shape: &Shape,
    columns: &[&str],
    values: &[Value],
) -> rusqlite::Result<bool> {
    let sql = format!(
        "INSERT OR IGNORE INTO {} ({}) VALUES ({})",
        shape.name,
        columns.join(", "),
        vec!["?"; values.len()].join(", "),
    );
    let inserted = connection
        .prepare_cached(&sql)?
        .execute(params_from_iter(values));
    match inserted {
        Ok(count) => Ok(count == 1),
        Err(error) if is_against_rules(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Names and SQL of the tables, indexes and triggers of a file.
pub(crate) fn schema_of(
    connection: &Connection,
) -> rusqlite::Result<BTreeMap<String, Option<String>>> {
    connection
        .prepare("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'")?
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn is_against_rules(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}

fn column_counts(connection: &Connection) -> rusqlite::Result<Vec<(String, usize)>> {
    connection
        .prepare(
            "SELECT t.name, count(*) FROM sqlite_schema AS t, pragma_table_info(t.name)
             WHERE t.type = 'table' GROUP BY t.name",
        )?
        .query_map((), |row| Ok((row.get(0)?, row.get::<_, u32>(1)? as usize)))?
        .collect()
}

fn shapes(connection: &Connection) -> rusqlite::Result<Vec<Shape>> {
    connection
        .prepare(
            "SELECT name, rootpage FROM sqlite_schema
             WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> ?1 ORDER BY rowid",
        )?
        .query_map((LEFT_BEHIND,), |row| {
            let name: String = row.get(0)?;
            Ok(Shape {
                columns: columns(connection, &name)?,
                least: 0,
                open_ended: false,
                indexes: indexes(connection, &name)?,
                fresh_root: row.get(1)?,
                name,
            })
        })?
        .collect()
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    connection
        .prepare(
            "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk
             FROM pragma_table_info(?1) ORDER BY cid",
        )?
        .query_map((table,), |row| {
            let class = Class::of(&row.get::<_, String>(1)?);
            let is_row = row.get(4)? && class == Class::Integer;
            let name: String = row.get(0)?;
            let highest = HIGHEST.iter();
            let highest = highest.filter(|known| (known.0, known.1) == (table, name.as_str()));
            Ok(Column {
                highest: highest.map(|known| known.2).next(),
                name,
                class,
                nullable: !row.get::<_, bool>(2)?,
                defaulted: row.get(3)?,
                is_row,
            })
        })?
        .collect()
}

fn indexes(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Index>> {
    connection
        .prepare(
            "SELECT name, rootpage, sql IS NULL FROM sqlite_schema
             WHERE type = 'index' AND tbl_name = ?1 ORDER BY rowid",
        )?
        .query_map((table,), |row| {
            let name: String = row.get(0)?;
            Ok(Index {
                parts: parts(connection, &name)?,
                is_of_rule: row.get(2)?,
                fresh_root: row.get(1)?,
                name,
            })
        })?
        .collect()
}

fn parts(connection: &Connection, index: &str) -> rusqlite::Result<Vec<Part>> {
    connection
        .prepare("SELECT cid FROM pragma_index_xinfo(?1) ORDER BY seqno")?
        .query_map((index,), |row| {
            let place: i64 = row.get(0)?;
            Ok(usize::try_from(place).map_or(Part::Row, Part::Column))
        })?
        .collect()
}
