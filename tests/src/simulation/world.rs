//! One world: kiosks, a county, routes and everything that happens to them, drawn from a seed.

use std::fmt;
use std::path::Path;

use ::kiosk::courier;
use ::kiosk::flow::FlowContent;
use envelope::{Kind, KioskSigner};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use store::{Submission, SubmissionId};
use tempfile::TempDir;

use super::county::{Backup, CountyEnd};
use super::kiosk::{KioskEnd, Shown};
use super::routes::{self, LineFaults, NetworkFaults};
use super::totals::Totals;
use super::{Options, Report, checkers};
use crate::applicants;
use crate::disk::{Disk, Failure, Lasting, Phase, SectorSize};

/// Happenings of one world. With a planned cut in nearly each it sees well over a hundred.
const STEPS: u32 = 190;

/// Kiosks of one world, at most.
const KIOSKS_MAX: u16 = 3;

/// Sticks that go between kiosks and county.
const STICKS: usize = 2;

/// 2026-11-23 at noon in China, Unix milliseconds.
const FIRST_MS: i64 = 1_795_406_400_000;

const DAY_MS: i64 = 86_400_000;

/// A backup older than that is not returned to: what kiosks keep for thirty days could be gone.
const BACKUP_DAYS_MAX: i64 = 20;

/// A cut is planned within so many changes of a disk, so that it falls into whatever happens next.
const CUT_WITHIN: [u64; 3] = [10, 24, 60];

/// Attempts to start after which it counts as never starting: far more than cuts in a row are drawn.
const STARTS_MAX: usize = 60;

/// Looks at everything, a round of each, until a healed world must be at rest.
const ROUNDS_AT_THE_END: usize = 40;

pub(super) struct World {
    rng: ChaCha20Rng,
    content: FlowContent,
    true_us: i64,
    kiosks: Vec<KioskEnd>,
    county: CountyEnd,
    backups: Vec<Backup>,
    sticks: Vec<TempDir>,
    totals: Totals,
    violations: Vec<String>,
    trace: bool,
}

