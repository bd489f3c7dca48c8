//! What `scanimage` says of its progress and of its end.

use crate::page_source::{PageFault, Place};

/// A line longer than this is noise of a driver; its beginning is looked at alone.
const LINE_BYTES_MAX: usize = 512;

/// Progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    /// How much of the page is here.
    Permille(u16),
    /// The lamp is not ready.
    WarmingUp,
}

/// Reads the error stream: lines that end in a line feed, and progress that ends in a carriage return.
#[derive(Debug, Default)]
pub(super) struct Reports {
    line: Vec<u8>,
    told_permille: Option<u16>,
    /// The last complaint that names one of SANE's status, as its number.
    complaint: Option<Status>,
    /// Whether the device could not even be opened.
    unopened: bool,
}

/// SANE's status, by the numbers of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Good,
    Unsupported,
    Cancelled,
    Busy,
    Invalid,
    Eof,
    Jammed,
    NoDocs,
    CoverOpen,
    Io,
    NoMemory,
    Denied,
    WarmingUp,
    Locked,
}

impl Status {
    /// In the order of their numbers, with the words of `sane_strstatus`; the last two belong to 1.1 of the standard.
    const ALL: [(Self, &'static str); 14] = [
        (Self::Good, "Success"),
        (Self::Unsupported, "Operation not supported"),
        (Self::Cancelled, "Operation was canceled"),
        (Self::Busy, "Device busy"),
        (Self::Invalid, "Invalid argument"),
        (Self::Eof, "End of file reached"),
        (Self::Jammed, "Document feeder jammed"),
        (Self::NoDocs, "Document feeder out of documents"),
        (Self::CoverOpen, "Scanner cover is open"),
        (Self::Io, "Error during device I/O"),
        (Self::NoMemory, "Out of memory"),
        (Self::Denied, "Access to resource has been denied"),
        (Self::WarmingUp, "Lamp not ready, please retry"),
        (Self::Locked, "Scanner mechanism locked for transport"),
    ];

    fn of_code(code: i32) -> Option<Self> {
        let index = usize::try_from(code).ok()?;
        Self::ALL.get(index).map(|&(status, _)| status)
    }

    fn of_words(line: &str) -> Option<Self> {
        let named = |&&(_, words): &&(Self, &str)| line.contains(words);
        Self::ALL.iter().find(named).map(|&(status, _)| status)
    }
}

impl Reports {
    /// Takes bytes of the error stream in whatever pieces they come.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Report> {
        let mut reports = Vec::new();
        for &byte in bytes {
            if byte == b'\r' || byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                reports.extend(self.line(&String::from_utf8_lossy(&line)));
            } else if self.line.len() < LINE_BYTES_MAX {
                self.line.push(byte);
            }
        }
        reports
    }

    fn line(&mut self, line: &str) -> Option<Report> {
        if let Some(percent) = line.strip_prefix("Progress: ") {
            let percent: f32 = percent.strip_suffix('%')?.parse().ok()?;
            let permille = (percent * 10.0).clamp(0.0, 1000.0) as u16;
            let news = self.told_permille != Some(permille);
            self.told_permille = Some(permille);
            return news.then_some(Report::Permille(permille));
        }
        let complaint = line.strip_prefix("scanimage: ")?;
        self.unopened |= complaint.starts_with("open of device ")
            || complaint.starts_with("no SANE devices found");
        let status = Status::of_words(complaint)?;
        self.complaint = Some(status);
        (status == Status::WarmingUp).then_some(Report::WarmingUp)
    }

    /// Whether the program has said why it gives no more pages.
    pub(super) fn has_failed(&self) -> bool {
        self.failure().is_some()
    }

    fn failure(&self) -> Option<Status> {
        // It tries again while a lamp is cold.
        self.complaint.filter(|&status| status != Status::WarmingUp)
    }

    /// What the end means after `pages` whole pages; `code` is `None` after a signal, or while there is no end.
    pub(super) fn outcome(
        &self,
        code: Option<i32>,
        pages: u16,
        place: Place,
    ) -> Result<(), PageFault> {
        let (status, code) = match (code, self.failure()) {
            // A thread of its driver that is still at work as it ends makes it end with 0, crash or hang.
            (None | Some(0), Some(failure)) => (Some(failure), 0),
            (None, None) => return Err(PageFault::Misunderstood("the driver crashed")),
            // The program itself ends with 1 where it never came to the device, which is a status too.
            (Some(1), _) if self.complaint.is_some() => (self.complaint, 1),
            (Some(1), None) if self.unopened => (Some(Status::Io), 1),
            (Some(code), _) => (Status::of_code(code), code),
        };
        match status {
            Some(Status::Good | Status::Eof | Status::NoDocs) if pages > 0 => Ok(()),
            Some(Status::Good | Status::Eof | Status::NoDocs) => Err(PageFault::NoPaper(place)),
            // SANE says of a name that fits no device that it is invalid.
            Some(Status::Invalid) if self.unopened => Err(PageFault::Unplugged),
            Some(Status::Io) => Err(PageFault::Unplugged),
            Some(Status::Jammed) => Err(PageFault::Jammed),
            Some(Status::CoverOpen) => Err(PageFault::CoverOpen),
            Some(Status::Busy | Status::WarmingUp) => Err(PageFault::Busy),
            Some(Status::Denied) => Err(PageFault::Denied),
            Some(Status::Unsupported | Status::Invalid) => {
                Err(PageFault::Lacks("such mode, resolution or option"))
            }
            // Cancelled at the device itself, out of memory, locked for transport, or of a later standard.
            Some(Status::Cancelled | Status::NoMemory | Status::Locked) | None => {
                Err(PageFault::Failed { code })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEEDER: Place = Place::Feeder { both_sides: false };

    fn ended(said: &str, code: i32, pages: u16) -> Result<(), PageFault> {
        let mut reports = Reports::default();
        reports.push(said.as_bytes());
        reports.outcome(Some(code), pages, FEEDER)
    }

    #[test]
    fn progress_is_read_in_any_pieces_and_told_once_for_each_change() {
        let said = b"Scanning page 1\nProgress: 12.3%\rProgress: 12.3%\rProgress: 100.0%\r";
        for cut in 0..said.len() {
            let mut reports = Reports::default();
            let mut heard = reports.push(&said[..cut]);
            heard.extend(reports.push(&said[cut..]));
            assert_eq!(heard, [Report::Permille(123), Report::Permille(1000)]);
        }
    }

    #[test]
    fn every_exit_code_says_what_is_to_be_done() {
        let busy = Err(PageFault::Busy);
        let unplugged = Err(PageFault::Unplugged);
        let lacks = Err(PageFault::Lacks("such mode, resolution or option"));
        let failed = |code| Err(PageFault::Failed { code });
        let expected = [
            Err(PageFault::NoPaper(FEEDER)),
            lacks.clone(),
            failed(2),
            busy.clone(),
            lacks.clone(),
            Err(PageFault::NoPaper(FEEDER)),
            Err(PageFault::Jammed),
            Err(PageFault::NoPaper(FEEDER)),
            Err(PageFault::CoverOpen),
            unplugged.clone(),
            failed(10),
            Err(PageFault::Denied),
            busy,
            failed(13),
            failed(14),
        ];
        for (code, expected) in (0..).zip(expected) {
            assert_eq!(ended("", code, 0), expected, "code {code}");
        }
        for code in [0, 5, 7] {
            assert_eq!(ended("", code, 3), Ok(()), "code {code}");
        }
        assert_eq!(ended("", 6, 3), Err(PageFault::Jammed));

        let unopened =
            "scanimage: open of device genesys:libusb:001:004 failed: Invalid argument\n";
        assert_eq!(ended(unopened, 1, 0), unplugged);
        let denied = "scanimage: open of device x failed: Access to resource has been denied\n";
        assert_eq!(ended(denied, 1, 0), Err(PageFault::Denied));
        let taken = "scanimage: open of device x failed: Device busy\n";
        assert_eq!(ended(taken, 1, 0), Err(PageFault::Busy));
        let none = "scanimage: no SANE devices found\n";
        assert_eq!(ended(none, 1, 0), unplugged);
        let mode = "scanimage: setting of option --mode failed (Invalid argument)\n";
        assert_eq!(ended(mode, 1, 0), lacks);
        assert_eq!(ended("scanimage: unrecognized option '--x'\n", 1, 0), lacks);
        assert_eq!(
            Reports::default().outcome(None, 0, FEEDER),
            Err(PageFault::Misunderstood("the driver crashed"))
        );
    }

    #[test]
    fn a_driver_that_babbles_without_a_line_end_takes_no_memory() {
        let mut reports = Reports::default();
        for _ in 0..1000 {
            assert_eq!(reports.push(&[b'x'; 4096]), []);
        }
        assert_eq!(reports.line.len(), LINE_BYTES_MAX);
        assert_eq!(reports.push(b"\nProgress: 5.0%\r"), [Report::Permille(50)]);
    }
}
