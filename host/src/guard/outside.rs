//! What a provider makes in the window of a `persist`: the host makes it itself, so that it knows what it made.
//!
//! wasmtime-wasi says that something was made, but not what, and it says nothing once nobody waits for it. Here the thread
//! that makes an entry looks at it and records it. What could not be made is never recorded as made.

use std::fs::File;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Arc, OnceLock};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;
use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::{self, Descriptor};
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, ErrorCode, OpenFlags, PathFlags};
use wasmtime_wasi::p2::{FsError, FsResult};
use wasmtime_wasi::{FsPerms, OpenMode};

use super::errors::code;
use super::{Guard, file_of};
use crate::ledger::Outside;
use crate::outside::Made;
use crate::{dir, look};

type Fd = Resource<Descriptor>;

/// Modes of new entries, before the process's `umask`: those of wasmtime-wasi.
const DIRECTORY_MODE: Mode = Mode::from_raw_mode(0o777);
const FILE_MODE: Mode = Mode::from_raw_mode(0o666);

/// A name in the granted directory of a `persist`.
#[derive(Clone, Debug)]
pub(super) struct WindowName {
    pub(super) dir: Arc<File>,
    pub(super) name: String,
}

/// An entry that is to be moved or linked into the window.
pub(super) struct Source {
    /// The directory from which `path` leads to it.
    dir: Arc<File>,
    path: String,
    /// Whether it leaves the space.
    leaves_space: bool,
}

impl Source {
    /// Opens the directory around the entry, and looks at the entry. No link is followed.
    fn open(&self) -> Result<(OwnedFd, &str, Made), Errno> {
        if self.path.starts_with('/') {
            return Err(Errno::PERM);
        }
        let mut parts = self.path.split('/').filter(|part| !part.is_empty() && *part != ".");
        let mut name = parts.next().ok_or(Errno::INVAL)?;
        let mut around = dir::open(&*self.dir, c".")?;
        for part in parts {
            around = dir::open(&around, name)?;
            name = part;
        }
        let entry = Made::at(&around, name)?;
        Ok((around, name, entry))
    }

    /// Refuses what would carry a symbolic link out of the space.
    ///
    /// # Errors
    ///
    /// `no-entry` for a link: it is not what the handle owns. `cross-device` for a directory with links in it: the provider
    /// has to copy what else is there.
    fn refuse_links(&self, around: &OwnedFd, name: &str, entry: &Made) -> Result<(), ErrorCode> {
        match entry.kind() {
            _ if !self.leaves_space => Ok(()),
            FileType::Symlink => Err(ErrorCode::NoEntry),
            FileType::Directory => {
                let opened = dir::open(around, name).map_err(code_of)?;
                match look::for_each_link(opened.as_fd(), |_, _| Ok(())).map_err(code_of)? {
                    0 => Ok(()),
                    _ => Err(ErrorCode::CrossDevice),
                }
            }
            _ => Ok(()),
        }
    }
}

