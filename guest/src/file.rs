//! Temporary files: in memory first, on disk when they have to be.

use crate::bindings::types::{self, FileOptions, GuestTemporaryFile};
use crate::bindings::{Descriptor, DescriptorFlags, DescriptorType, ErrorCode, InputStream, OutputStream};
use crate::directory::Home;
use crate::memory::{self, Buffer, LONGEST_READ};
use crate::names::{self, Pattern};
use crate::persist;
use crate::root::root;
use std::cell::{RefCell, RefMut};
use std::rc::Rc;

/// The largest size of a file, and the largest offset: WASI's `filesize` is unsigned, every system's is signed.
const LARGEST: u64 = (1 << 63) - 1;

/// A file as its handle and the directory it was created in know it.
pub(crate) struct File {
    pattern: Pattern,
    /// The size up to which it stays in memory.
    limit: u64,
    storage: RefCell<Storage>,
    home: Home,
}

enum Storage {
    Memory(Buffer),
    Disk(OnDisk),
    /// Deleted, kept, persisted, or its directory is.
    Gone,
}

/// A file on disk: a descriptor for its content, a path (relative to the root) for its entry.
pub(crate) struct OnDisk {
    pub(crate) descriptor: Descriptor,
    pub(crate) path: String,
}

/// What a file that leaves memory is to become.
enum Then {
    Stay,
    Write(Vec<u8>, u64),
    Resize(u64),
}

impl File {
    /// A new file, in memory unless it may hold nothing there.
    pub(crate) fn create(pattern: Pattern, max_memory: Option<u64>, home: Home) -> Result<Rc<Self>, ErrorCode> {
        let file = Self {
            pattern,
            limit: max_memory.unwrap_or(memory::DEFAULT_PER_FILE),
            storage: RefCell::new(Storage::Memory(Buffer::default())),
            home,
        };
        if file.limit == 0 {
            file.roll(&mut file.storage.borrow_mut(), Then::Stay)?;
        }
        Ok(Rc::new(file))
    }

    /// Its directory has gone, and the file with it.
    pub(crate) fn detach(&self) {
        self.take();
    }

    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    fn take(&self) -> Storage {
        self.storage.replace(Storage::Gone)
    }

    fn delete(&self) -> Result<(), ErrorCode> {
        let Storage::Disk(OnDisk { descriptor, path }) = self.take() else {
            return Ok(());
        };
        // First: not every system deletes a file that is open, and one that does keeps its blocks until then.
        drop(descriptor);
        root()?.remove_file(&path)
    }

    /// Moves the file to disk and does what is to follow, or leaves it as it was, in memory.
    fn roll(&self, storage: &mut Storage, then: Then) -> Result<(), ErrorCode> {
        let Storage::Memory(buffer) = &*storage else {
            return Ok(());
        };
        let root = root()?;
        let (descriptor, path) = root.create_file(self.home.path(), &self.pattern)?;
        let moved = write_all(&descriptor, buffer.bytes(), 0).and_then(|()| match then {
            Then::Stay => Ok(()),
            Then::Write(bytes, offset) => write_all(&descriptor, &bytes, offset),
            Then::Resize(size) => descriptor.set_size(size),
        });
        match moved {
            Ok(()) => {
                *storage = Storage::Disk(OnDisk { descriptor, path });
                Ok(())
            }
            Err(code) => {
                drop(descriptor);
                // What failed first is what the program has to know.
                let _ = root.remove_file(&path);
                Err(code)
            }
        }
    }

