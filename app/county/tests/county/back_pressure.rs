//! A disk that does not come to an end, while many callers send without end.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, ChildStdout, Stdio},
    thread::{self, ScopedJoinHandle},
};

use county::gateway::LINE_MEMORY_MAX;
use envelope::{CountyPublic, Kind, Sealed, seal};
use link::Priority;
use rusqlite::Connection;

use crate::{
    bench::{county_client, noise, signer},
    kiosk::{Caller, HungUp},
    program::{Folder, county, county_public, folder, hex, rng},
};

const CALLERS: u16 = 60;

/// What the kernel holds of one caller, on both sides of a connection in this machine, is below this. Who reads without
/// keeping order takes all of [`PUSHED_MAX`].
const KERNEL_HOLDS_MAX: usize = 8 << 20;
const PUSHED_MAX: usize = 64 << 20;

/// The program with a line for callers, and kiosks 10 and up taken in.
struct Program {
    dir: Folder,
    running: Child,
    /// Kept open for what it may say yet.
    _said: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Program {
    fn start() -> Self {
        let dir = folder("x25519", &signer(3).public(), &signer(4).public());
        let settings = dir.path().join("county.toml");
        let mut text = fs::read_to_string(&settings).expect("the settings");
        for kiosk in 10..10 + CALLERS {
            let key = hex(&signer(kiosk).public());
            text += &format!("\n[[kiosk]]\npublic-key = \"{key}\"");
        }
        text += "\n[[lines]]\ntcp = \"127.0.0.1:0\"\n";
        fs::write(&settings, text).expect("a settings file");
        let mut running = county(&dir, &["serve", "--config", "county.toml"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program");
        let mut said = BufReader::new(running.stdout.take().expect("its output"));
        let mut line = String::new();
        said.read_line(&mut line).expect("a line");
        let (_, address) = line.trim().rsplit_once(' ').expect("words");
        let address = address.parse().expect("an address");
        Self {
            dir,
            running,
            _said: said,
            address,
        }
    }

    /// The most memory that it has had, in bytes.
    fn memory(&self) -> usize {
        let status = format!("/proc/{}/status", self.running.id());
        let status = fs::read_to_string(status).expect("a running program");
        let kilobytes = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix(" kB"))
            .expect("its memory");
        kilobytes.trim().parse::<usize>().expect("a number") << 10
    }

    /// Takes the ledger away until what it answers is called.
    fn hold_ledger(&self) -> Box<dyn FnOnce()> {
        if let Some(database) = &self.dir.database {
            let mut ledger = county_client(database);
            ledger
                .batch_execute("BEGIN; LOCK TABLE ledger")
                .expect("a lock");
            return Box::new(move || ledger.batch_execute("COMMIT").expect("an unlock"));
        }
        let ledger = Connection::open(self.dir.path().join("data/county.db")).expect("the ledger");
        ledger.execute_batch("BEGIN IMMEDIATE").expect("a lock");
        Box::new(move || ledger.execute_batch("COMMIT").expect("an unlock"))
    }

    fn call(&self, county: &CountyPublic, nonce: u64) -> Caller {
        let mut caller = Caller::over_tcp(self.address, nonce);
        caller.kiosk.county = county.clone();
        caller
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already if this fails.
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}

#[test]
fn while_the_ledger_is_away_callers_wait_in_bounded_memory_and_then_all_is_taken() {
    let program = Program::start();
    let county = county_public(&program.dir);
    let callers: Vec<(u64, Sealed, Caller)> = (1..)
        .zip(10..10 + CALLERS)
        .map(|(nonce, kiosk)| {
            let plain = noise(3000 + usize::from(kiosk));
            let object = seal(Kind::Ink, &plain, &signer(kiosk), &county, &mut rng());
            let mut caller = program.call(&county, nonce);
            caller
                .run_until(|caller| caller.kiosk.session.is_connected())
                .expect("a county that listens");
            (nonce, object.expect("a seal"), caller)
        })
        .collect();

    let give_back = program.hold_ledger();
    let before = program.memory();
    let stuck = in_parallel(callers, |(nonce, object, mut caller)| {
        caller.kiosk.send(&object, Priority::Ink);
        caller.speak().expect("a county that listens");
        (nonce, object, caller.push(PUSHED_MAX), caller)
    });
    let taken = program.memory() - before;
    give_back();
    let pushed: Vec<usize> = stuck.iter().map(|(_, _, pushed, _)| *pushed).collect();
    println!(
        "{CALLERS} callers took {} KB while {pushed:?} bytes were sent",
        taken >> 10
    );
    assert!(taken < usize::from(CALLERS) * LINE_MEMORY_MAX, "{taken}");
    assert!(pushed.iter().all(|pushed| *pushed < KERNEL_HOLDS_MAX));

    in_parallel(stuck, |(nonce, object, _, mut caller)| {
        // The county may have given a call up meanwhile, if the machine is that slow.
        while caller.run_until(|caller| caller.kiosk.delivered == [object.hash]) == Err(HungUp) {
            caller = program.call(&county, 1000 + nonce);
            caller.kiosk.send(&object, Priority::Ink);
        }
    });
}

fn in_parallel<T: Send, R: Send>(each: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    thread::scope(|threads| {
        let work = &work;
        let running: Vec<_> = each
            .into_iter()
            .map(|one| threads.spawn(move || work(one)))
            .collect();
        let ended = running.into_iter().map(ScopedJoinHandle::join);
        ended.map(|one| one.expect("no panic")).collect()
    })
}
