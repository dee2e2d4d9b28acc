//! The functions of `wasi:filesystem`, one by one: what the guard has to say, then wasmtime-wasi's own.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use cap_primitives::fs::FollowSymlinks;
use wasmtime::component::Resource;
use wasmtime_wasi::OpenMode;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    self, Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, DirectoryEntryStream, ErrorCode,
    Filesize, HostDescriptor, HostDirectoryEntryStream, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult};

use super::change::Change;
use super::errors::code;
use super::streams::{Granted, Reading, Writing};
use super::{Guard, paths};
use crate::budget::{OpenInode, Refused};

type Fd = Resource<Descriptor>;

impl preopens::Host for Guard<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Fd, String)>> {
        self.preopens()
    }
}

impl types::Host for Guard<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        self.wasi().convert_error_code(error)
    }

    fn filesystem_error_code(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<Option<ErrorCode>> {
        if let Some(refused) = self.table.get(&error)?.downcast_ref::<Refused>() {
            return Ok(Some((*refused).into()));
        }
        if let Some(code) = self.table.get(&error)?.downcast_ref::<ErrorCode>() {
            return Ok(Some(*code));
        }
        self.wasi().filesystem_error_code(error)
    }
}

impl HostDescriptor for Guard<'_> {
    async fn advise(&mut self, fd: Fd, offset: Filesize, length: Filesize, advice: Advice) -> FsResult<()> {
        self.fact(&fd)?;
        self.wasi().advise(fd, offset, length, advice).await
    }

    async fn sync_data(&mut self, fd: Fd) -> FsResult<()> {
        self.fact(&fd)?;
        self.wasi().sync_data(fd).await
    }

    async fn get_flags(&mut self, fd: Fd) -> FsResult<DescriptorFlags> {
        if self.ctx.facts.is_placeholder(&fd) {
            // libc asks at the start of every program: it shall cost nothing.
            return Ok(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY);
        }
        self.fact(&fd)?;
        self.wasi().get_flags(fd).await
    }

    async fn get_type(&mut self, fd: Fd) -> FsResult<DescriptorType> {
        if self.ctx.facts.is_placeholder(&fd) {
            return Ok(DescriptorType::Directory);
        }
        self.fact(&fd)?;
        self.wasi().get_type(fd).await
    }

    async fn set_size(&mut self, fd: Fd, size: Filesize) -> FsResult<()> {
        let growth = match self.written(&fd)? {
            Some(inode) => Some(inode.resize(size)?),
            None => None,
        };
        let set = self.wasi().set_size(fd, size).await;
        if let Some(growth) = growth {
            growth.finish(set.is_ok());
        }
        set
    }

    async fn set_times(&mut self, fd: Fd, accessed: NewTimestamp, modified: NewTimestamp) -> FsResult<()> {
        self.fact(&fd)?;
        self.wasi().set_times(fd, accessed, modified).await
    }

    async fn read(&mut self, fd: Fd, length: Filesize, offset: Filesize) -> FsResult<(Vec<u8>, bool)> {
        self.fact(&fd)?;
        self.wasi().read(fd, length, offset).await
    }

    async fn write(&mut self, fd: Fd, buffer: Vec<u8>, offset: Filesize) -> FsResult<Filesize> {
        let length = Filesize::try_from(buffer.len()).map_err(|_| ErrorCode::Overflow)?;
        let first = buffer.first().copied();
        let (Some(inode), Some(first)) = (self.written(&fd)?, first) else {
            return self.wasi().write(fd, buffer, offset).await;
        };
        // No file can be that long.
        let end = offset.checked_add(length).ok_or(Refused::FileTooLarge)?;
        let growth = inode.write_to(end)?;
        match self.wasi().write(fd, buffer, offset).await {
            Ok(written) => {
                growth.finish(written == length);
                self.budget().wrote(written);
                Ok(written)
            }
            Err(error) => {
                let error = explained_write(error, growth.file(), first, offset);
                growth.finish(false);
                Err(error)
            }
        }
    }

    async fn read_directory(&mut self, fd: Fd) -> FsResult<Resource<DirectoryEntryStream>> {
        self.fact(&fd)?;
        let open = self.open_file()?;
        let stream = self.wasi().read_directory(fd).await?;
        self.ctx.facts.lists(&stream, open);
        Ok(stream)
    }

    async fn sync(&mut self, fd: Fd) -> FsResult<()> {
        self.fact(&fd)?;
        self.wasi().sync(fd).await
    }

    async fn create_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        let change = self.change(&fd, &path)?;
        if let Change::Outside(at) = &change {
            return self.create_directory_outside(&fd, at).await;
        }
        let budget = Arc::clone(self.budget());
        let _names = budget.names().lock().await;
        let entry = self.entry(&change, &fd, &path)?;
        let made = self.wasi().create_directory_at(fd, path).await;
        self.is_made(change, entry, made)
    }

    async fn stat(&mut self, fd: Fd) -> FsResult<DescriptorStat> {
        self.fact(&fd)?;
        self.wasi().stat(fd).await
    }

    async fn stat_at(&mut self, fd: Fd, flags: PathFlags, path: String) -> FsResult<DescriptorStat> {
        self.fact(&fd)?;
        self.wasi().stat_at(fd, flags, path).await
    }

    async fn set_times_at(
        &mut self,
        fd: Fd,
        flags: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> FsResult<()> {
        self.fact(&fd)?;
        self.wasi().set_times_at(fd, flags, path, accessed, modified).await
    }

    async fn link_at(&mut self, fd: Fd, flags: PathFlags, from: String, to_fd: Fd, to: String) -> FsResult<()> {
        let source = self.change(&fd, &from)?;
        let target = self.change(&to_fd, &to)?;
        self.may_move(&source, &target)?;
        let budget = Arc::clone(self.budget());
        let _names = budget.names().lock().await;
        let entry = self.entry(&target, &to_fd, &to)?;
        if matches!(source, Change::Space(_)) && !matches!(target, Change::Space(_)) {
            budget.names_outside();
        }
        let linked = match &target {
            Change::Outside(at) => {
                let from = self.source(&fd, from, matches!(source, Change::Space(_)))?;
                self.link_outside(flags, from, &to_fd, at).await
            }
            _ => self.wasi().link_at(fd, flags, from, to_fd, to).await,
        };
        self.is_made(target, entry, linked)
    }

    async fn open_at(
        &mut self,
        fd: Fd,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Fd> {
        let change = self.change(&fd, &path)?;
        let place = self.place_of(&change);
        let open = self.open_file()?;
        if !matches!(change, Change::Space(_)) {
            let opened = self
                .open_outside(fd, path_flags, path, open_flags, flags, change)
                .await?;
            self.register(&opened, place).map_err(FsError::trap)?.open = Some(open);
            return Ok(opened);
        }
        let budget = Arc::clone(self.budget());
        // Until its inode is held: nobody may take its last name away in between.
        let _names = budget.names().lock().await;
        let depth = match budget.has_links() || paths::goes_up(&path) {
            // Found out if it is needed.
            true => None,
            false => self
                .fact(&fd)?
                .depth
                .map(|(depth, at)| (depth.saturating_add(paths::parts(&path)), at)),
        };
        let opened = self
            .open_in_space(&fd, path_flags, path, open_flags, flags, change)
            .await?;
        let inode = self.hold(&opened)?;
        let moves = budget.moves();
        let fact = self.register(&opened, place).map_err(FsError::trap)?;
        fact.open = Some(open);
        fact.inode = inode;
        // Below the root, which is never moved, it is known as of now.
        fact.depth = depth.map(|(depth, at)| (depth, at.min(moves)));
        Ok(opened)
    }

    fn drop(&mut self, fd: Fd) -> wasmtime::Result<()> {
        HostDescriptor::drop(&mut self.wasi(), Resource::new_own(fd.rep()))?;
        // After it is closed: what it held is free now.
        self.ctx.facts.forget(&fd);
        Ok(())
    }

    async fn readlink_at(&mut self, fd: Fd, path: String) -> FsResult<String> {
        self.fact(&fd)?;
        self.wasi().readlink_at(fd, path).await
    }

    async fn remove_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        let change = self.change(&fd, &path)?;
        if let Change::Outside(at) = &change
            && self.remove_outside(at, true).await?.is_some()
        {
            return Ok(());
        }
        let budget = Arc::clone(self.budget());
        // Nobody may replace it meanwhile: it would be given back twice.
        let _names = budget.names().lock().await;
        self.wasi().remove_directory_at(fd, path).await?;
        if matches!(change, Change::Space(_)) {
            budget.entry_gone();
        }
        self.unmade(&change);
        Ok(())
    }

    async fn rename_at(&mut self, fd: Fd, from: String, to_fd: Fd, to: String) -> FsResult<()> {
        let source = self.change(&fd, &from)?;
        let target = self.change(&to_fd, &to)?;
        self.may_move(&source, &target)?;
        if !matches!(source, Change::Space(_)) {
            return self.rename(fd, from, to_fd, to, source, target).await;
        }
        let budget = Arc::clone(self.budget());
        let _names = budget.names().lock().await;
        let moved = self.look(&fd, &from, FollowSymlinks::No).await;
        let leaves = !matches!(target, Change::Space(_));
        let replaced = match leaves {
            true => None,
            false => self.look(&to_fd, &to, FollowSymlinks::No).await,
        };
        if let (Some(moved), false) = (moved, leaves) {
            let (old, new) = (self.depth_at(&fd, &from)?, self.depth_at(&to_fd, &to)?);
            match moved.is_dir() {
                true => self.may_sink(&fd, &from, old, new)?,
                false => budget.depth(new)?,
            }
        }
        self.rename(fd, from, to_fd, to, source, target).await?;
        if leaves || moved.is_none() {
            if !moved.is_some_and(|moved| budget.left(&moved)) {
                self.ctx.space.recount();
            }
            return Ok(());
        }
        let is_dir = moved.is_some_and(|moved| moved.is_dir());
        if is_dir {
            budget.moved();
        }
        match (moved, replaced) {
            // Two names of one inode: nothing was done.
            (Some(moved), Some(replaced)) if moved.is_same(&replaced) => {}
            (_, Some(replaced)) => self.gone(Some(replaced)),
            (_, None) => {}
        }
        Ok(())
    }

    async fn symlink_at(&mut self, fd: Fd, target: String, path: String) -> FsResult<()> {
        let change = self.change(&fd, &path)?;
        if self.is_provider() {
            // With a link in the space a provider could make an entry whose real place the ledger does not know, and none
            // leaves the space in a `persist`.
            return Err(ErrorCode::NotPermitted.into());
        }
        let budget = Arc::clone(self.budget());
        let _names = budget.names().lock().await;
        let entry = self.entry(&change, &fd, &path)?;
        if entry {
            budget.links();
        }
        let made = self.wasi().symlink_at(fd, target, path).await;
        self.is_made(change, entry, made)
    }

    async fn unlink_file_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        let change = self.change(&fd, &path)?;
        if let Change::Outside(at) = &change
            && self.remove_outside(at, false).await?.is_some()
        {
            return Ok(());
        }
        if !matches!(change, Change::Space(_)) {
            self.wasi().unlink_file_at(fd, path).await?;
            self.unmade(&change);
            return Ok(());
        }
        let budget = Arc::clone(self.budget());
        let _names = budget.names().lock().await;
        let found = self.look(&fd, &path, FollowSymlinks::No).await;
        self.wasi().unlink_file_at(fd, path).await?;
        self.gone(found);
        self.unmade(&change);
        Ok(())
    }

    fn read_via_stream(&mut self, fd: Fd, offset: Filesize) -> FsResult<Resource<DynInputStream>> {
        let inode = self.inode(&fd)?.map(OpenInode::hold);
        let open = self.open_file()?;
        let stream = self.wasi().read_via_stream(fd, offset)?;
        let inner = self.table.delete(stream)?;
        let stream: DynInputStream = Box::new(Reading {
            inner,
            _inode: inode,
            _open: open,
        });
        Ok(self.table.push(stream)?)
    }

    fn write_via_stream(&mut self, fd: Fd, offset: Filesize) -> FsResult<Resource<DynOutputStream>> {
        self.output(fd, Some(offset))
    }

    fn append_via_stream(&mut self, fd: Fd) -> FsResult<Resource<DynOutputStream>> {
        self.output(fd, None)
    }

    async fn is_same_object(&mut self, a: Fd, b: Fd) -> wasmtime::Result<bool> {
        if self.ctx.facts.is_placeholder(&a) || self.ctx.facts.is_placeholder(&b) {
            // It has no error to return; a space that cannot be made is the same as nothing else.
            if self.fact(&a).is_err() || self.fact(&b).is_err() {
                return Ok(false);
            }
        }
        self.wasi().is_same_object(a, b).await
    }

    async fn metadata_hash(&mut self, fd: Fd) -> FsResult<MetadataHashValue> {
        self.fact(&fd)?;
        self.wasi().metadata_hash(fd).await
    }

    async fn metadata_hash_at(&mut self, fd: Fd, flags: PathFlags, path: String) -> FsResult<MetadataHashValue> {
        self.fact(&fd)?;
        self.wasi().metadata_hash_at(fd, flags, path).await
    }
}

