//! When something happened on a kiosk, told without trusting its wall clock.

use minicbor::{Decode, Encode};

use super::{RecordError, check_size, decode_whole, unknown_within};
use crate::kept::{Kept, Numbered};

/// A moment on a kiosk: which boot, how long after its start, and what the kiosk knew of real time.
///
/// Its fields have numbers below 16; in a clock report those of a [`KioskCondition`](super::KioskCondition) follow.
///
/// The county computes the corrected time from it ([`crate::Timeline`]); `wall_ms` is what the kiosk showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct KioskTime {
    /// Which start of the kiosk: grows by one at each; 0 if the disk was too full to count it.
    #[n(0)]
    pub boot_id: u32,
    /// Milliseconds since that start, never stepping back. It may stand still while the machine sleeps.
    #[n(1)]
    pub tick_ms: u64,
    /// The wall clock, Unix milliseconds UTC. It may be years off and may step.
    #[n(2)]
    pub wall_ms: i64,
    /// The newest time by the county's clock that the kiosk had heard in a signed message, Unix
    /// milliseconds UTC; `None` if it never heard one.
    #[n(3)]
    pub county_ms: Option<i64>,
    /// The tick of this boot at which it heard `county_ms`; `None` if that was in an earlier boot.
    #[n(4)]
    pub county_tick_ms: Option<u64>,
}

impl Numbered for KioskTime {
    const FIELDS: i64 = 5;
}

impl KioskTime {
    /// Reads the content of a clock report; any bytes may be given.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if they are not exactly one time within the limits.
    pub fn from_cbor(bytes: &[u8]) -> Result<Kept<Self>, RecordError> {
        check_size(bytes.len())?;
        let time: Kept<Self> = decode_whole(bytes)?;
        unknown_within(&time)?;
        Ok(time)
    }
}

impl Kept<KioskTime> {
    /// The content of a clock report.
    ///
    /// # Errors
    ///
    /// [`RecordError::TooLong`] if it holds more fields of a later build than are kept.
    pub fn to_cbor(&self) -> Result<Vec<u8>, RecordError> {
        unknown_within(self)?;
        minicbor::to_vec(self).map_err(|_| RecordError::Malformed { at: None })
    }
}
