use crate::UnixMs;

/// When something happens, told without trusting the wall clock.
///
/// Waits and order follow boot and tick; the wall clock is kept for people to read and decides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Which start of the kiosk, from [`Store::begin_boot`](crate::Store::begin_boot).
    pub boot: u32,
    /// Milliseconds since that start, never stepping back.
    pub tick_ms: u64,
    /// What the wall clock says.
    pub wall: UnixMs,
}

impl Moment {
    /// The tick as SQLite keeps it.
    pub(crate) fn tick(self) -> i64 {
        i64::try_from(self.tick_ms).unwrap_or(i64::MAX)
    }
}
