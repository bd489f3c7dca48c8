//! A scanner that has a driver of SANE, by SANE's own program `scanimage`, one process for each call.
//!
//! Drivers of scanners are C libraries of many hands that hang and crash. A process of its own keeps that away from the
//! kiosk, is stopped by a signal, and is killed if it does not obey; `saned` and its protocol would add a daemon and a
//! port, and would need the same packages. `scanimage` writes each page to a file and prints its name once it is whole, so
//! a feeder's pages come one after another; its exit code is the number of SANE's status.
//!
//! Pages lie for a moment in a folder that the caller names: it should be in memory (`/run`), for they are of people's
//! papers. The files carry random names, are readable for us alone, and are gone when the call is over.
//!
//! Source: SANE Standard 1.06, sections 4.2.7 (status) and 4.5.3 (options that every driver names alike);
//! scanimage(1) of sane-backends 1.1.1.

mod reports;
mod running;

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::page_source::{Page, PageFault, PageSource, Place, Step, Told, Unfit, Wanted};
use crate::patience::Patience;
use reports::{Report, Reports};
use running::Running;

/// A4, in millimetres: drivers start with their whole glass, or with a postcard.
const PAGE_MM: (u16, u16) = (210, 297);

/// So long the program may take to end once it has said what is wrong: the head has to go home first.
const END_WAIT: Duration = Duration::from_secs(10);

/// A scanner behind SANE.
#[derive(Debug, Clone)]
pub struct SaneScanner {
    program: PathBuf,
    device: String,
    folder: PathBuf,
    settings: SaneSettings,
}

/// What differs from driver to driver; `scanimage -d DEVICE -A` lists a driver's words.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SaneSettings {
    /// The driver's word for the glass; empty: the driver has no choice of source.
    pub glass: String,
    /// The driver's word for the feeder; empty: there is no feeder.
    pub feeder: String,
    /// The driver's word for the feeder that takes both sides; empty: it cannot.
    pub feeder_both_sides: String,
    /// The driver's word for grey.
    pub grey: String,
    /// The driver's word for colour; empty: it has none.
    pub colour: String,
    /// Size of the page in millimetres, width and height; `None`: as the driver starts.
    pub page_mm: Option<(u16, u16)>,
    /// Further options of the driver, each a whole argument: `--brightness=10`.
    pub further: Vec<String>,
    /// A folder with a `dll.conf` that names the drivers to load; `None`: the system's. With one driver in it, a scanner
    /// opens faster, and drivers that nobody uses see no device.
    pub drivers: Option<PathBuf>,
}

impl Default for SaneSettings {
    /// The words that most drivers use.
    fn default() -> Self {
        Self {
            glass: "Flatbed".to_owned(),
            feeder: "ADF".to_owned(),
            feeder_both_sides: "ADF Duplex".to_owned(),
            grey: "Gray".to_owned(),
            colour: "Color".to_owned(),
            page_mm: Some(PAGE_MM),
            further: Vec::new(),
            drivers: None,
        }
    }
}

impl SaneScanner {
    /// The scanner that SANE calls `device` (`scanimage -L` lists them). Pages pass through `folder`, which exists.
    #[must_use]
    pub fn new(
        device: impl Into<String>,
        folder: impl Into<PathBuf>,
        settings: SaneSettings,
    ) -> Self {
        Self {
            program: "scanimage".into(),
            device: device.into(),
            folder: folder.into(),
            settings,
        }
    }

    /// Runs another program in place of `scanimage`.
    #[must_use]
    pub fn with_program(mut self, program: impl Into<PathBuf>) -> Self {
        self.program = program.into();
        self
    }

    fn command(&self, wanted: &Wanted, pages: &Path) -> Result<Command, PageFault> {
        let settings = &self.settings;
        let source = match wanted.place {
            Place::Glass => Some(&settings.glass).filter(|word| !word.is_empty()),
            Place::Feeder { both_sides: false } if settings.feeder.is_empty() => {
                return Err(PageFault::Lacks("feeder"));
            }
            Place::Feeder { both_sides: true } if settings.feeder_both_sides.is_empty() => {
                return Err(PageFault::Lacks("feeder for both sides"));
            }
            Place::Feeder { both_sides: false } => Some(&settings.feeder),
            Place::Feeder { both_sides: true } => Some(&settings.feeder_both_sides),
        };
        let mode = match (wanted.colour, settings.colour.is_empty()) {
            (true, false) => &settings.colour,
            (false, _) | (true, true) => &settings.grey,
        };
        let pages_max = match wanted.place {
            Place::Glass => 1,
            Place::Feeder { .. } => wanted.pages_max,
        };
        let mut command = Command::new(&self.program);
        command
            .env("LC_ALL", "C")
            .arg(format!("--device-name={}", self.device))
            .args(["--format=png", "--progress", "--batch-print"])
            .arg(joined("--batch=", &pages.join("%d.png")))
            .arg(format!("--batch-count={pages_max}"));
        if let Some(source) = source {
            command.arg(format!("--source={source}"));
        }
        if !mode.is_empty() {
            command.arg(format!("--mode={mode}"));
        }
        command.arg(format!("--resolution={}", wanted.ppi));
        command.args(&settings.further);
        if let Some((width_mm, height_mm)) = settings.page_mm {
            command.args(["-l", "0", "-t", "0"]);
            command.arg("-x").arg(width_mm.to_string());
            command.arg("-y").arg(height_mm.to_string());
        }
        if let Some(drivers) = &settings.drivers {
            command.env("SANE_CONFIG_DIR", drivers);
        }
        Ok(command)
    }
}

