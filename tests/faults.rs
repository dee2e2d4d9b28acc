//! What can go wrong, and what must then be true: the design's table of faults, row by row.
//!
//! A test's name begins with its row. *0* means: nothing under the base but live leases and their spaces, and the
//! process's descriptors, threads and charges are back to where they were.

#![forbid(unsafe_code)]

#[path = "support/cli.rs"]
mod cli;
#[path = "support/driven.rs"]
mod driven;
#[path = "support/store.rs"]
mod store;
mod support;

#[path = "faults/alone.rs"]
mod alone;
#[path = "faults/crashes.rs"]
mod crashes;
#[path = "faults/cuts.rs"]
mod cuts;
#[path = "faults/embedding.rs"]
mod embedding;
#[path = "faults/ends.rs"]
mod ends;
#[path = "faults/hosts.rs"]
mod hosts;
#[path = "faults/kills.rs"]
mod kills;
#[path = "faults/limits.rs"]
mod limits;
#[path = "faults/outside.rs"]
mod outside;
#[path = "faults/refusals.rs"]
mod refusals;
#[path = "faults/tools.rs"]
mod tools;
#[path = "faults/unused.rs"]
mod unused;

use std::time::{Duration, Instant};

use rustix::process::Signal;
use wasmtime_scratch::Base;

use self::cli::{Place, Running};

/// Longer than anything that a test waits for takes.
const LONG: Duration = Duration::from_secs(30);

/// Waits until something is so that another process or thread brings about.
#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < LONG, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// How many hosts live in the base, as far as it is one.
fn live_hosts(place: &Place) -> u64 {
    let listing = Base::list(place.base()).ok().flatten();
    listing.map_or(0, |listing| listing.live_hosts)
}

/// The next sweep leaves nothing.
#[track_caller]
fn assert_next_sweep_leaves_nothing(place: &Place) {
    wait_until("its host and who inherited the lease are dead", || {
        live_hosts(place) == 0
    });
    let swept = place.sub(&["sweep"]);
    assert_eq!(swept.code, Some(0), "{swept:#?}, left: {:#?}", place.left());
    place.assert_nothing_left();
}

/// Makes a tree in `$TMPDIR`: 5 directories and 5 files.
const MAKE_TREE: &str = r#"
    mkdir -p "$TMPDIR/a/b/c" "$TMPDIR/d/e"
    for file in one a/two a/b/c/three d/e/four d/five; do echo "$file" > "$TMPDIR/$file"; done
"#;

/// Entries in a space that holds that tree.
const TREE_ENTRIES: u64 = 10;

/// Starts `scratch exec` with a script that makes the tree, says `ready`, and reads a line before it does `then`.
fn start_exec(place: &Place, then: &str) -> Running {
    let script = format!("{MAKE_TREE} echo ready; read line; {then}");
    let mut command = place.bare();
    command.args(["exec", "--base", &place.text("base"), "--", "/bin/sh", "-c", &script]);
    let mut running = Running::start(&mut command);
    running.wait_until_ready();
    running
}

/// Leaves what so many hosts leave that are killed, each with the tree in a space.
fn leave_dead_hosts(place: &Place, count: usize) {
    let before = live_hosts(place);
    let mut hosts: Vec<Running> = (0..count).map(|_| start_exec(place, "")).collect();
    for host in &mut hosts {
        host.signal(Signal::KILL);
        host.wait_for_death();
        // The script has the lease, too.
        host.say("\n");
    }
    wait_until("they and their scripts are dead", || live_hosts(place) == before);
}
