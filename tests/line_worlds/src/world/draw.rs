//! What a world is made of, drawn from its seed.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use link::{Config, Escape, ObjectId, Priority, Tick};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;

use super::mishap::Mishap;
use super::{End, Options, World, chance, pick, random_of};
use crate::line::Line;
use crate::owner::{Habits, name};
use crate::pair::{Pair, SECOND};
use crate::totals::Totals;

/// Rates that lines have, in bits per second.
const RATES: [u64; 11] = [
    300, 1200, 2400, 9600, 9600, 19_200, 57_600, 115_200, 115_200, 460_800, 921_600,
];

/// What a world's line may carry in virtual time at least, so that slow ones end as well.
const LINE_TIME: Duration = Duration::from_secs(2400);

/// Payload of a world at most, so that fast ones end as well.
const PAYLOAD_BYTES_MAX: u64 = 1 << 20;

/// The longest object: a full picture of a page.
const OBJECT_BYTES_MAX: u64 = 300_000;

/// The longest packet: eight blocks and what is around them.
const PACKET_BYTES_MAX: u64 = 2200;

/// An object of a world.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) from: End,
    pub(super) priority: Priority,
    pub(super) bytes: Vec<u8>,
    pub(super) may_be_held: bool,
    pub(super) is_wanted: bool,
}

impl World {
    pub(super) fn draw(seed: u64, options: &Options) -> Self {
        let mut random = random_of(seed);
        let up = line(&mut random);
        let down = other_direction(&mut random, up);
        let mut configs = configs(&mut random, &up);
        let mut habits = [habits(&mut random), habits(&mut random)];
        for (config, habits) in configs.iter_mut().zip(&mut habits) {
            habits.confirms_unkept = options.confirm_unkept;
            if options.escape_nothing {
                config.escape = Escape::default();
            }
        }
        let mut pair = Pair::of([up, down], seed, configs, habits);
        pair.is_strict = false;

        let (objects, unwanted) = objects(&mut random, [&up, &down], configs);
        let ideal: Duration = objects
            .iter()
            .map(|object| up.time_of(object.bytes.len() as u64 + 60))
            .sum();
        let mut mishaps = sends(&mut random, &objects, ideal);
        mishaps.extend(draw_mishaps(&mut random, ideal));
        mishaps.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let last = mishaps.first().map_or(Tick(0), |(at, _)| *at);
        let limit = last + patience(&[up, down], &habits, ideal, objects.len());

        for id in unwanted {
            pair.kiosk.owner.unwanted.insert(id);
            pair.county.owner.unwanted.insert(id);
        }
        let mut world = Self {
            pair,
            random,
            objects,
            mishaps,
            limit,
            lines: [up, down],
            taken_back: Vec::new(),
            totals: Totals::default(),
            trace: options.trace,
            repeated_told: [0; 2],
        };
        world.let_checks_fail();
        world
    }

    /// Some objects fail their check once.
    fn let_checks_fail(&mut self) {
        for index in 0..self.objects.len() {
            let object = &self.objects[index];
            if !object.is_wanted || !chance(&mut self.random, 0.04) {
                continue;
            }
            let id = name(&object.bytes);
            let receiver = match object.from {
                End::Kiosk => &mut self.pair.county,
                End::County => &mut self.pair.kiosk,
            };
            receiver.owner.failing_checks.insert(id);
            self.totals.restarted += 1;
        }
    }
}

/// A number between two, each order of magnitude as likely as the next.
fn between(random: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    (random.random_range(low.ln()..high.ln())).exp()
}

fn line(random: &mut ChaCha8Rng) -> Line {
    let rate = pick(random, &RATES);
    let latency_ms = pick(random, &[0, 1, 5, 30, 80, 150, 300, 600, 800]);
    let mut line = Line::clean(rate, latency_ms);
    if chance(random, 0.3) {
        line.jitter = Duration::from_millis(random.random_range(1..200));
    }
    if chance(random, 0.2) {
        line.turn_around = Some(Duration::from_millis(random.random_range(5..=250)));
    }
    line.swallows_flow_control = chance(random, 0.15);
    line.heeds_escape = chance(random, 0.15);
    line.read_batch = Duration::from_millis(pick(random, &[1, 2, 2, 10, 40]));
    noise(random, &mut line);
    line
}

