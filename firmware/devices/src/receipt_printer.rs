//! Receipt printer that speaks ESC/POS, on a serial port or a USB printer's serial face.
//!
//! Slips go as raster pictures (`GS v 0`), so that every character of every name comes out right
//! whatever code pages the printer has. 80 mm paper is 576 dots wide, 58 mm is 384, at 203 dots per
//! inch.
//!
//! Source: Epson's ESC/POS command reference, pages `DLE EOT`, `GS v 0`, `GS r` and `GS V`.

use std::io::{self, Read, Write};

pub use crate::bitmap::Bitmap;

use crate::port::{Heard, Unsaid, hush, listen, say};

/// Dots across 80 mm paper.
pub const WIDTH_80_MM: usize = 576;

/// Dots across 58 mm paper.
pub const WIDTH_58_MM: usize = 384;

/// Rows of one raster command: small printers hold one command's dots in memory, 18 KB at 576 dots.
pub(crate) const BAND_ROWS_MAX: usize = 256;

/// Lines fed before the cut, so that the knife, some 15 mm behind the head, does not cut the slip's end.
const FEED_LINES: u8 = 5;

/// How many reads may time out before a status question counts as unanswered: real-time status
/// comes within a few milliseconds, 0.5 s at [`READ_TIMEOUT`](crate::serial::READ_TIMEOUT) allows
/// for slow USB adapters.
const STATUS_SILENT_READS_MAX: u32 = 10;

/// How many reads or writes in a row may time out while the printer prints: 5 s at
/// [`READ_TIMEOUT`](crate::serial::READ_TIMEOUT). The longest slip, 250 mm, takes 4 s at 60 mm/s.
const PRINT_SILENT_READS_MAX: u32 = 100;

/// How many bytes that are no status are passed over before the port counts as babbling.
const NOISE_BYTES_MAX: usize = 256;

/// A device that gives a person their slip.
pub trait ReceiptPrinter {
    /// Asks how the printer stands.
    ///
    /// # Errors
    ///
    /// [`PrintError::NoAnswer`] or [`PrintError::Port`].
    fn status(&mut self) -> Result<PrinterStatus, PrintError>;

    /// Prints the picture and cuts the paper, after asking the status; returns when the printer has
    /// worked off everything, or for printers that do not tell, when it reports no trouble.
    ///
    /// # Errors
    ///
    /// See [`PrintError`]. An obstacle known beforehand leaves the paper untouched. After any other
    /// the slip may be missing or cut short: show its QR on the screen and offer to print again.
    fn print(&mut self, slip: &Bitmap) -> Result<(), PrintError>;
}

/// How a printer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrinterStatus {
    /// What the paper sensors see.
    pub paper: Paper,
    /// The cover is open. Some printers keep an old paper state while it is.
    pub cover_open: bool,
    /// Trouble in the mechanism.
    pub fault: Option<Fault>,
}

/// What the paper sensors see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// Enough for many slips.
    Enough,
    /// The roll comes to its end; a slip can still be printed.
    NearEnd,
    /// Nothing can be printed.
    Out,
}

/// Trouble in the mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The knife is jammed.
    Cutter,
    /// Goes away when its cause, a paper jam for example, is removed.
    Recoverable,
    /// Needs a repair.
    Unrecoverable,
    /// Goes away by itself: the head is too hot.
    Passing,
}

/// Why a slip was not printed, or a status not learnt.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// The paper ran out.
    #[error("the printer is out of paper")]
    PaperOut,
    /// The cover is open.
    #[error("the printer's cover is open")]
    CoverOpen,
    /// The mechanism is in trouble.
    #[error("the printer reports a fault: {0:?}")]
    Fault(Fault),
    /// The printer stays silent or takes no more bytes: switched off, or another speed.
    #[error("the printer does not answer")]
    NoAnswer,
    /// The picture is wider than the paper.
    #[error("slip is {width_dots} dots wide, the paper {limit}")]
    TooWide {
        /// The picture's width.
        width_dots: usize,
        /// The paper's.
        limit: usize,
    },
    /// The port itself failed: unplugged, most likely.
    #[error("the printer's port failed")]
    Port(#[from] io::Error),
}

