//! Passwords: how one is kept, compared and made.

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::{self, phc::PasswordHash},
};
use zeroize::Zeroizing;

/// The fewest characters of a password that a person chooses.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// The most, so that nobody makes us hash a book.
pub const PASSWORD_CHARS_MAX: usize = 100;

/// Memory, KiB, and passes: OWASP's recommendation for Argon2id on one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// What a password is kept as: the hash, in the PHC string format.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct KeptPassword(pub(crate) String);

/// Why a password was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too short to be safe, or too long.
    #[error("a password needs {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters")]
    Length,
    /// The hash cannot be made.
    #[error("password cannot be hashed: {0}")]
    Hash(#[from] password_hash::Error),
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

impl KeptPassword {
    /// The password as it is kept; takes 19 MiB and some 20 ms.
    ///
    /// # Errors
    ///
    /// [`PasswordError`]
    pub(crate) fn of(password: &str, salt: &[u8; 16]) -> Result<Self, PasswordError> {
        let chars = password.chars().count();
        if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&chars) {
            return Err(PasswordError::Length);
        }
        let hash: PasswordHash = hasher().hash_password_with_salt(password.as_bytes(), salt)?;
        Ok(Self(hash.to_string()))
    }

    /// What no password opens and takes as long to compare as any other, for names that have no account.
    pub(crate) fn of_nobody() -> Result<Self, PasswordError> {
        let hash: PasswordHash = hasher().hash_password_with_salt(&[], &[0; 16])?;
        Ok(Self(hash.to_string()))
    }

    /// Whether `shown` is the password. The empty one never is.
    pub(crate) fn opens_with(&self, shown: &str) -> bool {
        let verified = hasher().verify_password(shown.as_bytes(), self.0.as_str());
        verified.is_ok() && !shown.is_empty() && shown.chars().count() <= PASSWORD_CHARS_MAX
    }
}

/// Letters and digits that are not taken for each other when they are read aloud or copied.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A password of 100 random bits in four groups.
#[must_use]
pub fn generated(random: &[u8; 20]) -> Zeroizing<String> {
    let letters = random.iter().map(|byte| ALPHABET[usize::from(byte % 32)]);
    let mut password = Zeroizing::new(String::with_capacity(23));
    for (place, letter) in letters.enumerate() {
        if place != 0 && place % 5 == 0 {
            password.push('-');
        }
        password.push(char::from(letter));
    }
    password
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_password_opens_with_itself_alone() {
        let kept = KeptPassword::of("correct horse", &[7; 16]).unwrap();
        assert!(kept.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!kept.0.contains("horse"));
        assert!(kept.opens_with("correct horse"));
        assert!(!kept.opens_with("correct horsf") && !kept.opens_with(""));
        let salted = KeptPassword::of("correct horse", &[8; 16]).unwrap();
        assert_ne!(kept.0, salted.0);
    }

    #[test]
    fn nobodys_password_opens_with_nothing() {
        let nobody = KeptPassword::of_nobody().unwrap();
        assert!(!nobody.opens_with("") && !nobody.opens_with("correct horse"));
    }

    #[test]
    fn short_and_long_passwords_are_refused() {
        for password in ["123456789", &"a".repeat(101)] {
            assert!(matches!(
                KeptPassword::of(password, &[0; 16]),
                Err(PasswordError::Length)
            ));
        }
        // Characters, not bytes.
        assert!(KeptPassword::of("乡镇民政所经办人员口", &[0; 16]).is_ok());
    }

    #[test]
    fn a_generated_password_is_taken_and_differs_with_what_is_random() {
        let mut random = [0; 20];
        assert_eq!(*generated(&random), "aaaaa-aaaaa-aaaaa-aaaaa");
        random[19] = 31;
        assert_eq!(*generated(&random), "aaaaa-aaaaa-aaaaa-aaaa9");
        assert!(KeptPassword::of(&generated(&random), &[0; 16]).is_ok());
    }
}
