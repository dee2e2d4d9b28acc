//! Resolution of paths to inodes.
//!
//! Resolution follows Linux's `openat2` with `RESOLVE_BENEATH`, as wasmtime-wasi uses it, error by error. The reference is
//! `fs/namei.c` of Linux. A path is resolved under the lock of the tree, so no directory moves meanwhile.

use crate::entry::Name;
use crate::error::{Error, Result};
use crate::inode::InodeBody;
use crate::tree::Tree;

/// Maximum length of a path in bytes, as on Linux.
pub(crate) const MAX_PATH: usize = 4_095;

/// Maximum number of symbolic links that one path may lead through, as on Linux.
const MAX_LINKS: u32 = 40;

/// Maximum number of components that one path may lead through, including those of its links, but not `.`, which costs nothing. They take
/// 0.3 ms under the lock of the tree if the processor's caches hold all of it. A path alone has at most 2,048, and only links that are made
/// for this purpose lead to more.
const MAX_COMPONENTS: u32 = 4_096;

/// Selects what a path may lead to, and whether a last link is followed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Goal {
    /// A symbolic link in the last component is followed.
    pub(crate) follows: bool,
    /// The last name may be missing, because the caller creates it.
    pub(crate) creates: bool,
    /// The last name must be missing.
    pub(crate) is_exclusive: bool,
    /// The path must lead to a directory.
    pub(crate) needs_directory: bool,
}

/// The end of a resolved path.
#[derive(Debug)]
pub(crate) enum Resolved {
    /// An inode.
    Existing(u32),
    /// A name that does not exist in a directory.
    Missing { directory: u32, name: Name },
}

/// Checks a path without looking at the tree.
fn check(path: &[u8]) -> Result<()> {
    if path.contains(&0) {
        return Err(Error::Invalid);
    }
    match path {
        [] => Err(Error::NoEntry),
        _ if path.len() > MAX_PATH => Err(Error::NameTooLong),
        [b'/', ..] => Err(Error::NotPermitted),
        _ => Ok(()),
    }
}

/// Splits a path after its first component. The second part is empty or begins with a slash.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    path.split_at(path.iter().position(|byte| *byte == b'/').unwrap_or(path.len()))
}

fn skip_slashes(path: &[u8]) -> &[u8] {
    &path[path.iter().position(|byte| *byte != b'/').unwrap_or(path.len())..]
}

/// Resolves a path from a directory, and never above it.
pub(crate) fn resolve(tree: &Tree, start: u32, path: &[u8], goal: Goal) -> Result<Resolved> {
    check(path)?;
    let Goal {
        mut follows,
        creates,
        is_exclusive,
        mut needs_directory,
    } = goal;
    let mut at = start;
    let mut rest = path;
    // The remaining parts of the paths that symbolic links interrupted. None of them is empty.
    let mut interrupted: Vec<&[u8]> = Vec::new();
    let mut links = 0;
    let mut components = 0;
    loop {
        let (component, after) = split(rest);
        components += u32::from(component != b".");
        if components > MAX_COMPONENTS {
            return Err(Error::Loop);
        }
        let following = skip_slashes(after);
        let is_last = following.is_empty() && interrupted.is_empty();
        match component {
            b"." => {}
            b".." if at == start => return Err(Error::NotPermitted),
            b".." => at = tree.directory(at).parent,
            name => {
                if is_last && !after.is_empty() {
                    if creates {
                        return Err(Error::IsDirectory);
                    }
                    follows = true;
                    needs_directory = true;
                }
                let found = match tree.lookup(at, name)? {
                    Some(entry) => tree.entry(entry).inode,
                    None if is_last && creates => {
                        return Ok(Resolved::Missing {
                            directory: at,
                            name: Name::new(name)?,
                        });
                    }
                    None => return Err(Error::NoEntry),
                };
                let is_followed = !is_last || (follows && !(creates && is_exclusive));
                match &tree.inode(found).body {
                    InodeBody::Link(link) if is_followed => {
                        links += 1;
                        if links > MAX_LINKS {
                            return Err(Error::Loop);
                        }
                        if link.target.starts_with(b"/") {
                            return Err(Error::NotPermitted);
                        }
                        if !following.is_empty() {
                            interrupted.try_reserve(1).map_err(|_| Error::InsufficientMemory)?;
                            interrupted.push(following);
                        }
                        rest = &link.target;
                        continue;
                    }
                    _ => at = found,
                }
            }
        }
        if is_last {
            break;
        }
        if tree.as_directory(at).is_none() {
            return Err(Error::NotDirectory);
        }
        rest = if following.is_empty() {
            interrupted.pop().unwrap_or(following)
        } else {
            following
        };
    }
    if creates && is_exclusive {
        return Err(Error::Exist);
    }
    let is_directory = tree.as_directory(at).is_some();
    if creates && is_directory {
        return Err(Error::IsDirectory);
    }
    if needs_directory && !is_directory {
        return Err(Error::NotDirectory);
    }
    Ok(Resolved::Existing(at))
}

