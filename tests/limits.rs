//! Limits: what a program sees, what an operator sees, and that nobody gets beyond them or in another's way.

#[path = "support/driven.rs"]
mod driven;
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use driven::Host;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use scratch_tests::{modules, programs, providers};
use support::{Run, unlimited_base};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use wasmtime_scratch::{Base, BaseLimits, Limits, Report, Space, Usage};

/// Runs the operations, a line each, and gives back how each ended.
#[track_caller]
fn told(limits: Limits, lines: &str) -> (Vec<String>, Report) {
    let ran = Run::new(programs::MODEL).within(limits).stdin(lines).run();
    ran.assert_success().assert_nothing_left();
    (codes(&ran.stdout), ran.report)
}

/// The first word of each line.
fn codes(printed: &str) -> Vec<String> {
    let code = |line: &str| line.split(' ').next().unwrap_or("").to_owned();
    printed.lines().map(code).collect()
}

/// No limits but what `set` sets.
fn only(set: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::UNLIMITED;
    set(&mut limits);
    limits
}

#[test]
fn a_program_fills_its_space_is_told_so_deletes_a_file_and_finishes() {
    let limits = only(|limits| {
        limits.bytes = 100_000;
        limits.entries = 20;
        limits.depth = 5;
        limits.open_files = 10;
    });
    for (program, in_the_middle) in [
        (programs::FILLS_SPACE, "I/O error (os error 29)"),
        (modules::FILLS_SPACE, "quota exceeded"),
    ] {
        let ran = Run::new(program).within(limits).run();
        ran.assert_success().assert_nothing_left();
        let told = format!(
            "in the middle: {in_the_middle}\nopened anew: quota exceeded\nstretched: quota exceeded\n\
             deep: quota exceeded\nentries: quota exceeded\nopen files: quota exceeded\nfinished\n"
        );
        assert_eq!(ran.stdout, told, "{program}");
        let usage = ran.report.usage;
        assert_eq!((usage.entries.peak, usage.open_files.peak), (20, 10), "{usage:#?}");
        assert!(usage.bytes.peak <= 100_000, "{usage:#?}");
        for refused in [
            usage.bytes.refused,
            usage.entries.refused,
            usage.open_files.refused,
            usage.depth_refused,
        ] {
            assert!(refused > 0, "{usage:#?}");
        }
    }
}

/// The largest that is allowed is allowed, one more is not, and the report says which limit it was.
#[test]
fn each_limit_is_met_exactly_and_counted() {
    type Refused = fn(&Usage) -> u64;
    let cases: [(Limits, &str, &str, &str, Refused); 9] = [
        (
            only(|limits| limits.bytes = 100),
            "open 0 a cw\nwrite 0 0 100\nwrite 0 99 2\n",
            "ok ok quota",
            "100",
            |usage| usage.bytes.refused,
        ),
        (
            only(|limits| limits.file_bytes = 100),
            "open 0 a cw\nsize 0 100\nsize 0 101\n",
            "ok ok file-too-large",
            "100",
            |usage| usage.file_bytes_refused,
        ),
        (
            only(|limits| limits.file_bytes = 100),
            "temp 0 -\ntsize 0 100\ntappend 0 1\n",
            "ok ok file-too-large",
            "0",
            |usage| usage.file_bytes_refused,
        ),
        (
            only(|limits| limits.entries = 2),
            "mkdir a\nsymlink nothing b\nopen 0 c c\n",
            "ok ok quota",
            "0",
            |usage| usage.entries.refused,
        ),
        (
            only(|limits| limits.open_files = 2),
            "open 0 a c\nopen 1 a \nopen 2 a \nclose 0\nopen 2 a \n",
            "ok ok quota ok ok",
            "0",
            |usage| usage.open_files.refused,
        ),
        (
            only(|limits| limits.open_files = 1),
            "open 0 a cw\nstream 0 0 1\nlist .\n",
            "ok quota quota",
            "0",
            |usage| usage.open_files.refused,
        ),
        (
            only(|limits| limits.depth = 2),
            "mkdir a\nmkdir a/b\nmkdir a/b/c\n",
            "ok ok quota",
            "0",
            |usage| usage.depth_refused,
        ),
        (
            // What does not fit in memory goes to disk, and that is no error.
            only(|limits| limits.memory = 100),
            "temp 0 1000\ntwrite 0 0 60\ntemp 1 1000\ntwrite 1 0 60\n",
            "ok ok ok ok",
            "60",
            |usage| usage.memory.refused,
        ),
        (
            // A file that was unlinked stays charged until its last holder goes.
            only(|limits| limits.bytes = 100),
            "open 0 a cw\nwrite 0 0 100\nunlink a\nopen 1 b cw\nwrite 1 0 1\nclose 0\nwrite 1 0 100\n",
            "ok ok ok ok quota ok ok",
            "100",
            |usage| usage.bytes.refused,
        ),
    ];
    for (limits, lines, expected, peak, refused) in cases {
        let (codes, report) = told(limits, lines);
        assert_eq!(codes.join(" "), expected, "{lines}");
        assert_eq!(report.usage.bytes.peak.to_string(), peak, "{lines}{report}");
        assert!(refused(&report.usage) > 0, "{lines}{report}");
    }
}

