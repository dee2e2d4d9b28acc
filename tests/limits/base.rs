//! What a base has of limits, and what all its spaces are charged together.

use rustix::process::{Resource, getrlimit};
use scratch_tests::providers;
use std::fs;
use wasmtime_scratch::{BaseLimits, Limits, Space};

use super::driven::Host;
use super::only;
use super::support::unlimited_base;

#[test]
fn a_base_has_limits_of_its_own() {
    let base_limits = {
        let mut limits = BaseLimits::default();
        limits.bytes = Some(100);
        limits.entries = Some(3);
        limits
    };
    let host = Host::new(base_limits, false);
    let [first, second] = [(); 2].map(|()| host.base.space_within(None, Limits::UNLIMITED));
    let runtime = Host::runtime(1);
    let run = |space: &Space, lines: &str| runtime.block_on(host.run(space, lines));
    assert_eq!(run(&first, "open 0 a cw\nwrite 0 0 60\n"), "ok ok");
    assert_eq!(
        run(&second, "open 0 a cw\nwrite 0 0 41\nwrite 0 0 40\n"),
        "ok insufficient-space ok"
    );
    assert_eq!(run(&second, "mkdir b\nmkdir c\n"), "ok insufficient-space");
    let counters = host.base.counters();
    assert_eq!((counters.bytes.now, counters.entries.now), (100, 3), "{counters:#?}");
    assert_eq!((counters.spaces_made, counters.spaces_ended), (2, 0), "{counters:#?}");
    assert_eq!(first.end().usage.bytes.now, 60);
    // What the one had is free for the other.
    assert_eq!(run(&second, "open 0 a w\nwrite 0 0 100\nmkdir c\n"), "ok ok ok");
    second.end();
    let counters = host.base.counters();
    assert_eq!(
        (counters.bytes.now, counters.entries.now, counters.open_files.now),
        (0, 0, 0),
        "{counters:#?}"
    );
    assert_eq!(
        (counters.bytes.refused, counters.entries.refused, counters.spaces_ended),
        (1, 1, 2),
        "{counters:#?}"
    );
}

/// By default a base has a part of what the disk and the process have.
#[test]
fn a_base_leaves_room_for_others() {
    let host = Host::new(BaseLimits::default(), false);
    let counters = host.base.counters();
    let disk = rustix::fs::statvfs(host.base.path()).expect("it is there");
    let at_most = |limit: Option<u64>, all: u64| limit.is_some_and(|limit| limit <= all / 2);
    assert!(
        at_most(counters.bytes.limit, disk.f_blocks * disk.f_frsize),
        "{counters:#?}"
    );
    assert!(
        disk.f_files == 0 || at_most(counters.entries.limit, disk.f_files),
        "{counters:#?}"
    );
    // Another test may have raised it meanwhile.
    let maximum = getrlimit(Resource::Nofile).maximum;
    let is_a_part = |limit: u64| maximum.is_none_or(|maximum| limit <= maximum - maximum / 4);
    assert!(counters.open_files.limit.is_some_and(is_a_part), "{counters:#?}");
    assert_eq!(counters.memory.limit, None);
}

/// What a base refuses is not charged to the space either, and a stream writes as much as the base has room for.
#[test]
fn a_space_is_charged_nothing_for_what_its_base_refuses() {
    let mut base_limits = unlimited_base();
    base_limits.bytes = Some(100);
    base_limits.entries = Some(1);
    let host = Host::new(base_limits, false);
    let runtime = Host::runtime(1);
    let limits = only(|limits| {
        limits.bytes = 150;
        limits.entries = 2;
    });
    for (lines, expected) in [
        (
            "open 0 a cw\nwrite 0 0 101\nwrite 0 0 100\n",
            "ok insufficient-space ok",
        ),
        ("open 0 a cw\nstream 0 0 150\n", "ok insufficient-space"),
        (
            "open 0 a cw\nmkdir b\nmkdir b\nunlink a\nmkdir b\nopen 1 c cw\n",
            "ok insufficient-space insufficient-space ok ok insufficient-space",
        ),
    ] {
        let space = host.base.space_within(None, limits);
        assert_eq!(runtime.block_on(host.run(&space, lines)), expected, "{lines}");
        let report = space.end();
        let usage = report.usage;
        assert_eq!(usage.bytes.now, report.receipt.bytes_found, "{lines}{report}");
        assert_eq!(usage.entries.now, report.receipt.entries_found, "{lines}{report}");
        assert!(usage.bytes.now == 100 || usage.entries.refused > 0, "{lines}{report}");
    }
}

