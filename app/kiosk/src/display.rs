//! Slint's platform of our own: a software-drawn picture in memory, no window system under it.
//!
//! Whoever owns the thread moves the clock, hands pointer events in and takes the changed parts of
//! the picture out. Nothing here waits or starts a thread.

use std::{cell::Cell, rc::Rc, sync::Arc, time::Duration};

use slint::{
    LogicalPosition, PhysicalSize, PlatformError, Rgb8Pixel,
    fontique_011::fontique::{Blob, FallbackKey, Script},
    platform::{
        Platform, PointerEventButton, WindowAdapter, WindowEvent,
        software_renderer::{MinimalSoftwareWindow, RepaintBufferType},
    },
};

use crate::font;

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pixels along a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// The kiosk's panel: 1280 × 800, landscape.
pub const KIOSK_SIZE: Size = Size {
    width: 1280,
    height: 800,
};

/// A part of the picture, in pixels from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// First column.
    pub x: u32,
    /// First row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// A finger (or a mouse button) on the panel, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pointer {
    /// It came down here.
    Down(f32, f32),
    /// It slid here.
    Move(f32, f32),
    /// It left the panel here.
    Up(f32, f32),
}

/// The picture after a change, and where it changed.
#[derive(Debug)]
pub struct FrameUpdate<'a> {
    /// Of the whole picture.
    pub size: Size,
    /// The changed parts; they do not overlap.
    pub dirty: &'a [Rect],
    pixels: &'a [Rgb8Pixel],
}

impl FrameUpdate<'_> {
    /// The pixels of `part`, three bytes each, row by row.
    #[must_use]
    pub fn rgb(&self, part: Rect) -> Vec<u8> {
        rgb(self.pixels, self.size, part)
    }
}

/// A whole picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Of the picture.
    pub size: Size,
    /// Three bytes a pixel, row by row.
    pub rgb: Vec<u8>,
}

/// Why there is no display.
#[derive(Debug, thiserror::Error)]
pub enum DisplayError {
    /// This thread already has one.
    #[error("this thread already has a display")]
    AlreadyInstalled,
    /// The embedded typeface could not be read.
    #[error("the embedded typeface holds no font")]
    NoFont,
    /// Slint could not build its window.
    #[error("the screen could not be built: {0}")]
    Screen(#[from] PlatformError),
}

/// The display of this thread.
pub struct Display {
    window: Rc<MinimalSoftwareWindow>,
    time: Rc<Cell<Duration>>,
    size: Size,
    pixels: Vec<Rgb8Pixel>,
    dirty: Vec<Rect>,
}

struct KioskPlatform {
    window: Rc<MinimalSoftwareWindow>,
    time: Rc<Cell<Duration>>,
}

impl Platform for KioskPlatform {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.window.clone())
    }

    fn duration_since_start(&self) -> Duration {
        self.time.get()
    }
}

impl Display {
    /// Makes the calling thread a screen thread; its clock stands at zero.
    ///
    /// # Errors
    ///
    /// [`DisplayError::AlreadyInstalled`] on the second call in a thread.
    pub fn install(size: Size) -> Result<Self, DisplayError> {
        let window = MinimalSoftwareWindow::new(RepaintBufferType::ReusedBuffer);
        let time = Rc::new(Cell::new(Duration::ZERO));
        let platform = KioskPlatform {
            window: window.clone(),
            time: time.clone(),
        };
        slint::platform::set_platform(Box::new(platform))
            .map_err(|_| DisplayError::AlreadyInstalled)?;
        register_font()?;
        window.set_size(PhysicalSize::new(size.width, size.height));
        let pixels = vec![Rgb8Pixel::default(); size.width as usize * size.height as usize];
        Ok(Self {
            window,
            time,
            size,
            pixels,
            dirty: Vec::new(),
        })
    }

    /// Moves the screen's clock; `since_start` never goes back.
    pub fn set_time(&self, since_start: Duration) {
        self.time.set(since_start.max(self.time.get()));
        slint::platform::update_timers_and_animations();
    }

    /// Hands one pointer event to the screen.
    pub fn pointer(&self, pointer: Pointer) {
        let button = PointerEventButton::Left;
        let at = LogicalPosition::new;
        match pointer {
            Pointer::Down(x, y) => {
                self.dispatch(WindowEvent::PointerPressed {
                    position: at(x, y),
                    button,
                });
            }
            Pointer::Move(x, y) => {
                self.dispatch(WindowEvent::PointerMoved { position: at(x, y) });
            }
            Pointer::Up(x, y) => {
                self.dispatch(WindowEvent::PointerReleased {
                    position: at(x, y),
                    button,
                });
                // A finger that left hovers over nothing.
                self.dispatch(WindowEvent::PointerExited);
            }
        }
    }

    fn dispatch(&self, event: WindowEvent) {
        self.window.dispatch_event(event);
    }

    /// Draws what changed and shows it to `sink`; does nothing when nothing changed.
    pub fn paint(&mut self, mut sink: impl FnMut(FrameUpdate<'_>)) {
        let Self {
            window,
            pixels,
            dirty,
            size,
            ..
        } = self;
        dirty.clear();
        window.draw_if_needed(|renderer| {
            let region = renderer.render(pixels, size.width as usize);
            dirty.extend(region.iter().filter_map(|(origin, extent)| {
                Rect {
                    x: u32::try_from(origin.x).ok()?,
                    y: u32::try_from(origin.y).ok()?,
                    width: extent.width,
                    height: extent.height,
                }
                .within(*size)
            }));
        });
        if !dirty.is_empty() {
            sink(FrameUpdate {
                size: *size,
                dirty,
                pixels,
            });
        }
    }

    /// The picture as last painted.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let Size { width, height } = self.size;
        let whole = Rect {
            x: 0,
            y: 0,
            width,
            height,
        };
        Snapshot {
            size: self.size,
            rgb: rgb(&self.pixels, self.size, whole),
        }
    }

    /// How long the screen needs no call of [`set_time`](Self::set_time); `None` until something happens.
    #[must_use]
    pub fn idle_for(&self) -> Option<Duration> {
        if self.window.has_active_animations() {
            return Some(FRAME);
        }
        slint::platform::duration_until_next_timer_update()
    }
}

/// One picture of an animation: 30 a second are smooth enough and half the work of 60.
const FRAME: Duration = Duration::from_millis(33);

impl Rect {
    /// The part of it inside a picture of `size`, if any.
    fn within(self, size: Size) -> Option<Self> {
        let width = self.width.min(size.width.checked_sub(self.x)?);
        let height = self.height.min(size.height.checked_sub(self.y)?);
        (width > 0 && height > 0).then_some(Self {
            width,
            height,
            ..self
        })
    }
}

fn rgb(pixels: &[Rgb8Pixel], size: Size, part: Rect) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(part.width as usize * part.height as usize * 3);
    for row in part.y..part.y + part.height {
        let start = row as usize * size.width as usize + part.x as usize;
        for pixel in &pixels[start..start + part.width as usize] {
            bytes.extend_from_slice(&[pixel.r, pixel.g, pixel.b]);
        }
    }
    bytes
}

fn register_font() -> Result<(), DisplayError> {
    let mut collection = slint::fontique_011::shared_collection();
    let registered = collection.register_fonts(Blob::new(Arc::new(font::NOTO_SANS_SC)), None);
    if registered.is_empty() {
        return Err(DisplayError::NoFont);
    }
    let han = FallbackKey::new(Script::from_bytes(*b"Hani"), None);
    collection.append_fallbacks(han, registered.iter().map(|(family, _)| *family));
    Ok(())
}
