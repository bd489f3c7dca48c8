//! The ways between a kiosk and the county, with everything that goes wrong on them.

use std::collections::VecDeque;

use ::kiosk::appliance::clock::Now;
use ::kiosk::uplink::carry::{Reply, Request, bring};
use ::kiosk::uplink::conversation::Conversation;
use county::gateway::Gateway;
use link::{Pacer, Tick};
use rand::RngExt;
use rand_chacha::ChaCha20Rng;

use super::county::CountyEnd;
use super::kiosk::KioskEnd;
use super::totals::Totals;

/// How a line treats what is said on it; chances in thousandths for each piece, or each byte for flipped bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LineFaults {
    pub(crate) bits_per_second: u32,
    pub(crate) flip_permille: u32,
    pub(crate) lose_permille: u32,
    pub(crate) repeat_permille: u32,
    pub(crate) swap_permille: u32,
}

impl LineFaults {
    pub(crate) const NONE: Self = Self {
        bits_per_second: 115_200,
        flip_permille: 0,
        lose_permille: 0,
        repeat_permille: 0,
        swap_permille: 0,
    };

    pub(crate) fn drawn(rng: &mut ChaCha20Rng) -> Self {
        let mut seldom = |most: u32| {
            if rng.random_bool(0.4) {
                rng.random_range(0..=most)
            } else {
                0
            }
        };
        Self {
            flip_permille: seldom(3),
            lose_permille: seldom(60),
            repeat_permille: seldom(60),
            swap_permille: seldom(60),
            bits_per_second: [9600, 57_600, 115_200][rng.random_range(0..3)],
        }
    }
}

/// A step of a talk: a piece of line noise lasts about as long.
const STEP_US: i64 = 20_000;

/// The kiosk calls the county and they talk for `talk_us`, or until nothing is left to say. Returns how long it took.
pub(crate) fn talk(
    kiosk: &mut KioskEnd,
    county: &CountyEnd,
    true_us: i64,
    talk_us: i64,
    faults: LineFaults,
    totals: &mut Totals,
    rng: &mut ChaCha20Rng,
) -> i64 {
    totals.lines += 1;
    let (Some(outbox), Some(server)) = (kiosk.outbox(), county.running()) else {
        return 0;
    };
    let mut conversation = Conversation::new(outbox, rng.random(), kiosk.now(true_us));
    conversation.line_up(kiosk.now(true_us));
    let gateway_tick = |us: i64| Tick(u64::try_from(us - true_us).unwrap_or(0));
    let mut gateway = Gateway::new(server.clone(), None, rng.random(), Tick(0));
    let mut up = Direction::new(faults);
    let mut down = Direction::new(faults);
    let mut quiet_us = 0;
    let mut took_us = 0;
    while took_us < talk_us && kiosk.disk.is_on() && county.disk.is_on() {
        took_us += STEP_US;
        let now_us = true_us + took_us;
        county.set_clock(now_us / 1000);
        let now: Now = kiosk.now(now_us);
        let (kiosk_tick, county_tick) = (now.tick, gateway_tick(now_us));

        conversation.handle_timeout(now);
        let heard = down.take();
        if !heard.is_empty() {
            conversation.handle_bytes(now, &heard);
        }
        conversation.report_clock(now, rng);
        up.send(kiosk_tick, totals, rng, |room, out| {
            conversation.poll_transmit(now, room, out)
        });

        let heard = up.take();
        let said = !heard.is_empty();
        // A ledger that fails ends the gateway, as it ends the county's end of a real line.
        if gateway.handle_timeout(county_tick).is_err()
            || (said && gateway.handle_bytes(county_tick, &heard).is_err())
        {
            break;
        }
        down.send(county_tick, totals, rng, |room, out| {
            gateway.poll_transmit(county_tick, room, out)
        });

        let idle = conversation
            .report()
            .is_ok_and(|report| report.connected && report.waiting == 0);
        quiet_us = if idle { quiet_us + STEP_US } else { 0 };
        if HANG_UP_AFTER_US <= quiet_us {
            break;
        }
    }
    took_us
}

/// With nothing owed for so long, the kiosk hangs up: the county has had time to say how cases stand.
const HANG_UP_AFTER_US: i64 = 2_000_000;

/// One direction of a line.
struct Direction {
    faults: LineFaults,
    pacer: Pacer,
    pieces: VecDeque<Vec<u8>>,
    /// A piece that arrives behind the next one.
    late: Option<Vec<u8>>,
}

