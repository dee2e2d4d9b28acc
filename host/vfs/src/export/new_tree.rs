//! New trees of the host, which are built in a private directory and published when they are complete.

use super::beside::{check_own, make_beside, report_left, take_back};
use super::clearing::Clearing;
use super::system::{self, HostId};
use std::fs::File;
use std::io;
use std::sync::Arc;

/// A tree in the directory of a target that is not published yet. Dropping it takes it back.
///
/// It has a random name, nobody else may use it, and it is reached only through the descriptors that are held here.
#[derive(Debug)]
pub(super) struct NewTree {
    directory: Arc<File>,
    /// The random name that it has beside its target, until it is published or taken back.
    beside: Option<Vec<u8>>,
    top: File,
    /// The directory that is being filled.
    here: File,
    /// The directories above that one, from the top.
    above: Vec<HostId>,
    /// The directory with the first name of each file that has several, and its name in the top.
    shared: Option<(File, Vec<u8>)>,
    clearing: Option<Clearing>,
}

impl NewTree {
    /// Makes an empty tree.
    pub(super) fn new(directory: &Arc<File>) -> io::Result<Self> {
        let (top, beside) = make_beside(|name| system::make_private_directory(directory, name))?;
        let here = match system::open_directory(&top, b".") {
            Ok(here) => here,
            Err(error) => {
                let _ = take_back(directory, &beside, &top, true);
                return Err(error);
            }
        };
        Ok(Self {
            directory: Arc::clone(directory),
            beside: Some(beside),
            top,
            here,
            above: Vec::new(),
            shared: None,
            clearing: None,
        })
    }

    /// Makes a directory and enters it.
    pub(super) fn enter(&mut self, name: &[u8]) -> io::Result<()> {
        system::make_directory(&self.here, name, system::DIRECTORY_MODE)?;
        let inner = system::open_directory(&self.here, name)?;
        self.above.push(system::id(&self.here)?);
        self.here = inner;
        Ok(())
    }

    /// Synchronizes the directory and returns to the one above.
    pub(super) fn leave(&mut self) -> io::Result<()> {
        self.here.sync_all()?;
        let above = system::open_directory(&self.here, b"..")?;
        if self.above.pop() != Some(system::id(&above)?) {
            return Err(io::Error::other("a directory of the export was moved"));
        }
        self.here = above;
        Ok(())
    }

    /// Makes an empty file.
    pub(super) fn create(&self, name: &[u8]) -> io::Result<File> {
        system::create_named(&self.here, name, system::FILE_MODE)
    }

    /// Makes a symbolic link.
    pub(super) fn symlink(&self, target: &[u8], name: &[u8]) -> io::Result<()> {
        system::symlink(target, &self.here, name)
    }

    /// Gives a file that has several names another one, if an earlier name of it was exported. Returns whether it did.
    pub(super) fn link_shared(&self, number: &[u8], name: &[u8]) -> io::Result<bool> {
        let Some((shared, _)) = &self.shared else {
            return Ok(false);
        };
        match system::link(shared, number, &self.here, name) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            // The file has too many names, or the file system has no hard links. Another copy is made.
            Err(error) if system::is_unlinkable(&error) => {
                let _ = system::unlink(shared, number);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Remembers a file that has several names, so that [`NewTree::link_shared`] finds it.
    pub(super) fn share(&mut self, name: &[u8], number: &[u8]) -> io::Result<()> {
        if self.shared.is_none() {
            self.shared = Some(make_beside(|name| system::make_private_directory(&self.top, name))?);
        }
        match &self.shared {
            Some((shared, _)) => match system::link(&self.here, name, shared, number) {
                Err(error) if system::is_unlinkable(&error) => Ok(()),
                linked => linked,
            },
            None => Ok(()),
        }
    }

    /// Deletes some of what [`NewTree::share`] remembered. Returns whether everything is deleted.
    pub(super) fn forget_shared(&mut self) -> io::Result<bool> {
        let Some((shared, name)) = &self.shared else {
            return Ok(true);
        };
        if !Clearing::new(shared)?.step()? {
            return Ok(false);
        }
        system::remove_directory(&self.top, name)?;
        self.shared = None;
        Ok(true)
    }

    /// Opens the finished tree to others, as the mask of the process allows, and synchronizes it.
    pub(super) fn finish(&self) -> io::Result<()> {
        system::open_directory_mode(&self.top)?;
        self.top.sync_all()
    }

    /// Gives the tree its name, if that does not exist.
    pub(super) fn publish(&mut self, name: &[u8]) -> io::Result<()> {
        if let Some(beside) = &self.beside {
            check_own(&self.directory, beside, &self.top)?;
            system::rename_new(&self.directory, beside, name)?;
            self.beside = None;
        }
        Ok(())
    }

    /// Takes a part of the tree back. Returns whether nothing is left.
    pub(super) fn take_back_step(&mut self) -> bool {
        let Some(beside) = &self.beside else {
            return true;
        };
        let mut step = || -> io::Result<bool> {
            let clearing = match &mut self.clearing {
                Some(clearing) => clearing,
                clearing => clearing.insert(Clearing::new(&self.top)?),
            };
            if !clearing.step()? {
                return Ok(false);
            }
            take_back(&self.directory, beside, &self.top, true)?;
            Ok(true)
        };
        match step() {
            Ok(false) => return false,
            Ok(true) => {}
            Err(error) => report_left(beside, &error),
        }
        self.beside = None;
        true
    }
}

impl Drop for NewTree {
    fn drop(&mut self) {
        while !self.take_back_step() {}
    }
}
