//! `kiosk page`: one page from the kiosk's paper source, for whoever sets a camera or scanner up.

use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use devices::page_source::{Remedy, Step};
use kiosk::paper_source::PaperSource;

/// Takes a page, says what the device does, and writes the picture to `file`.
pub(crate) fn take(source: &PaperSource, file: &Path) -> Result<(), Box<dyn Error>> {
    let mut device = source.device()?;
    let mut said = String::new();
    let mut told = |step| {
        let words = words(step);
        if words != said {
            println!("{words}");
            said = words;
        }
    };
    let page = device
        .take(&mut told, &|| false)
        .map_err(|fault| format!("{fault}; {}", what_to_do(fault.remedy())))?;
    // It may be somebody's form.
    let mut written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .map_err(|error| format!("{}: {error}", file.display()))?;
    written.write_all(&page)?;
    device.rest();
    println!("{} bytes are in {}", page.len(), file.display());
    Ok(())
}

fn words(step: Step) -> String {
    match step {
        Step::Opening => "opening the device".to_owned(),
        Step::WarmingUp => "the device warms up".to_owned(),
        Step::Waiting => "waiting for a file".to_owned(),
        Step::Scanning {
            permille: Some(permille),
            ..
        } => format!("taking the page, {} %", permille / 10),
        Step::Scanning { permille: None, .. } => "taking the page".to_owned(),
        Step::SetAside(unfit) => format!("a file is set aside: {unfit}"),
    }
}

const fn what_to_do(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::LayPaper(_) => "lay a page down and run this again",
        Remedy::FeedAgain => "lay the sheets in evenly and run this again",
        Remedy::ClearJam => "open the cover and pull the sheet out",
        Remedy::CloseCover => "close the cover",
        Remedy::CheckCable => "look at cable and power, and at [paper-source] in the settings",
        Remedy::CheckNetwork => "look at the scanner's power and network, and at its address",
        Remedy::WaitForOthers => "wait until whoever uses it is done",
        Remedy::TryAgain => "run this again",
        Remedy::CallService => "look at [paper-source] in the settings",
        Remedy::None => "it was wanted",
    }
}
