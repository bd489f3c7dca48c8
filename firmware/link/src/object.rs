//! What is carried: objects with a name of 32 bytes, a priority and a length.

use alloc::sync::Arc;
use core::fmt;

/// Names an object; two objects with one id are the same object.
///
/// Its owner uses a hash of the bytes and checks it before it confirms, so that a wrong byte that slips through the frame
/// checksum is still found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub [u8; 32]);

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "ObjectId({a:02x}{b:02x}{c:02x}{d:02x}..)")
    }
}

/// Names an object by its bytes: a hash, the same on both ends.
pub type Identify = fn(&[u8]) -> ObjectId;

/// An object to send.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// Its name.
    pub id: ObjectId,
    /// How urgent it is.
    pub priority: Priority,
    /// Its bytes, shared with the owner.
    pub bytes: Arc<[u8]>,
    /// The peer may have it or parts of it: it went out before, or over another path. The peer is then asked first; what
    /// was never sent anywhere goes out at once.
    pub may_be_held: bool,
}

/// Which object goes first; a lower number overtakes a higher one at the next frame.
///
/// The numbers are on the wire and only ever appended to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Priority {
    /// Acknowledgements of the county and other small answers.
    Control = 0,
    /// Applications.
    Record = 1,
    /// The ink of scanned pages.
    Ink = 2,
    /// Full pictures.
    Picture = 3,
}

impl Priority {
    /// Every priority, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Control, Self::Record, Self::Ink, Self::Picture];

    /// The priority with this number on the wire.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}
