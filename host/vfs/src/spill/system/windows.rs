//! Windows: files that the system deletes when they are closed.

use super::Medium;
use crate::random_name::random_name;
use crate::spill::floor::Free;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// `FILE_FLAG_DELETE_ON_CLOSE`.
const DELETE_ON_CLOSE: u32 = 0x0400_0000;
/// `FILE_ATTRIBUTE_TEMPORARY`: the system keeps the file in memory while there is enough.
const TEMPORARY: u32 = 0x100;

#[derive(Debug)]
pub(super) struct Directory(PathBuf);

impl Directory {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if path.metadata()?.is_dir() {
            Ok(Self(path.canonicalize()?))
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "Linux can fail to tell")]
    pub(super) fn medium(&self) -> io::Result<Medium> {
        Ok(Medium::Disk)
    }

    #[expect(clippy::unnecessary_wraps, reason = "Unix systems can fail to tell")]
    pub(super) fn free(&self) -> io::Result<Option<Free>> {
        Ok(None)
    }

    pub(super) fn create_nameless(&self) -> io::Result<(File, bool)> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .share_mode(0)
            .attributes(TEMPORARY)
            .custom_flags(DELETE_ON_CLOSE)
            .open(self.0.join(random_name()))?;
        Ok((file, false))
    }
}

pub(super) fn read_exact_at(file: &File, mut offset: u64, mut buffer: &mut [u8]) -> io::Result<()> {
    while !buffer.is_empty() {
        match file.seek_read(buffer, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                buffer = &mut buffer[read..];
                offset += crate::convert::to_u64(read);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

pub(super) fn write_all_at(file: &File, mut offset: u64, mut data: &[u8]) -> io::Result<()> {
    while !data.is_empty() {
        match file.seek_write(data, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                data = &data[written..];
                offset += crate::convert::to_u64(written);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

pub(super) fn punch(_file: &File, _offset: u64, _length: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn max_file_size() -> u64 {
    u64::MAX
}

/// `ERROR_TOO_MANY_OPEN_FILES`.
pub(super) fn is_out_of_descriptors(error: &io::Error) -> bool {
    error.raw_os_error() == Some(4)
}
