//! Moving an entry out of its place, to a name in a directory that the host granted, or in the space.
//!
//! In one step, by a link or a rename: what has no name yet is linked, and where nothing may be replaced the step is one that
//! cannot replace (`linkat`, `renameat2` with `RENAME_NOREPLACE`). To another file system a copy is made there without a name,
//! synchronized to disk, and linked: if the host is killed meanwhile, nothing of it is left.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::sync::Arc;

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use super::Failed;
use super::copy::{self, Links};
use super::directory::{Node, open, open_around};
use super::names::draw_beside;
use super::storage::{Content, Disk, Entry};
use crate::budget::Found;
use crate::dir;
use crate::look;
use crate::outside::Made;
use crate::space::Shared;
use crate::unnamed::{self, FILE_MODE};

/// Where an entry is to go.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) dir: Arc<File>,
    pub(super) name: String,
    /// Whether something that stands there may be replaced.
    pub(super) overwrite: bool,
    /// How deep the entry would stand, if that is in the space.
    pub(super) depth: Option<u64>,
}

impl Target {
    fn found(&self) -> Option<Found> {
        found(&self.dir, &self.name)
    }
}

/// Moves a file. Nobody else may change names of the space meanwhile.
///
/// # Errors
///
/// `no-entry` if something else stands in its place, `exist`, `is-directory`, `quota` for the depth, and those of the system: the file is as it
/// was then, in memory if it was.
pub(super) fn file(content: &Content, target: &Target) -> Result<(), Failed> {
    let space = content.space();
    if let Some(depth) = target.depth {
        space.budget().depth(depth)?;
        return content.where_it_is(|place| match place {
            Ok(bytes) => {
                let mut disk = content.copy(bytes)?;
                let moved = moved(content, &mut disk, target);
                if moved.is_err() {
                    // It is still in memory.
                    let _ = disk.delete(space);
                }
                moved
            }
            Err(disk) => moved(content, disk, target),
        });
    }
    content.where_it_is(|place| match place {
        // Straight to where it is to be.
        Ok(bytes) => published_copy(target, |to| {
            (&*to).write_all(bytes)?;
            to.sync_data()?;
            Ok(())
        }),
        Err(disk) => moved(content, disk, target),
    })
}

/// Moves a file on disk.
fn moved(content: &Content, disk: &mut Disk, target: &Target) -> Result<(), Failed> {
    let space = content.space();
    if target.overwrite {
        // What was linked and unlinked again can never be linked any more: so it has a name here until it has one there.
        let path = content.name(disk)?;
        renamed(space, disk, &path, target)?;
        disk.entry = Entry::None;
        return Ok(());
    }
    match std::mem::replace(&mut disk.entry, Entry::None) {
        Entry::None => Err(ErrorCode::NoEntry.into()),
        Entry::Nameless(mut nameless) => {
            let renewed = match target.depth {
                Some(_) => nameless.renew().map_err(Failed::from),
                None => Ok(()),
            };
            let linked = renewed
                .and_then(|()| link(&disk.file, target))
                .or_else(|error| copied(&disk.file, target, error));
            if let Err(error) = linked {
                disk.entry = Entry::Nameless(nameless);
                return Err(error);
            }
            if target.depth.is_some() {
                nameless.named();
                space.budget().named(disk.inode.id());
            }
            Ok(())
        }
        Entry::Named(path) => {
            let moved = renamed(space, disk, &path, target);
            if moved.is_err() {
                disk.entry = Entry::Named(path);
            }
            moved
        }
    }
}

