//! Whatever the line does, every object is delivered once with its own bytes. The bench's owners check the
//! bytes, and that nothing is handed over or reported twice.

use std::sync::Arc;
use std::time::Duration;

use line_worlds::line::Line;
use line_worlds::owner::{Part, name};
use line_worlds::pair::{Pair, SECOND};
use line_worlds::random::noise;
use link::{BLOCK_LEN, Config, Disconnect, MAX_QUEUED, ObjectId, Outbound, Priority, SendError};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const BAD_LINES: [(&str, Line); 9] = [
    ("clean", Line::clean(9600, 5)),
    ("slow", Line::clean(1200, 50)),
    ("fast and far", Line::clean(115_200, 600)),
    ("flipped bits", Line::noisy(9600, 5, 3e-4)),
    (
        "dropped bytes",
        Line {
            drops: 1e-3,
            ..Line::clean(9600, 5)
        },
    ),
    (
        "inserted bytes",
        Line {
            insertions: 1e-3,
            ..Line::clean(9600, 5)
        },
    ),
    (
        "bursts",
        Line {
            bursts: 1e-3,
            ..Line::clean(9600, 5)
        },
    ),
    (
        "half duplex",
        Line {
            turn_around: Some(Duration::from_millis(60)),
            ..Line::noisy(9600, 5, 1e-5)
        },
    ),
    (
        "everything",
        Line {
            drops: 2e-4,
            insertions: 2e-4,
            bursts: 2e-4,
            turn_around: Some(Duration::from_millis(20)),
            ..Line::noisy(19_200, 200, 1e-4)
        },
    ),
];

/// Objects of many lengths and every priority, in both directions.
fn queue_a_mix(pair: &mut Pair, seed: u64) {
    let lengths = [
        1,
        BLOCK_LEN - 1,
        BLOCK_LEN,
        BLOCK_LEN + 1,
        1500,
        1500,
        1500,
        7000,
        20_000,
    ];
    for (index, &len) in lengths.iter().enumerate() {
        let class = Priority::ALL[index % 4];
        pair.send_up(class, noise(len, seed * 1000 + index as u64));
        pair.send_down(class, noise(len / 2 + 1, seed * 1000 + 500 + index as u64));
    }
}

#[test]
fn every_object_arrives_once_on_every_kind_of_line() {
    for (name, line) in BAD_LINES {
        for seed in 1..=3 {
            let mut pair = Pair::new(line, seed);
            queue_a_mix(&mut pair, seed);
            let took = pair.run_until(SECOND * 3600, Pair::all_delivered);
            assert!(took.is_some(), "{name}, seed {seed}");
            assert_eq!(
                (pair.kiosk.owner.whole.len(), pair.county.owner.whole.len()),
                (9, 9),
                "{name}"
            );
        }
    }
}

#[test]
fn every_object_arrives_once_through_hang_ups_silences_and_reboots() {
    for (name, line) in BAD_LINES {
        for seed in 1..=3 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut pair = Pair::new(line, seed);
            queue_a_mix(&mut pair, seed);
            for _ in 0..8 {
                pair.run_for(Duration::from_millis(random.random_range(0..20_000)));
                match random.random_range(0..5) {
                    0 => pair.reboot_kiosk(),
                    1 => pair.reboot_county(),
                    2 => {
                        pair.hang_up();
                        pair.run_for(Duration::from_millis(random.random_range(0..100_000)));
                        pair.call_again();
                    }
                    3 => {
                        pair.mute(true);
                        pair.run_for(Duration::from_millis(random.random_range(0..100_000)));
                        pair.mute(false);
                    }
                    _ => {
                        pair.reboot_county();
                        pair.reboot_kiosk();
                    }
                }
            }
            let took = pair.run_until(SECOND * 3600, Pair::all_delivered);
            assert!(took.is_some(), "{name}, seed {seed}");
            assert_eq!(
                (pair.kiosk.owner.whole.len(), pair.county.owner.whole.len()),
                (9, 9),
                "{name}"
            );
        }
    }
}

#[test]
fn a_reboot_of_either_side_is_noticed_at_the_next_greeting() {
    let mut pair = Pair::new(Line::clean(9600, 5), 1);
    pair.send_up(Priority::Picture, noise(50_000, 1));
    pair.run_for(SECOND * 10);
    pair.reboot_county();
    pair.run_for(SECOND);
    assert_eq!(pair.kiosk.owner.disconnects, [Disconnect::PeerRestarted]);
    assert!(pair.kiosk.session.is_connected() && pair.county.session.is_connected());
    pair.reboot_kiosk();
    pair.run_for(SECOND);
    assert_eq!(pair.county.owner.disconnects, [Disconnect::PeerRestarted]);
    pair.run_until(SECOND * 60, Pair::all_delivered)
        .expect("the page goes on");
}

