//! The county's server: takes sealed objects in over any route, keeps them, lets staff act on cases, and tells
//! residents where their case stands.
//!
//! [`County`] is the whole of it behind one handle. Routes hand it objects ([`intake`], [`gateway`], [`web`]);
//! everything durable goes through the ledger, the only place with SQL. Names and answers stay inside the
//! sealed objects and are opened when a page needs them.
//!
//! # HTTP
//!
//! A kiosk with an IP route sends objects so:
//!
//! | Request | Answer |
//! |---|---|
//! | `POST /v1/objects/{hash}?len={bytes}` | `200` with a signed acknowledgement: held already. `202` with the block map: these blocks are here, send the rest. `422` with a signed refusal: set aside. |
//! | `PUT /v1/objects/{hash}/blocks/{first}`, body: whole blocks from number `first` on | as above, at once if it is the whole object; `404`: offer it first; `409`: all blocks were here but their hash was another, they are dropped, send all again; `503`: too many at once, come again later |
//! | `GET /v1/acknowledgements/{kiosk}` | `200` with a signed acknowledgement of the newest objects of the kiosk, which also says how many are held |
//! | `GET /v1/county-keys/{kiosk}` | `200` with the county's next key, signed with one that the kiosk trusts; `204` if it knows it |
//! | `POST /v1/reports`, body: a sealed clock report | `200` with signed messages that its kiosk has not got, see [`envelope::join_messages`]; which of them it took the kiosk says in its next report. `422` with a signed refusal; `503` as above |
//! | `GET /S/{slip code}` | the status page |
//!
//! `hash` is the object's SHA-256 in lower-case hexadecimal. A block has [`link::BLOCK_LEN`] bytes, the last of an
//! object fewer. A block map has one bit a block, block 0 in the lowest bit of the first byte. Bodies are at most
//! [`web::BODY_MAX`] bytes. An acknowledgement is an [`envelope::CountyMessage`]; nothing else counts as one.

pub mod accounts;
pub mod audit;
mod case;
mod case_steps;
mod clock;
mod config;
pub mod courier;
mod deadlines;
mod fleet;
pub mod gateway;
mod handover;
pub mod intake;
mod keeping;
pub mod keys;
mod ledger;
pub mod list_files;
mod notice;
mod offers;
pub mod password;
pub mod proof;
mod register_key;
mod registers;
pub mod requests;
mod rulebook;
mod rules_news;
mod sealing;
mod second_factor;
pub mod spreadsheet;
mod standing;
mod storage;
mod together;
pub mod totp;
pub mod web;

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use envelope::{
    CountyKeyring, CountyMessage, CountySecret, KeyId, KioskId, KioskPublic, ObjectHash,
};
use paper::{FormBox, FormBoxes};
use parking_lot::{FairMutex, FairMutexGuard, Mutex};
use relief::{BoxState, PageBoxes, Rulebook};
use tokio::sync::Semaphore;

pub use case::{CaseLine, CaseStatus, CaseView, Paper};
pub use case_steps::{ActError, Said};
pub use clock::{Clock, SystemClock, UnixMs};
pub use config::{CONNECTIONS_MAX, CountyConfig, PostgresSettings};
pub use handover::HandoverView;
pub use ledger::{
    BucketError, BucketSettings, Copied, CopyError, LedgerError, PostgresError, cases::CaseId,
    handovers::HandoverId,
};
pub use notice::NoticeError;
pub use register_key::RegisterKeyError;
pub use registers::StateError;
pub use rulebook::{RulesFolderError, load_rules};
pub use rules_news::packed as packed_rules;
pub use storage::{BackupError, MoveError, Store, migrate, restore};

use keeping::{Arrived, Fate};
use ledger::{Connection, Ledger, Version, kiosks, objects};
use offers::Offers;
use register_key::RegisterKey;
use together::Together;

