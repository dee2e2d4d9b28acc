//! The only code of the provider that deletes a tree.
//!
//! Without recursion and with a constant number of descriptors, however deep the tree: a directory inside a directory is
//! moved up, into the directory that is being removed, before its turn comes. Links are deleted and never followed. An
//! error is remembered and the work goes on.

use crate::bindings::ErrorCode;
use crate::error::{code, gone_is_fine};
use crate::names;
use crate::root::{Root, open_below, split};
use cap_std::fs::Dir;
use std::ffi::OsString;
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
        Err(error) => return gone_is_fine(Err(code(&error))),
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

/// Deletes what is in `top`, as far as it can be deleted. Whether anything changed.
fn empty(top: &Dir, failures: &mut Failures) -> bool {
    let mut nested = Vec::new();
    let mut changed = clear(top, &mut nested, failures);
    while let Some(name) = nested.pop() {
        let child = match open_below(top, &name) {
            Ok(child) => child,
            Err(error) => {
                failures.note(&error);
                continue;
            }
        };
        let mut deeper = Vec::new();
        changed |= clear(&child, &mut deeper, failures);
        for inner in deeper {
            // Names of 64 random bits: what might stand there already is about to be deleted anyway.
            let moved = OsString::from(names::random());
            match child.rename(&inner, top, &moved) {
                Ok(()) => {
                    changed = true;
                    nested.push(moved);
                }
                Err(error) => failures.note(&error),
            }
        }
        drop(child);
        match top.remove_dir(&name) {
            Ok(()) => changed = true,
            Err(error) => failures.note(&error),
        }
    }
    changed
}

/// Deletes the files, the links and the empty directories in `dir`, and collects the names of the other directories.
/// Whether anything was deleted.
fn clear(dir: &Dir, nested: &mut Vec<OsString>, failures: &mut Failures) -> bool {
    let mut changed = false;
    let entries = match dir.entries() {
        Ok(entries) => entries,
        Err(error) => {
            failures.note(&error);
            return false;
        }
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                failures.note(&error);
                continue;
            }
        };
        let name = entry.file_name();
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let deleted = if is_dir {
            dir.remove_dir(&name)
        } else {
            dir.remove_file(&name)
        };
        match deleted {
            Ok(()) => changed = true,
            // Whatever the reason: its content is tried before it counts.
            Err(_) if is_dir => nested.push(name),
            Err(error) if code(&error) == ErrorCode::IsDirectory => nested.push(name),
            Err(error) => failures.note(&error),
        }
    }
    changed
}

fn unlink(parent: &Dir, name: &str) -> Result<(), ErrorCode> {
    gone_is_fine(parent.remove_file(name).map_err(|error| code(&error)))
}
