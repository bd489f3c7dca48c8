//! Where pages come from: a camera, a flatbed, a feeder, a folder; all are asked in one way.
//!
//! | Source | [`PageSource`] | Twin |
//! |---|---|---|
//! | document camera on USB | [`VideoCamera`](crate::video::VideoCamera) | [`simulated::Stand`](crate::simulated::Stand), at the door of the kernel |
//! | scanner with a driver of SANE | [`SaneScanner`](crate::sane::SaneScanner) | SANE's own `test` driver, in `tests/sane.rs` |
//! | scanner on the network (eSCL, AirScan) | [`EsclScanner`](crate::escl::EsclScanner) | [`simulated::EsclServer`](crate::simulated::EsclServer) |
//! | folder into which a scanner or a phone puts files | [`WatchedFolder`](crate::watched_folder::WatchedFolder) | a folder |

use std::fmt;
use std::time::Duration;

/// Something that gives pictures of pages.
pub trait PageSource: Send {
    /// Takes pages one after another, as `wanted`, and hands each on through `told` as soon as it is whole; in
    /// between, `told` hears what the device is doing. `stop` is looked at about ten times a second; once it says
    /// yes, the device is told to leave off, and the answer is [`PageFault::Stopped`].
    ///
    /// A feeder that runs empty after at least one page is the good end. Pages that were handed on before a fault are
    /// whole and stay good.
    ///
    /// # Errors
    ///
    /// See [`PageFault`]. After each of them the source may be asked again.
    fn take(
        &mut self,
        wanted: &Wanted,
        told: &mut dyn FnMut(Told),
        stop: &dyn Fn() -> bool,
    ) -> Result<(), PageFault>;
}

/// What pages are asked for, and what they may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Where the paper lies. A camera sees one place only and a folder none: both take it as they are.
    pub place: Place,
    /// Whether colour is wanted; a scanner without it gives grey. A camera or a folder gives what it has.
    pub colour: bool,
    /// Dots per inch; a scanner takes its nearest. A camera takes all that it has.
    pub ppi: u16,
    /// No more pages than this are taken; what lies in the feeder beyond it stays there, as far as the device lets it.
    pub pages_max: u16,
    /// Longest wait for a page to be whole, from the beginning or from the page before.
    pub page_wait: Duration,
    /// A picture file with more bytes is no page, and is not read further.
    pub page_bytes_max: usize,
}

impl Wanted {
    /// A picture of an A4 page at 300 ppi takes 26 MB without compression, and every source compresses.
    pub const PAGE_BYTES_MAX: usize = 32 * 1024 * 1024;

    /// A cold lamp warms up for a minute, and a slow flatbed then takes another for a page.
    pub const PAGE_WAIT: Duration = Duration::from_secs(150);

    /// Resolution at which pages are read when a scanner takes them.
    pub const PPI: u16 = 300;

    /// One page in colour from `place`.
    #[must_use]
    pub fn one(place: Place) -> Self {
        Self {
            place,
            colour: true,
            ppi: Self::PPI,
            pages_max: 1,
            page_wait: Self::PAGE_WAIT,
            page_bytes_max: Self::PAGE_BYTES_MAX,
        }
    }

    /// Every page in the feeder, up to `pages_max`.
    #[must_use]
    pub fn stack(pages_max: u16) -> Self {
        Self {
            pages_max,
            ..Self::one(Place::Feeder { both_sides: false })
        }
    }
}

/// Where the paper lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// On the glass, or under the lens.
    Glass,
    /// In the feeder, which draws in sheet after sheet.
    Feeder {
        /// Both sides of each sheet are taken, front before back.
        both_sides: bool,
    },
}

/// What a source says while it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// What the device is doing.
    Doing(Step),
    /// A page is here.
    Page(Page),
}

/// What a device is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The device is being opened, or asked what it can do.
    Opening,
    /// The device makes itself ready: a lamp warms up, a lens looks for its light.
    WarmingUp,
    /// A file is being waited for.
    Waiting,
    /// A page is being taken.
    Scanning {
        /// Which page of this call, from 1.
        page: u16,
        /// How much of it is here, 0 to 1000; `None` where the device does not tell.
        permille: Option<u16>,
    },
    /// A file in the folder was no page and was moved aside, where people find it.
    SetAside(Unfit),
}

