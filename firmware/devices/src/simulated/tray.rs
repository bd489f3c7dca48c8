//! The camera's tray: a photo laid on it is what the camera sees.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use image::GrayImage;
use image::imageops::{FilterType, resize};

use crate::camera::{Camera, Look, Viewfinder};
use crate::page_source::{PageFault, Place, Step};
use crate::video::decoded_look;

/// Width of a look, as a real camera has it.
const LOOK_WIDTH: u32 = 640;

/// A tray on which nothing lies, or what is no picture: even grey.
const BARE_LUMA: u8 = 90;

/// A simulated camera; clones share one tray, so that one hand lays photos down while another takes
/// stills.
#[derive(Debug, Clone, Default)]
pub struct Tray {
    scene: Arc<Mutex<Scene>>,
}

#[derive(Default)]
enum Scene {
    #[default]
    Bare,
    Photo(Vec<u8>),
    Unplugged,
}

impl std::fmt::Debug for Scene {
    /// Prints the kind alone: a photo may be of somebody's form.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bare => "Bare",
            Self::Photo(_) => "Photo",
            Self::Unplugged => "Unplugged",
        })
    }
}

impl Tray {
    /// Lays a photo down, in place of any other: the bytes of a picture file, or of anything else
    /// to try that.
    pub fn lay(&self, photo: Vec<u8>) {
        self.set(Scene::Photo(photo));
    }

    /// Takes everything off the tray; an unplugged camera is plugged in again.
    pub fn clear(&self) {
        self.set(Scene::Bare);
    }

    /// Pulls the camera's cable, until something is laid down or the tray is cleared.
    pub fn unplug(&self) {
        self.set(Scene::Unplugged);
    }

    fn set(&self, scene: Scene) {
        *self.scene.lock().unwrap_or_else(PoisonError::into_inner) = scene;
    }
}

impl Camera for Tray {
    fn take(
        &mut self,
        _: &mut dyn FnMut(Step),
        _: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, PageFault> {
        match &*self.scene.lock().unwrap_or_else(PoisonError::into_inner) {
            Scene::Bare => Err(PageFault::NoPaper(Place::Glass)),
            Scene::Photo(photo) => Ok(photo.clone()),
            Scene::Unplugged => Err(PageFault::Unplugged),
        }
    }
}

impl Viewfinder for Tray {
    /// The photo that lies there, small; it is decoded anew for each look.
    fn look(&mut self, _: Duration, _: &dyn Fn() -> bool) -> Result<Look, PageFault> {
        let photo = match &*self.scene.lock().unwrap_or_else(PoisonError::into_inner) {
            Scene::Bare => Vec::new(),
            Scene::Photo(photo) => photo.clone(),
            Scene::Unplugged => return Err(PageFault::Unplugged),
        };
        let bare = || {
            let height = LOOK_WIDTH / 4 * 3;
            Look::new(
                LOOK_WIDTH,
                height,
                vec![BARE_LUMA; (LOOK_WIDTH * height) as usize],
            )
        };
        let Ok(look) = decoded_look(&photo) else {
            return Ok(bare());
        };
        let (width, height) = (look.width(), look.height());
        let height_small = (u64::from(height) * u64::from(LOOK_WIDTH) / u64::from(width)).max(1);
        let height_small = u32::try_from(height_small).unwrap_or(height);
        let Some(grey) = GrayImage::from_raw(width, height, look.into_luma()) else {
            return Ok(bare());
        };
        let small = resize(&grey, LOOK_WIDTH, height_small, FilterType::Triangle);
        Ok(Look::new(LOOK_WIDTH, height_small, small.into_raw()))
    }

    fn rest(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_on_the_tray_can_be_looked_at() {
        let tray = Tray::default();
        let mut finder = tray.clone();
        let mut look = || finder.look(Duration::ZERO, &|| false);
        assert_eq!(look().map(|look| look.luma()[0]), Ok(BARE_LUMA));
        tray.lay(b"no picture".to_vec());
        assert_eq!(look().map(|look| look.luma()[0]), Ok(BARE_LUMA));

        let mut photo = std::io::Cursor::new(Vec::new());
        GrayImage::from_pixel(1280, 640, image::Luma([200]))
            .write_to(&mut photo, image::ImageFormat::Png)
            .expect("a picture");
        tray.lay(photo.into_inner());
        let seen = look().expect("a look");
        assert_eq!(
            (seen.width(), seen.height(), seen.luma()[0]),
            (640, 320, 200)
        );
        tray.unplug();
        assert_eq!(look(), Err(PageFault::Unplugged));
    }

    #[test]
    fn a_page_can_be_taken_again_until_the_tray_is_cleared() {
        let tray = Tray::default();
        let mut camera = tray.clone();
        let mut take = || camera.take(&mut |_| {}, &|| false);
        let empty = Err(PageFault::NoPaper(Place::Glass));
        assert_eq!(take(), empty);
        tray.lay(b"photo".to_vec());
        assert_eq!(take(), Ok(b"photo".to_vec()));
        assert_eq!(take(), Ok(b"photo".to_vec()));
        tray.clear();
        assert_eq!(take(), empty);
    }

    #[test]
    fn an_unplugged_camera_says_so() {
        let tray = Tray::default();
        tray.unplug();
        assert_eq!(
            tray.clone().take(&mut |_| {}, &|| false),
            Err(PageFault::Unplugged)
        );
    }
}
