//! The keys of a simulated county and its kiosk.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use zeroize::Zeroizing;

const COUNTY_LEN: usize = 64;
const KIOSK_LEN: usize = 32;
const STAFF_LEN: usize = 16;
const LEN: usize = COUNTY_LEN + KIOSK_LEN + STAFF_LEN;

/// Where all keys of one simulated system are made from.
#[derive(Clone)]
pub struct Keys(Zeroizing<[u8; LEN]>);

impl Keys {
    /// Keys that nobody has had before.
    ///
    /// # Errors
    ///
    /// If the system gives no random bytes.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; LEN]);
        getrandom::fill(&mut *bytes)?;
        Ok(Self(bytes))
    }

    /// The keys in this file, which is made with new ones if it is not there. Only its owner may read it.
    ///
    /// # Errors
    ///
    /// The system's, or [`io::ErrorKind::InvalidData`] if the file is not one of ours.
    pub fn kept_in(path: &Path) -> io::Result<Self> {
        match fs::read(path).map(Zeroizing::new) {
            Ok(kept) => match <[u8; LEN]>::try_from(kept.as_slice()) {
                Ok(bytes) => Ok(Self(Zeroizing::new(bytes))),
                Err(_) => Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!(
                        "{} has {} bytes, keys have {LEN}",
                        path.display(),
                        kept.len()
                    ),
                )),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let keys = Self::random().map_err(io::Error::other)?;
                let mut file = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(path)?;
                file.write_all(&*keys.0)?;
                file.sync_all()?;
                Ok(keys)
            }
            Err(error) => Err(error),
        }
    }

    /// Of the county.
    #[must_use]
    pub fn county_seed(&self) -> [u8; COUNTY_LEN] {
        part(&self.0, 0)
    }

    /// Of the kiosk.
    #[must_use]
    pub fn kiosk_seed(&self) -> [u8; KIOSK_LEN] {
        part(&self.0, COUNTY_LEN)
    }

    /// What the invented officers sign in with.
    #[must_use]
    pub fn staff_password(&self) -> String {
        let bytes: [u8; STAFF_LEN] = part(&self.0, COUNTY_LEN + KIOSK_LEN);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn part<const N: usize>(bytes: &[u8; LEN], from: usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&bytes[from..from + N]);
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_keys_gives_the_same_keys_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        let first = Keys::kept_in(&path).unwrap();
        let again = Keys::kept_in(&path).unwrap();
        assert_eq!(first.county_seed(), again.county_seed());
        assert_eq!(first.kiosk_seed(), again.kiosk_seed());
        assert_eq!(first.staff_password(), again.staff_password());
    }

    #[test]
    fn a_file_of_something_else_is_named_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        fs::write(&path, "no keys").unwrap();
        assert!(Keys::kept_in(&path).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"no keys");
    }
}
