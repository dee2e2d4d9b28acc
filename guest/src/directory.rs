//! Temporary directories, and what they own.

use crate::bindings::types::{self, FileOptions, GuestTemporaryDirectory, NamePattern};
use crate::bindings::{Descriptor, DescriptorFlags, ErrorCode};
use crate::file::{self, File};
use crate::names::{self, Pattern};
use crate::root::root;
use crate::{persist, remove};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

/// A directory as its handle and the handles of what was created in it know it.
pub(crate) struct Directory {
    path: String,
    gone: Cell<bool>,
    children: RefCell<Children>,
}

/// What was created through a directory's handle and still has a handle of its own. Whatever else is in the directory
/// needs no record: it goes with it.
#[derive(Default)]
struct Children {
    places: Vec<Child>,
    free: Vec<usize>,
}

enum Child {
    /// A place that is reserved or free.
    None,
    File(Weak<File>),
    Directory(Weak<Directory>),
}

impl Directory {
    fn new(path: String) -> Rc<Self> {
        Rc::new(Self {
            path,
            gone: Cell::new(false),
            children: RefCell::default(),
        })
    }

    fn check(&self) -> Result<(), ErrorCode> {
        if self.gone.get() {
            Err(ErrorCode::NoEntry)
        } else {
            Ok(())
        }
    }

    /// A place for something that is about to be created in here.
    fn reserve(self: &Rc<Self>) -> Home {
        let mut children = self.children.borrow_mut();
        let place = children.free.pop().unwrap_or_else(|| {
            children.places.push(Child::None);
            children.places.len() - 1
        });
        Home(Some((Rc::clone(self), place)))
    }

    fn take_children(&self) -> Vec<Child> {
        std::mem::take(&mut self.children.borrow_mut().places)
    }

    /// Ends the handles of all that was created in here, however deep: they answer `no-entry` from now on, hold neither
    /// memory nor a descriptor, and their drop touches nothing.
    fn detach(&self) {
        self.gone.set(true);
        let mut ended = self.take_children();
        while let Some(child) = ended.pop() {
            match child {
                Child::None => {}
                Child::File(file) => {
                    if let Some(file) = file.upgrade() {
                        file.detach();
                    }
                }
                Child::Directory(directory) => {
                    if let Some(directory) = directory.upgrade() {
                        directory.gone.set(true);
                        ended.append(&mut directory.take_children());
                    }
                }
            }
        }
    }
}

/// Where something was created: in a directory, which has a place for it, or in the space itself, which keeps no record.
pub(crate) struct Home(Option<(Rc<Directory>, usize)>);

impl Home {
    pub(crate) const SPACE: Self = Self(None);

    /// Relative to the root.
    pub(crate) fn path(&self) -> &str {
        self.0.as_ref().map_or("", |(parent, _)| &parent.path)
    }

    fn record(&self, child: Child) {
        if let Some((parent, place)) = &self.0
            && let Some(place) = parent.children.borrow_mut().places.get_mut(*place)
        {
            *place = child;
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.record(Child::None);
        if let Some((parent, place)) = &self.0 {
            parent.children.borrow_mut().free.push(*place);
        }
    }
}

/// The resource `temporary-directory`.
pub(crate) struct Handle {
    directory: Rc<Directory>,
    /// Dropped after the directory was deleted, with the handle.
    _home: Home,
}

impl Handle {
    /// Takes the directory from the handle's care: what becomes of it has been decided. What was created in it goes
    /// on without its handles.
    fn release(&self) {
        self.directory.detach();
    }

    fn delete(&self) -> Result<(), ErrorCode> {
        if self.directory.gone.get() {
            return Ok(());
        }
        // First, so that no descriptor of ours holds what is deleted.
        self.directory.detach();
        remove::tree(root()?, &self.directory.path)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Nobody can be told here: that is what `close` is for.
        let _ = self.delete();
    }
}

impl GuestTemporaryDirectory for Handle {
    fn create(name: NamePattern) -> Result<types::TemporaryDirectory, ErrorCode> {
        let pattern = Pattern::new(name)?;
        let path = root()?.create_directory("", &pattern)?;
        Ok(types::TemporaryDirectory::new(Self {
            directory: Directory::new(path),
            _home: Home::SPACE,
        }))
    }

    fn create_directory(&self, name: NamePattern) -> Result<types::TemporaryDirectory, ErrorCode> {
        let pattern = Pattern::new(name)?;
        self.directory.check()?;
        let home = self.directory.reserve();
        let directory = Directory::new(root()?.create_directory(home.path(), &pattern)?);
        home.record(Child::Directory(Rc::downgrade(&directory)));
        Ok(types::TemporaryDirectory::new(Self { directory, _home: home }))
    }

    fn create_file(&self, options: FileOptions) -> Result<types::TemporaryFile, ErrorCode> {
        let pattern = Pattern::new(options.name)?;
        self.directory.check()?;
        let home = self.directory.reserve();
        let file = File::create(pattern, options.max_memory, home)?;
        file.home().record(Child::File(Rc::downgrade(&file)));
        Ok(types::TemporaryFile::new(file::Handle::new(file)))
    }

    fn get_path(&self) -> Result<String, ErrorCode> {
        self.directory.check()?;
        Ok(root()?.shown(&self.directory.path))
    }

    fn open(&self, flags: DescriptorFlags) -> Result<Descriptor, ErrorCode> {
        let usable = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
        if flags.contains(DescriptorFlags::WRITE) || !flags.intersects(usable) {
            return Err(ErrorCode::Invalid);
        }
        self.directory.check()?;
        root()?.open_directory(&self.directory.path, flags)
    }

    fn close(this: types::TemporaryDirectory) -> Result<(), ErrorCode> {
        this.into_inner::<Self>().delete()
    }

    fn keep(this: types::TemporaryDirectory) -> Result<String, (types::TemporaryDirectory, ErrorCode)> {
        match this.get::<Self>().get_path() {
            Ok(path) => {
                this.get::<Self>().release();
                Ok(path)
            }
            Err(code) => Err((this, code)),
        }
    }

    fn persist(
        this: types::TemporaryDirectory,
        parent: &Descriptor,
        name: String,
    ) -> Result<(), (types::TemporaryDirectory, ErrorCode)> {
        let handle = this.get::<Self>();
        let moved = names::check_component(&name)
            .and_then(|()| handle.directory.check())
            .and_then(|()| persist::directory(root()?, &handle.directory.path, parent, &name));
        match moved {
            Ok(()) => {
                handle.release();
                Ok(())
            }
            Err(code) => Err((this, code)),
        }
    }
}
