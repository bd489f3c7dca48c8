//! One world: line, objects, habits and mishaps, all drawn from a seed, and what must hold in the end.
//!
//! - Every object that is wanted arrives once with its own bytes, and its sender is told so; every other is refused.
//! - Nothing is reported as delivered that the receiving owner has not confirmed.
//! - Neither session ever holds more than [`MEMORY_MAX_BYTES`], and no deadline lies in the past.
//! - All of it is done within a time that follows from what the line can carry.
//! - What arrived does not go over the line again: at most one block in fifty for each connection comes to a side that
//!   holds it.
//! - After that the line is at rest.

mod draw;
mod mishap;

use std::time::Duration;

use link::{BLOCK_LEN, MAX_QUEUED, ObjectId, PEER_MEMORY_MAX, Tick};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::line::Line;
use crate::owner::{Outgoing, name};
use crate::pair::{Pair, SECOND, Side};
use crate::totals::Totals;
use draw::Object;
use mishap::Mishap;

/// What a session may hold: what its peer may make it hold, and what it keeps for the objects that its own owner queued,
/// which are at most a block map for each and some words.
pub const MEMORY_MAX_BYTES: usize = PEER_MEMORY_MAX + MAX_QUEUED * 256;

/// What became of a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What must not happen and did.
    pub violations: Vec<String>,
    /// What happened.
    pub totals: Totals,
}

/// Which end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Kiosk,
    County,
}

struct World {
    pair: Pair,
    random: ChaCha8Rng,
    objects: Vec<Object>,
    /// What will happen, the latest first.
    mishaps: Vec<(Tick, Mishap)>,
    /// By when all has to be done.
    limit: Tick,
    lines: [Line; 2],
    taken_back: Vec<(End, ObjectId, Outgoing)>,
    totals: Totals,
    trace: bool,
    repeated_told: [u64; 2],
}

/// How worlds are run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Tells what happens, step by step.
    pub trace: bool,
    /// Receivers confirm what they do not keep: the checks must find something.
    pub confirm_unkept: bool,
    /// Nobody tells the sessions which bytes the line takes for itself: the checks must find something.
    pub escape_nothing: bool,
}

/// Runs the world of this seed to its end.
#[must_use]
pub fn run(seed: u64, options: &Options) -> Report {
    let mut world = World::draw(seed, options);
    world.tell(ToString::to_string);
    world.run();
    world.check();
    world.report()
}

impl World {
    fn run(&mut self) {
        loop {
            while let Some((_, mishap)) = self.mishaps.pop_if(|(at, _)| *at <= self.pair.now) {
                self.tell(|_| format!("{mishap:?}"));
                self.strike(mishap);
            }
            self.pair.settle();
            self.tell_log();
            if self.mishaps.is_empty() && self.pair.all_delivered() {
                return;
            }
            let next = self.pair.next_tick();
            let next = self.mishaps.last().map_or(next, |(at, _)| next.min(*at));
            if self.limit < next {
                let left =
                    [&self.pair.kiosk, &self.pair.county].map(|side| side.owner.outbox.len());
                self.pair.violations.push(format!(
                    "{left:?} objects are still on their way at {:?}",
                    self.limit
                ));
                return;
            }
            if self.pair.is_spinning(next) {
                return;
            }
            self.pair.now = next;
        }
    }

    fn side(&mut self, end: End) -> &mut Side {
        match end {
            End::Kiosk => &mut self.pair.kiosk,
            End::County => &mut self.pair.county,
        }
    }

    fn check(&mut self) {
        if self.pair.all_delivered() {
            self.check_objects();
            self.check_rest();
        }
        for (end, most) in [
            ("kiosk", self.pair.kiosk.most_bytes()),
            ("county", self.pair.county.most_bytes()),
        ] {
            if MEMORY_MAX_BYTES < most {
                self.violation(format!("the {end}'s session held {most} bytes"));
            }
        }
        if 0 < self.pair.up.escapes + self.pair.down.escapes {
            self.violation("bytes of ours made a modem leave data mode".to_owned());
        }
        let repeated = self.pair.kiosk.blocks_repeated() + self.pair.county.blocks_repeated();
        // What is not wanted is on its way before that is known, and so is what another path brings meanwhile.
        let (mut blocks, mut unwanted) = (0, 0);
        for object in &self.objects {
            let count = object.bytes.len().div_ceil(BLOCK_LEN) as u64;
            blocks += count;
            unwanted += if self.is_wanted_of_the_line(object) {
                0
            } else {
                count
            };
        }
        let interruptions = self.interruptions();
        let free = blocks / 50 * (1 + interruptions) + unwanted + REPEATED_FREE;
        if free < repeated {
            self.violation(format!("{repeated} of {blocks} blocks came again"));
        }
    }

    fn interruptions(&self) -> u64 {
        let sides = [&self.pair.kiosk, &self.pair.county];
        sides
            .map(|side| side.owner.disconnects.len() as u64)
            .iter()
            .sum()
    }

