//! What a scanner says of itself now (`ScannerStatus`).

use super::xml;
use crate::page_source::{PageFault, Place};

/// Jobs that are kept of a status; scanners remember ten at most.
const JOBS_MAX: usize = 32;

/// What a scanner says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What the scanner does.
    pub state: ScannerState,
    /// What the feeder says; `None` without one.
    pub adf: Option<AdfState>,
    /// Paths of jobs that the scanner gave up by itself.
    aborted: Vec<String>,
}

/// What a scanner does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScannerState {
    /// Nothing.
    Idle,
    /// It scans, for us or for others.
    Processing,
    /// It makes itself ready.
    Testing,
    /// Something is in its way.
    Stopped,
    /// It is out of service.
    Down,
    /// A word that the specification does not have.
    Other,
}

/// What a feeder says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdfState {
    /// No sheet lies in it.
    Empty,
    /// Sheets lie in it.
    Loaded,
    /// A sheet is being drawn in.
    Processing,
    /// A sheet is stuck.
    Jam,
    /// Its cover is open.
    HatchOpen,
    /// It drew in none, or two, or one that was too short or too long.
    Mispick,
    /// Its tray is broken or too full.
    TrayFault,
    /// A word that the specification does not have.
    Other,
}

impl Status {
    /// Reads a scanner's answer.
    ///
    /// # Errors
    ///
    /// [`PageFault::Misunderstood`] if it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, PageFault> {
        let document = xml::parse(xml::text(bytes)?, "ScannerStatus")?;
        let root = document.root_element();
        let aborted = xml::all(root, "JobInfo")
            .take(JOBS_MAX)
            .filter(|job| xml::word(*job, "JobState") == Some("Aborted"))
            .filter_map(|job| xml::word(job, "JobUri"))
            .map(str::to_owned)
            .collect();
        Ok(Self {
            state: xml::word(root, "State").map_or(ScannerState::Other, scanner_state),
            adf: xml::word(root, "AdfState").map(adf_state),
            aborted,
        })
    }

    /// The fault for paper in `place`, if there is one.
    pub(super) fn fault(&self, place: Place) -> Result<(), PageFault> {
        if matches!(place, Place::Feeder { .. }) {
            match self.adf {
                Some(AdfState::Jam) => return Err(PageFault::Jammed),
                Some(AdfState::HatchOpen) => return Err(PageFault::CoverOpen),
                Some(AdfState::Mispick | AdfState::TrayFault) => return Err(PageFault::Mispicked),
                Some(
                    AdfState::Empty | AdfState::Loaded | AdfState::Processing | AdfState::Other,
                )
                | None => {}
            }
        }
        match self.state {
            ScannerState::Down => Err(PageFault::Failed { code: 0 }),
            ScannerState::Idle
            | ScannerState::Processing
            | ScannerState::Testing
            | ScannerState::Stopped
            | ScannerState::Other => Ok(()),
        }
    }

    /// The fault for the job at `path`, which brings no more pages.
    pub(super) fn job_fault(&self, path: &str, place: Place) -> Result<(), PageFault> {
        self.fault(place)?;
        // Some name the whole address, some the path.
        if self.aborted.iter().any(|uri| uri.ends_with(path)) {
            return Err(PageFault::Failed { code: 0 });
        }
        Ok(())
    }
}

fn scanner_state(word: &str) -> ScannerState {
    match word {
        "Idle" => ScannerState::Idle,
        "Processing" => ScannerState::Processing,
        "Testing" => ScannerState::Testing,
        "Stopped" => ScannerState::Stopped,
        "Down" => ScannerState::Down,
        _ => ScannerState::Other,
    }
}

fn adf_state(word: &str) -> AdfState {
    match word {
        "ScannerAdfEmpty" => AdfState::Empty,
        "ScannerAdfLoaded" => AdfState::Loaded,
        "ScannerAdfProcessing" => AdfState::Processing,
        "ScannerAdfJam" => AdfState::Jam,
        // The second is some makers' own.
        "ScannerAdfHatchOpen" | "ScannerAdfDoorOpen" => AdfState::HatchOpen,
        "ScannerAdfMispick"
        | "ScannerAdfMultipickDetected"
        | "ScannerAdfDuplexPageTooShort"
        | "ScannerAdfDuplexPageTooLong" => AdfState::Mispick,
        "ScannerAdfInputTrayFailed" | "ScannerAdfInputTrayOverloaded" => AdfState::TrayFault,
        _ => AdfState::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FEEDER: Place = Place::Feeder { both_sides: false };

    fn status(state: &str, adf: &str) -> Status {
        let xml =
            format!("<S:ScannerStatus xmlns:S='s'><State>{state}</State>{adf}</S:ScannerStatus>");
        Status::parse(xml.as_bytes()).expect("a status")
    }

    #[test]
    fn what_is_wrong_in_the_feeder_does_not_keep_the_glass_from_working() {
        for (word, fault) in [
            ("ScannerAdfJam", PageFault::Jammed),
            ("ScannerAdfHatchOpen", PageFault::CoverOpen),
            ("ScannerAdfDoorOpen", PageFault::CoverOpen),
            ("ScannerAdfMispick", PageFault::Mispicked),
            ("ScannerAdfMultipickDetected", PageFault::Mispicked),
            ("ScannerAdfInputTrayOverloaded", PageFault::Mispicked),
        ] {
            let status = status("Stopped", &format!("<AdfState>{word}</AdfState>"));
            assert_eq!(status.fault(FEEDER), Err(fault));
            assert_eq!(status.fault(Place::Glass), Ok(()));
        }
        let down = status("Down", "");
        assert_eq!(down.fault(Place::Glass), Err(PageFault::Failed { code: 0 }));
        let unknown = status("Dreaming", "<AdfState>ScannerAdfHums</AdfState>");
        assert_eq!(unknown.state, ScannerState::Other);
        assert_eq!(unknown.fault(FEEDER), Ok(()));
    }

    #[test]
    fn only_our_own_job_given_up_is_our_fault() {
        let job =
            |uri| format!("<JobInfo><JobUri>{uri}</JobUri><JobState>Aborted</JobState></JobInfo>");
        let ours = status("Idle", &job("http://scanner/eSCL/ScanJobs/7"));
        let fault = Err(PageFault::Failed { code: 0 });
        assert_eq!(ours.job_fault("/eSCL/ScanJobs/7", Place::Glass), fault);
        assert_eq!(ours.job_fault("/eSCL/ScanJobs/8", Place::Glass), Ok(()));
    }

    #[test]
    fn hostile_xml_is_refused_and_takes_no_more_than_its_bound() {
        let deep = "<a>".repeat(80_000);
        let many = format!("<ScannerStatus>{}</ScannerStatus>", "<a/>".repeat(60_000));
        let bomb = "<!DOCTYPE S [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>\
            <ScannerStatus><State>&b;&b;</State></ScannerStatus>";
        let other = "<html><body>It works!</body></html>";
        for xml in [
            deep.as_str(),
            &many,
            bomb,
            other,
            "",
            "\u{FEFF}",
            "<ScannerStatus>",
        ] {
            let parsed = Status::parse(xml.as_bytes());
            assert!(
                matches!(parsed, Err(PageFault::Misunderstood(_))),
                "{parsed:?}"
            );
        }
        assert!(Status::parse(&[0xFF, 0xFE, b'<']).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text: String) {
            let _ = Status::parse(text.as_bytes());
            let _ = Status::parse(format!("<ScannerStatus>{text}</ScannerStatus>").as_bytes());
        }
    }
}