impl HostDirectoryEntryStream for Guard<'_> {
    async fn read_directory_entry(
        &mut self,
        stream: Resource<DirectoryEntryStream>,
    ) -> FsResult<Option<DirectoryEntry>> {
        self.wasi().read_directory_entry(stream).await
    }

    fn drop(&mut self, stream: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        self.ctx.facts.listed(&stream);
        HostDirectoryEntryStream::drop(&mut self.wasi(), stream)
    }
}

impl Guard<'_> {
    /// The inode that this descriptor may write, if it is one of the space.
    fn written(&mut self, fd: &Fd) -> FsResult<Option<&OpenInode>> {
        let may_write = match self.table.get(fd)? {
            Descriptor::File(file) => file.open_mode.contains(OpenMode::WRITE),
            Descriptor::Dir(_) => false,
        };
        Ok(self.inode(fd)?.filter(|_| may_write))
    }

    /// Charges the entry that is about to be made at `path`, if that is in the space. Returns whether it is.
    ///
    /// It stays charged if nobody waits for it any more: it may be made all the same.
    fn entry(&mut self, change: &Change, fd: &Fd, path: &str) -> FsResult<bool> {
        if !matches!(change, Change::Space(_)) {
            return Ok(false);
        }
        self.may_stand(fd, path)?;
        self.budget().entry()?;
        Ok(true)
    }

    fn is_made(&mut self, change: Change, is_charged: bool, made: FsResult<()>) -> FsResult<()> {
        if made.is_ok() {
            self.count(&change);
        }
        self.made(change, made.is_ok());
        if made.is_err() && is_charged {
            self.budget().entry_gone();
        }
        made.map_err(|error| self.explained(error))
    }

    async fn rename(
        &mut self,
        fd: Fd,
        from: String,
        to_fd: Fd,
        to: String,
        source: Change,
        target: Change,
    ) -> FsResult<()> {
        let renamed = match &target {
            Change::Outside(at) => {
                let from = self.source(&fd, from, matches!(source, Change::Space(_)))?;
                self.rename_outside(from, &to_fd, at).await
            }
            _ => self.wasi().rename_at(fd, from, to_fd, to).await,
        };
        if renamed.is_ok() {
            self.moved(&source);
        }
        self.made(target, renamed.is_ok());
        renamed.map_err(|error| self.explained(error))
    }

    async fn open_outside(
        &mut self,
        fd: Fd,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
        change: Change,
    ) -> FsResult<Fd> {
        match change {
            Change::Outside(at) if open_flags.contains(OpenFlags::CREATE) => {
                self.create_file_outside(&fd, path_flags, open_flags, flags, &at).await
            }
            _ => self.open_as_it_is(&fd, path_flags, path, open_flags, flags).await,
        }
    }

    pub(super) async fn open_as_it_is(
        &mut self,
        fd: &Fd,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Fd> {
        let fd = Resource::new_borrow(fd.rep());
        let opened = self.wasi().open_at(fd, path_flags, path, open_flags, flags).await;
        opened.map_err(|error| self.explained(error))
    }

    fn output(&mut self, fd: Fd, position: Option<Filesize>) -> FsResult<Resource<DynOutputStream>> {
        let inode = self.written(&fd)?.map(OpenInode::hold);
        if let Some(inode) = &inode {
            // At once, where a C library still asks why: it makes an `EIO` of every error of a stream.
            inode.room(position).map_err(|none| self.budget().was_refused(none))?;
        }
        let open = self.open_file()?;
        let stream = match position {
            Some(position) => self.wasi().write_via_stream(fd, position)?,
            None => self.wasi().append_via_stream(fd)?,
        };
        let inner = self.table.delete(stream)?;
        let stream: DynOutputStream = match inode {
            Some(inode) => Box::new(Writing {
                inner,
                inode,
                position,
                in_flight: None,
                is_flushing: false,
                _open: open,
            }),
            None => Box::new(Granted { inner, _open: open }),
        };
        Ok(self.table.push(stream)?)
    }
}

/// The system's own quota is a quota; wasmtime-wasi knows no such error, and has lost it. The first byte is written once
/// more to see it.
fn explained_write(error: FsError, file: Option<&Arc<File>>, first: u8, offset: Filesize) -> FsError {
    match (error.downcast(), file) {
        (Ok(ErrorCode::Io), Some(file)) => match file.write_at(&[first], offset) {
            Ok(_) => ErrorCode::Io.into(),
            Err(error) => code(&error).into(),
        },
        (Ok(code), _) => code.into(),
        (Err(trap), _) => FsError::trap(trap),
    }
}
