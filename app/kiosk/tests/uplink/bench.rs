//! A kiosk's file and worker, and a county at the other ends of its routes.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use county::gateway::Lines;
use county::{County, CountyConfig, SystemClock};
use devices::simulated::{Conditions, End, FarStream, LineSettings, Modem, ModemModel, Wire};
use envelope::{CountySecret, Kind, KioskId, KioskSigner, ObjectHash, seal};
use kiosk::appliance::clock::Clock;
use kiosk::flow::{Input, LineReport, RoutesReport};
use kiosk::ui_thread::UiMessage;
use kiosk::uplink::chooser::Patience;
use kiosk::uplink::keeper::{self, UplinkSettings};
use kiosk::uplink::outbox::Outbox;
use kiosk::uplink::settings::{RouteKind, RouteSettings, parse_routes};
use kiosk::uplink::{Bell, Worker};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use store::{Store, Submission, SubmissionId, UnixMs};
use tempfile::TempDir;

/// What the cable's route is called.
pub(crate) const CABLE: &str = "县局专线";

const CABLE_BITS_PER_SECOND: u32 = 400_000;

/// Nothing here takes longer; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the worker told the screen.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    Routes(Arc<RoutesReport>),
    Line(LineReport),
}

/// The kiosk, the county, and what lies between them.
pub(crate) struct Bench {
    dir: TempDir,
    county: County,
    signer: Arc<KioskSigner>,
    clock: Clock,
    rng: ChaCha20Rng,
    submissions: u8,
    bell: Bell,
    told: Option<Receiver<UiMessage>>,
    worker: Option<Worker>,
    cable: Option<Cable>,
    other_bytes: Arc<AtomicU64>,
    servers: Vec<Server>,
    gateways: Vec<Lines>,
}

fn county_secret() -> CountySecret {
    CountySecret::from_seed([0x22; 64])
}

