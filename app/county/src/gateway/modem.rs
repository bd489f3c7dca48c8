//! A modem that answers calls by itself, as far as it is heard: [`Answering`] between calls, [`Farewell`] during one.
//!
//! Nothing is sent while a call comes in, because a modem takes any byte then as a wish to give it up.

use std::time::Duration;

use link::{Escape, Tick};

/// Plain result codes in words, answer at the first ring, DCD follows the carrier, and hang up when DTR drops.
const SETTINGS: &[u8] = b"ATE0Q0V1S0=1&C1&D2\r";

/// What a modem acts on during a call: three `+` between two silences. Flow is controlled by wires.
pub(super) const ESCAPE: Escape = Escape {
    flow_control: false,
    plus: true,
};

/// How long a modem may take to say `OK`; old ones take a second after they were switched on.
const OK_WAIT: Duration = Duration::from_secs(3);

/// How often the settings are tried on a modem that says nothing before its line counts as broken.
const SETTING_TRIES: u32 = 3;

/// A modem that nobody has called for so long is set again: it may have been switched off and on, and be deaf since.
const SET_AGAIN_AFTER: Duration = Duration::from_secs(3600);

/// The longest result that is looked at; a longer line is noise.
const RESULT_LEN_MAX: usize = 64;

/// Slowest and fastest rate of a call that a modem can mean; other numbers after `CONNECT` are something else.
const CALL_RATES: std::ops::RangeInclusive<u32> = 300..=10_000_000;

/// What became of bytes of a modem between calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing of importance.
    Nothing,
    /// It is set, and answers from now on.
    Set,
    /// It does not know the settings.
    Refused,
    /// A call has come through; what follows is the caller's.
    Call {
        /// What `CONNECT` says of its rate.
        bits_per_second: Option<u32>,
    },
}

/// What a wait that is over asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing yet.
    Nothing,
    /// Send the settings.
    Send(&'static [u8]),
    /// The modem is silent: give the line up.
    Silent,
}

/// A modem between calls.
#[derive(Debug)]
pub(super) struct Answering {
    tries_left: u32,
    /// When the settings are due, for the first time, because they were not answered, or again.
    due_at: Tick,
    result: Vec<u8>,
}

impl Answering {
    pub(super) fn new(now: Tick) -> Self {
        Self {
            tries_left: SETTING_TRIES,
            due_at: now,
            result: Vec::new(),
        }
    }

    /// When [`due`](Self::due) has something to say.
    pub(super) fn deadline(&self) -> Tick {
        self.due_at
    }

    pub(super) fn due(&mut self, now: Tick) -> Due {
        if now < self.due_at {
            return Due::Nothing;
        }
        let Some(left) = self.tries_left.checked_sub(1) else {
            return Due::Silent;
        };
        self.tries_left = left;
        self.due_at = now + OK_WAIT;
        Due::Send(SETTINGS)
    }

    /// Takes bytes of the modem up to the first result that matters, and leaves what follows in `bytes`.
    pub(super) fn hear(&mut self, now: Tick, bytes: &mut &[u8]) -> Heard {
        while let Some((&byte, rest)) = bytes.split_first() {
            *bytes = rest;
            if byte != b'\r' && byte != b'\n' {
                if self.result.len() <= RESULT_LEN_MAX {
                    self.result.push(byte);
                }
                continue;
            }
            let result = std::mem::take(&mut self.result);
            let Ok(result) = str::from_utf8(&result) else {
                continue;
            };
            if let Some(rate) = result.strip_prefix("CONNECT") {
                // The line feed after the carriage return is the modem's as well; the protocol skips it if it comes late.
                *bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
                return Heard::Call {
                    bits_per_second: call_rate(rate),
                };
            }
            match result {
                "OK" => {
                    self.quiet_for_an_hour(now);
                    return Heard::Set;
                }
                "ERROR" => return Heard::Refused,
                "RING" => self.quiet_for_an_hour(now),
                _ => {}
            }
        }
        Heard::Nothing
    }

    fn quiet_for_an_hour(&mut self, now: Tick) {
        self.tries_left = SETTING_TRIES;
        self.due_at = now + SET_AGAIN_AFTER;
    }
}

fn call_rate(words: &str) -> Option<u32> {
    let words = words.trim_start();
    let digits = words
        .find(|letter: char| !letter.is_ascii_digit())
        .map_or(words, |end| &words[..end]);
    digits.parse().ok().filter(|rate| CALL_RATES.contains(rate))
}

