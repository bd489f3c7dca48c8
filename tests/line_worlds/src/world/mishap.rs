//! What happens to a world.

use std::time::Duration;

use link::block_count;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{End, World, chance};
use crate::line::Line;
use crate::owner::name;

/// Something that happens at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mishap {
    /// An owner wants to send an object.
    Send { index: usize },
    /// The line is cut for a while; an end may not notice.
    HangUp {
        kiosk: bool,
        county: bool,
        lasts: Duration,
    },
    /// It is there again.
    CallAgain { kiosk: bool, county: bool },
    /// The line swallows everything, and nobody is told.
    Silence {
        up: bool,
        down: bool,
        lasts: Duration,
    },
    /// It carries again.
    SilenceEnds,
    /// Next to nothing arrives undamaged for a while.
    Fade { lasts: Duration },
    /// The line is what it was.
    FadeEnds,
    /// Bytes that nobody sent come out of the line.
    Babble { at: End, len: usize },
    /// Ends lose what is not on their disks.
    Reboot { kiosk: bool, county: bool },
    /// Another path carries a share of an object.
    Elsewhere { share: f64 },
    /// An owner takes an object back, and sends it later.
    TakeBack { for_now: Duration },
    /// It sends all those again.
    SendAgain,
}

/// Bit errors in a stretch of heavy noise: a frame of 50 bytes arrives one time in seven.
const FADE_BIT_ERRORS: f64 = 5e-3;

impl Mishap {
    pub(super) fn draw(random: &mut ChaCha8Rng) -> Self {
        let lasts = Duration::from_millis(random.random_range(0..120_000));
        match random.random_range(0..16) {
            0 | 1 => Self::HangUp {
                kiosk: true,
                county: true,
                lasts,
            },
            2 => Self::HangUp {
                kiosk: true,
                county: false,
                lasts,
            },
            3 => Self::HangUp {
                kiosk: false,
                county: true,
                lasts,
            },
            4 | 5 => Self::Silence {
                up: true,
                down: true,
                lasts,
            },
            6 => {
                let up = chance(random, 0.5);
                Self::Silence {
                    up,
                    down: !up,
                    lasts,
                }
            }
            7 => Self::Fade { lasts: lasts / 2 },
            8 => Self::Babble {
                at: if chance(random, 0.5) {
                    End::Kiosk
                } else {
                    End::County
                },
                len: random.random_range(1..600),
            },
            9 | 10 => Self::Reboot {
                kiosk: true,
                county: false,
            },
            11 | 12 => Self::Reboot {
                kiosk: false,
                county: true,
            },
            13 => Self::Reboot {
                kiosk: true,
                county: true,
            },
            14 => Self::Elsewhere {
                share: random.random_range(0.0..1.4),
            },
            _ => Self::TakeBack { for_now: lasts / 2 },
        }
    }
}

impl World {
    pub(super) fn strike(&mut self, mishap: Mishap) {
        match mishap {
            Mishap::Send { index } => self.send(index),
            Mishap::HangUp {
                kiosk,
                county,
                lasts,
            } => {
                self.totals.hang_ups += 1;
                self.totals.half_hang_ups += u64::from(kiosk != county);
                self.pair.cut();
                self.pair.mute(true);
                self.pair.line_down(kiosk, county);
                self.later(lasts, Mishap::CallAgain { kiosk, county });
            }
            Mishap::CallAgain { kiosk, county } => {
                self.pair.cut();
                self.pair.mute(false);
                self.pair.line_up(kiosk, county);
            }
            Mishap::Silence { up, down, lasts } => {
                self.totals.silences += 1;
                self.pair.up.is_mute |= up;
                self.pair.down.is_mute |= down;
                self.later(lasts, Mishap::SilenceEnds);
            }
            Mishap::SilenceEnds => self.pair.mute(false),
            Mishap::Fade { lasts } => {
                self.totals.fades += 1;
                let faded = |line: Line| Line {
                    bit_errors: FADE_BIT_ERRORS,
                    ..line
                };
                self.pair.up.change_noise(&faded(self.lines[0]));
                self.pair.down.change_noise(&faded(self.lines[1]));
                self.later(lasts, Mishap::FadeEnds);
            }
            Mishap::FadeEnds => {
                self.pair.up.change_noise(&self.lines[0]);
                self.pair.down.change_noise(&self.lines[1]);
            }
            Mishap::Babble { at, len } => self.babble(at, len),
            Mishap::Reboot { kiosk, county } => {
                self.totals.reboots += u64::from(kiosk) + u64::from(county);
                if kiosk {
                    self.pair.reboot_kiosk();
                }
                if county {
                    self.pair.reboot_county();
                }
            }
            Mishap::Elsewhere { share } => self.carry_elsewhere(share),
            Mishap::TakeBack { for_now } => self.take_back(for_now),
            Mishap::SendAgain => {
                for (from, id, outgoing) in std::mem::take(&mut self.taken_back) {
                    let side = self.side(from);
                    side.owner.send_again(&mut side.session, id, outgoing);
                }
            }
        }
    }

