use std::sync::{Arc, Mutex};

use crate::bell::Bell;

use super::*;

/// A port with wires that a test moves, which a pseudo-terminal has not.
#[derive(Debug, Clone)]
struct WiredPort(Arc<Mutex<Wires>>, Arc<Bell>);

#[derive(Debug)]
struct Wires {
    carrier: Option<bool>,
    terminal_ready: bool,
    /// Whether the carrier falls with DTR.
    obeys_terminal_ready: bool,
    incoming: VecDeque<u8>,
    written: Vec<u8>,
}

impl WiredPort {
    fn new(carrier: Option<bool>) -> Self {
        let wires = Wires {
            carrier,
            terminal_ready: true,
            obeys_terminal_ready: true,
            incoming: VecDeque::new(),
            written: Vec::new(),
        };
        let nothing_to_wait_for = Bell::new().expect("a descriptor");
        Self(Arc::new(Mutex::new(wires)), Arc::new(nothing_to_wait_for))
    }

    fn wires(&self) -> std::sync::MutexGuard<'_, Wires> {
        self.0.lock().expect("no panic")
    }
}

impl Read for WiredPort {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut wires = self.wires();
        if wires.incoming.is_empty() {
            return Err(ErrorKind::TimedOut.into());
        }
        wires.incoming.read(buffer)
    }
}

impl Write for WiredPort {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.wires().written.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsFd for WiredPort {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.1.as_fd()
    }
}

impl Line for WiredPort {
    fn bits_per_second(&self) -> Option<u32> {
        Some(115_200)
    }

    fn waiting_to_send(&self) -> io::Result<usize> {
        Ok(0)
    }
}

impl Port for WiredPort {
    fn carrier(&mut self) -> Option<bool> {
        self.wires().carrier
    }

    fn set_terminal_ready(&mut self, on: bool) -> io::Result<()> {
        let mut wires = self.wires();
        wires.terminal_ready = on;
        if !on && wires.obeys_terminal_ready {
            wires.carrier = wires.carrier.map(|_| false);
        }
        Ok(())
    }

    fn discard_unsent(&mut self) {}
}

/// A telephone call on a port whose carrier was `before` and is `now`, and that waits for nothing long.
fn call(port: &WiredPort, before: Option<bool>, behind: &[u8]) -> ModemLine<WiredPort> {
    let mut script = Script::named("pstn").expect("a script");
    script.guard_ms = 0;
    for step in &mut script.hang_up.steps {
        step.timeout_ms = 50;
        step.dtr_low_ms = step.dtr_low_ms.map(|_| 10);
    }
    ModemLine::new(
        port.clone(),
        &script,
        Some(9600),
        (behind.to_vec(), true),
        before,
    )
}

const WORDS: &[u8] = b"\r\nNO CARRIER\r\n";

#[test]
fn what_came_in_one_piece_with_the_connect_line_is_read_first_and_its_lf_is_none_of_it() {
    let port = WiredPort::new(None);
    port.wires().incoming.extend(b"def");
    for (behind, expected) in [(&b"\nabc"[..], "abc"), (b"abc", "abc"), (b"\n", "def")] {
        let mut line = call(&port, None, behind);
        let mut seen = [0; 3];
        line.read_exact(&mut seen).expect("bytes");
        assert_eq!(&seen, expected.as_bytes());
        line.over = true;
    }
}

#[test]
fn a_carrier_that_falls_ends_the_call_after_what_came_before() {
    let port = WiredPort::new(Some(true));
    let mut line = call(&port, Some(false), b"");
    port.wires().incoming.extend(b"last");
    port.wires().carrier = Some(false);
    let mut seen = [0; 4];
    line.read_exact(&mut seen).expect("what came before");
    assert_eq!(&seen, b"last");
    for _ in 0..2 {
        let error = line.read(&mut seen).expect_err("over");
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    }
    assert_eq!(
        line.write(b"x").expect_err("over").kind(),
        ErrorKind::BrokenPipe
    );
}

#[test]
fn the_modems_words_end_the_call_only_where_the_port_does_not_show_a_carrier() {
    let mut scrap = [0; 64];
    for (before, now, ends) in [
        (None, None, true),
        // DCD is tied high, so it shows nothing.
        (Some(true), Some(true), true),
        (Some(false), Some(true), false),
    ] {
        let port = WiredPort::new(now);
        let mut line = call(&port, before, b"");
        port.wires().incoming.extend(WORDS);
        assert_eq!(line.read(&mut scrap).ok(), Some(WORDS.len()));
        let silence = line
            .read(&mut scrap)
            .expect_err("silence or the end")
            .kind();
        let expected = if ends {
            ErrorKind::BrokenPipe
        } else {
            ErrorKind::TimedOut
        };
        assert_eq!(silence, expected, "{before:?} {now:?}");
    }
}

#[test]
fn the_modems_words_count_when_they_come_in_pieces_and_when_it_has_taken_bytes_for_commands_since()
{
    let mut scrap = [0; 64];
    let port = WiredPort::new(None);
    let mut line = call(&port, None, b"");
    for piece in [
        &b"data\r\nNO CAR"[..],
        b"RIER\r",
        b"\n\r\nERROR\r\n\r\nERROR\r\n",
    ] {
        port.wires().incoming.extend(piece);
        assert_eq!(line.read(&mut scrap).ok(), Some(piece.len()));
    }
    assert_eq!(
        line.read(&mut scrap).expect_err("over").kind(),
        ErrorKind::BrokenPipe
    );

    let mut line = call(&port, None, b"");
    port.wires()
        .incoming
        .extend(b"\r\nNO CARRIER\r\nsaid the letter");
    assert!(line.read(&mut scrap).is_ok());
    assert_eq!(
        line.read(&mut scrap).expect_err("silence").kind(),
        ErrorKind::TimedOut
    );
    line.over = true;
}

#[test]
fn a_dropped_line_hangs_up_by_dtr_and_by_an_escape_where_the_carrier_stays() {
    let port = WiredPort::new(Some(true));
    drop(call(&port, Some(false), b""));
    let wires = port.wires();
    assert_eq!((wires.carrier, wires.terminal_ready), (Some(false), true));
    assert_eq!(wires.written, b"");
    drop(wires);

    // A cable of three wires: DTR goes nowhere, and the carrier is not known.
    let port = WiredPort::new(None);
    drop(call(&port, None, b""));
    assert!(
        port.wires().written.starts_with(b"+++ATH\r"),
        "{:?}",
        port.wires().written
    );
}
