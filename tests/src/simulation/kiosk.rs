//! A kiosk of a simulated world: its real file, reception and routes, on a simulated disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::kiosk::appliance::Identity;
use ::kiosk::appliance::clock::Now;
use ::kiosk::appliance::reception::Reception;
use ::kiosk::appliance::visit_drafts::VisitDrafts;
use ::kiosk::flow::Finished;
use ::kiosk::uplink::outbox::Outbox;
use envelope::{KioskId, KioskPublic, KioskSigner, ObjectHash};
use link::Tick;
use rand_chacha::ChaCha20Rng;
use store::{Moment, Retention, Store, SubmissionId, UnixMs};

use super::COUNTY_CODE;
use super::county::CountyEnd;
use crate::applicants::Secrets;
use crate::disk::Disk;

/// Where the kiosk's file lies on its disk.
const STORE_PATH: &str = "/kiosk.db";

/// A slip that a person was shown, and what it promises.
pub(crate) struct Shown {
    pub(crate) slip_number: String,
    pub(crate) submission_id: SubmissionId,
    pub(crate) hashes: Vec<ObjectHash>,
    /// The time on it, by the kiosk's clock of then.
    pub(crate) submitted: UnixMs,
    /// The boot in which it was given.
    pub(crate) boot: u32,
}

/// A kiosk, switched on or not.
pub(crate) struct KioskEnd {
    pub(crate) disk: Disk,
    pub(crate) identity: Identity,
    pub(crate) shown: Vec<Shown>,
    pub(crate) secrets: Vec<Secrets>,
    /// Objects that no county will take, by what they are named.
    pub(crate) poison: Vec<ObjectHash>,
    /// How far its wall clock is off.
    pub(crate) wall_off_ms: i64,
    running: Option<Running>,
}

struct Running {
    store: Store,
    reception: Reception,
    boot: u32,
    started_us: i64,
}

impl KioskEnd {
    pub(crate) fn new(number: u16, disk: Disk) -> Self {
        let seed = [number.to_be_bytes()[1] | 0x40; 32];
        Self {
            disk,
            identity: Identity {
                signer: Arc::new(KioskSigner::from_seed(KioskId(number), seed)),
                county: CountyEnd::public(),
                county_code: COUNTY_CODE,
                status_base_url: "http://county".to_owned(),
            },
            shown: Vec::new(),
            secrets: Vec::new(),
            poison: Vec::new(),
            wall_off_ms: 0,
            running: None,
        }
    }

    pub(crate) fn id(&self) -> KioskId {
        self.identity.signer.id()
    }

    pub(crate) fn public(&self) -> KioskPublic {
        self.identity.signer.public()
    }

    /// Opens the file; `false` if the disk does not let it.
    pub(crate) fn start(&mut self, true_us: i64) -> bool {
        let wall = UnixMs(true_us / 1000 + self.wall_off_ms);
        self.running = Store::open_on(STORE_PATH, self.disk.name())
            .ok()
            .and_then(|mut store| {
                let boot = store.begin_boot(0, wall).ok()?;
                Some(Running {
                    store,
                    reception: Reception::default(),
                    boot,
                    started_us: true_us,
                })
            });
        self.running.is_some()
    }

    /// The program ends; what it had not synced stays in flight.
    pub(crate) fn stop(&mut self) {
        self.running = None;
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// What its clocks say; before the first start, a boot that never was.
    pub(crate) fn now(&self, true_us: i64) -> Now {
        let (boot, started_us) = self
            .running
            .as_ref()
            .map_or((0, true_us), |running| (running.boot, running.started_us));
        let tick_us = u64::try_from(true_us - started_us).unwrap_or(0);
        let wall = UnixMs(true_us / 1000 + self.wall_off_ms);
        Now::new(boot, Tick(tick_us), wall)
    }

    pub(crate) fn moment(&self, true_us: i64) -> Moment {
        self.now(true_us).moment
    }

    /// The desk's connection to the file.
    pub(crate) fn store(&self) -> Option<&Store> {
        Some(&self.running.as_ref()?.store)
    }

    /// Takes in what a visit ends with as the desk does; the slip counts as shown if it succeeds.
    pub(crate) fn take_in(
        &mut self,
        finished: &Finished,
        true_us: i64,
        rng: &mut ChaCha20Rng,
    ) -> bool {
        let now = self.now(true_us);
        let Some(running) = &mut self.running else {
            return false;
        };
        let Running {
            store, reception, ..
        } = running;
        let drafts = VisitDrafts::new(rng);
        let Ok(taken) = reception.take_in(finished, &drafts, store, &self.identity, now, rng)
        else {
            return false;
        };
        let receipt = taken.receipt;
        // What the slip promises is read back, as far as the disk lets it.
        let hashes = hashes_of(store, now.moment, receipt.submission_id);
        self.shown.push(Shown {
            slip_number: receipt.slip_number,
            submission_id: receipt.submission_id,
            hashes,
            submitted: receipt.submitted,
            boot: now.moment.boot,
        });
        true
    }

    /// The person has gone.
    pub(crate) fn forget(&mut self) {
        if let Some(running) = &mut self.running {
            running.reception.forget();
        }
    }

    pub(crate) fn prune(&mut self, true_us: i64) {
        let now = self.moment(true_us);
        if let Some(running) = &mut self.running {
            // A disk that fails prunes the next time.
            let _ = running.store.prune(&Retention::default(), now);
        }
    }

    pub(crate) fn store_mut(&mut self) -> Option<&mut Store> {
        Some(&mut self.running.as_mut()?.store)
    }

    /// A route's own connection to the file; `None` if the kiosk is off or the disk does not let it.
    pub(crate) fn outbox(&self) -> Option<Outbox> {
        self.running.as_ref()?;
        let store = Store::open_on(STORE_PATH, self.disk.name()).ok()?;
        Outbox::new(store, self.identity.signer.clone(), &self.identity.county).ok()
    }
}

fn hashes_of(store: &Store, now: Moment, id: SubmissionId) -> Vec<ObjectHash> {
    let owed = store.all_unacknowledged(now).unwrap_or_default();
    let of_id: BTreeMap<_, _> = owed
        .iter()
        .filter(|object| object.submission_id == id)
        .map(|object| (object.priority, object.hash))
        .collect();
    of_id.into_values().collect()
}