/// Why a file is no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is neither JPEG nor PNG.
    #[error("the file is neither JPEG nor PNG")]
    NotAPicture,
    /// It begins as a picture and does not end as one, and nobody writes on.
    #[error("the picture is cut off")]
    CutOff,
    /// It has more bytes than a page may.
    #[error("the file is larger than {bytes_max} bytes")]
    TooLarge {
        /// As many would have been taken.
        bytes_max: usize,
    },
    /// The system does not let it be read.
    #[error("the file cannot be read")]
    Unreadable,
}

/// The formats in which pages come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureFormat {
    /// JPEG, with its tables inside.
    Jpeg,
    /// PNG.
    Png,
}

impl PictureFormat {
    /// The format that a file's first bytes announce.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
            Some(Self::Png)
        } else {
            None
        }
    }

    /// Whether a file of this format ends where it should; some cameras leave zeros behind a JPEG's end.
    #[must_use]
    pub fn ends(self, bytes: &[u8]) -> bool {
        match self {
            Self::Jpeg => {
                let zeros = bytes.iter().rev().take_while(|&&byte| byte == 0).count();
                bytes[..bytes.len() - zeros].ends_with(&[0xFF, 0xD9])
            }
            Self::Png => bytes.ends_with(b"IEND\xAE\x42\x60\x82"),
        }
    }
}

/// A picture of one side of a sheet: a whole file as the device gave it, upright or not.
///
/// Its first and last bytes are those of its format. The rest is from outside and may be anything.
#[derive(Clone, PartialEq, Eq)]
pub struct Page {
    format: PictureFormat,
    bytes: Vec<u8>,
}

impl Page {
    /// Takes a file for a page.
    ///
    /// # Errors
    ///
    /// [`Unfit::NotAPicture`] and [`Unfit::CutOff`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, Unfit> {
        let format = PictureFormat::of(&bytes).ok_or(Unfit::NotAPicture)?;
        if !format.ends(&bytes) {
            return Err(Unfit::CutOff);
        }
        Ok(Self { format, bytes })
    }

    /// The file's format.
    #[must_use]
    pub fn format(&self) -> PictureFormat {
        self.format
    }

    /// The file's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The file's bytes, to keep.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl fmt::Debug for Page {
    /// Prints format and size alone: the picture is of somebody's paper.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {} bytes", self.format, self.bytes.len())
    }
}

/// Why no more pages come, told apart by what is to be done; see [`PageFault::remedy`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageFault {
    /// Nothing lies there.
    #[error("no paper in the {0:?}")]
    NoPaper(Place),
    /// A sheet is stuck.
    #[error("paper is jammed in the feeder")]
    Jammed,
    /// The feeder drew in no sheet, or two at once.
    #[error("the feeder did not take the sheet")]
    Mispicked,
    /// A cover stands open.
    #[error("the scanner's cover is open")]
    CoverOpen,
    /// No device is there, or it went away: a cable was pulled, power is off, a disk is not mounted.
    #[error("the device is not there")]
    Unplugged,
    /// Nothing answers at the address on the network, or the answer broke off.
    #[error("the scanner does not answer on the network")]
    Unreachable,
    /// Another program or person uses the device.
    #[error("the device is in use")]
    Busy,
    /// The device lets us not in: rights are missing, or it wants a password.
    #[error("the device refuses us access")]
    Denied,
    /// The device has no such thing, or does not do it.
    #[error("the device has no {0}")]
    Lacks(&'static str),
    /// The device, or the program before it, answered what it should not.
    #[error("the device's answer is not understood: {0}")]
    Misunderstood(&'static str),
    /// What came is no page.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// No page was whole within the time that it was given.
    #[error("no page within {} s", waited.as_secs())]
    TooSlow {
        /// The time that it was given.
        waited: Duration,
    },
    /// The device reports a fault of its own.
    #[error("the device failed with code {code}")]
    Failed {
        /// The device's or the system's number for it, for those who repair it.
        code: i32,
    },
    /// The one who asked wants no more.
    #[error("stopped while taking pages")]
    Stopped,
}

/// What is to be done about a fault, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Lay the paper down and ask again.
    LayPaper(Place),
    /// Lay the sheets into the feeder again, evenly; the person can.
    FeedAgain,
    /// Open the cover, pull the sheet out, close the cover, lay the rest in again.
    ClearJam,
    /// Close the cover.
    CloseCover,
    /// Look at cable and power; staff can.
    CheckCable,
    /// Look at the scanner's power and the network; staff can.
    CheckNetwork,
    /// Wait until the other one is done, then ask again.
    WaitForOthers,
    /// Ask again.
    TryAgain,
    /// Settings do not fit this device: those who look after the machine are called.
    CallService,
    /// Nothing: it was wanted.
    None,
}

