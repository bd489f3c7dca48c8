//! A document camera on its stand, behind the kernel's door: it answers the kernel's requests with the kernel's structures
//! and the kernel's errors, and holds the driver to their order.
//!
//! What is not here: the kernel itself, its node under `/dev` and its shared memory.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, GrayImage, Luma};
use rustix::io::Errno;

use crate::video::abi::{
    BUFFER_ERROR, BUFFER_VIDEO_CAPTURE, Buffer, CAP_DEVICE_CAPS, CAP_STREAMING, CAP_VIDEO_CAPTURE,
    Format, MEMORY_MMAP, PIXELS_MJPEG, PIXELS_YUYV, SIZE_DISCRETE,
};
use crate::video::{HUFFMAN_TABLES, Node, Request};

/// What goes wrong, until [`Stand::mend`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandFault {
    /// The cable is pulled.
    Unplugged,
    /// The cable is pulled once so many more frames were given.
    UnpluggedAfter {
        /// As many frames come.
        frames: u32,
    },
    /// Another program has the camera.
    Busy,
    /// The node is not for us.
    Denied,
    /// No frame comes.
    Silent,
    /// Every other frame is damaged: flagged by the kernel, cut off, or empty.
    Damaged,
    /// The node is that of the camera's metadata.
    WrongNode,
    /// The camera gives a smaller size than it was asked for.
    Smaller,
    /// The camera knows neither MJPEG nor YUYV.
    OtherFormats,
}

/// A simulated camera; clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Stand {
    scene: Arc<Mutex<Scene>>,
}

#[derive(Default)]
struct Scene {
    picture: Option<GrayImage>,
    /// Pictures laid down so far.
    laid: u32,
    fault: Option<StandFault>,
    frames: u32,
    opened: u32,
    streaming: bool,
}

impl std::fmt::Debug for Scene {
    /// Leaves the picture out: it may be of somebody's form.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scene")
            .field("fault", &self.fault)
            .field("streaming", &self.streaming)
            .finish_non_exhaustive()
    }
}

impl Stand {
    /// What a [`VideoCamera`](crate::video::VideoCamera) opens instead of a node.
    pub fn opener(&self) -> impl FnMut() -> io::Result<Box<dyn Node>> + Send + 'static {
        let stand = self.clone();
        move || {
            let mut scene = stand.scene();
            match scene.fault {
                Some(StandFault::Unplugged) => return Err(Errno::NOENT.into()),
                Some(StandFault::Denied) => return Err(Errno::ACCESS.into()),
                _ => {}
            }
            scene.opened += 1;
            Ok(Box::new(StandNode {
                stand: stand.clone(),
                plugged_in: scene.opened,
                format: Format::new(640, 480, PIXELS_YUYV),
                frame: None,
                buffers: Vec::new(),
                mapped: 0,
                queued: Vec::new(),
                streaming: false,
            }))
        }
    }

    /// Lays a picture under the lens, which fills what the camera sees; nothing is a grey tray.
    pub fn lay(&self, picture: GrayImage) {
        let mut scene = self.scene();
        scene.picture = Some(picture);
        scene.laid += 1;
    }

    /// Lets something go wrong from now on.
    pub fn fail(&self, fault: StandFault) {
        let mut scene = self.scene();
        scene.fault = Some(fault);
        scene.frames = 0;
    }

    /// Puts right what went wrong.
    pub fn mend(&self) {
        self.scene().fault = None;
    }

    /// Whether the camera takes pictures.
    #[must_use]
    pub fn is_streaming(&self) -> bool {
        self.scene().streaming
    }

    fn scene(&self) -> MutexGuard<'_, Scene> {
        self.scene.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An opened node.
struct StandNode {
    stand: Stand,
    plugged_in: u32,
    format: Format,
    /// The newest frame, and of which picture it is.
    frame: Option<(u32, Vec<u8>)>,
    buffers: Vec<Vec<u8>>,
    mapped: usize,
    queued: Vec<u32>,
    streaming: bool,
}

