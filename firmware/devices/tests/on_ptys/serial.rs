use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use devices::line::{OpenFault, Opener, Step};
use devices::pty;
use devices::serial::{CableOpener, OpenError, READ_TIMEOUT, SerialPort};

use crate::open;

#[test]
fn a_path_with_nothing_there_is_told_in_words() {
    let error =
        SerialPort::open(Path::new("/dev/no-such-port"), 9600, READ_TIMEOUT).expect_err("absent");
    assert!(matches!(error, OpenError::Absent { .. }));
    assert_eq!(
        error.to_string(),
        "no serial port at /dev/no-such-port: is the device plugged in and switched on?"
    );
}

#[test]
fn a_file_that_is_no_terminal_is_refused() {
    for path in ["/dev/null", "/dev"] {
        let error = SerialPort::open(Path::new(path), 9600, READ_TIMEOUT).expect_err("no terminal");
        assert!(matches!(error, OpenError::NotSerial { .. }), "{error:?}");
    }
}

#[test]
fn a_port_is_for_one_program_until_it_is_closed() {
    let (_master, path) = pty::open_pair().expect("a pty");
    let first = open(&path);
    let second = SerialPort::open(&path, 9600, READ_TIMEOUT);
    assert!(matches!(second, Err(OpenError::Busy { .. })), "{second:?}");
    drop(first);
    open(&path);
}

#[test]
fn every_byte_value_passes_both_ways_at_every_usual_rate() {
    let all: Vec<u8> = (0..=255).collect();
    for bits_per_second in [1200, 9600, 115_200] {
        let (mut master, path) = pty::open_pair().expect("a pty");
        let mut port = SerialPort::open(&path, bits_per_second, READ_TIMEOUT).expect("a port");
        let mut seen = vec![0; all.len()];
        port.write_all(&all).expect("written");
        master.read_exact(&mut seen).expect("read");
        assert_eq!(seen, all);
        master.write_all(&all).expect("written");
        port.read_exact(&mut seen).expect("read");
        assert_eq!(seen, all);
    }
}

#[test]
fn a_read_without_bytes_and_a_write_without_room_time_out() {
    let (_master, path) = pty::open_pair().expect("a pty");
    let mut port = open(&path);
    let error = port.read(&mut [0; 8]).expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    let error = port.write_all(&[0; 1_000_000]).expect_err("nobody reads");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[test]
fn an_unplugged_port_is_told_apart_from_silence() {
    let (master, path) = pty::open_pair().expect("a pty");
    let mut port = open(&path);
    drop(master);
    assert_eq!(
        port.read(&mut [0; 8]).expect_err("gone").kind(),
        ErrorKind::BrokenPipe
    );
    assert_eq!(
        port.write(&[0; 8]).expect_err("gone").kind(),
        ErrorKind::BrokenPipe
    );
    drop(port);
    let again = SerialPort::open(&path, 9600, READ_TIMEOUT);
    assert!(matches!(again, Err(OpenError::Absent { .. })), "{again:?}");
}

#[test]
fn what_came_before_the_port_was_opened_is_thrown_away() {
    let (mut master, path) = pty::open_pair().expect("a pty");
    let keeper = File::from(pty::open_slave(&path).expect("a slave"));
    master.write_all(b"old").expect("written");
    let mut port = open(&path);
    master.write_all(b"new").expect("written");
    let mut seen = [0; 3];
    port.read_exact(&mut seen).expect("read");
    assert_eq!(&seen, b"new");
    drop(keeper);
}

#[test]
fn what_cannot_have_left_yet_waits_to_be_sent() {
    let (_master, path) = pty::open_pair().expect("a pty");
    // A byte takes 200 ms.
    let mut port = SerialPort::open(&path, 50, READ_TIMEOUT).expect("a port");
    assert_eq!(port.waiting_to_send().expect("a count"), 0);
    port.write_all(&[0; 60]).expect("written");
    port.write_all(&[0; 40]).expect("written");
    let waiting = port.waiting_to_send().expect("a count");
    assert!((90..=100).contains(&waiting), "{waiting}");

    let (_master, path) = pty::open_pair().expect("a pty");
    let mut port = SerialPort::open(&path, 4_000_000, READ_TIMEOUT).expect("a port");
    port.write_all(&[0]).expect("written");
    // The read times out after twenty thousand times as long as the byte takes.
    port.read(&mut [0]).expect_err("silence");
    assert_eq!(port.waiting_to_send().expect("a count"), 0);
}

#[test]
fn a_cable_is_opened_by_its_port_and_a_port_that_is_missing_or_taken_is_told_apart() {
    let (mut master, path) = pty::open_pair().expect("a pty");
    let mut opener = CableOpener {
        path,
        bits_per_second: 9600,
    };
    let mut steps = Vec::new();
    let mut line = opener
        .open(&mut |step| steps.push(step), &|| false)
        .expect("a line");
    assert_eq!(steps, [Step::OpeningPort]);
    assert_eq!(line.bits_per_second(), Some(9600));
    line.write_all(b"abc").expect("written");
    let mut seen = [0; 3];
    master.read_exact(&mut seen).expect("read");
    assert_eq!(&seen, b"abc");
    assert!(line.waiting_to_send().is_ok());

    let taken = opener.open(&mut |_| {}, &|| false).err();
    assert!(matches!(taken, Some(OpenFault::System(_))), "{taken:?}");
    opener.path = "/dev/no-such-port".into();
    let absent = opener.open(&mut |_| {}, &|| false).err();
    assert!(matches!(absent, Some(OpenFault::Absent)), "{absent:?}");
    let stopped = opener.open(&mut |_| {}, &|| true).err();
    assert!(matches!(stopped, Some(OpenFault::Stopped)), "{stopped:?}");
}
