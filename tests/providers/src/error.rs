//! From `std::io::Error` to the contract's codes: one table.

use std::io::{self, ErrorKind};

use crate::bindings::wasi::filesystem::types::ErrorCode;

pub(crate) fn code(error: io::Error) -> ErrorCode {
    match error.kind() {
        ErrorKind::AlreadyExists => ErrorCode::Exist,
        ErrorKind::CrossesDevices => ErrorCode::CrossDevice,
        ErrorKind::DirectoryNotEmpty => ErrorCode::NotEmpty,
        ErrorKind::FileTooLarge => ErrorCode::FileTooLarge,
        ErrorKind::InvalidFilename => ErrorCode::NameTooLong,
        ErrorKind::InvalidInput => ErrorCode::Invalid,
        ErrorKind::IsADirectory => ErrorCode::IsDirectory,
        ErrorKind::NotADirectory => ErrorCode::NotDirectory,
        ErrorKind::NotFound => ErrorCode::NoEntry,
        ErrorKind::OutOfMemory => ErrorCode::InsufficientMemory,
        ErrorKind::PermissionDenied => ErrorCode::NotPermitted,
        ErrorKind::QuotaExceeded => ErrorCode::Quota,
        ErrorKind::StorageFull => ErrorCode::InsufficientSpace,
        ErrorKind::Unsupported => ErrorCode::Unsupported,
        _ => ErrorCode::Io,
    }
}