impl PageFault {
    /// What is to be done.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::NoPaper(place) => Remedy::LayPaper(*place),
            Self::Mispicked => Remedy::FeedAgain,
            Self::Jammed => Remedy::ClearJam,
            Self::CoverOpen => Remedy::CloseCover,
            Self::Unplugged => Remedy::CheckCable,
            Self::Unreachable => Remedy::CheckNetwork,
            Self::Busy => Remedy::WaitForOthers,
            Self::Unfit(_) | Self::TooSlow { .. } | Self::Failed { .. } => Remedy::TryAgain,
            Self::Denied | Self::Lacks(_) | Self::Misunderstood(_) => Remedy::CallService,
            Self::Stopped => Remedy::None,
        }
    }

    /// The fault behind an error of the system when it opened a device or worked with it.
    pub(crate) fn of_device(error: &std::io::Error) -> Self {
        use rustix::io::Errno;
        match Errno::from_io_error(error) {
            // Those of a file system whose disk or server is gone stand here too.
            Some(
                Errno::NODEV | Errno::NXIO | Errno::NOENT | Errno::IO | Errno::PIPE | Errno::STALE,
            ) => Self::Unplugged,
            Some(Errno::BUSY | Errno::AGAIN) => Self::Busy,
            Some(Errno::ACCESS | Errno::PERM) => Self::Denied,
            Some(errno) => Self::Failed {
                code: errno.raw_os_error(),
            },
            None => Self::Failed { code: 0 },
        }
    }
}

/// How long a source may wait before it looks at `stop` again: a person who pressed a button sees an answer at once.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_that_begins_and_ends_as_a_picture_is_a_page() {
        let jpeg = [&[0xFF, 0xD8, 0xFF, 0xE0][..], &[7; 9], &[0xFF, 0xD9]].concat();
        let page = Page::new(jpeg.clone()).expect("a page");
        assert_eq!(page.format(), PictureFormat::Jpeg);
        assert_eq!(page.bytes(), jpeg);

        assert!(Page::new([&jpeg[..], &[0, 0, 0]].concat()).is_ok());
        assert_eq!(Page::new(jpeg[..9].to_vec()), Err(Unfit::CutOff));
        assert_eq!(Page::new(b"%PDF-1.7".to_vec()), Err(Unfit::NotAPicture));
        assert_eq!(Page::new(Vec::new()), Err(Unfit::NotAPicture));

        let png = b"\x89PNG\r\n\x1A\n....IEND\xAE\x42\x60\x82";
        assert_eq!(
            Page::new(png.to_vec()).map(|page| page.format()),
            Ok(PictureFormat::Png)
        );
        assert_eq!(Page::new(png[..12].to_vec()), Err(Unfit::CutOff));
    }

    #[test]
    fn what_is_printed_of_a_page_says_nothing_of_its_picture() {
        let page = Page::new(vec![0xFF, 0xD8, 0xFF, 0x41, 0x42, 0xFF, 0xD9]).expect("a page");
        assert_eq!(format!("{page:?}"), "Jpeg of 7 bytes");
    }
}