/// The directory of a space is open for as long as the space is in use, and no longer.
#[test]
fn a_space_in_use_is_an_open_file_of_its_base() {
    let mut base_limits = unlimited_base();
    base_limits.open_files = Some(2);
    let host = Host::new(base_limits, false);
    let runtime = Host::runtime(1);
    let [first, second, third] = [(); 3].map(|()| host.base.space_within(None, Limits::UNLIMITED));
    let run = |space: &Space, lines: &str| runtime.block_on(host.run(space, lines));
    assert_eq!(run(&first, "mkdir a\nopen 0 b c\n"), "ok ok");
    assert_eq!(run(&second, "mkdir a\nopen 0 b c\n"), "ok quota");
    assert_eq!(run(&third, "mkdir a\n"), "quota");
    assert_eq!(host.base.counters().open_files.now, 2);
    first.end();
    assert!(second.defer().deferred);
    assert_eq!(host.base.counters().open_files.now, 0);
    assert_eq!(run(&third, "mkdir a\nopen 0 b c\n"), "ok ok");
}

/// A space that is used again begins with nothing charged, and with nothing counted.
#[test]
fn a_space_that_is_reset_has_all_its_room_again() {
    let host = Host::new(unlimited_base(), false);
    let runtime = Host::runtime(1);
    let limits = only(|limits| {
        limits.bytes = 100;
        limits.entries = 2;
        limits.depth = 1;
    });
    let mut space = host.base.space_within(None, limits);
    let lines = "open 0 a cw\nwrite 0 0 100\nwrite 0 0 101\nmkdir b\nmkdir b/c\nmkdir c\n";
    assert_eq!(
        runtime.block_on(host.run(&space, lines)),
        "ok ok insufficient-space ok quota insufficient-space"
    );
    let usage = space.reset().usage;
    assert_eq!(
        (usage.bytes.now, usage.entries.now, usage.depth_refused),
        (100, 2, 1),
        "{usage:#?}"
    );
    assert_eq!((usage.bytes_written, usage.entries.refused), (100, 1), "{usage:#?}");
    let counters = host.base.counters();
    assert_eq!((counters.bytes.now, counters.entries.now), (0, 0), "{counters:#?}");
    assert_eq!(runtime.block_on(host.run(&space, "mkdir b\n")), "ok");
    let usage = space.end().usage;
    let peaks = (usage.bytes.peak, usage.entries.peak, usage.bytes_written);
    assert_eq!(peaks, (0, 1, 0), "{usage:#?}");
    assert_eq!(
        (usage.bytes.refused, usage.entries.refused, usage.depth_refused),
        (0, 0, 0)
    );
}

#[test]
fn a_base_counts_handles_and_violations() {
    let mut host = Host::new(unlimited_base(), false);
    let bad = fs::read(providers::DROP_DOES_NOTHING).expect("it was built");
    host.provider = host.runner.provider("bad", &bad).expect("it loads").into();
    let runtime = Host::runtime(1);
    for _ in 0..2 {
        let space = host.base.space_within(None, Limits::UNLIMITED);
        assert_eq!(
            runtime.block_on(host.run(&space, "temp 0 0\ntemp 1 0\ntdrop 0\n")),
            "ok ok ok"
        );
        space.end();
    }
    let counters = host.base.counters();
    assert_eq!(
        (counters.handles, counters.violations, counters.residue),
        (4, 2, 0),
        "{counters:#?}"
    );
}

/// A space that is only put aside is charged to the base until its files are gone.
#[test]
fn the_trash_is_charged_until_it_is_empty() {
    let host = Host::new(BaseLimits::default(), false);
    let runtime = Host::runtime(1);
    let space = host.base.space_within(None, Limits::UNLIMITED);
    assert_eq!(
        runtime.block_on(host.run(&space, "open 0 a cw\nwrite 0 0 60\n")),
        "ok ok"
    );
    let report = space.defer();
    assert_eq!((report.deferred, report.usage.bytes.now), (true, 60));
    host.base.drain();
    let counters = host.base.counters();
    assert_eq!((counters.bytes.now, counters.entries.now), (0, 0), "{counters:#?}");
}
