//! Entries that the host makes in directories that are not its own, and takes back only while they are what it made.
//!
//! A name proves nothing: whoever else uses the directory may have put something of theirs under it. So an entry is known by
//! device and inode, looked at after it was made, and it is held open, because the number of an inode that nobody holds may
//! soon be another file's.
//!
//! Linux cannot delete a name on the condition that it is a certain inode's. So an entry is compared first, then moved to a
//! random name that nobody else knows, compared once more there, and deleted only then. What was put under the name in
//! between is moved back, and cannot be lost.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags, Stat};
use rustix::io::Errno;

use crate::budget::InodeId;
use crate::remove::{Removed, Remover};
use crate::reserve::Reserve;
use crate::{dir, look, names};

/// An entry that was made in a directory that is not ours.
#[derive(Debug)]
pub(crate) struct Made {
    id: InodeId,
    kind: FileType,
    /// Keeps the inode's number from being used again. `None` where there was no descriptor left for it.
    held: Option<OwnedFd>,
}

impl Made {
    /// Looks at an open file that was just made.
    ///
    /// # Errors
    ///
    /// Those of `fstat`.
    pub(crate) fn file(file: &File) -> rustix::io::Result<Made> {
        let held = rustix::io::fcntl_dupfd_cloexec(file, 0).ok();
        Ok(Made::new(&rustix::fs::fstat(file)?, held))
    }

    /// Looks at an open directory that was just made.
    ///
    /// # Errors
    ///
    /// Those of `fstat`.
    pub(crate) fn directory(directory: &OwnedFd) -> rustix::io::Result<Made> {
        let held = rustix::io::fcntl_dupfd_cloexec(directory, 0).ok();
        Ok(Made::new(&rustix::fs::fstat(directory)?, held))
    }

    /// Looks at what was just made, or is about to be moved, under `name` in `parent`. No link is followed.
    ///
    /// # Errors
    ///
    /// Those of `stat`.
    pub(crate) fn at(parent: impl AsFd, name: &str) -> rustix::io::Result<Made> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(&parent, name, flags, Mode::empty()) {
            Ok(held) => Ok(Made::new(&rustix::fs::fstat(&held)?, Some(held))),
            Err(_) => {
                let stat = rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
                Ok(Made::new(&stat, None))
            }
        }
    }

    fn new(stat: &Stat, held: Option<OwnedFd>) -> Made {
        Made {
            id: InodeId::of(stat),
            kind: FileType::from_raw_mode(stat.st_mode),
            held,
        }
    }

    pub(crate) fn kind(&self) -> FileType {
        self.kind
    }

    /// Whether `name` in `parent` is this entry's.
    pub(crate) fn is_at(&self, parent: impl AsFd, name: &str) -> bool {
        rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| InodeId::of(&stat) == self.id)
    }

    /// Deletes the entry, if `name` in `parent` still is its own: a file, or a directory with nothing in it.
    pub(crate) fn take_back(&self, parent: impl AsFd, name: &str) -> Removed {
        let is_full = || {
            let listed = dir::open(&parent, name).and_then(look::list);
            listed.is_ok_and(|names| !names.is_empty())
        };
        if self.kind == FileType::Directory && is_full() {
            return Removed::default();
        }
        self.take_back_after(&parent, name, |_, _| {})
    }

    /// The same of a directory with everything in it, which is reached through its descriptor.
    pub(crate) fn take_back_tree(&self, parent: impl AsFd, name: &str, reserve: &Reserve) -> Removed {
        self.take_back_after(&parent, name, |aside, removed| {
            let opened = match &self.held {
                Some(held) => dir::open(held, c"."),
                None => dir::open(&parent, aside),
            };
            match opened {
                Ok(opened) if rustix::fs::fstat(&opened).is_ok_and(|stat| InodeId::of(&stat) == self.id) => {
                    let mut emptied = Remover::new(&opened, reserve).clear(&opened);
                    // They are in that directory, and not in the trash of the base.
                    emptied.stuck.clear();
                    removed.add(emptied);
                }
                // Deleting its name says what is wrong.
                _ => {}
            }
        })
    }

    fn take_back_after(&self, parent: &impl AsFd, name: &str, empty: impl FnOnce(&str, &mut Removed)) -> Removed {
        let mut removed = Removed::default();
        if !self.is_at(parent, name) {
            return removed;
        }
        let aside = names::beside(name);
        let aside = match rename_to_new(parent, name, &aside) {
            Ok(()) => aside,
            // A file system that cannot rename without replacing: the comparison above has to do.
            Err(Errno::INVAL | Errno::NOSYS) => name.to_owned(),
            Err(Errno::NOENT) => return removed,
            Err(error) => {
                removed.failures.push((name.to_owned(), error.into()));
                return removed;
            }
        };
        if !self.is_at(parent, &aside) {
            put_back(parent, &aside, name, &mut removed);
            return removed;
        }
        let flags = match self.kind {
            FileType::Directory => {
                empty(&aside, &mut removed);
                AtFlags::REMOVEDIR
            }
            _ => AtFlags::empty(),
        };
        match rustix::fs::unlinkat(parent, &aside, flags) {
            Ok(()) => removed.entries += 1,
            Err(Errno::NOENT) => {}
            Err(error) => {
                // Somebody else's files in a directory are no failure.
                if !matches!(error, Errno::NOTEMPTY | Errno::EXIST) {
                    removed.failures.push((name.to_owned(), error.into()));
                }
                put_back(parent, &aside, name, &mut removed);
            }
        }
        removed
    }
}

