//! What the model knows of one space: its inodes and their names, as plain maps.

use crate::ledger::PAGE;
use crate::operations::Place;
use scratch_vfs::Error;
use std::collections::{BTreeMap, BTreeSet};

/// The number of the root of each tree.
pub(crate) const ROOT: u64 = 0;

/// What an operation of the model answers.
pub(crate) type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) size: u64,
    /// The capacity of the first page: a power of two, 64 at least, or 0.
    pub(crate) first: u64,
    /// The pages after the first one that something was written to.
    pub(crate) pages: BTreeSet<u64>,
    pub(crate) is_revoked: bool,
}

impl File {
    pub(crate) fn memory(&self) -> u64 {
        self.first + u64::try_from(self.pages.len()).unwrap() * PAGE
    }
}

#[derive(Debug)]
pub(crate) enum Body {
    File(File),
    Directory {
        above: u64,
        names: BTreeMap<&'static str, u64>,
    },
    Link(u64),
}

#[derive(Debug)]
pub(crate) struct Inode {
    pub(crate) names: u64,
    pub(crate) handles: u64,
    pub(crate) body: Body,
}

impl Inode {
    pub(crate) fn new(body: Body) -> Self {
        Self {
            names: 0,
            handles: 0,
            body,
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        match &self.body {
            Body::File(file) => file.size,
            _ => 0,
        }
    }

    pub(crate) fn memory(&self) -> u64 {
        match &self.body {
            Body::File(file) => file.memory(),
            Body::Directory { .. } => 0,
            Body::Link(length) => *length,
        }
    }

    pub(crate) fn is_directory(&self) -> bool {
        matches!(self.body, Body::Directory { .. })
    }
}

/// A space from its beginning or a reset to its end or the next reset.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) book: usize,
    pub(crate) inodes: BTreeMap<u64, Inode>,
}

impl Tree {
    pub(crate) fn names(&self, directory: u64) -> &BTreeMap<&'static str, u64> {
        match &self.inodes[&directory].body {
            Body::Directory { names, .. } => names,
            _ => panic!("the inode is a directory"),
        }
    }

    pub(crate) fn names_mut(&mut self, directory: u64) -> &mut BTreeMap<&'static str, u64> {
        match &mut self.inode(directory).body {
            Body::Directory { names, .. } => names,
            _ => panic!("the inode is a directory"),
        }
    }

    pub(crate) fn inode(&mut self, inode: u64) -> &mut Inode {
        self.inodes.get_mut(&inode).expect("the inode exists")
    }

    /// Finds the directory of a path.
    pub(crate) fn directory(&self, place: &Place) -> Result<u64> {
        let Some(name) = place.directory else { return Ok(ROOT) };
        let found = *self.names(ROOT).get(name).ok_or(Error::NoEntry)?;
        match &self.inodes[&found].body {
            Body::Directory { .. } => Ok(found),
            Body::File(_) => Err(Error::NotDirectory),
            // No symbolic link leads anywhere.
            Body::Link(_) => Err(Error::NoEntry),
        }
    }

    pub(crate) fn find(&self, place: &Place) -> Result<(u64, Option<u64>)> {
        let directory = self.directory(place)?;
        Ok((directory, self.names(directory).get(place.name).copied()))
    }

    pub(crate) fn is_at_or_above(&self, inode: u64, from: u64) -> bool {
        let above = std::iter::successors(Some(from), |at| match &self.inodes[at].body {
            Body::Directory { above, .. } if *at != ROOT => Some(*above),
            _ => None,
        });
        above.into_iter().any(|at| at == inode)
    }

    pub(crate) fn add_name(&mut self, directory: u64, name: &'static str, inode: u64) {
        self.names_mut(directory).insert(name, inode);
        let inode = self.inode(inode);
        inode.names += 1;
        if let Body::Directory { above, .. } = &mut inode.body {
            *above = directory;
        }
    }
}
