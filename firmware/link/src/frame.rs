//! What frames mean, and their bytes. The layout is described in the crate's documentation.

use alloc::vec::Vec;

use crate::config::MAX_OPEN;
use crate::{Escape, ObjectId, Priority};

/// In the first byte of a packet: it has a number and is acknowledged.
const NUMBERED: u8 = 0x80;
/// In the first byte of a packet: the number takes two bytes instead of one.
const WIDE: u8 = 0x40;
/// In the first byte of a packet: the sender waits for an acknowledgement.
const POLL: u8 = 0x20;

/// In the first byte of an item: it carries blocks, and the low five bits are their slot, not a kind.
const BLOCKS: u8 = 0x80;
/// In the first byte of an item that carries blocks: it announces their object.
const ANNOUNCES: u8 = 0x40;
/// In the first byte of an item that carries blocks: their slot.
const SLOT: u8 = 0x1f;

/// The low bits of a short object's length field are its priority.
const PRIORITY_BITS: u32 = 2;

const HELLO: u8 = 1;
const UNNUMBERED: u8 = 2;

const ACK: u8 = 2;
const PING: u8 = 3;
const OFFER: u8 = 4;
const ACCEPT: u8 = 5;
const CONFIRM: u8 = 6;
const REFUSE: u8 = 7;
const CANCEL: u8 = 8;

const SETTLED: u8 = 0x01;
const ESCAPE_FLOW_CONTROL: u8 = 0x02;
const ESCAPE_PLUS: u8 = 0x04;

/// Most bytes of runs in one `Accept`; a map with more runs takes several.
pub(crate) const MAX_RUN_BYTES: usize = 180;

/// What a frame carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame<'a> {
    Hello(Hello),
    Packet(Packet<'a>),
}

/// Items that arrive together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    /// Without one it only acknowledges, and is not acknowledged itself.
    pub(crate) head: Option<Head>,
    pub(crate) items: Items<'a>,
}

/// What makes a packet acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) number: WireNumber,
    /// The sender waits for an acknowledgement.
    pub(crate) poll: bool,
}

/// Says who is here and whom it has heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hello {
    /// The newest version the sender speaks.
    pub(crate) version: u8,
    /// The sender is connected; it needs no answer.
    pub(crate) settled: bool,
    /// What must not appear on the line, as far as the sender knows.
    pub(crate) escape: Escape,
    /// Names this connection on the sender's side; never 0.
    pub(crate) nonce: u64,
    /// The nonce heard from the other side; 0 before anything was heard.
    pub(crate) echo: u64,
}

/// Which numbered frames arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ack {
    /// The low 16 bits of the newest number that arrived.
    pub(crate) newest: u16,
    /// How long that frame has waited for this acknowledgement, in milliseconds.
    pub(crate) delay_ms: u32,
    /// How many numbers just below the newest arrived without a gap.
    pub(crate) run: u32,
    /// How many numbers this is about, the newest and those below it.
    pub(crate) reach: u32,
    /// Wrong bytes put right since the connection began, modulo 2^32.
    pub(crate) corrected: u32,
    /// Bit `i` (lowest first) stands for number `newest - run - 2 - i`, as far as it reaches; the number above these is
    /// missing.
    pub(crate) bitmap: Vec<u8>,
}

impl Ack {
    /// The bytes of its bitmap.
    pub(crate) fn bitmap_len(run: u32, reach: u32) -> usize {
        reach.saturating_sub(run).saturating_sub(2).div_ceil(8) as usize
    }

    /// Whether it says anything of the number `behind` below the newest.
    pub(crate) fn reaches(&self, behind: u64) -> bool {
        behind < u64::from(self.reach)
    }

