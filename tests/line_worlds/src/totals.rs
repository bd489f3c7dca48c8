//! What happened in worlds, counted by kind.

use std::fmt;
use std::ops::AddAssign;

macro_rules! totals {
    ($($(#[$doc:meta])* $field:ident: $label:literal, $how:ident;)*) => {
        /// Counts of one world, or of many together.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct Totals {
            $($(#[$doc])* pub $field: u64,)*
        }

        impl AddAssign for Totals {
            fn add_assign(&mut self, other: Self) {
                $(self.$field = totals!($how self.$field, other.$field);)*
            }
        }

        impl fmt::Display for Totals {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $(writeln!(f, "{:<44}{}", $label, self.$field)?;)*
                Ok(())
            }
        }
    };
    (sum $a:expr, $b:expr) => { $a + $b };
    (most $a:expr, $b:expr) => { $a.max($b) };
}

totals! {
    /// As named.
    worlds: "worlds", sum;
    /// Frames that both ends put together.
    frames: "frames", sum;
    /// Bytes that both ends put on the line.
    line_bytes: "bytes on the line", sum;
    /// Virtual seconds.
    seconds: "seconds in virtual time", sum;
    /// Objects that owners wanted to send.
    objects: "objects", sum;
    /// Bytes of them.
    object_bytes: "  bytes", sum;
    /// Objects that the other side did not want.
    refused: "  refused", sum;
    /// Objects that failed their check and began anew.
    restarted: "  begun anew after a failed check", sum;
    /// Objects that were taken back and sent later.
    cancelled: "  taken back and sent later", sum;
    /// Objects that another path carried, in part or whole.
    elsewhere: "  carried by another path, in part or whole", sum;
    /// Hang-ups of which both ends knew.
    hang_ups: "hang-ups", sum;
    /// Hang-ups of which one end knew only.
    half_hang_ups: "  noticed by one end only", sum;
    /// Silences that nobody was told of.
    silences: "silences", sum;
    /// Stretches in which next to nothing arrived undamaged.
    fades: "stretches of heavy noise", sum;
    /// Runs of bytes that nobody sent.
    babbles: "bytes that nobody sent, times", sum;
    /// As named.
    reboots: "reboots", sum;
    /// Connections that ended.
    disconnects: "connections that ended", sum;
    /// Blocks that arrived though they were held.
    blocks_repeated: "blocks that came again though they were held", sum;
    /// The most that one session held, in bytes.
    most_bytes: "memory of a session, bytes at most", most;
}
