//! The interpreter of chat scripts: what the modem says and the time go in, what is to be said and how it
//! ended come out. It owns no port and no clock.
//!
//! After any call that takes `now`, drain [`Chat::poll_action`] and [`Chat::poll_progress`], then wait until
//! [`Chat::deadline`] or until bytes arrive, whichever is first. Early and spurious calls are harmless. It
//! ends by itself within the time that its script's bounds add up to, whatever comes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::lines::{Lines, Pattern};
use super::script::{Fault, Outcome, Phase, SETTLE_MAX, Script, Step};
use super::settings::Variables;
use super::told;
use crate::line::{Signal, Step as LineStep};

/// Silence after which a modem that was late has nothing more to say about the last command.
const SETTLE: Duration = Duration::from_millis(200);

/// Something to be done at the port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// These bytes are to be sent.
    Send(Vec<u8>),
    /// DTR is to be raised or taken away.
    Dtr(bool),
    /// The modem's power is to be taken away and given back.
    PowerCycle,
}

/// How a chat ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// All steps are done, and none of them connects.
    Done,
    /// The call is open. Bytes behind the line that said so are the other end's.
    Connected {
        /// The rate, if the modem told one.
        bits_per_second: Option<u32>,
        /// Whether that line was in words, so that an LF still belongs to it.
        in_words: bool,
    },
    /// A step failed.
    Failed(Fault),
}

/// One going through a script's phases.
#[derive(Debug)]
pub(super) struct Chat {
    phases: Vec<Phase>,
    errors: BTreeMap<Pattern, Outcome>,
    unsolicited: Vec<Pattern>,
    guard: Duration,
    variables: Variables,
    notes: BTreeSet<String>,
    signal: Signal,
    at: Position,
    state: State,
    lines: Lines,
    actions: VecDeque<Action>,
    progress: VecDeque<LineStep>,
}

/// Where in the phases it is.
#[derive(Debug, Clone, Copy)]
struct Position {
    phase: usize,
    step: usize,
    /// Rounds of the phase and tries of the step that have begun, this one among them.
    round: u32,
    tries: u32,
}

/// What is being waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Silence before the step says what it says.
    Pausing {
        until: Duration,
    },
    /// The end of DTR's absence.
    DtrLow {
        until: Duration,
    },
    /// An answer.
    Listening {
        until: Duration,
    },
    /// The end of what comes too late, before another try.
    Settling {
        quiet_at: Duration,
        until: Duration,
    },
    /// Another try's hour.
    Resting {
        until: Duration,
    },
    /// The next round's hour.
    BetweenRounds {
        until: Duration,
    },
    Ended(End),
}

impl Chat {
    /// Begins to open a call.
    pub(super) fn open(script: &Script, variables: &Variables, now: Duration) -> Self {
        Self::new(script, script.open.clone(), variables, now)
    }

    /// Begins to go through steps that are no phase of the opening.
    pub(super) fn steps(
        script: &Script,
        steps: &[Step],
        variables: &Variables,
        now: Duration,
    ) -> Self {
        let phase = Phase {
            stage: None,
            steps: steps.to_vec(),
            until: None,
            rounds: 1,
            pause_ms: 0,
            fault: Fault::Silent,
        };
        Self::new(script, vec![phase], variables, now)
    }

    fn new(script: &Script, phases: Vec<Phase>, variables: &Variables, now: Duration) -> Self {
        let mut chat = Self {
            phases,
            errors: script.errors.clone(),
            unsolicited: script.unsolicited.clone(),
            guard: script.guard(),
            variables: variables.clone(),
            notes: BTreeSet::new(),
            signal: Signal::default(),
            at: Position {
                phase: 0,
                step: 0,
                round: 1,
                tries: 0,
            },
            state: State::Ended(End::Done),
            lines: Lines::default(),
            actions: VecDeque::new(),
            progress: VecDeque::new(),
        };
        chat.begin_phase(now);
        chat
    }

    /// How it ended, once it has.
    pub(super) fn end(&self) -> Option<End> {
        match self.state {
            State::Ended(end) => Some(end),
            _ => None,
        }
    }

    /// Something to be done, in order.
    pub(super) fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Something to tell.
    pub(super) fn poll_progress(&mut self) -> Option<LineStep> {
        self.progress.pop_front()
    }

