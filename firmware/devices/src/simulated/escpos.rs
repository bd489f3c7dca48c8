//! What an ESC/POS printer makes of its bytes, without paper, port or time.

use std::collections::VecDeque;

use crate::bitmap::Bitmap;

/// What the printer holds before it prints; bytes beyond are lost, as in a printer without flow control.
/// Large, so that running out of paper shows on the status and not as a port that takes no bytes.
const BUFFER_MAX: usize = 1024 * 1024;

/// Dots of one fed line at the default spacing, 1/6 inch.
const LINE_DOTS: usize = 30;

/// What one step did.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing: more bytes are needed.
    Starved,
    /// Nothing that shows outside.
    Nothing,
    /// One row of dots is on the paper.
    RowPrinted,
    /// The paper sensors are asked for, in line behind the printing.
    PaperAsked,
    /// The knife fell: the rows since the last cut, without the feed at the end.
    SlipCut(Bitmap),
}

/// The receive buffer and the decoder behind it.
#[derive(Debug, Default)]
pub(super) struct Machine {
    buffer: VecDeque<u8>,
    /// The last two bytes received, for questions that are answered on arrival.
    last_two: [u8; 2],
    raster: Option<Raster>,
    slip: Slip,
}

/// A raster command whose rows are still coming.
#[derive(Debug)]
struct Raster {
    row_bytes: usize,
    rows_left: usize,
}

/// The slip under the head.
#[derive(Debug, Default)]
struct Slip {
    row_bytes: usize,
    rows: Vec<u8>,
    /// Fed but not yet followed by anything printed.
    blank_rows: usize,
}

impl Machine {
    /// Takes bytes in and returns the real-time status questions among them, `DLE EOT n`, in
    /// whatever they stand: a printer looks for them before it knows what the bytes mean.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut questions = Vec::new();
        for &byte in bytes {
            if self.last_two == [0x10, 0x04] {
                questions.push(byte);
            }
            self.last_two = [self.last_two[1], byte];
            if self.buffer.len() < BUFFER_MAX {
                self.buffer.push_back(byte);
            }
        }
        questions
    }

    /// Works off one command, or one row of a raster command.
    pub(super) fn step(&mut self) -> Answer {
        if let Some(raster) = &mut self.raster {
            if self.buffer.len() < raster.row_bytes {
                return Answer::Starved;
            }
            let row = self.buffer.drain(..raster.row_bytes).collect();
            self.slip.print(row);
            raster.rows_left -= 1;
            if raster.rows_left == 0 {
                self.raster = None;
            }
            return Answer::RowPrinted;
        }
        let head: Vec<u8> = self.buffer.iter().take(8).copied().collect();
        let (length, answer) = match head[..] {
            [0x10, 0x04, _, ..] => (3, Answer::Nothing),
            [0x1B, 0x40, ..] => {
                // Starts a line anew; what is already on the paper stays.
                (2, Answer::Nothing)
            }
            [0x1B, 0x64, lines, ..] => {
                self.slip.blank_rows += usize::from(lines) * LINE_DOTS;
                (3, Answer::Nothing)
            }
            [0x1D, 0x72, 0x01, ..] => (3, Answer::PaperAsked),
            [0x1D, 0x56, 0x41 | 0x42, _, ..] => (4, Answer::SlipCut(self.slip.cut())),
            [0x1D, 0x76, 0x30, _, x_low, x_high, y_low, y_high] => {
                let row_bytes = usize::from(u16::from_le_bytes([x_low, x_high]));
                let rows_left = usize::from(u16::from_le_bytes([y_low, y_high]));
                if row_bytes > 0 && rows_left > 0 {
                    self.raster = Some(Raster {
                        row_bytes,
                        rows_left,
                    });
                }
                (8, Answer::Nothing)
            }
            [0x10 | 0x1B | 0x1D] | [0x10, 0x04] | [0x1B, 0x64] | [0x1D, 0x72] | [0x1D, 0x56] => {
                return Answer::Starved;
            }
            [0x1D, 0x56, 0x41 | 0x42] => return Answer::Starved,
            [0x1D, 0x76, ..] if head.len() < 8 => return Answer::Starved,
            [] => return Answer::Starved,
            // Text and commands that slips do not use leave no mark.
            _ => (1, Answer::Nothing),
        };
        self.buffer.drain(..length);
        answer
    }
}

