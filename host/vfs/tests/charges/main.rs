//! Properties that hold for every sequence of operations: what is charged, what can be read, and what a listing tells.
//!
//! `PROPTEST_CASES` sets how many cases each property is tried with.
#![forbid(unsafe_code)]

mod at_root;
mod canaries;
mod charges;
mod freeing;
mod handles;
mod ledger;
mod listings;
mod model;
mod operations;
mod sizes;
mod subject;
mod tree;

use proptest::test_runner::Config;

/// Returns the configuration of a property: so many cases, unless the environment asks for another number.
fn config(cases: u32) -> Config {
    let mut config = Config::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    config.failure_persistence = None;
    config
}
