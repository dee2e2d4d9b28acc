//! What a program sees of its limits, and what the report says of it.

use scratch_tests::{modules, programs, providers};
use wasmtime_scratch::{Limits, Usage};

use super::support::{Run, unlimited_base};
use super::{codes, only, told};

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
        (modules::FILLS_SPACE, "no storage space"),
    ] {
        let ran = Run::new(program).within(limits).run();
        ran.assert_success().assert_nothing_left();
        let told = format!(
            "in the middle: {in_the_middle}\nopened anew: no storage space\nstretched: no storage space\n\
             deep: quota exceeded\nentries: no storage space\nopen files: quota exceeded\nfinished\n"
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
    let cases: [(Limits, &str, &str, &str, Refused); 10] = [
        (
            only(|limits| limits.bytes = 100),
            "open 0 a cw\nwrite 0 0 100\nwrite 0 99 2\n",
            "ok ok insufficient-space",
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
            only(|limits| limits.file_bytes = 100),
            "temp 0 -\ntsize 0 101\ntsize 0 100\n",
            "ok file-too-large ok",
            "0",
            |usage| usage.file_bytes_refused,
        ),
        (
            only(|limits| limits.entries = 2),
            "mkdir a\nsymlink nothing b\nopen 0 c c\n",
            "ok ok insufficient-space",
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
            "ok ok ok ok insufficient-space ok ok",
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

/// Without a limit of its own, a file ends where the space does: a full disk has no other words for it either.
#[test]
fn a_file_that_fills_its_space_meets_the_limit_of_the_space() {
    let limits = only(|limits| {
        limits.bytes = 100;
        limits.file_bytes = 100;
        limits.memory = 1_000;
    });
    let beyond = 1_u64 << 63;
    let lines = format!(
        "open 0 a cw\nsize 0 101\nwrite 0 100 1\nstream 0 0 101\nappend 0 1\ntemp 0 1000\ntsize 0 101\ntappend 0 101\nsize 0 {beyond}\n"
    );
    let (codes, report) = told(limits, &lines);
    let full = "insufficient-space";
    let expected = ["ok", full, full, full, full, "ok", full, full, "file-too-large"];
    assert_eq!(codes, expected, "{report}");
    let usage = report.usage;
    assert_eq!((usage.bytes.refused, usage.file_bytes_refused), (6, 1), "{report}");
}

/// Whoever writes, and by whatever function of a stream.
#[test]
fn zeroes_and_what_is_spliced_are_charged() {
    let (codes, report) = told(
        only(|limits| limits.bytes = 100),
        "open 0 a cw\nzeroes 0 60\nzeroes 0 41\n",
    );
    assert_eq!(codes.join(" "), "ok ok insufficient-space");
    assert_eq!(
        (report.usage.bytes.now, report.usage.bytes.refused),
        (100, 1),
        "{report}"
    );
    let lines = "open 0 a cw\nwrite 0 0 40\nopen 1 b cw\nsplice 0 1\nsplice 0 1\n";
    let (codes, report) = told(only(|limits| limits.bytes = 100), lines);
    assert_eq!(codes.join(" "), "ok ok ok ok insufficient-space");
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
        assert_eq!(
            codes.join(" "),
            "ok ok ok quota ok ok ok insufficient-space ok ok ok",
            "{kind}"
        );
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
    assert_eq!(codes.join(" "), "ok ok ok ok ok insufficient-space ok ok");
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
    assert_eq!(codes(&ran.stdout).join(" "), "ok ok ok ok ok insufficient-space ok ok");
}

/// As much as fits is written, and what is not in the file yet is charged with what is before it.
#[test]
fn a_stream_writes_as_much_as_there_is_room_for() {
    for (lines, expected) in [
        // Nothing grows.
        ("open 0 a cw\nwrite 0 0 100\nstream 0 0 100\n", "ok ok ok"),
        (
            "open 0 a cw\nwrite 0 0 100\nstream 0 50 51\n",
            "ok ok insufficient-space",
        ),
        // A hole of 40, then 50.
        ("open 0 a cw\nsize 0 10\nstream 0 50 60\n", "ok ok insufficient-space"),
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
    assert_eq!(codes.join(" "), "quota quota quota ok insufficient-space quota");
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
fn a_file_that_is_made_through_a_link_stands_as_deep_as_it_really_does() {
    let lines = "mkdir a\nmkdir a/b\nsymlink a/b/c l\nopen 0 l cf\nopen 1 a/b/c \n";
    let (codes, _) = told(only(|limits| limits.depth = 2), lines);
    assert_eq!(codes.join(" "), "ok ok ok quota no-entry");
}