/// Whoever writes, and by whatever function of a stream.
#[test]
fn zeroes_and_what_is_spliced_are_charged() {
    let (codes, report) = told(
        only(|limits| limits.bytes = 100),
        "open 0 a cw\nzeroes 0 60\nzeroes 0 41\n",
    );
    assert_eq!(codes.join(" "), "ok ok quota");
    assert_eq!(
        (report.usage.bytes.now, report.usage.bytes.refused),
        (100, 1),
        "{report}"
    );
    let lines = "open 0 a cw\nwrite 0 0 40\nopen 1 b cw\nsplice 0 1\nsplice 0 1\n";
    let (codes, report) = told(only(|limits| limits.bytes = 100), lines);
    assert_eq!(codes.join(" "), "ok ok ok ok quota");
    assert_eq!(
        (report.usage.bytes.now, report.usage.bytes.refused),
        (100, 1),
        "{report}"
    );
}

/// A file that has no name any more is there for as long as a stream reads or writes it, and a stream is open for as long
/// as it is there.
#[test]
fn a_stream_counts_and_holds_its_file_until_it_is_dropped() {
    let limits = only(|limits| {
        limits.bytes = 100;
        limits.open_files = 2;
    });
    for kind in ["reader", "writer"] {
        let lines = format!(
            "open 0 a cw\nwrite 0 0 100\n{kind} 0\nopen 1 b c\nunlink a\nclose 0\nopen 1 b cw\nwrite 1 0 1\n\
             done 0\nwrite 1 0 100\n{kind} 1\n"
        );
        let (codes, report) = told(limits, &lines);
        assert_eq!(codes.join(" "), "ok ok ok quota ok ok ok quota ok ok ok", "{kind}");
        assert_eq!(report.usage.bytes.now, 100, "{kind}: {report}");
    }
    // The directory is open, and is not listed.
    let (codes, report) = told(only(|limits| limits.open_files = 1), "list .\n");
    assert_eq!((codes.join(" ").as_str(), report.usage.open_files.peak), ("quota", 1));
    // What is dropped is free again, as often as that is done.
    let lines = "reader 0\ndone 0\nwriter 0\ndone 0\nlist .\n".repeat(5);
    let (codes, _) = told(only(|limits| limits.open_files = 3), &format!("open 0 a cw\n{lines}"));
    assert_eq!(codes.join(" "), ["ok"; 26].join(" "));
}

/// A file that can only be read is held by its reader, too.
#[test]
fn a_file_that_is_open_to_be_read_is_charged_after_its_last_name_is_gone() {
    let lines = "open 0 a cw\nwrite 0 0 100\nopen 0 a \nunlink a\nopen 1 b cw\nwrite 1 0 1\nclose 0\nwrite 1 0 100\n";
    let (codes, _) = told(only(|limits| limits.bytes = 100), lines);
    assert_eq!(codes.join(" "), "ok ok ok ok ok quota ok ok");
}