    fn later(&mut self, wait: Duration, mishap: Mishap) {
        let at = self.pair.now + wait;
        let place = self.mishaps.partition_point(|(other, _)| at < *other);
        self.mishaps.insert(place, (at, mishap));
        // What a mishap brings about is not held against the line.
        self.limit = self.limit.max(at + LIMIT_AFTER.min(self.limit.since(at)));
    }

    fn send(&mut self, index: usize) {
        let object = &self.objects[index];
        let (from, priority, held) = (object.from, object.priority, object.may_be_held);
        let bytes = object.bytes.clone();
        let side = self.side(from);
        side.owner.send(&mut side.session, priority, bytes, held);
    }

    fn babble(&mut self, at: End, len: usize) {
        self.totals.babbles += 1;
        let mut bytes = vec![0; len];
        let is_text = chance(&mut self.random, 0.3);
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = if is_text {
                b"\r\nNO CARRIER\r\n"[place % 14]
            } else {
                self.random.random()
            };
        }
        let now = self.pair.now;
        match at {
            End::Kiosk => self.pair.down.babble(now, &bytes),
            End::County => self.pair.up.babble(now, &bytes),
        }
    }

    /// An object that some owner has in its outbox.
    fn some_outgoing(&mut self) -> Option<usize> {
        let candidates: Vec<usize> = (0..self.objects.len())
            .filter(|index| {
                let object = &self.objects[*index];
                let owner = match object.from {
                    End::Kiosk => &self.pair.kiosk.owner,
                    End::County => &self.pair.county.owner,
                };
                object.is_wanted && owner.outbox.contains_key(&name(&object.bytes))
            })
            .collect();
        let count = candidates.len();
        (0 < count).then(|| candidates[self.random.random_range(0..count)])
    }

    fn carry_elsewhere(&mut self, share: f64) {
        let Some(index) = self.some_outgoing() else {
            return;
        };
        let object = &self.objects[index];
        let blocks = block_count(object.bytes.len() as u32);
        let carried: Vec<u32> = (0..blocks)
            .filter(|_| self.random.random_range(0.0..1.0) < share)
            .collect();
        let now = self.pair.now;
        let receiver = match object.from {
            End::Kiosk => &mut self.pair.county,
            End::County => &mut self.pair.kiosk,
        };
        receiver.owner.receive_elsewhere(
            now,
            &mut receiver.session,
            &object.bytes,
            carried.into_iter(),
        );
    }

    fn take_back(&mut self, for_now: Duration) {
        let Some(index) = self.some_outgoing() else {
            return;
        };
        let object = &self.objects[index];
        let (from, id) = (object.from, name(&object.bytes));
        let side = self.side(from);
        if let Some(outgoing) = side.owner.cancel(&mut side.session, id) {
            self.totals.cancelled += 1;
            self.taken_back.push((from, id, outgoing));
            self.later(for_now, Mishap::SendAgain);
        }
    }
}

/// How far a mishap that follows from another may push the end away, at most.
const LIMIT_AFTER: Duration = Duration::from_secs(100_000);
