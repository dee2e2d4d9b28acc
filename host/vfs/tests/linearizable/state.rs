//! The state of a space at rest, and what it must be charged for.

use crate::operation::Hand;
use crate::world::World;
use scratch_vfs::{Access, InodeId, InodeInfo, Kind, Usage};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// All that can be told from outside: names, inodes, and what is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct State {
    /// Each path, in the order of a walk, and the inode that it names.
    pub(crate) names: Vec<(String, usize)>,
    /// The numbers of the root's entries, which decide what a listing goes on with.
    pub(crate) cookies: Vec<u64>,
    /// The handles of each thread, and the inodes that they are open on.
    pub(crate) handles: Vec<Vec<usize>>,
    /// The inodes, numbered as they are found.
    pub(crate) nodes: Vec<Node>,
    pub(crate) charges: Charges,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    kind: Kind,
    links: u64,
    size: u64,
    open: u32,
    content: Vec<u8>,
}

/// What is charged, or has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Charges {
    pub(crate) bytes: u64,
    pub(crate) entries: u64,
    pub(crate) open_files: u64,
}

impl From<Usage> for Charges {
    fn from(usage: Usage) -> Self {
        Self {
            bytes: usage.bytes.used,
            entries: usage.entries.used,
            open_files: usage.open_files.used,
        }
    }
}

impl State {
    /// Walks through the tree, and looks at everything that is open. The limits are lifted meanwhile.
    pub(crate) fn of(world: &World, hands: &[Hand]) -> Self {
        let charges = Charges::from(world.space.usage());
        world.lift_limits();
        let mut state = Self {
            charges,
            ..Self::default()
        };
        let mut numbers = HashMap::new();
        let mut found = Vec::new();
        let mut walk = world.space.walk(&world.root).expect("the space has not ended");
        while let Some(info) = walk.next().expect("nobody else is at work") {
            found.push((String::from_utf8_lossy(walk.path()).into_owned(), info));
        }
        drop(walk);
        for (path, info) in found {
            let number = state.number(world, &mut numbers, info, &path);
            state.names.push((path, number));
        }
        let listing = world.root.list().and_then(|listing| listing.collect());
        let entries = listing.expect("the root can be listed");
        state.cookies = entries.iter().map(|entry| entry.cookie).collect();
        for hand in hands {
            let mut handles = Vec::new();
            for handle in &hand.handles {
                let info = world.space.info(handle).expect("the space has not ended");
                handles.push(state.number(world, &mut numbers, info, ""));
            }
            state.handles.push(handles);
        }
        world.set(world.bounds);
        state
    }

    fn number(&mut self, world: &World, numbers: &mut HashMap<InodeId, usize>, info: InodeInfo, path: &str) -> usize {
        *numbers.entry(info.id).or_insert_with(|| {
            self.nodes.push(Node {
                kind: info.metadata.kind,
                links: info.metadata.links,
                size: info.metadata.size,
                open: info.open,
                content: content(world, info, path),
            });
            self.nodes.len() - 1
        })
    }

    /// Computes what has to be charged for this state: with the root and a listing for each thread, which are open, too.
    pub(crate) fn due(&self) -> Charges {
        let count = |count: usize| u64::try_from(count).expect("there is little of everything");
        let named: HashSet<_> = self.names.iter().map(|(_, node)| *node).collect();
        Charges {
            bytes: self
                .nodes
                .iter()
                .filter(|node| node.kind == Kind::File)
                .map(|node| node.size)
                .sum(),
            entries: count(self.names.len() + self.nodes.len() - named.len()),
            open_files: count(1 + self.handles.iter().map(|handles| handles.len() + 1).sum::<usize>()),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (path, node) in &self.names {
            writeln!(formatter, "  {path}: inode {node}")?;
        }
        for (thread, handles) in self.handles.iter().enumerate() {
            writeln!(formatter, "  open by thread {thread}: inodes {handles:?}")?;
        }
        for (number, node) in self.nodes.iter().enumerate() {
            let content = node.content.escape_ascii();
            let Node { kind, links, size, .. } = node;
            writeln!(
                formatter,
                "  inode {number}: {kind:?}, links {links}, size {size}, \"{content}\""
            )?;
        }
        writeln!(formatter, "  {:?}", self.charges)
    }
}

/// Reads what a file contains, or where a link leads.
fn content(world: &World, info: InodeInfo, path: &str) -> Vec<u8> {
    match info.metadata.kind {
        Kind::Directory => Vec::new(),
        Kind::Link => world.root.readlink_at(path).expect("the link has this path"),
        Kind::File => {
            let access = Access {
                read: true,
                write: false,
            };
            let file = world.space.open(info.id, access).expect("the file exists");
            let mut content = vec![b'?'; 64];
            let length = file.read(0, &mut content).expect("the file can be read");
            content.truncate(length);
            content
        }
    }
}
