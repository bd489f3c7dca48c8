//! Kills the kiosk's process at random instants, again and again, on the same file, and counts what was lost.
//!
//! ```sh
//! cargo run --release -p system_tests --bin kill -- --times 300
//! ```
//!
//! The kiosk is the real one but for its screen and devices: its desk seals and stores what invented people hand in,
//! its HTTP route carries it to a county in the parent process. A slip counts as shown when the screen would be told.
//! The exit code is 0 only if every slip shown is exactly one case of the county, no case is there twice, and no byte of
//! the kiosk's folder holds what was typed.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    error::Error,
    fs,
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use clap::Parser;
use county::{County, CountyConfig, SystemClock};
use devices::{
    bitmap::Bitmap,
    camera::Camera,
    id_card::IdCard,
    id_reader::{IdReader, IdReaderError},
    page_source::{PageFault, Step},
    receipt_printer::{PrintError, PrinterStatus, ReceiptPrinter},
};
use envelope::{CountySecret, KioskId, KioskSigner};
use kiosk::{
    appliance::{
        Appliance, Devices, Identity, Material, clock::Clock, content::Policy, desk,
        policy_in_force::PolicyInForce,
    },
    flow::{Effect, FlowContent, Input},
    font::NOTO_SANS_SC,
    health::Health,
    ui_thread::UiMessage,
    uplink::{Bell, Worker, keeper, outbox::Outbox, settings::RouteSettings},
};
use paper::Typeface;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use relief::Rulebook;
use store::Store;
use system_tests::applicants;

#[derive(Parser)]
struct Arguments {
    /// How often the kiosk is killed.
    #[arg(long, default_value_t = 300)]
    times: u32,
    /// Where the random instants come from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The kiosk's process itself: works on the file in this folder until it is killed.
    #[arg(long, requires = "county")]
    kiosk: Option<PathBuf>,
    /// Address of the county's server.
    #[arg(long)]
    county: Option<String>,
    /// The kiosk takes nothing in and ends when its outbox is empty.
    #[arg(long)]
    drain: bool,
}

const COUNTY_CODE: u32 = 140_428;
const KIOSK: KioskId = KioskId(3);

fn signer() -> Arc<KioskSigner> {
    Arc::new(KioskSigner::from_seed(KIOSK, [0x11; 32]))
}

fn county_secret() -> CountySecret {
    CountySecret::from_seed([0x22; 64])
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    match (&arguments.kiosk, &arguments.county) {
        (Some(dir), Some(county)) => run_kiosk(dir, county, arguments.seed, arguments.drain),
        _ => kill(arguments.times, arguments.seed),
    }
}

/// The longest that a kiosk lives before it is killed: start, and a few dozen submissions.
const LIFE_MAX_MS: u64 = 700;

/// The longest that the outbox takes to empty at the end.
const PATIENCE: Duration = Duration::from_secs(120);

fn kill(times: u32, seed: u64) -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir_in(".")?;
    let runtime = tokio::runtime::Runtime::new()?;
    let county = open_county(&dir.path().join("county"))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);
    runtime.spawn({
        let county = county.clone();
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        async move { county.serve_http(listener, std::future::pending()).await }
    });

    let kiosk_dir = dir.path().join("kiosk");
    fs::create_dir(&kiosk_dir)?;
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let started = Instant::now();
    let mut said = Said::default();
    for number in 0..times {
        let mut child = start_kiosk(&kiosk_dir, &url, seed + u64::from(number), false)?;
        let lines = listen(&mut child)?;
        thread::sleep(Duration::from_millis(rng.random_range(0..LIFE_MAX_MS)));
        child.kill()?;
        child.wait()?;
        said.take(lines.iter());
    }
    let mut child = start_kiosk(&kiosk_dir, &url, seed, true)?;
    let lines = listen(&mut child)?;
    while let Ok(line) = lines.recv_timeout(PATIENCE) {
        if line == "empty" {
            break;
        }
    }
    child.kill()?;
    child.wait()?;
    judge(&county, &kiosk_dir, &said, times, started.elapsed())
}

