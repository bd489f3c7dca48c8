use std::path::PathBuf;

/// What a recovery brought back and what it did not. It holds no answer and no name, and may be
/// logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Where the damaged file lies now, with its log beside it under the same name and `-wal`.
    pub damaged: PathBuf,
    /// Each table in the order of the schema, without the parts of a visit, whose key is gone.
    pub tables: Vec<TableReport>,
    /// Objects whose own row was lost and was made again from their bytes; they are owed, though the
    /// county may have some of them already.
    pub objects_rebuilt: u64,
    /// Slip numbers of the submissions of which an owed object is lost for good: these people
    /// should be asked to apply again, unless the county has the object already.
    pub incomplete: Vec<String>,
}

/// What became of the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableReport {
    /// Its name.
    pub table: String,
    /// Rows brought over as they were.
    pub whole: u64,
    /// Rows made again from what other rows, indexes and sealed bytes tell of them.
    pub rebuilt: u64,
    /// Rows lost, as far as can be known: row numbers between others that are gone, and owed
    /// objects without bytes. Rows that an earlier recovery lost are among them; a row after the last
    /// that is known leaves no trace.
    pub lost: u64,
}