/// What the host removes behind a provider's back is charged for as long as the program has it open.
#[test]
fn a_file_that_the_host_removes_is_charged_until_it_is_closed() {
    let lines = "temp 0 0\ntwrite 0 0 60\ntopen 0\ntdrop 0\nopen 1 b cw\nwrite 1 0 41\nclose 0\nwrite 1 0 100\n";
    let ran = Run::new(programs::MODEL)
        .provider(providers::DROP_DOES_NOTHING)
        .within(only(|limits| limits.bytes = 100))
        .stdin(lines)
        .run();
    ran.assert_success().assert_nothing_left().assert_violations(1);
    assert_eq!(codes(&ran.stdout).join(" "), "ok ok ok ok ok quota ok ok");
}

/// As much as fits is written, and what is not in the file yet is charged with what is before it.
#[test]
fn a_stream_writes_as_much_as_there_is_room_for() {
    for (lines, expected) in [
        // Nothing grows.
        ("open 0 a cw\nwrite 0 0 100\nstream 0 0 100\n", "ok ok ok"),
        ("open 0 a cw\nwrite 0 0 100\nstream 0 50 51\n", "ok ok quota"),
        // A hole of 40, then 50.
        ("open 0 a cw\nsize 0 10\nstream 0 50 60\n", "ok ok quota"),
    ] {
        let (codes, report) = told(only(|limits| limits.bytes = 100), lines);
        assert_eq!(codes.join(" "), expected, "{lines}");
        assert_eq!(report.usage.bytes.now, 100, "{lines}{report}");
    }
}

/// Where a program has everything open that it may, a provider can still delete.
#[test]
fn a_directory_can_be_dropped_at_the_limit_of_open_files() {
    let limits = only(|limits| limits.open_files = 2);
    let lines = "tempdir 0\nopen 0 a c\nopen 1 a \nopen 2 a \ntempdir-drop 0\nopen 2 a \n";
    let (codes, report) = told(limits, lines);
    assert_eq!(codes.join(" "), "ok ok ok quota ok quota");
    assert_eq!((report.violation_count, report.directories.dropped), (0, 1), "{report}");
    assert_eq!(report.usage.entries.now, 1, "{report}");
}

/// What has moved to disk is not in memory any more.
#[test]
fn memory_is_free_again_when_a_file_moves_to_disk() {
    let limits = only(|limits| limits.memory = 100);
    for (lines, peak) in [
        (
            "temp 0 60\ntwrite 0 0 50\ntwrite 0 0 70\ntemp 1 100\ntwrite 1 0 90\n",
            90,
        ),
        ("temp 0 60\ntwrite 0 0 50\ntroll 0\ntemp 1 100\ntwrite 1 0 90\n", 90),
        (
            "temp 0 100\ntwrite 0 0 80\ntsize 0 10\ntemp 1 100\ntwrite 1 0 90\n",
            100,
        ),
        ("temp 0 100\ntwrite 0 0 80\ntdrop 0\ntemp 1 100\ntwrite 1 0 90\n", 90),
        // Where a program does not say how much, it is not more than there may be.
        ("temp 0 -\ntwrite 0 0 101\ntemp 1 -\ntwrite 1 0 100\n", 100),
    ] {
        let (codes, report) = told(limits, lines);
        assert!(codes.iter().all(|code| code == "ok"), "{lines}: {codes:?}");
        let memory = report.usage.memory;
        assert_eq!((memory.peak, memory.refused), (peak, 0), "{lines}{report}");
    }
}

