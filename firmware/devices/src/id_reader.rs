//! ID-card reader with the SDT/SAM_A module, on a serial port at 115200 8N1 (settable on the module
//! down to 9600).
//!
//! Dialogue: find a card, select it, read its text and photo. Each command gets one answer, whose
//! third status byte says how it went. After a card has been read the module answers "no card"
//! until the card is lifted, so a card is reported once for each time it is laid down. The photo is
//! in a compression whose decoder is the ministry's; it is not needed for a case and is dropped.
//!
//! Source: the serial protocol published with SDT/SAM_A modules; the layout of answers as public clients
//! (heiher's idcard-reader among them) read it.

use std::fmt;
use std::io::{self, Read, Write};
use std::ops::Range;

use zeroize::Zeroize;

pub use crate::id_card::{CardError, IdCard, IdCardKind, Sex, ValidTo};
pub use crate::sdt_frame::FrameError;

use crate::id_card::TEXT_LEN;
use crate::port::{Heard, Unsaid, hush, listen, say};
use crate::sdt_frame::{FRAME_MAX, Scan, frame, scan};

/// A device on which a person lays their ID card.
pub trait IdReader {
    /// Looks once whether a card has been laid down, and reads it.
    ///
    /// `None` is no card, or the one that was read before and still lies there. Call it again at
    /// any pace; it keeps no time.
    ///
    /// # Errors
    ///
    /// See [`IdReaderError`]. All of them may pass by themselves: calling again is always right.
    fn poll(&mut self) -> Result<Option<IdCard>, IdReaderError>;
}

/// How many reads in a row may time out before the reader counts as silent: 1.5 s at
/// [`READ_TIMEOUT`](crate::serial::READ_TIMEOUT), which is the longest a module takes for a step.
const SILENT_READS_MAX: u32 = 30;

/// How much noise is listened to in one answer before the port counts as babbling: a late answer to
/// an earlier command and then the awaited one.
const ANSWER_BYTES_MAX: usize = 2 * FRAME_MAX;

/// A command of the dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Is a card in the field (`20 01`).
    Find,
    /// Take this card (`20 02`).
    Select,
    /// Read its text and photo (`30 01`).
    Read,
}

impl Command {
    fn body(self) -> [u8; 2] {
        match self {
            Self::Find => [0x20, 0x01],
            Self::Select => [0x20, 0x02],
            Self::Read => [0x30, 0x01],
        }
    }
}

/// The third status byte of an answer, SW3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// 90: done.
    Done,
    /// 9F: a card was found.
    Found,
    /// 10: the module saw a wrong checksum.
    Checksum,
    /// 11: the module saw a wrong length.
    Length,
    /// 21: the module saw a wrong command.
    Command,
    /// 24: the module does not know the command.
    Unsupported,
    /// 31: the card refuses the module.
    CardRefusesReader,
    /// 32: the module refuses the card.
    ReaderRefusesCard,
    /// 33: the card could not be verified.
    Unverified,
    /// 40: a card of another kind.
    WrongCard,
    /// 41: reading failed, usually because the card was moved.
    ReadFailed,
    /// 47: the card gave no random number.
    RandomFailed,
    /// 60: the module's self-test failed.
    SelfTestFailed,
    /// 66: the module is not authorised.
    Unauthorised,
    /// 80: no card, or the one already read.
    NoCard,
    /// 81: the card could not be selected.
    SelectFailed,
    /// 91: the card has no such item.
    NoItem,
    /// A value that is in no published table.
    Other(u8),
}

