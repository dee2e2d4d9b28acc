//! Removing files and directories.

use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::path::{self, Last};

impl Descriptor {
    /// Removes a name of a file or of a symbolic link. A file that is open exists until it is closed.
    ///
    /// # Errors
    ///
    /// * `IsDirectory`: the path leads to a directory.
    /// * `Busy`: it, or the directory that it is in, is being persisted.
    /// * Those of a path, as in [`Descriptor::open_at`].
    pub fn unlink_file_at(&self, path: impl AsRef<[u8]>) -> Result<()> {
        let now = self.volume().now();
        let _change = self.volume().begin_change();
        let mut tree = self.lock_directory()?;
        let (parent, last) = path::resolve_parent(&tree, self.slot(), path.as_ref())?;
        let Last::Name(name) = last else {
            return Err(Error::IsDirectory);
        };
        let entry = tree.lookup(parent, name)?.ok_or(Error::NoEntry)?;
        if tree.inode(tree.entry(entry).inode).is_directory() {
            return Err(Error::IsDirectory);
        }
        self.volume().check_free(&tree, parent)?;
        self.volume().check_free(&tree, tree.entry(entry).inode)?;
        let inode = tree.remove_name(entry, now);
        let unused = self.lose_name(&mut tree, inode);
        drop(tree);
        self.volume().release(unused);
        Ok(())
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    ///
    /// * `NotDirectory`: the name does not belong to a directory.
    /// * `NotEmpty`: the directory is not empty.
    /// * `Invalid`: the path ends in a slash, in `.` or in `..`, as in wasmtime-wasi.
    /// * `Busy`: it, or the directory that it is in, is being persisted.
    /// * Those of a path, as in [`Descriptor::open_at`].
    pub fn remove_directory_at(&self, path: impl AsRef<[u8]>) -> Result<()> {
        let now = self.volume().now();
        let _change = self.volume().begin_change();
        let mut tree = self.lock_directory()?;
        let (parent, last) = path::resolve_parent(&tree, self.slot(), path.as_ref())?;
        let Last::Name(name) = last else {
            return Err(Error::Invalid);
        };
        let entry = tree.lookup(parent, name)?.ok_or(Error::NoEntry)?;
        let directory = tree.as_directory(tree.entry(entry).inode).ok_or(Error::NotDirectory)?;
        if directory.entries > 0 {
            return Err(Error::NotEmpty);
        }
        self.volume().check_free(&tree, parent)?;
        self.volume().check_free(&tree, tree.entry(entry).inode)?;
        let inode = tree.remove_name(entry, now);
        let unused = self.lose_name(&mut tree, inode);
        drop(tree);
        self.volume().release(unused);
        Ok(())
    }
}