    /// Whether the number `behind` below the newest is acknowledged.
    pub(crate) fn covers(&self, behind: u64) -> bool {
        let Some(beyond) = behind.checked_sub(u64::from(self.run) + 1) else {
            return true;
        };
        let Some(bit) = beyond
            .checked_sub(1)
            .and_then(|bit| usize::try_from(bit).ok())
        else {
            return false;
        };
        self.bitmap
            .get(bit / 8)
            .is_some_and(|byte| byte & (1 << (bit % 8)) != 0)
    }
}

/// The low bits of a frame number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WireNumber {
    Narrow(u8),
    Wide(u16),
}

/// One thing that a packet says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    /// What arrived; it counts whether or not its packet is acknowledged.
    Ack(Ack),
    /// Nothing; it only asks for an acknowledgement of the whole history.
    Ping,
    /// The sender has this object.
    Offer {
        channel: u16,
        id: ObjectId,
        priority: Priority,
        len: u32,
    },
    /// The sender has an object of so few blocks that they come without being asked for, and without its name. The first
    /// of them follow at once: all of them, or as many as the packet has room for.
    Short {
        stream: Stream,
        priority: Priority,
        len: u32,
        bytes: &'a [u8],
    },
    /// The receiver wants the blocks of these runs.
    Accept {
        channel: u16,
        round: u8,
        from: u32,
        runs: Vec<Run>,
    },
    /// The receiver's owner has the object for good.
    Confirm { channel: u16 },
    /// The receiver does not want the object.
    Refuse { channel: u16 },
    /// The sender takes the object back.
    Cancel { channel: u16 },
    /// Blocks from `index` on of an object that was announced; always the last item of its packet.
    Data {
        stream: Stream,
        index: u32,
        bytes: &'a [u8],
    },
}

/// A channel as items with blocks name it: the slot, and which of the slot's objects it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stream {
    slot: u8,
    generation: u8,
}

impl Stream {
    pub(crate) fn of(channel: u16) -> Self {
        Self {
            slot: (channel & u16::from(SLOT)) as u8,
            generation: (channel >> 5) as u8,
        }
    }

    pub(crate) fn channel(self) -> u16 {
        u16::from(self.generation) << 5 | u16::from(self.slot)
    }

    pub(crate) fn slot(self) -> usize {
        usize::from(self.slot)
    }
}

const _: () = assert!(MAX_OPEN == SLOT as usize + 1);

/// `missing` blocks that are wanted, then `held` blocks that are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) missing: u32,
    pub(crate) held: u32,
}

/// Why a payload with a right checksum is not understood; it is dropped unacknowledged and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("frame ends inside a field")]
    Short,
    #[error("frame kind {kind} is not known")]
    Kind { kind: u8 },
    #[error("item kind {kind} is not known")]
    Item { kind: u8 },
    #[error("priority {number} is not known")]
    Priority { number: u8 },
    #[error("number takes more than 32 bits")]
    Varint,
}

impl Hello {
    /// Appends the payload: everything but checksum and framing.
    pub(crate) fn emit(&self, out: &mut Vec<u8>) {
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        let flags = flag(self.settled, SETTLED)
            | flag(self.escape.flow_control, ESCAPE_FLOW_CONTROL)
            | flag(self.escape.plus, ESCAPE_PLUS);
        out.extend_from_slice(&[HELLO, self.version, flags]);
        out.extend_from_slice(&self.nonce.to_be_bytes());
        out.extend_from_slice(&self.echo.to_be_bytes());
    }

    /// Later versions may say more at the end; all of them begin like this.
    fn parse(fields: &mut Items<'_>) -> Result<Self, FrameError> {
        let version = fields.byte()?;
        let flags = fields.byte()?;
        Ok(Self {
            version,
            settled: flags & SETTLED != 0,
            escape: Escape {
                flow_control: flags & ESCAPE_FLOW_CONTROL != 0,
                plus: flags & ESCAPE_PLUS != 0,
            },
            nonce: u64::from_be_bytes(fields.array()?),
            echo: u64::from_be_bytes(fields.array()?),
        })
    }
}

