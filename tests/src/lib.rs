//! The test programs, the jobs and the providers, built by this package's build script: where they are, and every name.
//!
//! A constant each, such as `programs::GUIDE`, `jobs::SORT`, `modules::P1_EXIT` and `providers::SINLESS`, holds the path of
//! the file. The macros [`foreach_program!`], [`foreach_job!`], [`foreach_module!`] and [`foreach_provider!`] call a macro with
//! every name, so that a test file can make a case without a test an error of the compiler:
//!
//! ```
//! macro_rules! assert_test_exists {
//!     ($name:ident) => {
//!         #[expect(unused_imports, reason = "only there to fail if it is missing")]
//!         use self::$name as _;
//!     };
//! }
//! # mod tests { // here stand the tests: one function for each provider
//! # macro_rules! test { ($name:ident) => { pub fn $name() {} } }
//! # scratch_tests::foreach_provider!(test);
//! # }
//! # use tests::*;
//! scratch_tests::foreach_provider!(assert_test_exists);
//! # fn main() {}
//! ```
#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};

include!(concat!(env!("OUT_DIR"), "/artifacts.rs"));

/// Whether the host itself is to provide temporary files in the test binary that asks: each list of tests is built twice, the
/// second time under a name that ends with `_native`.
#[macro_export]
macro_rules! is_native {
    () => {
        env!("CARGO_CRATE_NAME").ends_with("_native")
    };
}

/// Every path below `dir`, relative to it, sorted: what somebody who looks from outside finds. None if `dir` is not there.
///
/// # Panics
///
/// If an entry cannot be read.
pub fn entries(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.expect("an entry can be read").path();
            if path.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
                open.push(path.clone());
            }
            found.push(path.strip_prefix(dir).expect("it is below").to_owned());
        }
    }
    found.sort();
    found
}
