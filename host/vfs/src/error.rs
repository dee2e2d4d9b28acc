//! The errors of a file system's operations.

/// Describes why an operation failed, as an error code of `wasi:filesystem`.
///
/// Each operation lists the codes that it can return. Every operation returns [`Error::NoEntry`] after the space of its
/// descriptor has ended or was reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Error {
    /// The descriptor is not a file, or was not opened for this access (`EBADF`).
    #[error("bad descriptor")]
    BadDescriptor,
    /// The path of a rename ends in `.` or `..`, or its names keep changing, or the file or directory is being persisted (`EBUSY`).
    #[error("resource busy")]
    Busy,
    /// The two descriptors belong to different spaces (`EXDEV`).
    #[error("cross-device link")]
    CrossDevice,
    /// The name already exists (`EEXIST`).
    #[error("file exists")]
    Exist,
    /// The limit on the bytes of one file, or the largest file offset, would be exceeded (`EFBIG`).
    #[error("file too large")]
    FileTooLarge,
    /// The host has no memory left (`ENOMEM`).
    #[error("not enough memory")]
    InsufficientMemory,
    /// A limit on bytes, entries or memory would be exceeded, or the disk is full (`ENOSPC`).
    #[error("no space left")]
    InsufficientSpace,
    /// An argument is invalid (`EINVAL`).
    #[error("invalid argument")]
    Invalid,
    /// The disk under a content failed (`EIO`).
    #[error("input/output error")]
    Io,
    /// The operation does not work on directories (`EISDIR`).
    #[error("is a directory")]
    IsDirectory,
    /// The path leads through too many symbolic links or components, or a symbolic link must not be followed (`ELOOP`).
    #[error("too many levels of symbolic links")]
    Loop,
    /// A name is longer than 255 bytes, or a path longer than 4,095 (`ENAMETOOLONG`).
    #[error("file name too long")]
    NameTooLong,
    /// The name does not exist, or the space of the descriptor has ended (`ENOENT`).
    #[error("no such file or directory")]
    NoEntry,
    /// The descriptor, or a component of the path, is not a directory (`ENOTDIR`).
    #[error("not a directory")]
    NotDirectory,
    /// The directory is not empty (`ENOTEMPTY`).
    #[error("directory not empty")]
    NotEmpty,
    /// The path is absolute or leads above its descriptor, or a directory would get a second name (`EPERM`).
    #[error("operation not permitted")]
    NotPermitted,
    /// The limit on open files would be exceeded (`EDQUOT`, or `EMFILE` in WASI preview 1).
    #[error("quota exceeded")]
    Quota,
}

/// The result of an operation on a file system.
pub type Result<T, E = Error> = std::result::Result<T, E>;
