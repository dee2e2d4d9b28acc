//! What exports ask of the host's system. No other module of this crate makes system calls for exports.
//!
//! Every function takes open directories and single names, and none follows a symbolic link.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(super) use linux::*;

#[cfg(not(target_os = "linux"))]
mod unsupported;
#[cfg(not(target_os = "linux"))]
pub(super) use unsupported::*;

/// Permissions of a file that anyone may read and write, before the mask of the process.
pub(super) const FILE_MODE: u16 = 0o666;

/// Permissions of a directory that anyone may use, before the mask of the process.
pub(super) const DIRECTORY_MODE: u16 = 0o777;

/// Permissions of a file that only its owner may read and write.
pub(super) const PRIVATE_FILE_MODE: u16 = 0o600;
