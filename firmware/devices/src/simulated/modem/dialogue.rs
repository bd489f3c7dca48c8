//! What a modem hears and says, with time as an argument: the command line and its echo, results in words or
//! numbers, unsolicited lines, and the way from commands to a call and back.

use std::collections::VecDeque;
use std::time::Duration;

use super::commands::{Answer, Session};
use super::{Conditions, ModemModel};
use crate::line::Remedy;

/// What lies outside the modem.
pub(super) trait World {
    /// A command was taken.
    fn took(&mut self, command: &str);
    /// Calls `whom`; whether somebody is there.
    fn call(&mut self, whom: &str) -> bool;
    /// Answers whoever rings; whether somebody does.
    fn answer(&mut self) -> bool;
    /// Sends bytes in the open call.
    fn send(&mut self, bytes: &[u8]);
    /// Ends the call, if one is open.
    fn hang_up(&mut self);
    /// The call's rate.
    fn bits_per_second(&self) -> u32;
}

/// The longest command line that is kept (V.250 asks for 40 at least).
const COMMAND_BYTES_MAX: usize = 256;

/// Answers that a modem owes at once, to a driver that asks on without waiting; further ones are never given.
const ANSWERS_MAX: usize = 32;

/// A modem's side of the dialogue.
#[derive(Debug)]
pub(super) struct Dialogue {
    session: Session,
    command: Vec<u8>,
    mode: Mode,
    /// When the driver last said anything.
    heard_at: Duration,
    pluses: Pluses,
    /// Answers that are due later, in order.
    later: VecDeque<(Duration, Vec<u8>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Command,
    InCall,
    /// In a call, and listening to commands.
    Escaped,
}

/// How much of an escape has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pluses {
    None,
    Some(u8),
    /// All three, and the silence behind them is over then.
    All {
        due: Duration,
    },
}

impl Dialogue {
    pub(super) fn new(model: ModemModel) -> Self {
        Self {
            session: Session::new(model),
            command: Vec::new(),
            mode: Mode::Command,
            heard_at: Duration::ZERO,
            pluses: Pluses::None,
            later: VecDeque::new(),
        }
    }

    pub(super) fn model(&self) -> ModemModel {
        self.session.model
    }

    /// Starts anew, as after a reset or a loss of power.
    pub(super) fn restart(&mut self, now: Duration, conditions: &mut Conditions, by: Remedy) {
        let model = self.model();
        *self = Self::new(model);
        self.heard_at = now;
        self.session.saw(by, conditions);
        for line in model.start_lines() {
            self.later.push_back((now, framed(line)));
        }
    }

    /// The call has ended by itself.
    pub(super) fn call_is_over(&mut self) {
        self.mode = Mode::Command;
        self.pluses = Pluses::None;
        self.command.clear();
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        let answer = self.later.front().map(|(due, _)| *due);
        let escape = match self.pluses {
            Pluses::All { due } => Some(due),
            Pluses::None | Pluses::Some(_) => None,
        };
        answer.into_iter().chain(escape).min()
    }

    /// Whether an answer is still to be said, which goes before a call's bytes.
    pub(super) fn is_answering(&self) -> bool {
        !self.later.is_empty()
    }

    /// Does what is due by `now`.
    pub(super) fn poll(&mut self, now: Duration, said: &mut Vec<u8>) {
        if let Pluses::All { due } = self.pluses
            && due <= now
        {
            self.pluses = Pluses::None;
            self.mode = Mode::Escaped;
            self.command.clear();
            said.extend(framed("OK"));
        }
        while let Some((_, bytes)) = self.later.pop_front_if(|(due, _)| *due <= now) {
            said.extend(bytes);
        }
    }

    /// Takes what the driver says.
    pub(super) fn handle(
        &mut self,
        now: Duration,
        bytes: &[u8],
        conditions: &mut Conditions,
        world: &mut dyn World,
        said: &mut Vec<u8>,
    ) {
        self.poll(now, said);
        if conditions.hung {
            return;
        }
        for &byte in bytes {
            match self.mode {
                Mode::InCall => {
                    self.watch_for_escape(now, byte, conditions.guard);
                    world.send(&[byte]);
                }
                Mode::Command | Mode::Escaped => {
                    self.take_command_byte(now, byte, conditions, world, said);
                }
            }
            self.heard_at = now;
        }
    }

    fn watch_for_escape(&mut self, now: Duration, byte: u8, guard: Duration) {
        let silent = guard <= now.saturating_sub(self.heard_at);
        self.pluses = match (self.pluses, byte) {
            (Pluses::None, b'+') if silent => Pluses::Some(1),
            (Pluses::Some(2), b'+') => Pluses::All { due: now + guard },
            (Pluses::Some(count), b'+') => Pluses::Some(count + 1),
            _ => Pluses::None,
        };
    }