/// Moves a file that has a name.
fn renamed(space: &Shared, disk: &Disk, path: &str, target: &Target) -> Result<(), Failed> {
    let (dir, name) = open_around(space, path)?;
    let ours = Found::new(&rustix::fs::fstat(&disk.file)?);
    let source = match found(&dir, name) {
        // What is not the file does not leave the space.
        Some(source) if source.is_same(&ours) => source,
        _ => return Err(ErrorCode::NoEntry.into()),
    };
    let replaced = target.found().filter(|_| target.overwrite);
    if replaced.is_some_and(|replaced| replaced.is_dir()) {
        return Err(ErrorCode::IsDirectory.into());
    }
    match rename(&dir, name, &disk.file, target) {
        Ok(()) => {}
        Err(error) if copy::NEEDED.contains(&error) => {
            copied(&disk.file, target, error.into())?;
            let _ = space.remove(path);
            if target.depth.is_some() {
                // The copy is charged by a look at it.
                space.recount();
            }
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    }
    let is_itself = replaced.is_some_and(|replaced| replaced.is_same(&source));
    if is_itself {
        // A rename does nothing where the target is another name of the same file (POSIX `rename`).
        if !is_same_place(&dir, name, target) {
            let _ = space.remove(path);
        }
    } else if target.depth.is_some() {
        gone(space, replaced);
    } else if !space.budget().left(&source) {
        space.recount();
    }
    Ok(())
}

/// Moves a directory with all that is in it; out of the space, without symbolic links. It never replaces anything. Nobody
/// else may change names of the space meanwhile.
///
/// A rename would carry links out, and a rename that fails after they were deleted could not bring them back. So a tree with
/// links is copied without them: the original is complete until the copy is published.
///
/// # Errors
///
/// `invalid` for a target inside of it, `exist`, `unsupported` and `name-too-long` where it has to be copied and cannot be,
/// and those of the system: it is as it was then.
pub(super) fn directory(space: &Shared, node: &Node, target: &Target) -> Result<(), Failed> {
    node.name_files()?;
    let (dir, name) = open_around(space, node.path())?;
    let source = open(space, node.path())?;
    if let Some(depth) = target.depth {
        if look::depth(source.as_fd(), target.dir.as_fd(), depth).is_some() {
            return Err(ErrorCode::Invalid.into());
        }
        let most = space.budget().limits().depth;
        if most != u64::MAX {
            let height = look::height(source.as_fd(), c".", most);
            space.budget().depth(depth.saturating_add(height))?;
        }
    }
    let links = match target.depth {
        Some(_) => Links::Keep,
        None => Links::LeaveOut,
    };
    let moved = match links == Links::LeaveOut && look::for_each_link(source.as_fd(), |_, _| Ok(()))? > 0 {
        // Before a tree is copied in vain.
        true if target.found().is_some() => Err(Errno::EXIST),
        true => Err(Errno::XDEV),
        false => rename_directory(&dir, name, target),
    };
    match moved {
        Ok(()) if target.depth.is_some() => space.budget().moved(),
        Ok(()) => {
            // A file in it may have a name in the space, too.
            space.budget().names_outside();
            space.recount();
        }
        Err(error) if copy::NEEDED.contains(&error) => {
            let left_out = copied_directory(space, &source, target, links)?;
            space.ledger().leave_out_links(left_out);
            // It has been published: what cannot be deleted here belongs to the space from now on.
            let _ = space.remove(node.path());
            if target.depth.is_some() {
                space.recount();
            }
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Gives an open file the name.
fn link(file: &File, target: &Target) -> Result<(), Failed> {
    if !target.overwrite {
        return Ok(unnamed::link(file, &target.dir, &target.name)?);
    }
    let ((), beside) = draw_beside(&target.name, |beside| unnamed::link(file, &target.dir, beside))?;
    replace(target, &beside, file)
}

/// Puts a file that has the name `beside` in the place of what has the target's.
fn replace(target: &Target, beside: &str, file: &File) -> Result<(), Failed> {
    let replaced = rustix::fs::renameat(&target.dir, beside, &target.dir, &target.name);
    if replaced.is_err() {
        Made::file(file)?.take_back(&*target.dir, beside);
    }
    Ok(replaced?)
}

/// Copies a file, if `error` says that it could not be linked for where the target is.
fn copied(file: &File, target: &Target, error: Failed) -> Result<(), Failed> {
    match copy::NEEDED.iter().any(|needed| error.is(*needed)) {
        true => published_copy(target, |to| copy::content(file, to)),
        false => Err(error),
    }
}

/// Makes a file where the target is, without a name if that can be, fills it and publishes it.
fn published_copy(target: &Target, fill: impl Fn(&File) -> Result<(), Failed>) -> Result<(), Failed> {
    match unnamed::create(&target.dir) {
        Ok(made) => {
            let made = File::from(made);
            fill(&made)?;
            match link(&made, target) {
                // No links here, no `/proc`, or no directory: the next one finds out.
                Err(error) if error.is(Errno::PERM) || error.is(Errno::OPNOTSUPP) || error.is(Errno::NOENT) => {}
                linked => return linked,
            }
        }
        // `EPERM`: what ext4 says of a directory that is gone. It is found out with a name.
        Err(error) if unnamed::is_unsupported(error) || error == Errno::PERM => {}
        Err(error) => return Err(error.into()),
    }
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let create = |beside: &str| rustix::fs::openat(&target.dir, beside, flags, FILE_MODE);
    let (made, beside) = draw_beside(&target.name, create)?;
    let made = File::from(made);
    let filled = fill(&made).and_then(|()| Ok(rename(&target.dir, &beside, &made, target)?));
    if filled.is_err() {
        Made::file(&made)?.take_back(&*target.dir, &beside);
    }
    filled
}

/// Renames the open file that has the name `name` in `dir` to the target.
fn rename(dir: &File, name: &str, file: &File, target: &Target) -> rustix::io::Result<()> {
    if target.overwrite {
        return rustix::fs::renameat(dir, name, &target.dir, &target.name);
    }
    match rustix::fs::renameat_with(dir, name, &target.dir, &target.name, RenameFlags::NOREPLACE) {
        // rename(2): a file system that does not know the flag.
        Err(Errno::INVAL | Errno::NOSYS) => {}
        renamed => return renamed,
    }
    rustix::fs::linkat(dir, name, &target.dir, &target.name, AtFlags::empty())?;
    Made::file(file)?.take_back(dir, name);
    Ok(())
}

/// Renames a directory to the target, which must not be there.
fn rename_directory(dir: &File, name: &str, target: &Target) -> rustix::io::Result<()> {
    match rustix::fs::renameat_with(dir, name, &target.dir, &target.name, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS) => {}
        renamed => return renamed,
    }
    // A directory replaces nothing but an empty directory: so the name is taken with one first.
    rustix::fs::mkdirat(&target.dir, &target.name, Mode::RWXU)?;
    let made = Made::at(&*target.dir, &target.name)?;
    rustix::fs::renameat(dir, name, &target.dir, &target.name).map_err(|error| {
        made.take_back(&*target.dir, &target.name);
        match error {
            Errno::NOTEMPTY => Errno::EXIST,
            error => error,
        }
    })
}

/// Copies a directory. Returns how many links were left out.
fn copied_directory(space: &Shared, source: &File, target: &Target, links: Links) -> Result<u64, Failed> {
    let (copy, beside) = draw_beside(&target.name, |beside| dir::make(&target.dir, beside))?;
    let made = Made::directory(&copy)?;
    let copied = copy::tree(source.as_fd(), copy.as_fd(), links).and_then(|left_out| {
        rename_directory(&target.dir, &beside, target)?;
        Ok(left_out)
    });
    if copied.is_err() {
        made.take_back_tree(&*target.dir, &beside, space.lease().reserve());
    }
    copied
}

/// What stands under a name.
fn found(dir: &File, name: &str) -> Option<Found> {
    let stat = rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    Some(Found::new(&stat))
}

fn is_same_place(dir: &File, name: &str, target: &Target) -> bool {
    let id = |dir: &File| rustix::fs::fstat(dir).map(|stat| Found::new(&stat).id);
    name == target.name && matches!((id(dir), id(&target.dir)), (Ok(one), Ok(other)) if one == other)
}

/// What the target's name stood for is gone.
fn gone(space: &Shared, replaced: Option<Found>) {
    if replaced.is_some_and(|replaced| !space.budget().gone(&replaced)) {
        space.recount();
    }
}
