//! What the threads do, and what they are told.

use scratch_vfs::{Descriptor, Error, Kind, Left, Listing, OpenOptions, Opened, Result, Space};

/// A path from the root, or from a directory that the thread has open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// 0 for the root, and else the number of a handle, from 1 on.
    pub(crate) base: usize,
    pub(crate) path: &'static str,
}

/// How a file is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    Existing,
    Directory,
    Create,
    Exclusive,
    Truncate,
    CreateAndTruncate,
}

impl How {
    fn options(self) -> OpenOptions {
        let options = OpenOptions::new().read(true).follow(true);
        match self {
            Self::Existing => options.write(true),
            Self::Directory => options.directory(true),
            Self::Create => options.write(true).create(true),
            Self::Exclusive => options.write(true).create(true).exclusive(true),
            Self::Truncate => options.write(true).truncate(true),
            Self::CreateAndTruncate => options.write(true).create(true).truncate(true),
        }
    }
}

/// How a space ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    End,
    Reset,
}

/// One operation. Handles are numbers of what the same thread has open.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Open(Place, How),
    Close(usize),
    CreateDirectory(Place),
    RemoveDirectory(Place),
    Unlink(Place),
    RemoveAll(Place),
    Rename(Place, Place),
    Link(Place, Place),
    Symlink(&'static str, Place),
    Readlink(Place),
    Stat(usize),
    StatAt(Place),
    IsSameObject(usize, usize),
    NextEntry,
    Read {
        handle: usize,
        offset: u64,
        length: usize,
    },
    Write {
        handle: usize,
        offset: u64,
        data: Vec<u8>,
    },
    WriteAll {
        handle: usize,
        offset: u64,
        data: Vec<u8>,
    },
    Append {
        handle: usize,
        data: Vec<u8>,
    },
    AppendAll {
        handle: usize,
        data: Vec<u8>,
    },
    SetSize {
        handle: usize,
        size: u64,
    },
    /// The moment in which the end of a space detaches its tree: a part of [`Operation::End`] that only the specification does.
    Detach,
    End(Ending),
}

/// What an operation answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Opened(Kind),
    Metadata {
        kind: Kind,
        links: u64,
        size: u64,
    },
    Target(Vec<u8>),
    Entry(Option<(Vec<u8>, Kind, u64)>),
    Read(Vec<u8>),
    Written(usize),
    Removed {
        entries: u64,
        bytes: u64,
    },
    Same(bool),
    /// The thread has nothing open with this number.
    NoHandle,
    Failed(Error),
    /// It panicked, which is never right.
    Panicked,
}

/// What a thread works with.
#[derive(Debug)]
pub(crate) struct Hand {
    pub(crate) handles: Vec<Descriptor>,
    /// A listing of the root.
    pub(crate) listing: Listing,
}

impl Hand {
    /// Finds a handle. There are few of them, so that every number means one.
    pub(crate) fn position(&self, handle: usize) -> Option<usize> {
        handle.checked_rem(self.handles.len())
    }

    fn directory<'a>(&'a self, root: &'a Descriptor, place: Place) -> &'a Descriptor {
        match place.base % (self.handles.len() + 1) {
            0 => root,
            base => &self.handles[base - 1],
        }
    }
}

impl Operation {
    /// Does it, and returns what it answered.
    pub(crate) fn apply(&self, space: &Space, root: &Descriptor, hand: &mut Hand) -> Outcome {
        self.try_apply(space, root, hand).unwrap_or_else(Outcome::Failed)
    }

    fn try_apply(&self, space: &Space, root: &Descriptor, hand: &mut Hand) -> Result<Outcome> {
        match self {
            Self::Open(place, how) => {
                let opened = hand.directory(root, *place).open_at(place.path, &how.options())?;
                let kind = opened.kind();
                hand.handles.push(opened);
                return Ok(Outcome::Opened(kind));
            }
            Self::NextEntry => {
                let entry = hand.listing.next()?;
                return Ok(Outcome::Entry(
                    entry.map(|entry| (entry.name, entry.kind, entry.cookie)),
                ));
            }
            Self::Detach => {}
            Self::End(Ending::End) => assert_eq!(space.end().left, Left::default(), "the end counts what is left"),
            Self::End(Ending::Reset) => drop(space.reset()?),
            _ => return self.try_apply_to(root, hand),
        }
        Ok(Outcome::Done)
    }

