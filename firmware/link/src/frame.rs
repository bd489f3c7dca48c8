//! What frames mean, and their bytes. The layout is described in the crate's documentation.

use alloc::vec::Vec;

use crate::{ObjectId, Priority};

/// In the first byte: the frame carries a block, and the low five bits are its slot, not a kind.
const DATA: u8 = 0x80;
/// In the first byte: the number takes two bytes instead of one.
const WIDE: u8 = 0x40;
/// In the first byte: the sender waits for an acknowledgement.
const POLL: u8 = 0x20;
/// The rest of the first byte.
const KIND: u8 = 0x1f;

const HELLO: u8 = 1;
const ACK: u8 = 2;
const PING: u8 = 3;
const OFFER: u8 = 4;
const ACCEPT: u8 = 5;
const CONFIRM: u8 = 6;
const REFUSE: u8 = 7;
const CANCEL: u8 = 8;

const SETTLED: u8 = 0x01;

/// Most bytes of runs in one `Accept`; a map with more runs takes several.
pub(crate) const MAX_RUN_BYTES: usize = 180;

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame<'a> {
    Hello(Hello),
    Ack(Ack),
    Numbered {
        number: WireNumber,
        poll: bool,
        body: Body<'a>,
    },
}

/// Says who is here and whom it has heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hello {
    /// The newest version the sender speaks.
    pub(crate) version: u8,
    /// The sender is connected; it needs no answer.
    pub(crate) settled: bool,
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
    /// Bit `i` (lowest first) stands for number `newest - run - 2 - i`; the number above it is missing.
    pub(crate) bitmap: Vec<u8>,
}

impl Ack {
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

/// What a numbered frame, one that is acknowledged, says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body<'a> {
    /// Nothing; it only asks for an acknowledgement.
    Ping,
    /// The sender has this object.
    Offer {
        channel: u16,
        id: ObjectId,
        priority: Priority,
        len: u32,
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
    /// One block of the object offered on the channel whose low five bits are `slot`.
    Data {
        slot: u8,
        index: u32,
        bytes: &'a [u8],
    },
}

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
    #[error("frame has {extra} bytes after its last field")]
    Long { extra: usize },
    #[error("frame kind {kind} is not known")]
    Kind { kind: u8 },
    #[error("priority {number} is not known")]
    Priority { number: u8 },
    #[error("number takes more than 32 bits")]
    Varint,
}

impl Frame<'_> {
    /// Appends the payload: everything but checksum and framing.
    pub(crate) fn emit(&self, out: &mut Vec<u8>) {
        match self {
            Self::Hello(hello) => {
                out.extend_from_slice(&[
                    HELLO,
                    hello.version,
                    if hello.settled { SETTLED } else { 0 },
                ]);
                out.extend_from_slice(&hello.nonce.to_be_bytes());
                out.extend_from_slice(&hello.echo.to_be_bytes());
            }
            Self::Ack(ack) => {
                out.push(ACK);
                out.extend_from_slice(&ack.newest.to_be_bytes());
                emit_varint(ack.delay_ms, out);
                emit_varint(ack.run, out);
                out.extend_from_slice(&ack.bitmap);
            }
            Self::Numbered { number, poll, body } => {
                let poll = if *poll { POLL } else { 0 };
                match number {
                    WireNumber::Narrow(number) => {
                        out.extend_from_slice(&[body.first_byte() | poll, *number]);
                    }
                    WireNumber::Wide(number) => {
                        out.push(body.first_byte() | poll | WIDE);
                        out.extend_from_slice(&number.to_be_bytes());
                    }
                }
                body.emit(out);
            }
        }
    }
}

impl<'a> Frame<'a> {
    /// Reads a payload.
    pub(crate) fn parse(payload: &'a [u8]) -> Result<Self, FrameError> {
        let mut fields = Fields(payload);
        let first = fields.byte()?;
        let frame = match first {
            HELLO => {
                let hello = Hello {
                    version: fields.byte()?,
                    settled: fields.byte()? & SETTLED != 0,
                    nonce: u64::from_be_bytes(fields.array()?),
                    echo: u64::from_be_bytes(fields.array()?),
                };
                // Later versions may say more here; all of them begin like this.
                return Ok(Self::Hello(hello));
            }
            ACK => Self::Ack(Ack {
                newest: u16::from_be_bytes(fields.array()?),
                delay_ms: fields.varint()?,
                run: fields.varint()?,
                bitmap: fields.rest().to_vec(),
            }),
            _ => {
                let number = if first & WIDE != 0 {
                    WireNumber::Wide(u16::from_be_bytes(fields.array()?))
                } else {
                    WireNumber::Narrow(fields.byte()?)
                };
                Self::Numbered {
                    number,
                    poll: first & POLL != 0,
                    body: Body::parse(first, &mut fields)?,
                }
            }
        };
        match fields.0.len() {
            0 => Ok(frame),
            extra => Err(FrameError::Long { extra }),
        }
    }
}

impl<'a> Body<'a> {
    fn first_byte(&self) -> u8 {
        match self {
            Self::Ping => PING,
            Self::Offer { .. } => OFFER,
            Self::Accept { .. } => ACCEPT,
            Self::Confirm { .. } => CONFIRM,
            Self::Refuse { .. } => REFUSE,
            Self::Cancel { .. } => CANCEL,
            Self::Data { slot, .. } => DATA | (slot & KIND),
        }
    }

    fn emit(&self, out: &mut Vec<u8>) {
        match self {
            Self::Ping => {}
            Self::Offer {
                channel,
                id,
                priority,
                len,
            } => {
                out.extend_from_slice(&channel.to_be_bytes());
                out.push(*priority as u8);
                emit_varint(*len, out);
                out.extend_from_slice(&id.0);
            }
            Self::Accept {
                channel,
                round,
                from,
                runs,
            } => {
                out.extend_from_slice(&channel.to_be_bytes());
                out.push(*round);
                emit_varint(*from, out);
                for run in runs {
                    emit_varint(run.missing, out);
                    emit_varint(run.held, out);
                }
            }
            Self::Confirm { channel } | Self::Refuse { channel } | Self::Cancel { channel } => {
                out.extend_from_slice(&channel.to_be_bytes());
            }
            Self::Data { index, bytes, .. } => {
                emit_varint(*index, out);
                out.extend_from_slice(bytes);
            }
        }
    }

    fn parse(first: u8, fields: &mut Fields<'a>) -> Result<Self, FrameError> {
        if first & DATA != 0 {
            return Ok(Self::Data {
                slot: first & KIND,
                index: fields.varint()?,
                bytes: fields.rest(),
            });
        }
        match first & KIND {
            PING => Ok(Self::Ping),
            OFFER => {
                let channel = fields.channel()?;
                let number = fields.byte()?;
                let priority =
                    Priority::from_number(number).ok_or(FrameError::Priority { number })?;
                Ok(Self::Offer {
                    channel,
                    priority,
                    len: fields.varint()?,
                    id: ObjectId(fields.array()?),
                })
            }
            ACCEPT => {
                let channel = fields.channel()?;
                let round = fields.byte()?;
                let from = fields.varint()?;
                let mut runs = Vec::new();
                while !fields.0.is_empty() {
                    runs.push(Run {
                        missing: fields.varint()?,
                        held: fields.varint()?,
                    });
                }
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
            kind => Err(FrameError::Kind { kind }),
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

/// What is left to read of a payload.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
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

    fn channel(&mut self) -> Result<u16, FrameError> {
        self.array().map(u16::from_be_bytes)
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

    fn rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests;
