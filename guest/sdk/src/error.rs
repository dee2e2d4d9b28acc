//! From the contract's codes to `std::io::Error`: one table.

use std::fmt;
use std::io::{self, ErrorKind};

use crate::bindings::scratch::tempfile::types::ErrorCode;

/// Which operation failed, and the contract's code for it.
///
/// Every [`io::Error`] that comes from the provider carries one:
///
/// ```no_run
/// use scratch_tempfile::{Error, bindings::scratch::tempfile::types::ErrorCode};
///
/// # fn main() {
/// if let Err(error) = scratch_tempfile::tempfile() {
///     let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
///     if inner.is_some_and(|inner| inner.code() == ErrorCode::InsufficientSpace) {
///         println!("no room left in this space");
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    operation: &'static str,
    code: ErrorCode,
}

impl Error {
    /// The code of `wasi:filesystem/types` that the operation failed with.
    pub fn code(&self) -> ErrorCode {
        self.code
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "failed to {}: {} ({})",
            self.operation,
            self.code.name(),
            self.code.message()
        )
    }
}

impl std::error::Error for Error {}

/// For `map_err`: the error of an operation, such as "write to a temporary file".
pub(crate) fn failed_to(operation: &'static str) -> impl Fn(ErrorCode) -> io::Error {
    move |code| io::Error::new(kind(code), Error { operation, code })
}

/// The kind that is nearest in meaning; on most systems, what Rust's standard library makes of the same error.
fn kind(code: ErrorCode) -> ErrorKind {
    match code {
        ErrorCode::Access => ErrorKind::PermissionDenied,
        ErrorCode::WouldBlock => ErrorKind::WouldBlock,
        ErrorCode::Already => ErrorKind::Other,
        ErrorCode::BadDescriptor => ErrorKind::Other,
        ErrorCode::Busy => ErrorKind::ResourceBusy,
        ErrorCode::Deadlock => ErrorKind::Deadlock,
        ErrorCode::Quota => ErrorKind::QuotaExceeded,
        ErrorCode::Exist => ErrorKind::AlreadyExists,
        ErrorCode::FileTooLarge => ErrorKind::FileTooLarge,
        ErrorCode::IllegalByteSequence => ErrorKind::InvalidInput,
        ErrorCode::InProgress => ErrorKind::Other,
        ErrorCode::Interrupted => ErrorKind::Interrupted,
        ErrorCode::Invalid => ErrorKind::InvalidInput,
        ErrorCode::Io => ErrorKind::Other,
        ErrorCode::IsDirectory => ErrorKind::IsADirectory,
        // `ErrorKind::FilesystemLoop` is not stable.
        ErrorCode::Loop => ErrorKind::Other,
        ErrorCode::TooManyLinks => ErrorKind::TooManyLinks,
        ErrorCode::MessageSize => ErrorKind::Other,
        ErrorCode::NameTooLong => ErrorKind::InvalidFilename,
        ErrorCode::NoDevice => ErrorKind::Other,
        ErrorCode::NoEntry => ErrorKind::NotFound,
        ErrorCode::NoLock => ErrorKind::Other,
        ErrorCode::InsufficientMemory => ErrorKind::OutOfMemory,
        ErrorCode::InsufficientSpace => ErrorKind::StorageFull,
        ErrorCode::NotDirectory => ErrorKind::NotADirectory,
        ErrorCode::NotEmpty => ErrorKind::DirectoryNotEmpty,
        ErrorCode::NotRecoverable => ErrorKind::Other,
        ErrorCode::Unsupported => ErrorKind::Unsupported,
        ErrorCode::NoTty => ErrorKind::Other,
        ErrorCode::NoSuchDevice => ErrorKind::Other,
        ErrorCode::Overflow => ErrorKind::Other,
        ErrorCode::NotPermitted => ErrorKind::PermissionDenied,
        ErrorCode::Pipe => ErrorKind::BrokenPipe,
        ErrorCode::ReadOnly => ErrorKind::ReadOnlyFilesystem,
        ErrorCode::InvalidSeek => ErrorKind::NotSeekable,
        ErrorCode::TextFileBusy => ErrorKind::ExecutableFileBusy,
        ErrorCode::CrossDevice => ErrorKind::CrossesDevices,
    }
}
