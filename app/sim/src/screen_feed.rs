//! The kiosk's picture on its way to browsers: each gets the whole picture once, then what changes.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use kiosk::display::{FrameUpdate, Rect, Size};
use tokio::sync::broadcast::{self, Receiver, Sender, error::RecvError};

/// Changes a slow browser may be behind before it gets the whole picture instead: about a second of scrolling.
const CHANGES_BEHIND_MAX: usize = 64;

/// The last picture and everybody who wants to see it change.
pub struct ScreenFeed {
    picture: Mutex<Picture>,
    changes: Sender<Change>,
    first_painted: OnceLock<Instant>,
}

struct Picture {
    size: Size,
    rgb: Vec<u8>,
}

/// A part of the screen and its pixels, three bytes each, row by row.
#[derive(Clone)]
struct Change {
    screen: Size,
    part: Rect,
    rgb: std::sync::Arc<[u8]>,
}

impl ScreenFeed {
    /// A black screen that nobody watches.
    pub fn new(size: Size) -> Self {
        let rgb = vec![0; size.width as usize * size.height as usize * 3];
        Self {
            picture: Mutex::new(Picture { size, rgb }),
            changes: broadcast::channel(CHANGES_BEHIND_MAX).0,
            first_painted: OnceLock::new(),
        }
    }

    /// Takes in what the screen thread has just painted.
    pub fn paint(&self, frame: &FrameUpdate<'_>) {
        self.first_painted.get_or_init(Instant::now);
        let mut picture = self.lock();
        for &part in frame.dirty {
            let rgb = frame.rgb(part);
            picture.put(part, &rgb);
            // Nobody watching is no fault.
            let _ = self.changes.send(Change {
                screen: picture.size,
                part,
                rgb: rgb.into(),
            });
        }
    }

    /// When the screen was painted for the first time.
    pub fn first_painted(&self) -> Option<Instant> {
        self.first_painted.get().copied()
    }

    /// The view of one browser, beginning with the whole picture.
    pub fn watch(&self) -> Watcher<'_> {
        let picture = self.lock();
        Watcher {
            feed: self,
            changes: self.changes.subscribe(),
            pending: Some(picture.whole()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Picture> {
        self.picture.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Picture {
    fn put(&mut self, part: Rect, rgb: &[u8]) {
        let row_len = part.width as usize * 3;
        for (row, pixels) in rgb.chunks_exact(row_len).enumerate() {
            let start = ((part.y as usize + row) * self.size.width as usize + part.x as usize) * 3;
            self.rgb[start..start + row_len].copy_from_slice(pixels);
        }
    }

    fn whole(&self) -> Change {
        let Size { width, height } = self.size;
        Change {
            screen: self.size,
            part: Rect {
                x: 0,
                y: 0,
                width,
                height,
            },
            rgb: self.rgb.as_slice().into(),
        }
    }
}

/// One browser's place in the stream of changes.
pub struct Watcher<'a> {
    feed: &'a ScreenFeed,
    changes: Receiver<Change>,
    pending: Option<Change>,
}

impl Watcher<'_> {
    /// The next message for the browser; `None` when the screen is gone.
    ///
    /// A message is four little-endian 16-bit numbers (x, y, screen width, screen height) and a PNG of the part.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        let change = match self.pending.take() {
            Some(change) => change,
            None => match self.changes.recv().await {
                Ok(change) => change,
                Err(RecvError::Lagged(_)) => {
                    let picture = self.feed.lock();
                    self.changes = self.feed.changes.subscribe();
                    picture.whole()
                }
                Err(RecvError::Closed) => return None,
            },
        };
        Some(change.message())
    }
}

impl Change {
    fn message(&self) -> Vec<u8> {
        let mut message = Vec::with_capacity(8 + self.rgb.len() / 8);
        for number in [
            self.part.x,
            self.part.y,
            self.screen.width,
            self.screen.height,
        ] {
            message.extend_from_slice(&u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes());
        }
        message.extend(png(
            self.part.width,
            self.part.height,
            &self.rgb,
            ExtendedColorType::Rgb8,
        ));
        message
    }
}

/// A PNG of `pixels`, made quickly rather than small: it crosses the loopback interface only.
pub(crate) fn png(width: u32, height: u32, pixels: &[u8], colour: ExtendedColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive)
        .write_image(pixels, width, height, colour)
        .expect("memory takes every PNG whose pixels match its size");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_lands_where_it_belongs_in_the_whole_picture() {
        let mut picture = Picture {
            size: Size {
                width: 3,
                height: 2,
            },
            rgb: vec![0; 18],
        };
        picture.put(
            Rect {
                x: 1,
                y: 1,
                width: 2,
                height: 1,
            },
            &[1, 2, 3, 4, 5, 6],
        );
        assert_eq!(
            picture.rgb,
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6]
        );
    }

    #[test]
    fn a_message_says_where_it_goes_and_holds_a_png() {
        let feed = ScreenFeed::new(Size {
            width: 3,
            height: 2,
        });
        let message = feed.lock().whole().message();
        assert_eq!(message[..8], [0, 0, 0, 0, 3, 0, 2, 0]);
        let picture = image::load_from_memory(&message[8..]).unwrap();
        assert_eq!((picture.width(), picture.height()), (3, 2));
    }
}
