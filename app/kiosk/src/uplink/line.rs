//! The serial route: holds a [`Conversation`] over a port that may vanish and come back.

use std::io::{self, ErrorKind, Read, Write};
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;

use devices::serial::{READ_TIMEOUT, SerialPort, is_silence};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use link::{Pacer, Tick};

use super::conversation::Conversation;
use super::outbox::Outbox;
use super::{Bell, LOOK_EVERY, Reporter};
use crate::appliance::clock::Clock;
use crate::ui_thread::UiMessage;

/// A line and how fast it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineSettings {
    /// The port, such as `/dev/ttyS0`.
    pub tty: PathBuf,
    /// Its speed; also how fast bytes are handed to it.
    pub bits_per_second: u32,
}

/// Carries the outbox over the line until the bell says stop. `nonce` is random and new at each start.
pub fn run(
    settings: &LineSettings,
    outbox: Outbox,
    nonce: u64,
    clock: Clock,
    screen: SyncSender<UiMessage>,
    bell: &Bell,
) {
    let mut route = Route {
        conversation: Conversation::new(outbox, nonce, clock.now()),
        pacer: Pacer::new(settings.bits_per_second),
        reporter: Reporter::new(screen),
        report_at: Tick(0),
        clock,
    };
    while !bell.stopped() {
        match SerialPort::open(&settings.tty, settings.bits_per_second, READ_TIMEOUT) {
            Ok(mut port) => {
                route.conversation.line_up(clock.now());
                // However it ended, the port is opened anew: unplugged adapters come back under their old name.
                let _ = route.talk(&mut port, bell);
                route.conversation.line_down(clock.now());
            }
            Err(_) => std::thread::park_timeout(LOOK_EVERY),
        }
        route.report();
    }
}

struct Route {
    conversation: Conversation,
    pacer: Pacer,
    reporter: Reporter,
    report_at: Tick,
    clock: Clock,
}

impl Route {
    /// Talks until the port fails or the bell says stop.
    fn talk<P: Read + Write>(&mut self, port: &mut P, bell: &Bell) -> io::Result<()> {
        let mut heard = [0; 1024];
        let mut said = Vec::new();
        while !bell.stopped() {
            match port.read(&mut heard) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => self
                    .conversation
                    .handle_bytes(self.clock.now(), &heard[..count]),
                Err(error) if is_silence(&error) => {}
                Err(error) => return Err(error),
            }
            if bell.take_ring() {
                self.conversation.wake();
            }
            let now = self.clock.now();
            if self.conversation.deadline() <= now.tick {
                self.conversation.handle_timeout(now);
            }
            if self.report_at <= now.tick {
                self.report_at = now.tick + LOOK_EVERY;
                self.report();
            }
            self.conversation.report_clock(now, &mut UnwrapErr(SysRng));
            said.clear();
            let room = self.pacer.room(now.tick);
            let count = self.conversation.poll_transmit(now, room, &mut said);
            self.pacer.sent(now.tick, count);
            write_all(port, &said, bell)?;
        }
        Ok(())
    }

    fn report(&mut self) {
        if let Ok(report) = self.conversation.report() {
            self.reporter.report(report);
        }
    }
}

/// Writes all, for as long as the port takes it or the bell lets it.
fn write_all(port: &mut impl Write, mut bytes: &[u8], bell: &Bell) -> io::Result<()> {
    while !bytes.is_empty() && !bell.stopped() {
        match port.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if is_silence(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
