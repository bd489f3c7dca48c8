use std::{fs::File, io, os::unix::fs::FileExt, path::Path};

/// Bytes read by place. On a failing card one sector cannot be read while its neighbours can, so a
/// failed read says that these bytes are lost and nothing about the others.
pub(crate) trait Bytes {
    /// How many there are.
    fn len(&self) -> u64;
    /// Fills `into` from `offset`; `false` if any of them cannot be read.
    fn read(&self, offset: u64, into: &mut [u8]) -> bool;
}

/// A file as long as it was when it was opened; one that is not there has no bytes.
pub(crate) struct OnDisk {
    file: Option<File>,
    len: u64,
}

impl OnDisk {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        match File::open(path) {
            Ok(file) => {
                let len = file.metadata()?.len();
                Ok(Self {
                    file: Some(file),
                    len,
                })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Self { file: None, len: 0 })
            }
            Err(error) => Err(error),
        }
    }
}

impl Bytes for OnDisk {
    fn len(&self) -> u64 {
        self.len
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> bool {
        let file = self.file.as_ref();
        file.is_some_and(|file| file.read_exact_at(into, offset).is_ok())
    }
}

impl Bytes for Vec<u8> {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> bool {
        let part = usize::try_from(offset)
            .ok()
            .and_then(|offset| self.get(offset..offset.checked_add(into.len())?));
        part.is_some_and(|part| {
            into.copy_from_slice(part);
            true
        })
    }
}

/// The big-endian number at `offset`; `None` if the bytes end before it does.
pub(crate) fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    let number = bytes.get(offset..)?.first_chunk()?;
    Some(u16::from_be_bytes(*number))
}

/// The big-endian number at `offset`; `None` if the bytes end before it does.
pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let number = bytes.get(offset..)?.first_chunk()?;
    Some(u32::from_be_bytes(*number))
}