    /// When [`Chat::handle_timeout`] has something to do, if nothing comes before.
    pub(super) fn deadline(&self) -> Option<Duration> {
        match self.state {
            State::Pausing { until }
            | State::DtrLow { until }
            | State::Listening { until }
            | State::Resting { until }
            | State::BetweenRounds { until } => Some(until),
            State::Settling { quiet_at, until } => Some(quiet_at.min(until)),
            State::Ended(_) => None,
        }
    }

    /// Remembers something that the port's driver knows.
    pub(super) fn note(&mut self, note: &str) {
        self.notes.insert(note.to_owned());
    }

    /// Takes what the modem said and returns how much of it was the modem's: all, unless the call is open now.
    pub(super) fn handle_bytes(&mut self, now: Duration, bytes: &[u8]) -> usize {
        // An answer that stands in the port's buffer came in time, however late it is looked at on a busy
        // machine; anything else that was due is done before these bytes.
        if !matches!(self.state, State::Listening { .. }) {
            self.handle_timeout(now);
        }
        if let State::Settling { quiet_at, .. } = &mut self.state
            && !bytes.is_empty()
        {
            *quiet_at = now + SETTLE;
        }
        for (index, &byte) in bytes.iter().enumerate() {
            if self.end().is_some() {
                return index;
            }
            if let Some(line) = self.lines.push(byte) {
                self.handle_line(now, &line);
            }
        }
        bytes.len()
    }

    /// Does what is due by `now`.
    pub(super) fn handle_timeout(&mut self, now: Duration) {
        while self.deadline().is_some_and(|due| due <= now) {
            match self.state {
                State::Pausing { .. } => self.say(now),
                State::DtrLow { .. } => {
                    self.actions.push_back(Action::Dtr(true));
                    self.listen_or_pass(now);
                }
                State::Listening { .. } => {
                    self.lines.forget();
                    self.state = State::Settling {
                        quiet_at: now + SETTLE,
                        until: now + SETTLE_MAX,
                    };
                }
                State::Settling { .. } => {
                    self.lines.forget();
                    self.try_again(now);
                }
                State::Resting { .. } => self.begin_try(now),
                State::BetweenRounds { .. } => self.begin_phase(now),
                State::Ended(_) => return,
            }
        }
    }

    fn handle_line(&mut self, now: Duration, line: &str) {
        if !matches!(self.state, State::Listening { .. }) {
            return;
        }
        let Some(step) = self.step() else {
            return;
        };
        let answer = best(&step.answers, line);
        let outcome = if answer.is_some() {
            answer
        } else if self.unsolicited.iter().any(|pattern| pattern.fits(line)) {
            return;
        } else {
            best(&self.errors, line)
        };
        // What fits nothing is an echo, or something that this model says and its script does not know.
        let Some(outcome) = outcome.cloned() else {
            return;
        };
        match outcome {
            Outcome::Next => self.pass(now),
            Outcome::Again => self.try_again(now),
            Outcome::Ignore => {}
            Outcome::Connected => {
                self.state = State::Ended(End::Connected {
                    bits_per_second: told::rate(line),
                    in_words: !line.starts_with(|first: char| first.is_ascii_digit()),
                });
            }
            Outcome::Signal => {
                self.signal.dbm = told::strength(line);
                self.tell_signal();
            }
            Outcome::Operator => {
                self.signal.operator = told::operator(line);
                self.tell_signal();
            }
            Outcome::Note(note) => {
                self.notes.insert(note);
            }
            Outcome::Fault(fault) => self.fail(now, fault),
        }
    }

    fn tell_signal(&mut self) {
        // One is enough, however often a modem says it in one breath.
        if let Some(LineStep::Heard(signal)) = self.progress.back_mut() {
            signal.clone_from(&self.signal);
        } else {
            self.progress
                .push_back(LineStep::Heard(self.signal.clone()));
        }
    }

    fn phase(&self) -> Option<&Phase> {
        self.phases.get(self.at.phase)
    }

    fn step(&self) -> Option<&Step> {
        step_at(&self.phases, self.at)
    }

    fn begin_phase(&mut self, now: Duration) {
        self.at.step = 0;
        let first_round = self.at.round == 1;
        if let Some(stage) = self.phase().and_then(|phase| phase.stage)
            && first_round
        {
            self.progress.push_back(stage.into());
        }
        self.begin_step(now);
    }

