//! The camera's tray: a photo laid on it is what the camera sees.

use std::sync::{Arc, Mutex, PoisonError};

use crate::camera::{Camera, CameraError};

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
    fn take(&mut self) -> Result<Vec<u8>, CameraError> {
        match &*self.scene.lock().unwrap_or_else(PoisonError::into_inner) {
            Scene::Bare => Err(CameraError::Empty),
            Scene::Photo(photo) => Ok(photo.clone()),
            Scene::Unplugged => Err(CameraError::Unplugged),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_can_be_taken_again_until_the_tray_is_cleared() {
        let tray = Tray::default();
        let mut camera = tray.clone();
        assert_eq!(camera.take(), Err(CameraError::Empty));
        tray.lay(b"photo".to_vec());
        assert_eq!(camera.take(), Ok(b"photo".to_vec()));
        assert_eq!(camera.take(), Ok(b"photo".to_vec()));
        tray.clear();
        assert_eq!(camera.take(), Err(CameraError::Empty));
    }

    #[test]
    fn an_unplugged_camera_says_so() {
        let tray = Tray::default();
        tray.unplug();
        assert_eq!(tray.clone().take(), Err(CameraError::Unplugged));
    }
}
