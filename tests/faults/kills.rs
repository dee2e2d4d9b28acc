//! Rows 21 and 22: a process that is killed just before one call of the system, for each such call.

use std::process::Command;

use scratch_tests::programs;

use super::cli::Place;
use super::tools::{Traced, has_strace, traced};
use super::{MAKE_TREE, assert_next_sweep_leaves_nothing, leave_dead_hosts};

/// Every call that changes what stands in a base, opens something in it, or says who lives.
const STEPS: [&str; 7] = ["openat", "flock", "write", "mkdirat", "linkat", "renameat", "unlinkat"];

/// More calls of one kind than any command here makes.
const MANY: usize = 400;

/// Kills the command at its first call of `step`, then at its second and so on until it ends by itself; after each the next sweep
/// leaves nothing. How often it was killed.
fn kill_at_each(step: &str, options: &[&str], prepare: impl Fn(&Place), command: impl Fn(&Place) -> Command) -> usize {
    for nth in 1..MANY {
        let place = Place::new();
        prepare(&place);
        let trace = format!("--trace={step}");
        let inject = format!("--inject={step}:signal=KILL:when={nth}");
        let Traced { ended, .. } = traced(&place, &command(&place), &[options, &[&trace, &inject]].concat());
        if ended.code.is_some() {
            ended.assert_code(0);
            place.assert_nothing_left();
            return nth - 1;
        }
        assert_next_sweep_leaves_nothing(&place);
    }
    panic!("it does not end");
}

#[test]
fn row_21_sigkill_at_each_step_of_a_lease_and_of_a_delete() {
    if !has_strace() {
        return;
    }
    let exec = |place: &Place| {
        let mut command = place.bare();
        command.args(["exec", "--base", &place.text("base"), "--", "/bin/sh", "-c", MAKE_TREE]);
        command
    };
    let killed = STEPS.map(|step| kill_at_each(step, &[], |_| (), exec));
    // What stands in a base takes so many calls at least: the layout, the lease, the space, and the tree.
    for (killed, at_least) in killed.into_iter().zip([10, 3, 2, 5, 1, 2, 15]) {
        assert!(killed >= at_least, "{STEPS:?}: {killed:?}");
    }
}

#[test]
fn row_21_sigkill_at_each_step_of_a_run() {
    if !has_strace() {
        return;
    }
    let run = |place: &Place| {
        let mut command = place.scratch();
        command.args([programs::NEVER_DROPPED, "disk"]);
        command
    };
    let steps: &[(&str, usize)] = match scratch_tests::is_native!() {
        true => &[("openat", 10), ("linkat", 1), ("unlinkat", 5)],
        false => &[("openat2", 5), ("unlinkat", 5)],
    };
    for &(step, at_least) in steps {
        let killed = kill_at_each(step, &["--follow-forks"], |_| (), run);
        assert!(killed >= at_least, "{step}: killed {killed} times only");
    }
}

/// A sweep deletes in a thread of its own, and `strace` counts the calls of each.
#[test]
fn row_22_sigkill_during_a_sweep() {
    if !has_strace() {
        return;
    }
    let sweep = |place: &Place| {
        let mut command = place.bare();
        command.args(["sweep", "--base", &place.text("base")]);
        command
    };
    let dead_hosts = |place: &Place| leave_dead_hosts(place, 2);
    for (step, at_least) in [
        ("flock", 4),
        ("mkdirat", 4),
        ("renameat", 5),
        ("unlinkat", 20),
        ("getdents64", 6),
    ] {
        let killed = kill_at_each(step, &["--follow-forks"], dead_hosts, sweep);
        assert!(killed >= at_least, "{step}: killed {killed} times only");
    }
}