    /// Goes on with the first step from here on that is to be done, or ends the phase.
    fn begin_step(&mut self, now: Duration) {
        while let Some(step) = step_at(&self.phases, self.at) {
            let noted = |note: &String| self.notes.contains(note);
            if step.when.as_ref().is_none_or(noted) && !step.unless.as_ref().is_some_and(noted) {
                self.at.tries = 0;
                if step.require.as_ref().is_none_or(noted) {
                    self.begin_try(now);
                } else {
                    self.fail(now, step.fault);
                }
                return;
            }
            self.at.step += 1;
        }
        self.end_phase(now);
    }

    fn begin_try(&mut self, now: Duration) {
        self.at.tries += 1;
        let Some(step) = self.step() else {
            return self.end_phase(now);
        };
        let guard = if step.escape {
            self.guard
        } else {
            Duration::ZERO
        };
        let pause = guard.max(Duration::from_millis(step.pause_ms));
        if pause.is_zero() {
            self.say(now);
        } else {
            self.state = State::Pausing { until: now + pause };
        }
    }

    fn say(&mut self, now: Duration) {
        let Some(step) = step_at(&self.phases, self.at) else {
            return self.end_phase(now);
        };
        if step.power_cycle {
            self.actions.push_back(Action::PowerCycle);
        }
        if step.escape {
            self.actions.push_back(Action::Send(b"+++".to_vec()));
        }
        if let Some(command) = &step.send {
            let Ok(mut command) = self.variables.fill(command) else {
                // Only what is conditional lacks a value: the opener has looked at the rest.
                return self.fail(now, step.fault);
            };
            command.push('\r');
            self.actions.push_back(Action::Send(command.into_bytes()));
        }
        if let Some(low_ms) = step.dtr_low_ms {
            self.actions.push_back(Action::Dtr(false));
            self.state = State::DtrLow {
                until: now + Duration::from_millis(low_ms),
            };
            return;
        }
        self.listen_or_pass(now);
    }

    fn listen_or_pass(&mut self, now: Duration) {
        let Some(step) = self.step() else {
            return self.end_phase(now);
        };
        if step.answers.is_empty() {
            return self.pass(now);
        }
        let guard = if step.escape {
            self.guard
        } else {
            Duration::ZERO
        };
        self.state = State::Listening {
            until: now + guard + Duration::from_millis(step.timeout_ms),
        };
    }

    /// The step is done.
    fn pass(&mut self, now: Duration) {
        self.at.step += 1;
        self.begin_step(now);
    }

    fn try_again(&mut self, now: Duration) {
        match self.step() {
            Some(step) if self.at.tries < step.tries => {
                self.state = State::Resting {
                    until: now + Duration::from_millis(step.again_ms),
                };
            }
            Some(step) => self.fail(now, step.fault),
            None => self.end_phase(now),
        }
    }

    fn fail(&mut self, now: Duration, fault: Fault) {
        if self.step().is_some_and(|step| step.optional) {
            self.pass(now);
        } else {
            self.state = State::Ended(End::Failed(fault));
        }
    }

    fn end_phase(&mut self, now: Duration) {
        let Some(phase) = self.phase() else {
            self.state = State::Ended(End::Done);
            return;
        };
        match &phase.until {
            Some(note) if !self.notes.contains(note) => {
                if self.at.round < phase.rounds {
                    self.state = State::BetweenRounds {
                        until: now + Duration::from_millis(phase.pause_ms),
                    };
                    self.at.round += 1;
                } else {
                    self.state = State::Ended(End::Failed(phase.fault));
                }
            }
            _ => {
                self.at.phase += 1;
                self.at.round = 1;
                if self.phase().is_some() {
                    self.begin_phase(now);
                } else {
                    self.state = State::Ended(End::Done);
                }
            }
        }
    }
}

fn step_at(phases: &[Phase], at: Position) -> Option<&Step> {
    phases.get(at.phase)?.steps.get(at.step)
}

/// What a line means: of the patterns that fit, the one that fixes most of it.
fn best<'a>(meanings: &'a BTreeMap<Pattern, Outcome>, line: &str) -> Option<&'a Outcome> {
    meanings
        .iter()
        .filter(|(pattern, _)| pattern.fits(line))
        .max_by_key(|(pattern, _)| pattern.weight())
        .map(|(_, outcome)| outcome)
}

#[cfg(test)]
mod tests;
