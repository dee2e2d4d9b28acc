//! wasmtime-wasi's own file system, over a directory on tmpfs.

use crate::operation::{Open, Operation, SLOTS, Slot, Time, data};
use crate::outcome::{COMPARED, Node, Outcome, Stat, Value, set_seconds};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawDir};
use rustix::io::ReadWriteFlags;
use scratch_vfs::{Error, Kind};
use std::fs::File;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tempfile::TempDir;
use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemCtxView};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, HostDescriptor, HostDirectoryEntryStream, NewTimestamp,
    OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{FsError, FsResult};
use wasmtime_wasi::{FsPerms, ResourceTable, WasiCtx, WasiCtxBuilder};

/// Finds a directory on tmpfs in which this process may make files.
pub fn find_tmpfs() -> Option<PathBuf> {
    const TMPFS_MAGIC: i128 = 0x0102_1994;
    let own = std::env::temp_dir();
    [Path::new("/dev/shm"), &own]
        .into_iter()
        .find(|folder| {
            rustix::fs::statfs(*folder).is_ok_and(|found| i128::from(found.f_type) == TMPFS_MAGIC)
                && tempfile::tempdir_in(folder).is_ok()
        })
        .map(Path::to_owned)
}

/// A directory, and the descriptors that a sequence holds.
#[expect(missing_debug_implementations, reason = "wasmtime-wasi's types have none")]
pub struct Stock {
    wasi: WasiCtx,
    table: ResourceTable,
    slots: [Option<Resource<Descriptor>>; SLOTS],
    folder: TempDir,
}

impl Stock {
    /// Makes a directory in a folder on tmpfs.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be made.
    pub fn new(tmpfs: &Path) -> wasmtime::Result<Self> {
        let folder = tempfile::Builder::new().prefix("scratch-vfs-").tempdir_in(tmpfs)?;
        let wasi = WasiCtxBuilder::new()
            .allow_blocking_current_thread(true)
            .preopened_dir(folder.path(), "/", FsPerms::ReadWrite)?
            .build();
        let mut stock = Self {
            wasi,
            table: ResourceTable::new(),
            slots: [const { None }; SLOTS],
            folder,
        };
        let preopens = preopens::Host::get_directories(&mut stock.view())?;
        stock.slots[0] = preopens.into_iter().next().map(|(descriptor, _)| descriptor);
        Ok(stock)
    }