/// Sizes of both formats; MJPEG has the larger ones, as the bus is too slow for the other.
static SIZES: [(u32, &[(u32, u32)]); 2] = [
    (PIXELS_YUYV, &[(640, 480), (320, 240)]),
    (PIXELS_MJPEG, &[(640, 480), (1280, 960)]),
];

impl StandNode {
    /// Whether the camera is there; one that was pulled and plugged in again has a new node.
    fn fault(&self) -> io::Result<Option<StandFault>> {
        let mut scene = self.stand.scene();
        if let Some(StandFault::UnpluggedAfter { frames }) = scene.fault
            && scene.frames >= frames
        {
            scene.fault = Some(StandFault::Unplugged);
        }
        if scene.fault == Some(StandFault::Unplugged) {
            scene.opened += 1;
        }
        if self.plugged_in != scene.opened {
            scene.streaming = false;
            return Err(Errno::NODEV.into());
        }
        Ok(scene.fault)
    }

    fn set_format(&mut self, format: &mut Format, fault: Option<StandFault>) -> io::Result<()> {
        if fault == Some(StandFault::Busy) || !self.buffers.is_empty() {
            return Err(Errno::BUSY.into());
        }
        check(format.buffer_type == BUFFER_VIDEO_CAPTURE)?;
        if fault == Some(StandFault::Smaller) {
            (format.width, format.height) = (320, 240);
        }
        format.bytes_per_line = match format.pixel_format {
            PIXELS_YUYV => format.width * 2,
            _ => 0,
        };
        format.size_image = format.width * format.height * 2;
        self.format = *format;
        self.frame = None;
        Ok(())
    }

    fn dequeue(&mut self, buffer: &mut Buffer, fault: Option<StandFault>) -> io::Result<()> {
        check(self.streaming)?;
        if self.queued.is_empty() || fault == Some(StandFault::Silent) {
            return Err(Errno::AGAIN.into());
        }
        let index = self.queued.remove(0);
        let mut scene = self.stand.scene();
        scene.frames += 1;
        let mut frame = match self.frame.take() {
            Some((laid, frame)) if laid == scene.laid => frame,
            _ => frame(scene.picture.as_ref(), &self.format)?,
        };
        self.frame = Some((scene.laid, frame.clone()));
        if fault == Some(StandFault::Damaged) {
            match scene.frames % 6 {
                1 => buffer.flags |= BUFFER_ERROR,
                3 => frame.truncate(frame.len() / 2),
                5 => frame.clear(),
                _ => {}
            }
        }
        let memory = &mut self.buffers[index as usize];
        memory[..frame.len()].copy_from_slice(&frame);
        buffer.index = index;
        buffer.bytes_used = frame.len() as u32;
        Ok(())
    }
}

