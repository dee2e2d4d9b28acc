//! Moving an entry out of the space, to a name in a directory that the host granted.
//!
//! First in one step, by a link or a rename; a host that does not let files move between directories, or cannot, answers
//! one of the codes in [`another_way`], and then the content is copied to a random name beside the target, published
//! in one step from there, and deleted here. Nobody sees a part of a file under the target's name, and where nothing may be
//! replaced the step that publishes is one that cannot replace. A failure leaves the entry here as it was.

use crate::bindings::{Descriptor, DescriptorFlags, ErrorCode, PathFlags};
use crate::copy::{self, Copied};
use crate::file::{OnDisk, write_all};
use crate::names::{self, ATTEMPTS};
use crate::remove;
use crate::root::{Root, open_directory, open_new, split, stands_at};

/// Publishes a file that exists in memory only: it is written straight to where it is to be.
pub(crate) fn bytes(bytes: &[u8], parent: &Descriptor, name: &str, overwrite: bool) -> Result<(), ErrorCode> {
    let (copy, beside) = create_beside(parent, name)?;
    let written = write_all(&copy, bytes, 0).and_then(|()| copy.sync_data());
    finish(written, &copy, parent, &beside, name, overwrite)
}

/// Moves a file.
///
/// # Errors
///
/// `exist` without `overwrite`, `is-directory` with it, `no-entry` if another entry or none stands under the file's name, and
/// whatever the host answers for `parent`.
pub(crate) fn file(
    root: &Root,
    file: &OnDisk,
    parent: &Descriptor,
    name: &str,
    overwrite: bool,
) -> Result<(), ErrorCode> {
    let (home, own_name) = split(&file.path);
    let home = root.descriptor(home)?;
    let here = home.get();
    if !stands_at(here, own_name, &file.descriptor)? {
        return Err(ErrorCode::NoEntry);
    }
    let moved = if overwrite {
        here.rename_at(own_name, parent, name)
    } else {
        here.link_at(PathFlags::empty(), own_name, parent, name)
    };
    match moved {
        // A rename does nothing where the target is another name of the same file (POSIX `rename`).
        Ok(()) if overwrite => {
            let is_itself = || name == own_name && is_same_directory(here, parent);
            return match stands_at(here, own_name, &file.descriptor) {
                Ok(true) if !is_itself() => unlink_source(root, file),
                _ => Ok(()),
            };
        }
        Ok(()) => return unlink_source(root, file),
        Err(code) if another_way(code) => {}
        Err(code) => return Err(code),
    }

    let (copy, beside) = create_beside(parent, name)?;
    let copied = copy::content(&file.descriptor, &copy).and_then(|()| copy.sync_data());
    finish(copied, &copy, parent, &beside, name, overwrite)?;
    // A program can name the file's own entry as the target: then that is the copy by now.
    match stands_at(here, own_name, &copy) {
        Ok(true) => Ok(()),
        _ => unlink_source(root, file),
    }
}

/// Moves a directory with all that is in it but symbolic links. It never replaces anything.
///
/// A rename would carry links out, and a rename that fails after they were deleted could not bring them back. So a tree with
/// links is copied without them: the original is complete until the copy is published.
///
/// # Errors
///
/// `invalid` for a directory inside the one to be moved, `exist`, and whatever the host answers.
pub(crate) fn directory(root: &Root, path: &str, parent: &Descriptor, name: &str) -> Result<(), ErrorCode> {
    let (home, own_name) = split(path);
    let home = root.descriptor(home)?;
    let source = open_directory(home.get(), own_name, DescriptorFlags::READ)?;
    let moved = if copy::has_links(&source)? {
        refuse_taken(parent, name).and(Err(ErrorCode::CrossDevice))
    } else {
        publish_directory(home.get(), own_name, parent, name)
    };
    match moved {
        Ok(()) => return Ok(()),
        // A directory does not fit into itself, and a copy would never end.
        Err(ErrorCode::Invalid) => return Err(ErrorCode::Invalid),
        Err(code) if another_way(code) => {}
        Err(code) => return Err(code),
    }

    drop(home);
    let beside = create_directory_beside(parent, name)?;
    let mut copied = match Copied::new(parent, &beside) {
        Ok(copied) => copied,
        Err(code) => {
            // It cannot be opened, and nothing was put into it.
            let _ = parent.remove_directory_at(&beside);
            return Err(code);
        }
    };
    if let Err(code) = copied
        .tree(&source)
        .and_then(|()| publish_directory(parent, &beside, parent, name))
    {
        copied.delete();
        return Err(code);
    }
    drop(source);
    // It has been published: what cannot be deleted here belongs to the space from now on.
    let _ = remove::tree(root, path);
    Ok(())
}

/// Looks whether a name is free, before a tree is copied in vain.
fn refuse_taken(parent: &Descriptor, name: &str) -> Result<(), ErrorCode> {
    match parent.stat_at(PathFlags::empty(), name) {
        Ok(_) => Err(ErrorCode::Exist),
        // The copy meets any other error again.
        Err(_) => Ok(()),
    }
}

