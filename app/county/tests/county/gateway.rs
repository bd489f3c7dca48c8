//! Many lines at once: real pseudo-terminals, real connections.

use std::{
    fs::File,
    net::SocketAddr,
    os::{fd::OwnedFd, unix::fs::symlink},
    path::Path,
    thread,
    time::Duration,
};

use county::{
    County,
    gateway::{CALLERS_MAX, CallEnd, LineSettings, LineState, LineStatus, Lines, Patience, Totals},
};
use envelope::{Kind, KioskId, Sealed};
use link::Priority;

use crate::{
    bench::{Bench, application, noise, signer},
    kiosk::{Caller, HungUp},
};

/// A rate at which nothing waits for the line.
const FAST: u32 = 1_000_000;

/// A pseudo-terminal: the kiosk's end, and the county's, which is kept open so that the county may come and go.
struct Cable {
    kiosk_end: File,
    _kept_open: OwnedFd,
}

/// Plugs a cable in at `tty`, in the place of what is there.
fn plug(tty: &Path) -> Cable {
    let (kiosk_end, path) = devices::pty::open_pair().expect("a pty");
    let kept_open = devices::pty::open_slave(&path).expect("its slave");
    let beside = tty.with_extension("new");
    symlink(path, &beside).expect("a link");
    std::fs::rename(beside, tty).expect("a link");
    Cable {
        kiosk_end,
        _kept_open: kept_open,
    }
}

fn cable(tty: &Path, kiosk: Option<u16>) -> LineSettings {
    LineSettings::Cable {
        tty: tty.to_owned(),
        bits_per_second: FAST,
        kiosk: kiosk.map(KioskId),
    }
}

fn tcp(callers_max: usize) -> LineSettings {
    LineSettings::Tcp {
        address: "127.0.0.1:0".parse().expect("an address"),
        callers_max,
    }
}

fn serve(county: &County, lines: &[LineSettings]) -> Lines {
    county
        .serve_lines(lines, Patience::default())
        .expect("threads")
}

fn address(county: &County) -> SocketAddr {
    let lines = county.lines();
    lines
        .iter()
        .find_map(|line| line.address)
        .expect("an open address")
}

fn line(county: &County, settings: &LineSettings) -> LineStatus {
    let lines = county.lines();
    lines
        .into_iter()
        .find(|line| line.settings == *settings)
        .expect("the line")
}

fn last_end(totals: &Totals) -> Option<CallEnd> {
    totals.last.as_ref().and_then(|last| last.end)
}

/// A record and a picture of a kiosk that the county knows.
fn objects(bench: &mut Bench, kiosk: u16) -> [Sealed; 2] {
    let signer = signer(kiosk);
    bench.county.enrol(&signer.public()).expect("the ledger");
    let record = application(kiosk, u32::from(kiosk))
        .to_cbor()
        .expect("a record within its limits");
    [
        bench.seal(Kind::Picture, &noise(5000 + usize::from(kiosk)), &signer),
        bench.seal(Kind::Record, &record, &signer),
    ]
}

fn send(caller: &mut Caller, objects: &[Sealed]) {
    for object in objects {
        caller.kiosk.send(object, priority(object));
    }
}

fn send_again(caller: &mut Caller, objects: &[Sealed]) {
    for object in objects {
        caller.kiosk.send_again(object, priority(object));
    }
}

fn priority(object: &Sealed) -> Priority {
    if object.bytes.len() < 4000 {
        Priority::Record
    } else {
        Priority::Picture
    }
}

/// Talks until the county has acknowledged all of `objects`.
fn until_acknowledged(caller: &mut Caller, objects: &[Sealed]) -> Result<(), HungUp> {
    caller.run_until(|caller| {
        let acknowledged = caller.kiosk.acknowledged();
        objects
            .iter()
            .all(|object| acknowledged.contains(&object.hash))
    })
}

