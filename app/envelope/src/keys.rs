//! Keys of kiosks and counties, of either suite, and what each side keeps of the other's.

mod county;
mod keyring;
mod kiosk;
mod trust;

use core::fmt;

use sha2::{Digest, Sha256};

pub use county::{CountyPublic, CountySecret};
pub use keyring::CountyKeyring;
pub use kiosk::{KioskPublic, KioskSigner, KioskStanding};
pub use trust::{CountyTrust, LearnError, TRUSTED_MAX};

use crate::header::Suite;

/// Tells one key of an owner from another; four bytes of the key's SHA-256, no proof of anything.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 4]);

impl KeyId {
    fn of(public_bytes: &[u8]) -> Self {
        let digest = Sha256::new()
            .chain_update(b"mingbai key\x01")
            .chain_update(public_bytes)
            .finalize();
        Self([digest[0], digest[1], digest[2], digest[3]])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// Why bytes are not a public key.
///
/// They come from a settings file or an operator; the program refuses to start with them. Those of a county's
/// message leave the kiosk with the keys it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Another length than a key of this sort has.
    #[error("public key is {got} bytes, needs {need}")]
    Length {
        /// Bytes present.
        got: usize,
        /// Bytes of such a key.
        need: usize,
    },
    /// A suite that this build lacks.
    #[error("public key is for cipher suite {got}, which this build lacks")]
    Suite {
        /// The suite number found.
        got: u8,
    },
    /// No point of the curve, one in another form than ours, or one under which forged signatures would pass.
    #[error("public key is no safe point of the curve")]
    Point,
}

/// The suite that the first byte of a public key names, if `bytes` has the length of such a key.
fn suite_of(bytes: &[u8], len: impl Fn(Suite) -> usize) -> Result<Suite, KeyError> {
    let suite = match bytes.first() {
        Some(&number) => Suite::from_number(number).ok_or(KeyError::Suite { got: number })?,
        None => Suite::X25519,
    };
    if bytes.len() != len(suite) {
        return Err(KeyError::Length {
            got: bytes.len(),
            need: len(suite),
        });
    }
    Ok(suite)
}

#[cfg(test)]
mod tests;
