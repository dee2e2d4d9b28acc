//! Copying, for a `persist` that cannot rename.
//!
//! Both sides are WASI descriptors here: where the copy goes is a directory that the program lent, and cap-std knows only the
//! provider's own.

use crate::bindings::{Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags};
use crate::file::{read_all, write_all};
use crate::memory::{LONGEST_READ, size};
use crate::root::{TO_CHANGE, join, open_directory, open_new, stands_at};

/// Copies all bytes of an open file.
pub(crate) fn content(from: &Descriptor, to: &Descriptor) -> Result<(), ErrorCode> {
    let mut offset = 0;
    loop {
        let bytes = read_all(from, LONGEST_READ, offset)?;
        if bytes.is_empty() {
            return Ok(());
        }
        write_all(to, &bytes, offset)?;
        offset += size(&bytes);
    }
}

/// Whether a symbolic link is anywhere below a directory. One directory after the other, without recursion.
///
/// # Errors
///
/// Whatever the host answers: what cannot be looked at may have one.
pub(crate) fn has_links(source: &Descriptor) -> Result<bool, ErrorCode> {
    let mut pending = vec![String::new()];
    while let Some(below) = pending.pop() {
        let opened;
        let directory = if below.is_empty() {
            source
        } else {
            opened = open_below(source, &below)?;
            &opened
        };
        let entries = directory.read_directory()?;
        while let Some(entry) = entries.read_directory_entry()? {
            match entry.type_ {
                DescriptorType::RegularFile => {}
                DescriptorType::Directory => pending.push(join(&below, &entry.name)),
                // A host that does not tell kinds apart might have a link there.
                _ => return Ok(true),
            }
        }
    }
    Ok(false)
}

fn open_below(source: &Descriptor, path: &str) -> Result<Descriptor, ErrorCode> {
    source.open_at(PathFlags::empty(), path, OpenFlags::DIRECTORY, DescriptorFlags::READ)
}

/// A copy of a tree, and the list of what has been made for it: nothing else is ever deleted in the program's directory.
pub(crate) struct Copied<'parent> {
    parent: &'parent Descriptor,
    top: &'parent str,
    /// The directory `top` itself, held open: another one may come to have its name.
    target: Descriptor,
    /// Paths in `top` in the order in which they were made, and whether each is a directory.
    made: Vec<(String, bool)>,
}

impl<'parent> Copied<'parent> {
    /// A copy into the empty directory `top` of `parent`.
    ///
    /// # Errors
    ///
    /// Those of opening it.
    pub(crate) fn new(parent: &'parent Descriptor, top: &'parent str) -> Result<Self, ErrorCode> {
        Ok(Self {
            parent,
            top,
            target: open_directory(parent, top, TO_CHANGE)?,
            made: Vec::new(),
        })
    }

    /// Copies the files and directories that are in `source`, and leaves symbolic links out: outside of the space nobody
    /// knows where they would lead. One directory after the other, without recursion.
    ///
    /// # Errors
    ///
    /// `unsupported` for an entry of another kind, `invalid` when the copy would be inside what is copied, and whatever the host
    /// answers.
    pub(crate) fn tree(&mut self, source: &Descriptor) -> Result<(), ErrorCode> {
        let mut pending = vec![String::new()];
        while let Some(below) = pending.pop() {
            let opened;
            let directory = if below.is_empty() {
                source
            } else {
                opened = open_below(source, &below)?;
                &opened
            };
            if directory.is_same_object(&self.target) {
                return Err(ErrorCode::Invalid);
            }
            let entries = directory.read_directory()?;
            while let Some(entry) = entries.read_directory_entry()? {
                let path = join(&below, &entry.name);
                let is_directory = matches!(entry.type_, DescriptorType::Directory);
                match entry.type_ {
                    DescriptorType::Directory => self.target.create_directory_at(&path)?,
                    DescriptorType::RegularFile => self.file(directory, &entry.name, &path)?,
                    DescriptorType::SymbolicLink => continue,
                    _ => return Err(ErrorCode::Unsupported),
                }
                self.made.push((path.clone(), is_directory));
                if is_directory {
                    pending.push(path);
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, from: &Descriptor, name: &str, path: &str) -> Result<(), ErrorCode> {
        let from = from.open_at(PathFlags::empty(), name, OpenFlags::empty(), DescriptorFlags::READ)?;
        let to = open_new(&self.target, path)?;
        let copied = content(&from, &to).and_then(|()| to.sync_data());
        if copied.is_err() {
            drop(to);
            let _ = self.target.unlink_file_at(path);
        }
        copied
    }

    /// Deletes what has been made, the last first, so that every directory is empty when its turn comes.
    pub(crate) fn delete(self) {
        // By the paths by which it was made, relative to the same directory: longer ones might be too long. The program hears
        // why it could not be copied; more than trying is not possible here.
        for (path, is_directory) in self.made.iter().rev() {
            let _ = if *is_directory {
                self.target.remove_directory_at(path)
            } else {
                self.target.unlink_file_at(path)
            };
        }
        if stands_at(self.parent, self.top, &self.target) == Ok(true) {
            drop(self.target);
            let _ = self.parent.remove_directory_at(self.top);
        }
    }
}
