//! Renaming, in all forms that POSIX knows.

use crate::account::Resource;
use crate::descriptor::Descriptor;
use crate::entry::Name;
use crate::error::{Error, Result};
use crate::path::{self, Last};
use crate::tree::{MAX_CLIMB, Tree};
use std::sync::MutexGuard;

/// How often a rename looks again because somebody changed its names while it looked far above them.
const MAX_TRIES: usize = 64;

/// The names of a rename, resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Places<'a> {
    old_parent: u32,
    old_entry: u32,
    new_parent: u32,
    new_name: &'a [u8],
    new_entry: Option<u32>,
    /// The serials of both directories, of what moves, and of what is replaced: a slot may have another inode later.
    serials: [u64; 4],
}

impl Descriptor {
    /// Renames a file, a directory or a symbolic link, and replaces what has the new name. A link is not followed.
    ///
    /// # Errors
    ///
    /// In this order:
    ///
    /// * `CrossDevice`: the directories are of different spaces.
    /// * Those of both paths, as [`Descriptor::open_at`].
    /// * `Busy`: a path ends in `.` or `..`; or somebody changes these names all the time, more than 512 levels deep.
    /// * `NoEntry`: the old name does not exist.
    /// * `NotDirectory`: a path ends in a slash, and this is no directory.
    /// * `Invalid`: a directory would move into itself.
    /// * `NotEmpty`: the new name is a directory above the old one.
    /// * `IsDirectory`, `NotDirectory`, `NotEmpty`: what has the new name cannot be replaced by this.
    pub fn rename_at(&self, old_path: impl AsRef<[u8]>, directory: &Self, new_path: impl AsRef<[u8]>) -> Result<()> {
        let (old_path, new_path) = (old_path.as_ref(), new_path.as_ref());
        let now = self.volume().now();
        let mut tree = self.lock_both(directory)?;
        let mut places = self.resolve_rename(&tree, old_path, directory, new_path)?;
        // Where directories may move in relation to others, nobody else may move any meanwhile.
        let moves = if is_order_of_directories_at_stake(&tree, places) {
            drop(tree);
            let moves = self.volume().lock_moves();
            let mut tries = 0;
            loop {
                tries += 1;
                if tries > MAX_TRIES {
                    return Err(Error::Busy);
                }
                tree = self.lock_both(directory)?;
                places = self.resolve_rename(&tree, old_path, directory, new_path)?;
                let verdict;
                (tree, verdict) = self.check_order(tree, directory, places)?;
                // Who let the lock go looks again: the names may lead elsewhere by now.
                match verdict {
                    Verdict::Checked => break,
                    Verdict::CheckedInSteps => {
                        if self.resolve_rename(&tree, old_path, directory, new_path)? == places {
                            break;
                        }
                        drop(tree);
                    }
                }
            }
            Some(moves)
        } else {
            None
        };
        let Places {
            old_entry,
            new_parent,
            new_name,
            new_entry,
            ..
        } = places;
        let moved = tree.entry(old_entry).inode;
        let Some(new_entry) = new_entry else {
            return tree.move_name(old_entry, new_parent, Name::new(new_name)?, now);
        };
        let replaced = tree.entry(new_entry).inode;
        if moved == replaced {
            return Ok(());
        }
        match (tree.as_directory(moved), tree.as_directory(replaced)) {
            (Some(_), None) => return Err(Error::NotDirectory),
            (None, Some(_)) => return Err(Error::IsDirectory),
            (Some(_), Some(directory)) if directory.entries > 0 => return Err(Error::NotEmpty),
            _ => {}
        }
        tree.replace_name(old_entry, new_entry, now);
        let unused = self.lose_name(&mut tree, replaced);
        drop(tree);
        drop(moves);
        self.volume().release(unused);
        Ok(())
    }

