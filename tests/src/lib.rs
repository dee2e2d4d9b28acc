//! The test programs and the providers, built by this package's build script: where they are, and every name.
//!
//! A constant each, such as `programs::GUIDE`, `modules::P1_EXIT` and `providers::SINLESS`, holds the path of the file. The macros
//! [`foreach_program!`], [`foreach_module!`] and [`foreach_provider!`] call a macro with every name, so that a test file can make
//! a case without a test an error of the compiler:
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

include!(concat!(env!("OUT_DIR"), "/artifacts.rs"));
