//! A connection by TCP over whatever network the machine has: the same line as a serial port to whoever
//! uses it, but for the rate, which the far side sets by pushing back.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};

use crate::line::{Line, OpenFault, Opener, Step};

/// What the system may hold of written bytes (it counts its own bookkeeping in, and doubles this for it).
///
/// Left alone it grows to megabytes, which on a thin mobile network is minutes in which nothing urgent can
/// overtake. This still carries 400 kbit/s over a way of 600 ms there and back.
const SEND_BUFFER_BYTES: usize = 32 * 1024;

/// How long one address may take to answer: three of the system's own tries (at 0, 1 and 3 seconds) and
/// the way of a satellite.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);

/// How many of a name's addresses are tried: both families and a spare of each.
const ADDRESSES_MAX: usize = 4;

/// How long the far side may leave sent bytes unacknowledged, or a probe unanswered, before the connection
/// counts as lost. A mobile network that changes cells is back sooner.
const LOST_AFTER: Duration = Duration::from_secs(90);

/// An open connection.
///
/// `read` and `write` move what can be moved at once and otherwise wait up to the time-out given; then they
/// fail with [`ErrorKind::TimedOut`], which is not the connection's end. [`ErrorKind::BrokenPipe`] is: the
/// other side closed it, or the way to it is lost.
#[derive(Debug)]
pub struct TcpLine {
    stream: TcpStream,
    timeout: Duration,
}

impl TcpLine {
    /// Makes a line of a connection, dialled or accepted. `timeout` bounds each read and each write.
    ///
    /// # Errors
    ///
    /// The system's, when the connection is gone already.
    pub fn new(stream: TcpStream, timeout: Duration) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        // Packets are whole when they are written; waiting for more only delays them.
        stream.set_nodelay(true)?;
        rustix::net::sockopt::set_socket_send_buffer_size(&stream, SEND_BUFFER_BYTES)?;
        // An idle way that is cut says nothing by itself: these ask, and bound how long nobody answers.
        rustix::net::sockopt::set_socket_keepalive(&stream, true)?;
        rustix::net::sockopt::set_tcp_keepidle(&stream, LOST_AFTER / 2)?;
        rustix::net::sockopt::set_tcp_keepintvl(&stream, LOST_AFTER / 6)?;
        let lost_after_ms = u32::try_from(LOST_AFTER.as_millis()).unwrap_or(u32::MAX);
        rustix::net::sockopt::set_tcp_user_timeout(&stream, lost_after_ms)?;
        Ok(Self { stream, timeout })
    }

    /// Moves bytes as soon as `events` allow it, at most the time-out later.
    fn transfer(
        &mut self,
        events: PollFlags,
        mut bytes_moved: impl FnMut(&mut TcpStream) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let began = Instant::now();
        loop {
            match bytes_moved(&mut self.stream) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if is_end(&error) => return Err(ErrorKind::BrokenPipe.into()),
                other => return other,
            }
            let left = self.timeout.saturating_sub(began.elapsed());
            let mut polled = [PollFd::new(&self.stream, events)];
            // A time-out beyond what the system can count is none.
            if rustix::event::poll(&mut polled, Timespec::try_from(left).ok().as_ref())? == 0 {
                return Err(ErrorKind::TimedOut.into());
            }
        }
    }
}

/// Whether an error of a connection says that it is over, in any of the system's ways.
fn is_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            // Of the connection, when nothing was acknowledged for too long; never of a non-blocking read.
            | ErrorKind::TimedOut
    )
}

impl Read for TcpLine {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.transfer(PollFlags::IN, |stream| stream.read(buffer))? {
            0 if !buffer.is_empty() => Err(ErrorKind::BrokenPipe.into()),
            count => Ok(count),
        }
    }
}

impl Write for TcpLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.transfer(PollFlags::OUT, |stream| stream.write(bytes))
    }

    /// Does nothing: the system sends what it has taken at once.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsFd for TcpLine {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl Line for TcpLine {
    fn bits_per_second(&self) -> Option<u32> {
        None
    }

    /// Bytes that the far side's system has not acknowledged, which is what stands before the next one.
    fn waiting_to_send(&self) -> io::Result<usize> {
        Ok(unacknowledged(&self.stream)?)
    }
}

/// What the system holds of written bytes, by the request that Linux calls `SIOCOUTQ`.
#[expect(
    unsafe_code,
    reason = "rustix has no named call for this request, and a generic one cannot check the request's type"
)]
fn unacknowledged(stream: &TcpStream) -> rustix::io::Result<usize> {
    /// The same number as `TIOCOUTQ` on every architecture; this is x86's and ARM's (`linux/sockios.h`).
    const SIOCOUTQ: rustix::ioctl::Opcode = 0x5411;
    // SAFETY: the request takes a pointer to an `int` and writes one there, see tcp(7).
    let count = unsafe {
        let request = rustix::ioctl::Getter::<SIOCOUTQ, std::ffi::c_int>::new();
        rustix::ioctl::ioctl(stream, request)?
    };
    Ok(usize::try_from(count).unwrap_or(0))
}

/// Opens connections to one place.
#[derive(Debug, Clone)]
pub struct TcpOpener {
    host: String,
    port: u16,
    timeout: Duration,
}

impl TcpOpener {
    /// Will connect to `host`, a name or an address, whose addresses are looked up each time. `timeout`
    /// bounds each read and each write of the lines.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16, timeout: Duration) -> Self {
        Self {
            host: host.into(),
            port,
            timeout,
        }
    }
}

