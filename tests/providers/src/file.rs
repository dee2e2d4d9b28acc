//! Temporary files: bytes in memory, or an entry on the disk.

use std::cell::RefCell;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::bindings::exports::scratch::tempfile::types::{
    FileOptions, Filesize, GuestTemporaryFile, InputStream, OutputStream, TemporaryFile,
};
use crate::bindings::wasi::filesystem::types::{Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags};
use crate::directory::root;
use crate::error::code;
use crate::name::{Affixes, check_name};
use crate::node::Node;
use crate::{Sin, When, place};

/// What one read returns at most, 1 MiB, as the contract says.
const MAX_READ: u64 = 1 << 20;
/// Where the largest offsets begin. Some that are still below 2^63 are more than hosts can read from.
const FAR: u64 = 1 << 62;

/// A file, until it is deleted or let go.
#[derive(Debug)]
pub struct File<S: Sin> {
    dir: PathBuf,
    name: Affixes,
    parent: Option<Rc<Node>>,
    max_memory: u64,
    storage: RefCell<Storage>,
    sin: PhantomData<S>,
}

#[derive(Debug)]
enum Storage {
    Memory(Vec<u8>),
    Disk(PathBuf),
    /// Deleted, kept or persisted.
    Gone,
}

impl<S: Sin> File<S> {
    /// Makes a file in `dir`. If there is none, that counts after the name.
    pub(crate) fn make(
        dir: Result<PathBuf, ErrorCode>,
        parent: Option<Rc<Node>>,
        options: FileOptions,
    ) -> Result<Self, ErrorCode> {
        let name = Affixes::new(options.name)?;
        let max_memory = options.max_memory.unwrap_or(S::MEMORY).min(S::MEMORY);
        let storage = RefCell::new(Storage::Memory(Vec::new()));
        let file = Self {
            dir: dir?,
            name,
            parent,
            max_memory,
            storage,
            sin: PhantomData,
        };
        if max_memory == 0 {
            file.roll()?;
        }
        Ok(file)
    }

    fn check(&self) -> Result<(), ErrorCode> {
        self.parent.as_ref().map_or(Ok(()), |parent| parent.check())
    }

    /// Moves the bytes to the disk, if they are not there, and answers with the path.
    fn roll(&self) -> Result<PathBuf, ErrorCode> {
        self.check()?;
        let mut storage = self.storage.borrow_mut();
        let bytes = match &*storage {
            Storage::Memory(bytes) => bytes,
            Storage::Disk(path) => return Ok(path.clone()),
            Storage::Gone => return Err(ErrorCode::NoEntry),
        };
        let create = |path: &Path| OpenOptions::new().write(true).create_new(true).open(path);
        let (path, mut file) = self.name.make_in(&self.dir, create)?;
        if let Err(error) = file.write_all(bytes).and_then(|()| S::created(&path)) {
            let _ = fs::remove_file(&path);
            return Err(code(error));
        }
        *storage = Storage::Disk(path.clone());
        Ok(path)
    }

    /// Moves the bytes to the disk if that many do not fit the memory.
    fn fit(&self, size: u64) -> Result<(), ErrorCode> {
        self.check()?;
        if self.is_in_memory() && size > self.max_memory {
            self.roll()?;
        }
        Ok(())
    }

    fn with_disk<T>(&self, work: impl FnOnce(&mut fs::File) -> io::Result<T>) -> Result<T, ErrorCode> {
        let opened = OpenOptions::new().read(true).write(true).open(self.roll()?);
        opened.and_then(|mut file| work(&mut file)).map_err(code)
    }

    fn descriptor(&self, flags: DescriptorFlags) -> Result<Descriptor, ErrorCode> {
        let opened = place::open(&self.roll()?, flags, OpenFlags::empty())?;
        match opened.get_type()? {
            DescriptorType::Directory => Err(ErrorCode::IsDirectory),
            _ => Ok(opened),
        }
    }

    fn move_to(&self, parent: &Descriptor, name: &str, overwrite: bool) -> Result<(), ErrorCode> {
        check_name(name)?;
        self.check()?;
        place::check_target(parent, name, overwrite)?;
        let path = self.roll()?;
        match place::type_of(&path)? {
            DescriptorType::RegularFile => place::move_out(&path, parent, name),
            _ => Err(ErrorCode::NoEntry),
        }
    }

    fn delete(&mut self, when: When) -> io::Result<()> {
        let reachable = self.check().is_ok();
        match self.storage.replace(Storage::Gone) {
            Storage::Disk(path) if reachable => S::delete(&path, when),
            _ => Ok(()),
        }
    }

    fn let_go(&mut self) {
        self.storage.replace(Storage::Gone);
    }
}

impl<S: Sin> GuestTemporaryFile for File<S> {
    fn create(options: FileOptions) -> Result<TemporaryFile, ErrorCode> {
        S::called();
        Ok(TemporaryFile::new(Self::make(root::<S>(), None, options)?))
    }