    fn view(&mut self) -> WasiFilesystemCtxView<'_> {
        WasiFilesystemCtxView {
            ctx: self.wasi.filesystem(),
            table: &mut self.table,
        }
    }

    /// Lends a descriptor to a function, as a component does.
    fn at(&self, slot: Slot) -> Resource<Descriptor> {
        let number = self.slots[slot]
            .as_ref()
            .or(self.slots[0].as_ref())
            .map_or(u32::MAX, Resource::rep);
        Resource::new_borrow(number)
    }

    fn put(&mut self, slot: Slot, descriptor: Option<Resource<Descriptor>>) {
        if let Some(old) = std::mem::replace(&mut self.slots[slot], descriptor) {
            HostDescriptor::drop(&mut self.view(), old).expect("the descriptor is in the table");
        }
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
            } => self.open(*slot, path, *options, *into),
            Operation::Close { slot } => {
                self.put(*slot, None);
                Ok(Value::Nothing)
            }
            Operation::CreateDirectory { slot, path } => {
                let at = self.at(*slot);
                nothing(now(self.view().create_directory_at(at, path.clone())))
            }
            Operation::RemoveDirectory { slot, path } => {
                let at = self.at(*slot);
                nothing(now(self.view().remove_directory_at(at, path.clone())))
            }
            Operation::Unlink { slot, path } => {
                let at = self.at(*slot);
                nothing(now(self.view().unlink_file_at(at, path.clone())))
            }
            Operation::Symlink { slot, target, path } => {
                let at = self.at(*slot);
                nothing(now(self.view().symlink_at(at, target.clone(), path.clone())))
            }
            Operation::Readlink { slot, path } => {
                let at = self.at(*slot);
                now(self.view().readlink_at(at, path.clone())).map(Value::Target)
            }
            Operation::Link {
                slot,
                path,
                to,
                new_path,
            } => {
                let (at, to) = (self.at(*slot), self.at(*to));
                nothing(now(self.view().link_at(
                    at,
                    PathFlags::empty(),
                    path.clone(),
                    to,
                    new_path.clone(),
                )))
            }
            Operation::Rename {
                slot,
                path,
                to,
                new_path,
            } => {
                let (at, to) = (self.at(*slot), self.at(*to));
                nothing(now(self.view().rename_at(at, path.clone(), to, new_path.clone())))
            }
            Operation::SetTimes {
                slot,
                accessed,
                modified,
            } => {
                let at = self.at(*slot);
                nothing(now(self.view().set_times(
                    at,
                    new_timestamp(*accessed),
                    new_timestamp(*modified),
                )))
            }
            Operation::SetTimesAt {
                slot,
                path,
                follow,
                accessed,
                modified,
            } => {
                let at = self.at(*slot);
                let (accessed, modified) = (new_timestamp(*accessed), new_timestamp(*modified));
                nothing(now(self.view().set_times_at(
                    at,
                    flag(*follow, PathFlags::SYMLINK_FOLLOW),
                    path.clone(),
                    accessed,
                    modified,
                )))
            }
            Operation::Stat { slot } => {
                let at = self.at(*slot);
                now(self.view().stat(at)).map(stat).map(Value::Stat)
            }
            Operation::StatAt { slot, path, follow } => {
                let at = self.at(*slot);
                now(self
                    .view()
                    .stat_at(at, flag(*follow, PathFlags::SYMLINK_FOLLOW), path.clone()))
                .map(stat)
                .map(Value::Stat)
            }
            Operation::Read { slot, offset, length } => {
                let at = self.at(*slot);
                let length = u64::try_from(*length).unwrap_or(u64::MAX);
                now(self.view().read(at, length, *offset)).map(|(bytes, _)| Value::Read(bytes))
            }
            Operation::Write {
                slot,
                offset,
                length,
                seed,
            } => {
                let at = self.at(*slot);
                now(self.view().write(at, data(*length, *seed), *offset)).map(Value::Written)
            }
            Operation::Append { slot, length, seed } => self.append(*slot, &data(*length, *seed)),
            Operation::SetSize { slot, size } => {
                let at = self.at(*slot);
                nothing(now(self.view().set_size(at, *size)))
            }
            Operation::List { slot } => self.list(*slot),
            Operation::IsSame { slot, other } => {
                let (at, other) = (self.at(*slot), self.at(*other));
                let same = poll(self.view().is_same_object(at, other));
                Ok(Value::IsSame(same.expect("both descriptors are in the table")))
            }
            Operation::HashAt {
                slot,
                path,
                follow,
                other,
            } => {
                let (at, other) = (self.at(*slot), self.at(*other));
                let hash =
                    now(self
                        .view()
                        .metadata_hash_at(at, flag(*follow, PathFlags::SYMLINK_FOLLOW), path.clone()))?;
                let other = now(self.view().metadata_hash(other))?;
                Ok(Value::IsSame((hash.lower, hash.upper) == (other.lower, other.upper)))
            }
            Operation::Sync { slot } => {
                let at = self.at(*slot);
                nothing(now(self.view().sync(at)))
            }
        }
    }

    fn open(&mut self, slot: Slot, path: &str, options: Open, into: Slot) -> Outcome {
        let open = flag(options.create, OpenFlags::CREATE)
            | flag(options.exclusive, OpenFlags::EXCLUSIVE)
            | flag(options.truncate, OpenFlags::TRUNCATE)
            | flag(options.directory, OpenFlags::DIRECTORY);
        let flags = flag(options.read, DescriptorFlags::READ) | flag(options.write, DescriptorFlags::WRITE);
        let at = self.at(slot);
        let opened = now(self.view().open_at(
            at,
            flag(options.follow, PathFlags::SYMLINK_FOLLOW),
            path.to_owned(),
            open,
            flags,
        ))?;
        self.put(into, Some(opened));
        let at = self.at(into);
        let kind = now(self.view().get_type(at))?;
        let at = self.at(into);
        let flags = now(self.view().get_flags(at))?;
        Ok(Value::Opened {
            kind: kind_of(kind),
            read: flags.contains(DescriptorFlags::READ),
            write: flags.contains(DescriptorFlags::WRITE),
        })
    }

    /// Appends as wasmtime-wasi's stream does on Linux, but without the stream.
    fn append(&mut self, slot: Slot, data: &[u8]) -> Outcome {
        match self.table.get(&self.at(slot)).expect("the descriptor is in the table") {
            Descriptor::File(file) => {
                rustix::io::pwritev2(&*file.file, &[IoSlice::new(data)], 0, ReadWriteFlags::APPEND)
                    .map(|written| Value::Written(u64::try_from(written).unwrap_or(u64::MAX)))
                    .map_err(|errno| error(FsError::from(io::Error::from(errno))))
            }
            Descriptor::Dir(_) => Err(Error::BadDescriptor),
        }
    }

    fn list(&mut self, slot: Slot) -> Outcome {
        let at = self.at(slot);
        let stream = now(self.view().read_directory(at))?;
        let number = stream.rep();
        let mut entries = Vec::new();
        let outcome = loop {
            match now(self.view().read_directory_entry(Resource::new_borrow(number))) {
                Ok(Some(entry)) => entries.push((entry.name, kind_of(entry.type_))),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        HostDirectoryEntryStream::drop(&mut self.view(), stream).expect("the listing is in the table");
        entries.sort();
        outcome.map(|()| Value::Entries(entries))
    }

    /// Describes everything that has a name, in the order of paths.
    ///
    /// # Errors
    ///
    /// Fails if something cannot be read.
    pub fn tree(&self) -> io::Result<Vec<Node>> {
        let mut nodes = Vec::new();
        let mut waiting = vec![(String::new(), File::open(self.folder.path())?)];
        while let Some((above, directory)) = waiting.pop() {
            for name in names(&directory)? {
                let path = if above.is_empty() {
                    name.clone()
                } else {
                    format!("{above}/{name}")
                };
                let found = rustix::fs::statat(&directory, &name, AtFlags::SYMLINK_NOFOLLOW)?;
                let modified = u64::try_from(found.st_mtime).ok().and_then(set_seconds);
                let (kind, content) = match FileType::from_raw_mode(found.st_mode) {
                    FileType::Directory => {
                        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
                        let opened = rustix::fs::openat(&directory, &name, flags, Mode::empty())?;
                        waiting.push((path.clone(), opened.into()));
                        (Kind::Directory, Vec::new())
                    }
                    FileType::Symlink => {
                        let target = rustix::fs::readlinkat(&directory, &name, Vec::new())?;
                        (Kind::Link, target.into_bytes())
                    }
                    _ => {
                        let flags = OFlags::RDONLY | OFlags::NOFOLLOW;
                        let opened = rustix::fs::openat(&directory, &name, flags, Mode::empty())?;
                        (Kind::File, content(&opened.into())?)
                    }
                };
                let stat = Stat {
                    kind,
                    links: found.st_nlink,
                    size: found.st_size.try_into().unwrap_or(u64::MAX),
                    modified,
                };
                nodes.push(Node::new(path, stat, content));
            }
        }
        nodes.sort();
        Ok(nodes)
    }

    /// Reads what a descriptor holds, if it can be read.
    pub fn held(&self, slot: Slot) -> Option<Result<Vec<u8>, Error>> {
        let descriptor = self.slots[slot].as_ref()?;
        Some(
            match self.table.get(descriptor).expect("the descriptor is in the table") {
                Descriptor::File(file) => content(&file.file).map_err(|failed| error(FsError::from(failed))),
                Descriptor::Dir(_) => Err(Error::BadDescriptor),
            },
        )
    }
}

/// Returns what a future has at once: nothing waits where blocking is allowed.
fn poll<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("wasmtime-wasi may block this thread, and so never waits"),
    }
}

