//! Deletion of what is in a directory that an export made, in steps and without recursion.

use super::system::{self, HostId};
use std::fs::File;
use std::io;

/// Maximum entries that one step deletes, so that it takes a few milliseconds.
const MAX_PER_STEP: usize = 256;

/// A deletion of everything in a directory. It reaches everything through the directory that it holds open.
#[derive(Debug)]
pub(super) struct Clearing {
    here: File,
    /// The directories above this one, up to the first, and the name that each has for the next one.
    above: Vec<(HostId, Vec<u8>)>,
}

impl Clearing {
    pub(super) fn new(directory: &File) -> io::Result<Self> {
        Ok(Self {
            here: system::open_directory(directory, b".")?,
            above: Vec::new(),
        })
    }

    /// Deletes some entries. Returns whether the directory is empty.
    pub(super) fn step(&mut self) -> io::Result<bool> {
        let names = system::list(&self.here, MAX_PER_STEP)?;
        if names.is_empty() {
            let Some((id, name)) = self.above.pop() else {
                return Ok(true);
            };
            let above = system::open_directory(&self.here, b"..")?;
            if system::id(&above)? != id {
                return Err(io::Error::other("a directory of the export was moved"));
            }
            self.here = above;
            system::remove_directory(&self.here, &name)?;
            return Ok(false);
        }
        for (name, is_directory) in names {
            if is_directory {
                let inner = system::open_directory(&self.here, &name)?;
                self.above.push((system::id(&self.here)?, name));
                self.here = inner;
                break;
            }
            system::unlink(&self.here, &name)?;
        }
        Ok(false)
    }
}