    /// Does what works on names.
    fn try_apply_to(&self, root: &Descriptor, hand: &mut Hand) -> Result<Outcome> {
        let directory = |place: &Place| hand.directory(root, *place);
        match self {
            Self::CreateDirectory(place) => directory(place).create_directory_at(place.path, None)?,
            Self::RemoveDirectory(place) => directory(place).remove_directory_at(place.path)?,
            Self::Unlink(place) => directory(place).unlink_file_at(place.path)?,
            Self::RemoveAll(place) => {
                let removed = directory(place).remove_all_at(place.path, Opened::Keep)?;
                return Ok(Outcome::Removed {
                    entries: removed.entries,
                    bytes: removed.bytes,
                });
            }
            Self::Rename(from, to) => directory(from).rename_at(from.path, directory(to), to.path)?,
            Self::Link(from, to) => directory(from).link_at(from.path, directory(to), to.path)?,
            Self::Symlink(target, place) => directory(place).symlink_at(target, place.path, None)?,
            Self::Readlink(place) => return directory(place).readlink_at(place.path).map(Outcome::Target),
            Self::StatAt(place) => return directory(place).stat_at(place.path, false).map(metadata),
            _ => return self.try_apply_to_handle(hand),
        }
        Ok(Outcome::Done)
    }

    /// Does what works on a handle.
    fn try_apply_to_handle(&self, hand: &mut Hand) -> Result<Outcome> {
        let Some(position) = self.handle().and_then(|handle| hand.position(handle)) else {
            return Ok(Outcome::NoHandle);
        };
        let file = &hand.handles[position];
        match self {
            Self::Close(_) => drop(hand.handles.remove(position)),
            Self::Stat(_) => return file.stat().map(metadata),
            Self::IsSameObject(_, other) => {
                let other = other % hand.handles.len();
                return Ok(Outcome::Same(file.is_same_object(&hand.handles[other])));
            }
            Self::Read { offset, length, .. } => {
                let mut buffer = vec![b'?'; *length];
                let read = file.read(*offset, &mut buffer)?;
                buffer.truncate(read);
                return Ok(Outcome::Read(buffer));
            }
            Self::Write { offset, data, .. } => return file.write(*offset, data).map(Outcome::Written),
            Self::WriteAll { offset, data, .. } => file.write_all(*offset, data)?,
            Self::Append { data, .. } => return file.append(data).map(Outcome::Written),
            Self::AppendAll { data, .. } => file.append_all(data)?,
            Self::SetSize { size, .. } => file.set_size(*size)?,
            _ => unreachable!("this operation has no handle"),
        }
        Ok(Outcome::Done)
    }

    /// Returns the number of the handle that it works on.
    pub(crate) fn handle(&self) -> Option<usize> {
        match self {
            Self::Close(handle)
            | Self::Stat(handle)
            | Self::IsSameObject(handle, _)
            | Self::Read { handle, .. }
            | Self::Write { handle, .. }
            | Self::WriteAll { handle, .. }
            | Self::Append { handle, .. }
            | Self::AppendAll { handle, .. }
            | Self::SetSize { handle, .. } => Some(*handle),
            _ => None,
        }
    }

    /// Says whether it works on the content of a file that is open, and needs no tree.
    pub(crate) fn is_of_content(&self) -> bool {
        matches!(
            self,
            Self::Read { .. }
                | Self::Write { .. }
                | Self::WriteAll { .. }
                | Self::Append { .. }
                | Self::AppendAll { .. }
                | Self::SetSize { .. }
        )
    }
}

fn metadata(metadata: scratch_vfs::Metadata) -> Outcome {
    Outcome::Metadata {
        kind: metadata.kind,
        links: metadata.links,
        size: metadata.size,
    }
}