/// The real-time status questions, `DLE EOT n`. Answers have the fixed bits `0xx1xx10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// n = 2: why the printer is offline.
    Offline = 2,
    /// n = 3: what is broken.
    Fault = 3,
    /// n = 4: the roll paper sensors.
    Paper = 4,
}

/// Whether a byte has the fixed bits of a real-time status.
fn is_real_time_status(byte: u8) -> bool {
    byte & 0b1001_0011 == 0b0001_0010
}

/// Whether a byte has the fixed bits of an answer to `GS r`, the question that waits in line behind
/// the printing.
fn is_queued_status(byte: u8) -> bool {
    byte & 0b1001_0011 == 0
}

impl PrinterStatus {
    /// The meaning of the answers to the three questions.
    fn of(offline: u8, fault: u8, paper: u8) -> Self {
        Self {
            paper: match paper {
                byte if byte & 0x60 != 0 => Paper::Out,
                byte if byte & 0x0C != 0 => Paper::NearEnd,
                // The offline answer has a paper bit too, which printers without a sensor of their
                // own for it set.
                _ if offline & 0x20 != 0 => Paper::Out,
                _ => Paper::Enough,
            },
            cover_open: offline & 0x04 != 0,
            fault: match fault {
                byte if byte & 0x20 != 0 => Some(Fault::Unrecoverable),
                byte if byte & 0x08 != 0 => Some(Fault::Cutter),
                byte if byte & 0x04 != 0 => Some(Fault::Recoverable),
                byte if byte & 0x40 != 0 => Some(Fault::Passing),
                _ => None,
            },
        }
    }

    /// The error that a slip would meet now. The cover comes first, since paper states behind it
    /// may be old.
    fn obstacle(self) -> Result<(), PrintError> {
        match self {
            Self {
                cover_open: true, ..
            } => Err(PrintError::CoverOpen),
            Self {
                paper: Paper::Out, ..
            } => Err(PrintError::PaperOut),
            Self {
                fault: Some(fault), ..
            } => Err(PrintError::Fault(fault)),
            Self {
                paper: Paper::Enough | Paper::NearEnd,
                cover_open: false,
                fault: None,
            } => Ok(()),
        }
    }
}

/// The driver. `P` is a port whose reads and writes time out by themselves, see
/// [`READ_TIMEOUT`](crate::serial::READ_TIMEOUT).
#[derive(Debug)]
pub struct EscPosPrinter<P> {
    port: P,
    paper_width_dots: usize,
    /// Raster bytes that a broken-off print still owes: the printer takes whatever comes next for them.
    owed_bytes: usize,
}

impl<P: Read + Write> EscPosPrinter<P> {
    /// A printer on this port with paper of this width, [`WIDTH_80_MM`] or [`WIDTH_58_MM`]. Sends
    /// nothing yet.
    pub fn new(port: P, paper_width_dots: usize) -> Self {
        Self {
            port,
            paper_width_dots,
            owed_bytes: 0,
        }
    }

    /// Gives the port back.
    pub fn release(self) -> P {
        self.port
    }

    fn ask(&mut self, question: Question) -> Result<u8, PrintError> {
        self.send(&[0x10, 0x04, question as u8])?;
        self.hear(is_real_time_status, STATUS_SILENT_READS_MAX)?
            .ok_or(PrintError::NoAnswer)
    }

    /// Waits for a byte that `is_answer`, `None` when the printer stays silent.
    fn hear(
        &mut self,
        is_answer: fn(u8) -> bool,
        silent_reads_max: u32,
    ) -> Result<Option<u8>, PrintError> {
        let mut silent_reads = 0;
        let mut noise_bytes = 0;
        // One at a time: a byte behind the answer may already be the next one.
        let mut byte = [0];
        while silent_reads < silent_reads_max && noise_bytes < NOISE_BYTES_MAX {
            match listen(&mut self.port, &mut byte)? {
                Heard::Bytes(_) if is_answer(byte[0]) => return Ok(Some(byte[0])),
                Heard::Bytes(_) => noise_bytes += 1,
                Heard::Silence => silent_reads += 1,
            }
        }
        Ok(None)
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), PrintError> {
        say(&mut self.port, bytes, PRINT_SILENT_READS_MAX)
            .map_err(|unsaid| unsaid_error(unsaid.source))
    }

