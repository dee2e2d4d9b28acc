//! Opening files, and making files, directories and symbolic links.

use crate::account::Resource;
use crate::allocate;
use crate::content::Content;
use crate::descriptor::{Access, Descriptor};
use crate::error::{Error, Result};
use crate::inode::InodeBody;
use crate::metadata::Kind;
use crate::path::{self, Goal, Resolved};
use crate::space::Space;
use crate::tag::Tag;
use crate::time::Timestamp;
use crate::tree::Tree;
use crate::volume::Volume;
use std::sync::{Arc, MutexGuard};

/// Maximum attempts to open and empty a file in one step. After them it is opened first and emptied then.
///
/// An attempt fails while the file is being read or written, which is at most 1 MiB of work. So this many attempts hardly ever
/// fail by chance.
const MAX_TRIES: usize = 64;

/// Selects how [`Descriptor::open_at`] opens. It combines the `path-flags`, `open-flags` and `descriptor-flags` of `wasi:filesystem`.
///
/// As in wasmtime-wasi, `create` and `truncate` imply `write`, and a file that is opened without `write` is opened for reading.
///
/// # Examples
///
/// ```
/// # use scratch_vfs::{Budget, Limits, OpenOptions, Space};
/// # let space = Space::builder(&Budget::new(Limits::none())).build()?;
/// let file = space.root()?.open_at("notes", &OpenOptions::new().create(true).write(true))?;
/// assert_eq!(file.write(0, b"hello")?, 5);
/// # Ok::<(), scratch_vfs::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct OpenOptions {
    follow: bool,
    create: bool,
    directory: bool,
    exclusive: bool,
    truncate: bool,
    read: bool,
    write: bool,
    tag: Option<Tag>,
}

impl OpenOptions {
    /// Returns options of which none is set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Follows a symbolic link in the last component (`symlink-follow`).
    pub fn follow(mut self, follow: bool) -> Self {
        self.follow = follow;
        self
    }

    /// Makes an empty file if the name does not exist.
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Fails if the path does not lead to a directory.
    pub fn directory(mut self, directory: bool) -> Self {
        self.directory = directory;
        self
    }

    /// Together with `create`, fails if the name exists, even as a symbolic link that leads nowhere.
    pub fn exclusive(mut self, exclusive: bool) -> Self {
        self.exclusive = exclusive;
        self
    }

    /// Empties the file.
    pub fn truncate(mut self, truncate: bool) -> Self {
        self.truncate = truncate;
        self
    }

    /// Opens for reading.
    pub fn read(mut self, read: bool) -> Self {
        self.read = read;
        self
    }

    /// Opens for writing.
    pub fn write(mut self, write: bool) -> Self {
        self.write = write;
        self
    }

    /// Gives the file a tag if it is created.
    pub fn tag(mut self, tag: Option<Tag>) -> Self {
        self.tag = tag;
        self
    }

    fn access(&self) -> Access {
        Access {
            read: self.read || !self.write,
            write: self.write || self.create || self.truncate,
        }
    }
}

impl Descriptor {
    /// Opens a file or directory. With `create`, makes the file if it does not exist.
    ///
    /// # Errors
    ///
    /// * `Invalid`: `directory` is combined with `create`, `exclusive` or `truncate`, or the path has a NUL.
    /// * `NoEntry`: a component of the path does not exist.
    /// * `NotDirectory`: a component of the path is not a directory, or the last one is not and `directory` is set.
    /// * `NameTooLong`: the path or one of its names is too long.
    /// * `NotPermitted`: the path is absolute or leads above this directory.
    /// * `Loop`: the path leads through too many symbolic links or components, or ends in a symbolic link that must not be followed.
    /// * `Exist`: the name exists, and `create` and `exclusive` are set.
    /// * `IsDirectory`: the path leads to a directory and would be opened for writing, or a name to be created ends in a slash.
    /// * `Quota`: too many files are open.
    /// * `InsufficientSpace`: too many entries exist.
    /// * `Busy`: the file or directory, or the directory of a name to be created, is being persisted.
    pub fn open_at(&self, path: impl AsRef<[u8]>, options: &OpenOptions) -> Result<Self> {
        self.open_path(path.as_ref(), options)
    }