impl PageSource for SaneScanner {
    fn take(
        &mut self,
        wanted: &Wanted,
        told: &mut dyn FnMut(Told),
        stop: &dyn Fn() -> bool,
    ) -> Result<(), PageFault> {
        told(Told::Doing(Step::Opening));
        // Dropped after the process that writes into it.
        let pages = PagesFolder::new(&self.folder)?;
        let mut running = Running::start(self.command(wanted, &pages.0)?)?;
        let mut reports = Reports::default();
        let mut page = 1;
        let mut patience = Patience::new(wanted.page_wait, stop);
        let mut has_failed = false;
        loop {
            match patience.check() {
                // It hangs on its way out, and has said why it goes.
                Err(PageFault::TooSlow { .. }) if has_failed => {
                    return reports.outcome(None, page - 1, wanted.place);
                }
                checked => checked?,
            }
            pages.check_sizes(wanted.page_bytes_max)?;
            let heard = running.hear()?;
            for report in reports.push(&heard.said) {
                told(Told::Doing(match report {
                    Report::Permille(permille) => Step::Scanning {
                        page,
                        permille: Some(permille),
                    },
                    Report::WarmingUp => Step::WarmingUp,
                }));
            }
            if reports.has_failed() && !has_failed {
                has_failed = true;
                patience = Patience::new(END_WAIT.min(wanted.page_wait), stop);
            }
            for _ in 0..heard.lines {
                told(Told::Page(pages.read(page, wanted.page_bytes_max)?));
                page = page.saturating_add(1);
                if !has_failed {
                    patience = Patience::new(wanted.page_wait, stop);
                }
            }
            if let Some(code) = heard.ended {
                return reports.outcome(code, page - 1, wanted.place);
            }
        }
    }
}

/// The folder of one call's pages: ours alone, and gone with this.
struct PagesFolder(PathBuf);

impl PagesFolder {
    fn new(within: &Path) -> Result<Self, PageFault> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|_| PageFault::Failed { code: 0 })?;
        let path = within.join(format!("pages-{}", hex::encode(random)));
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            // A folder that is wrong is no scanner that is unplugged.
            .map_err(|error| PageFault::Failed {
                code: error.raw_os_error().unwrap_or(0),
            })?;
        Ok(Self(path))
    }

    /// A driver that never stops sending would fill the memory.
    fn check_sizes(&self, bytes_max: usize) -> Result<(), PageFault> {
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            let length = entry.metadata().map_or(0, |metadata| metadata.len());
            if usize::try_from(length).map_or(true, |length| length > bytes_max) {
                return Err(Unfit::TooLarge { bytes_max }.into());
            }
        }
        Ok(())
    }

    /// Takes one page out of the folder.
    fn read(&self, page: u16, bytes_max: usize) -> Result<Page, PageFault> {
        let path = self.0.join(format!("{page}.png"));
        let missing = |_| PageFault::Misunderstood("a page that was announced is not there");
        let file = File::open(&path).map_err(missing)?;
        let mut bytes = Vec::new();
        let limit = u64::try_from(bytes_max).map_or(u64::MAX, |max| max.saturating_add(1));
        file.take(limit).read_to_end(&mut bytes).map_err(missing)?;
        if bytes.len() > bytes_max {
            return Err(Unfit::TooLarge { bytes_max }.into());
        }
        // The folder goes in the end in any case.
        let _ = fs::remove_file(&path);
        Ok(Page::new(bytes)?)
    }
}

impl Drop for PagesFolder {
    fn drop(&mut self) {
        // What cannot be removed lies in memory, and is gone with the power.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn joined(option: &str, path: &Path) -> OsString {
    let mut joined = OsString::from(option);
    joined.push(path);
    joined
}

#[cfg(test)]
mod tests;
