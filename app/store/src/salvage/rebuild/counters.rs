use rusqlite::{OptionalExtension, types::Value};

use super::{Rebuild, row_at};
use crate::salvage::slip_counter_of;

/// How far the slip counter jumps when it is lost: more slips than a kiosk gives in weeks, in case
/// the newest submissions are lost too, and a thousandth of the numbers that there are.
pub const SLIP_GAP: u32 = 1_000;

/// How far the boot number jumps when it is lost: a start every hour for eleven years, because few
/// rows tell of them.
pub const BOOT_GAP: u32 = 100_000;

/// The largest counter that a slip number has digits for. A larger one in the file is damage.
const SLIP_MAX: u32 = 999_999;

/// A larger boot number in the file is damage: a start every minute for two thousand years.
const BOOT_MAX: u32 = 1_000_000_000;

impl Rebuild<'_> {
    /// The counters as they were, or beyond every number that any row tells of.
    pub(super) fn counters(&mut self) -> rusqlite::Result<()> {
        let slips = self.slip_seen()?;
        self.counter("slip_counter", slips, SLIP_MAX, SLIP_GAP)?;
        let boots = self.boot_seen()?;
        self.counter("boot", boots, BOOT_MAX, BOOT_GAP)
    }

    fn counter(&mut self, name: &str, seen: u32, max: u32, gap: u32) -> rusqlite::Result<()> {
        let Some((table, shape)) = self.edition.table(name) else {
            return Ok(());
        };
        let mut last = None;
        for (pages, place) in self.places(table) {
            if let Some([Value::Integer(1), Value::Integer(number)]) =
                row_at(pages, shape, place).as_deref()
            {
                let number = u32::try_from(*number).ok();
                last = last.max(number.filter(|number| *number <= max));
            }
        }
        let (count, last) = match last {
            Some(last) if seen <= last => (&mut self.whole, last),
            behind => (
                &mut self.rebuilt,
                seen.max(behind.unwrap_or(0)).saturating_add(gap),
            ),
        };
        count.insert(name.to_owned(), 1);
        self.connection
            .execute(&format!("UPDATE {name} SET last = ?1"), (last,))?;
        Ok(())
    }

    fn slip_seen(&self) -> rusqlite::Result<u32> {
        let mut slips = self
            .connection
            .prepare("SELECT slip_number FROM submission")?;
        let mut slips = slips.query(())?;
        let mut seen = 0;
        while let Some(row) = slips.next()? {
            seen = seen.max(slip_counter_of(row.get_ref(0)?.as_str()?).unwrap_or(0));
        }
        Ok(seen)
    }

    /// The highest number in any column that tells of a start.
    fn boot_seen(&self) -> rusqlite::Result<u32> {
        let mut seen = 0;
        for shape in &self.edition.tables {
            for column in shape.columns.iter().filter(|c| c.name.ends_with("boot")) {
                let highest: Option<u32> = self
                    .connection
                    .query_row(
                        &format!(
                            "SELECT max({column}) FROM {table} WHERE {column} BETWEEN 0 AND ?1",
                            column = column.name,
                            table = shape.name,
                        ),
                        (BOOT_MAX,),
                        |row| row.get(0),
                    )
                    .optional()?
                    .flatten();
                seen = seen.max(highest.unwrap_or(0));
            }
        }
        Ok(seen)
    }
}