impl Status {
    fn of(sw3: u8) -> Self {
        match sw3 {
            0x90 => Self::Done,
            0x9F => Self::Found,
            0x10 => Self::Checksum,
            0x11 => Self::Length,
            0x21 => Self::Command,
            0x24 => Self::Unsupported,
            0x31 => Self::CardRefusesReader,
            0x32 => Self::ReaderRefusesCard,
            0x33 => Self::Unverified,
            0x40 => Self::WrongCard,
            0x41 => Self::ReadFailed,
            0x47 => Self::RandomFailed,
            0x60 => Self::SelfTestFailed,
            0x66 => Self::Unauthorised,
            0x80 => Self::NoCard,
            0x81 => Self::SelectFailed,
            0x91 => Self::NoItem,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "done",
            Self::Found => "card found",
            Self::Checksum => "wrong checksum received",
            Self::Length => "wrong length received",
            Self::Command => "wrong command received",
            Self::Unsupported => "unknown command received",
            Self::CardRefusesReader => "the card refuses the reader",
            Self::ReaderRefusesCard => "the reader refuses the card",
            Self::Unverified => "the card could not be verified",
            Self::WrongCard => "not an ID card",
            Self::ReadFailed => "reading failed",
            Self::RandomFailed => "the card gave no random number",
            Self::SelfTestFailed => "self-test failed",
            Self::Unauthorised => "the module is not authorised",
            Self::NoCard => "no card",
            Self::SelectFailed => "the card could not be selected",
            Self::NoItem => "the card has no such item",
            Self::Other(code) => return write!(f, "status {code:#04x}"),
        })
    }
}

/// Why looking for a card failed.
///
/// Nothing of a card is in it, so that it may be logged.
#[derive(Debug, thiserror::Error)]
pub enum IdReaderError {
    /// The port itself failed: unplugged, most likely.
    #[error("the ID reader's port failed at {command:?}")]
    Port {
        /// The command under way.
        command: Command,
        /// The system's words.
        source: io::Error,
    },
    /// The module stayed silent, or sent nothing that is a frame: switched off, or another speed.
    #[error("the ID reader did not answer {command:?}, {noise_bytes} bytes of noise came")]
    NoAnswer {
        /// The command under way.
        command: Command,
        /// Bytes that came and made no frame.
        noise_bytes: usize,
    },
    /// The answer was damaged on the wire.
    #[error("the ID reader's answer to {command:?} was damaged")]
    Damaged {
        /// The command under way.
        command: Command,
        /// What was wrong with it.
        source: FrameError,
    },
    /// The module refused. After [`Status::ReadFailed`] or [`Status::SelectFailed`] the card was moved:
    /// ask the person to lay it down again.
    #[error("the ID reader answered {command:?}: {status}")]
    Refused {
        /// The command under way.
        command: Command,
        /// The module's reason.
        status: Status,
    },
    /// An answer that is a frame but not what the command calls for.
    #[error(
        "the ID reader's answer to {command:?} has {bytes} bytes of data in a layout that is not the command's"
    )]
    Layout {
        /// The command under way.
        command: Command,
        /// Bytes behind the status.
        bytes: usize,
    },
    /// The card's text cannot be used.
    #[error("the card was read but cannot be used")]
    Card(#[from] CardError),
}

/// The driver. `P` is a port whose reads time out by themselves, see
/// [`READ_TIMEOUT`](crate::serial::READ_TIMEOUT): a [`poll`](IdReader::poll) lasts at most 30
/// silent reads for each of its three steps.
#[derive(Debug)]
pub struct SdtReader<P> {
    port: P,
    /// Late answers may still be on their way, and answers do not say to which command they belong.
    unsettled: bool,
}

impl<P: Read + Write> SdtReader<P> {
    /// A reader on this port. Sends nothing yet.
    pub fn new(port: P) -> Self {
        Self {
            port,
            unsettled: true,
        }
    }

    /// Gives the port back.
    pub fn release(self) -> P {
        self.port
    }

    fn find_select_read(&mut self) -> Result<Option<IdCard>, IdReaderError> {
        match self.exchange(Command::Find, |status, _| status)? {
            Status::Found => {}
            Status::NoCard => return Ok(None),
            status => {
                return Err(IdReaderError::Refused {
                    command: Command::Find,
                    status,
                });
            }
        }
        match self.exchange(Command::Select, |status, _| status)? {
            Status::Done => {}
            status => {
                return Err(IdReaderError::Refused {
                    command: Command::Select,
                    status,
                });
            }
        }
        self.exchange(Command::Read, |status, data| match status {
            Status::Done => match text_block(data) {
                Some(block) => Ok(Some(IdCard::parse(block)?)),
                None => Err(IdReaderError::Layout {
                    command: Command::Read,
                    bytes: data.len(),
                }),
            },
            status => Err(IdReaderError::Refused {
                command: Command::Read,
                status,
            }),
        })?
    }

