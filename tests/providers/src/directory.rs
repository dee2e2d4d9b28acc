//! Temporary directories.

use std::fs;
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::bindings::exports::scratch::tempfile::types::{
    FileOptions, GuestTemporaryDirectory, NamePattern, TemporaryDirectory, TemporaryFile,
};
use crate::bindings::wasi::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags};
use crate::error::code;
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
    fn make(root: &Path, parent: Option<Rc<Node>>, name: &NamePattern) -> Result<TemporaryDirectory, ErrorCode> {
        let path = root.join(place::new_name(name)?);
        fs::create_dir(&path).map_err(code)?;
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

    fn path(&self) -> Result<String, ErrorCode> {
        self.node.check()?;
        self.path
            .to_str()
            .map(str::to_owned)
            .ok_or(ErrorCode::IllegalByteSequence)
    }
}

impl<S: Sin> GuestTemporaryDirectory for Directory<S> {
    fn create(name: NamePattern) -> Result<TemporaryDirectory, ErrorCode> {
        S::called();
        Self::make(&root::<S>()?, None, &name)
    }

    fn create_directory(&self, name: NamePattern) -> Result<TemporaryDirectory, ErrorCode> {
        self.node.check()?;
        Self::make(&self.path, Some(self.node.clone()), &name)
    }

    fn create_file(&self, options: FileOptions) -> Result<TemporaryFile, ErrorCode> {
        self.node.check()?;
        let file = File::<S>::make(&self.path, Some(self.node.clone()), &options)?;
        Ok(TemporaryFile::new(file))
    }

    fn get_path(&self) -> Result<String, ErrorCode> {
        self.path()
    }

    fn open(&self, flags: DescriptorFlags) -> Result<Descriptor, ErrorCode> {
        self.node.check()?;
        place::open(&self.path, flags, OpenFlags::DIRECTORY)
    }

    fn close(this: TemporaryDirectory) -> Result<(), ErrorCode> {
        this.into_inner::<Self>().delete(When::Close).map_err(code)
    }

    fn keep(this: TemporaryDirectory) -> Result<String, (TemporaryDirectory, ErrorCode)> {
        match this.get::<Self>().path() {
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
        let directory = this.get::<Self>();
        let moved = directory.node.check();
        match moved.and_then(|()| place::move_out(&directory.path, parent, &name, false)) {
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
