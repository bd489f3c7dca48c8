//! A scanner on the network: eSCL over real HTTP on this machine, with what people and mishaps do to it.

mod answers;
mod http;

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use answers::{capabilities, status};
use http::{Reply, Request};

/// A simulated network scanner. Its threads end when it is dropped, or when the last caller has hung up.
#[derive(Debug)]
pub struct EsclServer {
    world: Arc<Mutex<World>>,
    address: SocketAddr,
    listening: Option<JoinHandle<()>>,
}

/// What goes wrong, until [`EsclServer::mend`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EsclFault {
    /// The next sheet jams.
    Jam,
    /// The feeder's cover is open.
    CoverOpen,
    /// The feeder draws in two sheets at once.
    DoubleFeed,
    /// The connection breaks after so many bytes of a page.
    CablePulled {
        /// As many are sent.
        after_bytes: usize,
    },
    /// The answer to the next request for a page never begins.
    Silent,
    /// A page without end, in pieces.
    Endless,
    /// A page that is announced as larger than any memory.
    HugeLength,
    /// The status is a web page of something else.
    WrongXml,
    /// The status is XML that never ends.
    EndlessXml,
    /// Another computer uses the scanner.
    Busy,
    /// The scanner makes itself ready before so many requests.
    WarmingUp {
        /// As many requests are put off.
        requests: u32,
    },
    /// A password is wanted.
    Locked,
    /// Jobs are refused for their settings.
    Refuses,
    /// The job is given up by the scanner.
    Aborts,
    /// The job is said to be at another computer.
    ElsewhereJob,
    /// Every answer sends the caller to another computer.
    Redirect,
    /// Pages are PDF in spite of what was asked for.
    WrongFormat,
}

/// A job.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) number: u32,
    from_glass: bool,
    pub(super) aborted: bool,
}

#[derive(Default)]
pub(super) struct World {
    glass: Option<Vec<u8>>,
    pub(super) feeder: Vec<Vec<u8>>,
    pub(super) fault: Option<EsclFault>,
    pub(super) job: Option<Job>,
    jobs: u32,
    put_off: u32,
    requests: Vec<String>,
    settings: Option<String>,
    over: bool,
}

impl std::fmt::Debug for World {
    /// Leaves the pictures out: they may be of somebody's form.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("fault", &self.fault)
            .field("job", &self.job)
            .field("sheets", &self.feeder.len())
            .finish_non_exhaustive()
    }
}

impl EsclServer {
    /// Switches a scanner on, with nothing on the glass and in the feeder.
    ///
    /// # Errors
    ///
    /// The system's, when it has no port left.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let world = Arc::new(Mutex::new(World::default()));
        let shared = Arc::clone(&world);
        let listening = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if lock(&shared).over {
                    return;
                }
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &shared));
            }
        });
        Ok(Self {
            world,
            address,
            listening: Some(listening),
        })
    }

    /// Its address, for [`EsclScanner::new`](crate::escl::EsclScanner::new).
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://{}/eSCL", self.address)
    }

    /// Lays a picture file onto the glass.
    pub fn lay(&self, picture: Vec<u8>) {
        lock(&self.world).glass = Some(picture);
    }

    /// Puts sheets into the feeder, behind those that are there: a picture file for each side.
    pub fn feed(&self, pictures: impl IntoIterator<Item = Vec<u8>>) {
        lock(&self.world).feeder.extend(pictures);
    }

    /// Takes everything off the glass and out of the feeder.
    pub fn clear(&self) {
        let mut world = lock(&self.world);
        world.glass = None;
        world.feeder.clear();
    }

    /// Lets something go wrong from now on.
    pub fn fail(&self, fault: EsclFault) {
        let mut world = lock(&self.world);
        world.fault = Some(fault);
        world.put_off = match fault {
            EsclFault::WarmingUp { requests } => requests,
            _ => 0,
        };
    }

    /// Puts right what went wrong.
    pub fn mend(&self) {
        lock(&self.world).fault = None;
    }

    /// All requests so far: method and path.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        lock(&self.world).requests.clone()
    }

    /// What the newest job was to be like, in XML.
    #[must_use]
    pub fn settings(&self) -> Option<String> {
        lock(&self.world).settings.clone()
    }

    /// Whether a job is still there, finished or not.
    #[must_use]
    pub fn holds_job(&self) -> bool {
        lock(&self.world).job.is_some()
    }
}