impl Node for StandNode {
    fn request(&mut self, request: Request<'_>) -> io::Result<()> {
        let fault = self.fault()?;
        match request {
            Request::QueryCapability(capability) => {
                capability.capabilities = CAP_DEVICE_CAPS | CAP_VIDEO_CAPTURE | CAP_STREAMING;
                capability.device_caps = match fault {
                    Some(StandFault::WrongNode) => CAP_STREAMING,
                    _ => CAP_VIDEO_CAPTURE | CAP_STREAMING,
                };
            }
            Request::EnumerateFormat(format) => {
                let (pixels, _) = SIZES.get(format.index as usize).ok_or(Errno::INVAL)?;
                format.pixel_format = match fault {
                    Some(StandFault::OtherFormats) => u32::from_le_bytes(*b"H264"),
                    _ => *pixels,
                };
            }
            Request::EnumerateSize(size) => {
                let format = SIZES
                    .iter()
                    .find(|(pixels, _)| *pixels == size.pixel_format);
                let sizes = format.ok_or(Errno::INVAL)?.1;
                let &(width, height) = sizes.get(size.index as usize).ok_or(Errno::INVAL)?;
                size.kind = SIZE_DISCRETE;
                size.size[..2].copy_from_slice(&[width, height]);
            }
            Request::SetFormat(format) => self.set_format(format, fault)?,
            Request::RequestBuffers(buffers) => {
                check(buffers.memory == MEMORY_MMAP)?;
                if self.streaming || self.mapped > 0 {
                    return Err(Errno::BUSY.into());
                }
                let bytes = self.format.size_image as usize;
                self.buffers = vec![vec![0; bytes]; buffers.count as usize];
                self.queued.clear();
            }
            Request::QueryBuffer(buffer) => {
                check((buffer.index as usize) < self.buffers.len())?;
                buffer.length = self.format.size_image;
                buffer.offset = u64::from(buffer.index * self.format.size_image);
            }
            Request::Queue(buffer) => {
                check((buffer.index as usize) < self.buffers.len())?;
                check(!self.queued.contains(&buffer.index))?;
                self.queued.push(buffer.index);
            }
            Request::Dequeue(buffer) => self.dequeue(buffer, fault)?,
            Request::StreamOn(_) => {
                check(!self.buffers.is_empty())?;
                self.streaming = true;
                self.stand.scene().streaming = true;
            }
            Request::StreamOff(_) => {
                self.streaming = false;
                self.queued.clear();
                self.stand.scene().streaming = false;
            }
        }
        Ok(())
    }

    fn wait(&mut self, wait: Duration) -> io::Result<bool> {
        // A frame is there whenever somebody waits, and none for somebody who only looks whether one is left over.
        let fault = self.fault()?;
        Ok(self.streaming && fault != Some(StandFault::Silent) && !wait.is_zero())
    }

    fn map(&mut self, offset: u64, length: u32) -> io::Result<()> {
        check(offset == self.mapped as u64 * u64::from(length))?;
        check(self.mapped < self.buffers.len())?;
        self.mapped += 1;
        Ok(())
    }

    fn mapped(&self, index: u32) -> &[u8] {
        let mapped = self.buffers.get(..self.mapped);
        mapped
            .and_then(|buffers| buffers.get(index as usize))
            .map_or(&[], Vec::as_slice)
    }

    fn unmap(&mut self) {
        self.mapped = 0;
    }
}

fn check(holds: bool) -> io::Result<()> {
    if holds {
        Ok(())
    } else {
        Err(Errno::INVAL.into())
    }
}

/// A picture as the camera sends it in a format; it fills what the camera sees, and nothing is grey.
fn frame(picture: Option<&GrayImage>, format: &Format) -> io::Result<Vec<u8>> {
    let (width, height) = (format.width, format.height);
    let seen = GrayImage::from_fn(width, height, |x, y| match picture {
        Some(picture) => {
            *picture.get_pixel(x * picture.width() / width, y * picture.height() / height)
        }
        None => Luma([90]),
    });
    if format.pixel_format == PIXELS_YUYV {
        let video = |luma: &u8| [16 + (u32::from(*luma) * 219 / 255) as u8, 128];
        return Ok(seen.as_raw().iter().flat_map(video).collect());
    }
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 90)
        .encode(&seen, width, height, ExtendedColorType::L8)
        .map_err(io::Error::other)?;
    Ok(without_tables(&jpeg))
}

/// Real cameras leave the tables out, and some leave bytes behind the end.
fn without_tables(jpeg: &[u8]) -> Vec<u8> {
    let mut frame = jpeg[..2].to_vec();
    let mut at = 2;
    while jpeg[at + 1] != 0xDA {
        let length = 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        if jpeg[at + 1] == HUFFMAN_TABLES[1] {
            // The encoder's are those that a frame without them means.
            let table = &jpeg[at + 4..at + length];
            debug_assert!(memchr::memmem::find(&HUFFMAN_TABLES, table).is_some());
        } else {
            frame.extend_from_slice(&jpeg[at..at + length]);
        }
        at += length;
    }
    frame.extend_from_slice(&jpeg[at..]);
    frame.extend([0; 3]);
    frame
}