fn noise(random: &mut ChaCha8Rng, line: &mut Line) {
    if chance(random, 0.3) {
        return;
    }
    if chance(random, 0.6) {
        line.bit_errors = between(random, 1e-6, 1e-3);
    }
    for process in [&mut line.drops, &mut line.insertions, &mut line.bursts] {
        if chance(random, 0.3) {
            *process = between(random, 1e-6, 1e-3);
        }
    }
    line.burst_bytes = between(random, 2.0, 60.0);
}

fn other_direction(random: &mut ChaCha8Rng, up: Line) -> Line {
    let mut down = up;
    if chance(random, 0.3) {
        down = Line {
            bit_errors: 0.0,
            drops: 0.0,
            insertions: 0.0,
            bursts: 0.0,
            ..up
        };
        noise(random, &mut down);
    }
    if up.turn_around.is_none() && chance(random, 0.1) {
        // As old modems had it: much in one direction, little in the other.
        down.rate = (up.rate / pick(random, &[2, 4, 8])).max(300);
    }
    down
}

/// How both sessions are set. That the line takes bytes for itself may be known at one end only.
fn configs(random: &mut ChaCha8Rng, line: &Line) -> [Config; 2] {
    let mut configs = [0, 1].map(|_| config(random, line));
    let knows = random.random_range(0..3);
    for (end, config) in configs.iter_mut().enumerate() {
        if end != knows {
            config.escape.flow_control = line.swallows_flow_control;
            config.escape.plus = line.heeds_escape;
        }
        config.half_duplex = line.turn_around.is_some();
        // Who runs a slow line in turns knows that a packet takes its time there.
        config.silent_after = config
            .silent_after
            .max(line.time_of(PACKET_BYTES_MAX).mul_f64(2.0 * turns(line)));
    }
    configs
}

fn config(random: &mut ChaCha8Rng, line: &Line) -> Config {
    let mut config = Config::default();
    if chance(random, 0.3) && 2400 <= line.rate {
        config.keep_alive = Duration::from_secs(pick(random, &[5, 10, 30]));
        config.silent_after = config.keep_alive * 3 + SECOND * 10;
    }
    if chance(random, 0.1) {
        config.max_object_len = 20_000;
    }
    config
}

fn habits(random: &mut ChaCha8Rng) -> Habits {
    let mut habits = Habits::default();
    if chance(random, 0.3) {
        habits.looks_every = Duration::from_millis(random.random_range(20..1500));
    }
    if habits.looks_every != Duration::ZERO && chance(random, 0.3) {
        habits.takes_at_most = random.random_range(20..400);
    }
    if chance(random, 0.5) {
        habits.answers_after = Duration::from_millis(pick(random, &[1, 10, 100, 1000, 5000]));
    }
    if chance(random, 0.5) {
        habits.syncs_every = Duration::from_millis(pick(random, &[50, 500, 5000]));
    }
    if chance(random, 0.3) {
        habits.removes_after = Duration::from_millis(pick(random, &[10, 1000, 20_000]));
    }
    habits
}

fn objects(
    random: &mut ChaCha8Rng,
    [up, down]: [&Line; 2],
    configs: [Config; 2],
) -> (Vec<Object>, Vec<ObjectId>) {
    let slower = up.rate.min(down.rate);
    let budget = (slower / 10 * LINE_TIME.as_secs()).min(PAYLOAD_BYTES_MAX);
    let kind = random.random_range(0..10);
    let (count, len_max) = match kind {
        // More than a session queues.
        0 => (random.random_range(260..400), 100),
        // Records.
        1..=3 => (random.random_range(20..150), 3000),
        // Pages.
        4..=5 => (random.random_range(1..4), OBJECT_BYTES_MAX),
        _ => (random.random_range(2..40), 60_000),
    };
    let mut left = budget;
    let mut ids = BTreeSet::new();
    let mut unwanted = Vec::new();
    let mut objects = Vec::new();
    let both = chance(random, 0.6);
    for _ in 0..count {
        let len_max = len_max.min(left);
        if len_max == 0 {
            break;
        }
        let len = match kind {
            4..=5 => random.random_range(len_max.div_ceil(3)..=len_max),
            _ => between(random, 1.0, len_max as f64 + 1.0) as u64,
        };
        let Some(bytes) = content(random, len as usize, &mut ids) else {
            continue;
        };
        left -= len;
        let from = if both && chance(random, 0.5) {
            End::County
        } else {
            End::Kiosk
        };
        let receiver = &configs[usize::from(from == End::Kiosk)];
        let is_too_long = receiver.max_object_len < bytes.len() as u32;
        let is_unwanted = chance(random, 0.04);
        if is_unwanted {
            unwanted.push(name(&bytes));
        }
        objects.push(Object {
            from,
            priority: pick(random, &Priority::ALL),
            bytes,
            may_be_held: chance(random, 0.2),
            is_wanted: !is_too_long && !is_unwanted,
        });
    }
    (objects, unwanted)
}