    /// Finds the names of a rename, in the order in which Linux does, and checks what can be told without looking above them.
    fn resolve_rename<'a>(
        &self,
        tree: &Tree,
        old_path: &[u8],
        directory: &Self,
        new_path: &'a [u8],
    ) -> Result<Places<'a>> {
        let needs_directory = old_path.ends_with(b"/") || new_path.ends_with(b"/");
        let (old_parent, old_last) = path::resolve_parent_unchecked(tree, self.slot(), path::strip_slashes(old_path))?;
        let (new_parent, new_last) =
            path::resolve_parent_unchecked(tree, directory.slot(), path::strip_slashes(new_path))?;
        old_last.check()?;
        new_last.check()?;
        let (Last::Name(old_name), Last::Name(new_name)) = (old_last, new_last) else {
            return Err(Error::Busy);
        };
        let old_entry = tree.lookup(old_parent, old_name)?.ok_or(Error::NoEntry)?;
        let new_entry = tree.lookup(new_parent, new_name)?;
        if needs_directory && !tree.inode(tree.entry(old_entry).inode).is_directory() {
            return Err(Error::NotDirectory);
        }
        let moved = tree.entry(old_entry).inode;
        let replaced = new_entry.map(|entry| tree.entry(entry).inode);
        let serial = |inode| tree.inode(inode).serial;
        let serials = [
            serial(old_parent),
            serial(moved),
            serial(new_parent),
            replaced.map_or(0, serial),
        ];
        Ok(Places {
            old_parent,
            old_entry,
            new_parent,
            new_name,
            new_entry,
            serials,
        })
    }

    /// Checks that a directory does not move into itself, and that what is replaced is not above what moves.
    fn check_order<'a>(
        &'a self,
        mut tree: MutexGuard<'a, Tree>,
        directory: &'a Self,
        places: Places<'_>,
    ) -> Result<(MutexGuard<'a, Tree>, Verdict)> {
        let moved = tree.entry(places.old_entry).inode;
        let mut in_steps = false;
        let mut climbs = Vec::with_capacity(2);
        if tree.inode(moved).is_directory() {
            climbs.push((places.new_parent, moved, Error::Invalid));
        }
        if let Some(entry) = places.new_entry {
            climbs.push((places.old_parent, tree.entry(entry).inode, Error::NotEmpty));
        }
        for (from, sought, error) in climbs {
            // A directory that is looked at is kept while the lock is let go.
            let mut at = from;
            loop {
                match climb(&tree, at, sought) {
                    Climb::Found => return Err(error),
                    Climb::Top => break,
                    Climb::Unfinished(above) => {
                        in_steps = true;
                        tree.acquire(above);
                        drop(tree);
                        tree = self.lock_both(directory)?;
                        // It has a directory in it, unless somebody removed all of it: then nothing is above it.
                        let unused = tree.close(above);
                        if let Some(unused) = unused {
                            drop(tree);
                            self.volume().release(Some(unused));
                            return Ok((self.lock_both(directory)?, Verdict::CheckedInSteps));
                        }
                        at = above;
                    }
                }
            }
        }
        Ok((
            tree,
            if in_steps {
                Verdict::CheckedInSteps
            } else {
                Verdict::Checked
            },
        ))
    }

    /// Locks the tree, if both are directories of it.
    pub(crate) fn lock_both(&self, other: &Self) -> Result<MutexGuard<'_, Tree>> {
        let mut tree = self.lock_directory()?;
        if other.content().is_ok() {
            return Err(Error::NotDirectory);
        }
        if !self.is_same_volume(other) {
            return Err(Error::CrossDevice);
        }
        if other.epoch() != self.epoch() {
            return Err(Error::NoEntry);
        }
        tree.mark_removed(other.slot());
        Ok(tree)
    }

    /// Settles that an inode lost a name: its charge, and the inode itself if nothing keeps it.
    pub(crate) fn lose_name(&self, tree: &mut Tree, inode: u32) -> Option<crate::inode::Inode> {
        if tree.inode(inode).links > 0 {
            // The charge of the last name stays with the inode.
            self.volume().account().release(Resource::Entries, 1);
            return None;
        }
        if tree.inode(inode).is_directory() {
            tree.directory_mut(inode).is_dead = true;
        }
        tree.take_unused(inode)
    }
}

/// How the order of directories was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Under one hold of the lock.
    Checked,
    /// The lock was let go in between.
    CheckedInSteps,
}

/// Says whether a rename may move a directory below another one, or replaces what may be above the old name.
fn is_order_of_directories_at_stake(tree: &Tree, places: Places<'_>) -> bool {
    let is_directory = |entry| tree.inode(tree.entry(entry).inode).is_directory();
    places.old_parent != places.new_parent
        && (is_directory(places.old_entry) || places.new_entry.is_some_and(is_directory))
}

/// Where a way up ends.
enum Climb {
    /// At the inode that was sought.
    Found,
    /// At the root, or at a directory that was removed.
    Top,
    /// After [`MAX_CLIMB`] levels, here.
    Unfinished(u32),
}

/// Looks for an inode at a directory and above it.
fn climb(tree: &Tree, from: u32, sought: u32) -> Climb {
    let mut at = from;
    for _ in 0..MAX_CLIMB {
        if at == sought {
            return Climb::Found;
        }
        let directory = tree.directory(at);
        if at == tree.root || directory.is_dead {
            return Climb::Top;
        }
        at = directory.parent;
    }
    Climb::Unfinished(at)
}