/// What the kiosk's processes said.
#[derive(Default)]
struct Said {
    slips: Vec<String>,
    typed: BTreeSet<String>,
}

impl Said {
    fn take(&mut self, lines: impl Iterator<Item = String>) {
        for line in lines {
            match line.split_once(' ') {
                Some(("slip", number)) => self.slips.push(number.to_owned()),
                Some(("typed", text)) => {
                    self.typed.insert(text.to_owned());
                }
                _ => {}
            }
        }
    }
}

fn judge(
    county: &County,
    kiosk_dir: &Path,
    said: &Said,
    times: u32,
    took: Duration,
) -> Result<(), Box<dyn Error>> {
    let cases = county.cases(None, u32::MAX)?;
    let slips: BTreeSet<&str> = cases.iter().map(|case| case.slip_number.as_str()).collect();
    let shown: BTreeSet<&str> = said.slips.iter().map(String::as_str).collect();
    let lost = shown.iter().filter(|slip| !slips.contains(*slip)).count();
    let doubled = cases.len() - slips.len() + said.slips.len() - shown.len();
    let store = Store::open(kiosk_dir.join("kiosk.db"))?;
    let waiting = store.waiting()?;
    let audit = store.verify_audit()?;
    let held = search(kiosk_dir, &said.typed)?;
    println!("kills            {times} in {:.0} s", took.as_secs_f64());
    println!("slips shown      {}", said.slips.len());
    println!("cases            {}", cases.len());
    println!("stored, not told {}", slips.len() - (shown.len() - lost));
    println!("waiting          {waiting}");
    println!("audit rows       {audit}, whole");
    println!("lost             {lost}");
    println!("doubled          {doubled}");
    println!(
        "texts searched   {} in every byte of the folder, found {held}",
        said.typed.len()
    );
    if lost + doubled + held == 0 && waiting == 0 && !shown.is_empty() {
        Ok(())
    } else {
        Err("something was lost, doubled, left waiting or left in plain text".into())
    }
}

/// How many of the texts stand in any file of the folder.
fn search(dir: &Path, texts: &BTreeSet<String>) -> Result<usize, Box<dyn Error>> {
    let mut by_len: BTreeMap<usize, HashSet<&[u8]>> = BTreeMap::new();
    for text in texts {
        by_len
            .entry(text.len())
            .or_default()
            .insert(text.as_bytes());
    }
    let mut found = HashSet::new();
    for entry in fs::read_dir(dir)? {
        let bytes = fs::read(entry?.path())?;
        for (len, texts) in &by_len {
            let windows = bytes.windows(*len);
            found.extend(windows.filter_map(|window| texts.get(window).copied()));
        }
    }
    Ok(found.len())
}

fn open_county(dir: &Path) -> Result<County, Box<dyn Error>> {
    let config = CountyConfig {
        county_code: COUNTY_CODE,
        bureau: String::new(),
        data_dir: dir.to_owned(),
        postgres: None,
        bucket: None,
        rules_dir: None,
        public_url: "http://127.0.0.1".to_owned(),
        vfs: None,
    };
    let county = County::open(config, county_secret(), SystemClock)?;
    county.enrol(&signer().public())?;
    Ok(county)
}

fn start_kiosk(dir: &Path, county: &str, seed: u64, drain: bool) -> Result<Child, Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["--kiosk".as_ref(), dir.as_os_str()])
        .args(["--county", county, "--seed", &seed.to_string()])
        .stdout(Stdio::piped());
    if drain {
        command.arg("--drain");
    }
    Ok(command.spawn()?)
}

