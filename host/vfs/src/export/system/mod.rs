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

use std::hash::{BuildHasher, RandomState};

/// Permissions of a file that anyone may read and write, before the mask of the process.
pub(super) const FILE_MODE: u16 = 0o666;

/// Permissions of a directory that anyone may use, before the mask of the process.
pub(super) const DIRECTORY_MODE: u16 = 0o777;

/// Permissions of a file that only its owner may read and write.
pub(super) const PRIVATE_FILE_MODE: u16 = 0o600;

/// Returns a name that nobody can guess, of 16 hexadecimal digits behind a dot and a word that says where it comes from.
///
/// The number is that of a keyed hash, and the standard library takes its keys from the system's random numbers.
pub(super) fn random_name() -> Vec<u8> {
    format!(".scratch-{:016x}", RandomState::new().hash_one(0_u8)).into_bytes()
}