impl Head {
    /// Appends how a packet begins; its items follow.
    pub(crate) fn emit(head: Option<Self>, out: &mut Vec<u8>) {
        let Some(Self { number, poll }) = head else {
            out.push(UNNUMBERED);
            return;
        };
        let poll = if poll { POLL } else { 0 };
        match number {
            WireNumber::Narrow(number) => out.extend_from_slice(&[NUMBERED | poll, number]),
            WireNumber::Wide(number) => {
                out.push(NUMBERED | WIDE | poll);
                out.extend_from_slice(&number.to_be_bytes());
            }
        }
    }
}

impl<'a> Frame<'a> {
    /// Reads a payload; the items of a packet are read as they are taken.
    pub(crate) fn parse(payload: &'a [u8]) -> Result<Self, FrameError> {
        let mut fields = Items(payload);
        let head = match fields.byte()? {
            HELLO => return Hello::parse(&mut fields).map(Self::Hello),
            UNNUMBERED => None,
            first if first & !(WIDE | POLL) == NUMBERED => Some(Head {
                number: if first & WIDE != 0 {
                    WireNumber::Wide(fields.channel()?)
                } else {
                    WireNumber::Narrow(fields.byte()?)
                },
                poll: first & POLL != 0,
            }),
            kind => return Err(FrameError::Kind { kind }),
        };
        Ok(Self::Packet(Packet {
            head,
            items: fields,
        }))
    }
}

impl<'a> Item<'a> {
    pub(crate) fn emit(&self, out: &mut Vec<u8>) {
        let mut with_channel = |kind: u8, channel: u16| {
            out.push(kind);
            out.extend_from_slice(&channel.to_be_bytes());
        };
        match self {
            Self::Ack(ack) => {
                out.push(ACK);
                out.extend_from_slice(&ack.newest.to_be_bytes());
                emit_varint(ack.delay_ms, out);
                emit_varint(ack.run, out);
                emit_varint(ack.reach, out);
                emit_varint(ack.corrected, out);
                out.extend_from_slice(&ack.bitmap);
            }
            Self::Ping => out.push(PING),
            Self::Offer {
                channel,
                id,
                priority,
                len,
            } => {
                with_channel(OFFER, *channel);
                out.push(*priority as u8);
                emit_varint(*len, out);
                out.extend_from_slice(&id.0);
            }
            Self::Short {
                stream,
                priority,
                len,
                bytes,
            } => {
                out.extend_from_slice(&[BLOCKS | ANNOUNCES | stream.slot, stream.generation]);
                emit_varint(len << PRIORITY_BITS | *priority as u32, out);
                out.extend_from_slice(bytes);
            }
            Self::Accept {
                channel,
                round,
                from,
                runs,
            } => {
                with_channel(ACCEPT, *channel);
                out.push(*round);
                emit_varint(*from, out);
                emit_varint(runs.len() as u32, out);
                for run in runs {
                    emit_varint(run.missing, out);
                    emit_varint(run.held, out);
                }
            }
            Self::Confirm { channel } => with_channel(CONFIRM, *channel),
            Self::Refuse { channel } => with_channel(REFUSE, *channel),
            Self::Cancel { channel } => with_channel(CANCEL, *channel),
            Self::Data {
                stream,
                index,
                bytes,
            } => {
                out.extend_from_slice(&[BLOCKS | stream.slot, stream.generation]);
                emit_varint(*index, out);
                out.extend_from_slice(bytes);
            }
        }
    }

