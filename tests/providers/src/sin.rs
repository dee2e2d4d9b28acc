//! Where a provider may go wrong.

use std::io;
use std::path::{Path, PathBuf};

use crate::bindings::wasi::filesystem::types::{Descriptor, ErrorCode};
use crate::place;

/// What is being undone when an entry is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The handle was dropped.
    Drop,
    /// The handle was closed.
    Close,
}

/// What a provider does at each step. The defaults are right; a sin replaces one of them.
pub trait Sin: 'static {
    /// Bytes that a file may hold in memory, whatever the program allows. None, so that every file has an entry to sin with.
    const MEMORY: u64 = 0;

    /// Called at the start of each call that is not on a handle: the functions of `space`, and both `create`.
    fn called() {}

    /// Where new entries go that have no directory of their own, given the directory that was granted.
    ///
    /// # Errors
    ///
    /// Those of making it.
    fn root(granted: &Path) -> io::Result<PathBuf> {
        Ok(granted.to_owned())
    }

    /// Called when a file was created.
    ///
    /// # Errors
    ///
    /// The creation then fails.
    fn created(path: &Path) -> io::Result<()> {
        let _ = path;
        Ok(())
    }

    /// Called when a directory is to be persisted, and answers in the place of the provider if there is an answer.
    fn persist(parent: &Descriptor, name: &str) -> Option<Result<(), ErrorCode>> {
        let _ = (parent, name);
        None
    }

    /// Deletes what a handle owns: a file, or a directory with everything in it.
    ///
    /// # Errors
    ///
    /// What `close` then reports.
    fn delete(path: &Path, when: When) -> io::Result<()> {
        let _ = when;
        place::remove(path)
    }
}