impl Guard<'_> {
    pub(super) async fn create_directory_outside(&mut self, fd: &Fd, at: &WindowName) -> FsResult<()> {
        self.writable(fd)?;
        let make = |dir: &File, name: &str| {
            rustix::fs::mkdirat(dir, name, DIRECTORY_MODE).map_err(code_of)?;
            // There is no call that makes a directory and opens it. Whoever replaces it in these microseconds loses no more
            // than an empty directory, or what is in one of a random name.
            let made = Made::at(dir, name).map_err(code_of)?;
            match made.kind() {
                FileType::Directory => Ok(((), made)),
                _ => Err(ErrorCode::NoEntry),
            }
        };
        Ok(self.make_outside(at, false, make).await??)
    }

    /// Opens a file that is made if nothing has its name.
    pub(super) async fn create_file_outside(
        &mut self,
        fd: &Fd,
        path_flags: PathFlags,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
        at: &WindowName,
    ) -> FsResult<Fd> {
        let synchronized = DescriptorFlags::FILE_INTEGRITY_SYNC
            | DescriptorFlags::DATA_INTEGRITY_SYNC
            | DescriptorFlags::REQUESTED_WRITE_SYNC;
        if flags.intersects(synchronized) {
            return Err(ErrorCode::Unsupported.into());
        }
        if open_flags.contains(OpenFlags::DIRECTORY) {
            return Err(ErrorCode::Invalid.into());
        }
        let perms = self.writable(fd)?;
        let is_read = flags.contains(DescriptorFlags::READ) || !flags.contains(DescriptorFlags::WRITE);
        let (access, open_mode) = match is_read {
            true => (OFlags::RDWR, OpenMode::READ | OpenMode::WRITE),
            false => (OFlags::WRONLY, OpenMode::WRITE),
        };
        let make = move |dir: &File, name: &str| {
            let how = access | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let file = File::from(rustix::fs::openat(dir, name, how, FILE_MODE).map_err(code_of)?);
            let made = Made::file(&file).map_err(code_of)?;
            Ok((file, made))
        };
        match self.make_outside(at, false, make).await? {
            Ok(file) => {
                let file = filesystem::File::new(file, perms, open_mode, self.ctx.allow_blocking);
                Ok(self.table.push(Descriptor::File(file))?)
            }
            // It was there before, and is not the provider's.
            Err(ErrorCode::Exist) if !open_flags.contains(OpenFlags::EXCLUSIVE) => {
                let name = at.name.clone();
                self.open_as_it_is(fd, path_flags, name, open_flags ^ OpenFlags::CREATE, flags)
                    .await
            }
            Err(code) => Err(code.into()),
        }
    }

    pub(super) async fn link_outside(
        &mut self,
        flags: PathFlags,
        source: Source,
        to_fd: &Fd,
        to: &WindowName,
    ) -> FsResult<()> {
        self.writable(to_fd)?;
        if flags.contains(PathFlags::SYMLINK_FOLLOW) {
            return Err(ErrorCode::Invalid.into());
        }
        let link = move |dir: &File, name: &str| {
            let (around, from, entry) = source.open().map_err(code_of)?;
            source.refuse_links(&around, from, &entry)?;
            rustix::fs::linkat(&around, from, dir, name, AtFlags::empty()).map_err(code_of)?;
            Ok(((), entry))
        };
        Ok(self.make_outside(to, true, link).await??)
    }

    pub(super) async fn rename_outside(&mut self, source: Source, to_fd: &Fd, to: &WindowName) -> FsResult<()> {
        self.writable(to_fd)?;
        let rename = move |dir: &File, name: &str| {
            let (around, from, entry) = source.open().map_err(code_of)?;
            source.refuse_links(&around, from, &entry)?;
            rustix::fs::renameat(&around, from, dir, name).map_err(code_of)?;
            Ok(((), entry))
        };
        Ok(self.make_outside(to, true, rename).await??)
    }

    /// Deletes what the provider itself made in the window, while its name is still its own: a file, or a directory with
    /// nothing in it. Returns `None` for what the provider did not make.
    pub(super) async fn remove_outside(&mut self, at: &WindowName, is_directory: bool) -> FsResult<Option<()>> {
        let Some(owner) = self.owner() else { return Ok(None) };
        let made = self.ctx.space.ledger().made_outside(owner, &at.dir, &at.name);
        let Some(made) = made else { return Ok(None) };
        let WindowName { dir, name } = at.clone();
        let remove = move || -> Result<(), ErrorCode> {
            let Some(made) = made.get().filter(|made| made.is_at(&*dir, &name)) else {
                return Err(ErrorCode::NoEntry);
            };
            match (made.kind() == FileType::Directory, is_directory) {
                (true, false) => return Err(ErrorCode::IsDirectory),
                (false, true) => return Err(ErrorCode::NotDirectory),
                _ => {}
            }
            let removed = made.take_back(&*dir, &name);
            match removed.failures.first() {
                Some((_, error)) => Err(code(error)),
                None if removed.entries > 0 => Ok(()),
                // Somebody else was quicker.
                None if made.is_at(&*dir, &name) => Err(ErrorCode::NotEmpty),
                None => Err(ErrorCode::NoEntry),
            }
        };
        run(self.ctx.allow_blocking, remove).await??;
        self.ctx.space.ledger().forget_outside(owner, &at.dir, &at.name);
        Ok(Some(()))
    }

    /// What is at `path` below the directory behind `fd`.
    pub(super) fn source(&self, fd: &Fd, path: String, leaves_space: bool) -> FsResult<Source> {
        self.writable(fd)?;
        let dir = Arc::clone(file_of(self.table.get(fd)?));
        Ok(Source {
            dir,
            path,
            leaves_space,
        })
    }

    /// # Errors
    ///
    /// `not-directory`, and `not-permitted` where nothing may be changed.
    fn writable(&self, fd: &Fd) -> FsResult<FsPerms> {
        match self.table.get(fd)? {
            Descriptor::File(_) => Err(ErrorCode::NotDirectory.into()),
            Descriptor::Dir(dir) if dir.perms.write_not_permitted() => Err(ErrorCode::NotPermitted.into()),
            Descriptor::Dir(dir) => Ok(dir.perms),
        }
    }

    /// Makes an entry in the window with `make`, and records what that returns.
    ///
    /// It is announced before, since `make` goes on when nobody waits for it any more, and the end of the space then has to
    /// wait and to look. What is announced is not known to be made.
    async fn make_outside<R: Send + 'static>(
        &mut self,
        at: &WindowName,
        is_whole: bool,
        make: impl FnOnce(&File, &str) -> Result<(R, Made), ErrorCode> + Send + 'static,
    ) -> FsResult<Result<R, ErrorCode>> {
        let (Some(owner), Some(call)) = (self.owner(), &self.ctx.call) else {
            return Ok(Err(ErrorCode::NotPermitted));
        };
        let made = Arc::new(OnceLock::new());
        let announced = Outside {
            dir: Arc::clone(&at.dir),
            name: at.name.clone(),
            is_target: call.window.as_ref().is_some_and(|window| window.target == at.name),
            is_whole,
            made: Arc::clone(&made),
            // Held until the `persist` is over, so it is charged as any other.
            _open: self.open_file()?,
        };
        self.ctx.space.ledger().announce_outside(owner, announced);
        let WindowName { dir, name } = at.clone();
        let work = move || {
            let (result, entry) = make(&dir, &name)?;
            // Before `dir` goes, for which the end of the space waits.
            let _ = made.set(entry);
            drop(dir);
            Ok(result)
        };
        let outcome = run(self.ctx.allow_blocking, work).await?;
        if outcome.is_err() {
            self.ctx.space.ledger().forget_announced(owner);
        }
        Ok(outcome)
    }
}

/// Runs `work` on this thread where that is allowed, and off it otherwise.
async fn run<R: Send + 'static>(may_block: bool, work: impl FnOnce() -> R + Send + 'static) -> FsResult<R> {
    if may_block {
        return Ok(work());
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done),
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is being shut down, and with it this program.
            Err(failed) => Err(FsError::trap(wasmtime::Error::new(failed))),
        },
    }
}

fn code_of(error: Errno) -> ErrorCode {
    code(&error.into())
}
