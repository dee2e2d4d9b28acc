//! Real programs: an external sort, which has to print what the `sort` of coreutils prints, and downloads that are checked
//! before anybody sees them.

#![forbid(unsafe_code)]

use cli::Place;
use support::Run;
use wasmtime_wasi::FsPerms;

mod support;

#[path = "support/cli.rs"]
mod cli;

#[path = "jobs/tests/sort.rs"]
mod sort;
#[path = "jobs/tests/validate.rs"]
mod validate;

/// A case without a test is an error of the compiler.
macro_rules! assert_tests_exist {
    ($name:ident) => {
        #[expect(unused_imports, reason = "only there to fail if it is missing")]
        use self::$name as _;
    };
}
scratch_tests::foreach_job!(assert_tests_exist);

/// Grants the directory `in` of a place as `/in`, read-only.
fn granting_in(run: Run, place: &Place) -> Run {
    run.with(|command| {
        command.dir(place.path("in"), "/in", FsPerms::ReadOnly);
    })
}
