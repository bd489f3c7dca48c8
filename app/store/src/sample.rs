//! An invented submission for unit tests.

use envelope::{ObjectHash, Sealed};

use crate::{Moment, Submission, SubmissionId, UnixMs};

pub(crate) const NOW: Moment = Moment {
    boot: 1,
    tick_ms: 60_000,
    wall: UnixMs(1_795_420_800_000),
};

/// A submission of one object that has `len` bytes, all of them `number`.
pub(crate) fn submission(number: u8, len: usize) -> Submission {
    let bytes = vec![number; len];
    Submission {
        submission_id: SubmissionId([number; 16]),
        slip_number: format!("140428-003-{number:06}-C"),
        scheme: Some(1),
        submitted: NOW.wall,
        slip_url: String::new(),
        objects: vec![(
            1,
            Sealed {
                hash: ObjectHash::of(&bytes),
                bytes,
            },
        )],
    }
}
