//! What goes over each way to the county in a month, and how each way stood when it was last noted.
//!
//! A budget is for a month, and a kiosk's clock may be wrong about the month. So bytes are never booked before the
//! newest month that a route has, and what is booked to a later month than the present one counts as used: a clock
//! that jumps back gives no budget again. Once the month is sure, because the county has told the time in this boot,
//! what was booked to months that have not begun is moved into the present one, so that a clock that once jumped ahead
//! spoils no later month either.

use core::fmt;

use rusqlite::{Connection, OptionalExtension, Transaction};

use crate::{Moment, ReadError, Store, UnixMs, WriteError};

/// Months that are kept of each route: this one, and a year to look back on.
pub const MONTHS_KEPT: u32 = 13;

/// Routes of which anything is kept; a kiosk has a handful, and those that were renamed go after a time.
pub const ROUTES_KEPT: u32 = 32;

/// The most that a month counts, as the table's rule has it: no line carries a petabyte in a month, and sums of such
/// numbers stay numbers.
const BYTES_MAX: i64 = 1 << 50;

/// A month of the calendar, such as November 2026.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(u32);

impl Month {
    /// The month, if there is one: the year has four digits, `month` is 1 to 12.
    #[must_use]
    pub fn new(year: i32, month: u32) -> Option<Self> {
        let year = u32::try_from(year).ok()?;
        ((1000..=9999).contains(&year) && (1..=12).contains(&month))
            .then_some(Self(year * 100 + month))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0 / 100, self.0 % 100)
    }
}

/// How a route stood. The numbers are kept in files: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum RouteCondition {
    /// Nothing is to be done over it, or another route is in use.
    Resting = 0,
    /// It is being opened: dialled, connected, greeted.
    Opening = 1,
    /// The county answers over it.
    Connected = 2,
    /// It failed and is tried again later.
    Failed = 3,
}

impl RouteCondition {
    fn from_number(number: u8) -> Option<Self> {
        [Self::Resting, Self::Opening, Self::Connected, Self::Failed]
            .into_iter()
            .find(|condition| *condition as u8 == number)
    }
}

/// What is to be noted of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteNote<'a> {
    /// Its name in the settings, 1 to 100 characters.
    pub route: &'a str,
    /// The present month, by the best clock there is.
    pub month: Month,
    /// Whether the month is sure: the county has told the time in this boot.
    pub month_is_sure: bool,
    /// What went over it since the last note, both ways.
    pub bytes: u64,
    /// How it stands.
    pub condition: RouteCondition,
    /// How fast it carries, if that is known.
    pub bytes_per_second: Option<u32>,
}

/// How a route stood when it was last noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteStood {
    /// Its name in the settings.
    pub route: String,
    /// How it stood.
    pub condition: RouteCondition,
    /// How fast it carried.
    pub bytes_per_second: Option<u32>,
    /// When that was, by the wall clock of then.
    pub as_of: UnixMs,
}