/// By whatever way it is named, and wherever its directory stands by now.
#[test]
fn an_entry_stands_as_deep_as_it_really_does() {
    for (lines, expected) in [
        // What goes up is not deep.
        (
            "mkdir a\nmkdir a/../b\nmkdir a/../b/c\nmkdir a/../b/c/d\n",
            "ok ok ok quota",
        ),
        // A link is as deep as what it leads to.
        (
            "mkdir a\nmkdir a/b\nsymlink a/b l\nmkdir l/c\nopen 0 l/c c\n",
            "ok ok ok quota quota",
        ),
        ("mkdir a\nsymlink a l\nmkdir l/b\nmkdir l/b/c\n", "ok ok ok quota"),
        (
            "mkdir a\nmkdir a/b\nsymlink a/b l\nmkdir c\nrename c l/c\n",
            "ok ok ok ok quota",
        ),
        // A directory that was moved down, and up, while it was open.
        (
            "mkdir a\nmkdir b\nopen 0 a d\nrename a b/a\nmkdir-in 0 c\n",
            "ok ok ok ok quota",
        ),
        (
            "mkdir b\nmkdir b/a\nopen 0 b/a d\nmkdir-in 0 c\nrename b/a a\nmkdir-in 0 c\n",
            "ok ok ok quota ok ok",
        ),
        // With its file it would stand too deep, and the file would.
        (
            "mkdir a\nopen 0 a/f c\nmkdir b\nrename a b/a\nrename a/f b/f\n",
            "ok ok ok quota ok",
        ),
        ("open 0 f c\nmkdir a\nmkdir a/b\nrename f a/b/f\n", "ok ok ok quota"),
        ("open 0 f c\nmkdir a\nmkdir a/b\nlink f a/b/f\n", "ok ok ok quota"),
    ] {
        let (codes, _) = told(only(|limits| limits.depth = 2), lines);
        assert_eq!(codes.join(" "), expected, "{lines}");
    }
}

#[test]
fn limits_of_nothing_and_of_everything() {
    let nothing = only(|limits| {
        limits.bytes = 0;
        limits.entries = 0;
        limits.file_bytes = 0;
        limits.open_files = 0;
        limits.depth = 0;
        limits.memory = 0;
        limits.file_memory = 0;
    });
    let (codes, report) = told(
        nothing,
        "mkdir a\nopen 0 a cw\ntemp 0 -\ntemp 0 10\ntappend 0 1\nlist .\n",
    );
    assert_eq!(codes.join(" "), "quota quota quota ok file-too-large quota");
    let usage = report.usage;
    let peaks = [usage.bytes, usage.entries, usage.open_files, usage.memory].map(|level| level.peak);
    assert_eq!(peaks, [0; 4], "{report}");

    // Sizes that no file has: an error, and nothing is charged for it afterwards.
    let largest = u64::MAX;
    let beyond = 1_u64 << 63;
    let lines = format!(
        "open 0 a cw\nsize 0 {largest}\nsize 0 {beyond}\nwrite 0 {largest} 1\nwrite 0 {} 1\nstream 0 {largest} 1\n\
         temp 0 10\ntsize 0 {largest}\ntwrite 0 {largest} 1\nwrite 0 0 5\n",
        beyond - 1
    );
    let ran = Run::new(programs::MODEL)
        .base_within(unlimited_base())
        .stdin(lines)
        .run();
    ran.assert_success().assert_nothing_left();
    let last = ran.stdout.lines().last();
    assert_eq!(last, Some("ok 5 1"), "{}", ran.stdout);
    // An error each, after which nothing is charged.
    for operation in [
        format!("size 0 {largest}"),
        format!("size 0 {beyond}"),
        format!("write 0 {} 1", beyond - 1),
        format!("stream 0 {} 1", beyond - 1),
    ] {
        let ran = Run::new(programs::MODEL)
            .stdin(format!("open 0 a cw\n{operation}\n"))
            .run();
        let last = ran.stdout.lines().last().unwrap_or("");
        assert!(last.ends_with(" 0 1") && !last.starts_with("ok"), "{operation}: {last}");
    }
    let ended_well = ran.stdout.lines().filter(|line| line.starts_with("ok ")).count();
    assert_eq!(ended_well, 3, "{}", ran.stdout);
}

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
    assert_eq!(run(&second, "open 0 a cw\nwrite 0 0 41\nwrite 0 0 40\n"), "ok quota ok");
    assert_eq!(run(&second, "mkdir b\nmkdir c\n"), "ok quota");
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
        ("open 0 a cw\nwrite 0 0 101\nwrite 0 0 100\n", "ok quota ok"),
        ("open 0 a cw\nstream 0 0 150\n", "ok quota"),
        (
            "open 0 a cw\nmkdir b\nmkdir b\nunlink a\nmkdir b\nopen 1 c cw\n",
            "ok quota quota ok ok quota",
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
    assert_eq!(runtime.block_on(host.run(&space, lines)), "ok ok quota ok quota quota");
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
    host.provider = host.runner.provider("bad", &bad).expect("it loads");
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

/// 64 instances in one space, all at once, each against the same limit: not a byte and not an entry beyond it.
#[test]
fn writers_that_race_never_get_beyond_a_limit() {
    const WRITERS: u64 = 64;
    const EACH: u64 = 100;
    let host = Arc::new(Host::new(unlimited_base(), true));
    let runtime = Host::runtime(4);
    for shares_file in [false, true] {
        // One byte, and one entry, less than all of them want.
        let limits = only(|limits| {
            limits.bytes = WRITERS * 10 * EACH - 1;
            limits.entries = WRITERS * 3 - 1;
        });
        let space = Arc::new(host.base.space_within(None, limits));
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| {
                let (host, space) = (Arc::clone(&host), Arc::clone(&space));
                let file = if shares_file { 0 } else { number };
                let mut lines = format!("open 0 f{file} cw\nmkdir d{number}\nmkdir e{number}\n");
                lines.push_str(&format!("append 0 {EACH}\n").repeat(10));
                runtime.spawn(async move { host.run(&space, &lines).await })
            })
            .collect();
        let mut refused = 0;
        for writer in writers {
            let codes = runtime.block_on(writer).expect("it ran");
            refused += codes.matches("quota").count();
            assert!(!codes.contains("io") && !codes.contains("not-open"), "{codes}");
        }
        // Of two that saw the same room one was refused, and left it: somebody alone takes all of it.
        let rest = format!("open 0 f0 w\nappend 0 {}\n", WRITERS * EACH);
        assert_eq!(runtime.block_on(host.run(&space, &rest)), "ok quota");
        let found = space.entries().len();
        let report = Arc::into_inner(space).expect("all have ended").end();
        let usage = report.usage;
        assert!(refused > 0, "{report}");
        assert_eq!(usage.bytes.now, report.receipt.bytes_found, "{report}");
        assert_eq!(usage.entries.now, u64::try_from(found).unwrap(), "{report}");
        assert!(
            usage.bytes.peak <= limits.bytes && usage.entries.peak <= limits.entries,
            "{report}"
        );
        // A stream writes what there is room for: the last of them fills it to the last byte.
        assert_eq!(usage.bytes.now, limits.bytes, "{report}");
    }
}