    /// The file on disk, moved there if need be.
    fn on_disk(&self) -> Result<RefMut<'_, OnDisk>, ErrorCode> {
        let mut storage = self.storage.borrow_mut();
        self.roll(&mut storage, Then::Stay)?;
        RefMut::filter_map(storage, |storage| match storage {
            Storage::Disk(file) => Some(file),
            Storage::Memory(_) | Storage::Gone => None,
        })
        .map_err(|_| ErrorCode::NoEntry)
    }

    fn write(&self, bytes: Vec<u8>, offset: u64) -> Result<(), ErrorCode> {
        let end = if bytes.is_empty() { 0 } else { end_of(&bytes, offset)? };
        let mut storage = self.storage.borrow_mut();
        let (bytes, offset) = match &mut *storage {
            Storage::Gone => return Err(ErrorCode::NoEntry),
            _ if bytes.is_empty() => return Ok(()),
            Storage::Disk(file) => return write_all(&file.descriptor, &bytes, offset),
            Storage::Memory(buffer) => {
                if end > self.limit {
                    (bytes, offset)
                } else {
                    match buffer.write(bytes, offset, end, self.limit) {
                        Ok(()) => return Ok(()),
                        Err((bytes, memory::Full)) => (bytes, offset),
                    }
                }
            }
        };
        self.roll(&mut storage, Then::Write(bytes, offset))
    }

    fn size(&self) -> Result<u64, ErrorCode> {
        match &*self.storage.borrow() {
            Storage::Memory(buffer) => Ok(buffer.size()),
            // Others may write to it, through descriptors, streams and its name.
            Storage::Disk(file) => Ok(file.descriptor.stat()?.size),
            Storage::Gone => Err(ErrorCode::NoEntry),
        }
    }

    fn resize(&self, size: u64) -> Result<(), ErrorCode> {
        if size > LARGEST {
            return Err(ErrorCode::FileTooLarge);
        }
        let mut storage = self.storage.borrow_mut();
        match &mut *storage {
            Storage::Gone => return Err(ErrorCode::NoEntry),
            Storage::Disk(file) => return file.descriptor.set_size(size),
            Storage::Memory(buffer) => {
                if size <= self.limit && buffer.resize(size, self.limit).is_ok() {
                    return Ok(());
                }
            }
        }
        self.roll(&mut storage, Then::Resize(size))
    }

    fn read(&self, length: u64, offset: u64) -> Result<Vec<u8>, ErrorCode> {
        // Beyond this no file reaches, and some systems answer with an error instead of nothing.
        let length = length.min(LONGEST_READ).min(LARGEST.saturating_sub(offset));
        match &*self.storage.borrow() {
            Storage::Gone => Err(ErrorCode::NoEntry),
            _ if length == 0 => Ok(Vec::new()),
            Storage::Memory(buffer) => buffer.read(length, offset),
            Storage::Disk(file) => read_all(&file.descriptor, length, offset),
        }
    }

    fn persist(&self, parent: &Descriptor, name: &str, overwrite: bool) -> Result<(), ErrorCode> {
        names::check_component(name)?;
        match &*self.storage.borrow() {
            Storage::Gone => Err(ErrorCode::NoEntry),
            Storage::Memory(buffer) => persist::bytes(buffer.bytes(), parent, name, overwrite),
            Storage::Disk(file) => persist::file(root()?, file, parent, name, overwrite),
        }
    }
}

/// Where a write ends.
fn end_of(bytes: &[u8], offset: u64) -> Result<u64, ErrorCode> {
    offset
        .checked_add(memory::size(bytes))
        .filter(|end| *end <= LARGEST)
        .ok_or(ErrorCode::FileTooLarge)
}

/// Writes all of `bytes`: a host may take less at a time.
pub(crate) fn write_all(descriptor: &Descriptor, mut bytes: &[u8], mut offset: u64) -> Result<(), ErrorCode> {
    while !bytes.is_empty() {
        let written = descriptor.write(bytes, offset)?;
        bytes = match usize::try_from(written) {
            Ok(count) if count > 0 => bytes.get(count..).ok_or(ErrorCode::Io)?,
            _ => return Err(ErrorCode::Io),
        };
        offset += written;
    }
    Ok(())
}

/// Reads until there are `length` bytes or the file ends: a host may give less at a time.
pub(crate) fn read_all(descriptor: &Descriptor, length: u64, offset: u64) -> Result<Vec<u8>, ErrorCode> {
    let (mut bytes, mut ended) = descriptor.read(length, offset)?;
    while !ended && !bytes.is_empty() && memory::size(&bytes) < length {
        let have = memory::size(&bytes);
        let (more, end) = descriptor.read(length - have, offset + have)?;
        ended = end || more.is_empty();
        bytes
            .try_reserve(more.len())
            .map_err(|_| ErrorCode::InsufficientMemory)?;
        bytes.extend_from_slice(&more);
    }
    Ok(bytes)
}

