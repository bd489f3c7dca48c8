//! Two sessions and a line whose faults come from the input: once they end, everything arrives, and once only.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use line_worlds::line::Line;
use line_worlds::memory::Counting;
use line_worlds::owner::Habits;
use line_worlds::pair::{Pair, SECOND};
use line_worlds::random::noise;
use line_worlds::wire::Fault;
use link::{Config, Priority};
use link_fuzz::Input;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Steps of an input at most, so that each ends soon.
const STEPS_MAX: usize = 200;

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mut pair = pair(&mut input);
    let mut objects = 0;
    for _ in 0..STEPS_MAX {
        if input.is_empty() {
            break;
        }
        match input.byte() % 12 {
            0 | 1 => pair.run_for(input.span().min(SECOND * 100)),
            2 => {
                let len = usize::from(input.number()) % 12_000 + 1;
                let priority = Priority::ALL[usize::from(input.byte() % 4)];
                let bytes = noise(len, objects);
                objects += 1;
                if input.byte().is_multiple_of(2) {
                    pair.send_up(priority, [&[0], &bytes[..]].concat());
                } else {
                    pair.send_down(priority, [&[1], &bytes[..]].concat());
                }
            }
            3..=6 => strike(&mut pair, &mut input),
            7 => pair.hang_up(),
            8 => pair.call_again(),
            9 => pair.reboot_kiosk(),
            10 => pair.reboot_county(),
            _ => {
                let what = input.byte();
                pair.up.is_mute = what & 1 != 0;
                pair.down.is_mute = what & 2 != 0;
            }
        }
    }
    pair.mute(false);
    pair.call_again();
    let took = pair.run_until(SECOND * 3600, Pair::all_delivered);
    assert!(took.is_some(), "not everything arrives");
    let whole = pair.kiosk.owner.whole.len() + pair.county.owner.whole.len();
    assert_eq!(whole as u64, objects);
});

fn pair(input: &mut Input<'_>) -> Pair {
    let rate = [1200, 9600, 9600, 115_200][usize::from(input.byte() % 4)];
    let mut line = Line::clean(rate, u64::from(input.byte()) * 2);
    if input.byte().is_multiple_of(4) {
        line.turn_around = Some(Duration::from_millis(u64::from(input.byte()) / 2));
    }
    let habits = [0, 1].map(|_| Habits {
        answers_after: Duration::from_millis(u64::from(input.byte() / 64) * 200),
        syncs_every: Duration::from_millis(u64::from(input.byte() / 64) * 300),
        removes_after: Duration::from_millis(u64::from(input.byte() / 64) * 500),
        ..Habits::default()
    });
    let mut config = Config {
        half_duplex: line.turn_around.is_some(),
        ..Config::default()
    };
    config.escape.flow_control = input.byte() % 4 == 1;
    config.escape.plus = input.byte() % 4 == 1;
    Pair::of([line; 2], 1, [config, Config::default()], habits)
}

fn strike(pair: &mut Pair, input: &mut Input<'_>) {
    let fault = match input.byte() % 3 {
        0 => Fault::Flip(input.byte()),
        1 => Fault::Drop,
        _ => Fault::Insert(input.byte()),
    };
    let wire = if input.byte().is_multiple_of(2) {
        &mut pair.up
    } else {
        &mut pair.down
    };
    wire.strike(usize::from(input.byte()), fault);
}
