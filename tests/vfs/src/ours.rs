//! A space, without limits.

use crate::operation::{Open, Operation, SLOTS, Slot, Time, data};
use crate::outcome::{COMPARED, Node, Outcome, Stat, Value, set_seconds};
use scratch_vfs::{
    Access, Budget, Descriptor, Error, Kind, Limits, Metadata, NewTimestamp, OpenOptions, Reserve, Space,
    SpillDirectory, Timestamp,
};
use std::path::Path;

/// A space, and the descriptors that a sequence holds.
#[derive(Debug)]
pub struct Ours {
    space: Space,
    budget: Budget,
    slots: [Option<Descriptor>; SLOTS],
}

/// Where a space keeps its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// In memory.
    Memory,
    /// In files of their own on disk, as soon as there is a byte in them.
    OwnFiles,
    /// In slots of a file on disk, as soon as there is a byte in them.
    Slots,
    /// In memory up to a few bytes, and on disk beyond. There is a file for one content, and the others get slots.
    Moving,
}

impl Contents {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Memory, Self::OwnFiles, Self::Slots, Self::Moving];

    /// Makes the budget above a space. Only contents are bounded.
    fn budget(self, folder: &Path) -> Budget {
        let (descriptors, memory, file_memory) = match self {
            Self::Memory => return Budget::new(Limits::none()),
            Self::OwnFiles => (1_000, None, Some(0)),
            Self::Slots => (1, None, Some(0)),
            Self::Moving => (3, None, Some(300)),
        };
        let spill = SpillDirectory::builder()
            .reserve(Reserve::Bytes(0))
            .descriptors(descriptors);
        let limits = Limits::none().to_builder().memory(memory).file_memory(file_memory);
        Budget::with_spill(
            limits.build().expect("the limits agree"),
            spill.open(folder).expect("files can be made on tmpfs"),
        )
    }
}

impl Ours {
    /// Makes a space, whose contents are on disk in a folder unless they are in memory.
    ///
    /// # Errors
    ///
    /// Fails if there is no memory.
    pub fn new(contents: Contents, folder: &Path) -> Result<Self, Error> {
        let budget = contents.budget(folder);
        let space = Space::builder(&budget).limits(Limits::none()).build()?;
        let mut slots = [const { None }; SLOTS];
        slots[0] = Some(space.root()?);
        Ok(Self { space, budget, slots })
    }

    fn at(&self, slot: Slot) -> Result<&Descriptor, Error> {
        self.slots[slot]
            .as_ref()
            .or(self.slots[0].as_ref())
            .ok_or(Error::BadDescriptor)
    }

    /// Does an operation.
    ///
    /// # Errors
    ///
    /// Those of the operation.
    pub fn apply(&mut self, operation: &Operation) -> Outcome {
        match operation {
            Operation::Open {
                slot,
                path,
                options,
                into,
            } => {
                let opened = self.at(*slot)?.open_at(path, &open_options(*options))?;
                let Access { read, write, .. } = opened.access()?;
                let kind = opened.kind();
                self.slots[*into] = Some(opened);
                Ok(Value::Opened { kind, read, write })
            }
            Operation::Close { slot } => {
                self.slots[*slot] = None;
                Ok(Value::Nothing)
            }
            Operation::CreateDirectory { slot, path } => nothing(self.at(*slot)?.create_directory_at(path, None)),
            Operation::RemoveDirectory { slot, path } => nothing(self.at(*slot)?.remove_directory_at(path)),
            Operation::Unlink { slot, path } => nothing(self.at(*slot)?.unlink_file_at(path)),
            Operation::Symlink { slot, target, path } => nothing(self.at(*slot)?.symlink_at(target, path, None)),
            Operation::Readlink { slot, path } => self
                .at(*slot)?
                .readlink_at(path)
                .map(|target| Value::Target(text(target))),
            Operation::Link {
                slot,
                path,
                to,
                new_path,
            } => nothing(self.at(*slot)?.link_at(path, self.at(*to)?, new_path)),
            Operation::Rename {
                slot,
                path,
                to,
                new_path,
            } => nothing(self.at(*slot)?.rename_at(path, self.at(*to)?, new_path)),
            Operation::SetTimes {
                slot,
                accessed,
                modified,
            } => nothing(
                self.at(*slot)?
                    .set_times(new_timestamp(*accessed), new_timestamp(*modified)),
            ),
            Operation::SetTimesAt {
                slot,
                path,
                follow,
                accessed,
                modified,
            } => {
                nothing(
                    self.at(*slot)?
                        .set_times_at(path, *follow, new_timestamp(*accessed), new_timestamp(*modified)),
                )
            }
            Operation::Stat { slot } => self.at(*slot)?.stat().map(stat),
            Operation::StatAt { slot, path, follow } => self.at(*slot)?.stat_at(path, *follow).map(stat),
            Operation::Read { slot, offset, length } => {
                let mut buffer = vec![0xaa; *length];
                let read = self.at(*slot)?.read(*offset, &mut buffer)?;
                buffer.truncate(read);
                Ok(Value::Read(buffer))
            }
            Operation::Write {
                slot,
                offset,
                length,
                seed,
            } => self.at(*slot)?.write(*offset, &data(*length, *seed)).map(written),
            Operation::Append { slot, length, seed } => self.at(*slot)?.append(&data(*length, *seed)).map(written),
            Operation::SetSize { slot, size } => nothing(self.at(*slot)?.set_size(*size)),
            Operation::List { slot } => {
                let entries = self.at(*slot)?.list()?.collect()?;
                let mut entries: Vec<_> = entries
                    .into_iter()
                    .map(|entry| (text(entry.name), entry.kind))
                    .collect();
                entries.sort();
                Ok(Value::Entries(entries))
            }
            Operation::IsSame { slot, other } => Ok(Value::IsSame(self.at(*slot)?.is_same_object(self.at(*other)?))),
            Operation::HashAt {
                slot,
                path,
                follow,
                other,
            } => {
                let hash = self.at(*slot)?.metadata_hash_at(path, *follow)?;
                Ok(Value::IsSame(hash == self.at(*other)?.metadata_hash()?))
            }
            Operation::Sync { slot } => nothing(self.at(*slot)?.sync()),
        }
    }

