//! The model: what each operation does to a space, and what is charged after it. No file is touched here.

use std::collections::{BTreeMap, HashMap};

use wasmtime_scratch::Limits;

use super::ops::{Flags, Op};

/// How an operation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// It is done.
    Ok,
    /// The limit of bytes or entries.
    Full,
    /// The limit of depth.
    Quota,
    /// The limit of a file.
    TooLarge,
    /// In any other way.
    Fails,
}

use Ends::{Fails, Full, Ok, Quota, TooLarge};

impl Ends {
    /// What a program saw.
    pub(crate) fn of(code: &str) -> Ends {
        match code {
            "ok" => Ok,
            "insufficient-space" => Full,
            "quota" => Quota,
            "file-too-large" => TooLarge,
            _ => Fails,
        }
    }
}

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Dir,
    File(usize),
    /// Every link leads to [`MISSING`] beside it. The number tells one from another: a link may have several names.
    Link(usize),
}

/// Where links lead.
pub(crate) const MISSING: &str = "missing";

#[derive(Clone, Copy, Debug, Default)]
struct Inode {
    size: u64,
    names: u64,
    holders: u64,
}

#[derive(Clone, Copy, Debug)]
enum Open {
    Dir,
    File { inode: usize, writable: bool },
}

#[derive(Clone, Copy, Debug)]
enum Temporary {
    Memory { size: u64, most: u64 },
    Disk(usize),
}

/// A space.
#[derive(Debug)]
pub(crate) struct Model {
    limits: Limits,
    tree: BTreeMap<String, Node>,
    inodes: Vec<Inode>,
    open: HashMap<u32, Open>,
    temporary: HashMap<u32, Temporary>,
    /// Of temporary files: their names are nobody's affair.
    hidden: u64,
    has_links: bool,
    links: usize,
}

impl Model {
    /// An empty one.
    pub(crate) fn new(limits: Limits) -> Model {
        Model {
            limits,
            tree: BTreeMap::new(),
            inodes: Vec::new(),
            open: HashMap::new(),
            temporary: HashMap::new(),
            hidden: 0,
            has_links: false,
            links: 0,
        }
    }

    /// The sum of file sizes.
    pub(crate) fn bytes(&self) -> u64 {
        let lives = |inode: &&Inode| inode.names > 0 || inode.holders > 0;
        self.inodes.iter().filter(lives).map(|inode| inode.size).sum()
    }

    /// The same without what has no name: what a walk finds.
    pub(crate) fn named_bytes(&self) -> u64 {
        self.inodes
            .iter()
            .filter(|inode| inode.names > 0)
            .map(|inode| inode.size)
            .sum()
    }

    /// Temporary files on disk that nobody kept, and their bytes: the host keeps them without a name.
    pub(crate) fn temporary(&self) -> (u64, u64) {
        let on_disk = self.temporary.values().filter_map(|file| match file {
            Temporary::Disk(inode) => Some(self.inodes[*inode].size),
            Temporary::Memory { .. } => None,
        });
        on_disk.fold((0, 0), |(files, bytes), size| (files + 1, bytes + size))
    }

    /// Files, directories and links.
    pub(crate) fn entries(&self) -> u64 {
        u64::try_from(self.tree.len()).unwrap() + self.hidden
    }