    fn parse(fields: &mut Items<'a>) -> Result<Self, FrameError> {
        const ANNOUNCING: u8 = BLOCKS | ANNOUNCES;
        let first = fields.byte()?;
        if first & BLOCKS != 0 {
            let stream = Stream {
                slot: first & SLOT,
                generation: fields.byte()?,
            };
            return match first & !SLOT {
                BLOCKS => Ok(Self::Data {
                    stream,
                    index: fields.varint()?,
                    bytes: core::mem::take(&mut fields.0),
                }),
                ANNOUNCING => {
                    let packed = fields.varint()?;
                    let number = (packed & ((1 << PRIORITY_BITS) - 1)) as u8;
                    let len = packed >> PRIORITY_BITS;
                    let here =
                        usize::try_from(len).map_or(fields.0.len(), |len| len.min(fields.0.len()));
                    Ok(Self::Short {
                        stream,
                        priority: Priority::from_number(number)
                            .ok_or(FrameError::Priority { number })?,
                        len,
                        bytes: fields.bytes(here)?,
                    })
                }
                kind => Err(FrameError::Item { kind }),
            };
        }
        match first {
            ACK => {
                let newest = u16::from_be_bytes(fields.array()?);
                let delay_ms = fields.varint()?;
                let run = fields.varint()?;
                let reach = fields.varint()?;
                let corrected = fields.varint()?;
                let bitmap = fields.bytes(Ack::bitmap_len(run, reach))?.to_vec();
                Ok(Self::Ack(Ack {
                    newest,
                    delay_ms,
                    run,
                    reach,
                    corrected,
                    bitmap,
                }))
            }
            PING => Ok(Self::Ping),
            OFFER => Ok(Self::Offer {
                channel: fields.channel()?,
                priority: fields.priority()?,
                len: fields.varint()?,
                id: ObjectId(fields.array()?),
            }),
            ACCEPT => {
                let channel = fields.channel()?;
                let round = fields.byte()?;
                let from = fields.varint()?;
                // Not reserved: what a frame claims and what it holds are two things.
                let count = fields.varint()?;
                let runs = (0..count)
                    .map(|_| {
                        Ok(Run {
                            missing: fields.varint()?,
                            held: fields.varint()?,
                        })
                    })
                    .collect::<Result<_, _>>()?;
                Ok(Self::Accept {
                    channel,
                    round,
                    from,
                    runs,
                })
            }
            CONFIRM => Ok(Self::Confirm {
                channel: fields.channel()?,
            }),
            REFUSE => Ok(Self::Refuse {
                channel: fields.channel()?,
            }),
            CANCEL => Ok(Self::Cancel {
                channel: fields.channel()?,
            }),
            kind => Err(FrameError::Item { kind }),
        }
    }
}

/// Little endian, seven bits a byte, the high bit set on all but the last.
pub(crate) fn emit_varint(mut value: u32, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// What is left to read of a payload; as an iterator, the items of a packet up to the first that is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Items<'a>(&'a [u8]);

impl<'a> Iterator for Items<'a> {
    type Item = Result<Item<'a>, FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let item = Item::parse(self);
        if item.is_err() {
            self.0 = &[];
        }
        Some(item)
    }
}

impl<'a> Items<'a> {
    fn byte(&mut self) -> Result<u8, FrameError> {
        let (&byte, rest) = self.0.split_first().ok_or(FrameError::Short)?;
        self.0 = rest;
        Ok(byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], FrameError> {
        let (array, rest) = self.0.split_first_chunk().ok_or(FrameError::Short)?;
        self.0 = rest;
        Ok(*array)
    }

    fn bytes(&mut self, len: usize) -> Result<&'a [u8], FrameError> {
        let (bytes, rest) = self.0.split_at_checked(len).ok_or(FrameError::Short)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn channel(&mut self) -> Result<u16, FrameError> {
        self.array().map(u16::from_be_bytes)
    }

    fn priority(&mut self) -> Result<Priority, FrameError> {
        let number = self.byte()?;
        Priority::from_number(number).ok_or(FrameError::Priority { number })
    }

    fn varint(&mut self) -> Result<u32, FrameError> {
        let mut value = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(value).map_err(|_| FrameError::Varint);
            }
        }
        Err(FrameError::Varint)
    }
}

#[cfg(test)]
mod tests;
