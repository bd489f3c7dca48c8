//! Callers over TCP.

use std::{
    collections::HashMap,
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    os::fd::OwnedFd,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use envelope::KioskId;
use link::Escape;
use rustix::net::{Shutdown, shutdown};

use super::{
    LineError,
    lines::Served,
    port::Port,
    talk::{Caller, Talk},
};

/// Rest after a caller could not be taken for want of files or threads; others hang up meanwhile.
const NO_ROOM_REST: Duration = Duration::from_secs(1);

/// Opens an address to callers.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Takes callers until the county stops, each in a thread of its own, and waits until all have ended.
pub(super) fn serve(
    served: &Served,
    listener: &TcpListener,
    callers_max: usize,
) -> Result<(), LineError> {
    served
        .line
        .listens_at(listener.local_addr()?, served.county.now());
    let callers = Callers::default();
    thread::scope(|threads| {
        let mut next = 0;
        while !served.bell.has_rung() {
            let accepted = served
                .bell
                .wait_or_readable(listener)
                .and_then(|()| listener.accept());
            let caller = match accepted {
                Ok((caller, _)) => caller,
                // A caller that is gone before it is taken says so here.
                Err(error) if is_the_callers_fault(&error) => continue,
                Err(error) => {
                    eprintln!("county: line {}: {error}", served.line.name());
                    served.bell.wait(NO_ROOM_REST);
                    continue;
                }
            };
            let taken = callers.take(next, caller, callers_max).and_then(|talking| {
                thread::Builder::new()
                    .name(format!("caller {next}"))
                    .spawn_scoped(threads, || talk(served, &callers, talking))
            });
            next += 1;
            if taken.is_err() {
                served.line.turned_away();
            }
        }
        Ok(())
    })
}

fn is_the_callers_fault(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock
            | io::ErrorKind::Interrupted
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

fn talk(served: &Served, callers: &Callers, talking: Talking<'_>) {
    let talk = Talk {
        county: &served.county,
        line: &served.line,
        port: &talking.port,
        bell: &served.bell,
        bits_per_second: None,
        escape: Escape::default(),
        wired_to: None,
        caller: Some(Caller {
            patience: served.patience,
            farewell: None,
            replaced: &talking.replaced,
            shown: &|kiosk| callers.shown(talking.number, kiosk),
        }),
    };
    if let Err(error) = talk.run(&[]) {
        eprintln!("county: line {}: {error}", served.line.name());
    }
}

/// Who talks now.
#[derive(Default)]
struct Callers {
    talking: Mutex<HashMap<u64, Known>>,
}

/// What others know of a caller.
struct Known {
    connection: Arc<OwnedFd>,
    replaced: Arc<AtomicBool>,
    kiosk: Option<KioskId>,
}

/// A caller's place; dropping it gives it to another.
struct Talking<'c> {
    callers: &'c Callers,
    number: u64,
    port: Port,
    replaced: Arc<AtomicBool>,
}

impl Callers {
    /// Gives a caller a place. Without one the connection is closed.
    fn take(&self, number: u64, caller: TcpStream, callers_max: usize) -> io::Result<Talking<'_>> {
        let mut talking = self.lock();
        if callers_max <= talking.len() {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        let port = Port::from_caller(caller)?;
        let replaced = Arc::new(AtomicBool::new(false));
        let known = Known {
            connection: port.file(),
            replaced: Arc::clone(&replaced),
            kiosk: None,
        };
        talking.insert(number, known);
        Ok(Talking {
            callers: self,
            number,
            port,
            replaced,
        })
    }

    /// A caller has shown which kiosk it is. An older connection of that kiosk is dead: a kiosk makes one at a time, and
    /// it is the first to know when it is lost.
    fn shown(&self, number: u64, kiosk: KioskId) {
        for (&other, known) in self.lock().iter_mut() {
            if other == number {
                known.kiosk = Some(kiosk);
            } else if known.kiosk == Some(kiosk) && other < number {
                known.replaced.store(true, Ordering::Release);
                // Its thread wakes from this. The connection may have gone by itself meanwhile.
                let _ = shutdown(&*known.connection, Shutdown::Read);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Known>> {
        self.talking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Talking<'_> {
    fn drop(&mut self) {
        self.callers.lock().remove(&self.number);
    }
}