impl Drop for EsclServer {
    fn drop(&mut self) {
        lock(&self.world).over = true;
        // Wakes the one who listens.
        let _ = TcpStream::connect(self.address);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

fn lock(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers one connection's one request.
fn serve(stream: TcpStream, world: &Mutex<World>) {
    // A caller who hangs up has its reasons.
    let _ = Request::read(&stream).and_then(|request| {
        let reply = lock(world).reply(&request);
        reply.write(stream)
    });
}

impl World {
    fn reply(&mut self, request: &Request) -> Reply {
        self.requests
            .push(format!("{} {}", request.method, request.path));
        match self.fault {
            Some(EsclFault::Locked) => return Reply::empty("401 Unauthorized"),
            Some(EsclFault::Redirect) => {
                return Reply::empty("302 Found").located("http://192.0.2.1/elsewhere");
            }
            _ => {}
        }
        let job_path = self
            .job
            .as_ref()
            .map(|job| format!("/eSCL/ScanJobs/{}", job.number));
        let of_job = job_path.and_then(|job| request.path.strip_prefix(&job).map(str::to_owned));
        match (
            request.method.as_str(),
            request.path.as_str(),
            of_job.as_deref(),
        ) {
            ("GET", "/eSCL/ScannerCapabilities", _) => Reply::xml(capabilities()),
            ("GET", "/eSCL/ScannerStatus", _) => match self.fault {
                Some(EsclFault::WrongXml) => Reply::xml("<html><p>Login</p></html>".to_owned()),
                Some(EsclFault::EndlessXml) => Reply::Endless {
                    head: "text/xml",
                    piece: b"<scan:Jobs>".to_vec(),
                },
                _ => Reply::xml(status(self)),
            },
            ("POST", "/eSCL/ScanJobs", _) => self.begin(&request.body),
            ("GET", _, Some("/NextDocument")) => self.next_document(),
            ("DELETE", _, Some("")) => {
                self.job = None;
                Reply::empty("200 OK")
            }
            _ => Reply::empty("404 Not Found"),
        }
    }

    fn begin(&mut self, settings: &str) -> Reply {
        self.settings = Some(settings.to_owned());
        match self.fault {
            Some(EsclFault::Busy) => return Reply::empty("503 Service Unavailable"),
            Some(EsclFault::Refuses) => return Reply::empty("409 Conflict"),
            _ => {}
        }
        if self.is_put_off() {
            return Reply::empty("503 Service Unavailable");
        }
        self.jobs += 1;
        self.job = Some(Job {
            number: self.jobs,
            from_glass: settings.contains("Platen"),
            aborted: false,
        });
        let host = match self.fault {
            Some(EsclFault::ElsewhereJob) => "http://192.0.2.1",
            _ => "",
        };
        Reply::empty("201 Created").located(&format!("{host}/eSCL/ScanJobs/{}", self.jobs))
    }

    fn is_put_off(&mut self) -> bool {
        let put_off = self.put_off > 0;
        self.put_off = self.put_off.saturating_sub(1);
        put_off
    }

    /// Whether the scanner makes itself ready.
    pub(super) fn is_warming_up(&self) -> bool {
        matches!(self.fault, Some(EsclFault::WarmingUp { .. }))
    }

    fn next_document(&mut self) -> Reply {
        if self.is_put_off() {
            return Reply::empty("503 Service Unavailable");
        }
        let Some(job) = &mut self.job else {
            return Reply::empty("404 Not Found");
        };
        let from_glass = job.from_glass;
        match self.fault {
            Some(EsclFault::Aborts) => {
                job.aborted = true;
                return Reply::empty("404 Not Found");
            }
            Some(EsclFault::Silent) => return Reply::Silence,
            Some(EsclFault::Jam | EsclFault::CoverOpen | EsclFault::DoubleFeed) if !from_glass => {
                return Reply::empty("404 Not Found");
            }
            Some(EsclFault::Endless) => {
                return Reply::Endless {
                    head: "image/jpeg",
                    piece: vec![0xFF; 60_000],
                };
            }
            Some(EsclFault::HugeLength) => {
                return Reply::Announced {
                    bytes: u64::MAX / 2,
                };
            }
            _ => {}
        }
        let picture = if from_glass {
            self.glass.take()
        } else {
            (!self.feeder.is_empty()).then(|| self.feeder.remove(0))
        };
        match (picture, self.fault) {
            (None, _) => Reply::empty("404 Not Found"),
            (Some(body), Some(EsclFault::CablePulled { after_bytes })) => {
                Reply::Broken { body, after_bytes }
            }
            (Some(_), Some(EsclFault::WrongFormat)) => Reply::picture(b"%PDF-1.7 %%EOF".to_vec()),
            (Some(body), _) => Reply::picture(body),
        }
    }
}
