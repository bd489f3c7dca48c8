//! The county's side of one talk: what a [`link::Session`] tells goes to the ledger, and what the ledger owes goes down
//! the line.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use envelope::{KioskId, MAX_SEALED_LEN, ObjectHash};
use link::{
    Disconnect, Escape, Event, ObjectId, Outbound, Priority, Quality, SendError, Session, Stats,
    Tick,
};

use crate::{
    County,
    intake::{ACKNOWLEDGED_MAX, Completion, ObjectRefused, Offer, Taken},
    ledger::{LedgerError, downlink, objects},
};

/// Status messages on their way at once; the rest waits in the ledger, so that a kiosk with many open
/// cases still gets acknowledgements first.
const STATUS_IN_FLIGHT_MAX: usize = 4;

/// Objects that a kiosk is told of when it comes: they take a third of a second at 9600 bit/s.
const NEWEST_TOLD: u32 = 8;

/// Objects that a line may owe acknowledgements for, 32 acknowledgements' worth. At this bound a further one is not noted:
/// its kiosk offers it again and hears of it then.
const OWED_MAX: usize = 1024;

/// How often the ledger is looked at for messages that staff or another route caused.
const DOWNLINK_LOOK: Duration = Duration::from_secs(1);

/// What is on its way down to the kiosk.
enum Sent {
    Acknowledgement {
        kiosk: KioskId,
        hashes: Vec<ObjectHash>,
    },
    Status {
        row: i64,
    },
    /// A refusal or a key, which the kiosk hears again the next time.
    Other,
}

/// How a talk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether both sides have heard each other, and since when that is so or not so.
    pub connected: bool,
    /// When `connected` changed last, or when the gateway was made.
    pub since: Tick,
    /// How often the two have met.
    pub connections: u64,
    /// Why they parted last.
    pub parted: Option<Disconnect>,
    /// The other side speaks no version of the protocol that we speak.
    pub incompatible: bool,
    /// The kiosk that has shown itself and is still there.
    pub kiosk: Option<KioskId>,
    /// Objects that came to be held over this line.
    pub objects: u64,
    /// What the session counted.
    pub link: Stats,
    /// What the session measured.
    pub quality: Quality,
}

impl Standing {
    /// Of a gateway that nobody has met.
    pub(super) fn at_first(now: Tick) -> Self {
        Self {
            connected: false,
            since: now,
            connections: 0,
            parted: None,
            incompatible: false,
            kiosk: None,
            objects: 0,
            link: Stats::default(),
            quality: Quality::default(),
        }
    }
}

/// Takes objects off one line into the ledger, and sends acknowledgements and status messages back.
///
/// The caller owns the port and the ticks: after any call that takes `now`, drain
/// [`poll_transmit`](Self::poll_transmit), then sleep until [`deadline`](Self::deadline) or until bytes
/// arrive, whichever is first.
///
/// Every event is written to the ledger before the call that brought it returns: a caller that reads no further bytes
/// meanwhile holds no more than what one read brought.
///
/// Who is at the other end shows by what it signed. On a line that is wired to one kiosk status messages go down at
/// once, on one that anybody may call when the kiosk has sent or offered anything. A [`LedgerError`] ends the gateway;
/// the kiosk keeps what is not acknowledged, and a new gateway goes on from what is in the ledger.
pub struct Gateway {
    county: County,
    session: Session,
    /// The kiosk that the line is wired to.
    wired_to: Option<KioskId>,
    /// The kiosk that has shown itself.
    kiosk: Option<KioskId>,
    /// Held objects of which the kiosk at this line has not been told.
    owed: BTreeMap<KioskId, BTreeSet<ObjectHash>>,
    sent: HashMap<ObjectId, Sent>,
    /// Objects whose blocks are on their way to us, and their lengths; the session has no more than 32 open.
    coming: HashMap<ObjectId, u32>,
    look_at: Tick,
    standing: Standing,
}

