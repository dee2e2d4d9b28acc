//! Limits: what a program sees, what an operator sees, and that nobody gets beyond them or in another's way.

#[path = "support/driven.rs"]
mod driven;
mod support;

#[path = "limits/base.rs"]
mod base;
#[path = "limits/events.rs"]
mod events;
#[path = "limits/many.rs"]
mod many;
#[path = "limits/program.rs"]
mod program;

use scratch_tests::programs;
use support::Run;
use wasmtime_scratch::{Limits, Report};

/// Runs the operations, a line each, and gives back how each ended.
#[track_caller]
pub(crate) fn told(limits: Limits, lines: &str) -> (Vec<String>, Report) {
    let ran = Run::new(programs::MODEL).within(limits).stdin(lines).run();
    ran.assert_success().assert_nothing_left();
    (codes(&ran.stdout), ran.report)
}

/// The first word of each line.
pub(crate) fn codes(printed: &str) -> Vec<String> {
    let code = |line: &str| line.split(' ').next().unwrap_or("").to_owned();
    printed.lines().map(code).collect()
}

/// No limits but what `set` sets.
pub(crate) fn only(set: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::UNLIMITED;
    set(&mut limits);
    limits
}