/// Renames within a directory to a name that must not be taken.
fn rename_to_new(parent: &impl AsFd, name: &str, new: &str) -> rustix::io::Result<()> {
    rustix::fs::renameat_with(parent, name, parent, new, RenameFlags::NOREPLACE)
}

fn put_back(parent: &impl AsFd, aside: &str, name: &str, removed: &mut Removed) {
    if aside == name {
        return;
    }
    if let Err(error) = rename_to_new(parent, aside, name) {
        // Its name has been taken meanwhile. Nothing is deleted, and the report says where it is.
        removed.failures.push((aside.to_owned(), io::Error::from(error)));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let listed = fs::read_dir(dir).expect("a directory");
        let mut names: Vec<String> = listed
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_came_in_the_place_of_an_entry_stays() {
        let place = tempfile::tempdir().expect("a directory");
        let dir = File::open(place.path()).expect("it opens");
        let path = place.path().join("name");
        let reserve = Reserve::new(&dir).expect("descriptors");

        let made = Made::file(&File::create(&path).expect("a file")).expect("it is looked at");
        fs::remove_file(&path).expect("ours");
        fs::write(&path, "theirs").expect("a file");
        assert!(!made.is_at(&dir, "name"), "the number of a held inode was used again");
        assert_eq!(made.take_back(&dir, "name").entries, 0);
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "theirs");

        fs::remove_file(&path).expect("ours");
        fs::create_dir(&path).expect("a directory");
        let made = Made::at(&dir, "name").expect("it is looked at");
        fs::remove_dir(&path).expect("ours");
        fs::create_dir(&path).expect("a directory");
        fs::write(path.join("file"), "theirs").expect("a file");
        assert_eq!(made.take_back_tree(&dir, "name", &reserve).entries, 0);
        assert_eq!(names(&path), ["file"]);
        assert_eq!(names(place.path()), ["name"], "something was moved aside");
    }

    #[test]
    fn what_was_made_is_taken_back_with_all_that_is_in_it() {
        let place = tempfile::tempdir().expect("a directory");
        let dir = File::open(place.path()).expect("it opens");
        let path = place.path().join("name");
        let reserve = Reserve::new(&dir).expect("descriptors");
        fs::create_dir_all(path.join("a/b/c")).expect("directories");
        fs::write(path.join("a/b/file"), "ours").expect("a file");
        let made = Made::at(&dir, "name").expect("it is looked at");

        // What is not empty may be somebody else's.
        let removed = made.take_back(&dir, "name");
        assert_eq!((removed.entries, removed.failures.len()), (0, 0));
        assert_eq!(names(place.path()), ["name"]);

        assert_eq!(made.take_back_tree(&dir, "name", &reserve).entries, 5);
        assert!(names(place.path()).is_empty());
    }

    #[test]
    fn what_cannot_be_put_back_is_said_and_stays() {
        let place = tempfile::tempdir().expect("a directory");
        let dir = File::open(place.path()).expect("it opens");
        for name in ["aside", "name"] {
            fs::write(place.path().join(name), name).expect("a file");
        }
        let mut removed = Removed::default();
        put_back(&dir, "aside", "name", &mut removed);
        assert_eq!(removed.failures[0].0, "aside");
        assert_eq!(names(place.path()), ["aside", "name"]);
    }
}
