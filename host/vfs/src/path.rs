//! Paths: which inode they lead to.
//!
//! Resolution follows Linux's `openat2` with `RESOLVE_BENEATH`, as wasmtime-wasi uses it, error by error: `fs/namei.c` of
//! Linux is the reference. All of it happens under the lock of the tree, so nobody moves a directory meanwhile.

use crate::entry::Name;
use crate::error::{Error, Result};
use crate::inode::InodeBody;
use crate::tree::Tree;

/// Longest path, in bytes, as on Linux.
pub(crate) const MAX_PATH: usize = 4_095;

/// Most symbolic links that one path may lead through, as on Linux.
const MAX_LINKS: u32 = 40;

/// Most components that one path may lead through, with those of the links in it: 0.3 ms under the lock of the tree where all of it is in
/// the processor's caches. A path alone has 2,048 at most; only links that are made for nothing else lead to more.
const MAX_COMPONENTS: u32 = 4_096;

/// What is to be done at the end of a path.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Goal {
    /// Follow a symbolic link in the last place.
    pub(crate) follows: bool,
    /// The last name may be missing, to be created.
    pub(crate) creates: bool,
    /// The last name must be missing.
    pub(crate) is_exclusive: bool,
    /// What is found must be a directory.
    pub(crate) needs_directory: bool,
}

/// Where a path leads.
#[derive(Debug)]
pub(crate) enum Target {
    /// To an inode.
    Existing(u32),
    /// To a name that does not exist.
    Missing { directory: u32, name: Name },
}

/// Checks what can be told from a path alone.
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

/// Cuts the first component off. Returns it, and whatever follows it: nothing, or a slash and more.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    path.split_at(path.iter().position(|byte| *byte == b'/').unwrap_or(path.len()))
}

fn skip_slashes(path: &[u8]) -> &[u8] {
    &path[path.iter().position(|byte| *byte != b'/').unwrap_or(path.len())..]
}

/// Finds what a path leads to, from a directory on and never above it.
pub(crate) fn resolve(tree: &Tree, start: u32, path: &[u8], goal: Goal) -> Result<Target> {
    check(path)?;
    let Goal {
        mut follows,
        creates,
        is_exclusive,
        mut needs_directory,
    } = goal;
    let mut at = start;
    let mut rest = path;
    // What is left of the paths that symbolic links interrupted; none of it is empty.
    let mut interrupted: Vec<&[u8]> = Vec::new();
    let mut links = 0;
    let mut components = 0;
    loop {
        components += 1;
        if components > MAX_COMPONENTS {
            return Err(Error::Loop);
        }
        let (component, after) = split(rest);
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
                        return Ok(Target::Missing {
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
    Ok(Target::Existing(at))
}

/// Finds the inode that a path leads to.
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
        Target::Existing(inode) => Ok(inode),
        Target::Missing { .. } => Err(Error::NoEntry),
    }
}

/// The last component of a path, for operations that work on names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last<'a> {
    Name(&'a [u8]),
    /// The directory itself: the path ends in a slash, in `.` or in `..`.
    Itself,
}

impl Last<'_> {
    /// Checks that there is no NUL. With two paths, that comes after the directories of both were found.
    pub(crate) fn check(self) -> Result<()> {
        match self {
            Self::Name(name) if name.contains(&0) => Err(Error::Invalid),
            Self::Name(_) | Self::Itself => Ok(()),
        }
    }
}

/// Finds the directory of the last component of a path, and returns it with that component, checked.
pub(crate) fn resolve_parent<'a>(tree: &Tree, start: u32, path: &'a [u8]) -> Result<(u32, Last<'a>)> {
    let (directory, last) = resolve_parent_unchecked(tree, start, path)?;
    last.check()?;
    Ok((directory, last))
}

/// As [`resolve_parent`], without a look at the last component.
///
/// It splits as the `open_parent` of cap-primitives does: what a path with `/`, `/.` or `/..` at its end names is
/// the directory that it leads to, seen from within.
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
            Target::Existing(inode) => inode,
            Target::Missing { .. } => return Err(Error::NoEntry),
        }
    };
    Ok((directory, last))
}

/// Cuts the slashes off the end of a path, but leaves one that is all there is.
pub(crate) fn strip_slashes(path: &[u8]) -> &[u8] {
    let end = path
        .iter()
        .rposition(|byte| *byte != b'/')
        .map_or(path.len().min(1), |last| last + 1);
    &path[..end]
}

/// Returns the name, if a path has no other component than one name.
///
/// Slashes and dots behind it do not count, because wasmtime-wasi's `stat-at` takes this shortcut and loses them.
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