impl Store {
    /// The bytes that went over `route` in `month`, with those of any later one.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn route_bytes(&self, route: &str, month: Month) -> Result<u64, ReadError> {
        Ok(used(self.reader(), route, month)?)
    }

    /// The routes as they were last noted, by name.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn routes_stood(&self) -> Result<Vec<RouteStood>, ReadError> {
        let stood = self
            .reader()
            .prepare_cached(
                "SELECT route, state, bytes_per_second, wall_ms FROM route_state ORDER BY route",
            )?
            .query_map((), |row| {
                Ok(RouteStood {
                    route: row.get(0)?,
                    // One that a later build has written is none that this one can name.
                    condition: RouteCondition::from_number(row.get(1)?)
                        .unwrap_or(RouteCondition::Resting),
                    bytes_per_second: row.get(2)?,
                    as_of: row.get(3)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(stood)
    }

    /// What [`keep_of_route`](Self::keep_of_route) kept last.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the file cannot be read.
    pub fn kept_of_route(&self, route: &str) -> Result<Option<String>, ReadError> {
        let kept = self
            .reader()
            .prepare_cached("SELECT kept FROM route_kept WHERE route = ?1")?
            .query_row((route,), |row| row.get(0))
            .optional()?;
        Ok(kept)
    }

    /// Keeps what a route's driver has to know after a restart, at most 4096 characters.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails.
    pub fn keep_of_route(&mut self, route: &str, kept: &str) -> Result<(), WriteError> {
        self.change(|tx| {
            tx.prepare_cached(
                "INSERT INTO route_kept (route, kept) VALUES (?1, ?2)
                 ON CONFLICT (route) DO UPDATE SET kept = ?2",
            )?
            .execute((route, kept))?;
            tx.prepare_cached(
                "DELETE FROM route_kept WHERE id NOT IN (SELECT id FROM route_kept ORDER BY id DESC LIMIT ?1)",
            )?
            .execute((ROUTES_KEPT,))
        })?;
        Ok(())
    }

    /// Books what went over a route and keeps how it stands; the bytes of the month with it.
    ///
    /// # Errors
    ///
    /// [`WriteError`] if the disk is full or fails; nothing is booked then.
    pub fn note_route(&mut self, note: &RouteNote<'_>, now: Moment) -> Result<u64, WriteError> {
        Ok(self.change(|tx| {
            book(tx, note)?;
            keep_state(tx, note, now)?;
            used(tx, note.route, note.month)
        })?)
    }
}

/// The bytes of a month and of any later one.
fn used(connection: &Connection, route: &str, month: Month) -> rusqlite::Result<u64> {
    let bytes: i64 = connection
        .prepare_cached(
            "SELECT coalesce(sum(bytes), 0) FROM route_month WHERE route = ?1 AND ?2 <= month",
        )?
        .query_row((route, month.0), |row| row.get(0))?;
    Ok(bytes.unsigned_abs())
}

fn book(tx: &Transaction<'_>, note: &RouteNote<'_>) -> rusqlite::Result<()> {
    let newest: Option<u32> = tx
        .prepare_cached(
            "SELECT month FROM route_month WHERE route = ?1 ORDER BY month DESC LIMIT 1",
        )?
        .query_row((note.route,), |row| row.get(0))
        .optional()?;
    let mut bytes = i64::try_from(note.bytes)
        .unwrap_or(BYTES_MAX)
        .min(BYTES_MAX);
    let mut month = note.month.0;
    if let Some(newest) = newest.filter(|newest| month < *newest) {
        if note.month_is_sure {
            let ahead: i64 = tx
                .prepare_cached(
                    "SELECT coalesce(sum(bytes), 0) FROM route_month WHERE route = ?1 AND ?2 < month",
                )?
                .query_row((note.route, month), |row| row.get(0))?;
            tx.prepare_cached("DELETE FROM route_month WHERE route = ?1 AND ?2 < month")?
                .execute((note.route, month))?;
            bytes = bytes.saturating_add(ahead).min(BYTES_MAX);
        } else {
            month = newest;
        }
    }
    if bytes == 0 {
        return Ok(());
    }
    tx.prepare_cached(
        "INSERT INTO route_month (route, month, bytes) VALUES (?1, ?2, ?3)
         ON CONFLICT (route, month) DO UPDATE SET bytes = min(bytes + ?3, ?4)",
    )?
    .execute((note.route, month, bytes, BYTES_MAX))?;
    tx.prepare_cached(
        "DELETE FROM route_month WHERE route = ?1 AND month NOT IN
         (SELECT month FROM route_month WHERE route = ?1 ORDER BY month DESC LIMIT ?2)",
    )?
    .execute((note.route, MONTHS_KEPT))?;
    Ok(())
}

fn keep_state(tx: &Transaction<'_>, note: &RouteNote<'_>, now: Moment) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO route_state (route, state, bytes_per_second, boot, tick_ms, wall_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (route) DO UPDATE SET state = ?2, bytes_per_second = ?3, boot = ?4, tick_ms = ?5, wall_ms = ?6",
    )?
    .execute((
        note.route,
        note.condition as u8,
        note.bytes_per_second,
        now.boot,
        now.tick(),
        now.wall,
    ))?;
    let dropped = tx
        .prepare_cached(
            "DELETE FROM route_state WHERE id NOT IN
             (SELECT id FROM route_state ORDER BY boot DESC, tick_ms DESC, id DESC LIMIT ?1)",
        )?
        .execute((ROUTES_KEPT,))?;
    if 0 < dropped {
        tx.execute(
            "DELETE FROM route_month WHERE route NOT IN (SELECT route FROM route_state)",
            (),
        )?;
    }
    Ok(())
}