/// Whether a refusal may mean "not in this way": other devices, hosts that keep directories apart, file systems without
/// hard links. `io` is in it because wasmtime-wasi has no code for another device and says that. If the reason was another
/// one, the copy meets it again.
fn another_way(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::CrossDevice
            | ErrorCode::Unsupported
            | ErrorCode::NotPermitted
            | ErrorCode::Access
            | ErrorCode::Invalid
            | ErrorCode::TooManyLinks
            | ErrorCode::Io
    )
}

/// Whether two descriptors are of one directory; by the hash of their metadata, as in [`stands_at`].
fn is_same_directory(one: &Descriptor, other: &Descriptor) -> bool {
    let hash = |of: &Descriptor| of.metadata_hash().map(|hash| (hash.lower, hash.upper));
    matches!((hash(one), hash(other)), (Ok(one), Ok(other)) if one == other)
}

/// The entry has been published under its new name: what cannot be deleted here belongs to the space from now on.
fn unlink_source(root: &Root, file: &OnDisk) -> Result<(), ErrorCode> {
    let _ = root.remove_file(&file.path);
    Ok(())
}

/// Publishes a copy, or deletes it.
fn finish(
    copied: Result<(), ErrorCode>,
    copy: &Descriptor,
    parent: &Descriptor,
    beside: &str,
    name: &str,
    overwrite: bool,
) -> Result<(), ErrorCode> {
    let published = copied.and_then(|()| {
        if overwrite {
            parent.rename_at(beside, parent, name)
        } else {
            publish_new(parent, beside, name)
        }
    });
    // After a link, and after a failure; after a rename it has gone.
    if !(overwrite && published.is_ok()) && stands_at(parent, beside, copy) == Ok(true) {
        let _ = parent.unlink_file_at(beside);
    }
    published
}

/// Gives a file in `parent` another name there that must not be taken.
fn publish_new(parent: &Descriptor, beside: &str, name: &str) -> Result<(), ErrorCode> {
    match parent.link_at(PathFlags::empty(), beside, parent, name) {
        Err(code) if another_way(code) => {}
        linked => return linked,
    }
    // No hard links here: take the name with an empty file, which fails if it is taken, and replace that.
    let placeholder = open_new(parent, name)?;
    let renamed = parent.rename_at(beside, parent, name);
    // Somebody else may have taken the name meanwhile; what is not certainly ours stays.
    if renamed.is_err() && stands_at(parent, name, &placeholder) == Ok(true) {
        drop(placeholder);
        let _ = parent.unlink_file_at(name);
    }
    renamed
}

/// Renames a directory to a name that must not be taken.
///
/// WASI 0.2 has no rename that never replaces, but a directory only ever replaces an empty directory. So the name is taken with
/// one first, which fails if there is anything, and that is the one replaced; if somebody puts something into it before,
/// the rename fails instead. It is taken back only while it is the one that was made. Where a directory cannot replace even an empty one (Windows), a look has to do.
fn publish_directory(from: &Descriptor, path: &str, parent: &Descriptor, name: &str) -> Result<(), ErrorCode> {
    parent.create_directory_at(name)?;
    let identity = || {
        let hash = parent.metadata_hash_at(PathFlags::empty(), name).ok()?;
        Some((hash.lower, hash.upper))
    };
    let made = identity();
    let renamed = match from.rename_at(path, parent, name) {
        Ok(()) => return Ok(()),
        Err(ErrorCode::NotEmpty | ErrorCode::Exist) => ErrorCode::Exist,
        Err(code) => code,
    };
    let withdrawn = made.is_some() && identity() == made && parent.remove_directory_at(name).is_ok();
    let look = matches!(renamed, ErrorCode::Exist | ErrorCode::Access | ErrorCode::NotPermitted);
    let free = || {
        let there = parent.stat_at(PathFlags::empty(), name);
        matches!(there, Err(ErrorCode::NoEntry))
    };
    if withdrawn && look && free() {
        return from.rename_at(path, parent, name);
    }
    Err(renamed)
}

fn create_beside(parent: &Descriptor, name: &str) -> Result<(Descriptor, String), ErrorCode> {
    draw_beside(name, |beside| open_new(parent, beside))
}

fn create_directory_beside(parent: &Descriptor, name: &str) -> Result<String, ErrorCode> {
    let ((), beside) = draw_beside(name, |beside| parent.create_directory_at(beside))?;
    Ok(beside)
}

/// Draws names beside `name` until `make` does not answer `exist`.
fn draw_beside<T>(name: &str, make: impl Fn(&str) -> Result<T, ErrorCode>) -> Result<(T, String), ErrorCode> {
    for _ in 0..ATTEMPTS {
        let beside = names::beside(name);
        match make(&beside) {
            Ok(made) => return Ok((made, beside)),
            Err(ErrorCode::Exist) => {}
            Err(code) => return Err(code),
        }
    }
    Err(ErrorCode::Exist)
}
