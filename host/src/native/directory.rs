//! Temporary directories, and what they own.
//!
//! A directory is known by its path in the space, whose names are opened one by one and never through a link: a place goes
//! by its path, as the contract says, and a handle costs no descriptor.

use std::collections::HashMap;
use std::fs::File;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rustix::fs::{AtFlags, FileType, Mode};
use rustix::io::Errno;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use super::Failed;
use super::file::Body;
use super::names::Pattern;
use crate::dir;
use crate::ledger::Counted;
use crate::space::Shared;

/// What a program's `temporary-directory` stands for.
#[derive(Debug)]
pub(super) struct TemporaryDirectory {
    pub(super) node: Arc<Node>,
    pub(super) counted: Counted,
    /// Forgets it in the directory that it was made in.
    pub(super) _home: Home,
}

/// A directory as its handle, and the handles of what was made in it, know it.
#[derive(Debug)]
pub(super) struct Node {
    path: String,
    /// How deep it stands; directly in the space is 1.
    depth: u64,
    is_gone: AtomicBool,
    children: Mutex<Children>,
}

/// What was made through a directory's handle and has a handle of its own. Whatever else is in the directory needs no
/// record: it goes with it.
#[derive(Debug, Default)]
struct Children {
    next: u64,
    files: HashMap<u64, Weak<Body>>,
    directories: HashMap<u64, Weak<Node>>,
}

/// Where something was made: its place among the children of a directory, or in the space itself, which keeps no record.
#[derive(Debug)]
pub(super) struct Home(Option<(Arc<Node>, u64)>);

impl Home {
    pub(super) fn new(parent: Option<&Arc<Node>>) -> Home {
        Home(parent.map(|parent| {
            let mut children = parent.children();
            children.next += 1;
            (Arc::clone(parent), children.next)
        }))
    }

    pub(super) fn record_file(&self, file: &Arc<Body>) {
        if let Some((parent, id)) = &self.0 {
            parent.children().files.insert(*id, Arc::downgrade(file));
        }
    }

    fn record_directory(&self, directory: &Arc<Node>) {
        if let Some((parent, id)) = &self.0 {
            parent.children().directories.insert(*id, Arc::downgrade(directory));
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some((parent, id)) = &self.0 {
            let mut children = parent.children();
            children.files.remove(id);
            children.directories.remove(id);
        }
    }
}

impl Node {
    /// Makes a new, empty directory in `parent`, or in the space itself.
    ///
    /// # Errors
    ///
    /// `insufficient-space` for an entry, `quota` for the depth, `exist` when every name drawn was taken, those of [`open_home`] and of `mkdir`.
    pub(super) fn create(
        space: &Shared,
        parent: Option<&Arc<Node>>,
        pattern: &Pattern,
    ) -> Result<(Arc<Node>, Home), Failed> {
        let dir = open_home(space, parent)?;
        let budget = space.budget();
        let depth = depth_in(parent);
        budget.depth(depth)?;
        budget.entry()?;
        let make = |name: &str| rustix::fs::mkdirat(&dir, name, Mode::RWXU);
        let name = match pattern.draw(make) {
            Ok(((), name)) => name,
            Err(error) => {
                budget.entry_gone();
                return Err(error.into());
            }
        };
        let node = Arc::new(Node {
            path: path_in(parent, &name),
            depth,
            is_gone: AtomicBool::new(false),
            children: Mutex::default(),
        });
        let home = Home::new(parent);
        home.record_directory(&node);
        Ok((node, home))
    }

    /// In the space.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn depth(&self) -> u64 {
        self.depth
    }

    /// # Errors
    ///
    /// `no-entry` when it is detached.
    pub(super) fn check(&self) -> Result<(), Failed> {
        match self.is_gone.load(Ordering::Relaxed) {
            true => Err(ErrorCode::NoEntry.into()),
            false => Ok(()),
        }
    }

    /// Detaches the handles of all that was made in here, however deep, and hands out their files, whose entries are deleted
    /// with the directory, or stay in it.
    pub(super) fn detach(&self) {
        self.is_gone.store(true, Ordering::Relaxed);
        self.below(
            |node| node.is_gone.store(true, Ordering::Relaxed),
            |file| {
                if let Some(content) = file.take() {
                    content.release();
                }
                Ok(())
            },
        )
        .unwrap_or_default();
    }

    /// Gives a name to every file on disk that was made in here, however deep: it stays in the directory.
    ///
    /// # Errors
    ///
    /// Those of [`Content::named`](super::storage::Content::named).
    pub(super) fn name_files(&self) -> Result<(), Failed> {
        self.below(
            |_| {},
            |file| match file.content() {
                Ok(content) => content.name_if_on_disk(),
                Err(_) => Ok(()),
            },
        )
    }

    fn below(
        &self,
        mut directory: impl FnMut(&Node),
        mut file: impl FnMut(&Body) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        let (mut files, mut directories) = self.living();
        loop {
            for found in files {
                file(&found)?;
            }
            let Some(found) = directories.pop() else {
                return Ok(());
            };
            directory(&found);
            let (more_files, more) = found.living();
            files = more_files;
            directories.extend(more);
        }
    }

    /// The children that have a handle. Nothing is locked meanwhile: a child's end takes it from the list.
    fn living(&self) -> (Vec<Arc<Body>>, Vec<Arc<Node>>) {
        let children = self.children();
        (
            children.files.values().filter_map(Weak::upgrade).collect(),
            children.directories.values().filter_map(Weak::upgrade).collect(),
        )
    }

    fn children(&self) -> MutexGuard<'_, Children> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The directory `home` of the space, or the space itself.
///
/// # Errors
///
/// `no-entry`, `not-directory` or `loop` where something else stands in the place of it, or of a directory around it.
pub(super) fn open_home(space: &Shared, home: Option<&Arc<Node>>) -> Result<Arc<File>, Failed> {
    open(space, home.map_or("", |home| &home.path))
}

/// The directory at `path` in the space, empty for the space itself. The errors are those of [`open_home`].
pub(super) fn open(space: &Shared, path: &str) -> Result<Arc<File>, Failed> {
    let root = space.root()?;
    if path.is_empty() {
        return Ok(root);
    }
    dir::open_each(root.as_fd(), path, |around, name| match dir::open(around, name) {
        Err(Errno::NOTDIR) if is_link(around, name) => Err(ErrorCode::Loop.into()),
        opened => {
            let opened = Arc::new(File::from(opened?));
            // The end of the space waits for what is done in it.
            space.watch(&opened);
            Ok(opened)
        }
    })
}

/// The directory around what is at `path` in the space, and its name there. The errors are those of [`open_home`].
pub(super) fn open_around<'p>(space: &Shared, path: &'p str) -> Result<(Arc<File>, &'p str), Failed> {
    let (around, name) = path.rsplit_once('/').unwrap_or(("", path));
    Ok((open(space, around)?, name))
}

/// How deep what is directly in `home`, or in the space itself, stands.
pub(super) fn depth_in(home: Option<&Arc<Node>>) -> u64 {
    home.map_or(0, |home| home.depth).saturating_add(1)
}

/// The path in the space of what is in `home`, or in the space itself.
pub(super) fn path_in(home: Option<&Arc<Node>>, name: &str) -> String {
    match home {
        Some(home) => format!("{}/{name}", home.path),
        None => name.to_owned(),
    }
}

/// Linux says of a link that it is no directory.
fn is_link(dir: BorrowedFd<'_>, name: &str) -> bool {
    rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink)
}
