//! The codes of errors, and `wasi:io/error`, whose text is without the host's backtrace.

use std::io;

use rustix::io::Errno;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::IoError;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi::p2::bindings::io::error;

use super::Guard;

/// What a program is told of an error of the system that was met by the host itself: wasmtime-wasi's table, and what is not
/// in it.
pub(crate) fn code(error: &io::Error) -> ErrorCode {
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::DQUOT) => ErrorCode::Quota,
        Some(Errno::MFILE | Errno::NFILE) => ErrorCode::InsufficientMemory,
        Some(Errno::XDEV) => ErrorCode::CrossDevice,
        Some(Errno::ROFS) => ErrorCode::ReadOnly,
        _ => ErrorCode::from(error),
    }
}

impl error::Host for Guard<'_> {}

impl error::HostError for Guard<'_> {
    fn to_debug_string(&mut self, error: Resource<IoError>) -> wasmtime::Result<String> {
        Ok(format!("{:#}", self.table.get(&error)?))
    }

    fn drop(&mut self, error: Resource<IoError>) -> wasmtime::Result<()> {
        self.table.delete(error)?;
        Ok(())
    }
}
