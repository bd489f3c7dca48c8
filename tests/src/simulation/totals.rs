//! What happened in a world, counted by kind.

use std::fmt;
use std::ops::AddAssign;

macro_rules! totals {
    ($($(#[$doc:meta])* $field:ident: $label:literal,)*) => {
        /// Counts of one world, or of many added up.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct Totals {
            $($(#[$doc])* pub $field: u64,)*
        }

        impl AddAssign for Totals {
            fn add_assign(&mut self, other: Self) {
                $(self.$field += other.$field;)*
            }
        }

        impl fmt::Display for Totals {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $(writeln!(f, "{:<38}{}", $label, self.$field)?;)*
                Ok(())
            }
        }
    };
}

totals! {
    /// Slips that a person was shown.
    slips_shown: "slips shown",
    /// Submissions that the kiosk said it could not store.
    submissions_refused: "submissions refused to the person",
    /// Cases that the county holds at the end.
    cases: "cases at the end",
    /// Cases whose slip nobody was shown: the power went between commit and thanks.
    cases_never_shown: "  of them never shown",
    /// Slips whose sealed bytes a full disk pushed out after the county had acknowledged them.
    gave_way: "slips whose copy gave way to others",
    /// Power cuts at a kiosk.
    kiosk_cuts: "power cuts at kiosks",
    /// Power cuts at the county.
    county_cuts: "power cuts at the county",
    /// Of both, those while a file was being opened after another cut.
    cuts_while_opening: "  of them while starting again",
    /// Talks over a line.
    lines: "talks over a line",
    /// Bits flipped on lines.
    bits_flipped: "  bits flipped",
    /// Pieces of a talk that were lost, repeated or swapped.
    pieces_lost: "  pieces lost",
    /// As named.
    pieces_repeated: "  pieces repeated",
    /// As named.
    pieces_swapped: "  pieces swapped",
    /// Requests over a network.
    requests: "requests over a network",
    /// Requests that never arrived.
    requests_lost: "  lost on the way",
    /// Requests that arrived and whose answer did not.
    answers_lost: "  answers lost",
    /// Requests that arrived twice.
    requests_repeated: "  repeated",
    /// Answers of a captive portal.
    portals: "  answered by a login page",
    /// Sticks that left a kiosk.
    sticks_written: "sticks written",
    /// Sticks that came to the county, one that came twice counted twice.
    sticks_read: "sticks read by the county",
    /// Files on sticks that were cut short, changed or taken away.
    stick_files_damaged: "  files damaged on them",
    /// A disk without room for a while.
    disks_full: "disks that were full for a while",
    /// A disk that failed once in the middle of something.
    disk_errors: "disk errors",
    /// Clocks set to another year.
    clock_jumps: "clocks that jumped by years",
    /// Backups of the county.
    backups: "backups of the county",
    /// Returns to such a backup.
    restorations: "county restored from a backup",
    /// Objects that a restored county asked for again.
    asked_again: "objects asked for again",
    /// Objects that no county takes.
    poison: "objects that no county takes",
    /// Looks at all invariants.
    checks: "times everything was checked",
}

impl Totals {
    /// Power cuts of both kinds.
    #[must_use]
    pub const fn cuts(&self) -> u64 {
        self.kiosk_cuts + self.county_cuts
    }
}
