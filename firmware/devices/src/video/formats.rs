//! Which of a camera's formats and sizes serve for stills and for looking.

use std::io;

use rustix::io::Errno;

use super::abi::{
    BUFFER_VIDEO_CAPTURE, FormatDescription, FrameSize, PIXELS_JPEG, PIXELS_MJPEG, PIXELS_YUYV,
    SIZE_DISCRETE,
};
use super::node::{Node, Request};

/// Formats asked for; cameras have two to ten.
const FORMATS_MAX: u32 = 64;

/// Sizes of one format asked for; cameras have up to thirty.
const SIZES_MAX: u32 = 256;

/// Larger modes are left alone: a page then has 400 pixels to the inch, and memory is small.
const PIXELS_MAX: u64 = 24_000_000;

/// Width in which frames are looked at: a page is then 60 dpi, enough to see whether it lies still and whole.
const LOOK_WIDTH: u32 = 640;

/// How a frame's pixels come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pixels {
    /// A JPEG for each frame, often without its tables.
    Jpeg,
    /// Brightness for each pixel, colour for each pair.
    Yuyv,
}

/// A format in one of its sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    pub(super) pixels: Pixels,
    pub(super) pixel_format: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Mode {
    fn area(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// All modes of a camera that we can use.
pub(super) fn modes(node: &mut dyn Node) -> io::Result<Vec<Mode>> {
    let mut modes = Vec::new();
    for index in 0..FORMATS_MAX {
        let mut format = FormatDescription {
            index,
            buffer_type: BUFFER_VIDEO_CAPTURE,
            ..FormatDescription::default()
        };
        if !is_there(node.request(Request::EnumerateFormat(&mut format)))? {
            break;
        }
        let pixels = match format.pixel_format {
            PIXELS_MJPEG | PIXELS_JPEG => Pixels::Jpeg,
            PIXELS_YUYV => Pixels::Yuyv,
            _ => continue,
        };
        sizes(node, pixels, format.pixel_format, &mut modes)?;
    }
    modes.retain(|mode| (1..=PIXELS_MAX).contains(&mode.area()));
    Ok(modes)
}

fn sizes(
    node: &mut dyn Node,
    pixels: Pixels,
    pixel_format: u32,
    modes: &mut Vec<Mode>,
) -> io::Result<()> {
    let mut push = |width, height| {
        modes.push(Mode {
            pixels,
            pixel_format,
            width,
            height,
        });
    };
    for index in 0..SIZES_MAX {
        let mut size = FrameSize {
            index,
            pixel_format,
            ..FrameSize::default()
        };
        if !is_there(node.request(Request::EnumerateSize(&mut size)))? {
            break;
        }
        if size.kind == SIZE_DISCRETE {
            push(size.size[0], size.size[1]);
            continue;
        }
        let [_, width_max, width_step, _, height_max, height_step] = size.size;
        push(width_max, height_max);
        // A small one of the same shape; the camera rounds what it does not have.
        if width_max > LOOK_WIDTH {
            let height = u64::from(height_max) * u64::from(LOOK_WIDTH) / u64::from(width_max);
            let height = u32::try_from(height).unwrap_or(height_max);
            let whole = |length: u32, step: u32| length - length % step.max(1);
            push(whole(LOOK_WIDTH, width_step), whole(height, height_step));
        }
        break;
    }
    Ok(())
}

/// Lists end with an error.
fn is_there(asked: io::Result<()>) -> io::Result<bool> {
    match asked {
        Ok(()) => Ok(true),
        Err(error) if Errno::from_io_error(&error) == Some(Errno::INVAL) => Ok(false),
        // A camera that cannot list its sizes.
        Err(error) if Errno::from_io_error(&error) == Some(Errno::NOTTY) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The mode for a still: as many pixels as there are; of two alike, the one that comes as a file already.
pub(super) fn for_stills(modes: &[Mode]) -> Option<Mode> {
    let worth = |mode: &&Mode| (mode.area(), mode.pixels == Pixels::Jpeg);
    modes.iter().max_by_key(worth).copied()
}

/// The mode for looking: the narrowest that has [`LOOK_WIDTH`], else the widest; of two alike, the one without decoding.
pub(super) fn for_looking(modes: &[Mode]) -> Option<Mode> {
    let cost = |mode: &&Mode| {
        let short_of = LOOK_WIDTH.saturating_sub(mode.width);
        (short_of, mode.area(), mode.pixels == Pixels::Jpeg)
    };
    modes.iter().min_by_key(cost).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(pixels: Pixels, width: u32, height: u32) -> Mode {
        Mode {
            pixels,
            pixel_format: 0,
            width,
            height,
        }
    }

    #[test]
    fn stills_take_all_pixels_and_looks_take_few() {
        use Pixels::{Jpeg, Yuyv};
        let modes = [
            mode(Yuyv, 320, 240),
            mode(Yuyv, 640, 480),
            mode(Jpeg, 640, 480),
            mode(Yuyv, 3264, 2448),
            mode(Jpeg, 1280, 720),
            mode(Jpeg, 3264, 2448),
        ];
        assert_eq!(for_stills(&modes), Some(mode(Jpeg, 3264, 2448)));
        assert_eq!(for_looking(&modes), Some(mode(Yuyv, 640, 480)));
        assert_eq!(for_looking(&modes[..1]), Some(mode(Yuyv, 320, 240)));
        assert_eq!(for_looking(&modes[4..]), Some(mode(Jpeg, 1280, 720)));
        assert_eq!(for_stills(&[]), None);
    }
}
