//! The guard in a synchronous linker: wasmtime-wasi generates the types of `wasi:filesystem` a second time for that, and each
//! function is the asynchronous one, waited for.
//!
//! By its traits, and not by hand: the names under which wasmtime-wasi has its functions are found again whatever its version
//! is, and a function that it adds is one that is missing here, to the compiler.

use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::filesystem::types as waited;
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{
    self, Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, DirectoryEntryStream, ErrorCode,
    Filesize, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult};
use wasmtime_wasi::runtime::in_tokio;

use super::Guard;

type Fd = Resource<Descriptor>;

impl types::Host for Guard<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        Ok(waited::Host::convert_error_code(self, error)?.into())
    }

    fn filesystem_error_code(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<Option<ErrorCode>> {
        Ok(waited::Host::filesystem_error_code(self, error)?.map(Into::into))
    }
}

/// Functions that wait for those of the same name.
macro_rules! in_tokio {
    ($(fn $name:ident($($arg:ident: $ty:ty),*) -> $answer:ty;)*) => {$(
        fn $name(&mut self, $($arg: $ty),*) -> FsResult<$answer> {
            Ok(in_tokio(waited::HostDescriptor::$name(self, $($arg.into()),*))?.into())
        }
    )*};
}

impl types::HostDescriptor for Guard<'_> {
    in_tokio! {
        fn advise(fd: Fd, offset: Filesize, length: Filesize, advice: Advice) -> ();
        fn sync_data(fd: Fd) -> ();
        fn get_flags(fd: Fd) -> DescriptorFlags;
        fn get_type(fd: Fd) -> DescriptorType;
        fn set_size(fd: Fd, size: Filesize) -> ();
        fn set_times(fd: Fd, accessed: NewTimestamp, modified: NewTimestamp) -> ();
        fn read(fd: Fd, length: Filesize, offset: Filesize) -> (Vec<u8>, bool);
        fn write(fd: Fd, buffer: Vec<u8>, offset: Filesize) -> Filesize;
        fn read_directory(fd: Fd) -> Resource<DirectoryEntryStream>;
        fn sync(fd: Fd) -> ();
        fn create_directory_at(fd: Fd, path: String) -> ();
        fn stat(fd: Fd) -> DescriptorStat;
        fn stat_at(fd: Fd, flags: PathFlags, path: String) -> DescriptorStat;
        fn set_times_at(fd: Fd, flags: PathFlags, path: String, accessed: NewTimestamp, modified: NewTimestamp) -> ();
        fn link_at(fd: Fd, flags: PathFlags, from: String, to_fd: Fd, to: String) -> ();
        fn open_at(fd: Fd, path_flags: PathFlags, path: String, open_flags: OpenFlags, flags: DescriptorFlags) -> Fd;
        fn readlink_at(fd: Fd, path: String) -> String;
        fn remove_directory_at(fd: Fd, path: String) -> ();
        fn rename_at(fd: Fd, from: String, to_fd: Fd, to: String) -> ();
        fn symlink_at(fd: Fd, target: String, path: String) -> ();
        fn unlink_file_at(fd: Fd, path: String) -> ();
        fn metadata_hash(fd: Fd) -> MetadataHashValue;
        fn metadata_hash_at(fd: Fd, flags: PathFlags, path: String) -> MetadataHashValue;
    }

    fn read_via_stream(&mut self, fd: Fd, offset: Filesize) -> FsResult<Resource<DynInputStream>> {
        waited::HostDescriptor::read_via_stream(self, fd, offset)
    }

    fn write_via_stream(&mut self, fd: Fd, offset: Filesize) -> FsResult<Resource<DynOutputStream>> {
        waited::HostDescriptor::write_via_stream(self, fd, offset)
    }

    fn append_via_stream(&mut self, fd: Fd) -> FsResult<Resource<DynOutputStream>> {
        waited::HostDescriptor::append_via_stream(self, fd)
    }

    fn is_same_object(&mut self, a: Fd, b: Fd) -> wasmtime::Result<bool> {
        in_tokio(waited::HostDescriptor::is_same_object(self, a, b))
    }

    fn drop(&mut self, fd: Fd) -> wasmtime::Result<()> {
        waited::HostDescriptor::drop(self, fd)
    }
}

impl types::HostDirectoryEntryStream for Guard<'_> {
    fn read_directory_entry(&mut self, stream: Resource<DirectoryEntryStream>) -> FsResult<Option<DirectoryEntry>> {
        let entry = in_tokio(waited::HostDirectoryEntryStream::read_directory_entry(self, stream))?;
        Ok(entry.map(Into::into))
    }

    fn drop(&mut self, stream: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        waited::HostDirectoryEntryStream::drop(self, stream)
    }
}