    /// Sends the rows of one band as one raster command.
    fn send_band(&mut self, row_bytes: usize, rows: &[u8]) -> Result<(), PrintError> {
        let [x_low, x_high] = (row_bytes as u16).to_le_bytes();
        let [y_low, y_high] = ((rows.len() / row_bytes) as u16).to_le_bytes();
        self.send(&[0x1D, 0x76, 0x30, 0, x_low, x_high, y_low, y_high])?;
        say(&mut self.port, rows, PRINT_SILENT_READS_MAX).map_err(|Unsaid { written, source }| {
            self.owed_bytes = rows.len() - written;
            unsaid_error(source)
        })
    }

    /// Ends a raster command that an earlier print broke off; white rows come out, or nothing if
    /// the printer was switched off in between, since it passes over zeros.
    fn pay_owed(&mut self) -> Result<(), PrintError> {
        while self.owed_bytes > 0 {
            let zeros = [0; 256];
            let payment = &zeros[..self.owed_bytes.min(zeros.len())];
            say(&mut self.port, payment, PRINT_SILENT_READS_MAX).map_err(
                |Unsaid { written, source }| {
                    self.owed_bytes -= written;
                    unsaid_error(source)
                },
            )?;
            self.owed_bytes -= payment.len();
        }
        Ok(())
    }

    /// Waits until everything sent has been worked off.
    fn confirm(&mut self) -> Result<(), PrintError> {
        self.send(&[0x1D, 0x72, 0x01])?;
        match self.hear(is_queued_status, PRINT_SILENT_READS_MAX)? {
            // It was asked behind the cut, so the slip is out, even if its end was the roll's end.
            Some(_) => Ok(()),
            // A printer that ran out of paper keeps the question with the rest of the slip. One
            // that does not know it has no other way to say that it is done.
            None => self.status()?.obstacle(),
        }
    }
}

impl<P: Read + Write> ReceiptPrinter for EscPosPrinter<P> {
    fn status(&mut self) -> Result<PrinterStatus, PrintError> {
        // Dots that look like a status question are answered by some printers, and nothing says to
        // what an answer belongs.
        hush(&mut self.port)?;
        let paper = self.ask(Question::Paper)?;
        let offline = self.ask(Question::Offline)?;
        let fault = self.ask(Question::Fault)?;
        Ok(PrinterStatus::of(offline, fault, paper))
    }

    fn print(&mut self, slip: &Bitmap) -> Result<(), PrintError> {
        if self.paper_width_dots < slip.width_dots() {
            return Err(PrintError::TooWide {
                width_dots: slip.width_dots(),
                limit: self.paper_width_dots,
            });
        }
        self.status()?.obstacle()?;
        self.pay_owed()?;
        self.send(&[0x1B, 0x40])?;
        let row_bytes = slip.row_bytes();
        if row_bytes > 0 {
            for rows in slip.rows().chunks(row_bytes * BAND_ROWS_MAX) {
                self.send_band(row_bytes, rows)?;
            }
        }
        self.send(&[0x1B, 0x64, FEED_LINES])?;
        self.send(&[0x1D, 0x56, 0x42, 0x00])?;
        self.confirm()
    }
}

