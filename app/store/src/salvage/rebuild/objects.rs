use std::collections::BTreeMap;

use envelope::{Header, Kind, ObjectHash};
use rusqlite::{OptionalExtension, types::Value};

use super::{Pages, Place, Rebuild, row_at, shape};

/// The bytes of an object, found in the damaged file.
#[derive(Clone)]
struct Found<'a> {
    pages: &'a Pages<'a>,
    place: Place,
    /// The number of the row that they lie under.
    row: i64,
    len: i64,
    /// `None` if they do not begin as a sealed object.
    priority: Option<i64>,
}

type Objects<'a> = BTreeMap<ObjectHash, Found<'a>>;

/// Which acknowledgement names an object: its row number and when it came.
type Acknowledged = BTreeMap<ObjectHash, (i64, i64)>;

impl<'a> Rebuild<'a> {
    /// The outbox and the bytes; submissions and acknowledgements are there.
    pub(super) fn objects(&mut self) -> rusqlite::Result<()> {
        let found = self.find()?;
        let acknowledged = self.acknowledged()?;
        self.bring_outbox(&found)?;
        self.lost_outbox(&found, &acknowledged)?;
        for (hash, object) in &found {
            self.bring_bytes(*hash, object, &found, &acknowledged)?;
        }
        Ok(())
    }