    fn read(&self, length: Filesize, offset: Filesize) -> Result<Vec<u8>, ErrorCode> {
        self.check()?;
        let length = length.min(MAX_READ);
        if let Storage::Memory(bytes) = &*self.storage.borrow() {
            // An offset or an end that fits no index lies beyond the end.
            let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            let end = usize::try_from(length).map_or(bytes.len(), |length| start.saturating_add(length));
            return Ok(bytes[start..end.min(bytes.len())].to_vec());
        }
        self.with_disk(|file| {
            let mut bytes = Vec::new();
            if offset < file.metadata()?.len() {
                file.seek(SeekFrom::Start(offset))?;
                file.take(length).read_to_end(&mut bytes)?;
            }
            Ok(bytes)
        })
    }

    fn write(&self, buffer: Vec<u8>, offset: Filesize) -> Result<(), ErrorCode> {
        if buffer.is_empty() {
            return self.check();
        }
        let length = u64::try_from(buffer.len()).map_err(|_| ErrorCode::Overflow)?;
        let end = offset.checked_add(length).filter(|end| i64::try_from(*end).is_ok());
        let end = end.ok_or(ErrorCode::FileTooLarge)?;
        self.fit(end)?;
        if let Storage::Memory(bytes) = &mut *self.storage.borrow_mut() {
            let end = usize::try_from(end).map_err(|_| ErrorCode::FileTooLarge)?;
            bytes.resize(bytes.len().max(end), 0);
            bytes[end - buffer.len()..end].copy_from_slice(&buffer);
            return Ok(());
        }
        self.with_disk(|file| {
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(&buffer)
        })
    }

    fn append(&self, buffer: Vec<u8>) -> Result<Filesize, ErrorCode> {
        let offset = self.get_size()?;
        self.write(buffer, offset)?;
        Ok(offset)
    }

    fn get_size(&self) -> Result<Filesize, ErrorCode> {
        self.check()?;
        if let Storage::Memory(bytes) = &*self.storage.borrow() {
            return u64::try_from(bytes.len()).map_err(|_| ErrorCode::Overflow);
        }
        Ok(fs::metadata(self.roll()?).map_err(code)?.len())
    }

    fn set_size(&self, size: Filesize) -> Result<(), ErrorCode> {
        if i64::try_from(size).is_err() {
            return Err(ErrorCode::FileTooLarge);
        }
        self.fit(size)?;
        if let Storage::Memory(bytes) = &mut *self.storage.borrow_mut() {
            bytes.resize(usize::try_from(size).map_err(|_| ErrorCode::FileTooLarge)?, 0);
            return Ok(());
        }
        self.with_disk(|file| file.set_len(size))
    }

    fn read_via_stream(&self, offset: Filesize) -> Result<InputStream, ErrorCode> {
        // No file reaches as far as that, or the end is where it ends.
        let offset = offset.min(self.get_size()?.max(FAR));
        self.descriptor(DescriptorFlags::READ)?.read_via_stream(offset)
    }

    fn write_via_stream(&self, offset: Filesize) -> Result<OutputStream, ErrorCode> {
        if i64::try_from(offset).is_err() {
            return Err(ErrorCode::FileTooLarge);
        }
        self.descriptor(DescriptorFlags::WRITE)?.write_via_stream(offset)
    }

    fn append_via_stream(&self) -> Result<OutputStream, ErrorCode> {
        self.descriptor(DescriptorFlags::WRITE)?.append_via_stream()
    }

    fn is_in_memory(&self) -> bool {
        self.check().is_ok() && matches!(*self.storage.borrow(), Storage::Memory(_))
    }

    fn get_path(&self) -> Result<String, ErrorCode> {
        place::text(self.roll()?)
    }

    fn open(&self, flags: DescriptorFlags) -> Result<Descriptor, ErrorCode> {
        let for_files = DescriptorFlags::READ | DescriptorFlags::WRITE;
        if flags.contains(DescriptorFlags::MUTATE_DIRECTORY) || !flags.intersects(for_files) {
            return Err(ErrorCode::Invalid);
        }
        self.descriptor(flags)
    }

    fn close(this: TemporaryFile) -> Result<(), ErrorCode> {
        this.into_inner::<Self>().delete(When::Close).map_err(code)
    }

    fn keep(this: TemporaryFile) -> Result<String, (TemporaryFile, ErrorCode)> {
        match this.get::<Self>().get_path() {
            Ok(path) => {
                this.into_inner::<Self>().let_go();
                Ok(path)
            }
            Err(code) => Err((this, code)),
        }
    }

    fn persist(
        this: TemporaryFile,
        parent: &Descriptor,
        name: String,
        overwrite: bool,
    ) -> Result<(), (TemporaryFile, ErrorCode)> {
        match this.get::<Self>().move_to(parent, &name, overwrite) {
            Ok(()) => {
                this.into_inner::<Self>().let_go();
                Ok(())
            }
            Err(code) => Err((this, code)),
        }
    }
}

impl<S: Sin> Drop for File<S> {
    fn drop(&mut self) {
        // A drop has nobody to tell.
        let _ = self.delete(When::Drop);
    }
}