    fn open_path(&self, path: &[u8], options: &OpenOptions) -> Result<Self> {
        let volume = self.volume();
        let OpenOptions {
            create,
            exclusive,
            truncate,
            directory,
            ..
        } = *options;
        let now = if create || truncate {
            volume.now()
        } else {
            Timestamp::default()
        };
        let mut tree = self.lock_directory()?;
        if directory && (create || exclusive || truncate) {
            return Err(Error::Invalid);
        }
        let access = options.access();
        let goal = Goal {
            follows: options.follow,
            creates: create,
            is_exclusive: exclusive,
            needs_directory: false,
        };
        for _ in 0..MAX_TRIES {
            let found = match path::resolve(&tree, self.slot(), path, goal)? {
                Resolved::Existing(found) => found,
                Resolved::Missing { directory, name } => {
                    volume.check_free(&tree, directory)?;
                    volume.charge(Resource::OpenFiles, 1)?;
                    let made = make_file(volume, &mut tree, options.tag, now, |tree, body| {
                        tree.create(directory, name, body, now)
                    });
                    return match made {
                        Ok(made) => Ok(Self::open_charged(volume, &mut tree, made, access)),
                        Err(error) => {
                            volume.account().release(Resource::OpenFiles, 1);
                            Err(error)
                        }
                    };
                }
            };
            match tree.kind(found) {
                Kind::Link => return Err(Error::Loop),
                Kind::Directory if access.write => return Err(Error::IsDirectory),
                Kind::File if directory => return Err(Error::NotDirectory),
                Kind::File | Kind::Directory => {}
            }
            volume.check_free(&tree, found)?;
            let opened = Self::open(volume, &mut tree, found, access)?;
            if !truncate {
                drop(tree);
                return Ok(opened);
            }
            // The tree is still locked, so no other operation comes between the open and this. A descriptor must not be dropped
            // under the lock of its tree.
            let change = volume.begin_change();
            let emptied = opened.content()?.try_empty(volume.storage(), now);
            drop(tree);
            match emptied {
                Some(emptied) => {
                    emptied?.release(volume.storage());
                    drop(change);
                    return Ok(opened);
                }
                None => opened.content()?.wait(),
            }
            drop(change);
            drop(opened);
            tree = self.lock_directory()?;
        }
        drop(tree);
        let opened = self.open_path(
            path,
            &OpenOptions {
                truncate: false,
                write: true,
                ..*options
            },
        )?;
        let _change = volume.begin_change();
        opened.content()?.set_size(volume.storage(), 0, now)?;
        Ok(opened)
    }

    /// Makes a directory. Slashes at the end of the path are ignored.
    ///
    /// # Errors
    ///
    /// * `Exist`: the name exists.
    /// * `InsufficientSpace`: too many entries exist.
    /// * Those of a path, as in [`Descriptor::open_at`].
    pub fn create_directory_at(&self, path: impl AsRef<[u8]>, tag: Option<Tag>) -> Result<()> {
        let path = path::strip_slashes(path.as_ref());
        let volume = self.volume();
        let now = volume.now();
        let mut tree = self.lock_directory()?;
        let (parent, name) = missing(volume, &tree, self.slot(), path)?;
        make(volume, &mut tree, tag, |tree| {
            let directory = crate::inode::Directory::new(parent, crate::time::Times::new(now));
            let body = InodeBody::Directory(allocate::boxed(directory)?);
            tree.create(parent, name, body, now)
        })?;
        Ok(())
    }

