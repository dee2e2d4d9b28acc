//! New files of the host, which are published when they are complete.

use super::beside::{check_own, make_beside, report_left, take_back};
use super::system;
use std::fs::File;
use std::io;
use std::sync::Arc;

/// A file in the file system of a target that is not published yet. Dropping it leaves nothing.
#[derive(Debug)]
pub(super) struct NewFile {
    directory: Arc<File>,
    file: File,
    /// The random name that it has beside its target, if it has one.
    beside: Option<Vec<u8>>,
}

impl NewFile {
    /// Takes the file on disk of a content, which has no name.
    pub(super) fn own(directory: &Arc<File>, file: File) -> Self {
        Self {
            directory: Arc::clone(directory),
            file,
            beside: None,
        }
    }

    /// Makes an empty file without a name.
    pub(super) fn nameless(directory: &Arc<File>) -> io::Result<Self> {
        system::create_nameless(directory, system::FILE_MODE).map(|file| Self::own(directory, file))
    }

    /// Makes an empty file with a random name, which only its owner may read.
    pub(super) fn named(directory: &Arc<File>) -> io::Result<Self> {
        let (file, name) = make_beside(|name| system::create_named(directory, name, system::PRIVATE_FILE_MODE))?;
        Ok(Self {
            directory: Arc::clone(directory),
            file,
            beside: Some(name),
        })
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Gives the file its name. After an error it has no name but that beside its target.
    pub(super) fn publish(&mut self, name: &[u8], replace: bool) -> io::Result<()> {
        let Self { directory, file, .. } = &*self;
        let beside = match self.beside.clone() {
            Some(beside) => beside,
            None if replace => {
                let ((), beside) = make_beside(|beside| system::link_nameless(file, directory, beside))?;
                self.beside = Some(beside.clone());
                beside
            }
            None => return system::link_nameless(file, directory, name),
        };
        check_own(&self.directory, &beside, &self.file)?;
        if replace {
            system::rename_over(&self.directory, &beside, name)?;
            self.beside = None;
            return Ok(());
        }
        match system::rename_new(&self.directory, &beside, name) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                system::link(&self.directory, &beside, &self.directory, name)?;
                self.take_back();
            }
            renamed => {
                renamed?;
                self.beside = None;
            }
        }
        Ok(())
    }

    /// Deletes the name beside the target.
    pub(super) fn take_back(&mut self) {
        if let Some(beside) = self.beside.take()
            && let Err(error) = take_back(&self.directory, &beside, &self.file, false)
        {
            report_left(&beside, &error);
        }
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        self.take_back();
    }
}
