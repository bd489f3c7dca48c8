use envelope::ObjectHash;
use rusqlite::{Connection, ErrorCode, OptionalExtension, ffi};

use super::{
    shape::{self, Edition},
    slip_counter_of,
};
use crate::{
    ReadError,
    schema::{self, APPLICATION_ID},
};

/// The most of SQLite's own findings that are kept: they tell a person what happened, and one
/// damaged page can make thousands.
const STRUCTURE_FINDINGS_MAX: u32 = 10;

/// The most steps that a later build can have; a higher number in the header is damage.
const VERSION_MAX: u32 = 1_000;

/// What a check of the file found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// Empty if the file is sound.
    pub findings: Vec<Finding>,
}

/// Something that no run of the program and no power cut leaves behind. It holds no value of a row
/// and may be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A page, row or index is not as SQLite wrote it.
    Structure {
        /// SQLite's words.
        found: String,
    },
    /// Rows name others that are not there.
    References {
        /// How many.
        rows: u32,
    },
    /// Sealed bytes are not those of their hash.
    Bytes {
        /// Of how many objects.
        objects: u32,
    },
    /// Numbers or texts that the program never writes and cannot read, and SQLite minds not.
    Values {
        /// In how many rows.
        rows: u32,
    },
    /// A counter is gone, or the slip counter is behind the slips given.
    Counter,
    /// Tables, indexes or triggers are not those of the version that the header tells.
    Schema {
        /// That version.
        version: u32,
    },
    /// The header does not say whose file it is.
    Owner,
    /// The header says that the file is for reading only.
    ReadOnly,
    /// The log holds transactions behind a damaged one, which SQLite would drop.
    Log,
    /// The file is empty while its log is not.
    Emptied,
}

impl Health {
    /// Whether nothing was found.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Looks at all of an open file: SQLite's `integrity_check` (every page, row, rule and index), what
/// rows name each other by, every sealed object against its hash, and the counters.
///
/// A file of 52 MB with 1500 objects takes 0.1 to 0.2 s on one busy x86-64 core, so that it can be
/// done at every start. `integrity_check` takes 0.04 s of that and `quick_check`, which leaves the
/// indexes out, no less than half; what takes time are the hashes, and they alone see a flipped bit in
/// sealed bytes. Every object whose bytes are here is checked, acknowledged or not: the county may ask
/// for it again.
///
/// # Errors
///
/// [`ReadError`] if the check cannot be made for another reason than damage, such as want of memory.
pub fn check(connection: &Connection) -> Result<Health, ReadError> {
    let mut health = Health::default();
    match look(connection, &mut health.findings) {
        Err(error) if is_damage(&error) => health.findings.push(Finding::Structure {
            found: error.to_string(),
        }),
        other => other?,
    }
    Ok(health)
}

fn look(connection: &Connection, findings: &mut Vec<Finding>) -> rusqlite::Result<()> {
    let mut structure =
        connection.prepare(&format!("PRAGMA integrity_check({STRUCTURE_FINDINGS_MAX})"))?;
    let structure = structure.query_map((), |row| row.get(0))?;
    for found in structure {
        let found: String = found?;
        if found != "ok" {
            findings.push(Finding::Structure { found });
        }
    }
    if !findings.is_empty() || is_empty(connection)? {
        return Ok(());
    }
    let version = connection.query_row("PRAGMA user_version", (), |row| row.get(0))?;
    let edition = Edition::new(usize::try_from(version).unwrap_or(usize::MAX))?;
    if !schema_is_of(connection, version, &edition)? {
        findings.push(Finding::Schema { version });
        return Ok(());
    }
    let owner: i32 = connection.query_row("PRAGMA application_id", (), |row| row.get(0))?;
    if owner != APPLICATION_ID {
        findings.push(Finding::Owner);
    }
    let rows =
        connection.query_row("SELECT count(*) FROM pragma_foreign_key_check", (), |row| {
            row.get(0)
        })?;
    if 0 < rows {
        findings.push(Finding::References { rows });
    }
    let objects = objects_of_other_bytes(connection)?;
    if 0 < objects {
        findings.push(Finding::Bytes { objects });
    }
    let rows = rows_of_strange_values(connection, &edition)?;
    if 0 < rows {
        findings.push(Finding::Values { rows });
    }
    if !counters_hold(connection)? {
        findings.push(Finding::Counter);
    }
    Ok(())
}

/// A file before its first step.
fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT user_version = 0 AND NOT EXISTS (SELECT 1 FROM sqlite_schema)
         FROM pragma_user_version",
        (),
        |row| row.get(0),
    )
}