/// 16 instances in one space that make, replace, link and take away the same few names: each change is charged once.
#[test]
fn names_that_are_changed_by_many_at_once_are_charged_once() {
    const INSTANCES: u64 = 16;
    let host = Arc::new(Host::new(unlimited_base(), true));
    let runtime = Host::runtime(4);
    let space = Arc::new(host.base.space_within(None, Limits::UNLIMITED));
    let running: Vec<_> = (0..INSTANCES)
        .map(|number| {
            let (host, space) = (Arc::clone(&host), Arc::clone(&space));
            let changes = format!(
                "open 0 own{number} cw\nwrite 0 0 10\nclose 0\nrename own{number} a\nlink a b\nunlink a\n\
                 open 0 b ctw\nwrite 0 0 7\nrename b a\nunlink b\n"
            );
            // What stays: with nothing there, what is given back twice would not be missed.
            let mut lines = format!("open 1 kept{number} cw\nsize 1 1000\n");
            lines.extend((0..20).map(|kept| format!("mkdir kept{number}-{kept}\n")));
            lines.push_str(&changes.repeat(20));
            runtime.spawn(async move { host.run(&space, &lines).await })
        })
        .collect();
    for running in running {
        let codes = runtime.block_on(running).expect("it ran");
        assert!(!codes.contains("quota"), "{codes}");
    }
    let found = space.entries().len();
    let report = Arc::into_inner(space).expect("all have ended").end();
    let usage = report.usage;
    assert_eq!(usage.entries.now, u64::try_from(found).unwrap(), "{report}");
    assert_eq!(usage.bytes.now, report.receipt.bytes_found, "{report}");
}