/// Why the county did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data folder cannot be made.
    #[error("data folder cannot be made: {0}")]
    DataDir(std::io::Error),
    /// The ledger should be in a database, and none is named.
    #[error("the settings name no PostgreSQL database: see [county.postgres]")]
    NoPostgres,
    /// The database's password cannot be read.
    #[error("password file cannot be read: {0}")]
    Password(io::Error),
    /// A rule file of the county's is broken.
    #[error(transparent)]
    Rules(#[from] RulesFolderError),
    /// The ledger does not open.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What the registers are sealed with cannot be had.
    #[error(transparent)]
    RegisterKey(#[from] RegisterKeyError),
}

/// Objects opened at once, 17 MB each at most. Most are records of a few kilobytes and a quarter of a millisecond of a core.
const OPENED_AT_ONCE_MAX: usize = 4;

/// Passwords compared at once, 19 MiB and some 20 ms of a core each; more wait for their turn.
const PASSWORD_TURNS: usize = 2;

/// One county's server. Clones share the ledger.
#[derive(Clone)]
pub struct County {
    inner: Arc<Inner>,
}

struct Inner {
    config: CountyConfig,
    rulebook: Rulebook,
    forms: &'static [FormBoxes],
    keyring: CountyKeyring,
    sessions: web::Sessions,
    sign_in_limits: web::SignInLimits,
    pages: web::Pages,
    door: web::Door,
    password_turns: Semaphore,
    ledger: Ledger,
    register_key: RegisterKey,
    events: registers::Events,
    /// One of them is held while an object is put together, opened and judged.
    opening: [FairMutex<()>; OPENED_AT_ONCE_MAX],
    /// How often one was asked for.
    opened: AtomicUsize,
    /// Keys of kiosks that counted when they were met.
    signers: Mutex<HashMap<(KioskId, KeyId), KioskPublic>>,
    offers: Offers,
    offered: Together<ObjectHash, objects::Known>,
    arrivals: Together<Arrived<'static>, Fate>,
    looks: Together<(), Version>,
    lines: gateway::Switchboard,
    clock: Box<dyn Clock>,
}

impl County {
    /// Opens the ledger, which is `county.db` in the data folder or in a PostgreSQL database; what is not there is made.
    /// `keyring` is the county's secret, or a [`CountyKeyring`] once the county has changed its keys.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the folder, a rule file or the ledger is unusable.
    pub fn open(
        config: CountyConfig,
        keyring: impl Into<CountyKeyring>,
        clock: impl Clock + 'static,
    ) -> Result<Self, OpenError> {
        let rulebook = match &config.rules_dir {
            Some(dir) => load_rules(dir)?,
            None => Rulebook::builtin(),
        };
        let ledger = config.open_ledger(config.store())?;
        let keyring = keyring.into();
        let register_key = RegisterKey::of_ledger(&ledger, &keyring)?;
        let clock = Box::new(clock);
        let county = Self {
            inner: Arc::new(Inner {
                config,
                rulebook,
                forms: rulebook::forms(),
                keyring,
                sessions: web::Sessions::default(),
                sign_in_limits: web::SignInLimits::default(),
                pages: web::Pages::default(),
                door: web::Door::default(),
                password_turns: Semaphore::new(PASSWORD_TURNS),
                ledger,
                register_key,
                events: registers::Events::default(),
                opening: Default::default(),
                opened: AtomicUsize::default(),
                signers: Mutex::default(),
                offers: Offers::default(),
                offered: Together::default(),
                arrivals: Together::default(),
                looks: Together::default(),
                lines: gateway::Switchboard::default(),
                clock,
            }),
        };
        county.ledger().write(ledger::log::enter_older_rows)?;
        county.take_up_rules()?;
        county.take_up_registers()?;
        Ok(county)
    }

    /// Takes a kiosk in with this key: from now on what it signs counts. Keys that the kiosk has already go on
    /// counting, so that what they signed is still opened.
    ///
    /// Says whether the key counts: false if it was revoked before, which is for good.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn enrol(&self, kiosk: &KioskPublic) -> Result<bool, LedgerError> {
        let now = self.now();
        self.ledger().write(|tx| kiosks::enrol(tx, kiosk, now))
    }

    /// Revokes a key of a kiosk for good, say because the kiosk was stolen: objects that come signed with it are
    /// set aside, and its slips are named for what they are. What was held before stays.
    ///
    /// False if the kiosk has no such key, or it is revoked already.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn revoke(&self, kiosk: KioskId, key: KeyId) -> Result<bool, LedgerError> {
        let now = self.now();
        self.ledger()
            .write(|tx| kiosks::revoke(tx, kiosk, key, now))
    }

    /// The signed message that names the county's current key to a kiosk that still seals to a former one. `None`
    /// if the kiosk knows it, or nothing of the kiosk has come yet.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn key_news(&self, kiosk: KioskId) -> Result<Option<Vec<u8>>, LedgerError> {
        let current = self.keyring().current();
        let trusted = self
            .ledger()
            .read(|connection| kiosks::county_key(connection, kiosk))?;
        let former = trusted
            .filter(|&key| key != current.key_id())
            .and_then(|key| self.keyring().find(key));
        Ok(former.map(|former| {
            CountyMessage::CountyKey {
                kiosk,
                public_key: current.public().to_bytes(),
            }
            .sign(former)
        }))
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &CountyConfig {
        &self.inner.config
    }

    /// The rules worked by.
    #[must_use]
    pub fn rulebook(&self) -> &Rulebook {
        &self.inner.rulebook
    }

    /// The boxes of a paper page with what was seen in each; `None` if this county lacks that edition of its
    /// form, so that only the scanned page tells them.
    #[must_use]
    pub fn boxes(&self, page: &PageBoxes) -> Option<Vec<(&FormBox, BoxState)>> {
        let form = self
            .inner
            .forms
            .iter()
            .find(|form| form.key == page.form && form.edition.to_string() == page.edition)?;
        page.beside(form.page(page.page)?)
    }

    /// What a form is called.
    pub(crate) fn form_title(&self, key: &str) -> Option<&str> {
        let form = self.inner.forms.iter().find(|form| form.key == key)?;
        Some(&form.title)
    }

    /// What a box of a paper page is called, whatever the edition.
    pub(crate) fn box_label(&self, id: &str) -> Option<&str> {
        let boxes = self.inner.forms.iter().flat_map(|form| &form.pages);
        boxes
            .flatten()
            .find(|field| field.id == id)
            .map(|field| field.label.as_str())
    }

    /// The current wall time.
    pub(crate) fn now(&self) -> UnixMs {
        self.inner.clock.now()
    }

    pub(crate) fn keyring(&self) -> &CountyKeyring {
        &self.inner.keyring
    }

    /// The secret to sign messages to a kiosk with: the one it sealed to last, because it trusts that.
    pub(crate) fn signing_for(
        &self,
        connection: &Connection,
        kiosk: KioskId,
    ) -> Result<&CountySecret, LedgerError> {
        Ok(self.signing_to(kiosks::county_key(connection, kiosk)?))
    }

    /// The secret to sign messages with to a kiosk that sealed to this key.
    pub(crate) fn signing_to(&self, trusted: Option<KeyId>) -> &CountySecret {
        trusted
            .and_then(|key| self.keyring().find(key))
            .unwrap_or_else(|| self.keyring().current())
    }

    /// Objects are opened a few at a time and about in the order in which they became whole, so that the memory this takes
    /// is that of a few objects, however many lines there are.
    pub(crate) fn turn_to_open(&self) -> FairMutexGuard<'_, ()> {
        let turn = self.inner.opened.fetch_add(1, Ordering::Relaxed);
        self.inner.opening[turn % OPENED_AT_ONCE_MAX].lock()
    }

    pub(crate) fn offers(&self) -> &Offers {
        &self.inner.offers
    }

    /// Where those meet who are offered an object and ask what is known of it.
    pub(crate) fn offered(&self) -> &Together<ObjectHash, objects::Known> {
        &self.inner.offered
    }

    /// Where those meet who have checked an object.
    pub(crate) fn arrivals(&self) -> &Together<Arrived<'static>, Fate> {
        &self.inner.arrivals
    }

    /// Which state the ledger is in now.
    pub(crate) fn version(&self) -> Result<Version, LedgerError> {
        self.inner.looks.bring((), |looks| {
            let version = self.ledger().look(Connection::version)?;
            Ok(vec![version; looks.len()])
        })
    }

    pub(crate) fn switchboard(&self) -> &gateway::Switchboard {
        &self.inner.lines
    }

    pub(crate) fn register_key(&self) -> &RegisterKey {
        &self.inner.register_key
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.inner.ledger
    }

    pub(crate) fn sessions(&self) -> &web::Sessions {
        &self.inner.sessions
    }

    fn sign_in_limits(&self) -> &web::SignInLimits {
        &self.inner.sign_in_limits
    }

    fn pages(&self) -> &web::Pages {
        &self.inner.pages
    }

    fn door(&self) -> &web::Door {
        &self.inner.door
    }

    fn password_turns(&self) -> &Semaphore {
        &self.inner.password_turns
    }
}
