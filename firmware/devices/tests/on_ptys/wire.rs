use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use devices::serial::SerialPort;
use devices::simulated::{End, LineSettings, Traffic, Wire};

/// Longer than any line here is silent; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

fn open(path: &Path) -> SerialPort {
    SerialPort::open(path, 115_200, PATIENCE).expect("an end of the wire")
}

fn bench(settings: LineSettings) -> (Wire, SerialPort, SerialPort) {
    let wire = Wire::lay(settings).expect("a wire");
    let (a, b) = (open(wire.path(End::A)), open(wire.path(End::B)));
    (wire, a, b)
}

/// Bytes that repeat only after 251.
fn stream(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index % 251) as u8).collect()
}

/// Sends `bytes` while somebody else reads them, and returns what arrived and how long that took.
fn carry(mut from: SerialPort, to: &mut SerialPort, bytes: &[u8]) -> (Vec<u8>, Duration) {
    let mut arrived = vec![0; bytes.len()];
    let began = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(move || from.write_all(bytes).expect("written"));
        to.read_exact(&mut arrived).expect("read");
    });
    (arrived, began.elapsed())
}

#[test]
fn a_line_carries_every_byte_no_faster_than_its_rate() {
    for (bits_per_second, len) in [(9600, 480), (115_200, 11_520)] {
        let (_wire, a, mut b) = bench(LineSettings::clean(bits_per_second));
        let (arrived, took) = carry(a, &mut b, &stream(len));
        assert!(arrived == stream(len));
        // The bound below is what makes the line slow; above, a busy machine may add what it likes.
        let on_the_line = Duration::from_secs_f64(len as f64 * 10.0 / f64::from(bits_per_second));
        println!("{bits_per_second} bit/s: {took:?} for {on_the_line:?} on the line");
        assert!(
            on_the_line.mul_f64(0.99) <= took,
            "{took:?} for {on_the_line:?}"
        );
        assert!(
            took < on_the_line.mul_f64(1.5) + Duration::from_secs(1),
            "{took:?} for {on_the_line:?}"
        );
    }
}

#[test]
fn both_ways_are_full_rate_at_once() {
    let (_wire, mut a, mut b) = bench(LineSettings::clean(115_200));
    let bytes = stream(2304);
    let began = Instant::now();
    // Each end fits into the kernel's buffers, so that both can be written before either is read.
    a.write_all(&bytes).expect("written");
    b.write_all(&bytes).expect("written");
    let mut seen = vec![0; bytes.len()];
    for port in [&mut a, &mut b] {
        port.read_exact(&mut seen).expect("read");
        assert!(seen == bytes);
    }
    let took = began.elapsed();
    assert!(Duration::from_millis(198) <= took, "{took:?}");
}

#[test]
fn a_rate_that_is_raised_speeds_up_what_waits() {
    let (wire, a, mut b) = bench(LineSettings::clean(50));
    wire.set_bits_per_second(115_200);
    let (arrived, took) = carry(a, &mut b, &stream(1000));
    assert!(arrived == stream(1000));
    assert!(took < PATIENCE, "{took:?}");
}

#[test]
fn latency_is_added_once_to_a_whole_burst() {
    let latency = Duration::from_millis(150);
    let (_wire, a, mut b) = bench(LineSettings {
        latency,
        ..LineSettings::clean(115_200)
    });
    let (_, took) = carry(a, &mut b, &stream(115));
    assert!(latency + Duration::from_millis(9) <= took, "{took:?}");
    assert!(took < 10 * latency, "{took:?}");
}

#[test]
fn noise_damages_as_many_bytes_as_it_says_and_loses_none() {
    let noisy = LineSettings {
        bit_error_rate: 0.01,
        seed: 7,
        ..LineSettings::clean(1_000_000)
    };
    let (wire, a, mut b) = bench(noisy);
    let sent = stream(20_000);
    let (arrived, _) = carry(a, &mut b, &sent);
    let damaged = sent
        .iter()
        .zip(&arrived)
        .filter(|(sent, arrived)| sent != arrived)
        .count() as u64;
    let counted = wire.traffic_from(End::A);
    assert_eq!(
        counted,
        Traffic {
            taken: 20_000,
            delivered: 20_000,
            damaged,
            ..Traffic::default()
        }
    );
    // 1 - 0.99^8 of the bytes, 1545.
    assert!((1400..1700).contains(&damaged), "{damaged}");
}