#[test]
fn a_file_that_is_made_through_a_link_stands_as_deep_as_it_really_does() {
    let lines = "mkdir a\nmkdir a/b\nsymlink a/b/c l\nopen 0 l cf\nopen 1 a/b/c \n";
    let (codes, _) = told(only(|limits| limits.depth = 2), lines);
    assert_eq!(codes.join(" "), "ok ok ok quota no-entry");
}

#[test]
fn a_directory_that_is_removed_and_replaced_at_once_is_given_back_once() {
    let host = Arc::new(Host::new(unlimited_base(), true));
    let runtime = Host::runtime(4);
    let space = Arc::new(host.base.space_within(None, Limits::UNLIMITED));
    let running: Vec<_> = (0..16)
        .map(|number| {
            let (host, space) = (Arc::clone(&host), Arc::clone(&space));
            let mut lines: String = (0..50).map(|kept| format!("mkdir k{number}-{kept}\n")).collect();
            lines.push_str(&format!("mkdir own{number}\nrename own{number} d\nrmdir d\n").repeat(50));
            runtime.spawn(async move { host.run(&space, &lines).await })
        })
        .collect();
    for running in running {
        runtime.block_on(running).expect("it ran");
    }
    let found = space.entries().len();
    let report = Arc::into_inner(space).expect("all have ended").end();
    assert_eq!(report.usage.entries.now, u64::try_from(found).unwrap(), "{report}");
}

#[test]
fn what_is_made_after_nobody_waits_for_it_is_charged() {
    let host = Arc::new(Host::new(unlimited_base(), true));
    let runtime = Host::runtime(2);
    let space = Arc::new(host.base.space_within(None, Limits::UNLIMITED));
    for number in 0..100_u64 {
        let lines: String = (0..200).map(|dir| format!("mkdir d{number}-{dir}\n")).collect();
        runtime.block_on(async {
            let _ = tokio::time::timeout(Duration::from_micros(8_000 + 100 * number), host.run(&space, &lines)).await;
        });
    }
    std::thread::sleep(Duration::from_millis(200));
    let found = space.entries().len();
    let report = Arc::into_inner(space).expect("all have ended").end();
    assert!(report.usage.entries.now >= u64::try_from(found).unwrap(), "{report}");
}

/// What a hostile tenant does, as lines, and the limit that has to have stopped it.
fn hostile(number: usize) -> (String, fn(&Usage) -> u64) {
    let many = |line: &dyn Fn(usize) -> String| (0..200).map(line).collect::<String>();
    match number % 7 {
        0 => (format!("open 0 a cw\n{}", "append 0 60000\n".repeat(40)), |usage| {
            usage.bytes.refused
        }),
        1 => (many(&|number| format!("mkdir d{number}\n")), |usage| {
            usage.entries.refused
        }),
        2 => (many(&|number| format!("open {number} a c\n")), |usage| {
            usage.open_files.refused
        }),
        3 => (
            many(&|number| format!("temp {number} 60000\ntwrite {number} 0 50000\n")),
            |usage| usage.memory.refused,
        ),
        4 => (many(&|number| format!("mkdir d{}\n", "/d".repeat(number))), |usage| {
            usage.depth_refused
        }),
        // As fast as it can.
        5 => ("open 0 a c\nunlink a\n".repeat(200), never_stopped),
        _ => (
            many(&|number| format!("open {number} a cw\nappend {number} 60000\nunlink a\n")),
            |usage| usage.bytes.refused + usage.open_files.refused,
        ),
    }
}

fn never_stopped(_: &Usage) -> u64 {
    1
}