impl Slip {
    fn print(&mut self, row: Vec<u8>) {
        // A slip is as wide as its widest picture.
        if self.row_bytes < row.len() {
            self.widen(row.len());
        }
        self.rows
            .resize(self.rows.len() + self.blank_rows * self.row_bytes, 0);
        self.blank_rows = 0;
        let end = self.rows.len() + self.row_bytes;
        self.rows.extend(row);
        self.rows.resize(end, 0);
    }

    fn widen(&mut self, row_bytes: usize) {
        if self.row_bytes > 0 {
            let wide = self.rows.chunks(self.row_bytes).flat_map(|row| {
                let margin = std::iter::repeat_n(0, row_bytes - row.len());
                row.iter().copied().chain(margin)
            });
            self.rows = wide.collect();
        }
        self.row_bytes = row_bytes;
    }

    fn cut(&mut self) -> Bitmap {
        let slip = std::mem::take(self);
        Bitmap::from_rows(slip.row_bytes * 8, slip.rows)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Feeds all bytes at once and works them off.
    fn answers(bytes: &[u8]) -> (Vec<u8>, Vec<Answer>) {
        let mut machine = Machine::default();
        let questions = machine.receive(bytes);
        let steps =
            std::iter::from_fn(|| Some(machine.step()).filter(|answer| *answer != Answer::Starved));
        let shown = steps.filter(|answer| *answer != Answer::Nothing).collect();
        (questions, shown)
    }

    #[test]
    fn a_raster_command_becomes_a_slip_at_the_cut() {
        let (_, shown) =
            answers(b"\x1B\x40\x1Dv0\0\x02\0\x02\0\x80\x01\x40\x02\x1B\x64\x03\x1DVB\0");
        let slip = Bitmap::from_rows(16, vec![0x80, 0x01, 0x40, 0x02]);
        assert_eq!(
            shown,
            [
                Answer::RowPrinted,
                Answer::RowPrinted,
                Answer::SlipCut(slip)
            ]
        );
    }

    #[test]
    fn feed_between_pictures_is_white_paper_and_the_widest_picture_sets_the_width() {
        let (_, shown) =
            answers(b"\x1Dv0\0\x01\0\x01\0\xFF\x1B\x64\x01\x1Dv0\0\x02\0\x01\0\xFF\xFF\x1DVB\0");
        let mut rows = vec![0; 2 * 32];
        rows[0] = 0xFF;
        rows[62..].fill(0xFF);
        assert_eq!(
            shown.last(),
            Some(&Answer::SlipCut(Bitmap::from_rows(16, rows)))
        );
    }

    #[test]
    fn a_status_question_is_seen_in_dots_too_and_the_dots_stay() {
        let (questions, shown) = answers(b"\x10\x04\x04\x1Dv0\0\x03\0\x01\0\x10\x04\x02\x1DVB\0");
        assert_eq!(questions, [4, 2]);
        let slip = Bitmap::from_rows(24, vec![0x10, 0x04, 0x02]);
        assert_eq!(shown, [Answer::RowPrinted, Answer::SlipCut(slip)]);
    }

    proptest! {
        #[test]
        fn how_bytes_are_cut_up_makes_no_difference(bytes in prop::collection::vec(
            prop_oneof![Just(0x10_u8), Just(4), Just(0x1B), Just(0x1D), Just(0x76), Just(0x30), Just(0), Just(1), Just(0x56), Just(0x42), any::<u8>()],
            0..200,
        )) {
            let mut machine = Machine::default();
            let mut questions = Vec::new();
            let mut shown = Vec::new();
            for byte in &bytes {
                questions.extend(machine.receive(&[*byte]));
                loop {
                    match machine.step() {
                        Answer::Starved => break,
                        Answer::Nothing => {}
                        answer => shown.push(answer),
                    }
                }
            }
            prop_assert_eq!((questions, shown), answers(&bytes));
        }
    }
}
