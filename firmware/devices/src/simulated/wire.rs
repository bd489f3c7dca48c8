//! A serial cable with a modem's faults: two ports joined at a rate, with latency, bit errors and cuts.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::bell::Bell;
use super::lane::{Lane, Traffic};
use super::pty_end::PtyEnd;

/// The thread handles bytes in steps of this, as a UART hands over its FIFO; a wake-up for each byte at
/// 115200 would be 11 520 a second.
const STEP: Duration = Duration::from_millis(1);

/// One of the two ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The first.
    A,
    /// The second.
    B,
}

/// How a line is, the same both ways.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineSettings {
    /// Each byte takes ten bits: 8N1.
    pub bits_per_second: u32,
    /// From a byte's last bit leaving one end to the byte being readable at the other.
    pub latency: Duration,
    /// The probability of each data bit to be turned over, 0 to 1.
    pub bit_error_rate: f64,
    /// Which bits are turned over; the same seed damages the same bytes of the same stream.
    pub seed: u64,
    /// Bytes that a port holds before its writer has to wait. A UART's driver holds up to 4 KB.
    ///
    /// The kernel keeps up to 16 KB of its own in front, which a writer fills that writes faster
    /// than the line's thread wakes to stop it. A writer whose queue has to stay short asks its
    /// port, [`waiting_to_send`](crate::serial::SerialPort::waiting_to_send), as it must with real
    /// adapters.
    pub transmit_buffer: usize,
}

impl LineSettings {
    /// A clean line at this rate: no latency, no errors, a 256-byte transmit buffer.
    #[must_use]
    pub fn clean(bits_per_second: u32) -> Self {
        Self {
            bits_per_second,
            latency: Duration::ZERO,
            bit_error_rate: 0.0,
            seed: 0,
            transmit_buffer: 256,
        }
    }
}

/// Two serial ports joined by a line. Dropping it unplugs both.
#[derive(Debug)]
pub struct Wire {
    ends: Arc<[PtyEnd; 2]>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    /// From A to B, and from B to A.
    lanes: Mutex<[Lane; 2]>,
    bell: Bell,
    stop: AtomicBool,
}

impl Wire {
    /// Lays a line.
    ///
    /// # Errors
    ///
    /// The system's, when there are no pseudo-terminals or threads left.
    pub fn lay(settings: LineSettings) -> io::Result<Self> {
        let ends = Arc::new([PtyEnd::open()?, PtyEnd::open()?]);
        let lane = |stream| {
            Lane::new(
                settings.bits_per_second,
                settings.latency,
                settings.transmit_buffer,
                settings.bit_error_rate,
                (settings.seed, stream),
            )
        };
        let shared = Arc::new(Shared {
            lanes: Mutex::new([lane(0), lane(1)]),
            bell: Bell::new()?,
            stop: AtomicBool::new(false),
        });
        let (thread_ends, thread_shared) = (Arc::clone(&ends), Arc::clone(&shared));
        let thread = std::thread::Builder::new()
            .name("sim-wire".to_owned())
            .spawn(move || {
                // An error of pseudo-terminals that we hold both ends of leaves nothing to join:
                // the line stays silent.
                let _ = run(&thread_ends, &thread_shared);
            })?;
        Ok(Self {
            ends,
            shared,
            thread: Some(thread),
        })
    }

    /// Where one end is opened.
    #[must_use]
    pub fn path(&self, end: End) -> &Path {
        self.ends[end as usize].path()
    }

    /// Changes the rate both ways, for every byte that has not left yet.
    pub fn set_bits_per_second(&self, bits_per_second: u32) {
        self.change(|lane| lane.set_bits_per_second(bits_per_second));
    }

    /// Changes the bit error rate both ways, for every byte that has not left yet.
    pub fn set_bit_error_rate(&self, bit_error_rate: f64) {
        self.change(|lane| lane.set_bit_error_rate(bit_error_rate));
    }

    /// Loses the carrier: what is on the way is lost, and what is sent from now on leaves the port
    /// at the line's rate and is lost too.
    pub fn cut(&self) {
        self.change(Lane::cut);
    }

    /// Finds the carrier again.
    pub fn restore(&self) {
        self.change(Lane::restore);
    }

    /// What has passed from this end to the other.
    #[must_use]
    pub fn traffic_from(&self, end: End) -> Traffic {
        self.shared.lock()[end as usize].traffic()
    }

    fn change(&self, change: impl Fn(&mut Lane)) {
        self.shared.lock().iter_mut().for_each(change);
        self.shared.bell.ring();
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        self.shared.bell.ring();
        if let Some(thread) = self.thread.take() {
            // A line whose thread panicked has said so on stderr, and is silent.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, [Lane; 2]> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn run(ends: &[PtyEnd; 2], shared: &Shared) -> io::Result<()> {
    let laid = Instant::now();
    let mut gates = [true; 2];
    let mut arrived = Vec::new();
    while !shared.stop.load(Ordering::Acquire) {
        let now = laid.elapsed();
        let mut deadline = None;
        {
            let mut lanes = shared.lock();
            for (side, lane) in lanes.iter_mut().enumerate() {
                step(
                    lane,
                    now,
                    &ends[side],
                    &ends[1 - side],
                    &mut gates[side],
                    &mut arrived,
                )?;
                deadline = deadline.into_iter().chain(lane.deadline()).min();
            }
        }
        wait(
            ends,
            shared,
            gates,
            deadline.map(|at: Duration| at.saturating_sub(now).max(STEP)),
        )?;
    }
    Ok(())
}

/// Moves one direction on to `now`: sends, delivers, and takes what the writer has.
fn step(
    lane: &mut Lane,
    now: Duration,
    from: &PtyEnd,
    to: &PtyEnd,
    gate: &mut bool,
    arrived: &mut Vec<u8>,
) -> io::Result<()> {
    lane.advance(now);
    let mut taken = [0; 4096];
    loop {
        let room = lane.room().min(taken.len());
        let count = from.read(&mut taken[..room])?;
        if count == 0 {
            break;
        }
        lane.push(now, &taken[..count]);
        // Bytes that stood before a full buffer may have had the time to leave as well.
        lane.advance(now);
    }
    let open = if *gate {
        0 < lane.room()
    } else {
        lane.wants_more()
    };
    if open != *gate {
        from.let_write(open)?;
        *gate = open;
    }
    arrived.clear();
    lane.take_arrived(now, arrived);
    let delivered = to.write(arrived)?;
    lane.delivered(delivered, arrived.len() - delivered);
    Ok(())
}

/// Sleeps until bytes come, a switch is moved, or `timeout` is over.
fn wait(
    ends: &[PtyEnd; 2],
    shared: &Shared,
    gates: [bool; 2],
    timeout: Option<Duration>,
) -> io::Result<()> {
    // What a writer left behind before its gate fell is taken when there is room, not before.
    let wanted = |open| {
        if open {
            PollFlags::IN
        } else {
            PollFlags::empty()
        }
    };
    let mut polled = [
        PollFd::new(&ends[0], wanted(gates[0])),
        PollFd::new(&ends[1], wanted(gates[1])),
        PollFd::new(&shared.bell, PollFlags::IN),
    ];
    let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
    match poll(&mut polled, timeout.as_ref()) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(errno) => return Err(errno.into()),
    }
    shared.bell.hush();
    Ok(())
}