    fn is_wanted_of_the_line(&self, object: &Object) -> bool {
        let receiver = match object.from {
            End::Kiosk => &self.pair.county.owner,
            End::County => &self.pair.kiosk.owner,
        };
        object.is_wanted && !receiver.from_elsewhere.contains(&name(&object.bytes))
    }

    fn check_objects(&mut self) {
        let mut found = Vec::new();
        for object in &self.objects {
            let (sender, receiver) = match object.from {
                End::Kiosk => (&self.pair.kiosk.owner, &self.pair.county.owner),
                End::County => (&self.pair.county.owner, &self.pair.kiosk.owner),
            };
            let id = name(&object.bytes);
            let arrived = receiver.whole.get(&id);
            let refused = sender.refused.contains(&id);
            let what = match (object.is_wanted, arrived, refused) {
                (true, Some(arrived), false) if arrived.bytes == object.bytes => continue,
                (false, None, true) => continue,
                (true, Some(_), false) => "has other bytes",
                (true, None, _) => "is lost",
                (true, Some(_), true) => "was refused though it is held",
                (false, ..) => "is not wanted and was taken",
            };
            found.push(format!("{id:?} {what}"));
        }
        let whole = self.pair.kiosk.owner.whole.len() + self.pair.county.owner.whole.len();
        let wanted = self.objects.iter().filter(|object| object.is_wanted);
        if whole != wanted.count() && found.is_empty() {
            found.push("there are objects that nobody sent".to_owned());
        }
        for what in found {
            self.violation(what);
        }
    }

    /// Once all is delivered only signs of life go over the line.
    fn check_rest(&mut self) {
        // Answers that are still on their way, and what the last mishap left behind.
        self.pair.run_for(SECOND * 300);
        let before = self.pair.up.carried + self.pair.down.carried;
        self.pair.run_for(REST);
        let carried = self.pair.up.carried + self.pair.down.carried - before;
        if REST_BYTES_PER_SECOND * REST.as_secs() < carried {
            self.violation(format!("{carried} bytes at rest in {REST:?}"));
        }
        if !self.pair.all_delivered() {
            self.violation("something came back into an outbox".to_owned());
        }
    }

    fn violation(&mut self, what: String) {
        self.pair.violations.push(what);
    }

    fn report(self) -> Report {
        let violations = self
            .pair
            .violations()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let mut totals = self.totals;
        totals.worlds = 1;
        totals.seconds = self.pair.now.since(Tick(0)).as_secs();
        totals.line_bytes = self.pair.up.carried + self.pair.down.carried;
        totals.objects = self.objects.len() as u64;
        totals.object_bytes = self
            .objects
            .iter()
            .map(|object| object.bytes.len() as u64)
            .sum();
        for side in [&self.pair.kiosk, &self.pair.county] {
            totals.frames += side.frames();
            totals.refused += side.owner.refused.len() as u64;
            totals.elsewhere += side.owner.from_elsewhere.len() as u64;
            totals.disconnects += side.owner.disconnects.len() as u64;
            totals.blocks_repeated += side.blocks_repeated();
            totals.most_bytes = totals.most_bytes.max(side.most_bytes() as u64);
        }
        Report { violations, totals }
    }

    fn tell(&self, what: impl FnOnce(&Self) -> String) {
        if self.trace {
            println!(
                "{:>12.6} {}",
                self.pair.now.since(Tick(0)).as_secs_f64(),
                what(self)
            );
        }
    }

    fn tell_log(&mut self) {
        if !self.trace {
            return;
        }
        let [kiosk, county] = &mut self.repeated_told;
        for (end, side, told) in [
            ("kiosk", &mut self.pair.kiosk, kiosk),
            ("county", &mut self.pair.county, county),
        ] {
            for (at, what, id) in side.owner.log.drain(..) {
                println!(
                    "{:>12.6} {end:<6} {what} {id:?}",
                    at.since(Tick(0)).as_secs_f64()
                );
            }
            let again = side.blocks_repeated();
            if again != *told {
                *told = again;
                let now = self.pair.now.since(Tick(0)).as_secs_f64();
                println!("{now:>12.6} {end:<6} has seen {again} blocks again");
            }
        }
    }
}

/// Blocks that may come again in any world: those that were on their way while their object changed hands.
const REPEATED_FREE: u64 = 40;

/// How long a line at rest is looked at, and what may go over it: signs of life, asked for every few seconds, and asked for
/// again where noise hits them.
const REST: Duration = Duration::from_secs(600);
const REST_BYTES_PER_SECOND: u64 = 30;

fn random_of(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn chance(random: &mut ChaCha8Rng, probability: f64) -> bool {
    random.random_bool(probability)
}

fn pick<T: Copy>(random: &mut ChaCha8Rng, from: &[T]) -> T {
    from[random.random_range(0..from.len())]
}