    /// Does `op`.
    pub(crate) fn step(&mut self, op: &Op) -> Ends {
        match op {
            Op::Open { slot, path, flags } => {
                self.close(*slot);
                self.open(*slot, path, *flags)
            }
            Op::Close { slot } => match self.close(*slot) {
                true => Ok,
                false => Fails,
            },
            Op::Write { slot, offset, length } => self.write(*slot, *offset, *length),
            Op::Stream { slot, offset, length } => self.stream(*slot, Some(*offset), *length),
            Op::Append { slot, length } => self.stream(*slot, None, *length),
            Op::Size { slot, size } => match self.open.get(slot) {
                Some(Open::File { inode, writable: true }) => self.resize(*inode, *size),
                _ => Fails,
            },
            Op::Mkdir { path } => self.mkdir(path),
            Op::Rmdir { path } => self.rmdir(path),
            Op::Unlink { path } => match (self.find(path), self.real(path, false)) {
                (Some(Node::File(inode)), Some(real)) => {
                    self.inodes[inode].names -= 1;
                    self.tree.remove(&real);
                    Ok
                }
                (Some(Node::Link(_)), Some(real)) => {
                    self.tree.remove(&real);
                    Ok
                }
                _ => Fails,
            },
            Op::Rename { from, to } => self.rename(from, to),
            Op::Link { from, to } => self.link(from, to),
            Op::Symlink { path } => self.symlink(path),
            Op::List { path } => match self.find(path) {
                Some(Node::Dir) => Ok,
                _ => Fails,
            },
            Op::Temp { slot, max_memory } => self.temp(*slot, *max_memory),
            Op::TempWrite { slot, offset, length } => match length {
                0 => self.known(*slot),
                _ => self.grow(*slot, |size| size.max(offset + length)),
            },
            Op::TempAppend { slot, length } => match length {
                0 => self.known(*slot),
                _ => self.grow(*slot, |size| size + length),
            },
            Op::TempSize { slot, size } => self.grow(*slot, |_| *size),
            Op::TempDrop { slot } => match self.temporary.contains_key(slot) {
                true => {
                    self.drop_temporary(*slot);
                    Ok
                }
                false => Fails,
            },
            Op::TempKeep { slot } => match self.roll(*slot) {
                Ok => {
                    // Its name stays.
                    if let Some(Temporary::Disk(inode)) = self.temporary.remove(slot) {
                        self.inodes[inode].holders -= 1;
                    }
                    Ok
                }
                ends => ends,
            },
            Op::TempRoll { slot } => self.roll(*slot),
        }
    }

    fn known(&self, slot: u32) -> Ends {
        match self.temporary.contains_key(&slot) {
            true => Ok,
            false => Fails,
        }
    }