    /// Makes a symbolic link.
    ///
    /// # Errors
    ///
    /// * `NotPermitted`: the target is absolute.
    /// * `NoEntry`: the target is empty.
    /// * `NameTooLong`: the target is longer than 4,095 bytes.
    /// * `Invalid`: the target has a NUL.
    /// * `Exist`: the name exists.
    /// * `InsufficientSpace`: too many entries exist, or too much memory is used.
    /// * Those of a path, as in [`Descriptor::open_at`].
    pub fn symlink_at(&self, target: impl AsRef<[u8]>, path: impl AsRef<[u8]>, tag: Option<Tag>) -> Result<()> {
        let (target, path) = (target.as_ref(), path.as_ref());
        let volume = self.volume();
        let now = volume.now();
        let mut tree = self.lock_directory()?;
        if target.starts_with(b"/") {
            return Err(Error::NotPermitted);
        }
        let (parent, last) = path::resolve_parent(&tree, self.slot(), path)?;
        match target {
            _ if target.contains(&0) => return Err(Error::Invalid),
            [] => return Err(Error::NoEntry),
            _ if target.len() > path::MAX_PATH => return Err(Error::NameTooLong),
            _ => {}
        }
        let name = missing_in(volume, &tree, parent, last)?;
        let bytes = crate::convert::to_u64(target.len());
        volume.charge(Resource::Memory, bytes)?;
        let made = make(volume, &mut tree, tag, |tree| {
            let link = crate::inode::Link {
                target: allocate::copy(target)?,
                times: crate::time::Times::new(now),
            };
            tree.create(parent, name, InodeBody::Link(allocate::boxed(link)?), now)
        });
        if made.is_err() {
            volume.account().release(Resource::Memory, bytes);
        }
        made.map(|_| ())
    }
}

impl Space {
    /// Makes an empty file without a name, and opens it for reading and writing. It counts as an entry.
    /// [`Descriptor::link_descriptor_at`] can give it a name.
    ///
    /// # Errors
    ///
    /// `Quota` if too many files are open, `InsufficientSpace` if too many entries exist, `NoEntry` after the end.
    pub fn create_nameless(&self, tag: Option<Tag>) -> Result<Descriptor> {
        let volume = self.volume();
        let now = volume.now();
        let mut tree = volume.lock();
        if tree.root == crate::slab::NONE {
            return Err(Error::NoEntry);
        }
        volume.charge(Resource::OpenFiles, 1)?;
        match make_file(volume, &mut tree, tag, now, |tree, body| tree.create_nameless(body)) {
            Ok(made) => Ok(Descriptor::open_charged(
                volume,
                &mut tree,
                made,
                Access {
                    read: true,
                    write: true,
                },
            )),
            Err(error) => {
                volume.account().release(Resource::OpenFiles, 1);
                Err(error)
            }
        }
    }
}

/// Makes an empty file, and charges it as [`make`] does.
fn make_file(
    volume: &Volume,
    tree: &mut MutexGuard<'_, Tree>,
    tag: Option<Tag>,
    now: Timestamp,
    create: impl FnOnce(&mut Tree, InodeBody) -> Result<u32>,
) -> Result<u32> {
    make(volume, tree, tag, |tree| {
        let content: Arc<Content> = allocate::shared(Content::new(now))?;
        create(tree, InodeBody::File(content))
    })
}

/// Charges an entry, creates an inode, and gives it a tag.
fn make(
    volume: &Volume,
    tree: &mut Tree,
    tag: Option<Tag>,
    create: impl FnOnce(&mut Tree) -> Result<u32>,
) -> Result<u32> {
    volume.charge(Resource::Entries, 1)?;
    let made = tree.reserve_tag(tag).and_then(|()| create(tree));
    match made {
        Ok(made) => tree.set_tag(made, tag),
        Err(_) => volume.account().release(Resource::Entries, 1),
    }
    made
}

/// Returns the directory and the name that a path leads to, if the name does not exist yet.
pub(crate) fn missing(volume: &Volume, tree: &Tree, start: u32, path: &[u8]) -> Result<(u32, crate::entry::Name)> {
    let (parent, last) = path::resolve_parent(tree, start, path)?;
    Ok((parent, missing_in(volume, tree, parent, last)?))
}

/// Returns the last component as a name, if it does not exist yet in a directory and may be added to it.
pub(crate) fn missing_in(
    volume: &Volume,
    tree: &Tree,
    parent: u32,
    last: path::Last<'_>,
) -> Result<crate::entry::Name> {
    let path::Last::Name(name) = last else {
        return Err(Error::Exist);
    };
    match tree.lookup(parent, name)? {
        Some(_) => Err(Error::Exist),
        None => {
            volume.check_free(tree, parent)?;
            crate::entry::Name::new(name)
        }
    }
}
