//! Entries that an export makes beside its target, and takes back only while they are what it made.
//!
//! A name proves nothing, because anyone who may use the directory can put something else under it. So an entry is known by device and
//! inode, and is held open, because the number of an inode that nobody holds can soon belong to another file.
//!
//! No call deletes a name on the condition that it belongs to a certain inode. So an entry is compared, moved to a random name that
//! nobody else knows, compared again, and only then deleted. What somebody put under the name in between is moved back.

use super::system;
use crate::random_name::random_name;
use std::fs::File;
use std::io;

/// Maximum attempts to find a random name that does not exist. One attempt is enough unless the source of random numbers is broken.
const MAX_TRIES: usize = 8;

/// Makes something under a random name. Returns it and the name.
pub(super) fn make_beside<T>(make: impl Fn(&[u8]) -> io::Result<T>) -> io::Result<(T, Vec<u8>)> {
    let mut tries = 1;
    loop {
        let name = random_name().into_bytes();
        match make(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < MAX_TRIES => tries += 1,
            made => return Ok((made?, name)),
        }
    }
}

/// Checks that a name still belongs to what is held open, before it is renamed.
pub(super) fn check_own(directory: &File, name: &[u8], held: &File) -> io::Result<()> {
    if system::id_at(directory, name)? != system::id(held)? {
        return Err(io::Error::other("the unfinished export was replaced"));
    }
    Ok(())
}

/// Deletes an empty directory or a file that is held open, if the name is still its own. Returns whether it did.
pub(super) fn take_back(directory: &File, name: &[u8], held: &File, is_directory: bool) -> io::Result<bool> {
    let id = system::id(held)?;
    let is_at = |name: &[u8]| system::id_at(directory, name).is_ok_and(|found| found == id);
    if !is_at(name) {
        return Ok(false);
    }
    let moved = make_beside(|aside| system::rename_new(directory, name, aside));
    let aside = match moved {
        Ok(((), aside)) => aside,
        // The comparison above has to do.
        Err(error) if error.kind() == io::ErrorKind::Unsupported => name.to_vec(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let deleted = if !is_at(&aside) {
        Ok(false)
    } else if is_directory {
        system::remove_directory(directory, &aside).map(|()| true)
    } else {
        system::unlink(directory, &aside).map(|()| true)
    };
    if !matches!(deleted, Ok(true)) && aside != name {
        system::rename_new(directory, &aside, name)?;
    }
    deleted
}

/// Logs that something could not be taken back. It is left where it is.
pub(super) fn report_left(name: &[u8], error: &io::Error) {
    tracing::warn!(name = %name.escape_ascii(), %error, "an unfinished export could not be taken back");
}