impl Bench {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let config = CountyConfig {
            county_code: 140_428,
            bureau: String::new(),
            data_dir: dir.path().join("county"),
            postgres: None,
            bucket: None,
            rules_dir: None,
            public_url: "http://county".to_owned(),
            vfs: None,
        };
        let county = County::open(config, county_secret(), SystemClock).unwrap();
        let signer = KioskSigner::from_seed(KioskId(3), [0x11; 32]);
        county.enrol(&signer.public()).unwrap();
        let started = Instant::now();
        let mut store = Store::open(dir.path().join("kiosk.db")).unwrap();
        let first = Clock::new(0, started).now().moment;
        let boot = store.begin_boot(first.tick_ms, first.wall).unwrap();
        Self {
            dir,
            county,
            signer: Arc::new(signer),
            clock: Clock::new(boot, started),
            rng: ChaCha20Rng::from_seed([0x33; 32]),
            submissions: 0,
            bell: Bell::default(),
            told: None,
            worker: None,
            cable: None,
            other_bytes: Arc::default(),
            servers: Vec::new(),
            gateways: Vec::new(),
        }
    }

    fn store(&self) -> Store {
        Store::open(self.dir.path().join("kiosk.db")).unwrap()
    }

    /// Starts the worker.
    pub(crate) fn start(&mut self, routes: Vec<RouteSettings>, patience: Patience) {
        let settings = UplinkSettings { routes, patience };
        let public = county_secret().public();
        let outbox = Outbox::new(self.store(), self.signer.clone(), &public).unwrap();
        // Room for everything that is told in a test.
        let (screen, told) = sync_channel(100_000);
        self.bell = Bell::default();
        let (clock, nonce) = (self.clock, self.rng.next_u64());
        self.worker = Some(Worker::start(self.bell.clone(), move |bell| {
            keeper::run(&settings, outbox, nonce, clock, screen, &bell);
        }));
        self.told = Some(told);
    }

    /// Ends the worker.
    pub(crate) fn stop(&mut self) {
        self.worker = None;
        self.told = None;
    }

    /// Something as urgent as a record is handed in, with a page of `page_len` bytes that do not compress, or without.
    pub(crate) fn hand_in(&mut self, page_len: usize) {
        self.submissions += 1;
        let number = self.submissions;
        let county = county_secret().public();
        let mut objects = Vec::new();
        let mut page = vec![0; page_len];
        self.rng.fill_bytes(&mut page);
        for (priority, kind, plain) in [(1, Kind::Ink, vec![number; 400]), (3, Kind::Picture, page)]
        {
            if !plain.is_empty() {
                let sealed = seal(kind, &plain, &self.signer, &county, &mut self.rng).unwrap();
                objects.push((priority, sealed));
            }
        }
        let submission = Submission {
            submission_id: SubmissionId([number; 16]),
            slip_number: format!("140428-003-{number:06}-C"),
            scheme: Some(1),
            submitted: UnixMs(1_795_420_800_000),
            slip_url: String::new(),
            objects,
        };
        let now = self.clock.now().moment;
        self.store().submit(&submission, now).unwrap();
        self.bell.ring();
    }

    /// Waits until the routes stand as wanted.
    #[track_caller]
    pub(crate) fn until(&self, wanted: impl Fn(&RoutesReport) -> bool) -> Arc<RoutesReport> {
        let is_wanted = |told: &Told| matches!(told, Told::Routes(report) if wanted(report));
        match self.listen(is_wanted).pop() {
            Some(Told::Routes(report)) => report,
            other => panic!("{other:?}"),
        }
    }

    /// Waits until the county has acknowledged everything; what was told until then.
    #[track_caller]
    pub(crate) fn until_nothing_waits(&self) -> Vec<Told> {
        let messages = self.told.as_ref().unwrap();
        let mut all = Vec::new();
        let until = Instant::now() + PATIENCE;
        while self.store().waiting().unwrap() != 0 {
            assert!(
                Instant::now() < until,
                "never empty; the last: {:#?}",
                all.last()
            );
            // The worker tells something about once a second while anything goes on.
            if let Ok(message) = messages.recv_timeout(Duration::from_millis(250)) {
                all.extend(told(message));
            }
        }
        all
    }

    #[track_caller]
    fn listen(&self, is_last: impl Fn(&Told) -> bool) -> Vec<Told> {
        let messages = self.told.as_ref().unwrap();
        let mut all = Vec::new();
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(message) = messages.recv_timeout(left) else {
                panic!("never told; the last: {:#?}", all.last_chunk::<2>());
            };
            all.extend(told(message));
            if all.last().is_some_and(&is_last) {
                return all;
            }
        }
    }

    /// Asserts that the county holds everything that was handed in.
    pub(crate) fn assert_arrived(&self) {
        let receipts = self.store().receipts().unwrap();
        assert_eq!(receipts.len(), usize::from(self.submissions));
        assert!(receipts.iter().all(|receipt| receipt.delivered.is_some()));
    }

    /// Where the kiosk looks for the cable, plugged in or not.
    fn cable_path(&self) -> PathBuf {
        self.dir.path().join("cable")
    }

    pub(crate) fn cable_route(&self) -> RouteSettings {
        RouteSettings::cable(CABLE, self.cable_path(), CABLE_BITS_PER_SECOND)
    }

    /// Plugs the cable in at both ends.
    pub(crate) fn plug_in(&mut self) {
        let cable = Cable::lay(&self.county);
        let _ = fs::remove_file(self.cable_path());
        symlink(cable.wire.path(End::A), self.cable_path()).unwrap();
        self.cable = Some(cable);
    }

    /// Plugs a cable in that leads nowhere.
    pub(crate) fn plug_in_at_the_kiosk_only(&mut self) {
        let wire = Wire::lay(LineSettings::clean(CABLE_BITS_PER_SECOND)).unwrap();
        symlink(wire.path(End::A), self.cable_path()).unwrap();
        let lines = None;
        self.cable = Some(Cable { lines, wire });
    }

    /// Pulls the cable out at both ends; the bytes that it brought to the county.
    pub(crate) fn unplug(&mut self) -> u64 {
        fs::remove_file(self.cable_path()).unwrap();
        let cable = self.cable.take().unwrap();
        cable.wire.traffic_from(End::A).delivered
    }

    /// The county's gateway at a TCP port.
    pub(crate) fn tcp_route(&mut self) -> RouteSettings {
        let line = county::gateway::LineSettings::Tcp {
            address: "127.0.0.1:0".parse().unwrap(),
            callers_max: 4,
        };
        let lines = self
            .county
            .serve_lines(&[line], county::gateway::Patience::default());
        self.gateways.push(lines.unwrap());
        let gateway = self.county.lines()[0].address.unwrap();
        let bytes = self.other_bytes.clone();
        // In between sits one who counts.
        let server = Server::start(move |stream| {
            let far = TcpStream::connect(gateway).unwrap();
            let (near_down, far_down) = (stream.try_clone().unwrap(), far.try_clone().unwrap());
            let down = thread::spawn(move || pass(far_down, near_down));
            pass(
                Counted {
                    stream,
                    bytes: bytes.clone(),
                },
                far,
            );
            down.join().unwrap();
        });
        let route = RouteSettings::tcp("政务网", server.address.clone());
        self.servers.push(server);
        route
    }

    /// A module whose calls are put through to the county's gateway, and its route with these settings besides.
    pub(crate) fn modem_route(&mut self, more: &str) -> (Modem, RouteSettings) {
        let address = self.tcp_route();
        let RouteKind::Tcp { address } = address.kind else {
            unreachable!()
        };
        let exchange = move |_: &str| {
            let stream = TcpStream::connect(&address)?;
            stream.set_nonblocking(true)?;
            Ok(Box::new(stream) as Box<dyn FarStream>)
        };
        let calls = LineSettings::clean(1_000_000);
        let (model, conditions) = (ModemModel::QuectelEc20, Conditions::default());
        let modem = Modem::plug_in(model, conditions, calls, Arc::new(exchange)).unwrap();
        let tty = modem.path().display();
        let text = format!(
            r#"
            name = "4G"
            kind = "modem"
            tty = "{tty}"
            bits-per-second = 115200
            script = "quectel-ec20"
            hardware-flow-control = false
            variables = {{ apn = "cmnet", host = "county.example", port = 7001 }}
            {more}
            "#
        );
        let route = parse_routes(&[toml::from_str(&text).unwrap()])
            .unwrap()
            .remove(0);
        (modem, route)
    }

    /// The county's server, as far as objects go.
    pub(crate) fn http_route(&mut self) -> RouteSettings {
        let (county, bytes) = (self.county.clone(), self.other_bytes.clone());
        let server = Server::start(move |stream| {
            let stream = Counted {
                stream,
                bytes: bytes.clone(),
            };
            let _ = answer_requests(&county, stream);
        });
        let route = RouteSettings::http("政务网", format!("http://{}", server.address));
        self.servers.push(server);
        route
    }

    /// Bytes that came over a route other than the cable.
    pub(crate) fn other_bytes(&self) -> u64 {
        self.other_bytes.load(Ordering::Relaxed)
    }
}