    /// Sends one command and hands status and data of its answer to `then`; what was received is
    /// wiped afterwards.
    fn exchange<T>(
        &mut self,
        command: Command,
        then: impl FnOnce(Status, &[u8]) -> T,
    ) -> Result<T, IdReaderError> {
        let port = |source| IdReaderError::Port { command, source };
        if self.unsettled {
            hush(&mut self.port).map_err(port)?;
        }
        say(&mut self.port, &frame(&command.body()), SILENT_READS_MAX)
            .map_err(|Unsaid { source, .. }| port(source))?;
        let mut received = Received::new();
        let body = received.answer(&mut self.port, command)?;
        match body {
            [_, _, sw3, data @ ..] => Ok(then(Status::of(*sw3), data)),
            short => Err(IdReaderError::Layout {
                command,
                bytes: short.len(),
            }),
        }
    }
}

impl<P: Read + Write> IdReader for SdtReader<P> {
    fn poll(&mut self) -> Result<Option<IdCard>, IdReaderError> {
        let outcome = self.find_select_read();
        self.unsettled = outcome.is_err();
        outcome
    }
}

/// The bytes of one answer while they come in. On the stack and wiped, since a card's text passes
/// through.
struct Received {
    bytes: [u8; ANSWER_BYTES_MAX],
    len: usize,
    /// Nothing before this can be part of a frame.
    from: usize,
    /// The first thing that looked like a frame and was none.
    damage: Option<FrameError>,
}

impl Received {
    fn new() -> Self {
        Self {
            bytes: [0; ANSWER_BYTES_MAX],
            len: 0,
            from: 0,
            damage: None,
        }
    }

    /// Listens until a whole frame is there and returns its body.
    fn answer(&mut self, port: &mut impl Read, command: Command) -> Result<&[u8], IdReaderError> {
        let mut silent_reads = 0;
        while silent_reads < SILENT_READS_MAX && self.len < self.bytes.len() {
            match listen(port, &mut self.bytes[self.len..])
                .map_err(|source| IdReaderError::Port { command, source })?
            {
                Heard::Bytes(count) => {
                    self.len += count;
                    silent_reads = 0;
                }
                Heard::Silence => silent_reads += 1,
            }
            if let Some(body) = self.frame_body(silent_reads > 0) {
                return Ok(&self.bytes[body]);
            }
        }
        Err(match self.damage {
            Some(source) => IdReaderError::Damaged { command, source },
            None => IdReaderError::NoAnswer {
                command,
                noise_bytes: self.len,
            },
        })
    }

    /// Where the first whole frame's body is. Noise can look like the head of a long frame and hide
    /// the true answer behind it; with `fell_silent`, frames inside unfinished ones count.
    fn frame_body(&mut self, fell_silent: bool) -> Option<Range<usize>> {
        let mut from = self.from;
        loop {
            match scan(&self.bytes[from..self.len]) {
                Scan::Frame { body, .. } => return Some(from + body.start..from + body.end),
                Scan::Partial {
                    from: skipped,
                    damage,
                } => {
                    self.damage = self.damage.or(damage);
                    from += skipped;
                    if !fell_silent {
                        self.from = from;
                        return None;
                    }
                    if from == self.len {
                        return None;
                    }
                    from += 1;
                }
            }
        }
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

/// The text block in a read answer's data: two lengths, big-endian, then text and photo.
fn text_block(data: &[u8]) -> Option<&[u8; TEXT_LEN]> {
    let (lengths, rest) = data.split_at_checked(4)?;
    let text_len = usize::from(u16::from_be_bytes([lengths[0], lengths[1]]));
    let photo_len = usize::from(u16::from_be_bytes([lengths[2], lengths[3]]));
    if text_len != TEXT_LEN || rest.len() != text_len + photo_len {
        return None;
    }
    rest.first_chunk()
}

#[cfg(test)]
mod tests;
