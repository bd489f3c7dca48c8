//! A county's own rule files and cards as one piece that is short enough for a thin line: a zstd frame of a CBOR map of
//! names and texts.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

/// Bytes of all files together before they are packed; those of a county that changes every file have a tenth of it.
pub const RULE_FILES_BYTES_MAX: usize = 1 << 20;

/// Packed files may have so many bytes: a kiosk reads messages of 64 KiB.
pub const PACKED_RULE_FILES_MAX: usize = 60 << 10;

const LEVEL: i32 = 19;

/// Why files do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("rule files have {bytes} bytes when packed, at most {PACKED_RULE_FILES_MAX} go to kiosks")]
pub struct RuleFilesTooLong {
    /// Bytes when packed; 0 if they are too many even to be packed.
    pub bytes: usize,
}

/// The files, by the names that they have in the county's folder.
///
/// # Errors
///
/// [`RuleFilesTooLong`]
pub fn pack_rule_files(files: &BTreeMap<String, String>) -> Result<Vec<u8>, RuleFilesTooLong> {
    let plain = minicbor::to_vec(files).unwrap_or_default();
    if plain.is_empty() || RULE_FILES_BYTES_MAX < plain.len() {
        return Err(RuleFilesTooLong { bytes: 0 });
    }
    let packed = zstd::bulk::compress(&plain, LEVEL).map_err(|_| RuleFilesTooLong { bytes: 0 })?;
    if PACKED_RULE_FILES_MAX < packed.len() {
        return Err(RuleFilesTooLong {
            bytes: packed.len(),
        });
    }
    Ok(packed)
}

/// The files again; `None` if these bytes are none, or more than they may be.
#[must_use]
pub fn unpack_rule_files(packed: &[u8]) -> Option<BTreeMap<String, String>> {
    let plain = Zeroizing::new(zstd::bulk::decompress(packed, RULE_FILES_BYTES_MAX).ok()?);
    let mut decoder = minicbor::Decoder::new(&plain);
    let files = decoder.decode().ok()?;
    (decoder.position() == plain.len()).then_some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> BTreeMap<String, String> {
        [("local.toml".to_owned(), text.to_owned())].into()
    }

    #[test]
    fn files_are_the_same_again() {
        for files in [BTreeMap::new(), files("hotline = \"\"\n")] {
            let packed = pack_rule_files(&files).unwrap();
            assert_eq!(unpack_rule_files(&packed), Some(files));
        }
    }

    #[test]
    fn what_is_too_long_is_not_packed() {
        let long = files(&"规".repeat(RULE_FILES_BYTES_MAX));
        assert_eq!(pack_rule_files(&long), Err(RuleFilesTooLong { bytes: 0 }));
        let mut state = 1_u32;
        let mut letter = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'a' + u8::try_from(state >> 28).unwrap())
        };
        let noise: String = (0..200_000).map(|_| letter()).collect();
        let too_long = pack_rule_files(&files(&noise)).unwrap_err();
        assert!(PACKED_RULE_FILES_MAX < too_long.bytes);
    }

    #[test]
    fn what_is_no_packed_files_is_none() {
        let packed = pack_rule_files(&files("hours = \"\"\n")).unwrap();
        assert_eq!(unpack_rule_files(&packed[..packed.len() - 1]), None);
        assert_eq!(unpack_rule_files(b""), None);
        let bomb = zstd::bulk::compress(&vec![0; RULE_FILES_BYTES_MAX + 1], 1).unwrap();
        assert_eq!(unpack_rule_files(&bomb), None);
        let followed = zstd::bulk::compress(&[0xa0, 0xa0], 1).unwrap();
        assert_eq!(unpack_rule_files(&followed), None);
    }
}