    fn take_command_byte(
        &mut self,
        now: Duration,
        byte: u8,
        conditions: &mut Conditions,
        world: &mut dyn World,
        said: &mut Vec<u8>,
    ) {
        if self.session.echo {
            said.push(byte);
        }
        if byte != b'\r' {
            if self.command.len() < COMMAND_BYTES_MAX {
                self.command.push(byte);
            }
            return;
        }
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.command)).into_owned();
        // What stands before AT is noise (V.250, 5.2.1).
        let Some(at) = line.find("AT") else {
            return;
        };
        let command = &line[at..];
        world.took(command);
        let answer = self.session.answer(command, conditions, world);
        let mut bytes = Vec::new();
        if conditions.chatty {
            bytes.extend(framed("RING"));
        }
        let (lines, result, mode) = match answer {
            Answer::Result(result) => (Vec::new(), result, None),
            Answer::Lines(lines, result) => (lines, result, None),
            Answer::Connected => {
                let rate = world.bits_per_second();
                let result = self.session.model.connect_line(rate);
                (Vec::new(), result, Some(Mode::InCall))
            }
            Answer::Over(lines, result) => (lines, result, Some(Mode::Command)),
            Answer::Restart => {
                self.restart(now, conditions, Remedy::Reset);
                said.extend(framed("OK"));
                return;
            }
            Answer::Nothing => return,
        };
        let (before, after): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|line| !line.starts_with('>'));
        for line in before {
            bytes.extend(framed(&line));
            if conditions.chatty {
                for urc in self.session.model.chatter() {
                    bytes.extend(framed(urc));
                }
            }
        }
        bytes.extend(self.session.result(&result));
        // A line that begins with > comes behind the result.
        for line in after {
            bytes.extend(framed(&line[1..]));
        }
        if self.later.len() < ANSWERS_MAX {
            self.later.push_back((now + conditions.late_by, bytes));
        }
        if let Some(mode) = mode {
            self.mode = mode;
            self.pluses = Pluses::None;
        }
        self.poll(now, said);
    }
}

/// A line between CR LF and CR LF.
pub(super) fn framed(line: &str) -> Vec<u8> {
    format!("\r\n{line}\r\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A world in which everybody is there.
    #[derive(Default)]
    struct Everybody {
        sent: Vec<u8>,
        calls: usize,
    }

    impl World for Everybody {
        fn took(&mut self, _: &str) {}

        fn call(&mut self, _: &str) -> bool {
            self.calls += 1;
            true
        }

        fn answer(&mut self) -> bool {
            false
        }

        fn send(&mut self, bytes: &[u8]) {
            self.sent.extend(bytes);
        }

        fn hang_up(&mut self) {}

        fn bits_per_second(&self) -> u32 {
            9600
        }
    }

    #[test]
    fn commands_are_echoed_until_that_is_turned_off_and_a_call_ends_the_dialogue() {
        let mut dialogue = Dialogue::new(ModemModel::Telephone);
        let (mut conditions, mut world) = (Conditions::default(), Everybody::default());
        let mut said = Vec::new();
        let mut hear = |now, bytes: &[u8], said: &mut Vec<u8>| {
            dialogue.handle(now, bytes, &mut conditions, &mut world, said);
            dialogue.poll(now, said);
            String::from_utf8(std::mem::take(said)).expect("text")
        };
        let zero = Duration::ZERO;
        assert_eq!(hear(zero, b"AT\r", &mut said), "AT\r\r\nOK\r\n");
        assert_eq!(
            hear(zero, b"noiseATE0V1X4&C1&D2S0=0\r", &mut said),
            "noiseATE0V1X4&C1&D2S0=0\r\r\nOK\r\n"
        );
        assert_eq!(hear(zero, b"ATDT1\rabc", &mut said), "\r\nCONNECT 9600\r\n");
        // An escape between two silences, and a command behind it.
        let second = Duration::from_secs(1);
        assert_eq!(hear(second, b"+++", &mut said), "");
        assert_eq!(hear(second * 2, b"", &mut said), "\r\nOK\r\n");
        assert_eq!(hear(second * 2, b"ATH\r", &mut said), "\r\nOK\r\n");
        assert_eq!((world.sent.as_slice(), world.calls), (&b"abc+++"[..], 1));
    }

    proptest! {
        #[test]
        fn whatever_a_driver_says_a_twin_holds_little(
            model in prop::sample::select(vec![
                ModemModel::Telephone, ModemModel::QuectelEc20, ModemModel::QuectelEc200, ModemModel::SimcomSim7600,
            ]),
            said_by_driver in prop::collection::vec(
                (prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..300),
                    "AT[ -~]{0,20}\r".prop_map(String::into_bytes),
                ], 0..2000_u64),
                0..60,
            ),
        ) {
            let mut dialogue = Dialogue::new(model);
            let mut conditions = Conditions { late_by: Duration::from_secs(3), ..Conditions::default() };
            let (mut world, mut said) = (Everybody::default(), Vec::new());
            let mut now = Duration::ZERO;
            for (bytes, pause_ms) in said_by_driver {
                dialogue.handle(now, &bytes, &mut conditions, &mut world, &mut said);
                prop_assert!(dialogue.later.len() <= ANSWERS_MAX + 3 && dialogue.command.len() <= COMMAND_BYTES_MAX);
                now += Duration::from_millis(pause_ms);
            }
        }
    }
}
