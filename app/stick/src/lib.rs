//! A courier's USB stick as kiosk and county see it: folders of files that are there whole or not at all, whenever
//! the stick is pulled.
//!
//! What lies where and what it means is told in [`envelope`]'s documentation. Nothing on a stick is trusted: names are
//! looked at before files, links and folders in the place of files are passed over, and reading has a limit.

mod error;
mod folder;

use std::path::{Path, PathBuf};

use envelope::{
    KioskId, OBJECTS_FOLDER, STICK_FOLDER, answers_folder, bundle_folder, kiosk_of_bundle,
};

pub use error::StickError;
pub use folder::{Folder, Room};

/// A stick, mounted somewhere.
#[derive(Debug, Clone)]
pub struct Stick {
    mounted_at: PathBuf,
}

impl Stick {
    /// The stick that is mounted at `dir`; nothing of ours needs to be on it.
    ///
    /// # Errors
    ///
    /// [`StickError::NotThere`] if there is no such folder.
    pub fn at(dir: &Path) -> Result<Self, StickError> {
        if !dir.is_dir() {
            return Err(StickError::NotThere {
                path: dir.to_owned(),
            });
        }
        Ok(Self {
            mounted_at: dir.to_owned(),
        })
    }

    /// The kiosks that have written to it, in the order of their numbers.
    ///
    /// # Errors
    ///
    /// [`StickError::Failed`] if it cannot be read.
    pub fn kiosks(&self) -> Result<Vec<KioskId>, StickError> {
        let folders = self.ours().folders()?;
        let mut kiosks: Vec<KioskId> = folders
            .iter()
            .filter_map(|folder| kiosk_of_bundle(folder))
            .collect();
        kiosks.sort();
        Ok(kiosks)
    }

    /// A kiosk's bundle: its list, and beside it the folder of [`objects`](Self::objects).
    #[must_use]
    pub fn bundle(&self, kiosk: KioskId) -> Folder {
        self.ours().below(&bundle_folder(kiosk))
    }

    /// The sealed objects of a kiosk's bundle.
    #[must_use]
    pub fn objects(&self, kiosk: KioskId) -> Folder {
        self.bundle(kiosk).below(OBJECTS_FOLDER)
    }

    /// What the county answers to a kiosk.
    #[must_use]
    pub fn answers(&self, kiosk: KioskId) -> Folder {
        self.ours().below(&answers_folder(kiosk))
    }

    /// Makes sure that the folders on the way to what was written outlive a pulled stick.
    ///
    /// # Errors
    ///
    /// [`StickError::Failed`].
    pub fn sync(&self) -> Result<(), StickError> {
        self.ours().sync()?;
        Folder::at(self.mounted_at.clone()).sync()
    }

    fn ours(&self) -> Folder {
        Folder::at(self.mounted_at.join(STICK_FOLDER))
    }
}
