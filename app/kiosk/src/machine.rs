//! The whole kiosk put together: file, workers, routes and screen, started and stopped as one.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, SyncSender};
use std::thread::JoinHandle;
use std::time::Instant;

use paper::{Form, Typeface, TypefaceError};
use store::salvage::{self, RecoverError};
use store::{AuditAction, AuditActor, OpenError, ReadError, Store};

use crate::appliance::clock::Clock;
use crate::appliance::content::Policy;
use crate::appliance::policy_in_force::{PolicyInForce, RenewError};
use crate::appliance::{Appliance, Devices, Identity, Material, desk};
use crate::display::{DisplayError, FrameUpdate, KIOSK_SIZE};
use crate::font::NOTO_SANS_SC;
use crate::ui_thread::{self, UiMessage};
use crate::uplink::keeper::{self, UplinkSettings};
use crate::uplink::outbox::{About, Outbox};
use crate::uplink::{Bell, Worker};

/// Messages that may wait for the screen thread: a finger that slides sends about a hundred a second.
const MESSAGES_WAITING_MAX: usize = 256;

/// Stands in a record's time where the number of the boot could not be kept; counted boots begin at 1.
const UNCOUNTED_BOOT: u32 = 0;

/// What a kiosk is made of.
pub struct Setup {
    /// Its name and keys.
    pub identity: Identity,
    /// Its devices.
    pub devices: Devices,
    /// The data that it works by.
    pub policy: Policy,
    /// The forms that its camera may see.
    pub forms: Vec<Form>,
    /// Its file; made if it is not there.
    pub store_path: PathBuf,
    /// The routes to the county.
    pub uplink: UplinkSettings,
}

/// Why a kiosk did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its file does not open.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// Its file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Its file is damaged and could not be made sound.
    #[error(transparent)]
    Recover(#[from] RecoverError),
    /// The embedded typeface is broken.
    #[error(transparent)]
    Typeface(#[from] TypefaceError),
    /// There is no policy to work by.
    #[error(transparent)]
    Policy(#[from] RenewError),
    /// The system gives no random bytes.
    #[error("no random bytes: {0}")]
    Random(#[from] getrandom::Error),
}

/// A running kiosk. Dropping it ends the screen, then the workers, then the routes; what is queued stays in the file.
pub struct Machine {
    screen: SyncSender<UiMessage>,
    screen_thread: Option<JoinHandle<Result<(), DisplayError>>>,
    appliance: Arc<Appliance>,
    _uplink: Worker,
}

impl Machine {
    /// Starts everything. `on_frame` gets each change of the picture, on the screen's thread, and must not wait.
    ///
    /// # Errors
    ///
    /// [`StartError`]; nothing runs then.
    pub fn start(
        setup: Setup,
        on_frame: impl FnMut(FrameUpdate<'_>) + Send + 'static,
    ) -> Result<Self, StartError> {
        let started = Instant::now();
        let Setup {
            identity,
            devices,
            policy,
            forms,
            store_path,
            uplink,
        } = setup;
        let recovered = salvage::make_sound(&store_path)?;
        let mut store = Store::open(&store_path)?;
        let unnumbered = Clock::new(UNCOUNTED_BOOT, started).now().moment;
        // A disk too full to count the boot must still send what it holds.
        let boot = store.begin_boot(unnumbered.tick_ms, unnumbered.wall);
        let clock = Clock::new(boot.unwrap_or(UNCOUNTED_BOOT), started);
        // The visit that these parts belong to is over, and their key is gone.
        let _ = store.drop_drafts();
        if let Some(report) = recovered {
            let lost: u64 = report.tables.iter().map(|table| table.lost).sum();
            eprintln!(
                "kiosk: the file was damaged and is rebuilt, {lost} rows are lost; what was damaged is in {}",
                report.damaged.display()
            );
            let (actor, action) = (AuditActor::Kiosk, AuditAction::Rebuilt);
            let _ = store.note(actor, action, &lost.to_string(), clock.now().moment);
        }
        let (policy, content) = PolicyInForce::new(
            policy,
            identity.county.clone(),
            identity.county_code,
            &forms,
            &store,
            desk::today(&clock),
        )?;
        let typeface = Typeface::parse(NOTO_SANS_SC)?;
        let (screen, messages) = mpsc::sync_channel(MESSAGES_WAITING_MAX);

        let store_of_uplink = Store::open(&store_path)?;
        let outbox = Outbox::new(store_of_uplink, identity.signer.clone(), &identity.county)?
            .telling(About {
                health: devices.health.clone(),
                editions: policy.editions(),
            });
        let bell = Bell::default();
        let to_screen = screen.clone();
        let nonce = getrandom::u64()?;
        let worker = Worker::start(bell.clone(), move |bell| {
            keeper::run(&uplink, outbox, nonce, clock, to_screen, &bell);
        });

        let content = Arc::new(content);
        let material = Material {
            policy,
            forms,
            typeface,
        };
        let ring = move || bell.ring();
        let appliance = Arc::new(Appliance::start(
            identity,
            devices,
            material,
            store,
            clock,
            screen.clone(),
            ring,
        ));
        let hand = appliance.clone();
        let screen_thread = std::thread::spawn(move || {
            ui_thread::run(
                KIOSK_SIZE,
                content,
                started,
                &messages,
                move |effect| hand.handle(effect),
                on_frame,
            )
        });
        Ok(Self {
            screen,
            screen_thread: Some(screen_thread),
            appliance,
            _uplink: worker,
        })
    }

    /// Hands a message to the screen; dropped if the screen has ended or hangs.
    pub fn tell_screen(&self, message: UiMessage) {
        let _ = self.screen.try_send(message);
    }

    /// The way to the screen, for those who wait for its answers.
    #[must_use]
    pub fn screen(&self) -> &SyncSender<UiMessage> {
        &self.screen
    }

    /// Keeps the kiosk's file from growing, as a full disk would, or lets it grow again.
    pub fn bound_store(&self, bounded: bool) {
        self.appliance.bound_store(bounded);
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // The screen thread empties its channel until it sees this, so there is room sooner or later.
        let _ = self.screen.send(UiMessage::Stop);
        if let Some(thread) = self.screen_thread.take() {
            let _ = thread.join();
        }
    }
}