/// A thousand spaces in one process, every fifth of them hostile: the others notice nothing.
#[test]
fn a_thousand_tenants() {
    const TENANTS: usize = 1_000;
    raise_descriptors();
    let host = Arc::new(Host::new(BaseLimits::default(), true));
    let runtime = Host::runtime(4);
    let before = open_descriptors(&host.base);
    let mut limits = Limits::default();
    limits.bytes = 1 << 20;
    limits.entries = 100;
    limits.memory = 1 << 18;
    let quiet = "temp 0 -\ntwrite 0 0 1000\ntemp 1 0\ntwrite 1 0 5000\nmkdir d\nopen 0 d/a cw\nappend 0 3000\ntdrop 0\ntdrop 1\n";
    let tenants: Vec<_> = (0..TENANTS)
        .map(|number| {
            let host = Arc::clone(&host);
            let space = host.base.space_within(None, limits);
            runtime.spawn(async move {
                let is_hostile = number % 5 == 0;
                let (lines, stopped): (String, fn(&Usage) -> u64) = match is_hostile {
                    true => hostile(number / 5),
                    false => (quiet.to_owned(), never_stopped),
                };
                let codes = host.run(&space, &lines).await;
                let report = space.end_async().await;
                (number, is_hostile, codes, stopped(&report.usage), report)
            })
        })
        .collect();
    for tenant in tenants {
        let (number, is_hostile, codes, stopped, report) = runtime.block_on(tenant).expect("it ran");
        assert!(report.is_clean(), "tenant {number}: {report}");
        let usage = report.usage;
        for level in [usage.bytes, usage.entries, usage.open_files, usage.memory] {
            assert!(
                level.limit.is_none_or(|limit| level.peak <= limit),
                "tenant {number}: {report}"
            );
        }
        assert!(stopped > 0, "tenant {number} was not stopped: {codes} {report}");
        if !is_hostile {
            assert_eq!(codes, ["ok"; 9].join(" "), "tenant {number}: {report}");
        }
    }
    let counters = host.base.counters();
    let now = [counters.bytes, counters.memory, counters.entries, counters.open_files].map(|level| level.now);
    assert_eq!(now, [0; 4], "{counters:#?}");
    assert_eq!(counters.spaces_ended, u64::try_from(TENANTS).unwrap(), "{counters:#?}");
    drop(runtime);
    assert_eq!(open_descriptors(&host.base), before);
}

/// A descriptor for each space, and for what is open in it.
fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, raised).expect("up to the hard limit anybody may");
}

/// Those of the base: other tests have theirs.
fn open_descriptors(base: &Base) -> BTreeMap<String, usize> {
    let base = base.path().to_string_lossy().into_owned();
    let mut open = BTreeMap::new();
    for entry in fs::read_dir("/proc/self/fd").expect("Linux").flatten() {
        if let Ok(target) = fs::read_link(entry.path()) {
            let target = target.to_string_lossy().into_owned();
            if target.starts_with(&base) {
                *open.entry(target).or_default() += 1;
            }
        }
    }
    open
}

/// What happens is told to whoever listens, with the label of the tenant that it happens to.
#[test]
fn events_have_the_label_of_their_tenant() {
    let heard = Heard::default();
    let host = Host::new(BaseLimits::default(), false);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    // For the whole process: the other tests' events are heard, too, and have no label.
    tracing::subscriber::set_global_default(heard.clone()).expect("nobody else listens");
    let label = "tenant-7".parse().expect("a label");
    let space = host.base.space_within(Some(label), only(|limits| limits.entries = 1));
    let lines = "mkdir a\nmkdir b\ntemp 0 -\ntdrop 0\n";
    assert_eq!(runtime.block_on(host.run(&space, lines)), "ok quota ok ok");
    space.end();
    let heard = heard.0.lock().expect("no panic");
    let ours: Vec<&str> = heard.iter().map(String::as_str).collect();
    let expected = [
        "space made",
        "refused limit=entries",
        "created resource=temporary-file",
        "ended resource=temporary-file call=drop",
        "space ended made=1 found=1 left=0 deferred=false",
    ];
    assert_eq!(ours, expected.map(|event| format!("{event} label=tenant-7")));
}

/// The events of ours, each with its message, its fields but for the random one, and its label.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

#[derive(Default)]
struct Fields {
    message: String,
    others: String,
    label: String,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let value = format!("{value:?}").replace('"', "");
        match field.name() {
            "message" => self.message = value,
            "label" => self.label = value,
            "space" => {}
            name => self.others.push_str(&format!(" {name}={value}")),
        }
    }
}

impl Subscriber for Heard {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("wasmtime_scratch")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Fields { message, others, label } = fields;
        if label != "tenant-7" {
            return;
        }
        let mut heard = self.0.lock().expect("no panic");
        heard.push(format!("{message}{others} label={label}"));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
