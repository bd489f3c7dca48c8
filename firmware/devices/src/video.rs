//! A document camera on USB, by the kernel's video interface (V4L2).
//!
//! Stills come in the camera's largest size. For looking, so that a page can be taken when it lies still, frames come in
//! a small one; the camera changes over between the two in about a second.
//!
//! The requests are few and their structures are fixed for ever, so they are made here: crates that wrap them need libclang
//! to build (`v4l`, `v4l2r`), or do not let a twin stand behind the node (`linuxvideo`).
//!
//! Source: Linux media user-space API, part I, "Streaming I/O (memory mapping)".

pub(crate) mod abi;
mod formats;
mod frame;
mod node;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::camera::{Look, Viewfinder};
use crate::page_source::{
    LOOK_EVERY, Page, PageFault, PageSource, Place, Step, Told, Unfit, Wanted,
};
use crate::patience::Patience;
use abi::{
    BUFFER_ERROR, BUFFER_VIDEO_CAPTURE, Buffer, CAP_STREAMING, CAP_VIDEO_CAPTURE, Capability,
    Format, MEMORY_MMAP, RequestBuffers,
};
use formats::{Mode, Pixels, for_looking, for_stills, modes};
pub(crate) use frame::{HUFFMAN_TABLES, decoded_look};
pub use node::{DeviceNode, Node, Request};

/// Buffers asked for: one is read, one is filled, and two wait when we are late.
const BUFFERS: u32 = 4;

/// Most buffers that a driver may give instead.
const BUFFERS_MAX: u32 = 32;

/// Frames let pass before a still: exposure, white balance and focus start anew with each stream, and settle in a second
/// at the 5 to 15 frames a second of the large sizes.
const SETTLING_FRAMES: u32 = 8;

type OpenNode = Box<dyn FnMut() -> io::Result<Box<dyn Node>> + Send>;

/// A camera.
pub struct VideoCamera {
    open: OpenNode,
    opened: Option<Opened>,
}

impl std::fmt::Debug for VideoCamera {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stream = self
            .opened
            .as_ref()
            .and_then(|opened| opened.stream.as_ref());
        write!(f, "VideoCamera({:?})", stream.map(|stream| stream.mode))
    }
}

/// A camera that was found, with what it can do.
struct Opened {
    node: Box<dyn Node>,
    stills: Mode,
    looks: Mode,
    stream: Option<Stream>,
}

/// Frames that come.
#[derive(Debug, Clone, Copy)]
struct Stream {
    mode: Mode,
    stride: usize,
}

impl VideoCamera {
    /// The camera at a device node; it is opened when it is first used, and again after it was unplugged.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self::behind(move || Ok(Box::new(DeviceNode::open(&path)?)))
    }

    /// The camera behind whatever node `open` gives.
    pub fn behind(open: impl FnMut() -> io::Result<Box<dyn Node>> + Send + 'static) -> Self {
        Self {
            open: Box::new(open),
            opened: None,
        }
    }

    fn opened(&mut self) -> Result<&mut Opened, PageFault> {
        let opened = match self.opened.take() {
            Some(opened) => opened,
            None => Opened::new((self.open)().map_err(fault)?)?,
        };
        Ok(self.opened.insert(opened))
    }

    /// Works with the opened camera, which is closed after any fault that it may not get over.
    fn work<T>(
        &mut self,
        work: impl FnOnce(&mut Opened) -> Result<T, PageFault>,
    ) -> Result<T, PageFault> {
        let done = work(self.opened()?);
        if !matches!(done, Ok(_) | Err(PageFault::Stopped)) {
            self.opened = None;
        }
        done
    }
}

impl PageSource for VideoCamera {
    /// Takes one still.
    fn take(
        &mut self,
        wanted: &Wanted,
        told: &mut dyn FnMut(Told),
        stop: &dyn Fn() -> bool,
    ) -> Result<(), PageFault> {
        if wanted.place != Place::Glass {
            return Err(PageFault::Lacks("feeder"));
        }
        told(Told::Doing(Step::Opening));
        let patience = Patience::new(wanted.page_wait, stop);
        self.work(|camera| {
            let stream = camera.stream(camera.stills)?;
            told(Told::Doing(Step::WarmingUp));
            for _ in 0..SETTLING_FRAMES {
                camera.frame(&patience, |_| Ok(()))?;
            }
            told(Told::Doing(Step::Scanning {
                page: 1,
                permille: None,
            }));
            let page = camera.frame(&patience, |frame| stream.page(frame))?;
            // Large frames for nobody heat the camera and fill the bus.
            camera.stop_stream();
            if page.bytes().len() > wanted.page_bytes_max {
                let bytes_max = wanted.page_bytes_max;
                return Err(Unfit::TooLarge { bytes_max }.into());
            }
            told(Told::Page(page));
            Ok(())
        })
    }
}

impl Viewfinder for VideoCamera {
    fn look(&mut self, within: Duration, stop: &dyn Fn() -> bool) -> Result<Look, PageFault> {
        let patience = Patience::new(within, stop);
        self.work(|camera| {
            let stream = camera.stream(camera.looks)?;
            camera.drop_stale()?;
            camera.frame(&patience, |frame| stream.look(frame))
        })
    }

    fn rest(&mut self) {
        if let Some(camera) = &mut self.opened {
            camera.stop_stream();
        }
    }
}