/// Listens for the modem's word that the carrier is gone, for ports that do not have the wire that tells.
///
/// Bytes of a call that look so come once in 2^112.
#[derive(Debug, Default)]
pub(super) struct Farewell {
    matched: usize,
}

const NO_CARRIER: &[u8] = b"\r\nNO CARRIER\r\n";

impl Farewell {
    /// Whether the word was said within these bytes, or ended within them.
    pub(super) fn heard_in(&mut self, bytes: &[u8]) -> bool {
        for &byte in bytes {
            if NO_CARRIER.get(self.matched) == Some(&byte) {
                self.matched += 1;
            } else {
                // Only its first byte can begin it anew: no later one of its prefixes is one of its endings, but for
                // that.
                self.matched = usize::from(byte == NO_CARRIER[0]);
            }
            if self.matched == NO_CARRIER.len() {
                self.matched = 0;
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Tick = Tick(1_000_000);

    fn hear(modem: &mut Answering, now: Tick, mut bytes: &[u8]) -> (Heard, usize) {
        let heard = modem.hear(now, &mut bytes);
        (heard, bytes.len())
    }

    fn set() -> Answering {
        let mut modem = Answering::new(START);
        assert_eq!(modem.due(START), Due::Send(SETTINGS));
        let heard = hear(&mut modem, START, b"\r\nOK\r\n\r\nRING\r\n");
        assert_eq!(heard, (Heard::Set, 9));
        modem
    }

    #[test]
    fn a_call_is_heard_with_its_rate_and_its_first_bytes_are_left() {
        for (text, bits_per_second, left) in [
            ("\r\nRING\r\n\r\nCONNECT 33600\r\n\0abc", Some(33_600), 4),
            ("\r\nCONNECT\r\n", None, 0),
            ("\r\nCONNECT 115200/V.42bis\r", Some(115_200), 0),
            ("\r\nCONNECT 7\r\n", None, 0),
        ] {
            let call = Heard::Call { bits_per_second };
            let heard = hear(&mut set(), START, text.as_bytes());
            assert_eq!(heard, (call, left), "{text:?}");
        }
    }

    #[test]
    fn a_result_may_come_byte_by_byte_between_noise() {
        let mut modem = set();
        let text = [&[0xFF; 500][..], b"\r\nRING\r\n\xFFRI\r\nCONNECT 9600"].concat();
        for byte in text {
            assert_eq!(hear(&mut modem, START, &[byte]).0, Heard::Nothing);
        }
        let (heard, _) = hear(&mut modem, START, b"\r");
        assert!(matches!(heard, Heard::Call { .. }));
    }

    #[test]
    fn a_silent_modem_is_asked_three_times_and_then_given_up() {
        let mut modem = Answering::new(START);
        let mut now = START;
        for _ in 0..SETTING_TRIES {
            assert_eq!(modem.due(now), Due::Send(SETTINGS));
            assert_eq!(modem.due(now), Due::Nothing);
            now = modem.deadline();
        }
        assert_eq!(modem.due(now), Due::Silent);
    }

    #[test]
    fn a_modem_is_set_again_after_an_hour_but_not_while_it_rings() {
        let mut modem = set();
        let first = modem.deadline();
        assert_eq!(first, START + SET_AGAIN_AFTER);
        let ringing = Tick(first.0 - 1);
        assert_eq!(hear(&mut modem, ringing, b"\r\nRING\r\n").0, Heard::Nothing);
        assert_eq!(modem.due(first), Due::Nothing);
        assert_eq!(modem.due(modem.deadline()), Due::Send(SETTINGS));
    }

    #[test]
    fn a_modem_that_does_not_know_the_settings_says_so() {
        let mut modem = Answering::new(START);
        assert_eq!(hear(&mut modem, START, b"\r\nERROR\r\n").0, Heard::Refused);
    }

    #[test]
    fn the_end_of_a_call_is_heard_however_it_is_cut() {
        let text = b"x\r\r\nNO CARRIE\r\nNO CARRIER\r\n";
        for cut in 0..text.len() {
            let mut farewell = Farewell::default();
            assert!(!farewell.heard_in(&text[..cut]), "{cut}");
            assert!(farewell.heard_in(&text[cut..]), "{cut}");
        }
        assert!(!Farewell::default().heard_in(b"NO CARRIER\r\n"));
    }
}
