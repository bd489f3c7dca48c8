use std::time::Duration;

/// How patient the chooser is; the default fits every kiosk, tests hurry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// An open line over which the county does not answer for so long has failed: longer than greetings take at 300
    /// bit/s, shorter than a person waits for a slip.
    pub answer: Duration,
    /// A line on which urgent objects wait and nothing arrives for so long has failed: a record takes a minute at 300
    /// bit/s.
    pub progress: Duration,
    /// A route that held for so long is sound, and what was against it before is forgotten.
    pub sound: Duration,
    /// The first wait before a better route that failed may take over again; it doubles with each failure.
    pub return_first: Duration,
    /// The longest such wait.
    pub return_max: Duration,
    /// How long a line has to be at rest before it is left for a better one.
    pub rest: Duration,
    /// How long a better route waits for such a rest, before it breaks in on pictures; they go on where they were.
    pub break_in: Duration,
    /// A route that costs is let go after so much rest: answers of the county come within seconds.
    pub let_go: Duration,
    /// How long pictures wait for a better route after it was last there.
    pub pictures: Duration,
    /// A kiosk that has nothing to say calls after so much silence, since the county may have something to say to it.
    pub listen: Duration,
}

impl Patience {
    /// That of every kiosk.
    pub const PATIENT: Self = {
        const MINUTE: u64 = 60;
        Self {
            answer: Duration::from_secs(30),
            progress: Duration::from_secs(2 * MINUTE),
            sound: Duration::from_secs(5 * MINUTE),
            return_first: Duration::from_secs(MINUTE),
            return_max: Duration::from_secs(60 * MINUTE),
            rest: Duration::from_secs(3),
            break_in: Duration::from_secs(5 * MINUTE),
            let_go: Duration::from_secs(30),
            pictures: Duration::from_secs(30 * MINUTE),
            listen: Duration::from_secs(6 * 60 * MINUTE),
        }
    };
}

impl Default for Patience {
    fn default() -> Self {
        Self::PATIENT
    }
}