    /// Describes everything that has a name, in the order of paths.
    ///
    /// # Errors
    ///
    /// Fails if something cannot be read.
    pub fn tree(&self) -> Result<Vec<Node>, Error> {
        let root = self.space.root()?;
        let mut nodes = Vec::new();
        let mut walk = self.space.walk(&root)?;
        while let Some(info) = walk.next()? {
            let path = text(walk.path().to_vec());
            let Value::Stat(stat) = stat(info.metadata) else {
                continue;
            };
            let content = match info.metadata.kind {
                Kind::Link => root.readlink_at(&path)?,
                Kind::File => content(&self.space.open(
                    info.id,
                    Access {
                        read: true,
                        write: false,
                    },
                )?)?,
                Kind::Directory => Vec::new(),
            };
            nodes.push(Node::new(path, stat, content));
        }
        nodes.sort();
        Ok(nodes)
    }

    /// Reads what a descriptor holds, if it can be read.
    pub fn held(&self, slot: Slot) -> Option<Result<Vec<u8>, Error>> {
        self.slots[slot].as_ref().map(content)
    }

    /// Ends the space. Returns what was still charged, to the space or to the budget.
    pub fn end(self) -> u64 {
        let left = self.space.end().left;
        drop(self.slots);
        // Free pages stay with the process, and are charged to it.
        self.budget.trim();
        let budget = self.budget.usage();
        left.bytes
            + left.entries
            + left.memory
            + budget.bytes.used
            + budget.entries.used
            + budget.memory.used
            + budget.slots.used
            + budget.own_files.used
            + budget.open_files.used
    }
}

fn nothing(result: Result<(), Error>) -> Outcome {
    result.map(|()| Value::Nothing)
}

fn written(length: usize) -> Value {
    Value::Written(u64::try_from(length).unwrap_or(u64::MAX))
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

fn open_options(options: Open) -> OpenOptions {
    OpenOptions::new()
        .follow(options.follow)
        .create(options.create)
        .exclusive(options.exclusive)
        .truncate(options.truncate)
        .directory(options.directory)
        .read(options.read)
        .write(options.write)
}

fn new_timestamp(time: Time) -> NewTimestamp {
    match time {
        Time::Keep => NewTimestamp::NoChange,
        Time::Now => NewTimestamp::Now,
        Time::Seconds(seconds) => {
            Timestamp::new(i64::from(seconds), 0).map_or(NewTimestamp::NoChange, NewTimestamp::At)
        }
    }
}

fn stat(metadata: Metadata) -> Value {
    Value::Stat(Stat {
        kind: metadata.kind,
        links: metadata.links,
        size: metadata.size,
        modified: u64::try_from(metadata.modified.seconds()).ok().and_then(set_seconds),
    })
}

fn content(file: &Descriptor) -> Result<Vec<u8>, Error> {
    let size = usize::try_from(file.stat()?.size).unwrap_or(COMPARED);
    let mut content = vec![0xaa; size.min(COMPARED)];
    let length = file.read(0, &mut content)?;
    content.truncate(length);
    Ok(content)
}