#[test]
fn a_silent_peer_is_gone_after_the_configured_silence() {
    let config = Config {
        silent_after: SECOND * 20,
        ..Config::default()
    };
    let mut pair = Pair::with_config(Line::clean(9600, 5), 1, config);
    pair.run_for(SECOND * 16);
    pair.mute(true);
    pair.run_for(SECOND * 18);
    assert_eq!(
        pair.kiosk.owner.disconnects,
        [],
        "a sign of life was exchanged after 15 s"
    );
    pair.run_for(SECOND * 4);
    assert_eq!(pair.kiosk.owner.disconnects, [Disconnect::PeerSilent]);
    assert_eq!(pair.county.owner.disconnects, [Disconnect::PeerSilent]);
}

#[test]
fn a_line_that_carries_in_one_direction_only_does_not_stay_connected() {
    let mut pair = Pair::new(Line::clean(9600, 5), 1);
    pair.send_up(Priority::Picture, noise(50_000, 1));
    pair.send_down(Priority::Picture, noise(200_000, 2));
    pair.run_for(SECOND * 10);
    pair.up.is_mute = true;
    pair.run_for(SECOND * 120);
    assert!(!pair.county.session.is_connected());
    assert_eq!(pair.county.owner.disconnects[0], Disconnect::PeerSilent);
    assert_eq!(pair.kiosk.owner.disconnects[0], Disconnect::PeerRestarted);
    pair.up.is_mute = false;
    pair.run_until(SECOND * 600, Pair::all_delivered)
        .expect("both go on");
}

#[test]
fn a_session_does_not_connect_to_its_own_echo() {
    let mut session = link::Session::new(Config::default(), name, 7, link::Tick(0));
    for second in 0..100 {
        let now = link::Tick(second * 1_000_000);
        session.handle_timeout(now);
        let mut bytes = Vec::new();
        session.poll_transmit(now, 1000, &mut bytes);
        session.handle_bytes(now, &bytes);
    }
    assert!(!session.is_connected());
}

#[test]
fn what_the_receiver_holds_already_is_confirmed_with_hardly_a_block() {
    let mut pair = Pair::new(Line::clean(9600, 5), 1);
    let bytes = noise(50_000, 1);
    let id = pair.send_up(Priority::Record, bytes.clone());
    pair.run_until(SECOND * 100, Pair::all_delivered)
        .expect("it arrives");
    let before = pair.kiosk.session.stats().blocks_sent;
    assert_eq!(pair.send_up_again(Priority::Record, bytes), id);
    let took = pair
        .run_until(SECOND * 100, Pair::all_delivered)
        .expect("it is confirmed");
    assert!(took < SECOND);
    let unasked = pair.kiosk.session.stats().blocks_sent - before;
    assert!(unasked * 50 <= 209, "{unasked} blocks");
}

#[test]
fn a_part_with_holes_everywhere_is_filled_block_by_block() {
    let mut pair = Pair::new(Line::noisy(115_200, 5, 1e-4), 1);
    let bytes = noise(3000 * BLOCK_LEN, 1);
    let mut part = Part::empty(bytes.len() as u32);
    for index in (0..3000).filter(|index| index % 3 != 0) {
        part.keep(index, &bytes[index as usize * BLOCK_LEN..][..BLOCK_LEN]);
    }
    let id = name(&bytes);
    pair.county.owner.parts.insert(id, part);
    assert_eq!(pair.send_up_again(Priority::Picture, bytes), id);
    pair.run_until(SECOND * 200, Pair::all_delivered)
        .expect("it arrives");
    assert!(pair.has_arrived(id));
    let repeated = pair.county.session.stats().blocks_repeated;
    assert!(repeated * 50 <= 3000, "{repeated} blocks went twice");
}

#[test]
fn a_long_object_fills_a_fast_and_very_distant_line() {
    let mut pair = Pair::new(Line::noisy(921_600, 800, 1e-6), 1);
    let len = 17_000 * BLOCK_LEN;
    let id = pair.send_up(Priority::Picture, noise(len, 1));
    pair.run_until(SECOND * 600, Pair::all_delivered)
        .expect("it arrives");
    assert!(pair.has_arrived(id));
    assert_eq!(pair.county.session.stats().blocks_repeated, 0);
}

#[test]
fn an_object_that_fails_the_check_is_sent_again_whole() {
    let mut pair = Pair::new(Line::noisy(9600, 5, 1e-4), 1);
    let id = name(&noise(5000, 1));
    pair.county.owner.failing_checks.insert(id);
    assert_eq!(pair.send_up(Priority::Record, noise(5000, 1)), id);
    pair.run_until(SECOND * 100, Pair::all_delivered)
        .expect("it arrives");
    assert!(pair.has_arrived(id));
    let last = pair
        .kiosk
        .owner
        .progress
        .iter()
        .rev()
        .find(|(of, _)| *of == id);
    assert_eq!(last, Some(&(id, 5000)));
    assert_eq!(pair.county.session.stats().blocks_received, 2 * 21);
}