    /// All bytes of objects, under the name that they have by right.
    fn find(&self) -> rusqlite::Result<Objects<'a>> {
        let mut found = Objects::new();
        let Some((table, shape)) = self.edition.table("ciphertext") else {
            return Ok(found);
        };
        for (pages, place) in self.places(table) {
            if let Some([Value::Integer(row), Value::Blob(bytes)]) =
                row_at(pages, shape, place).as_deref()
            {
                let header = Header::parse(bytes)
                    .ok()
                    .filter(|header| header.suite.overhead_min() <= bytes.len());
                found.entry(ObjectHash::of(bytes)).or_insert(Found {
                    pages,
                    place,
                    row: *row,
                    len: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
                    priority: header.map(|header| priority(header.kind)),
                });
            }
        }
        Ok(found)
    }

    fn acknowledged(&self) -> rusqlite::Result<Acknowledged> {
        let mut acknowledged = Acknowledged::new();
        let mut rows = self
            .connection
            .prepare("SELECT id, received_ms, message FROM acknowledgement ORDER BY id")?;
        let mut rows = rows.query(())?;
        while let Some(row) = rows.next()? {
            let named = hashes_in(row.get_ref(2)?.as_blob()?);
            let acknowledgement = (row.get(0)?, row.get(1)?);
            for hash in named {
                acknowledged.entry(hash).or_insert(acknowledgement);
            }
        }
        Ok(acknowledged)
    }

    fn bring_outbox(&mut self, found: &Objects<'_>) -> rusqlite::Result<()> {
        let Some((table, shape)) = self.edition.table("outbox") else {
            return Ok(());
        };
        let places = [
            "id",
            "submission",
            "hash",
            "acknowledged_ms",
            "acknowledgement",
        ];
        let [
            Some(id),
            Some(submission),
            Some(hash),
            Some(received),
            Some(proof),
        ] = places.map(|column| shape.place(column))
        else {
            return Ok(());
        };
        for (pages, place) in self.rows(table) {
            let Some(mut row) = row_at(pages, shape, place) else {
                continue;
            };
            let Value::Integer(number) = row[id] else {
                continue;
            };
            if self.has("outbox", number)? || !self.edition.allows(shape, &row)? {
                continue;
            }
            // Of a row and its index one is wrong; whole bytes say which.
            if let Some(indexed) = self.known_hash(number)
                && found.contains_key(&indexed)
                && object_hash(&row[hash]).is_some_and(|hash| !found.contains_key(&hash))
            {
                row[hash] = Value::Blob(indexed.0.to_vec());
            }
            let Some(name) = object_hash(&row[hash]) else {
                continue;
            };
            if self.outbox_row(name)?.is_some() {
                continue;
            }
            if let Value::Integer(parent) = row[submission]
                && !self.has("submission", parent)?
            {
                self.stand_in_submission(Some(parent), name)?;
            }
            if let Value::Integer(parent) = row[proof]
                && !self.has("acknowledgement", parent)?
            {
                // That the county has the object stays true without the proof.
                let values = [("received_ms", row[received].clone())];
                self.make("acknowledgement", Some(parent), &values)?;
            }
            if shape::insert(self.connection, shape, &row)? {
                *self.whole.entry("outbox".to_owned()).or_default() += 1;
            }
        }
        Ok(())
    }

    /// Rows of the outbox that are lost while an index still tells hash and submission.
    fn lost_outbox(
        &mut self,
        found: &Objects<'_>,
        acknowledged: &Acknowledged,
    ) -> rusqlite::Result<()> {
        for row in self.known_of_lost("outbox")? {
            if let Some(hash) = self.known_hash(row)
                && self.known_submission(row).is_some()
                && self.outbox_row(hash)?.is_none()
            {
                self.make_outbox(Some(row), hash, found, acknowledged)?;
            }
        }
        Ok(())
    }

    fn known_hash(&self, row: i64) -> Option<ObjectHash> {
        object_hash(&self.known("outbox", row, "hash")?)
    }

    fn known_submission(&self, row: i64) -> Option<i64> {
        match self.known("outbox", row, "submission")? {
            Value::Integer(submission) => Some(submission),
            _ => None,
        }
    }

    /// Makes a row for an object, under the submission that the index names or a stand-in. It is owed
    /// if its bytes are here: whether the county has asked for it again, the lost row knew.
    fn make_outbox(
        &mut self,
        row: Option<i64>,
        hash: ObjectHash,
        found: &Objects<'_>,
        acknowledged: &Acknowledged,
    ) -> rusqlite::Result<Option<i64>> {
        let object = found.get(&hash);
        let told = object.map(|object| object.row).or(row);
        let told = told.filter(|row| self.known_hash(*row) == Some(hash));
        let submission = match told.and_then(|row| self.known_submission(row)) {
            Some(submission) if self.has("submission", submission)? => Some(submission),
            other => self.stand_in_submission(other, hash)?,
        };
        let Some(submission) = submission else {
            return Ok(None);
        };
        let priority = object.and_then(|object| object.priority);
        let mut values = vec![
            ("submission", Value::Integer(submission)),
            ("hash", Value::Blob(hash.0.to_vec())),
            (
                "priority",
                Value::Integer(priority.unwrap_or(PRIORITY_LAST)),
            ),
            ("len", Value::Integer(object.map_or(0, |object| object.len))),
        ];
        if object.is_none()
            && let Some((acknowledgement, received_ms)) = acknowledged.get(&hash)
        {
            values.extend([
                ("acknowledgement", Value::Integer(*acknowledgement)),
                ("acknowledged_ms", Value::Integer(*received_ms)),
            ]);
        }
        let made = self.make("outbox", row, &values)?;
        self.objects_rebuilt += u64::from(object.is_some() && made.is_some());
        Ok(made)
    }

    /// Brings over the bytes of an object, with a row of the outbox if that is lost.
    fn bring_bytes(
        &mut self,
        hash: ObjectHash,
        object: &Found<'_>,
        found: &Objects<'_>,
        acknowledged: &Acknowledged,
    ) -> rusqlite::Result<()> {
        let row = match self.outbox_row(hash)? {
            Some(row) => Some(row),
            None if object.priority.is_none() => None,
            None => match self.object_in_row(object.row)? {
                // These are that row's bytes, and damaged.
                Some(other) if !found.contains_key(&other) => None,
                _ => {
                    let free = !self.has("outbox", object.row)?;
                    self.make_outbox(free.then_some(object.row), hash, found, acknowledged)?
                }
            },
        };
        let Some(row) = row else {
            return Ok(());
        };
        let Some((_, shape)) = self.edition.table("ciphertext") else {
            return Ok(());
        };
        if let Some(mut values) = row_at(object.pages, shape, object.place) {
            values[0] = Value::Integer(row);
            if shape::insert(self.connection, shape, &values)? {
                *self.whole.entry("ciphertext".to_owned()).or_default() += 1;
            }
        }
        Ok(())
    }

    fn object_in_row(&self, row: i64) -> rusqlite::Result<Option<ObjectHash>> {
        self.connection
            .prepare_cached("SELECT hash FROM outbox WHERE id = ?1")?
            .query_row((row,), |row| Ok(ObjectHash(row.get(0)?)))
            .optional()
    }

    /// The row of this object in the new file.
    fn outbox_row(&self, hash: ObjectHash) -> rusqlite::Result<Option<i64>> {
        self.connection
            .prepare_cached("SELECT id FROM outbox WHERE hash = ?1")?
            .query_row((hash.0,), |row| row.get(0))
            .optional()
    }
}

/// The line priority of what the kiosk seals; a kind that has none of its own goes last.
const fn priority(kind: Kind) -> i64 {
    match kind {
        Kind::Record | Kind::Handover => 1,
        Kind::Ink => 2,
        Kind::Picture | Kind::ClockReport => PRIORITY_LAST,
    }
}

const PRIORITY_LAST: i64 = 3;

fn object_hash(value: &Value) -> Option<ObjectHash> {
    match value {
        Value::Blob(bytes) => bytes.as_slice().try_into().ok().map(ObjectHash),
        _ => None,
    }
}

/// Every hash in a county message: in CBOR, 32 bytes behind `58 20`.
fn hashes_in(message: &[u8]) -> Vec<ObjectHash> {
    let hashes = message.windows(2 + 32).filter_map(|window| {
        let (head, hash) = window.split_first_chunk()?;
        (*head == [0x58, 0x20]).then(|| hash.try_into().ok().map(ObjectHash))?
    });
    hashes.collect()
}
