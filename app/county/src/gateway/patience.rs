//! How long a caller is listened to that does not get on with it. A cable is never hung up on.

use std::time::Duration;

use link::{Disconnect, Tick};

use super::{CallEnd, Standing};

/// How long a caller may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// To greet: a slow modem's first greetings may be lost, and they go out every 4 seconds at most.
    pub greeting: Duration,
    /// To show which kiosk it is, by sending or offering any object. A kiosk that has nothing to say calls again then.
    pub introduction: Duration,
    /// To greet again after a silence or a new start, before its place is given to another.
    pub coming_back: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            greeting: Duration::from_secs(30),
            introduction: Duration::from_secs(600),
            coming_back: Duration::from_secs(10),
        }
    }
}

impl Patience {
    /// When a caller that stands so is hung up on, and why; `None`: not at all.
    #[must_use]
    pub fn ends(&self, standing: &Standing) -> Option<(Tick, CallEnd)> {
        let since = standing.since;
        if standing.incompatible && !standing.connected {
            return Some((since, CallEnd::Incompatible));
        }
        match (standing.connected, standing.parted) {
            (true, _) if standing.kiosk.is_some() => None,
            (true, _) => Some((since + self.introduction, CallEnd::Stranger)),
            (false, None) => Some((since + self.greeting, CallEnd::NoGreeting)),
            (false, Some(reason)) => Some((since + self.coming_back, reason.into())),
        }
    }
}

impl From<Disconnect> for CallEnd {
    fn from(reason: Disconnect) -> Self {
        match reason {
            Disconnect::PeerSilent => Self::PeerSilent,
            Disconnect::Unanswered => Self::Unanswered,
            Disconnect::PeerRestarted => Self::PeerRestarted,
            Disconnect::LineDown => Self::HungUp,
        }
    }
}

#[cfg(test)]
mod tests {
    use envelope::KioskId;

    use super::*;

    const SINCE: Tick = Tick(5_000_000);

    #[test]
    fn who_says_nothing_or_shows_no_kiosk_is_hung_up_on_and_a_kiosk_is_not() {
        let patience = Patience::default();
        let silent = Standing::at_first(SINCE);
        let stranger = Standing {
            connected: true,
            ..silent
        };
        let kiosk = Standing {
            kiosk: Some(KioskId(3)),
            ..stranger
        };
        let gone = Standing {
            parted: Some(Disconnect::PeerSilent),
            ..silent
        };
        let foreign = Standing {
            incompatible: true,
            ..silent
        };
        for (standing, ends) in [
            (
                silent,
                Some((SINCE + patience.greeting, CallEnd::NoGreeting)),
            ),
            (
                stranger,
                Some((SINCE + patience.introduction, CallEnd::Stranger)),
            ),
            (kiosk, None),
            (
                gone,
                Some((SINCE + patience.coming_back, CallEnd::PeerSilent)),
            ),
            (foreign, Some((SINCE, CallEnd::Incompatible))),
        ] {
            assert_eq!(patience.ends(&standing), ends);
        }
    }
}
