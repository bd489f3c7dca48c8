//! The document camera: a still of what lies under it.

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