#[test]
fn an_unwanted_or_too_long_object_is_refused_and_the_others_go_on() {
    let config = Config {
        max_object_len: 10_000,
        ..Config::default()
    };
    let mut pair = Pair::with_config(Line::clean(9600, 5), 1, config);
    let long = pair.send_up(Priority::Record, noise(10_001, 1));
    let unwanted = pair.send_up(Priority::Record, noise(10_000, 2));
    pair.county.owner.unwanted.insert(unwanted);
    let wanted = pair.send_up(Priority::Record, noise(10_000, 3));
    pair.run_until(SECOND * 100, Pair::all_delivered)
        .expect("all are answered");
    assert!(
        pair.kiosk.owner.refused.iter().eq([long, unwanted]
            .iter()
            .collect::<std::collections::BTreeSet<_>>())
    );
    assert!(pair.has_arrived(wanted));
}

#[test]
fn a_cancelled_object_is_withdrawn_and_its_place_is_used_again() {
    let mut pair = Pair::new(Line::noisy(9600, 5, 1e-4), 1);
    let page = pair.send_up(Priority::Picture, noise(50_000, 1));
    pair.run_for(SECOND * 5);
    let kiosk = &mut pair.kiosk;
    assert!(kiosk.owner.cancel(&mut kiosk.session, page).is_some());
    assert!(kiosk.owner.cancel(&mut kiosk.session, page).is_none());
    for seed in 2..20 {
        pair.send_up(Priority::Picture, noise(500, seed));
    }
    pair.run_until(SECOND * 100, Pair::all_delivered)
        .expect("the others arrive");
    assert!(
        pair.county
            .owner
            .log
            .iter()
            .any(|&(_, what, id)| (what, id) == ("withdrawn", page))
    );
    assert!(!pair.has_arrived(page));

    // Its part is kept, so it goes on from there when it is sent after all.
    let held = u64::from(pair.county.owner.parts[&page].have.held());
    let before = pair.county.session.stats();
    assert_eq!(
        pair.send_up_again(Priority::Picture, noise(50_000, 1)),
        page
    );
    pair.run_until(SECOND * 100, Pair::all_delivered)
        .expect("it arrives");
    let after = pair.county.session.stats();
    let went_again = after.blocks_repeated - before.blocks_repeated;
    assert!(went_again <= 4, "{went_again} of 209 blocks, {held} held");
}

#[test]
fn objects_of_one_class_advance_together_and_classes_in_their_order() {
    let mut pair = Pair::new(Line::clean(9600, 5), 1);
    let pictures = [1, 2].map(|seed| pair.send_up(Priority::Picture, noise(24_000, seed)));
    pair.run_for(SECOND * 10);
    let held = |pair: &Pair, id: &ObjectId| {
        pair.county
            .owner
            .parts
            .get(id)
            .map_or(0, |part| part.have.held())
    };
    let [first, second] = [0, 1].map(|index| held(&pair, &pictures[index]));
    assert!(
        10 < first && first.abs_diff(second) <= 8,
        "{first} and {second} blocks"
    );

    let ink = pair.send_up(Priority::Ink, noise(6000, 3));
    let record = pair.send_up(Priority::Record, noise(6000, 4));
    let control = pair.send_up(Priority::Control, noise(6000, 5));
    pair.run_until(SECOND * 600, Pair::all_delivered)
        .expect("all arrive");
    let order = [control, record, ink, pictures[0]].map(|id| pair.county.owner.whole[&id].at);
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn a_full_queue_says_so_and_takes_more_after_a_delivery() {
    let mut pair = Pair::new(Line::clean(115_200, 5), 1);
    for seed in 0..MAX_QUEUED as u64 {
        pair.send_up(Priority::Record, noise(100, seed));
    }
    let more: Arc<[u8]> = Arc::from(noise(100, 9999));
    let send = |pair: &mut Pair, bytes: &Arc<[u8]>| {
        let object = Outbound {
            id: name(bytes),
            priority: Priority::Record,
            bytes: Arc::clone(bytes),
            may_be_held: false,
        };
        pair.kiosk.session.with(|session| session.send(object))
    };
    assert_eq!(send(&mut pair, &more), Err(SendError::Full { limit: 256 }));
    pair.run_until(SECOND * 60, |pair| {
        pair.kiosk.owner.outbox.len() < MAX_QUEUED
    })
    .expect("one is delivered");
    assert_eq!(send(&mut pair, &more), Ok(()));
    assert_eq!(send(&mut pair, &more), Err(SendError::AlreadyQueued));
    assert_eq!(send(&mut pair, &Arc::from([])), Err(SendError::Empty));
}