fn now<T>(future: impl Future<Output = FsResult<T>>) -> Result<T, Error> {
    poll(future).map_err(error)
}

fn nothing(result: Result<(), Error>) -> Outcome {
    result.map(|()| Value::Nothing)
}

fn names(directory: &File) -> io::Result<Vec<String>> {
    let mut buffer = [MaybeUninit::uninit(); 8192];
    let mut entries = RawDir::new(directory, &mut buffer);
    let mut names = Vec::new();
    while let Some(entry) = entries.next() {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != "." && name != ".." {
            names.push(name);
        }
    }
    Ok(names)
}

fn content(file: &File) -> io::Result<Vec<u8>> {
    let size = usize::try_from(file.metadata()?.len()).unwrap_or(COMPARED);
    let mut content = vec![0; size.min(COMPARED)];
    let length = file.read_at(&mut content, 0)?;
    content.truncate(length);
    Ok(content)
}

fn flag<T: Default>(is_set: bool, flag: T) -> T {
    if is_set { flag } else { T::default() }
}

fn new_timestamp(time: Time) -> NewTimestamp {
    match time {
        Time::Keep => NewTimestamp::NoChange,
        Time::Now => NewTimestamp::Now,
        Time::Seconds(seconds) => NewTimestamp::Timestamp(Datetime {
            seconds: u64::from(seconds),
            nanoseconds: 0,
        }),
    }
}

fn kind_of(kind: DescriptorType) -> Kind {
    match kind {
        DescriptorType::Directory => Kind::Directory,
        DescriptorType::SymbolicLink => Kind::Link,
        _ => Kind::File,
    }
}

fn stat(stat: DescriptorStat) -> Stat {
    Stat {
        kind: kind_of(stat.type_),
        links: stat.link_count,
        size: stat.size,
        modified: stat
            .data_modification_timestamp
            .and_then(|time| set_seconds(time.seconds)),
    }
}

/// Translates an error code. One that this crate does not have would be a difference of its own.
fn error(error: FsError) -> Error {
    let code = error.downcast().expect("the oracle does not trap");
    match code {
        ErrorCode::BadDescriptor => Error::BadDescriptor,
        ErrorCode::Busy => Error::Busy,
        ErrorCode::CrossDevice => Error::CrossDevice,
        ErrorCode::Exist => Error::Exist,
        ErrorCode::FileTooLarge => Error::FileTooLarge,
        ErrorCode::InsufficientMemory => Error::InsufficientMemory,
        ErrorCode::InsufficientSpace => Error::InsufficientSpace,
        ErrorCode::Invalid => Error::Invalid,
        ErrorCode::Io => Error::Io,
        ErrorCode::IsDirectory => Error::IsDirectory,
        ErrorCode::Loop => Error::Loop,
        ErrorCode::NameTooLong => Error::NameTooLong,
        ErrorCode::NoEntry => Error::NoEntry,
        ErrorCode::NotDirectory => Error::NotDirectory,
        ErrorCode::NotEmpty => Error::NotEmpty,
        ErrorCode::NotPermitted => Error::NotPermitted,
        ErrorCode::Quota => Error::Quota,
        other => panic!("the oracle answers {other:?}"),
    }
}