    /// Where `path` leads, with the links on its way; `None` where nothing stands, and nothing can be made.
    fn real(&self, path: &str, follow: bool) -> Option<String> {
        let mut real = String::new();
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let is_last = parts.peek().is_none();
            let mut next = join(&real, part);
            if matches!(self.tree.get(&next), Some(Node::Link(_))) && (follow || !is_last) {
                next = join(&real, MISSING);
                if matches!(self.tree.get(&next), Some(Node::Link(_))) {
                    // It leads to itself.
                    return None;
                }
            }
            if !is_last && self.tree.get(&next) != Some(&Node::Dir) {
                return None;
            }
            real = next;
        }
        Some(real)
    }

    fn find(&self, path: &str) -> Option<Node> {
        self.tree.get(&self.real(path, false)?).copied()
    }

    fn depth(&self, path: &str) -> u64 {
        // Where nothing can be made nothing stands too deep, as far as that is looked at: only where there may be links.
        let depth = |path: &str| u64::try_from(path.split('/').count()).unwrap();
        match self.has_links && path.contains('/') {
            true => self.real(path, false).map_or(0, |real| depth(&real)),
            false => depth(path),
        }
    }

    /// What refuses one more entry at `path`.
    fn refusal(&self, path: &str) -> Option<Ends> {
        if self.depth(path) > self.limits.depth {
            Some(Quota)
        } else if self.entries() >= self.limits.entries {
            Some(Full)
        } else {
            None
        }
    }

    /// What refuses a file that is larger than one may be. Where one may fill the space, the space is full.
    fn beyond_one_file(&self) -> Ends {
        if self.limits.file_bytes < self.limits.bytes {
            TooLarge
        } else {
            Full
        }
    }

    fn new_inode(&mut self, size: u64) -> usize {
        self.inodes.push(Inode {
            size,
            names: 1,
            holders: 0,
        });
        self.inodes.len() - 1
    }

    fn close(&mut self, slot: u32) -> bool {
        match self.open.remove(&slot) {
            Some(Open::File { inode, .. }) => {
                self.inodes[inode].holders -= 1;
                true
            }
            Some(Open::Dir) => true,
            None => false,
        }
    }

    fn open(&mut self, slot: u32, path: &str, flags: Flags) -> Ends {
        let follow = flags.follow && !(flags.create && flags.exclusive);
        let real = self.real(path, follow);
        let found = real.as_ref().and_then(|real| self.tree.get(real)).copied();
        let opened = match found {
            Some(_) if flags.create && flags.exclusive => return Fails,
            Some(Node::Link(_)) => return Fails,
            Some(Node::Dir) if flags.create || flags.truncate || flags.write => return Fails,
            Some(Node::Dir) => Open::Dir,
            Some(Node::File(inode)) => {
                if flags.truncate {
                    self.inodes[inode].size = 0;
                }
                Open::File {
                    inode,
                    writable: flags.write || flags.create || flags.truncate,
                }
            }
            None if !flags.create => return Fails,
            None => {
                if let Some(refusal) = self.refusal(path) {
                    return refusal;
                }
                let Some(real) = real else { return Fails };
                let inode = self.new_inode(0);
                self.tree.insert(real, Node::File(inode));
                Open::File { inode, writable: true }
            }
        };
        if let Open::File { inode, .. } = opened {
            self.inodes[inode].holders += 1;
        }
        self.open.insert(slot, opened);
        Ok
    }

    fn write(&mut self, slot: u32, offset: u64, length: u64) -> Ends {
        match self.open.get(&slot) {
            Some(Open::File { writable: true, .. }) if length == 0 => Ok,
            Some(Open::File { inode, writable: true }) => {
                let inode = *inode;
                let end = (offset + length).max(self.inodes[inode].size);
                self.resize(inode, end)
            }
            _ => Fails,
        }
    }

    fn resize(&mut self, inode: usize, size: u64) -> Ends {
        let now = self.inodes[inode].size;
        if size > now {
            if size > self.limits.file_bytes {
                return self.beyond_one_file();
            }
            if self.bytes() + (size - now) > self.limits.bytes {
                return Full;
            }
        }
        self.inodes[inode].size = size;
        Ok
    }

    /// As much as there is room for is written.
    fn stream(&mut self, slot: u32, offset: Option<u64>, length: u64) -> Ends {
        let (inode, writable) = match self.open.get(&slot) {
            Some(Open::File { inode, writable }) => (*inode, *writable),
            _ => return Fails,
        };
        if !writable {
            return if length == 0 { Ok } else { Fails };
        }
        let size = self.inodes[inode].size;
        let offset = offset.unwrap_or(size);
        let left = self.limits.bytes - self.bytes();
        let inside = size.saturating_sub(offset);
        let hole = offset.saturating_sub(size);
        let in_file = self.limits.file_bytes.saturating_sub(offset);
        let room = inside + left.saturating_sub(hole);
        let written = length.min(room).min(in_file);
        if written > 0 {
            self.inodes[inode].size = size.max(offset + written);
        }
        // A stream with no room at all is not even given out.
        match written == length && room.min(in_file) > 0 {
            true => Ok,
            false if written == in_file => self.beyond_one_file(),
            false => Full,
        }
    }

    fn mkdir(&mut self, path: &str) -> Ends {
        if let Some(refusal) = self.refusal(path) {
            return refusal;
        }
        self.make(path, Node::Dir)
    }

    fn make(&mut self, path: &str, node: Node) -> Ends {
        match self.real(path, false) {
            Some(real) if !self.tree.contains_key(&real) => {
                self.tree.insert(real, node);
                Ok
            }
            _ => Fails,
        }
    }

    fn rmdir(&mut self, path: &str) -> Ends {
        match (self.find(path), self.real(path, false)) {
            (Some(Node::Dir), Some(real)) if !self.has_children(&real) => {
                self.tree.remove(&real);
                Ok
            }
            _ => Fails,
        }
    }

    fn has_children(&self, path: &str) -> bool {
        self.tree.keys().any(|other| is_below(other, path))
    }

    fn symlink(&mut self, path: &str) -> Ends {
        if let Some(refusal) = self.refusal(path) {
            return refusal;
        }
        self.has_links = true;
        self.links += 1;
        self.make(path, Node::Link(self.links))
    }

    fn link(&mut self, from: &str, to: &str) -> Ends {
        if let Some(refusal) = self.refusal(to) {
            return refusal;
        }
        let source = match self.find(from) {
            Some(source @ (Node::File(_) | Node::Link(_))) => source,
            _ => return Fails,
        };
        let made = self.make(to, source);
        if let (Node::File(inode), Ok) = (source, made) {
            self.inodes[inode].names += 1;
        }
        made
    }

    fn rename(&mut self, from: &str, to: &str) -> Ends {
        let (Some(source), Some(real)) = (self.find(from), self.real(from, false)) else {
            return Fails;
        };
        let (old, new) = (self.depth(from), self.depth(to));
        let height = match source {
            Node::Dir if new <= old => None,
            Node::Dir => Some(self.height(&real)),
            _ => Some(0),
        };
        if height.is_some_and(|height| new + height > self.limits.depth) {
            return Quota;
        }
        let from = real.as_str();
        let Some(real) = self.real(to, false) else { return Fails };
        let to = real.as_str();
        if from == to {
            return Ok;
        }
        if is_below(to, from) {
            return Fails;
        }
        match (source, self.tree.get(to).copied()) {
            (_, None) => {}
            (Node::Dir, Some(Node::Dir)) if !self.has_children(to) => {}
            (Node::Dir, Some(_)) | (_, Some(Node::Dir)) => return Fails,
            // Two names of one file.
            (Node::File(inode), Some(Node::File(other))) if inode == other => return Ok,
            (Node::Link(link), Some(Node::Link(other))) if link == other => return Ok,
            (_, Some(Node::File(other))) => self.inodes[other].names -= 1,
            (_, Some(Node::Link(_))) => {}
        }
        let moved: Vec<(String, Node)> = self
            .tree
            .iter()
            .filter(|(path, _)| *path == from || is_below(path, from))
            .map(|(path, node)| (path.clone(), *node))
            .collect();
        self.tree.remove(to);
        for (path, node) in moved {
            self.tree.remove(&path);
            self.tree.insert(format!("{to}{}", &path[from.len()..]), node);
        }
        Ok
    }

    fn height(&self, path: &str) -> u64 {
        let own = path.split('/').count();
        let below = self.tree.keys().filter(|other| is_below(other, path));
        let height = below.map(|other| other.split('/').count() - own).max().unwrap_or(0);
        u64::try_from(height).unwrap()
    }

    fn memory(&self) -> u64 {
        let in_memory = |file: &Temporary| match file {
            Temporary::Memory { size, .. } => *size,
            Temporary::Disk(_) => 0,
        };
        self.temporary.values().map(in_memory).sum()
    }

    fn temp(&mut self, slot: u32, max_memory: Option<u64>) -> Ends {
        self.drop_temporary(slot);
        let most = max_memory.unwrap_or(self.limits.file_memory.min(self.limits.memory));
        self.temporary.insert(slot, Temporary::Memory { size: 0, most });
        if most > 0 {
            return Ok;
        }
        let ends = self.roll(slot);
        if ends != Ok {
            self.temporary.remove(&slot);
        }
        ends
    }

    fn drop_temporary(&mut self, slot: u32) {
        if let Some(Temporary::Disk(inode)) = self.temporary.remove(&slot) {
            self.inodes[inode] = Inode::default();
            self.hidden -= 1;
        }
    }

    /// Moves a file to disk, if it is not there.
    fn roll(&mut self, slot: u32) -> Ends {
        match self.temporary.get(&slot) {
            Some(Temporary::Memory { size, .. }) => self.roll_as(slot, *size),
            Some(Temporary::Disk(_)) => Ok,
            None => Fails,
        }
    }

    /// Moves a file to disk, `size` large then.
    fn roll_as(&mut self, slot: u32, size: u64) -> Ends {
        let Some(Temporary::Memory { size: now, .. }) = self.temporary.get(&slot) else {
            return Fails;
        };
        if self.limits.depth == 0 {
            return Quota;
        }
        if self.entries() >= self.limits.entries || self.bytes() + size.max(*now) > self.limits.bytes {
            return Full;
        }
        let inode = self.new_inode(size);
        self.inodes[inode].holders = 1;
        self.temporary.insert(slot, Temporary::Disk(inode));
        self.hidden += 1;
        Ok
    }

    fn grow(&mut self, slot: u32, larger: impl Fn(u64) -> u64) -> Ends {
        let (now, most) = match self.temporary.get(&slot) {
            Some(Temporary::Memory { size, most }) => (*size, *most),
            Some(Temporary::Disk(inode)) => {
                let inode = *inode;
                return self.resize(inode, larger(self.inodes[inode].size));
            }
            None => return Fails,
        };
        let size = larger(now);
        if size > now && size > self.limits.file_bytes {
            return self.beyond_one_file();
        }
        if size > most {
            return self.roll_as(slot, size);
        }
        if self.memory() - now + size.max(now) > self.limits.memory {
            // No room in memory. The host moves it as it is going to be, or not at all.
            if scratch_tests::is_native!() {
                return self.roll_as(slot, size);
            }
            // A component is asked to move it to disk as it is, and then it grows there.
            return match self.roll(slot) {
                Ok => self.grow(slot, larger),
                ends => ends,
            };
        }
        self.temporary.insert(slot, Temporary::Memory { size, most });
        Ok
    }
}

fn join(dir: &str, name: &str) -> String {
    match dir {
        "" => name.to_owned(),
        dir => format!("{dir}/{name}"),
    }
}

fn is_below(path: &str, dir: &str) -> bool {
    path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
}