impl World {
    pub(super) fn new(seed: u64, options: &Options) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut disk = || {
            let disk = Disk::new(rng.random());
            disk.ignore_sync(options.ignore_sync);
            if rng.random_bool(0.5) {
                disk.set_sector_size(SectorSize::Bytes4096);
            }
            disk
        };
        let county = CountyEnd::new(disk(), FIRST_MS);
        let disks: Vec<Disk> = (0..KIOSKS_MAX).map(|_| disk()).collect();
        let count = rng.random_range(1..=usize::from(KIOSKS_MAX));
        let kiosks = (1..)
            .zip(disks)
            .take(count)
            .map(|(number, disk)| KioskEnd::new(number, disk))
            .collect();
        let stick = |_| tempfile::tempdir_in(stick_folder()).ok();
        Self {
            rng,
            content: FlowContent::builtin(),
            true_us: FIRST_MS * 1000,
            kiosks,
            county,
            backups: Vec::new(),
            sticks: (0..STICKS).filter_map(stick).collect(),
            totals: Totals::default(),
            violations: Vec::new(),
            trace: options.trace,
        }
    }

    pub(super) fn run(mut self) -> Report {
        self.switch_on();
        for step in 0..STEPS {
            if !self.violations.is_empty() {
                break;
            }
            self.true_us += self.rng.random_range(1_000..120_000_000);
            self.county.set_clock(self.true_us / 1000);
            self.say(format_args!("step {step}"));
            let at = self.rng.random_range(0..self.kiosks.len());
            self.plan_cut(at);
            self.happen(at);
            self.switch_on();
            self.check();
        }
        if self.violations.is_empty() {
            self.heal();
        }
        Report {
            totals: self.totals,
            violations: self.violations,
        }
    }

    fn say(&self, words: fmt::Arguments<'_>) {
        if self.trace {
            println!("{:>16} {words}", self.true_us);
        }
    }

    /// Most happenings die half way, at the kiosk that they befall or at the county.
    fn plan_cut(&mut self, at: usize) {
        if !self.rng.random_bool(0.97) {
            return;
        }
        let within = CUT_WITHIN[self.rng.random_range(0..CUT_WITHIN.len())];
        let nth = self.rng.random_range(1..=within);
        let phase = [Phase::Before, Phase::Within, Phase::After][self.rng.random_range(0..3)];
        let disk = if self.rng.random_bool(0.6) {
            &self.kiosks[at].disk
        } else {
            &self.county.disk
        };
        disk.cut_at(nth, phase);
        self.say(format_args!(
            "a cut is to come on {disk:?}, {phase:?} change {nth}"
        ));
    }

    /// Something that befalls the kiosk at this place, or the county.
    fn happen(&mut self, at: usize) {
        match self.rng.random_range(0..100) {
            0..34 => self.submit(at),
            34..50 => self.talk(at),
            50..66 => self.requests(at),
            66..72 => self.visit_kiosk_with_stick(at),
            72..78 => self.visit_county_with_stick(),
            78..82 => self.back_up(),
            82..84 => self.restore(),
            84..88 => self.fill_disk(at),
            88..92 => self.break_disk_once(at),
            92..94 => self.jump_clock(at),
            94..96 => self.poison(at),
            96..98 => self.idle_cut(at),
            _ => self.wait(),
        }
    }

    /// The disk of the kiosk at this place, or the county's: either may fail.
    fn either_disk(&mut self, at: usize) -> usize {
        if self.rng.random_bool(0.6) {
            at
        } else {
            self.kiosks.len()
        }
    }

    fn submit(&mut self, at: usize) {
        let members = self.rng.random_range(0..4);
        let lens = [0, 0, 200, 900, 2500];
        let scans: Vec<usize> = (0..2)
            .map(|_| lens[self.rng.random_range(0..lens.len())])
            .filter(|len| 0 < *len)
            .collect();
        let (draft, secrets) = applicants::draft(&self.content, members, &scans, &mut self.rng);
        let kiosk = &mut self.kiosks[at];
        kiosk.secrets.push(secrets);
        // A person who is told that nothing was stored touches the button once more.
        let mut shown = false;
        for _ in 0..2 {
            shown = kiosk.take_in(&draft, self.true_us, &mut self.rng);
            if shown {
                break;
            }
        }
        kiosk.forget();
        if shown {
            self.totals.slips_shown += 1;
            let slip = kiosk.shown.last().map(|shown| shown.slip_number.clone());
            self.say(format_args!("slip {} shown", slip.unwrap_or_default()));
        } else {
            self.totals.submissions_refused += 1;
            self.say(format_args!("kiosk {at} could not store a submission"));
        }
    }

    fn talk(&mut self, at: usize) {
        let faults = LineFaults::drawn(&mut self.rng);
        let talk_us = self.rng.random_range(1_000_000..30_000_000);
        self.say(format_args!("kiosk {at} calls, {faults:?}"));
        self.true_us += routes::talk(
            &mut self.kiosks[at],
            &self.county,
            self.true_us,
            talk_us,
            faults,
            &mut self.totals,
            &mut self.rng,
        );
    }

    fn requests(&mut self, at: usize) {
        let faults = NetworkFaults::drawn(&mut self.rng);
        self.say(format_args!("kiosk {at} asks over the network, {faults:?}"));
        routes::requests(
            &mut self.kiosks[at],
            &self.county,
            self.true_us,
            faults,
            &mut self.totals,
            &mut self.rng,
        );
    }

    fn visit_kiosk_with_stick(&mut self, at: usize) {
        let stick = self.rng.random_range(0..STICKS);
        let bytes_max = self.rng.random_range(0..20_000);
        let kiosk = &self.kiosks[at];
        let (Some(mut outbox), Some(stick)) = (kiosk.outbox(), self.sticks.get(stick)) else {
            return;
        };
        let signer = &kiosk.identity.signer;
        let moment = kiosk.moment(self.true_us);
        let visited = courier::visit(&mut outbox, signer, stick.path(), bytes_max, moment);
        self.totals.sticks_written += 1;
        self.say(format_args!("stick visits kiosk {at}: {visited:?}"));
        if self.rng.random_bool(0.3) {
            self.damage_stick(stick.path().to_owned().as_path());
        }
    }

    fn visit_county_with_stick(&mut self) {
        let stick = self.rng.random_range(0..STICKS);
        let (Some(county), Some(stick)) = (self.county.running(), self.sticks.get(stick)) else {
            return;
        };
        let imported = county.import_bundles(stick.path());
        self.totals.sticks_read += 1;
        self.say(format_args!("stick visits the county: {imported:?}"));
    }

    /// A file is cut short, changed, or taken away.
    fn damage_stick(&mut self, stick: &Path) {
        let files = files_below(stick);
        if files.is_empty() {
            return;
        }
        let file = &files[self.rng.random_range(0..files.len())];
        let Ok(mut bytes) = std::fs::read(file) else {
            return;
        };
        let place = self.rng.random_range(0..=bytes.len().saturating_sub(1));
        let done = match self.rng.random_range(0..3) {
            0 => std::fs::remove_file(file),
            1 => std::fs::write(file, &bytes[..place]),
            _ => {
                if let Some(byte) = bytes.get_mut(place) {
                    *byte ^= 0x40;
                }
                std::fs::write(file, &bytes)
            }
        };
        if done.is_ok() {
            self.totals.stick_files_damaged += 1;
            self.say(format_args!("a file on the stick is damaged"));
        }
    }

    fn back_up(&mut self) {
        self.backups.push(self.county.back_up(self.true_us / 1000));
        self.totals.backups += 1;
        self.say(format_args!("county is backed up"));
    }

    fn restore(&mut self) {
        let oldest_ms = self.true_us / 1000 - BACKUP_DAYS_MAX * DAY_MS;
        self.backups.retain(|backup| oldest_ms <= backup.made_ms);
        let Some(backup) = self.backups.last() else {
            return;
        };
        self.county.restore(backup);
        self.totals.restorations += 1;
        self.say(format_args!("county goes back to its last backup"));
    }

    fn fill_disk(&mut self, kiosk: usize) {
        let at = self.either_disk(kiosk);
        let room = self.rng.random_range(0..60_000);
        self.totals.disks_full += 1;
        self.say(format_args!("disk {at} has {room} bytes left"));
        let disk = self.disk(at);
        let used: usize = disk
            .files()
            .iter()
            .filter_map(|path| disk.bytes(path))
            .map(|bytes| bytes.len())
            .sum();
        disk.set_capacity(Some(used as u64 + room));
        for _ in 0..self.rng.random_range(1..4) {
            match self.rng.random_range(0..3) {
                0 => self.submit(kiosk),
                1 => self.talk(kiosk),
                _ => self.requests(kiosk),
            }
        }
        self.disk(at).set_capacity(None);
    }

    fn break_disk_once(&mut self, kiosk: usize) {
        let at = self.either_disk(kiosk);
        let nth = self.rng.random_range(1..=60);
        self.totals.disk_errors += 1;
        self.say(format_args!("disk {at} fails at its operation {nth}"));
        self.disk(at).fail_at(nth, Failure::Device, Lasting::Once);
    }

    fn disk(&self, at: usize) -> &Disk {
        self.kiosks
            .get(at)
            .map_or(&self.county.disk, |kiosk| &kiosk.disk)
    }

    fn jump_clock(&mut self, at: usize) {
        let years = self.rng.random_range(-56..60);
        self.kiosks[at].wall_off_ms = years * 365 * DAY_MS;
        self.totals.clock_jumps += 1;
        self.say(format_args!("clock of kiosk {at} is {years} years off"));
    }

    /// A fault of the kiosk's own program: what it signed is no record.
    fn poison(&mut self, at: usize) {
        let kiosk = &mut self.kiosks[at];
        let moment = kiosk.moment(self.true_us);
        let signer: &KioskSigner = &kiosk.identity.signer;
        let county = CountyEnd::public();
        let Ok(sealed) = envelope::seal(Kind::Record, b"no record", signer, &county, &mut self.rng)
        else {
            return;
        };
        let hash = sealed.hash;
        let submission = Submission {
            submission_id: SubmissionId(self.rng.random()),
            slip_number: format!("poison {hash}"),
            scheme: Some(1),
            submitted: moment.wall,
            slip_url: String::new(),
            objects: vec![(1, sealed)],
        };
        // A disk that fails in the middle may have kept it all the same.
        kiosk.poison.push(hash);
        let Some(store) = kiosk.store_mut() else {
            return;
        };
        if store.submit(&submission, moment).is_ok() {
            self.totals.poison += 1;
            self.say(format_args!(
                "kiosk {at} owes {hash}, which no county takes"
            ));
        }
    }

    fn idle_cut(&mut self, kiosk: usize) {
        let at = self.either_disk(kiosk);
        self.say(format_args!("power of {at} goes"));
        self.disk(at).cut();
    }

    /// Days pass; kiosks keep house.
    fn wait(&mut self) {
        self.true_us += self.rng.random_range(0..2 * DAY_MS) * 1000;
        self.county.set_clock(self.true_us / 1000);
        for kiosk in &mut self.kiosks {
            kiosk.prune(self.true_us);
        }
        self.say(format_args!("time passes"));
    }

    /// Starts whatever is off, with power that may go again while it starts.
    fn switch_on(&mut self) {
        for at in 0..=self.kiosks.len() {
            let started = (0..STARTS_MAX).any(|_| self.try_to_start(at));
            if !started {
                let disk = self.disk(at);
                self.violations
                    .push(format!("what lies on {disk:?} does not start again"));
            }
        }
    }

    /// Whether kiosk or county is on, after power is back and one attempt to start it.
    fn try_to_start(&mut self, at: usize) -> bool {
        let is_kiosk = at < self.kiosks.len();
        if !self.disk(at).is_on() {
            match self.kiosks.get_mut(at) {
                Some(kiosk) => {
                    kiosk.stop();
                    self.totals.kiosk_cuts += 1;
                }
                None => {
                    self.county.stop();
                    self.totals.county_cuts += 1;
                }
            }
            self.disk(at).power_on();
            if self.rng.random_bool(0.25) {
                let nth = self.rng.random_range(1..=30);
                let phase = [Phase::Within, Phase::After][self.rng.random_range(0..2)];
                self.disk(at).cut_at(nth, phase);
                self.totals.cuts_while_opening += 1;
            }
        }
        let on = if is_kiosk {
            let kiosk = &mut self.kiosks[at];
            kiosk.is_running() || kiosk.start(self.true_us)
        } else {
            self.county.running().is_some() || self.county.start(&self.kiosks)
        };
        let powered = self.disk(at).is_on();
        if !on && powered {
            // A disk that failed once does not fail again.
            self.disk(at).mend();
        }
        on && powered
    }

    /// Looks at everything. Planned faults wait meanwhile: a look must see what is there.
    fn check(&mut self) {
        self.totals.checks += 1;
        for kiosk in &self.kiosks {
            let found = checkers::at_any_time(kiosk, &self.county, self.true_us);
            self.violations.extend(found);
        }
    }

    /// Takes every fault away, gives each route its time, and looks whether everything arrived.
    fn heal(&mut self) {
        self.say(format_args!("all faults are over"));
        for at in 0..=self.kiosks.len() {
            self.disk(at).mend();
            self.disk(at).set_capacity(None);
        }
        self.switch_on();
        for _ in 0..ROUNDS_AT_THE_END {
            // Longer than every wait, a refused object's among them.
            self.true_us += DAY_MS * 1000;
            self.county.set_clock(self.true_us / 1000);
            for at in 0..self.kiosks.len() {
                let (kiosk, county) = (&mut self.kiosks[at], &self.county);
                let (totals, rng) = (&mut self.totals, &mut self.rng);
                let us = self.true_us;
                routes::requests(kiosk, county, us, NetworkFaults::NONE, totals, rng);
                let talk_us = 20_000_000;
                routes::talk(kiosk, county, us, talk_us, LineFaults::NONE, totals, rng);
            }
            if self.at_rest() {
                break;
            }
        }
        for kiosk in &self.kiosks {
            let found = checkers::at_the_end(kiosk, &self.county, self.true_us);
            self.violations.extend(found);
        }
        self.count_up();
    }

    fn at_rest(&self) -> bool {
        self.kiosks.iter().all(|kiosk| {
            let owed = kiosk
                .store()
                .and_then(|store| store.all_unacknowledged(kiosk.moment(self.true_us)).ok());
            let set_aside = kiosk.store().and_then(|store| store.set_aside().ok());
            let count = set_aside.map(|set_aside| set_aside.len());
            owed.is_some_and(|owed| {
                let mut objects = owed.iter();
                Some(owed.len()) == count
                    && objects.all(|object| kiosk.poison.contains(&object.hash))
            })
        })
    }

    fn count_up(&mut self) {
        let cases = self
            .county
            .running()
            .and_then(|county| county.cases(None, 10_000).ok())
            .map_or(0, |cases| cases.len() as u64);
        self.totals.cases = cases;
        self.totals.cases_never_shown = cases.saturating_sub(self.totals.slips_shown);
        for kiosk in &self.kiosks {
            let gave_way = |shown: &&Shown| {
                let store = kiosk.store();
                store.is_some_and(|store| checkers::gave_way(store, shown))
            };
            self.totals.gave_way += kiosk.shown.iter().filter(gave_way).count() as u64;
            let rows = kiosk.store().and_then(|store| store.audit(0, 100_000).ok());
            let asked = store::AuditAction::AskedAgain as u8;
            self.totals.asked_again += rows
                .unwrap_or_default()
                .iter()
                .filter(|row| row.action == asked)
                .count() as u64;
        }
    }
}

/// Sticks are folders in memory where the machine has such.
fn stick_folder() -> std::path::PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    }
}

fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
