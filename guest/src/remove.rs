//! The only code of the provider that deletes a tree.
//!
//! Without recursion and with a constant number of descriptors, however deep the tree: a directory inside a directory is
//! moved up, into the directory that is being removed, before its turn comes. Links are deleted and never followed. An
//! error is remembered and the work goes on.

use crate::bindings::ErrorCode;
use crate::error::{code, gone_is_fine};
use crate::names;
use crate::root::{Root, join, open_below, split};
use cap_std::fs::Dir;
use std::io;

/// How often a directory is gone through before it counts as one that cannot be emptied. Once does, unless somebody adds to
/// it meanwhile or the host's listing skips entries because others are being deleted.
const PASSES: u32 = 8;

/// Deletes whatever stands under `path`, and all that is in it.
///
/// # Errors
///
/// The first one met, if something is left at the end.
pub(crate) fn tree(root: &Root, path: &str) -> Result<(), ErrorCode> {
    let (home, name) = split(path);
    let parent = match root.directory(home) {
        Ok(parent) => parent,
        Err(error) => {
            return match code(&error) {
                // With its directory, in whose place there is nothing, a file or a link.
                ErrorCode::NoEntry | ErrorCode::NotDirectory | ErrorCode::Loop => Ok(()),
                code => Err(code),
            };
        }
    };
    let parent = parent.get();
    let mut failures = Failures::default();
    for _ in 0..PASSES {
        match parent.remove_dir(name).map_err(|error| code(&error)) {
            Ok(()) | Err(ErrorCode::NoEntry) => return Ok(()),
            // The program put a file or a link there.
            Err(ErrorCode::NotDirectory) => return unlink(parent, name),
            // Not empty, as a rule; if it is something else, the last pass tells.
            Err(code) => failures.last = Some(code),
        }
        match open_below(parent, name) {
            Ok(top) => {
                let top = Place { dir: &top, path, root };
                if !empty(&top, &mut failures) {
                    break;
                }
            }
            Err(error) => {
                failures.note(&error);
                break;
            }
        }
    }
    match gone_is_fine(parent.remove_dir(name).map_err(|error| code(&error))) {
        Ok(()) => Ok(()),
        Err(code) => Err(failures.first.or(failures.last).unwrap_or(code)),
    }
}

/// What went wrong on the way.
#[derive(Default)]
struct Failures {
    first: Option<ErrorCode>,
    last: Option<ErrorCode>,
}

impl Failures {
    fn note(&mut self, error: &io::Error) {
        let code = code(error);
        if code != ErrorCode::NoEntry {
            self.first.get_or_insert(code);
        }
    }
}

/// An open directory, and where it is.
struct Place<'dir> {
    dir: &'dir Dir,
    path: &'dir str,
    root: &'dir Root,
}

/// Deletes what is in `top`, as far as it can be deleted. Whether anything changed.
fn empty(top: &Place<'_>, failures: &mut Failures) -> bool {
    let mut nested = Vec::new();
    let mut changed = clear(top, &mut nested, failures);
    while let Some(name) = nested.pop() {
        let child = match open_below(top.dir, &name) {
            Ok(child) => child,
            Err(error) => {
                failures.note(&error);
                continue;
            }
        };
        let place = Place {
            dir: &child,
            path: &join(top.path, &name),
            root: top.root,
        };
        let mut deeper = Vec::new();
        changed |= clear(&place, &mut deeper, failures);
        for inner in deeper {
            // Names of 64 random bits: what might stand there already is about to be deleted anyway.
            let moved = names::random();
            match child.rename(&inner, top.dir, &moved) {
                Ok(()) => {
                    changed = true;
                    nested.push(moved);
                }
                Err(error) => failures.note(&error),
            }
        }
        drop(child);
        match top.dir.remove_dir(&name) {
            Ok(()) => changed = true,
            Err(error) => failures.note(&error),
        }
    }
    changed
}

/// Deletes the files, the links and the empty directories in a directory, and collects the names of the other
/// directories. Whether anything was deleted.
fn clear(place: &Place<'_>, nested: &mut Vec<String>, failures: &mut Failures) -> bool {
    let mut changed = false;
    match list(place.dir, |name, is_directory| {
        changed |= delete(place.dir, name, is_directory, nested, failures);
    }) {
        Ok(()) => {}
        Err(error) => {
            failures.note(&error);
            for (name, is_directory) in place.root.names(place.path) {
                changed |= delete(place.dir, name, is_directory, nested, failures);
            }
        }
    }
    changed
}

fn list(dir: &Dir, mut each: impl FnMut(String, bool)) -> io::Result<()> {
    for entry in dir.entries()? {
        let entry = entry?;
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        // Names come from a host whose names are Unicode: nothing is lost here.
        if let Ok(name) = entry.file_name().into_string() {
            each(name, is_directory);
        }
    }
    Ok(())
}

/// Deletes one entry, or notes that it is a directory with something in it. Whether it was deleted.
fn delete(dir: &Dir, name: String, is_directory: bool, nested: &mut Vec<String>, failures: &mut Failures) -> bool {
    let deleted = if is_directory {
        dir.remove_dir(&name)
    } else {
        dir.remove_file(&name)
    };
    match deleted {
        Ok(()) => return true,
        // Whatever the reason: what is in it is tried before it counts. One that was collected twice, by a listing that broke
        // off and by the other, is gone when its turn comes again.
        Err(error) if is_directory || code(&error) == ErrorCode::IsDirectory => nested.push(name),
        Err(error) => failures.note(&error),
    }
    false
}

fn unlink(parent: &Dir, name: &str) -> Result<(), ErrorCode> {
    gone_is_fine(parent.remove_file(name).map_err(|error| code(&error)))
}