/// The resource `temporary-file`.
pub(crate) struct Handle(Rc<File>);

impl Handle {
    pub(crate) fn new(file: Rc<File>) -> Self {
        Self(file)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Nobody can be told here: that is what `close` is for.
        let _ = self.0.delete();
    }
}

impl GuestTemporaryFile for Handle {
    fn create(options: FileOptions) -> Result<types::TemporaryFile, ErrorCode> {
        let file = File::create(Pattern::new(options.name)?, options.max_memory, Home::SPACE)?;
        Ok(types::TemporaryFile::new(Self(file)))
    }

    fn read(&self, length: u64, offset: u64) -> Result<Vec<u8>, ErrorCode> {
        self.0.read(length, offset)
    }

    fn write(&self, buffer: Vec<u8>, offset: u64) -> Result<(), ErrorCode> {
        self.0.write(buffer, offset)
    }

    fn append(&self, buffer: Vec<u8>) -> Result<u64, ErrorCode> {
        let end = self.0.size()?;
        self.0.write(buffer, end)?;
        Ok(end)
    }

    fn get_size(&self) -> Result<u64, ErrorCode> {
        self.0.size()
    }

    fn set_size(&self, size: u64) -> Result<(), ErrorCode> {
        self.0.resize(size)
    }

    fn read_via_stream(&self, offset: u64) -> Result<InputStream, ErrorCode> {
        let file = self.0.on_disk()?;
        // As in `read`: a stream that begins beyond every file's end is empty and not an error.
        file.descriptor.read_via_stream(offset.min(LARGEST - LONGEST_READ))
    }

    fn write_via_stream(&self, offset: u64) -> Result<OutputStream, ErrorCode> {
        if offset > LARGEST {
            return Err(ErrorCode::FileTooLarge);
        }
        self.0.on_disk()?.descriptor.write_via_stream(offset)
    }

    fn append_via_stream(&self) -> Result<OutputStream, ErrorCode> {
        self.0.on_disk()?.descriptor.append_via_stream()
    }

    fn is_in_memory(&self) -> bool {
        matches!(*self.0.storage.borrow(), Storage::Memory(_))
    }

    fn get_path(&self) -> Result<String, ErrorCode> {
        let file = self.0.on_disk()?;
        Ok(root()?.shown(&file.path))
    }

    fn open(&self, flags: DescriptorFlags) -> Result<Descriptor, ErrorCode> {
        let usable = DescriptorFlags::READ | DescriptorFlags::WRITE;
        if flags.contains(DescriptorFlags::MUTATE_DIRECTORY) || !flags.intersects(usable) {
            return Err(ErrorCode::Invalid);
        }
        let file = self.0.on_disk()?;
        let opened = root()?.open_file(&file.path, flags)?;
        // The program may have put one there, and then this is no descriptor of a file.
        if opened.get_type()? == DescriptorType::Directory {
            return Err(ErrorCode::IsDirectory);
        }
        Ok(opened)
    }

    fn close(this: types::TemporaryFile) -> Result<(), ErrorCode> {
        this.into_inner::<Self>().0.delete()
    }

    fn keep(this: types::TemporaryFile) -> Result<String, (types::TemporaryFile, ErrorCode)> {
        let handle = this.get::<Self>();
        match handle.get_path() {
            Ok(path) => {
                handle.0.take();
                Ok(path)
            }
            Err(code) => Err((this, code)),
        }
    }

    fn persist(
        this: types::TemporaryFile,
        parent: &Descriptor,
        name: String,
        overwrite: bool,
    ) -> Result<(), (types::TemporaryFile, ErrorCode)> {
        let file = &this.get::<Self>().0;
        match file.persist(parent, &name, overwrite) {
            Ok(()) => {
                file.take();
                Ok(())
            }
            Err(code) => Err((this, code)),
        }
    }
}
