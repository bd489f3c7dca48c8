//! Twin of the receipt printer: decodes ESC/POS back into slips.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::escpos::{Answer, Machine};
use super::served_pty::{Serve, ServedPty};
use crate::bitmap::Bitmap;
use crate::receipt_printer::Paper;

/// How many slips wait to be taken; the oldest falls on the floor when one more comes.
const WAITING_SLIPS_MAX: usize = 64;

/// A printer whose slips can be taken. Dropping it unplugs it.
#[derive(Debug)]
pub struct Printer {
    desk: Arc<Desk>,
    pty: ServedPty,
}

/// What a hand at the printer reaches: its switches and the slips that came out.
#[derive(Debug)]
struct Desk {
    state: Mutex<State>,
    slip_out: Condvar,
}

#[derive(Debug)]
struct State {
    paper: Paper,
    cover_open: bool,
    /// Rows until the roll ends.
    rows_left: Option<usize>,
    slips: VecDeque<Bitmap>,
}

impl Printer {
    /// Switches a printer on, with paper in and the cover closed.
    ///
    /// # Errors
    ///
    /// The system's, when there are no pseudo-terminals or threads left.
    pub fn start() -> io::Result<Self> {
        let desk = Arc::new(Desk {
            state: Mutex::new(State {
                paper: Paper::Enough,
                cover_open: false,
                rows_left: None,
                slips: VecDeque::new(),
            }),
            slip_out: Condvar::new(),
        });
        let served = Served {
            desk: Arc::clone(&desk),
            machine: Machine::default(),
        };
        Ok(Self {
            desk,
            pty: ServedPty::start("sim-printer", served)?,
        })
    }

    /// Where the driver opens it.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.pty.path()
    }

    /// Puts a roll in or takes it out. With new paper the printer goes on with what it still holds.
    pub fn set_paper(&self, paper: Paper) {
        let mut state = self.desk.lock();
        state.paper = paper;
        state.rows_left = None;
        drop(state);
        self.pty.wake();
    }

    /// Puts in a roll that ends after so many rows of dots, if need be in the middle of a slip.
    pub fn set_rows_left(&self, rows: usize) {
        let mut state = self.desk.lock();
        state.paper = if rows == 0 {
            Paper::Out
        } else {
            Paper::NearEnd
        };
        state.rows_left = Some(rows);
        drop(state);
        self.pty.wake();
    }

    /// Opens or closes the cover. After closing the printer goes on with what it still holds.
    pub fn set_cover_open(&self, open: bool) {
        self.desk.lock().cover_open = open;
        self.pty.wake();
    }

    /// Takes the slip that came out first, waiting at most `patience` for one: its printed rows
    /// without the feed at its end.
    #[must_use]
    pub fn take_slip(&self, patience: Duration) -> Option<Bitmap> {
        let state = self.desk.lock();
        let waited = self
            .desk
            .slip_out
            .wait_timeout_while(state, patience, |state| state.slips.is_empty());
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.slips.pop_front()
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the mechanism can move.
    fn can_print(&self) -> bool {
        !self.cover_open && self.paper != Paper::Out
    }

    /// Moves the paper by one printed row.
    fn use_row(&mut self) {
        if let Some(rows) = &mut self.rows_left {
            *rows = rows.saturating_sub(1);
            if *rows == 0 {
                self.paper = Paper::Out;
            }
        }
    }

    /// The answer to `DLE EOT n`, or `None` for an unknown question.
    fn real_time_status(&self, question: u8) -> Option<u8> {
        let bits = match question {
            1 if self.can_print() => 0,
            1 => 0x08,
            2 => {
                let cover = if self.cover_open { 0x04 } else { 0 };
                let stopped = if self.paper == Paper::Out { 0x20 } else { 0 };
                cover | stopped
            }
            3 => 0,
            4 => match self.paper {
                Paper::Enough => 0,
                Paper::NearEnd => 0x0C,
                Paper::Out => 0x6C,
            },
            _ => return None,
        };
        Some(0x12 | bits)
    }

    /// The answer to `GS r 1`.
    fn queued_paper_status(&self) -> u8 {
        match self.paper {
            Paper::Enough => 0x00,
            Paper::NearEnd => 0x03,
            Paper::Out => 0x0F,
        }
    }
}

/// The printer inside.
struct Served {
    desk: Arc<Desk>,
    machine: Machine,
}

impl Serve for Served {
    fn serve(&mut self, received: &[u8], answers: &mut Vec<u8>) {
        let mut state = self.desk.lock();
        for question in self.machine.receive(received) {
            answers.extend(state.real_time_status(question));
        }
        while state.can_print() {
            match self.machine.step() {
                Answer::Starved => break,
                Answer::Nothing => {}
                Answer::RowPrinted => state.use_row(),
                Answer::PaperAsked => answers.push(state.queued_paper_status()),
                Answer::SlipCut(slip) => {
                    if state.slips.len() == WAITING_SLIPS_MAX {
                        state.slips.pop_front();
                    }
                    state.slips.push_back(slip);
                    self.desk.slip_out.notify_all();
                }
            }
        }
    }
}
