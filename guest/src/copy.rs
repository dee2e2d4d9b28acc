//! Copying, for a `persist` that cannot rename.
//!
//! Both sides are WASI descriptors here: where the copy goes is a directory that the program lent, and cap-std knows only the
//! provider's own.

use crate::bindings::{Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags};
use crate::file::{read_all, write_all};
use crate::memory::{LONGEST_READ, size};
use crate::root::{TO_CHANGE, join, open_directory, open_new};

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

/// A copy of a tree, and the list of what has been made for it: nothing else is ever deleted in the program's directory.
pub(crate) struct Copied<'parent> {
    parent: &'parent Descriptor,
    top: &'parent str,
    /// Paths in `top` in the order in which they were made, and whether each is a directory.
    made: Vec<(String, bool)>,
}

impl<'parent> Copied<'parent> {
    /// A copy into the empty directory `top` of `parent`.
    pub(crate) fn new(parent: &'parent Descriptor, top: &'parent str) -> Self {
        Self {
            parent,
            top,
            made: Vec::new(),
        }
    }

    /// Copies what is in `source`: files, directories, and links as they are. One directory after the other, without
    /// recursion.
    ///
    /// # Errors
    ///
    /// `unsupported` for an entry of another kind, `invalid` when the copy would be inside what is copied, and whatever the host
    /// answers.
    pub(crate) fn tree(&mut self, source: &Descriptor) -> Result<(), ErrorCode> {
        let target = self.target()?;
        let mut pending = vec![String::new()];
        while let Some(below) = pending.pop() {
            let opened;
            let directory = if below.is_empty() {
                source
            } else {
                opened = source.open_at(PathFlags::empty(), &below, OpenFlags::DIRECTORY, DescriptorFlags::READ)?;
                &opened
            };
            if directory.is_same_object(&target) {
                return Err(ErrorCode::Invalid);
            }
            let entries = directory.read_directory()?;
            while let Some(entry) = entries.read_directory_entry()? {
                let path = join(&below, &entry.name);
                let is_directory = matches!(entry.type_, DescriptorType::Directory);
                match entry.type_ {
                    DescriptorType::Directory => target.create_directory_at(&path)?,
                    DescriptorType::RegularFile => self.file(directory, &entry.name, &target, &path)?,
                    DescriptorType::SymbolicLink => {
                        target.symlink_at(&directory.readlink_at(&entry.name)?, &path)?;
                    }
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

    fn target(&self) -> Result<Descriptor, ErrorCode> {
        open_directory(self.parent, self.top, TO_CHANGE)
    }

    fn file(&mut self, from: &Descriptor, name: &str, target: &Descriptor, path: &str) -> Result<(), ErrorCode> {
        let from = from.open_at(PathFlags::empty(), name, OpenFlags::empty(), DescriptorFlags::READ)?;
        let to = open_new(target, path)?;
        let copied = content(&from, &to).and_then(|()| to.sync_data());
        if copied.is_err() {
            drop(to);
            let _ = target.unlink_file_at(path);
        }
        copied
    }

    /// Deletes what has been made, the last first, so that every directory is empty when its turn comes.
    pub(crate) fn delete(self) {
        // By the paths by which it was made, relative to the same directory: longer ones might be too long. The program hears
        // why it could not be copied; more than trying is not possible here.
        if let Ok(target) = self.target() {
            for (path, is_directory) in self.made.iter().rev() {
                let _ = if *is_directory {
                    target.remove_directory_at(path)
                } else {
                    target.unlink_file_at(path)
                };
            }
        }
        let _ = self.parent.remove_directory_at(self.top);
    }
}
