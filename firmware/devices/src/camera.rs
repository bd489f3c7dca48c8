//! What takes pictures of single pages: a still of what lies there, and a quick look at it where it can be had.

use std::fmt;
use std::time::Duration;

use crate::page_source::{Page, PageFault, PageSource, Place, Step, Told, Wanted};

/// Something that takes one page at a time: a camera above a tray, a flatbed, a folder that is filled elsewhere.
pub trait Camera {
    /// Takes a still: the bytes of one JPEG or PNG file, upright or not, as the device gave them. `told` hears what the
    /// device is doing; `stop` is looked at about ten times a second, as [`PageSource::take`] does.
    ///
    /// The bytes are from outside: they may be no picture at all.
    ///
    /// # Errors
    ///
    /// See [`PageFault`]. After each of them the device may be asked again.
    fn take(
        &mut self,
        told: &mut dyn FnMut(Step),
        stop: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, PageFault>;

    /// A look at the page, to see when it lies well; `None` from a device that has no preview. Returns within a tenth of a
    /// second, with [`PageFault::TooSlow`] if there is no picture by then, as from a camera that is just being opened.
    fn preview(&mut self) -> Option<Result<Look, PageFault>> {
        None
    }

    /// Nobody takes or looks for a while: the stills that were taken are kept or not wanted.
    fn rest(&mut self) {}
}

/// Longest wait for a still: a camera takes two seconds, a cold flatbed two minutes.
const STILL_WAIT: Duration = Wanted::PAGE_WAIT;

/// Longest wait for a look.
const LOOK_WAIT: Duration = Duration::from_millis(100);

/// One page from the glass of `source`.
///
/// # Errors
///
/// See [`PageFault`].
pub fn still(
    source: &mut impl PageSource,
    told: &mut dyn FnMut(Step),
    stop: &dyn Fn() -> bool,
) -> Result<Vec<u8>, PageFault> {
    let wanted = Wanted {
        page_wait: STILL_WAIT,
        ..Wanted::one(Place::Glass)
    };
    let mut still = None;
    let mut hear = |said| match said {
        Told::Page(page) => still = Some(page),
        Told::Doing(step) => told(step),
    };
    source.take(&wanted, &mut hear, stop)?;
    still
        .map(Page::into_bytes)
        .ok_or(PageFault::NoPaper(Place::Glass))
}

/// The pages of a source, one by one.
#[derive(Debug)]
pub struct OnePage<S> {
    source: S,
}

impl<S: PageSource> OnePage<S> {
    /// Takes the pages of `source` from its glass.
    #[must_use]
    pub fn new(source: S) -> Self {
        Self { source }
    }
}

impl<S: PageSource> Camera for OnePage<S> {
    fn take(
        &mut self,
        told: &mut dyn FnMut(Step),
        stop: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, PageFault> {
        still(&mut self.source, told, stop)
    }
}

/// The pages of a source that can be looked through, one by one.
#[derive(Debug)]
pub struct Viewed<S> {
    source: S,
}

impl<S: PageSource + Viewfinder> Viewed<S> {
    /// Takes the pages of `source` from its glass, and looks at them before.
    #[must_use]
    pub fn new(source: S) -> Self {
        Self { source }
    }
}

impl<S: PageSource + Viewfinder> Camera for Viewed<S> {
    fn take(
        &mut self,
        told: &mut dyn FnMut(Step),
        stop: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, PageFault> {
        still(&mut self.source, told, stop)
    }

    fn preview(&mut self) -> Option<Result<Look, PageFault>> {
        Some(self.source.look(LOOK_WAIT, &|| false))
    }

    fn rest(&mut self) {
        self.source.rest();
    }
}

/// A camera that can be looked through again and again, so that a page is taken when it lies still.
pub trait Viewfinder {
    /// What lies under the lens now, small: ten or more in a second, where the camera is not changing over from a still.
    ///
    /// # Errors
    ///
    /// See [`PageFault`]; [`PageFault::TooSlow`] when there is no picture `within` that time.
    fn look(&mut self, within: Duration, stop: &dyn Fn() -> bool) -> Result<Look, PageFault>;

    /// Nobody looks for a while: the camera takes no more pictures until it is asked again.
    fn rest(&mut self);
}

/// A small grey picture, upright or not, row by row from the top left; 0 is black.
#[derive(Clone, PartialEq, Eq)]
pub struct Look {
    width: u32,
    height: u32,
    luma: Vec<u8>,
}

impl Look {
    /// Makes a picture of `width` × `height` values.
    ///
    /// # Panics
    ///
    /// If there are more or fewer.
    #[must_use]
    pub fn new(width: u32, height: u32, luma: Vec<u8>) -> Self {
        assert_eq!(luma.len(), width as usize * height as usize);
        Self {
            width,
            height,
            luma,
        }
    }

    /// Pixels in a row.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Brightness of all pixels.
    #[must_use]
    pub fn luma(&self) -> &[u8] {
        &self.luma
    }

    /// Brightness of all pixels, to keep.
    #[must_use]
    pub fn into_luma(self) -> Vec<u8> {
        self.luma
    }
}

impl fmt::Debug for Look {
    /// Prints the size alone: the picture is of somebody's paper.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "look of {} × {}", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulated::{Stand, StandFault};
    use crate::video::VideoCamera;

    #[test]
    fn any_source_serves_as_a_camera() {
        let stand = Stand::default();
        let mut camera = Viewed::new(VideoCamera::behind(stand.opener()));
        let mut steps = Vec::new();
        let mut take = |camera: &mut dyn Camera| {
            steps.clear();
            camera.take(&mut |step| steps.push(step), &|| false)
        };
        let still = take(&mut camera).expect("a still");
        assert!(image::load_from_memory(&still).is_ok());
        stand.fail(StandFault::Unplugged);
        assert_eq!(take(&mut camera), Err(PageFault::Unplugged));
        assert!(matches!(camera.preview(), Some(Err(PageFault::Unplugged))));
        stand.mend();
        assert!(take(&mut camera).is_ok());
        assert!(!steps.is_empty(), "a device says what it does");
        assert_eq!(camera.take(&mut |_| {}, &|| true), Err(PageFault::Stopped));
    }
}