impl Direction {
    fn new(faults: LineFaults) -> Self {
        Self {
            faults,
            pacer: Pacer::new(faults.bits_per_second),
            pieces: VecDeque::new(),
            late: None,
        }
    }

    fn take(&mut self) -> Vec<u8> {
        self.pieces.drain(..).flatten().collect()
    }

    fn send(
        &mut self,
        now: Tick,
        totals: &mut Totals,
        rng: &mut ChaCha20Rng,
        poll: impl FnOnce(usize, &mut Vec<u8>) -> usize,
    ) {
        let mut piece = Vec::new();
        let count = poll(self.pacer.room(now), &mut piece);
        self.pacer.sent(now, count);
        if piece.is_empty() {
            return;
        }
        let chance = |permille: u32, rng: &mut ChaCha20Rng| rng.random_range(0..1000) < permille;
        if 0 < self.faults.flip_permille {
            for byte in &mut piece {
                if chance(self.faults.flip_permille, rng) {
                    *byte ^= 1 << rng.random_range(0..8);
                    totals.bits_flipped += 1;
                }
            }
        }
        if chance(self.faults.lose_permille, rng) {
            totals.pieces_lost += 1;
            return;
        }
        if chance(self.faults.repeat_permille, rng) {
            totals.pieces_repeated += 1;
            self.pieces.push_back(piece.clone());
        }
        if self.late.is_none() && chance(self.faults.swap_permille, rng) {
            totals.pieces_swapped += 1;
            self.late = Some(piece);
            return;
        }
        self.pieces.push_back(piece);
        self.pieces.extend(self.late.take());
    }
}

/// How a network treats requests; chances in thousandths.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NetworkFaults {
    pub(crate) lose_request_permille: u32,
    pub(crate) lose_answer_permille: u32,
    pub(crate) repeat_permille: u32,
    pub(crate) portal_permille: u32,
}

impl NetworkFaults {
    pub(crate) const NONE: Self = Self {
        lose_request_permille: 0,
        lose_answer_permille: 0,
        repeat_permille: 0,
        portal_permille: 0,
    };

    pub(crate) fn drawn(rng: &mut ChaCha20Rng) -> Self {
        let mut seldom = || {
            if rng.random_bool(0.5) {
                rng.random_range(0..200)
            } else {
                0
            }
        };
        Self {
            lose_request_permille: seldom(),
            lose_answer_permille: seldom(),
            repeat_permille: seldom(),
            portal_permille: seldom(),
        }
    }
}

/// The kiosk brings what is due over a network, and asks what the county holds.
pub(crate) fn requests(
    kiosk: &mut KioskEnd,
    county: &CountyEnd,
    true_us: i64,
    faults: NetworkFaults,
    totals: &mut Totals,
    rng: &mut ChaCha20Rng,
) {
    let Some(mut outbox) = kiosk.outbox() else {
        return;
    };
    let moment = kiosk.moment(true_us);
    for object in outbox.due(moment).unwrap_or_default() {
        let ask = |request: Request<'_>| ask(county, request, faults, totals, rng).ok_or(());
        let answered = bring(&mut outbox, object.hash, || moment, ask);
        if !answered || !kiosk.disk.is_on() || !county.disk.is_on() {
            return;
        }
    }
    if let Some(holdings) = county
        .running()
        .and_then(|county| county.answer_holdings(kiosk.id()).ok())
    {
        // What cannot be kept now is asked for the next time.
        let _ = outbox.take(&holdings.body, moment);
    }
}

fn ask(
    county: &CountyEnd,
    request: Request<'_>,
    faults: NetworkFaults,
    totals: &mut Totals,
    rng: &mut ChaCha20Rng,
) -> Option<Reply> {
    let mut chance = |permille: u32| rng.random_range(0..1000) < permille;
    totals.requests += 1;
    if chance(faults.lose_request_permille) {
        totals.requests_lost += 1;
        return None;
    }
    if chance(faults.portal_permille) {
        totals.portals += 1;
        let body = b"<html>please sign in</html>".to_vec();
        return Some(Reply { status: 200, body });
    }
    if chance(faults.repeat_permille) {
        totals.requests_repeated += 1;
        county.answer(request)?;
    }
    let reply = county.answer(request)?;
    if chance(faults.lose_answer_permille) {
        totals.answers_lost += 1;
        return None;
    }
    Some(reply)
}
