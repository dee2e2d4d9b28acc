//! Persists of trees, and exports of whole spaces.

use super::copy::{Copy, CopyError};
use super::error::{Action, ExportError, ExportLimit};
use super::exports::Registration;
use super::file::synchronize_directory;
use super::held::Held;
use super::job::{Progress, Work};
use super::links::stays_inside;
use super::new_tree::NewTree;
use super::options::{ExportLimits, Exported, Links};
use super::target::Target;
use crate::content::Content;
use crate::convert::to_u64;
use crate::error::Error;
use crate::inode::InodeBody;
use crate::removal::remove_persisted;
use crate::tree::Tree;
use std::fs::File;
use std::io;
use std::sync::Arc;

/// A directory of the space that is being exported.
struct Level {
    held: Held,
    /// The number of the last entry that was handled.
    after: u64,
    /// The length of its path.
    path: usize,
}

/// A file that is being copied.
struct CurrentFile {
    copy: Copy,
    file: File,
    /// The number of the inode, if it has several names.
    shared: Option<Vec<u8>>,
    /// Keeps the inode, even if a program deletes it.
    _held: Held,
}

/// What an entry of the space is.
enum Found {
    File {
        content: Arc<Content>,
        size: u64,
        number: Option<Vec<u8>>,
        held: Held,
    },
    Directory(Held),
    Link(Box<[u8]>),
}

enum Stage {
    Walking,
    Copying(CurrentFile),
    /// Everything is in the new tree.
    Complete,
    Finished,
    /// Something failed, and the new tree is being taken back.
    Failed(ExportError),
    Over,
}

/// An export of a tree in progress.
pub(super) struct TreeWork {
    stage: Stage,
    new: NewTree,
    levels: Vec<Level>,
    /// The path of the entry that was handled last, which begins with the name of the target.
    path: Vec<u8>,
    target: Target,
    limits: ExportLimits,
    /// Whether the tree is removed from the space in the end. It is marked only then.
    persists: bool,
    exported: Exported,
    top: Held,
    registration: Registration,
}

impl TreeWork {
    /// Begins at a directory, which the caller has checked. The caller does not hold the lock of the tree.
    pub(super) fn begin(
        registration: Registration,
        slot: u32,
        persists: bool,
        target: &Target,
        limits: ExportLimits,
    ) -> Result<Self, ExportError> {
        let volume = Arc::clone(registration.volume());
        let space_error = |error| ExportError::space(target.name(), error);
        let mut tree = volume.lock_epoch(registration.epoch()).map_err(space_error)?;
        if persists {
            volume.check_free(&tree, slot).map_err(space_error)?;
            tree.mark_removed(slot);
            if tree.directory(slot).is_dead {
                return Err(space_error(Error::NoEntry));
            }
            tree.directory_mut(slot).mark = registration.mark();
        }
        let top = Held::new(&volume, &mut tree, slot);
        let level = Level {
            held: Held::new(&volume, &mut tree, slot),
            after: 0,
            path: target.name().len(),
        };
        drop(tree);
        target.check_free()?;
        let new = NewTree::new(target.shared_directory())
            .map_err(|error| ExportError::host(Action::Create, target.name(), error))?;
        let work = Self {
            stage: Stage::Walking,
            new,
            levels: vec![level],
            path: target.name().to_vec(),
            target: target.clone(),
            limits,
            persists,
            exported: Exported {
                directories: 1,
                ..Exported::default()
            },
            top,
            registration,
        };
        work.check_limit(ExportLimit::Entries, 1, work.limits.entries)?;
        work.check_limit(ExportLimit::Depth, 1, Some(u64::from(work.limits.depth)))?;
        Ok(work)
    }

    fn host(&self, action: Action, error: io::Error) -> ExportError {
        ExportError::host(action, &self.path, error)
    }

    fn check_limit(&self, limit: ExportLimit, used: u64, value: Option<u64>) -> Result<(), ExportError> {
        match value {
            Some(value) if used > value => Err(ExportError::Limit {
                path: self.path.clone(),
                limit,
                value,
            }),
            _ => Ok(()),
        }
    }

