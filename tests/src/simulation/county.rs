//! The county of a simulated world: the real one, on a simulated disk.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use county::{Clock, County, CountyConfig, UnixMs};
use envelope::CountySecret;
use kiosk::uplink::carry::{Reply, Request};

use super::COUNTY_CODE;
use super::kiosk::KioskEnd;
use crate::disk::{Disk, Snapshot};

/// Where the ledger lies on its disk.
const DATA_DIR: &str = "/county";

/// The county's seed of keys; the same in every world.
const SEED: [u8; 64] = [0x22; 64];

/// A clock that the world moves.
#[derive(Clone)]
pub(crate) struct SetClock(pub(crate) Arc<AtomicI64>);

impl Clock for SetClock {
    fn now(&self) -> UnixMs {
        UnixMs(self.0.load(Ordering::Relaxed))
    }
}

/// A copy of the county's disk, and when it was made.
pub(crate) struct Backup {
    pub(crate) made_ms: i64,
    snapshot: Snapshot,
}

/// The county, switched on or not.
pub(crate) struct CountyEnd {
    pub(crate) disk: Disk,
    pub(crate) clock: SetClock,
    running: Option<County>,
}

impl CountyEnd {
    pub(crate) fn new(disk: Disk, now_ms: i64) -> Self {
        Self {
            disk,
            clock: SetClock(Arc::new(AtomicI64::new(now_ms))),
            running: None,
        }
    }

    pub(crate) fn public() -> envelope::CountyPublic {
        CountySecret::from_seed(SEED).public()
    }

    /// The county, if it is on.
    pub(crate) fn running(&self) -> Option<&County> {
        self.running.as_ref()
    }

    /// Opens the ledger and takes the kiosks in; `false` if the disk does not let it.
    pub(crate) fn start(&mut self, kiosks: &[KioskEnd]) -> bool {
        let config = CountyConfig {
            county_code: COUNTY_CODE,
            bureau: String::new(),
            data_dir: PathBuf::from(DATA_DIR),
            postgres: None,
            bucket: None,
            rules_dir: None,
            public_url: "http://county".to_owned(),
            vfs: Some(self.disk.name().to_owned()),
        };
        let secret = CountySecret::from_seed(SEED);
        let opened = County::open(config, secret, self.clock.clone());
        self.running = opened.ok().filter(|county| {
            kiosks
                .iter()
                .all(|kiosk| county.enrol(&kiosk.public()).is_ok())
        });
        self.running.is_some()
    }

    pub(crate) fn set_clock(&self, now_ms: i64) {
        self.clock.0.store(now_ms, Ordering::Relaxed);
    }

    /// The program ends; what it had not synced stays in flight.
    pub(crate) fn stop(&mut self) {
        self.running = None;
    }

    pub(crate) fn back_up(&self, now_ms: i64) -> Backup {
        Backup {
            made_ms: now_ms,
            snapshot: self.disk.snapshot(),
        }
    }

    pub(crate) fn restore(&mut self, backup: &Backup) {
        self.stop();
        self.disk.restore(&backup.snapshot);
        self.disk.power_on();
    }

    /// Answers a request as the web server does; `None` if the county is off or its disk fails.
    pub(crate) fn answer(&self, request: Request<'_>) -> Option<Reply> {
        let county = self.running.as_ref()?;
        let answer = match request {
            Request::Offer { hash, len } => county.answer_offer(hash, len),
            Request::Blocks { hash, first, bytes } => county.answer_blocks(hash, first, bytes),
        };
        let answer = answer.ok()?;
        Some(Reply {
            status: answer.status,
            body: answer.body,
        })
    }
}
