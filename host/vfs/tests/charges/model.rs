//! The model: what is in each space, and what each operation must answer.

use crate::ledger::{Bounds, Ledger, RESOURCES};
use crate::operations::{BUDGET_ABOVE, BUDGET_OF_SPACE, Operation, Outcome, Place, SPACES};
use crate::tree::{Body, File, Inode, ROOT, Result, Tree};
use scratch_vfs::{Error, Level, Limit};
use std::collections::BTreeMap;

/// Something that is open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handle {
    pub(crate) book: usize,
    pub(crate) tree: u64,
    pub(crate) inode: u64,
    pub(crate) is_file: bool,
    pub(crate) is_listing: bool,
}

/// All spaces, and everything that is open.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) ledger: Ledger,
    /// The account of each space.
    pub(crate) books: [usize; SPACES],
    /// The tree of each space, if it has not ended, and its root, if that is open.
    pub(crate) living: [(Option<u64>, Option<Handle>); SPACES],
    pub(crate) trees: BTreeMap<u64, Tree>,
    pub(crate) handles: Vec<Handle>,
    pub(crate) next: u64,
}

impl Model {
    pub(crate) fn new(budgets: &[Bounds], spaces: &[Bounds]) -> Self {
        let mut ledger = Ledger::default();
        for (above, bounds) in BUDGET_ABOVE.iter().zip(budgets) {
            let level = above.map_or(Level::Process, |_| Level::Tenant);
            ledger.open(*above, level, *bounds);
        }
        let mut model = Self {
            ledger,
            books: Default::default(),
            living: Default::default(),
            trees: BTreeMap::new(),
            handles: Vec::new(),
            next: ROOT + 1,
        };
        for (space, bounds) in spaces.iter().enumerate() {
            model.make_space(space, *bounds);
        }
        model
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(crate) fn make_space(&mut self, space: usize, bounds: Bounds) {
        self.books[space] = self.ledger.open(Some(BUDGET_OF_SPACE[space]), Level::Space, bounds);
        self.plant(space);
    }

    pub(crate) fn plant(&mut self, space: usize) {
        let root = Inode::new(Body::Directory {
            above: ROOT,
            names: BTreeMap::new(),
        });
        let tree = Tree {
            book: self.books[space],
            inodes: BTreeMap::from([(ROOT, root)]),
        };
        let number = self.number();
        self.trees.insert(number, tree);
        self.living[space] = (Some(number), None);
    }

    /// Performs an operation. Returns what it must answer.
    pub(crate) fn apply(&mut self, operation: &Operation) -> Result<Outcome> {
        self.ledger.begin();
        let result = self.perform(operation);
        self.ledger.finish(result.is_ok());
        self.check();
        result
    }

    /// Checks the ledger against what is in the spaces.
    pub(crate) fn check(&self) {
        let mut spaces = BTreeMap::<usize, [u64; RESOURCES.len()]>::new();
        for tree in self.trees.values() {
            let sums = spaces.entry(tree.book).or_default();
            for (_, inode) in tree.inodes.iter().filter(|(number, _)| **number != ROOT) {
                sums[0] += inode.bytes();
                sums[1] += inode.names.max(1);
                sums[3] += inode.memory();
            }
        }
        let roots = self.living.iter().filter_map(|(_, root)| root.as_ref());
        for handle in self.handles.iter().chain(roots) {
            spaces.entry(handle.book).or_default()[2] += 1;
        }
        self.ledger.check_sums(&spaces);
    }

    pub(crate) fn perform(&mut self, operation: &Operation) -> Result<Outcome> {
        match operation {
            Operation::Open { space, .. }
            | Operation::OpenDirectory { space, .. }
            | Operation::MakeDirectory { space, .. }
            | Operation::MakeLink { space, .. }
            | Operation::Unlink { space, .. }
            | Operation::RemoveDirectory { space, .. }
            | Operation::RemoveAll { space, .. }
            | Operation::Rename { space, .. }
            | Operation::Link { space, .. }
            | Operation::LinkHandle { space, .. }
            | Operation::ListRoot { space } => {
                // Whatever needs the root opens it first, and does nothing else then.
                let (tree, root) = self.living[*space];
                let tree = tree.ok_or(Error::NoEntry)?;
                let book = self.books[*space];
                match root {
                    Some(_) => self.perform_at_root(tree, book, operation),
                    None => {
                        let root = self.open(tree, ROOT)?;
                        self.living[*space].1 = Some(root);
                        Ok(Outcome::Done)
                    }
                }
            }
            Operation::List { handle }
            | Operation::Clone { handle }
            | Operation::Close { handle }
            | Operation::RemoveHandle { handle, .. }
            | Operation::Write { handle, .. }
            | Operation::SetSize { handle, .. } => {
                if self.handles.is_empty() {
                    return Ok(Outcome::Done);
                }
                self.perform_on_handle(handle % self.handles.len(), operation)
            }
            Operation::MakeNameless { space } => {
                let tree = self.living[*space].0.ok_or(Error::NoEntry)?;
                let book = self.books[*space];
                self.ledger.charge(book, Limit::OpenFiles, 1)?;
                if let Err(error) = self.ledger.charge(book, Limit::Entries, 1) {
                    self.ledger.release(book, Limit::OpenFiles, 1);
                    return Err(error);
                }
                let inode = self.number();
                let body = Body::File(File::default());
                self.tree(tree).inodes.insert(inode, Inode::new(body));
                self.keep_handle(tree, inode);
                Ok(Outcome::Done)
            }
            Operation::LimitSpace { space, bounds } => {
                self.ledger.set_bounds(self.books[*space], *bounds);
                Ok(Outcome::Done)
            }
            Operation::LimitBudget { budget, bounds } => {
                self.ledger.set_bounds(*budget, *bounds);
                Ok(Outcome::Done)
            }
            Operation::Trim { .. } => Ok(Outcome::Done),
            Operation::End { space } => Ok(self.end(*space)),
            Operation::Reset { space } => {
                self.living[*space].0.ok_or(Error::NoEntry)?;
                let ended = self.end(*space);
                self.plant(*space);
                Ok(ended)
            }
            Operation::Renew { space, bounds } => {
                self.end(*space);
                self.make_space(*space, *bounds);
                Ok(Outcome::Done)
            }
        }
    }

    pub(crate) fn tree(&mut self, tree: u64) -> &mut Tree {
        self.trees.get_mut(&tree).expect("the tree exists")
    }

    pub(crate) fn file(&mut self, tree: u64, inode: u64) -> &mut File {
        match &mut self.tree(tree).inode(inode).body {
            Body::File(file) => file,
            _ => panic!("the inode is a file"),
        }
    }

    /// Finds the directory of a name that must not exist.
    pub(crate) fn find_missing(&mut self, tree: u64, place: &Place) -> Result<u64> {
        match self.tree(tree).find(place)? {
            (directory, None) => Ok(directory),
            (_, Some(_)) => Err(Error::Exist),
        }
    }

    pub(crate) fn make(&mut self, tree: u64, directory: u64, name: &'static str, body: Body) -> Result<u64> {
        let book = self.tree(tree).book;
        self.ledger.charge(book, Limit::Entries, 1)?;
        let inode = self.number();
        self.tree(tree).inodes.insert(inode, Inode::new(body));
        self.tree(tree).add_name(directory, name, inode);
        Ok(inode)
    }

    pub(crate) fn open(&mut self, tree: u64, inode: u64) -> Result<Handle> {
        let book = self.tree(tree).book;
        self.ledger.charge(book, Limit::OpenFiles, 1)?;
        Ok(self.handle(tree, inode))
    }

    /// Makes a handle that is charged for.
    pub(crate) fn handle(&mut self, tree: u64, inode: u64) -> Handle {
        self.tree(tree).inode(inode).handles += 1;
        Handle {
            book: self.tree(tree).book,
            tree,
            inode,
            is_file: !self.tree(tree).inodes[&inode].is_directory(),
            is_listing: false,
        }
    }

    pub(crate) fn keep_handle(&mut self, tree: u64, inode: u64) {
        let handle = self.handle(tree, inode);
        self.handles.push(handle);
    }

    pub(crate) fn close(&mut self, handle: Handle) {
        self.ledger.release(handle.book, Limit::OpenFiles, 1);
        if self.trees.contains_key(&handle.tree) {
            self.tree(handle.tree).inode(handle.inode).handles -= 1;
            self.free_unused(handle.tree, handle.inode);
        }
    }

    /// Frees an inode that has neither a name nor a handle.
    pub(crate) fn free_unused(&mut self, tree: u64, number: u64) {
        let inode = &self.tree(tree).inodes[&number];
        if number != ROOT && inode.names == 0 && inode.handles == 0 {
            let (bytes, memory) = (inode.bytes(), inode.memory());
            let book = self.tree(tree).book;
            self.tree(tree).inodes.remove(&number);
            self.ledger.release(book, Limit::Entries, 1);
            self.ledger.release(book, Limit::Bytes, bytes);
            self.ledger.release(book, Limit::Memory, memory);
        }
    }

    pub(crate) fn end(&mut self, space: usize) -> Outcome {
        let book = self.books[space];
        let (tree, root) = std::mem::take(&mut self.living[space]);
        self.handles.extend(root);
        let (mut entries, mut bytes, mut memory) = (0, 0, 0);
        let tree = tree.and_then(|tree| self.trees.remove(&tree));
        for (_, inode) in tree
            .iter()
            .flat_map(|tree| &tree.inodes)
            .filter(|(number, _)| **number != ROOT)
        {
            entries += inode.names.max(1);
            bytes += inode.bytes();
            memory += inode.memory();
        }
        self.ledger.release(book, Limit::Entries, entries);
        self.ledger.release(book, Limit::Bytes, bytes);
        self.ledger.release(book, Limit::Memory, memory);
        Outcome::Ended {
            entries,
            bytes,
            open: self.ledger.used(book, Limit::OpenFiles),
        }
    }
}
