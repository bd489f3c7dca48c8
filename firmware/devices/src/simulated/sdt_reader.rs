//! Twin of the ID-card reader module: answers SDT frames as one does.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::card_text::{TextBlockError, text_block};
use super::served_pty::{Serve, ServedPty};
use crate::id_card::{IdCard, TEXT_LEN};
use crate::sdt_frame::{FRAME_MAX, FrameError, Scan, frame, scan};

/// Bytes of the photo in a read answer.
const PHOTO_LEN: usize = 1024;

/// A reader on which cards can be laid. Dropping it unplugs it.
#[derive(Debug)]
pub struct SdtReader {
    field: Arc<Mutex<Field>>,
    pty: ServedPty,
}

/// What lies on the reader, and how far the dialogue about it has come.
#[derive(Default)]
enum Field {
    #[default]
    Empty,
    Lying {
        text: Box<[u8; TEXT_LEN]>,
        stage: Stage,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Unseen,
    Found,
    Selected,
    /// Read once; such a card no longer answers the search until it is lifted.
    Spent,
}

impl std::fmt::Debug for Field {
    /// Prints whether a card lies there, and nothing of it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Lying { .. } => "Lying",
        })
    }
}

impl SdtReader {
    /// Plugs a reader in, with no card on it.
    ///
    /// # Errors
    ///
    /// The system's, when there are no pseudo-terminals or threads left.
    pub fn start() -> io::Result<Self> {
        let field = Arc::<Mutex<Field>>::default();
        let module = Module {
            field: Arc::clone(&field),
            received: Vec::new(),
        };
        Ok(Self {
            field,
            pty: ServedPty::start("sim-id-reader", module)?,
        })
    }

    /// Where the driver opens it.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.pty.path()
    }

    /// Lays a card down, in place of any other.
    ///
    /// # Errors
    ///
    /// [`TextBlockError::TooLong`] if no such card can exist; the reader is then as before.
    pub fn lay(&self, card: &IdCard) -> Result<(), TextBlockError> {
        self.lay_text(text_block(card)?);
        Ok(())
    }

    /// Lays a card with this text block down, which may be any bytes.
    pub fn lay_text(&self, text: [u8; TEXT_LEN]) {
        self.set(Field::Lying {
            text: Box::new(text),
            stage: Stage::Unseen,
        });
    }

    /// Lifts the card, if one lies there.
    pub fn lift(&self) {
        self.set(Field::Empty);
    }

    fn set(&self, field: Field) {
        *self.field.lock().unwrap_or_else(PoisonError::into_inner) = field;
    }
}

/// The module inside.
struct Module {
    field: Arc<Mutex<Field>>,
    received: Vec<u8>,
}

impl Serve for Module {
    fn serve(&mut self, received: &[u8], answers: &mut Vec<u8>) {
        self.received.extend(received);
        loop {
            match scan(&self.received) {
                Scan::Frame { body, end } => {
                    let mut field = self.field.lock().unwrap_or_else(PoisonError::into_inner);
                    answers.extend(frame(&field.answer(&self.received[body])));
                    self.received.drain(..end);
                }
                Scan::Partial { from, damage } => {
                    match damage {
                        Some(FrameError::Checksum { .. }) => answers.extend(frame(&[0, 0, 0x10])),
                        Some(FrameError::Length { .. }) => answers.extend(frame(&[0, 0, 0x11])),
                        None => {}
                    }
                    self.received.drain(..from);
                    // What stays is the beginning of one frame.
                    debug_assert!(self.received.len() < FRAME_MAX);
                    return;
                }
            }
        }
    }
}

impl Field {
    /// The body of the answer to a command.
    fn answer(&mut self, command: &[u8]) -> Vec<u8> {
        match (command, self) {
            // Reset, and the question how the module is.
            ([0x10 | 0x11, 0xFF], _) => vec![0, 0, 0x90],
            (
                [0x20, 0x01],
                Self::Lying {
                    stage: stage @ (Stage::Unseen | Stage::Found | Stage::Selected),
                    ..
                },
            ) => {
                *stage = Stage::Found;
                vec![0, 0, 0x9F, 0, 0, 0, 0]
            }
            ([0x20, 0x01], _) => vec![0, 0, 0x80],
            (
                [0x20, 0x02],
                Self::Lying {
                    stage: stage @ Stage::Found,
                    ..
                },
            ) => {
                *stage = Stage::Selected;
                vec![0, 0, 0x90, 0, 0, 0, 0, 0, 0, 0, 0]
            }
            ([0x20, 0x02], _) => vec![0, 0, 0x81],
            (
                [0x30, 0x01],
                Self::Lying {
                    stage: stage @ Stage::Selected,
                    text,
                },
            ) => {
                *stage = Stage::Spent;
                let mut body = vec![0, 0, 0x90];
                body.extend((TEXT_LEN as u16).to_be_bytes());
                body.extend((PHOTO_LEN as u16).to_be_bytes());
                body.extend(&text[..]);
                // Drivers without the ministry's decoder pass over the photo, so a blank one does.
                body.extend([0; PHOTO_LEN]);
                body
            }
            ([0x30, 0x01], _) => vec![0, 0, 0x41],
            _ => vec![0, 0, 0x24],
        }
    }
}