    /// Handles the next entry of the directory, or returns to the one above.
    fn walk(&mut self) -> Result<Stage, ExportError> {
        let Some(found) = self.find_next()? else {
            return self.leave();
        };
        let Exported {
            files,
            directories,
            links_kept,
            bytes,
            ..
        } = self.exported;
        if !matches!(found, Found::Link(_)) {
            self.check_limit(
                ExportLimit::Entries,
                files + directories + links_kept + 1,
                self.limits.entries,
            )?;
        }
        let start = self.levels.last().map_or(0, |level| level.path + 1);
        let name = self.path[start..].to_vec();
        match found {
            Found::Directory(held) => {
                let depth = to_u64(self.levels.len()) + 1;
                self.check_limit(ExportLimit::Depth, depth, Some(u64::from(self.limits.depth)))?;
                self.new
                    .enter(&name)
                    .map_err(|error| self.host(Action::Create, error))?;
                self.levels.push(Level {
                    held,
                    after: 0,
                    path: self.path.len(),
                });
                self.exported.directories += 1;
            }
            Found::Link(link) => {
                let depth = self.levels.len() - 1;
                if self.limits.links == Links::KeepInside && stays_inside(&link, depth) {
                    self.check_limit(
                        ExportLimit::Entries,
                        files + directories + links_kept + 1,
                        self.limits.entries,
                    )?;
                    self.new
                        .symlink(&link, &name)
                        .map_err(|error| self.host(Action::Create, error))?;
                    self.exported.links_kept += 1;
                } else {
                    self.exported.links_left_out += 1;
                }
            }
            Found::File {
                content,
                size,
                number,
                held,
            } => {
                // A write that began before the file was marked does its step first.
                content.wait();
                if let Some(number) = &number
                    && self
                        .new
                        .link_shared(number, &name)
                        .map_err(|error| self.host(Action::Create, error))?
                {
                    self.exported.files += 1;
                    return Ok(Stage::Walking);
                }
                self.check_limit(ExportLimit::Bytes, bytes.saturating_add(size), self.limits.bytes)?;
                let file = self
                    .new
                    .create(&name)
                    .map_err(|error| self.host(Action::Create, error))?;
                return Ok(Stage::Copying(CurrentFile {
                    copy: Copy::new(content),
                    file,
                    shared: number,
                    _held: held,
                }));
            }
        }
        Ok(Stage::Walking)
    }

    /// Finds the next entry of the directory, and marks it. Sets the path to that of the entry.
    fn find_next(&mut self) -> Result<Option<Found>, ExportError> {
        let volume = self.registration.volume();
        let Some(level) = self.levels.last_mut() else {
            return Ok(None);
        };
        self.path.truncate(level.path);
        let mut tree = volume
            .lock_epoch(self.registration.epoch())
            .map_err(|_| ExportError::Cut)?;
        let slot = level.held.slot();
        if tree.directory(slot).is_dead {
            return Err(ExportError::space(&self.path, Error::NoEntry));
        }
        let Some((place, entry)) = tree.entry_after(slot, level.after) else {
            return Ok(None);
        };
        let (number, inode) = (place.number, entry.inode);
        self.path.push(b'/');
        self.path.extend_from_slice(entry.name.bytes());
        level.after = number;
        if self.persists {
            mark(&mut tree, inode, &self.registration).map_err(|error| ExportError::space(&self.path, error))?;
        }
        let found = match &tree.inode(inode).body {
            InodeBody::File(content) => Found::File {
                size: content.attributes().0,
                content: Arc::clone(content),
                number: (tree.inode(inode).links > 1).then(|| tree.inode(inode).serial.to_string().into_bytes()),
                held: Held::new(volume, &mut tree, inode),
            },
            InodeBody::Directory(_) => Found::Directory(Held::new(volume, &mut tree, inode)),
            InodeBody::Link(link) => {
                Found::Link(crate::allocate::copy(&link.target).map_err(|error| ExportError::space(&self.path, error))?)
            }
        };
        Ok(Some(found))
    }

    fn leave(&mut self) -> Result<Stage, ExportError> {
        if self.levels.len() == 1 {
            return Ok(Stage::Complete);
        }
        self.new
            .leave()
            .map_err(|error| self.host(Action::Synchronize, error))?;
        self.levels.pop();
        Ok(Stage::Walking)
    }

