//! The errors of exports.

use crate::error::Error;
use std::fmt;
use std::io;

/// Names what an export tried to do on the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Look at a file or directory.
    Inspect,
    /// Create a file, a directory or a link.
    Create,
    /// Copy bytes.
    Copy,
    /// Set permissions.
    SetMode,
    /// Synchronize a file or directory to disk.
    Synchronize,
    /// Give the finished file or directory its name.
    Publish,
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Inspect => "look at",
            Self::Create => "create",
            Self::Copy => "copy to",
            Self::SetMode => "set the permissions of",
            Self::Synchronize => "synchronize",
            Self::Publish => "publish",
        })
    }
}

/// Names a limit of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExportLimit {
    /// Sizes of all files together.
    Bytes,
    /// Files, directories and links.
    Entries,
    /// Levels of directories.
    Depth,
}

impl fmt::Display for ExportLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Bytes => "bytes",
            Self::Entries => "entries",
            Self::Depth => "levels of directories",
        })
    }
}

/// Describes why nothing was persisted or exported.
///
/// A `path` begins with the name of the target, and continues with the path in the tree that was exported. Messages show it escaped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The target's name is empty, `.` or `..`, or has a `/` or a NUL.
    #[error("`{}` is not a name for a target", .name.escape_ascii())]
    InvalidName {
        /// The name.
        name: Vec<u8>,
    },
    /// The host's system refused something.
    ///
    /// The source has the kind `AlreadyExists` if the name of the target exists and must not be replaced, and `Unsupported` if the
    /// system or the file system of the target lacks what an export needs.
    #[error("failed to {action} `{}`: {source}", .path.escape_ascii())]
    Host {
        /// The action that failed.
        action: Action,
        /// The file or directory.
        path: Vec<u8>,
        /// The error of the system.
        source: io::Error,
    },
    /// The space refused something.
    ///
    /// The source is [`Error::Busy`] if the file or tree is being persisted already, [`Error::NoEntry`] if it does not exist any more,
    /// [`Error::IsDirectory`] or [`Error::NotDirectory`] if it is not of the kind that was asked for, [`Error::NotPermitted`] for the root
    /// of a space, and [`Error::CrossDevice`] if it belongs to a different space.
    #[error("failed to read `{}` in its space: {source}", .path.escape_ascii())]
    Space {
        /// The file or directory.
        path: Vec<u8>,
        /// The error of the space.
        source: Error,
    },
    /// A limit would be exceeded.
    #[error("`{}` exceeds the limit of {value} {limit}", .path.escape_ascii())]
    Limit {
        /// The file or directory that would exceed it.
        path: Vec<u8>,
        /// The limit.
        limit: ExportLimit,
        /// Its value.
        value: u64,
    },
    /// The space ended or was reset, or what was to be persisted was revoked.
    #[error("the export was cut short")]
    Cut,
}

impl ExportError {
    pub(super) fn host(action: Action, path: &[u8], source: io::Error) -> Self {
        Self::Host {
            action,
            path: path.to_vec(),
            source,
        }
    }

    pub(super) fn space(path: &[u8], source: Error) -> Self {
        Self::Space {
            path: path.to_vec(),
            source,
        }
    }

    /// Returns the kind that an [`io::Error`] for the same cause has.
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::InvalidName { .. } => io::ErrorKind::InvalidInput,
            Self::Host { source, .. } => source.kind(),
            Self::Space { source, .. } => match source {
                Error::Busy => io::ErrorKind::ResourceBusy,
                Error::NoEntry => io::ErrorKind::NotFound,
                Error::IsDirectory => io::ErrorKind::IsADirectory,
                Error::NotDirectory => io::ErrorKind::NotADirectory,
                Error::NotPermitted => io::ErrorKind::PermissionDenied,
                Error::CrossDevice => io::ErrorKind::CrossesDevices,
                Error::InsufficientMemory => io::ErrorKind::OutOfMemory,
                _ => io::ErrorKind::Other,
            },
            Self::Limit { .. } => io::ErrorKind::QuotaExceeded,
            Self::Cut => io::ErrorKind::Interrupted,
        }
    }
}