#[test]
fn forty_kiosks_at_once_over_cables_and_tcp_have_each_object_taken_once() {
    const CABLES: u16 = 12;
    const KIOSKS: u16 = 40;
    let mut bench = Bench::new();
    let kiosks: Vec<(u16, [Sealed; 2])> = (10..10 + KIOSKS)
        .map(|kiosk| (kiosk, objects(&mut bench, kiosk)))
        .collect();
    let ttys = tempfile::tempdir().expect("a temporary folder");
    let tty = |kiosk: u16| ttys.path().join(format!("tty{kiosk}"));
    let (wired, calling) = kiosks.split_at(CABLES.into());
    let cables: Vec<Cable> = wired.iter().map(|(kiosk, _)| plug(&tty(*kiosk))).collect();
    let mut settings: Vec<LineSettings> = wired
        .iter()
        .map(|(kiosk, _)| cable(&tty(*kiosk), Some(*kiosk)))
        .collect();
    settings.push(tcp(CALLERS_MAX));
    let lines = serve(&bench.county, &settings);
    let address = address(&bench.county);

    thread::scope(|threads| {
        for ((kiosk, objects), cable) in wired.iter().zip(&cables) {
            threads.spawn(move || {
                let end = cable.kiosk_end.try_clone().expect("a second handle");
                let mut caller = Caller::over_pty(end, u64::from(*kiosk));
                send(&mut caller, objects);
                until_acknowledged(&mut caller, objects).expect("a line that stays");
            });
        }
        for (kiosk, objects) in calling {
            threads.spawn(move || {
                // Every other one is cut off in the middle and calls again.
                if kiosk % 2 == 0 {
                    let mut caller = Caller::over_tcp(address, u64::from(*kiosk));
                    send(&mut caller, objects);
                    caller
                        .run_until(|caller| 2500 <= caller.bytes_up)
                        .expect("a county that listens");
                }
                let mut caller = Caller::over_tcp(address, 1000 + u64::from(*kiosk));
                send_again(&mut caller, objects);
                until_acknowledged(&mut caller, objects).expect("a county that listens");
            });
        }
    });
    lines.stop();

    assert_eq!(bench.case_count(), usize::from(KIOSKS));
    let statuses = bench.county.lines();
    let objects: u64 = statuses
        .iter()
        .map(|line| line.totals.counters.objects)
        .sum();
    assert_eq!(objects, 2 * u64::from(KIOSKS));
    for line in &statuses {
        assert_eq!(line.state, LineState::Stopped);
        assert_eq!(line.calls, []);
    }
    let contacts = bench.county.kiosk_contacts().expect("the ledger");
    for (kiosk, objects) in &kiosks {
        let contact = contacts
            .iter()
            .find(|contact| contact.kiosk == KioskId(*kiosk))
            .expect("a contact");
        assert_eq!(contact.totals.counters.objects, 2, "kiosk {kiosk}");
        let last = contact.totals.last.as_ref().expect("a call");
        assert!(
            matches!(last.end, Some(CallEnd::HungUp | CallEnd::Stopped)),
            "{last:?}"
        );
        for object in objects {
            let number = bench.county.offer(object.hash, 1).expect("the ledger");
            let kiosk = KioskId(*kiosk);
            assert_eq!(number, county::intake::Offer::Held { kiosk });
        }
    }

    // What was counted is there after a new start as well.
    let bench = bench.reboot();
    drop(serve(&bench.county, &settings));
    let sums = |lines: &[LineStatus]| -> Vec<Totals> {
        lines.iter().map(|line| line.totals.clone()).collect()
    };
    assert_eq!(sums(&bench.county.lines())[..12], sums(&statuses)[..12]);
}

#[test]
fn who_says_nothing_and_who_talks_garbage_is_hung_up_on() {
    let bench = Bench::new();
    let patience = Patience {
        greeting: Duration::from_millis(200),
        ..Patience::default()
    };
    let lines = bench
        .county
        .serve_lines(&[tcp(8)], patience)
        .expect("threads");
    let address = address(&bench.county);
    let silent = Caller::over_tcp(address, 1);
    while silent.read_raw() != Err(HungUp) {}
    let babbling = Caller::over_tcp(address, 2);
    while babbling.say(b"GET / HTTP/1.1\r\n\r\n\0\0\x01\x02") {
        // Its greetings are read away so that only the county can end this.
        if babbling.read_raw().is_err() {
            break;
        }
    }
    let status = &bench.county.lines()[0];
    lines.stop();
    assert_eq!(status.totals.calls, 2);
    assert_eq!(last_end(&status.totals), Some(CallEnd::NoGreeting));
}

