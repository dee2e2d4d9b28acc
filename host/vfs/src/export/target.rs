//! Targets, which are names in directories of the host.

use super::error::{Action, ExportError};
use super::system;
use std::fs::File;
use std::io;
use std::sync::Arc;

/// A name in a directory of the host.
///
/// The directory is held open, so a target stays in the same directory even if that is renamed.
#[derive(Clone, Debug)]
pub struct Target {
    directory: Arc<File>,
    name: Arc<[u8]>,
}

impl Target {
    /// Makes a target. The directory must be open for reading.
    ///
    /// # Errors
    ///
    /// [`ExportError::InvalidName`] if the name is empty, `.` or `..`, or has a `/` or a NUL.
    pub fn new(directory: impl Into<File>, name: impl AsRef<[u8]>) -> Result<Self, ExportError> {
        let name = name.as_ref();
        if matches!(name, b"" | b"." | b"..") || name.contains(&b'/') || name.contains(&0) {
            return Err(ExportError::InvalidName { name: name.to_vec() });
        }
        Ok(Self {
            directory: Arc::new(directory.into()),
            name: name.into(),
        })
    }

    /// Returns the directory.
    pub fn directory(&self) -> &File {
        &self.directory
    }

    /// Returns the name.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Fails if the name exists.
    pub(super) fn check_free(&self) -> Result<(), ExportError> {
        if system::id_at(&self.directory, &self.name).is_ok() {
            let error = io::ErrorKind::AlreadyExists.into();
            return Err(ExportError::host(Action::Publish, &self.name, error));
        }
        Ok(())
    }

    pub(super) fn shared_directory(&self) -> &Arc<File> {
        &self.directory
    }
}
