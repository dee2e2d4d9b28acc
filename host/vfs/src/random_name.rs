//! Names of files and directories that exist only for a moment.

use std::hash::{BuildHasher, RandomState};

/// Returns a name that nobody can guess, of 16 hexadecimal digits behind a dot and a word that says where it comes from.
///
/// The number is that of a keyed hash, and the standard library takes its keys from the system's random numbers.
pub(crate) fn random_name() -> String {
    format!(".scratch-{:016x}", RandomState::new().hash_one(0_u8))
}