#[test]
fn callers_beyond_the_bound_are_turned_away_and_a_place_that_is_free_again_is_taken() {
    let mut bench = Bench::new();
    let sent = objects(&mut bench, 5);
    let settings = tcp(2);
    let lines = serve(&bench.county, std::slice::from_ref(&settings));
    let address = address(&bench.county);
    let first = Caller::over_tcp(address, 1);
    let mut second = Caller::over_tcp(address, 2);
    for caller in [&first, &second] {
        caller.read_raw().expect("a greeting");
    }
    for _ in 0..3 {
        assert_eq!(Caller::over_tcp(address, 3).read_raw(), Err(HungUp));
    }
    assert_eq!(line(&bench.county, &settings).turned_away, 3);
    drop(first);
    // The county learns of it when it learns of it.
    while Caller::over_tcp(address, 4).read_raw() == Err(HungUp) {}
    send(&mut second, &sent);
    until_acknowledged(&mut second, &sent).expect("a county that listens");
    drop(lines);
}

#[test]
fn a_kiosk_that_calls_again_takes_the_place_of_its_older_call() {
    let mut bench = Bench::new();
    let [picture, record] = objects(&mut bench, 5);
    let other = objects(&mut bench, 6);
    let settings = tcp(8);
    let lines = serve(&bench.county, std::slice::from_ref(&settings));
    let address = address(&bench.county);
    let mut neighbour = Caller::over_tcp(address, 3);
    send(&mut neighbour, &other[1..]);
    until_acknowledged(&mut neighbour, &other[1..]).expect("a county that listens");

    let [picture, record] = [[picture], [record]];
    let mut older = Caller::over_tcp(address, 1);
    send(&mut older, &record);
    until_acknowledged(&mut older, &record).expect("a county that listens");
    let mut newer = Caller::over_tcp(address, 2);
    send(&mut newer, &picture);
    until_acknowledged(&mut newer, &picture).expect("a county that listens");
    older.run_to_the_end();
    let status = line(&bench.county, &settings);
    assert_eq!(last_end(&status.totals), Some(CallEnd::Replaced));
    let talking: Vec<_> = status.calls.iter().filter_map(|call| call.kiosk).collect();
    assert_eq!(talking, [KioskId(6), KioskId(5)]);

    send(&mut neighbour, &other[..1]);
    until_acknowledged(&mut neighbour, &other).expect("a county that listens");
    drop(lines);
}

#[test]
fn a_line_that_is_unplugged_is_opened_again_and_disturbs_no_other() {
    let mut bench = Bench::new();
    let unplugged = objects(&mut bench, 5);
    let other = objects(&mut bench, 6);
    let ttys = tempfile::tempdir().expect("a temporary folder");
    let tty = ttys.path().join("tty0");
    let first = plug(&tty);
    let settings = [cable(&tty, Some(5)), tcp(8), {
        let nothing_there = ttys.path().join("tty1");
        cable(&nothing_there, None)
    }];
    let lines = serve(&bench.county, &settings);
    let mut neighbour = Caller::over_tcp(address(&bench.county), 1);
    send(&mut neighbour, &other[1..]);
    until_acknowledged(&mut neighbour, &other[1..]).expect("a county that listens");

    let mut caller = Caller::over_pty(first.kiosk_end, 2);
    send(&mut caller, &unplugged);
    caller
        .run_until(|caller| 2500 <= caller.bytes_up)
        .expect("a line");
    // The county holds one end open, so losing the other is what a pulled plug is.
    let second = plug(&tty);
    drop((caller, first._kept_open));
    let mut caller = Caller::over_pty(second.kiosk_end, 3);
    send_again(&mut caller, &unplugged);
    until_acknowledged(&mut caller, &unplugged).expect("the line opened again");
    send(&mut neighbour, &other[..1]);
    until_acknowledged(&mut neighbour, &other).expect("the same call");

    let status = line(&bench.county, &settings[0]);
    assert_eq!(status.totals.calls, 2);
    assert_eq!(status.calls.len(), 1);
    assert_eq!(status.totals.counters.objects, 2);
    assert_eq!(line(&bench.county, &settings[1]).totals.calls, 1);
    let nothing_there = line(&bench.county, &settings[2]);
    assert!(
        matches!(&nothing_there.state, LineState::Closed { why, .. } if why.contains("No such file")),
        "{nothing_there:?}"
    );
    drop(lines);
}