/// A port that takes no more bytes is a printer that does not listen.
fn unsaid_error(source: io::Error) -> PrintError {
    if crate::port::is_silence(&source) {
        PrintError::NoAnswer
    } else {
        PrintError::Port(source)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// A printer without trouble that takes no more than `room` bytes.
    #[derive(Default)]
    struct Stalling {
        room: usize,
        written: Vec<u8>,
        answers: VecDeque<u8>,
    }

    impl Read for Stalling {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let answer = self.answers.pop_front().ok_or(io::ErrorKind::TimedOut)?;
            buffer[0] = answer;
            Ok(1)
        }
    }

    impl Write for Stalling {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = bytes.len().min(self.room);
            if count == 0 {
                return Err(io::ErrorKind::TimedOut.into());
            }
            match bytes {
                [0x10, 0x04, _] => self.answers.push_back(0x12),
                [0x1D, 0x72, 0x01] => self.answers.push_back(0x00),
                _ => {}
            }
            self.room -= count;
            self.written.extend(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The three status questions before a slip.
    const QUESTIONS: &[u8] = b"\x10\x04\x04\x10\x04\x02\x10\x04\x03";

    #[test]
    fn a_slip_goes_out_as_status_init_raster_feed_cut_and_a_last_question() {
        let mut printer = EscPosPrinter::new(
            Stalling {
                room: 1000,
                ..Stalling::default()
            },
            16,
        );
        printer
            .print(&Bitmap::from_rows(16, vec![0x80, 0x01, 0xFF, 0xFF]))
            .expect("printed");
        let rest = b"\x1B\x40\x1Dv0\0\x02\0\x02\0\x80\x01\xFF\xFF\x1Bd\x05\x1DVB\0\x1Dr\x01";
        assert_eq!(printer.release().written, [QUESTIONS, rest].concat());
    }

    #[test]
    fn a_raster_command_that_was_broken_off_is_ended_before_the_next_slip() {
        let until_third_dot_byte = QUESTIONS.len() + 2 + 8 + 3;
        let port = Stalling {
            room: until_third_dot_byte,
            ..Stalling::default()
        };
        let mut printer = EscPosPrinter::new(port, 16);
        let slip = Bitmap::from_rows(16, vec![0xFF; 10]);
        assert!(matches!(printer.print(&slip), Err(PrintError::NoAnswer)));
        printer.port.room = 1000;
        printer.port.written.clear();
        printer.print(&slip).expect("printed");
        let begins = [QUESTIONS, &[0; 7], b"\x1B\x40"].concat();
        assert_eq!(printer.release().written[..begins.len()], begins);
    }

    #[test]
    fn every_status_answer_has_its_meaning() {
        let meaning = |offline: u8, fault: u8, paper: u8| {
            let status = PrinterStatus::of(0x12 | offline, 0x12 | fault, 0x12 | paper);
            (status.paper, status.cover_open, status.fault)
        };
        assert_eq!(meaning(0, 0, 0), (Paper::Enough, false, None));
        assert_eq!(meaning(0x04, 0, 0), (Paper::Enough, true, None));
        assert_eq!(meaning(0x20, 0, 0), (Paper::Out, false, None));
        assert_eq!(
            meaning(0, 0x04, 0),
            (Paper::Enough, false, Some(Fault::Recoverable))
        );
        assert_eq!(
            meaning(0, 0x08, 0),
            (Paper::Enough, false, Some(Fault::Cutter))
        );
        assert_eq!(
            meaning(0, 0x20, 0),
            (Paper::Enough, false, Some(Fault::Unrecoverable))
        );
        assert_eq!(
            meaning(0, 0x40, 0),
            (Paper::Enough, false, Some(Fault::Passing))
        );
        assert_eq!(meaning(0, 0, 0x0C), (Paper::NearEnd, false, None));
        assert_eq!(meaning(0, 0, 0x6C), (Paper::Out, false, None));
    }

    #[test]
    fn only_bytes_with_the_fixed_bits_are_status() {
        for byte in 0..=0xFF_u8 {
            let bits = format!("{byte:08b}").into_bytes();
            let like = |pattern: &[u8]| {
                bits.iter()
                    .zip(pattern)
                    .all(|(bit, want)| *want == b'x' || bit == want)
            };
            assert_eq!(is_real_time_status(byte), like(b"0xx1xx10"), "{byte:08b}");
            assert_eq!(is_queued_status(byte), like(b"0xx0xx00"), "{byte:08b}");
        }
    }
}
