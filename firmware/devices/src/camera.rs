//! The document camera: a still of what lies under it, and a quick look at it.

use std::fmt;
use std::time::Duration;

use crate::page_source::{Page, PageFault, PageSource, Place, Told, Wanted};

/// A camera that looks down on a tray.
pub trait Camera {
    /// Takes a still: the bytes of one JPEG or PNG file, upright or not, as the camera gave them.
    ///
    /// The bytes are from outside: they may be no picture at all.
    ///
    /// # Errors
    ///
    /// See [`CameraError`].
    fn take(&mut self) -> Result<Vec<u8>, CameraError>;

    /// A look at the page, to see when it lies well; `None` from a device that has no preview, or none at the moment.
    /// Returns within a tenth of a second.
    fn preview(&mut self) -> Option<Look> {
        None
    }
}

/// Why there is no still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CameraError {
    /// Nothing lies under the lens; the person is asked to lay the page down.
    #[error("nothing lies under the camera")]
    Empty,
    /// The camera does not answer; staff are asked to look at its cable.
    #[error("the camera is unplugged")]
    Unplugged,
}

/// Longest wait of somebody who asks a [`Camera`], and so hears nothing meanwhile: a camera takes two seconds, a flatbed
/// half a minute.
const STILL_WAIT: Duration = Duration::from_secs(60);

/// One page of any source as a [`Camera`]'s still, for those who need to know no more of it.
#[derive(Debug)]
pub struct OnePage<S> {
    source: S,
}

impl<S: PageSource> OnePage<S> {
    /// Takes the pages of `source` one by one, from its glass.
    #[must_use]
    pub fn new(source: S) -> Self {
        Self { source }
    }
}

impl<S: PageSource> Camera for OnePage<S> {
    /// Every fault but missing paper is [`CameraError::Unplugged`]: it is staff who look after all of them.
    fn take(&mut self) -> Result<Vec<u8>, CameraError> {
        let wanted = Wanted {
            page_wait: STILL_WAIT,
            ..Wanted::one(Place::Glass)
        };
        let mut still = None;
        let mut told = |said| {
            if let Told::Page(page) = said {
                still = Some(page);
            }
        };
        match self.source.take(&wanted, &mut told, &|| false) {
            Ok(()) => {}
            Err(PageFault::NoPaper(_)) => return Err(CameraError::Empty),
            Err(_) => return Err(CameraError::Unplugged),
        }
        still.map(Page::into_bytes).ok_or(CameraError::Empty)
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
        let mut camera = OnePage::new(VideoCamera::behind(stand.opener()));
        let still = camera.take().expect("a still");
        assert!(image::load_from_memory(&still).is_ok());
        stand.fail(StandFault::Unplugged);
        assert_eq!(camera.take(), Err(CameraError::Unplugged));
        stand.mend();
        assert!(camera.take().is_ok());
    }
}