/// A later build may have more, and columns of its own.
fn schema_is_of(
    connection: &Connection,
    version: u32,
    edition: &Edition,
) -> rusqlite::Result<bool> {
    let expected = edition.schema()?;
    let found = shape::schema_of(connection)?;
    let of_this_build = usize::try_from(version) == Ok(edition.version);
    let of_later_one = (schema::NEWEST as u64) < u64::from(version) && version <= VERSION_MAX;
    Ok(if of_this_build {
        found == expected
    } else {
        of_later_one && expected.keys().all(|name| found.contains_key(name))
    })
}

fn objects_of_other_bytes(connection: &Connection) -> rusqlite::Result<u32> {
    let mut objects = connection.prepare(
        "SELECT o.hash, c.bytes FROM ciphertext AS c JOIN outbox AS o ON o.id = c.object",
    )?;
    let mut objects = objects.query(())?;
    let mut others = 0;
    while let Some(row) = objects.next()? {
        let of_bytes = ObjectHash::of(row.get_ref(1)?.as_blob()?);
        others += u32::from(of_bytes.0 != row.get_ref(0)?.as_blob()?);
    }
    Ok(others)
}

fn rows_of_strange_values(connection: &Connection, edition: &Edition) -> rusqlite::Result<u32> {
    let mut strange = 0;
    for shape in &edition.tables {
        let columns = shape.columns.iter().filter(|column| column.is_bounded());
        let columns: Vec<_> = columns.collect();
        if columns.is_empty() {
            continue;
        }
        let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
        let sql = format!("SELECT {} FROM {}", names.join(", "), shape.name);
        let mut rows = connection.prepare(&sql)?;
        let mut rows = rows.query(())?;
        while let Some(row) = rows.next()? {
            let mut all = true;
            for (place, column) in columns.iter().enumerate() {
                all &= column.can_read(row.get_ref(place)?);
            }
            strange += u32::from(!all);
        }
    }
    Ok(strange)
}

fn counters_hold(connection: &Connection) -> rusqlite::Result<bool> {
    let last: Option<u32> = connection
        .query_row("SELECT last FROM slip_counter", (), |row| row.get(0))
        .optional()?;
    let Some(last) = last else {
        return Ok(false);
    };
    let mut slips = connection.prepare("SELECT slip_number FROM submission")?;
    let mut slips = slips.query(())?;
    while let Some(row) = slips.next()? {
        if slip_counter_of(row.get_ref(0)?.as_str()?).is_some_and(|given| last < given) {
            return Ok(false);
        }
    }
    // An older edition counts no starts.
    Ok(!connection.table_exists(None, "boot")?
        || connection.prepare("SELECT 1 FROM boot")?.exists(())?)
}

/// Whether an error tells of the file's bytes and not of the moment.
fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => true,
            // Such as a table that is not there.
            ErrorCode::Unknown => failure.extended_code == ffi::SQLITE_ERROR,
            ErrorCode::SystemIoFailure => matches!(
                failure.extended_code,
                ffi::SQLITE_IOERR_READ | ffi::SQLITE_IOERR_SHORT_READ | ffi::SQLITE_IOERR_CORRUPTFS
            ),
            _ => false,
        },
        // A statement that names what is not there, or a value of another class.
        rusqlite::Error::SqlInputError { .. }
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::Utf8Error(..) => true,
        _ => false,
    }
}
