//! The functions of `wasi:filesystem`, one by one: what the guard has to say, then wasmtime-wasi's own.

use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    self, Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, DirectoryEntryStream, ErrorCode,
    Filesize, HostDescriptor, HostDirectoryEntryStream, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult};

use super::Guard;
use super::change::Change;

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
        self.fact(&fd)?;
        self.wasi().set_size(fd, size).await
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
        self.fact(&fd)?;
        self.wasi().write(fd, buffer, offset).await
    }

    async fn read_directory(&mut self, fd: Fd) -> FsResult<Resource<DirectoryEntryStream>> {
        self.fact(&fd)?;
        self.wasi().read_directory(fd).await
    }

    async fn sync(&mut self, fd: Fd) -> FsResult<()> {
        self.fact(&fd)?;
        self.wasi().sync(fd).await
    }

    async fn create_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        let change = self.change(&fd, &path)?;
        self.making(&change, false);
        let made = self.wasi().create_directory_at(fd, path).await;
        self.made(change, made.is_ok());
        made
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
        self.making(&target, true);
        let linked = self.wasi().link_at(fd, flags, from, to_fd, to).await;
        self.made(target, linked.is_ok());
        linked
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
        // What a provider opens with `create` but without `exclusive` may have been there before.
        let makes = open_flags.contains(OpenFlags::CREATE)
            && self.is_provider()
            && (open_flags.contains(OpenFlags::EXCLUSIVE) || !self.stands(&fd, &path).await?);
        if makes {
            self.making(&change, false);
        }
        let opened = self.wasi().open_at(fd, path_flags, path, open_flags, flags).await;
        if makes {
            self.made(change, opened.is_ok());
        }
        let opened = opened?;
        self.register(&opened, place).map_err(FsError::trap)?;
        Ok(opened)
    }

    fn drop(&mut self, fd: Fd) -> wasmtime::Result<()> {
        self.ctx.facts.forget(&fd);
        HostDescriptor::drop(&mut self.wasi(), fd)
    }

    async fn readlink_at(&mut self, fd: Fd, path: String) -> FsResult<String> {
        self.fact(&fd)?;
        self.wasi().readlink_at(fd, path).await
    }

    async fn remove_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        let change = self.change(&fd, &path)?;
        self.wasi().remove_directory_at(fd, path).await?;
        self.unmade(&change);
        Ok(())
    }

    async fn rename_at(&mut self, fd: Fd, from: String, to_fd: Fd, to: String) -> FsResult<()> {
        let source = self.change(&fd, &from)?;
        let target = self.change(&to_fd, &to)?;
        self.may_move(&source, &target)?;
        self.making(&target, true);
        let renamed = self.wasi().rename_at(fd, from, to_fd, to).await;
        if renamed.is_ok() {
            self.moved(&source);
        }
        self.made(target, renamed.is_ok());
        renamed
    }

    async fn symlink_at(&mut self, fd: Fd, target: String, path: String) -> FsResult<()> {
        let change = self.change(&fd, &path)?;
        if self.is_provider() && matches!(change, Change::Space(_)) {
            // With a link a provider could make an entry whose real place the ledger does not know.
            return Err(ErrorCode::NotPermitted.into());
        }
        self.making(&change, false);
        let made = self.wasi().symlink_at(fd, target, path).await;
        self.made(change, made.is_ok());
        made
    }

    async fn unlink_file_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        let change = self.change(&fd, &path)?;
        self.wasi().unlink_file_at(fd, path).await?;
        self.unmade(&change);
        Ok(())
    }

    fn read_via_stream(&mut self, fd: Fd, offset: Filesize) -> FsResult<Resource<DynInputStream>> {
        self.fact(&fd)?;
        self.wasi().read_via_stream(fd, offset)
    }

    fn write_via_stream(&mut self, fd: Fd, offset: Filesize) -> FsResult<Resource<DynOutputStream>> {
        self.fact(&fd)?;
        self.wasi().write_via_stream(fd, offset)
    }

    fn append_via_stream(&mut self, fd: Fd) -> FsResult<Resource<DynOutputStream>> {
        self.fact(&fd)?;
        self.wasi().append_via_stream(fd)
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
        HostDirectoryEntryStream::drop(&mut self.wasi(), stream)
    }
}

impl Guard<'_> {
    /// Whether anything stands under `path` already.
    async fn stands(&mut self, fd: &Fd, path: &str) -> FsResult<bool> {
        let fd = Resource::new_borrow(fd.rep());
        match self.wasi().stat_at(fd, PathFlags::empty(), path.to_owned()).await {
            Ok(_) => Ok(true),
            Err(error) => match error.downcast().map_err(FsError::trap)? {
                ErrorCode::NoEntry => Ok(false),
                code => Err(code.into()),
            },
        }
    }
}