impl Opened {
    fn new(mut node: Box<dyn Node>) -> Result<Self, PageFault> {
        let mut capability = Capability::default();
        let asked = node.request(Request::QueryCapability(&mut capability));
        // A node that does not know the question is no camera's.
        asked.map_err(|error| match rustix::io::Errno::from_io_error(&error) {
            Some(rustix::io::Errno::NOTTY) => PageFault::Lacks("camera at this node"),
            _ => fault(error),
        })?;
        let needed = CAP_VIDEO_CAPTURE | CAP_STREAMING;
        if capability.of_node() & needed != needed {
            return Err(PageFault::Lacks("camera at this node"));
        }
        let modes = modes(node.as_mut()).map_err(fault)?;
        let (Some(stills), Some(looks)) = (for_stills(&modes), for_looking(&modes)) else {
            return Err(PageFault::Lacks("MJPEG and no YUYV"));
        };
        Ok(Self {
            node,
            stills,
            looks,
            stream: None,
        })
    }

    /// Lets frames come in a mode, if they do not already.
    fn stream(&mut self, mode: Mode) -> Result<Stream, PageFault> {
        if let Some(stream) = self.stream
            && stream.mode == mode
        {
            return Ok(stream);
        }
        self.stop_stream();
        let mut format = Format::new(mode.width, mode.height, mode.pixel_format);
        self.ask(Request::SetFormat(&mut format))?;
        if format.pixel_format != mode.pixel_format {
            return Err(PageFault::Misunderstood("the camera chose another format"));
        }
        let mut buffers = RequestBuffers {
            count: BUFFERS,
            buffer_type: BUFFER_VIDEO_CAPTURE,
            memory: MEMORY_MMAP,
            ..RequestBuffers::default()
        };
        self.ask(Request::RequestBuffers(&mut buffers))?;
        if !(1..=BUFFERS_MAX).contains(&buffers.count) {
            return Err(PageFault::Misunderstood("the camera gave no buffers"));
        }
        for index in 0..buffers.count {
            let mut buffer = Buffer::new(index);
            self.ask(Request::QueryBuffer(&mut buffer))?;
            // The offset is the lower half of what may hold a pointer.
            let offset = buffer.offset & u64::from(u32::MAX);
            self.node.map(offset, buffer.length).map_err(fault)?;
            self.ask(Request::Queue(&mut Buffer::new(index)))?;
        }
        let mut buffer_type = BUFFER_VIDEO_CAPTURE as std::ffi::c_int;
        self.ask(Request::StreamOn(&mut buffer_type))?;
        // A driver takes the nearest size that it has: that is the mode from now on.
        let got = Mode {
            width: format.width,
            height: format.height,
            ..mode
        };
        for known in [&mut self.stills, &mut self.looks] {
            if *known == mode {
                *known = got;
            }
        }
        let stream = Stream {
            mode: got,
            stride: format.bytes_per_line as usize,
        };
        self.stream = Some(stream);
        Ok(stream)
    }

    /// Frames come no more; what a camera says to that changes nothing.
    fn stop_stream(&mut self) {
        if self.stream.take().is_none() {
            return;
        }
        let mut buffer_type = BUFFER_VIDEO_CAPTURE as std::ffi::c_int;
        let _ = self.node.request(Request::StreamOff(&mut buffer_type));
        self.node.unmap();
        let mut none = RequestBuffers {
            buffer_type: BUFFER_VIDEO_CAPTURE,
            memory: MEMORY_MMAP,
            ..RequestBuffers::default()
        };
        let _ = self.node.request(Request::RequestBuffers(&mut none));
    }

    /// Lets frames go that waited while nobody looked.
    fn drop_stale(&mut self) -> Result<(), PageFault> {
        for _ in 0..BUFFERS_MAX {
            if !self.node.wait(Duration::ZERO).map_err(fault)? {
                break;
            }
            let mut buffer = Buffer::new(0);
            self.ask(Request::Dequeue(&mut buffer))?;
            self.ask(Request::Queue(&mut Buffer::new(buffer.index)))?;
        }
        Ok(())
    }

    /// Waits for the next frame that `read` can use; damaged ones are let pass, as a camera has the next at once.
    fn frame<T>(
        &mut self,
        patience: &Patience<'_>,
        read: impl Fn(&[u8]) -> Result<T, Unfit>,
    ) -> Result<T, PageFault> {
        loop {
            patience.check()?;
            if !self.node.wait(LOOK_EVERY).map_err(fault)? {
                continue;
            }
            let mut buffer = Buffer::new(0);
            self.ask(Request::Dequeue(&mut buffer))?;
            let bytes = self.node.mapped(buffer.index);
            let used = bytes.get(..buffer.bytes_used as usize);
            let result = match used {
                Some(frame) if buffer.flags & BUFFER_ERROR == 0 => read(frame).ok(),
                _ => None,
            };
            self.ask(Request::Queue(&mut Buffer::new(buffer.index)))?;
            if let Some(result) = result {
                return Ok(result);
            }
        }
    }

    fn ask(&mut self, request: Request<'_>) -> Result<(), PageFault> {
        self.node.request(request).map_err(fault)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.stop_stream();
    }
}

impl Stream {
    fn page(&self, frame: &[u8]) -> Result<Page, Unfit> {
        match self.mode.pixels {
            Pixels::Jpeg => frame::jpeg_page(frame),
            Pixels::Yuyv => frame::yuyv_page(frame, self.mode.width, self.mode.height, self.stride),
        }
    }

    fn look(&self, frame: &[u8]) -> Result<Look, Unfit> {
        match self.mode.pixels {
            Pixels::Jpeg => decoded_look(frame::jpeg_page(frame)?.bytes()),
            Pixels::Yuyv => frame::yuyv_look(frame, self.mode.width, self.mode.height, self.stride),
        }
    }
}

fn fault(error: io::Error) -> PageFault {
    PageFault::of_device(&error)
}

#[cfg(test)]
mod tests;
