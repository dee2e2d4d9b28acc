//! One table from what cap-std reports to the contract's `error-code`.

use crate::bindings::ErrorCode;
use std::io;

/// WASI 0.1's `errno` numbers, which is what an [`io::Error`] carries on this target, beside the code of the same
/// meaning: the inverse of what the component adapter does with the host's answers.
///
/// <https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#errno>
const TABLE: [(i32, ErrorCode); 38] = [
    (2, ErrorCode::Access),
    (6, ErrorCode::WouldBlock),
    (7, ErrorCode::Already),
    (8, ErrorCode::BadDescriptor),
    (10, ErrorCode::Busy),
    (16, ErrorCode::Deadlock),
    (19, ErrorCode::Quota),
    (20, ErrorCode::Exist),
    (22, ErrorCode::FileTooLarge),
    (25, ErrorCode::IllegalByteSequence),
    (26, ErrorCode::InProgress),
    (27, ErrorCode::Interrupted),
    (28, ErrorCode::Invalid),
    (29, ErrorCode::Io),
    (31, ErrorCode::IsDirectory),
    (32, ErrorCode::Loop),
    // Out of descriptors, in the process and in the system.
    (33, ErrorCode::InsufficientMemory),
    (41, ErrorCode::InsufficientMemory),
    (34, ErrorCode::TooManyLinks),
    (35, ErrorCode::MessageSize),
    (37, ErrorCode::NameTooLong),
    (43, ErrorCode::NoDevice),
    (44, ErrorCode::NoEntry),
    (46, ErrorCode::NoLock),
    (48, ErrorCode::InsufficientMemory),
    (51, ErrorCode::InsufficientSpace),
    (52, ErrorCode::Unsupported),
    (54, ErrorCode::NotDirectory),
    (55, ErrorCode::NotEmpty),
    (56, ErrorCode::NotRecoverable),
    (58, ErrorCode::Unsupported),
    (61, ErrorCode::Overflow),
    (63, ErrorCode::NotPermitted),
    (64, ErrorCode::Pipe),
    (69, ErrorCode::ReadOnly),
    (74, ErrorCode::TextFileBusy),
    (75, ErrorCode::CrossDevice),
    (76, ErrorCode::NotPermitted),
];

/// The code for an error of cap-std; `io` for what no row of the table names.
pub(crate) fn code(error: &io::Error) -> ErrorCode {
    if let Some(number) = error.raw_os_error() {
        return TABLE
            .iter()
            .find(|(errno, _)| *errno == number)
            .map_or(ErrorCode::Io, |(_, code)| *code);
    }
    // cap-std refuses some paths itself, without asking the system.
    match error.kind() {
        io::ErrorKind::NotFound => ErrorCode::NoEntry,
        io::ErrorKind::PermissionDenied => ErrorCode::NotPermitted,
        io::ErrorKind::AlreadyExists => ErrorCode::Exist,
        io::ErrorKind::InvalidInput => ErrorCode::Invalid,
        _ => ErrorCode::Io,
    }
}

/// Deleting what has gone already is fine.
pub(crate) fn gone_is_fine(result: Result<(), ErrorCode>) -> Result<(), ErrorCode> {
    match result {
        Err(ErrorCode::NoEntry) => Ok(()),
        other => other,
    }
}