/// A modem on a pseudo-terminal: takes its settings and puts calls through.
struct Modem {
    line: Caller,
}

impl Modem {
    fn is_set(&self) {
        let mut heard = Vec::new();
        while !heard.ends_with(b"ATE0Q0V1S0=1&C1&D2\r") {
            heard.extend(self.line.read_raw().expect("the county's settings"));
        }
        assert!(self.line.say(b"ATE0Q0V1S0=1&C1&D2\r\r\nOK\r\n"));
    }

    fn call(mut self, objects: &[Sealed], nonce: u64) -> Self {
        assert!(self.line.say(b"\r\nRING\r\n\r\nRING\r\n"));
        assert!(self.line.say(b"\r\nCONNECT 33600/V42BIS\r\n"));
        let mut caller = self.line.again(nonce);
        send(&mut caller, objects);
        until_acknowledged(&mut caller, objects).expect("a call");
        assert!(caller.say(b"\r\nNO CARRIER\r\n"));
        self.line = caller;
        self
    }
}

#[test]
fn a_modem_answers_one_kiosk_after_the_other() {
    let mut bench = Bench::new();
    let (first, second) = (objects(&mut bench, 5), objects(&mut bench, 6));
    let ttys = tempfile::tempdir().expect("a temporary folder");
    let tty = ttys.path().join("tty0");
    let cable = plug(&tty);
    let settings = LineSettings::Modem {
        tty,
        bits_per_second: 115_200,
    };
    let lines = serve(&bench.county, std::slice::from_ref(&settings));
    let modem = Modem {
        line: Caller::over_pty(cable.kiosk_end, 1),
    };
    modem.is_set();
    let modem = modem.call(&first, 2);
    // It is set anew after each call: the port was closed for it to hang up.
    modem.is_set();
    let status = line(&bench.county, &settings);
    assert_eq!(status.totals.calls, 1);
    assert_eq!(last_end(&status.totals), Some(CallEnd::HungUp));
    let _modem = modem.call(&second, 3);
    lines.stop();
    let contacts = bench.county.kiosk_contacts().expect("the ledger");
    for (kiosk, calls) in [(3, 0), (5, 1), (6, 1)] {
        let contact = contacts.iter().find(|c| c.kiosk == KioskId(kiosk));
        assert_eq!(contact.map(|c| c.totals.calls), Some(calls), "{kiosk}");
    }
}

#[test]
fn a_modem_that_does_not_know_its_settings_is_told_of() {
    let bench = Bench::new();
    let ttys = tempfile::tempdir().expect("a temporary folder");
    let tty = ttys.path().join("tty0");
    let cable = plug(&tty);
    let settings = LineSettings::Modem {
        tty,
        bits_per_second: 9600,
    };
    let lines = serve(&bench.county, std::slice::from_ref(&settings));
    let modem = Caller::over_pty(cable.kiosk_end, 1);
    // It asks again after having been told, which is when the line is closed.
    for _ in 0..2 {
        while !modem.read_raw().expect("settings").ends_with(b"\r") {}
        assert!(modem.say(b"\r\nERROR\r\n"));
    }
    let status = line(&bench.county, &settings);
    assert!(
        matches!(&status.state, LineState::Closed { why, .. } if why == "modem does not know its settings"),
        "{status:?}"
    );
    lines.stop();
}