impl Opener for TcpOpener {
    fn open(
        &mut self,
        progress: &mut dyn FnMut(Step),
        stop: &dyn Fn() -> bool,
    ) -> Result<Box<dyn Line>, OpenFault> {
        progress(Step::Connecting);
        // A name that cannot be looked up is a network that is not there, most of the time.
        let addresses = (self.host.as_str(), self.port)
            .to_socket_addrs()
            .map_err(|_| OpenFault::NoCarrier)?;
        let mut fault = OpenFault::NoCarrier;
        for address in addresses.take(ADDRESSES_MAX) {
            if stop() {
                return Err(OpenFault::Stopped);
            }
            match connect(address, stop) {
                Ok(stream) => return Ok(Box::new(TcpLine::new(stream, self.timeout)?)),
                Err(OpenFault::Stopped) => return Err(OpenFault::Stopped),
                Err(error) => fault = error,
            }
        }
        Err(fault)
    }
}

/// Connects to one address, looking at `stop` meanwhile.
fn connect(address: SocketAddr, stop: &dyn Fn() -> bool) -> Result<TcpStream, OpenFault> {
    use rustix::io::Errno;
    use rustix::net::{AddressFamily, SocketFlags, SocketType};

    /// How often `stop` is looked at.
    const LOOK_EVERY: Duration = Duration::from_millis(200);

    let family = if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, None)
        .map_err(io::Error::from)?;
    match rustix::net::connect(&socket, &address) {
        Ok(()) => return Ok(socket.into()),
        Err(Errno::INPROGRESS | Errno::INTR) => {}
        Err(errno) => return Err(connect_fault(errno)),
    }
    let began = Instant::now();
    while began.elapsed() < CONNECT_TIMEOUT {
        if stop() {
            return Err(OpenFault::Stopped);
        }
        let mut polled = [PollFd::new(&socket, PollFlags::OUT)];
        let look = Timespec::try_from(LOOK_EVERY).ok();
        match rustix::event::poll(&mut polled, look.as_ref()) {
            Ok(0) | Err(Errno::INTR) => continue,
            Ok(_) => {}
            Err(errno) => return Err(OpenFault::System(errno.into())),
        }
        return match rustix::net::sockopt::socket_error(&socket) {
            Ok(Ok(())) => Ok(socket.into()),
            Ok(Err(errno)) | Err(errno) => Err(connect_fault(errno)),
        };
    }
    Err(OpenFault::NoAnswer)
}

fn connect_fault(errno: rustix::io::Errno) -> OpenFault {
    use rustix::io::Errno;
    match errno {
        Errno::CONNREFUSED | Errno::CONNRESET => OpenFault::Refused,
        Errno::TIMEDOUT => OpenFault::NoAnswer,
        Errno::NETUNREACH | Errno::HOSTUNREACH | Errno::NETDOWN | Errno::ADDRNOTAVAIL => {
            OpenFault::NoCarrier
        }
        errno => OpenFault::System(errno.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    const TIMEOUT: Duration = Duration::from_millis(20);

    fn pair() -> (Box<dyn Line>, TcpLine) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let mut steps = Vec::new();
        let line = TcpOpener::new("127.0.0.1", port, TIMEOUT)
            .open(&mut |step| steps.push(step), &|| false)
            .expect("a connection");
        assert_eq!(steps, [Step::Connecting]);
        let (accepted, _) = listener.accept().expect("the other side");
        (line, TcpLine::new(accepted, TIMEOUT).expect("a line"))
    }

    #[test]
    fn bytes_pass_both_ways_and_silence_is_told_apart_from_the_end() {
        let (mut near, mut far) = pair();
        assert_eq!(near.bits_per_second(), None);
        let mut seen = [0; 3];
        near.write_all(b"abc").expect("written");
        far.read_exact(&mut seen).expect("read");
        assert_eq!(&seen, b"abc");
        far.write_all(b"def").expect("written");
        near.read_exact(&mut seen).expect("read");
        assert_eq!(&seen, b"def");

        let silence = near.read(&mut seen).expect_err("silence");
        assert_eq!(silence.kind(), ErrorKind::TimedOut);
        drop(far);
        let end = near.read(&mut seen).expect_err("closed");
        assert_eq!(end.kind(), ErrorKind::BrokenPipe);
    }

    #[test]
    fn a_far_side_that_does_not_read_pushes_back_and_what_waits_is_counted() {
        let (mut near, mut far) = pair();
        assert_eq!(near.waiting_to_send().expect("a count"), 0);
        let mut written = 0;
        let error = loop {
            match near.write(&[7; 4096]) {
                Ok(count) => written += count,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        let waiting = near.waiting_to_send().expect("a count");
        assert!(0 < waiting && waiting <= 2 * SEND_BUFFER_BYTES, "{waiting}");

        let mut scrap = vec![0; written];
        far.read_exact(&mut scrap).expect("all that was written");
        while near.waiting_to_send().expect("a count") != 0 {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_port_where_nobody_listens_refuses_and_a_stop_is_obeyed() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        drop(listener);
        let mut opener = TcpOpener::new("127.0.0.1", port, TIMEOUT);
        let fault = opener.open(&mut |_| {}, &|| false).err();
        assert!(matches!(fault, Some(OpenFault::Refused)), "{fault:?}");
        let fault = opener.open(&mut |_| {}, &|| true).err();
        assert!(matches!(fault, Some(OpenFault::Stopped)), "{fault:?}");
    }
}
