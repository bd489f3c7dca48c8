//! Which device takes the pictures of papers: the table `[paper-source]` of the kiosk's settings.
//!
//! ```toml
//! [paper-source]
//! kind = "camera"                             # a document camera on USB; takes the photo by itself when the page lies well
//! device = "/dev/video0"
//! ```
//!
//! | kind | fields |
//! |---|---|
//! | `camera` | `device`: the camera's node (V4L2) |
//! | `scanner` | `device`: as `scanimage -L` lists it; `folder`: where pages pass through, in memory; `words`: a table of what the driver calls glass, grey and the like, see [`SaneSettings`] |
//! | `network-scanner` | `address`: `http://HOST/eSCL` |
//! | `folder` | `folder`: into which a scanner or a phone puts files |

use std::path::PathBuf;

use devices::camera::{Camera, OnePage, Viewed, still};
use devices::escl::{AddressError, EsclScanner};
use devices::page_source::{PageFault, Step};
use devices::sane::{SaneScanner, SaneSettings};
use devices::video::VideoCamera;
use devices::watched_folder::WatchedFolder;
use serde::Deserialize;

/// A device that takes pictures of papers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PaperSource {
    /// A document camera on USB.
    Camera {
        /// Its node, such as `/dev/video0`.
        device: PathBuf,
    },
    /// A scanner with a driver of SANE.
    Scanner {
        /// What SANE calls it.
        device: String,
        /// A folder through which pages pass; it should be in memory.
        folder: PathBuf,
        /// The driver's own words.
        #[serde(default)]
        words: SaneSettings,
    },
    /// A scanner on the network.
    NetworkScanner {
        /// Where it answers, such as `http://10.1.2.9/eSCL`.
        address: String,
    },
    /// A folder that is filled elsewhere.
    Folder {
        /// The folder.
        folder: PathBuf,
    },
}

impl PaperSource {
    /// The device, which is opened when it is first used, and again after it was away.
    ///
    /// # Errors
    ///
    /// [`AddressError`] if the settings name no address of a scanner.
    pub fn device(&self) -> Result<Box<dyn Camera + Send>, AddressError> {
        Ok(match self {
            Self::Camera { device } => Box::new(Viewed::new(VideoCamera::new(device))),
            Self::Scanner {
                device,
                folder,
                words,
            } => Box::new(OnePage::new(SaneScanner::new(
                device,
                folder,
                words.clone(),
            ))),
            Self::NetworkScanner { address } => Box::new(OnePage::new(EsclScanner::new(address)?)),
            Self::Folder { folder } => Box::new(FolderCamera::new(folder)),
        })
    }
}

/// A folder as a device that takes one page at a time.
///
/// A page that was taken lies aside in the folder until the next one is asked for or nobody asks any more; then it is
/// deleted, as a flatbed keeps nothing of what lay on it.
struct FolderCamera {
    path: PathBuf,
    opened: Option<WatchedFolder>,
}

impl FolderCamera {
    fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            opened: None,
        }
    }
}

impl Camera for FolderCamera {
    fn take(
        &mut self,
        told: &mut dyn FnMut(Step),
        stop: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, PageFault> {
        let folder = match &mut self.opened {
            Some(folder) => folder,
            none => none.insert(WatchedFolder::open(&self.path)?),
        };
        folder.forget_taken()?;
        still(folder, told, stop)
    }

    fn rest(&mut self) {
        // What cannot be deleted now goes when the next page is asked for, or tells why it does not.
        let _ = self.opened.as_mut().map(WatchedFolder::forget_taken);
    }
}
