//! Real files of the host with the content of a file of a space.

use super::copy::{Copy, CopyError};
use super::system;
use crate::content::Body;
use crate::descriptor::Descriptor;
use crate::error::Error;
use crate::space::Space;
use crate::spill::NamelessFile;
use std::fs::File;
use std::io;
use std::sync::Arc;

impl Space {
    /// Opens a file as a real file of the host, for reading only. A native tool can read it, for example as `/dev/fd/N`.
    ///
    /// If the content is in a file of its own on disk, that file is opened again, so later changes of the content show. Otherwise the
    /// content is copied to a nameless file in memory that nobody can change. The memory or blocks behind the returned file belong to
    /// the embedding program: they are charged to no space, and exist until the file and all of its duplicates are closed, even after the
    /// space has ended.
    ///
    /// # Errors
    ///
    /// `NotFound` after the space has ended or the file was revoked, `IsADirectory` for a directory, `CrossesDevices` if the descriptor
    /// belongs to a different space, `Unsupported` where the system offers no such files, which is everywhere but on Linux, and the
    /// errors of the system.
    pub fn open_file(&self, file: &Descriptor) -> io::Result<File> {
        drop(self.lock_own(file).map_err(io_error)?);
        let content = file.shared_content().ok_or_else(|| io_error(Error::IsDirectory))?;
        let reopened = content.inspect(|body, size| match body {
            Body::Ended => Err(io_error(Error::NoEntry)),
            Body::Disk(disk) => {
                // A file that is being persisted may get a name outside, so it is copied. One that is shorter than the content, because
                // that ends in a hole, does not have all of it.
                let is_free = self.volume().storage().exports.check(content.mark()).is_ok();
                let own = disk.own_file().map(NamelessFile::file).filter(|_| is_free);
                own.filter(|own| own.metadata().is_ok_and(|found| found.len() == size))
                    .map(|own| {
                        content.lend();
                        system::reopen(own)
                    })
                    .transpose()
            }
            Body::Memory(_) | Body::Moving(_) => Ok(None),
        })?;
        if let Some(reopened) = reopened {
            return Ok(reopened);
        }
        let copied = system::create_in_memory()?;
        let mut copy = Copy::new(Arc::clone(content));
        while copy
            .step(self.volume().account(), &copied)
            .map_err(copy_error)?
            .is_none()
        {}
        system::seal(&copied)?;
        system::reopen(&copied)
    }
}

fn copy_error(error: CopyError) -> io::Error {
    match error {
        CopyError::Host(error) => error,
        CopyError::Space(error) => io_error(error),
    }
}

fn io_error(error: Error) -> io::Error {
    let kind = match error {
        Error::NoEntry => io::ErrorKind::NotFound,
        Error::IsDirectory => io::ErrorKind::IsADirectory,
        Error::CrossDevice => io::ErrorKind::CrossesDevices,
        Error::InsufficientMemory => io::ErrorKind::OutOfMemory,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}
