//! Key files: the county's secret and the public keys of kiosks.
//!
//! Each file holds lower-case hexadecimal digits and a newline. Secret files are readable by their owner only.
//!
//! The county's secret is its seed of 128 digits, for every suite but the first with the suite's number of two digits
//! before it.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use envelope::{CountyPublic, CountySecret, KeyError, KioskPublic, Suite};
use zeroize::Zeroizing;

/// Name of the county's secret in a folder of keys.
pub const COUNTY_SECRET_FILE: &str = "county-secret";
/// Name of the county's public key, which kiosks are given.
pub const COUNTY_PUBLIC_FILE: &str = "county-public";

/// Why a key was not read or written; the program stops.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read, or written without overwriting one that is there.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        error: io::Error,
    },
    /// Not a county's secret of either suite.
    #[error("county's secret needs 128 hexadecimal digits, or {SM2_DIGITS} and 128")]
    Secret,
    /// No hexadecimal digits at all, or an odd number of them.
    #[error("key is not in hexadecimal digits")]
    NoDigits,
    /// The digits are no public key.
    #[error(transparent)]
    Public(#[from] KeyError),
    /// The machine gives no randomness.
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
}

/// The digits before the seed of a secret of suite 2.
const SM2_DIGITS: &str = "02";

/// Makes a county's keys in `dir`: secret and public key. Nothing that is there is overwritten.
///
/// # Errors
///
/// [`KeyFileError`] if a file is there already or cannot be written.
pub fn make(dir: &Path, suite: Suite) -> Result<CountyPublic, KeyFileError> {
    fs::create_dir_all(dir).map_err(|error| KeyFileError::File {
        path: dir.to_owned(),
        error,
    })?;
    let mut seed = Zeroizing::new([0; 64]);
    getrandom::fill(seed.as_mut())?;
    let public = CountySecret::from_seed_in(suite, *seed).public();
    let digits = to_hex(seed.as_ref());
    let prefix = match suite {
        Suite::X25519 => "",
        Suite::Sm2 => SM2_DIGITS,
    };
    let secret = Zeroizing::new([prefix, digits.as_str()].concat());
    write_new(&dir.join(COUNTY_SECRET_FILE), &secret, 0o600)?;
    write_new(
        &dir.join(COUNTY_PUBLIC_FILE),
        &to_hex(&public.to_bytes()),
        0o644,
    )?;
    Ok(public)
}

/// Reads the county's secret.
///
/// # Errors
///
/// [`KeyFileError`] if the file is not there or holds something else.
pub fn read_secret(path: &Path) -> Result<CountySecret, KeyFileError> {
    let text = read(path)?;
    let text = text.trim();
    let (suite, digits) = match text.strip_prefix(SM2_DIGITS) {
        Some(digits) if digits.len() == 128 => (Suite::Sm2, digits),
        _ => (Suite::X25519, text),
    };
    let seed = Zeroizing::new(from_hex::<64>(digits).ok_or(KeyFileError::Secret)?);
    Ok(CountySecret::from_seed_in(suite, *seed))
}

/// Reads a county's public key, as [`make`] writes it.
///
/// # Errors
///
/// [`KeyFileError`] if the file is not there or holds no such key.
pub fn read_public(path: &Path) -> Result<CountyPublic, KeyFileError> {
    let bytes = hex::decode(read(path)?.trim()).map_err(|_| KeyFileError::NoDigits)?;
    Ok(CountyPublic::from_bytes(&bytes)?)
}

/// Reads a kiosk's public key as its owner passes it on: 70 hexadecimal digits, in suite 2 72.
///
/// # Errors
///
/// [`KeyFileError`] if the text is no such key.
pub fn parse_kiosk(text: &str) -> Result<KioskPublic, KeyFileError> {
    let bytes = hex::decode(text.trim()).map_err(|_| KeyFileError::NoDigits)?;
    Ok(KioskPublic::from_bytes(&bytes)?)
}

fn read(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| KeyFileError::File {
            path: path.to_owned(),
            error,
        })
}

fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), KeyFileError> {
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)?;
        writeln!(file, "{text}")?;
        file.sync_all()
    };
    write().map_err(|error| KeyFileError::File {
        path: path.to_owned(),
        error,
    })
}

/// Lower-case hexadecimal digits, wiped after use as they may be a secret's.
fn to_hex(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(hex::encode(bytes))
}

/// `N` bytes of exactly 2 `N` hexadecimal digits.
pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text.trim(), &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_keys_are_read_back_and_never_overwritten() {
        for suite in [Suite::X25519, Suite::Sm2] {
            let dir = tempfile::tempdir().unwrap();
            let public = make(dir.path(), suite).unwrap();
            let secret = read_secret(&dir.path().join(COUNTY_SECRET_FILE)).unwrap();
            assert_eq!((secret.suite(), secret.public()), (suite, public.clone()));
            let read = read_public(&dir.path().join(COUNTY_PUBLIC_FILE)).unwrap();
            assert_eq!(read, public);
            let again = make(dir.path(), suite);
            assert!(matches!(again, Err(KeyFileError::File { .. })));
        }
    }

    #[test]
    fn a_secret_of_another_length_or_suite_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(COUNTY_SECRET_FILE);
        for text in [
            "0".repeat(126),
            "03".repeat(65),
            "02".repeat(66),
            "0g".repeat(64),
        ] {
            fs::write(&path, text).unwrap();
            assert!(matches!(read_secret(&path), Err(KeyFileError::Secret)));
        }
        // A seed of suite 1 may begin like the number of suite 2.
        fs::write(&path, "02".repeat(64)).unwrap();
        assert_eq!(read_secret(&path).unwrap().suite(), Suite::X25519);
    }

    #[test]
    fn a_kiosks_key_of_either_suite_is_read() {
        use envelope::{KioskId, KioskSigner};
        for suite in [Suite::X25519, Suite::Sm2] {
            let public = KioskSigner::from_seed_in(suite, KioskId(3), [1; 32]).public();
            assert_eq!(parse_kiosk(&to_hex(&public.to_bytes())).unwrap(), public);
        }
        assert!(matches!(parse_kiosk("010"), Err(KeyFileError::NoDigits)));
        assert!(matches!(parse_kiosk("0100"), Err(KeyFileError::Public(_))));
    }

    #[test]
    fn hexadecimal_digits_are_read_back() {
        assert_eq!(
            from_hex::<3>(&to_hex(&[0, 0xab, 0xff])),
            Some([0, 0xab, 0xff])
        );
        assert_eq!(from_hex::<3>("00abf"), None);
        assert_eq!(from_hex::<3>("00abfg"), None);
    }
}