#[test]
fn the_same_seed_damages_the_same_bytes() {
    let arrived = [(), ()].map(|()| {
        let noisy = LineSettings {
            bit_error_rate: 0.001,
            seed: 7,
            ..LineSettings::clean(1_000_000)
        };
        let (_wire, a, mut b) = bench(noisy);
        carry(a, &mut b, &stream(5000)).0
    });
    assert!(arrived[0] == arrived[1]);
    assert!(arrived[0] != stream(5000));
}

#[test]
fn a_cut_loses_what_is_sent_and_a_restored_line_carries_what_follows() {
    let (wire, mut a, mut b) = bench(LineSettings::clean(115_200));
    wire.cut();
    a.write_all(b"lost").expect("written");
    // The cut line is in use until it has swallowed these.
    let deadline = Instant::now() + PATIENCE;
    while wire.traffic_from(End::A).cut_off < 4 {
        assert!(Instant::now() < deadline, "{:?}", wire.traffic_from(End::A));
        std::thread::yield_now();
    }
    wire.restore();
    a.write_all(b"kept").expect("written");
    let mut seen = [0; 4];
    b.read_exact(&mut seen).expect("read");
    assert_eq!(&seen, b"kept");
    let counted = wire.traffic_from(End::A);
    assert_eq!(
        counted,
        Traffic {
            taken: 8,
            delivered: 4,
            cut_off: 4,
            ..Traffic::default()
        }
    );
    assert_eq!(wire.traffic_from(End::B), Traffic::default());
}

#[test]
fn a_writer_that_is_quicker_than_the_line_is_held_back() {
    // At 50 bit/s nothing to speak of leaves during the test.
    let settings = LineSettings {
        transmit_buffer: 64,
        ..LineSettings::clean(50)
    };
    let wire = Wire::lay(settings).expect("a wire");
    let timeout = Duration::from_millis(500);
    let mut a = SerialPort::open(wire.path(End::A), 9600, timeout).expect("an end");
    let mut written = 0;
    let error = loop {
        match a.write(&[0; 64]) {
            Ok(count) => written += count,
            Err(error) => break error,
        }
        assert!(
            written < 32 * 1024,
            "{written} bytes went and the writer is still not held"
        );
    };
    println!("held back after {written} bytes");
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    assert!(
        wire.traffic_from(End::A).taken <= 64 + 10,
        "{:?}",
        wire.traffic_from(End::A)
    );
    // Still held while the line is slow; let go when it is quick.
    wire.set_bits_per_second(1_000_000);
    a.write_all(&[0; 64]).expect("written");
}

#[test]
fn a_reader_that_does_not_read_loses_the_overrun() {
    let (wire, mut a, _b) = bench(LineSettings::clean(4_000_000));
    a.write_all(&[0; 64 * 1024]).expect("written");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let Traffic {
            taken,
            delivered,
            overrun,
            ..
        } = wire.traffic_from(End::A);
        if delivered + overrun == 64 * 1024 {
            assert_eq!(taken, 64 * 1024);
            assert!(0 < overrun);
            break;
        }
        assert!(Instant::now() < deadline, "{:?}", wire.traffic_from(End::A));
        std::thread::yield_now();
    }
}

#[test]
fn a_dropped_wire_is_unplugged_at_both_ends() {
    let (wire, mut a, mut b) = bench(LineSettings::clean(9600));
    drop(wire);
    for port in [&mut a, &mut b] {
        assert_eq!(
            port.read(&mut [0]).expect_err("gone").kind(),
            std::io::ErrorKind::BrokenPipe
        );
    }
}