/// Returns the inode that a path leads to.
pub(crate) fn resolve_existing(tree: &Tree, start: u32, path: &[u8], follows: bool) -> Result<u32> {
    match resolve(
        tree,
        start,
        path,
        Goal {
            follows,
            ..Goal::default()
        },
    )? {
        Resolved::Existing(inode) => Ok(inode),
        Resolved::Missing { .. } => Err(Error::NoEntry),
    }
}

/// The last component of a path, for operations that work on names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last<'a> {
    Name(&'a [u8]),
    /// The directory itself, because the path ends in a slash, in `.` or in `..`.
    Itself,
}

impl Last<'_> {
    /// Checks that the component has no NUL. For two paths, this check comes after the directories of both were found.
    pub(crate) fn check(self) -> Result<()> {
        match self {
            Self::Name(name) if name.contains(&0) => Err(Error::Invalid),
            Self::Name(_) | Self::Itself => Ok(()),
        }
    }
}

/// Returns the directory of the last component of a path, and that component, which has no NUL.
pub(crate) fn resolve_parent<'a>(tree: &Tree, start: u32, path: &'a [u8]) -> Result<(u32, Last<'a>)> {
    let (directory, last) = resolve_parent_unchecked(tree, start, path)?;
    last.check()?;
    Ok((directory, last))
}

/// Returns the same as [`resolve_parent`], but does not check the last component.
///
/// It splits paths as the `open_parent` of cap-primitives does. A path that ends in `/`, `/.` or `/..` names the directory itself
/// that it leads to.
pub(crate) fn resolve_parent_unchecked<'a>(tree: &Tree, start: u32, path: &'a [u8]) -> Result<(u32, Last<'a>)> {
    if path.is_empty() {
        return Err(Error::NoEntry);
    }
    if path.len() > MAX_PATH {
        return Err(Error::NameTooLong);
    }
    let name_at = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    let (above, last) = match path.split_at(name_at) {
        (b"", b".") => (&b""[..], Last::Itself),
        (_, b"" | b"." | b"..") => (path, Last::Itself),
        (above, name) => (above, Last::Name(name)),
    };
    let directory = if above.is_empty() {
        start
    } else {
        let goal = Goal {
            follows: true,
            needs_directory: true,
            ..Goal::default()
        };
        match resolve(tree, start, above, goal)? {
            Resolved::Existing(inode) => inode,
            Resolved::Missing { .. } => return Err(Error::NoEntry),
        }
    };
    Ok((directory, last))
}

/// Removes the slashes at the end of a path. A path of slashes keeps one.
pub(crate) fn strip_slashes(path: &[u8]) -> &[u8] {
    let end = path
        .iter()
        .rposition(|byte| *byte != b'/')
        .map_or(path.len().min(1), |last| last + 1);
    &path[..end]
}

/// Returns the name of a path that has only one component.
///
/// Slashes and `.` components after it are ignored, because wasmtime-wasi's `stat-at` takes this shortcut and drops them.
pub(crate) fn single_name(path: &[u8]) -> Option<&[u8]> {
    let (name, mut rest) = split(path);
    if matches!(name, b"" | b"." | b"..") || path.len() > MAX_PATH {
        return None;
    }
    while !rest.is_empty() {
        let (component, following) = split(skip_slashes(rest));
        if !matches!(component, b"" | b".") {
            return None;
        }
        rest = following;
    }
    Some(name)
}