/// Bytes that no other object of the world has: mostly such that look random, as sealed ones do, and some that a line may
/// take for its own.
fn content(random: &mut ChaCha8Rng, len: usize, ids: &mut BTreeSet<ObjectId>) -> Option<Vec<u8>> {
    for _ in 0..20 {
        let mut bytes = vec![0; len];
        match random.random_range(0..10) {
            0 => bytes.fill(pick(random, &[0x00, 0x11, 0x13, 0x7d, 0xff, b'+'])),
            1 => {
                for byte in &mut bytes {
                    *byte = pick(random, &[0x00, 0x01, 0x11, 0x13, 0xff, b'+']);
                }
            }
            _ => random.fill_bytes(&mut bytes),
        }
        if ids.insert(name(&bytes)) {
            return Some(bytes);
        }
    }
    None
}

/// When each object is queued: half of the worlds have them all from the start.
fn sends(random: &mut ChaCha8Rng, objects: &[Object], span: Duration) -> Vec<(Tick, Mishap)> {
    let at_once = chance(random, 0.5);
    (0..objects.len())
        .map(|index| {
            let at = if at_once {
                0.0
            } else {
                random.random_range(0.0..1.0)
            };
            (Tick(0) + span.mul_f64(at), Mishap::Send { index })
        })
        .collect()
}

fn draw_mishaps(random: &mut ChaCha8Rng, ideal: Duration) -> Vec<(Tick, Mishap)> {
    let count = if chance(random, 0.3) {
        0
    } else {
        random.random_range(1..12)
    };
    let span = ideal.mul_f64(1.5) + SECOND * 10;
    (0..count)
        .map(|_| {
            (
                Tick(0) + span.mul_f64(random.random_range(0.0..1.0)),
                Mishap::draw(random),
            )
        })
        .collect()
}

/// How many times longer bytes take if both ends talk: a half-duplex line turns around for each half of what a port holds.
fn turns(line: &Line) -> f64 {
    let port = line.time_of(line.port_bytes());
    line.turn_around
        .map_or(1.0, |turn| 2.0 + 4.0 * turn.div_duration_f64(port))
}

/// How long everything may take after the last mishap. A line with much noise carries a fraction of what a clean one does,
/// and each object costs its sender and receiver some delays.
fn patience(lines: &[Line; 2], habits: &[Habits; 2], ideal: Duration, objects: usize) -> Duration {
    let hits = lines.iter().map(Line::hits_per_byte).fold(0.0, f64::max);
    // The share of 250-byte stretches that arrive, each way.
    let through = (-hits * 250.0).exp().powi(2).max(0.01);
    let rates = lines[0].rate as f64 / lines[1].rate as f64;
    let slow: Duration = habits
        .iter()
        .map(|habits| habits.looks_every + habits.answers_after)
        .sum();
    let delay = lines[0].latency + lines[0].jitter + lines[0].turn_around.unwrap_or_default() * 4;
    // A half-duplex line turns around for each half of what a port holds, if both ends talk.
    let port = lines[0].time_of(lines[0].port_bytes());
    let turns = lines[0]
        .turn_around
        .unwrap_or_default()
        .div_duration_f64(port);
    ideal.mul_f64(3.0 * rates * (1.0 + 4.0 * turns) / through)
        + (slow + delay * 4) * objects as u32
        + SECOND * 900
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "up {:?}", self.lines[0])?;
        writeln!(f, "down {:?}", self.lines[1])?;
        for (name, side) in [("kiosk", &self.pair.kiosk), ("county", &self.pair.county)] {
            writeln!(f, "{name} {:?} {:?}", side.config, side.owner.habits)?;
        }
        write!(f, "{} objects, limit {:?}", self.objects.len(), self.limit)
    }
}
