//! What stands behind a session on either side: an outbox, parts on disk, whole objects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use link::{BLOCK_LEN, BlockMap, Disconnect, Event, ObjectId, Outbound, Priority, Session, Tick};

/// Everything here outlives a reboot.
#[derive(Default)]
pub struct Owner {
    /// What the peer has not confirmed.
    pub outbox: BTreeMap<ObjectId, (Priority, Arc<[u8]>)>,
    pub parts: BTreeMap<ObjectId, Part>,
    pub whole: BTreeMap<ObjectId, Arrived>,
    pub refused: BTreeSet<ObjectId>,
    /// Ids that are not wanted.
    pub unwanted: BTreeSet<ObjectId>,
    /// The next objects that fail the check on completion, as if a block had been damaged on disk.
    pub failing_checks: u32,
    pub disconnects: Vec<Disconnect>,
    pub log: Vec<(Tick, &'static str, ObjectId)>,
    pub progress: Vec<(ObjectId, u32)>,
}

pub struct Part {
    pub have: BlockMap,
    pub bytes: Vec<u8>,
}

pub struct Arrived {
    pub bytes: Vec<u8>,
    pub at: Tick,
}

impl Owner {
    pub fn send(
        &mut self,
        session: &mut Session,
        priority: Priority,
        bytes: Vec<u8>,
        may_be_held: bool,
    ) -> ObjectId {
        let id = name(&bytes);
        let bytes: Arc<[u8]> = bytes.into();
        session
            .send(Outbound {
                id,
                priority,
                bytes: Arc::clone(&bytes),
                may_be_held,
            })
            .expect("the bench sends only what fits");
        self.outbox.insert(id, (priority, bytes));
        id
    }

    pub fn after_reboot(&mut self, session: &mut Session) {
        for (&id, (priority, bytes)) in &self.outbox {
            session
                .send(Outbound {
                    id,
                    priority: *priority,
                    bytes: Arc::clone(bytes),
                    may_be_held: true,
                })
                .expect("the outbox fitted before");
        }
    }

    pub fn act_on_events(&mut self, now: Tick, session: &mut Session) {
        while let Some(event) = session.poll_event() {
            self.act(now, session, event);
        }
    }

    fn act(&mut self, now: Tick, session: &mut Session, event: Event) {
        match event {
            Event::Connected => {}
            Event::Disconnected { reason } => self.disconnects.push(reason),
            Event::Incompatible { peer_version } => panic!("version {peer_version} of ourselves"),
            Event::Offered { id, len, .. } => {
                self.log.push((now, "offered", id));
                let answer = if self.unwanted.contains(&id) {
                    session.refuse(id)
                } else if self.whole.contains_key(&id) {
                    session.already_held(id)
                } else {
                    let part = self.parts.entry(id).or_insert_with(|| Part::empty(len));
                    session.accept(id, part.have.clone())
                };
                answer.expect("an offer may be answered");
            }
            Event::Block { id, index, bytes } => {
                let part = self
                    .parts
                    .get_mut(&id)
                    .expect("a block belongs to an accepted object");
                part.keep(index, &bytes);
            }
            Event::Complete { id } => {
                let part = self.parts.remove(&id).expect("a complete object has parts");
                let answer = if 0 < self.failing_checks {
                    self.failing_checks -= 1;
                    self.parts.insert(id, Part::empty(part.have.len_bytes()));
                    session.restart(id)
                } else {
                    assert_eq!(name(&part.bytes), id, "the bytes are those that were sent");
                    let before = self.whole.insert(
                        id,
                        Arrived {
                            bytes: part.bytes,
                            at: now,
                        },
                    );
                    assert!(before.is_none(), "an object is delivered once");
                    session.confirm(id)
                };
                answer.expect("a complete object may be confirmed");
            }
            Event::Arrived { id, bytes, .. } => {
                assert_eq!(name(&bytes), id, "the bytes are those that were sent");
                let answer = if self.unwanted.contains(&id) {
                    session.refuse(id)
                } else {
                    self.parts.remove(&id);
                    // An answer that was lost with its line: the object was here before.
                    self.whole.entry(id).or_insert(Arrived { bytes, at: now });
                    session.confirm(id)
                };
                answer.expect("an object that arrived may be answered");
            }
            Event::Withdrawn { id } => self.log.push((now, "withdrawn", id)),
            Event::Progress {
                id,
                acked_bytes,
                len,
            } => {
                assert!(acked_bytes <= len);
                self.progress.push((id, acked_bytes));
            }
            Event::Delivered { id } => {
                assert!(
                    self.outbox.remove(&id).is_some(),
                    "an object is reported as delivered once"
                );
            }
            Event::Refused { id } => {
                self.outbox.remove(&id);
                self.refused.insert(id);
            }
        }
    }
}

impl Part {
    pub fn empty(len: u32) -> Self {
        Self {
            have: BlockMap::empty(len),
            bytes: vec![0; len as usize],
        }
    }

    pub fn keep(&mut self, index: u32, bytes: &[u8]) {
        assert!(self.have.insert(index), "a block is handed over once");
        self.bytes[index as usize * BLOCK_LEN..][..bytes.len()].copy_from_slice(bytes);
    }
}

/// A name that depends on every byte (four FNV-1a sums with different starts).
pub fn name(bytes: &[u8]) -> ObjectId {
    let mut id = [0; 32];
    for (salt, sum) in id.chunks_exact_mut(8).enumerate() {
        let start = 0xcbf2_9ce4_8422_2325_u64 ^ (salt as u64) << 17;
        let hash = bytes.iter().fold(start, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        sum.copy_from_slice(&hash.to_be_bytes());
    }
    ObjectId(id)
}
