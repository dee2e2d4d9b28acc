//! Files and trees that leave a space, each of them complete or not at all.

mod beside;
mod clearing;
mod copy;
mod error;
mod exports;
mod file;
mod held;
mod job;
mod links;
mod new_file;
mod new_tree;
mod open_file;
mod options;
mod subtree;
mod system;
mod target;
#[cfg(all(test, target_os = "linux"))]
mod tests;

pub use error::{Action, ExportError, ExportLimit};
pub(crate) use exports::Exports;
pub use job::{ExportJob, Progress};
pub use options::{ExportLimits, Exported, Links, PersistOptions, PersistTreeOptions};
pub use target::Target;

use crate::descriptor::Descriptor;
use crate::error::Error;
use crate::slab::NONE;
use crate::space::Space;
use exports::Registration;
use file::{FileWork, Method};
use options::MAX_DEPTH;
use subtree::TreeWork;

impl Space {
    /// Moves a file out of the space, to a name in a directory of the host.
    ///
    /// The new file has the permissions that any new file there gets (0666 without the mask of the process), and is on disk when this
    /// returns. Then all names of the file in the space are removed, its descriptors answer [`Error::NoEntry`], and its bytes are given
    /// back. A file whose content is in a file of its own on disk, in the file system of the target, is not copied, if it has at most one
    /// name and no other descriptor. Any other file is copied, so that nobody has the same file on both sides.
    ///
    /// While this runs, opening, linking, renaming, removing, writing and resizing the file fail with [`Error::Busy`]. Reads go on. After
    /// an error nothing has changed.
    ///
    /// If the process is killed during the last step of a persist that replaces, a complete copy with a random name may be left beside
    /// the target. Where the file system cannot make nameless files, a copy may be left by a kill during any step, and only its owner can
    /// read it unless it is complete. [The crate's documentation](crate#what-a-killed-process-can-leave) lists every case.
    ///
    /// # Errors
    ///
    /// [`ExportError::Space`], [`ExportError::Host`] and [`ExportError::Cut`].
    pub fn persist_file(
        &self,
        file: &Descriptor,
        target: &Target,
        options: PersistOptions,
    ) -> Result<Exported, ExportError> {
        self.begin_persist_file(file, target, options)?.run()
    }

    /// Begins [`Space::persist_file`] as a job. The file is busy until the job is complete or dropped.
    ///
    /// # Errors
    ///
    /// [`ExportError::Space`] if the file cannot be persisted.
    pub fn begin_persist_file(
        &self,
        file: &Descriptor,
        target: &Target,
        options: PersistOptions,
    ) -> Result<ExportJob, ExportError> {
        self.begin_persist_file_by(file, target, options, Method::Link)
    }

    fn begin_persist_file_by(
        &self,
        file: &Descriptor,
        target: &Target,
        options: PersistOptions,
        first: Method,
    ) -> Result<ExportJob, ExportError> {
        ExportJob::begin(|control| {
            let registration = Registration::new(self.volume(), file.epoch(), control);
            let work = FileWork::begin(self, file, target, options, registration, first)?;
            Ok(Box::new(work))
        })
    }

    /// Moves a directory with everything in it out of the space, to a name in a directory of the host that does not exist.
    ///
    /// The tree is built in a directory that nobody else may use, with a random name beside the target, and gets its name when it is
    /// complete and on disk. In the same moment it is detached from the space. Regular files and directories are moved, with the
    /// permissions that new ones there get, and symbolic links as [`Links`] tells. A file that has several names in the tree keeps them,
    /// unless the target has no hard links, or not that many, in which case some names get a copy. A tree has at most 256 levels of
    /// directories.
    ///
    /// While this runs, every file and directory that was reached is busy, as in [`Space::persist_file`], and nothing can be made in or
    /// removed from such a directory. So the new tree is what the tree in the space is in the last moment. After an error nothing
    /// has changed.
    ///
    /// If the process is killed before the tree has its name, the directory with the random name is left, with a part of the tree or all
    /// of it. [The crate's documentation](crate#what-a-killed-process-can-leave) tells more.
    ///
    /// # Errors
    ///
    /// Any [`ExportError`]. A file system that cannot rename without replacing is [`ExportError::Host`] with the kind `Unsupported`.
    pub fn persist_tree(
        &self,
        directory: &Descriptor,
        target: &Target,
        options: PersistTreeOptions,
    ) -> Result<Exported, ExportError> {
        self.begin_persist_tree(directory, target, options)?.run()
    }

    /// Begins [`Space::persist_tree`] as a job.
    ///
    /// # Errors
    ///
    /// [`ExportError::Space`] if the tree cannot be persisted, and [`ExportError::Host`] if no directory can be made beside the target.
    pub fn begin_persist_tree(
        &self,
        directory: &Descriptor,
        target: &Target,
        options: PersistTreeOptions,
    ) -> Result<ExportJob, ExportError> {
        let error = |error| ExportError::space(target.name(), error);
        let tree = self.lock_own(directory).map_err(error)?;
        if directory.content().is_ok() {
            return Err(error(Error::NotDirectory));
        }
        if directory.slot() == tree.root {
            return Err(error(Error::NotPermitted));
        }
        drop(tree);
        let limits = ExportLimits::new().depth(MAX_DEPTH).links(options.links);
        ExportJob::begin(|control| {
            let registration = Registration::new(self.volume(), directory.epoch(), control);
            let work = TreeWork::begin(registration, directory.slot(), true, target, limits)?;
            Ok(Box::new(work))
        })
    }

    /// Copies everything in the space to a directory of the host that does not exist. Nothing is removed from the space.
    ///
    /// The tree is built as in [`Space::persist_tree`], but nothing is busy meanwhile. If a program changes files meanwhile, each step of
    /// at most 1 MiB is consistent, and the whole need not be.
    ///
    /// # Errors
    ///
    /// Any [`ExportError`].
    pub fn export(&self, target: &Target, limits: ExportLimits) -> Result<Exported, ExportError> {
        self.begin_export(target, limits)?.run()
    }

    /// Begins [`Space::export`] as a job.
    ///
    /// # Errors
    ///
    /// [`ExportError::Space`] after the space has ended, and [`ExportError::Host`] if no directory can be made beside the target.
    pub fn begin_export(&self, target: &Target, limits: ExportLimits) -> Result<ExportJob, ExportError> {
        let tree = self.volume().lock();
        let (root, epoch) = (tree.root, tree.epoch);
        drop(tree);
        if root == NONE {
            return Err(ExportError::space(target.name(), Error::NoEntry));
        }
        ExportJob::begin(|control| {
            let registration = Registration::new(self.volume(), epoch, control);
            Ok(Box::new(TreeWork::begin(registration, root, false, target, limits)?))
        })
    }
}
