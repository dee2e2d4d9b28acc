//! Persists of single files.

use super::copy::{Copy, CopyError};
use super::error::{Action, ExportError};
use super::exports::Registration;
use super::held::Held;
use super::job::{Progress, Work};
use super::new_file::NewFile;
use super::options::{Exported, PersistOptions};
use super::system;
use super::target::Target;
use crate::content::{Body, Content};
use crate::descriptor::Descriptor;
use crate::error::Error;
use crate::removal::remove_persisted;
use crate::space::Space;
use crate::spill::NamelessFile;
use std::fs::File;
use std::io;
use std::sync::Arc;

/// The ways to make the new file, each of which is tried if the one before is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Method {
    /// Give the content's own file on disk a name.
    Link,
    /// Copy to a file without a name.
    CopyNameless,
    /// Copy to a file with a random name.
    CopyNamed,
}

#[derive(Debug)]
enum Stage {
    Begin,
    Copying(NewFile, Copy),
    /// Every byte is in the new file, which is to be synchronized.
    Written(NewFile),
    Synchronized(NewFile),
}

/// A persist of a file in progress.
pub(super) struct FileWork {
    stage: Stage,
    method: Method,
    content: Arc<Content>,
    target: Target,
    options: PersistOptions,
    exported: Exported,
    // The fields are dropped in this order. The marks are removed after everything else was taken back.
    held: Held,
    registration: Registration,
}

impl FileWork {
    /// Marks a file.
    pub(super) fn begin(
        space: &Space,
        file: &Descriptor,
        target: &Target,
        options: PersistOptions,
        registration: Registration,
        first: Method,
    ) -> Result<Self, ExportError> {
        let error = |error| ExportError::space(target.name(), error);
        let content = file.shared_content().ok_or(error(Error::IsDirectory))?;
        let mut tree = space.lock_own(file).map_err(error)?;
        if content.is_revoked() {
            return Err(error(Error::NoEntry));
        }
        space.volume().check_free(&tree, file.slot()).map_err(error)?;
        let inode = tree.inode(file.slot());
        let is_alone = inode.links <= 1 && inode.handles == 1;
        content.set_mark(registration.mark());
        let held = Held::new(space.volume(), &mut tree, file.slot());
        drop(tree);
        content.wait();
        Ok(Self {
            stage: Stage::Begin,
            method: first.max(if is_alone { Method::Link } else { Method::CopyNameless }),
            content: Arc::clone(content),
            target: target.clone(),
            options,
            exported: Exported::default(),
            held,
            registration,
        })
    }

    fn host(&self, action: Action, error: io::Error) -> ExportError {
        ExportError::host(action, self.target.name(), error)
    }

    /// Returns the content's own file, if it is in the file system of the target, holds exactly the content, and is in nobody else's
    /// hands.
    fn own_file(&self) -> Option<File> {
        self.content.inspect(|body, size| match body {
            Body::Disk(disk) => disk
                .own_file()
                .filter(|own| own.can_be_linked() && !self.content.is_lent())
                .map(NamelessFile::file)
                .filter(|own| system::is_same_device(own, self.target.directory()))
                .filter(|own| own.metadata().is_ok_and(|found| found.len() == size))
                .and_then(|own| own.try_clone().ok()),
            Body::Memory(_) | Body::Moving(_) | Body::Ended => None,
        })
    }

    fn start(&mut self) -> Result<Stage, ExportError> {
        let directory = self.target.shared_directory();
        if !self.options.replace {
            // The last step tells for certain. This saves a copy in vain.
            self.target.check_free()?;
        }
        if self.method == Method::Link {
            if let Some(own) = self.own_file() {
                return Ok(Stage::Written(NewFile::own(directory, own)));
            }
            self.method = Method::CopyNameless;
        }
        if self.method == Method::CopyNameless {
            match NewFile::nameless(directory) {
                Ok(file) => return Ok(Stage::Copying(file, Copy::new(Arc::clone(&self.content)))),
                Err(error) if system::is_without_nameless(&error) => self.method = Method::CopyNamed,
                Err(error) => return Err(self.host(Action::Create, error)),
            }
        }
        let file = NewFile::named(directory).map_err(|error| self.host(Action::Create, error))?;
        Ok(Stage::Copying(file, Copy::new(Arc::clone(&self.content))))
    }

    /// Checks that the file was not revoked and that the space has not ended.
    fn check(&self) -> Result<(), ExportError> {
        let tree = self.registration.volume().lock();
        if tree.epoch != self.registration.epoch() || self.content.mark() != self.registration.mark() {
            return Err(ExportError::Cut);
        }
        Ok(())
    }

    /// Publishes the new file and removes the old one from the space, while the gate is closed to everybody else. Returns the stage to
    /// go on with if the file has to be made in another way.
    fn publish(&mut self, mut file: NewFile) -> Result<Option<Stage>, ExportError> {
        let volume = Arc::clone(self.registration.volume());
        let now = volume.now();
        let gate = volume.lock_gate();
        self.check()?;
        if let Err(error) = file.publish(self.target.name(), self.options.replace) {
            file.take_back();
            let next = match self.method {
                Method::Link => Method::CopyNameless,
                Method::CopyNameless => Method::CopyNamed,
                Method::CopyNamed => return Err(self.host(Action::Publish, error)),
            };
            if !system::is_unlinkable(&error) {
                return Err(self.host(Action::Publish, error));
            }
            self.method = next;
            return Ok(Some(Stage::Begin));
        }
        remove_persisted(&volume, gate, self.held.slot(), self.registration.mark(), now);
        Ok(None)
    }
}

impl Work for FileWork {
    fn step(&mut self) -> Result<Progress, ExportError> {
        self.check()?;
        let next = match std::mem::replace(&mut self.stage, Stage::Begin) {
            Stage::Begin => self.start()?,
            Stage::Copying(file, mut copy) => match copy.step(self.registration.volume().account(), file.file()) {
                Ok(None) => Stage::Copying(file, copy),
                Ok(Some(_)) => Stage::Written(file),
                Err(CopyError::Host(error)) => return Err(self.host(Action::Copy, error)),
                Err(CopyError::Space(error)) => return Err(ExportError::space(self.target.name(), error)),
            },
            Stage::Written(file) => {
                if self.method != Method::CopyNameless {
                    system::open_file_mode(file.file(), self.target.directory())
                        .map_err(|error| self.host(Action::SetMode, error))?;
                }
                file.file()
                    .sync_data()
                    .map_err(|error| self.host(Action::Synchronize, error))?;
                Stage::Synchronized(file)
            }
            Stage::Synchronized(file) => {
                let size = self.content.attributes().0;
                match self.publish(file)? {
                    Some(stage) => stage,
                    None => {
                        self.exported = Exported {
                            files: 1,
                            bytes: size,
                            is_linked: self.method == Method::Link,
                            unsynchronized: synchronize_directory(&self.target),
                            ..Exported::default()
                        };
                        return Ok(Progress::Done);
                    }
                }
            }
        };
        self.stage = next;
        Ok(Progress::More)
    }

    fn exported(&self) -> Exported {
        self.exported
    }
}

/// Synchronizes the directory of a target after something was published in it. Returns why that failed.
pub(super) fn synchronize_directory(target: &Target) -> Option<io::ErrorKind> {
    let error = target.directory().sync_all().err()?;
    tracing::warn!(name = %target.name().escape_ascii(), %error, "the directory of an export could not be synchronized");
    Some(error.kind())
}
