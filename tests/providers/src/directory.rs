//! Temporary directories.

use std::fs;
use std::io;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::rc::Rc;

use crate::bindings::exports::scratch::tempfile::types::{
    FileOptions, GuestTemporaryDirectory, NamePattern, TemporaryDirectory, TemporaryFile,
};
use crate::bindings::wasi::filesystem::types::{Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags};
use crate::error::code;
use crate::name::{Affixes, check_name};
use crate::node::Node;
use crate::{File, Sin, When, place};

/// A directory at a path, until it is deleted or let go.
#[derive(Debug)]
pub struct Directory<S: Sin> {
    path: PathBuf,
    node: Rc<Node>,
    owned: bool,
    sin: PhantomData<S>,
}

impl<S: Sin> Directory<S> {
    /// Makes a directory in `dir`. If there is none, that counts after the name.
    fn make(
        dir: Result<PathBuf, ErrorCode>,
        parent: Option<Rc<Node>>,
        name: NamePattern,
    ) -> Result<TemporaryDirectory, ErrorCode> {
        let (path, ()) = Affixes::new(name)?.make_in(&dir?, |path| fs::create_dir(path))?;
        let node = Node::new(parent);
        Ok(TemporaryDirectory::new(Self {
            path,
            node,
            owned: true,
            sin: PhantomData,
        }))
    }

    /// Ends the handle and, unless a directory around it did so before, deletes what it owns.
    fn delete(&mut self, when: When) -> io::Result<()> {
        let reachable = self.node.check().is_ok();
        self.let_go();
        if reachable { S::delete(&self.path, when) } else { Ok(()) }
    }

    fn let_go(&mut self) {
        self.owned = false;
        self.node.end();
    }

    fn dir(&self) -> Result<PathBuf, ErrorCode> {
        self.node.check()?;
        Ok(self.path.clone())
    }

    fn move_to(&self, parent: &Descriptor, name: &str) -> Result<(), ErrorCode> {
        check_name(name)?;
        let path = self.dir()?;
        if let Some(answer) = S::persist(parent, name) {
            return answer;
        }
        place::check_target(parent, name, false)?;
        match place::type_of(&path)? {
            DescriptorType::Directory => place::move_out(&path, parent, name),
            DescriptorType::SymbolicLink => Err(ErrorCode::Loop),
            _ => Err(ErrorCode::NotDirectory),
        }
    }
}

impl<S: Sin> GuestTemporaryDirectory for Directory<S> {
    fn create(name: NamePattern) -> Result<TemporaryDirectory, ErrorCode> {
        S::called();
        Self::make(root::<S>(), None, name)
    }

    fn create_directory(&self, name: NamePattern) -> Result<TemporaryDirectory, ErrorCode> {
        Self::make(self.dir(), Some(self.node.clone()), name)
    }

    fn create_file(&self, options: FileOptions) -> Result<TemporaryFile, ErrorCode> {
        let file = File::<S>::make(self.dir(), Some(self.node.clone()), options)?;
        Ok(TemporaryFile::new(file))
    }

    fn get_path(&self) -> Result<String, ErrorCode> {
        place::text(self.dir()?)
    }

    fn open(&self, flags: DescriptorFlags) -> Result<Descriptor, ErrorCode> {
        let for_directories = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
        if flags.contains(DescriptorFlags::WRITE) || !flags.intersects(for_directories) {
            return Err(ErrorCode::Invalid);
        }
        place::open(&self.dir()?, flags, OpenFlags::DIRECTORY)
    }

    fn close(this: TemporaryDirectory) -> Result<(), ErrorCode> {
        this.into_inner::<Self>().delete(When::Close).map_err(code)
    }

    fn keep(this: TemporaryDirectory) -> Result<String, (TemporaryDirectory, ErrorCode)> {
        match this.get::<Self>().get_path() {
            Ok(path) => {
                this.into_inner::<Self>().let_go();
                Ok(path)
            }
            Err(code) => Err((this, code)),
        }
    }

    fn persist(
        this: TemporaryDirectory,
        parent: &Descriptor,
        name: String,
    ) -> Result<(), (TemporaryDirectory, ErrorCode)> {
        match this.get::<Self>().move_to(parent, &name) {
            Ok(()) => {
                this.into_inner::<Self>().let_go();
                Ok(())
            }
            Err(code) => Err((this, code)),
        }
    }
}

impl<S: Sin> Drop for Directory<S> {
    fn drop(&mut self) {
        if self.owned {
            // A drop has nobody to tell.
            let _ = self.delete(When::Drop);
        }
    }
}

/// Where entries without a directory of their own go.
pub(crate) fn root<S: Sin>() -> Result<PathBuf, ErrorCode> {
    let (_, granted) = place::granted().ok_or(ErrorCode::Unsupported)?;
    S::root(&granted).map_err(code)
}