    fn copy(&mut self, mut current: CurrentFile) -> Result<Stage, ExportError> {
        let size = match current.copy.step(self.registration.volume().account(), &current.file) {
            Ok(None) => return Ok(Stage::Copying(current)),
            Ok(Some(size)) => size,
            Err(CopyError::Host(error)) => return Err(self.host(Action::Copy, error)),
            Err(CopyError::Space(error)) => return Err(ExportError::space(&self.path, error)),
        };
        // A file that grew while an export that marks nothing copied it may exceed the limit only now.
        let bytes = self.exported.bytes.saturating_add(size);
        self.check_limit(ExportLimit::Bytes, bytes, self.limits.bytes)?;
        current
            .file
            .sync_data()
            .map_err(|error| self.host(Action::Synchronize, error))?;
        if let Some(number) = &current.shared {
            let start = self.levels.last().map_or(0, |level| level.path + 1);
            self.new
                .share(&self.path[start..], number)
                .map_err(|error| ExportError::host(Action::Create, &self.path, error))?;
        }
        self.exported.files += 1;
        self.exported.bytes = bytes;
        Ok(Stage::Walking)
    }

    /// Checks that the space has not ended, and that a tree that is persisted still has its mark and its place.
    fn check(&self) -> Result<(), ExportError> {
        let mut tree = self
            .registration
            .volume()
            .lock_epoch(self.registration.epoch())
            .map_err(|_| ExportError::Cut)?;
        if self.persists {
            let top = self.top.slot();
            tree.mark_removed(top);
            let directory = tree.directory(top);
            if directory.is_dead || directory.mark != self.registration.mark() {
                return Err(ExportError::Cut);
            }
        }
        Ok(())
    }

    /// Publishes the new tree, and removes the old one from the space if it is persisted, while the gate is closed to everybody else.
    fn publish(&mut self) -> Result<(), ExportError> {
        let volume = Arc::clone(self.registration.volume());
        let now = volume.now();
        let gate = volume.lock_gate();
        self.check()?;
        self.new
            .publish(self.target.name())
            .map_err(|error| ExportError::host(Action::Publish, self.target.name(), error))?;
        if self.persists {
            remove_persisted(&volume, gate, self.top.slot(), self.registration.mark(), now);
        }
        Ok(())
    }

    fn do_step(&mut self, stage: Stage) -> Result<Stage, ExportError> {
        match stage {
            Stage::Walking => self.walk(),
            Stage::Copying(current) => self.copy(current),
            Stage::Complete => {
                self.path.truncate(self.target.name().len());
                if !self
                    .new
                    .forget_shared()
                    .map_err(|error| self.host(Action::Synchronize, error))?
                {
                    return Ok(Stage::Complete);
                }
                self.new
                    .finish()
                    .map_err(|error| self.host(Action::Synchronize, error))?;
                Ok(Stage::Finished)
            }
            Stage::Finished => {
                self.publish()?;
                self.exported.unsynchronized = synchronize_directory(&self.target);
                Ok(Stage::Over)
            }
            Stage::Failed(error) if self.new.take_back_step() => Err(error),
            other => Ok(other),
        }
    }
}

impl Work for TreeWork {
    fn step(&mut self) -> Result<Progress, ExportError> {
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        let was_failed = matches!(stage, Stage::Failed(_));
        self.stage = match self.do_step(stage) {
            Ok(Stage::Over) => return Ok(Progress::Done),
            Ok(stage) => stage,
            Err(error) if was_failed => return Err(error),
            Err(error) => Stage::Failed(error),
        };
        Ok(Progress::More)
    }

    fn exported(&self) -> Exported {
        self.exported
    }
}

/// Marks a file or directory for an export, unless another export has marked it.
fn mark(tree: &mut Tree, inode: u32, registration: &Registration) -> Result<(), Error> {
    let mark = tree.inode(inode).mark();
    if mark != registration.mark() {
        registration.volume().check_free(tree, inode)?;
    }
    match &mut tree.inode_mut(inode).body {
        InodeBody::File(content) => content.set_mark(registration.mark()),
        InodeBody::Directory(directory) => directory.mark = registration.mark(),
        InodeBody::Link(_) => {}
    }
    Ok(())
}