fn told(message: UiMessage) -> Option<Told> {
    match message {
        UiMessage::Visit(Input::RoutesReport(report)) => Some(Told::Routes(report)),
        UiMessage::Visit(Input::LineReport(report)) => Some(Told::Line(report)),
        _ => None,
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // The kiosk lets go of its lines before they are taken away.
        self.worker = None;
    }
}

/// A cable whose far end the county serves. Dropping it unplugs both ends.
struct Cable {
    // The county lets go of its end before that is gone.
    #[expect(dead_code, reason = "serves until it is dropped")]
    lines: Option<Lines>,
    wire: Wire,
}

impl Cable {
    fn lay(county: &County) -> Self {
        let wire = Wire::lay(LineSettings::clean(CABLE_BITS_PER_SECOND)).unwrap();
        let line = county::gateway::LineSettings::Cable {
            tty: wire.path(End::B).to_owned(),
            bits_per_second: CABLE_BITS_PER_SECOND,
            kiosk: Some(KioskId(3)),
        };
        let lines = county.serve_lines(&[line], county::gateway::Patience::default());
        Self {
            lines: Some(lines.unwrap()),
            wire,
        }
    }
}

/// Passes bytes on until one side has had enough, and then hangs up on both.
fn pass(mut from: impl Read, mut to: TcpStream) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// Takes connections at a port of its own until it is dropped.
struct Server {
    address: String,
    stop: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(serve: impl Fn(TcpStream) + Send + Clone + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let stop = Arc::new(AtomicBool::new(false));
        let open: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let (stopped, kept) = (stop.clone(), open.clone());
        let thread = thread::spawn(move || {
            let mut lines = Vec::new();
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let stream = stream.unwrap();
                kept.lock().unwrap().push(stream.try_clone().unwrap());
                let serve = serve.clone();
                lines.push(thread::spawn(move || serve(stream)));
            }
            for line in lines {
                let _ = line.join();
            }
        });
        Self {
            address,
            stop,
            open,
            thread: Some(thread),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for stream in self.open.lock().unwrap().iter() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes the one that waits for connections.
        let _ = TcpStream::connect(&self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A connection that counts what comes from the kiosk.
struct Counted {
    stream: TcpStream,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Answers the requests of one connection as the county's server does.
fn answer_requests(county: &County, stream: Counted) -> io::Result<()> {
    let mut answers = stream.stream.try_clone()?;
    let mut requests = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if requests.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            requests.read_line(&mut line)?;
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        requests.read_exact(&mut body)?;
        let path = first.split(' ').nth(1).unwrap();
        let parts: Vec<&str> = path
            .trim_start_matches("/v1/")
            .split(['/', '?', '='])
            .collect();
        let answer = match parts.as_slice() {
            ["objects", name, "len", len] => county.answer_offer(hash(name), len.parse().unwrap()),
            ["objects", name, "blocks", from] => {
                county.answer_blocks(hash(name), from.parse().unwrap(), &body)
            }
            ["acknowledgements", kiosk] => county.answer_holdings(KioskId(kiosk.parse().unwrap())),
            ["county-keys", kiosk] => county.answer_county_key(KioskId(kiosk.parse().unwrap())),
            other => panic!("{other:?} is no request"),
        }
        .unwrap();
        let length = answer.body.len();
        let status = answer.status;
        write!(
            answers,
            "HTTP/1.1 {status} -\r\ncontent-length: {length}\r\n\r\n"
        )?;
        answers.write_all(&answer.body)?;
    }
}

fn hash(name: &str) -> ObjectHash {
    ObjectHash::from_name(name).unwrap()
}