impl Gateway {
    /// A gateway that begins to greet. `nonce` is fresh and random for every gateway; `wired_to` is the kiosk at the
    /// other end of a fixed line, `None` where anybody may call.
    #[must_use]
    pub fn new(county: County, wired_to: Option<KioskId>, nonce: u64, now: Tick) -> Self {
        Self::over(Escape::default(), county, wired_to, nonce, now)
    }

    /// The same over a line that acts on some bytes by itself.
    #[must_use]
    pub fn over(
        escape: Escape,
        county: County,
        wired_to: Option<KioskId>,
        nonce: u64,
        now: Tick,
    ) -> Self {
        let config = link::Config {
            max_object_len: u32::try_from(MAX_SEALED_LEN).unwrap_or(link::MAX_OBJECT_LEN),
            escape,
            ..link::Config::default()
        };
        Self {
            county,
            session: Session::new(config, identify, nonce, now),
            wired_to,
            kiosk: None,
            owed: BTreeMap::new(),
            sent: HashMap::new(),
            coming: HashMap::new(),
            look_at: now,
            standing: Standing::at_first(now),
        }
    }

    /// Takes bytes that arrived; blocks among them are on disk when this returns.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn handle_bytes(&mut self, now: Tick, bytes: &[u8]) -> Result<(), LedgerError> {
        self.session.handle_bytes(now, bytes);
        self.settle(now)
    }

    /// Lets waits that ended by `now` take effect; early calls are harmless.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] if the disk fails.
    pub fn handle_timeout(&mut self, now: Tick) -> Result<(), LedgerError> {
        self.session.handle_timeout(now);
        self.settle(now)
    }

    /// Appends at most `room` bytes for the line to `out` and returns how many.
    pub fn poll_transmit(&mut self, now: Tick, room: usize, out: &mut Vec<u8>) -> usize {
        self.session.poll_transmit(now, room, out)
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due next.
    #[must_use]
    pub fn deadline(&self) -> Option<Tick> {
        let look_at = self.listener().map(|_| self.look_at);
        match (self.session.deadline(), look_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// How the talk stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            kiosk: self.kiosk,
            link: self.session.stats(),
            quality: self.session.quality(),
            ..self.standing
        }
    }

    fn settle(&mut self, now: Tick) -> Result<(), LedgerError> {
        let mut arrived = Vec::new();
        while let Some(event) = self.session.poll_event() {
            if let Event::Block { id, index, bytes } = event {
                arrived.push((id, index, bytes));
                continue;
            }
            self.keep(&mut arrived)?;
            self.note_standing(now, &event);
            self.handle(event)?;
        }
        self.keep(&mut arrived)?;
        if self.listener().is_some() && self.look_at <= now {
            self.look_at = now + DOWNLINK_LOOK;
            self.send_status()?;
        }
        self.send_acknowledgements()
    }

    fn note_standing(&mut self, now: Tick, event: &Event) {
        let standing = &mut self.standing;
        match event {
            Event::Connected => {
                (standing.connected, standing.since) = (true, now);
                standing.connections += 1;
            }
            Event::Disconnected { reason } => {
                (standing.connected, standing.since) = (false, now);
                standing.parted = Some(*reason);
            }
            Event::Incompatible { .. } => standing.incompatible = true,
            _ => {}
        }
    }

    /// Writes blocks to the ledger, each run of one object's blocks in one transaction.
    fn keep(&self, arrived: &mut Vec<(ObjectId, u32, Vec<u8>)>) -> Result<(), LedgerError> {
        for run in arrived.chunk_by(|a, b| a.0 == b.0) {
            let Some((id, ..)) = run.first() else {
                continue;
            };
            let blocks = run
                .iter()
                .map(|(_, index, bytes)| (*index, bytes.as_slice()));
            self.county.add_blocks(ObjectHash(id.0), blocks)?;
        }
        arrived.clear();
        Ok(())
    }

    /// The session's answers fail only when the peer has moved on since, and then it offers again.
    fn handle(&mut self, event: Event) -> Result<(), LedgerError> {
        match event {
            Event::Offered { id, len, .. } => match self.county.offer(ObjectHash(id.0), len)? {
                Offer::Held { kiosk } => {
                    let _moved_on = self.session.already_held(id);
                    self.owe(kiosk, id)?;
                }
                Offer::Wanted { have } => {
                    if self.session.accept(id, have).is_ok() {
                        self.coming.insert(id, len);
                    }
                }
                Offer::Refused { reason } => self.refuse(id, reason)?,
            },
            Event::Complete { id } => self.complete(id)?,
            Event::Arrived { id, bytes, .. } => {
                match self.county.take_whole(ObjectHash(id.0), &bytes)? {
                    Taken::New { kiosk } => {
                        self.standing.objects += 1;
                        let _moved_on = self.session.confirm(id);
                        self.owe(kiosk, id)?;
                    }
                    Taken::Known { kiosk } => {
                        let _moved_on = self.session.already_held(id);
                        self.owe(kiosk, id)?;
                    }
                    Taken::Refused { reason } => self.refuse(id, reason)?,
                    // The session made the name from the same bytes.
                    Taken::Damaged => {
                        let _moved_on = self.session.refuse(id);
                    }
                }
            }
            Event::Delivered { id } => match self.sent.remove(&id) {
                Some(Sent::Acknowledgement { hashes, .. }) => self.county.told(&hashes)?,
                Some(Sent::Status { row }) => self.county.status_delivered(row)?,
                Some(Sent::Other) | None => {}
            },
            // A kiosk that does not want a status message is not asked again; an acknowledgement follows its offers.
            Event::Refused { id } => {
                if let Some(Sent::Status { row }) = self.sent.remove(&id) {
                    self.county.status_delivered(row)?;
                }
            }
            // Another kiosk may be the next to call.
            Event::Disconnected { .. } => {
                for (id, _) in self.sent.drain() {
                    self.session.cancel(id);
                }
                self.owed.clear();
                self.coming.clear();
                self.kiosk = None;
            }
            // Who is wired to the line hears at once what the county holds, and so whether it has gone back to a backup.
            Event::Connected => {
                if let Some(kiosk) = self.wired_to {
                    self.owe_newest(kiosk)?;
                }
            }
            Event::Withdrawn { id } => {
                self.coming.remove(&id);
            }
            Event::Incompatible { .. } | Event::Progress { .. } | Event::Block { .. } => {}
        }
        Ok(())
    }

    fn complete(&mut self, id: ObjectId) -> Result<(), LedgerError> {
        let hash = ObjectHash(id.0);
        let came = self.coming.remove(&id);
        match self.county.complete(hash)? {
            Completion::Held { kiosk } => {
                self.standing.objects += 1;
                let _moved_on = self.session.confirm(id);
                self.owe(kiosk, id)?;
            }
            Completion::Refused { reason } => self.refuse(id, reason)?,
            Completion::Damaged | Completion::Incomplete { .. } | Completion::NotOffered => {
                // Blocks that had to make room for others are waited for again, from the first on.
                if let Some(len) = came {
                    self.county.offer(hash, len)?;
                    self.coming.insert(id, len);
                }
                let _moved_on = self.session.restart(id);
            }
        }
        Ok(())
    }

    /// Who hears what goes down the line.
    fn listener(&self) -> Option<KioskId> {
        self.kiosk.or(self.wired_to)
    }

    /// Notes that the kiosk is to be told of an object, and, when this shows which kiosk it is, of all
    /// that it was never told of. Each acknowledgement also says how much the county holds.
    fn owe(&mut self, kiosk: KioskId, id: ObjectId) -> Result<(), LedgerError> {
        if self.kiosk != Some(kiosk) {
            self.kiosk = Some(kiosk);
            let untold = self
                .county
                .ledger()
                .read(|connection| objects::untold(connection, kiosk, ACKNOWLEDGED_MAX as u32))?;
            self.owed.entry(kiosk).or_default().extend(untold);
            self.owe_newest(kiosk)?;
            if let Some(message) = self.county.key_news(kiosk)? {
                self.send(message, Sent::Other);
            }
        }
        if self.owed.values().map(BTreeSet::len).sum::<usize>() < OWED_MAX {
            self.owed.entry(kiosk).or_default().insert(ObjectHash(id.0));
        }
        Ok(())
    }

    /// Says no, and why under the county's signature, so that the kiosk can show it.
    fn refuse(&mut self, id: ObjectId, reason: ObjectRefused) -> Result<(), LedgerError> {
        let _moved_on = self.session.refuse(id);
        if let Some(message) = self.county.refusal(ObjectHash(id.0), reason)? {
            // With a full queue the kiosk hears the reason the next time that it offers the object.
            self.send(message, Sent::Other);
        }
        Ok(())
    }

    /// Notes that the kiosk is to hear which objects came last and under which numbers: numbers that it knows of other
    /// objects tell it that the county has gone back to a backup.
    fn owe_newest(&mut self, kiosk: KioskId) -> Result<(), LedgerError> {
        let newest = self
            .county
            .ledger()
            .read(|connection| objects::newest(connection, kiosk, NEWEST_TOLD))?;
        self.owed.entry(kiosk).or_default().extend(newest);
        Ok(())
    }

    /// One acknowledgement is on its way at a time; what comes meanwhile goes into the next.
    fn send_acknowledgements(&mut self) -> Result<(), LedgerError> {
        let on_its_way: BTreeSet<KioskId> = self
            .sent
            .values()
            .filter_map(|sent| match sent {
                Sent::Acknowledgement { kiosk, .. } => Some(*kiosk),
                Sent::Status { .. } | Sent::Other => None,
            })
            .collect();
        let due: Vec<KioskId> = self
            .owed
            .keys()
            .copied()
            .filter(|kiosk| !on_its_way.contains(kiosk))
            .collect();
        for kiosk in due {
            let Some(mut owed) = self.owed.remove(&kiosk) else {
                continue;
            };
            let hashes: Vec<ObjectHash> = owed.iter().copied().take(ACKNOWLEDGED_MAX).collect();
            let message = self.county.acknowledgement(kiosk, &hashes)?;
            let sent = Sent::Acknowledgement {
                kiosk,
                hashes: hashes.clone(),
            };
            if !self.send(message, sent) {
                self.owed.insert(kiosk, owed);
                continue;
            }
            owed.retain(|hash| !hashes.contains(hash));
            if !owed.is_empty() {
                self.owed.insert(kiosk, owed);
            }
        }
        Ok(())
    }

    fn send_status(&mut self) -> Result<(), LedgerError> {
        let Some(kiosk) = self.listener() else {
            return Ok(());
        };
        let rows: BTreeSet<i64> = self
            .sent
            .values()
            .filter_map(|sent| match sent {
                Sent::Status { row } => Some(*row),
                Sent::Acknowledgement { .. } | Sent::Other => None,
            })
            .collect();
        let owed = self
            .county
            .ledger()
            .read(|connection| downlink::owed(connection, kiosk, STATUS_IN_FLIGHT_MAX as u32))?;
        for status in owed {
            if !rows.contains(&status.id) {
                self.send(status.message, Sent::Status { row: status.id });
            }
        }
        Ok(())
    }

    /// False if the session's queue is full, which ends with the next delivery.
    fn send(&mut self, message: Vec<u8>, sent: Sent) -> bool {
        let id = identify(&message);
        let outbound = Outbound {
            id,
            priority: Priority::Control,
            bytes: Arc::from(message),
            may_be_held: false,
        };
        match self.session.send(outbound) {
            Ok(()) => {
                self.sent.insert(id, sent);
                true
            }
            Err(SendError::AlreadyQueued) => true,
            Err(SendError::Full { .. } | SendError::Empty | SendError::TooLong { .. }) => false,
        }
    }
}

/// Names an object as the envelope does.
fn identify(bytes: &[u8]) -> ObjectId {
    ObjectId(ObjectHash::of(bytes).0)
}