/// The lines that the process says, until it ends.
fn listen(child: &mut Child) -> Result<mpsc::Receiver<String>, Box<dyn Error>> {
    let output = child.stdout.take().ok_or("the kiosk has no output")?;
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = String::new();
        // A line that the kill cut off is no line: the screen had not been told.
        while output.read_line(&mut line).is_ok() && line.ends_with('\n') {
            if sender.send(line.trim_end().to_owned()).is_err() {
                break;
            }
            line.clear();
        }
    });
    Ok(lines)
}

/// Messages that may wait for the stand-in of the screen.
const MESSAGES_WAITING_MAX: usize = 256;

fn run_kiosk(dir: &Path, county: &str, seed: u64, drain: bool) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let path = dir.join("kiosk.db");
    let mut store = Store::open(&path)?;
    let first = Clock::new(0, started).now().moment;
    let clock = Clock::new(store.begin_boot(first.tick_ms, first.wall)?, started);
    let public = county_secret().public();
    let outbox = Outbox::new(Store::open(&path)?, signer(), &public)?;
    let (screen, messages) = mpsc::sync_channel(MESSAGES_WAITING_MAX);
    let bell = Bell::default();
    let _route = Worker::start(bell.clone(), {
        let uplink = vec![RouteSettings::http("county", county.to_owned())].into();
        let screen = screen.clone();
        move |bell| keeper::run(&uplink, outbox, seed, clock, screen, &bell)
    });
    let policy = Policy::new(Rulebook::builtin());
    let today = desk::today(&clock);
    let (policy, _) = PolicyInForce::new(policy, public.clone(), COUNTY_CODE, &[], &store, today)?;
    let material = Material {
        policy,
        forms: Vec::new(),
        typeface: Typeface::parse(NOTO_SANS_SC)?,
    };
    let identity = Identity {
        signer: signer(),
        county: public,
        county_code: COUNTY_CODE,
        status_base_url: county.to_owned(),
    };
    let devices = Devices {
        id_reader: Box::new(Nothing),
        printer: Box::new(Nothing),
        camera: Box::new(Nothing),
        health: Health::default(),
    };
    let ring = move || bell.ring();
    let appliance = Appliance::start(identity, devices, material, store, clock, screen, ring);

    let content = FlowContent::builtin();
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut out = std::io::stdout().lock();
    loop {
        if !drain {
            let members = rng.random_range(0..4);
            let scans: &[usize] = [&[][..], &[3000, 20_000]][rng.random_range(0..2)];
            let (draft, typed) = applicants::draft(&content, members, scans, &mut rng);
            for text in [&typed.name, &typed.id_number, &typed.phone] {
                writeln!(out, "typed {text}")?;
            }
            appliance.handle(Effect::Submit(Box::new(draft)));
        }
        loop {
            match messages.recv()? {
                UiMessage::Visit(Input::Submitted(slip)) => {
                    writeln!(out, "slip {}", slip.slip_number)?;
                    break;
                }
                UiMessage::Visit(Input::SubmitFailed(fault)) => {
                    return Err(format!("submission failed: {fault:?}").into());
                }
                UiMessage::Visit(Input::LineReport(report))
                    if drain && report.connected && report.waiting == 0 =>
                {
                    writeln!(out, "empty")?;
                    return Ok(());
                }
                _ => {}
            }
        }
    }
}

/// A device that is not there.
struct Nothing;

impl IdReader for Nothing {
    fn poll(&mut self) -> Result<Option<IdCard>, IdReaderError> {
        Ok(None)
    }
}

impl Camera for Nothing {
    fn take(
        &mut self,
        _: &mut dyn FnMut(Step),
        _: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, PageFault> {
        Err(PageFault::Unplugged)
    }
}

impl ReceiptPrinter for Nothing {
    fn status(&mut self) -> Result<PrinterStatus, PrintError> {
        Err(PrintError::NoAnswer)
    }

    fn print(&mut self, _: &Bitmap) -> Result<(), PrintError> {
        Err(PrintError::NoAnswer)
    }
}
