//! Every program, as it is meant to be run: it asserts from inside, and nothing is left outside.

mod support;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use scratch_tests::{modules, programs};
use support::{Ran, Run, STORAGES, everything};
use wasmtime::StoreLimitsBuilder;
use wasmtime_scratch::{Counts, Outcome};
use wasmtime_wasi::FsPerms;

macro_rules! assert_test_exists {
    ($name:ident) => {
        #[expect(unused_imports, reason = "only there to fail if it is missing")]
        use self::$name as _;
    };
}
scratch_tests::foreach_program!(assert_test_exists);

/// Runs a program that succeeds, in both storages.
fn succeeds(program: &str) -> [Ran; 2] {
    STORAGES.map(|storage| {
        let ran = Run::new(program).arg(storage).run();
        ran.assert_success().assert_nothing_left().assert_violations(0);
        ran
    })
}

/// What `Everything::open` makes, as the report counts it: 5 files and 2 directories, all ended by the host.
#[track_caller]
fn assert_everything_ended_by_host(ran: &Ran, storage: &str) {
    ran.assert_nothing_left().assert_violations(0);
    assert_eq!((ran.report.files.created, ran.report.files.by_host), (5, 5), "{ran:#?}");
    let directories = ran.report.directories;
    assert_eq!((directories.created, directories.by_host), (2, 2), "{ran:#?}");
    // Where they are not in memory, all of them.
    let found = match storage {
        "disk" => everything(),
        _ => 4 + 2 + 1,
    };
    assert_eq!(ran.report.receipt.entries_found, found, "{ran:#?}");
}

fn created_and_dropped(number: u64) -> Counts {
    let mut counts = Counts::default();
    counts.created = number;
    counts.dropped = number;
    counts
}

#[test]
fn guide() {
    let ran = Run::new(programs::GUIDE).run();
    ran.assert_success().assert_nothing_left().assert_violations(0);
    assert_eq!(ran.report.files, created_and_dropped(1));
    assert_eq!(ran.report.directories, created_and_dropped(1));
    assert_eq!(ran.report.receipt.entries_found, 0);
    assert!(ran.stdout.contains("Hello, world!"), "{ran:#?}");
}

#[test]
fn guide_crash() {
    let ran = Run::new(programs::GUIDE_CRASH).run();
    ran.assert_trap("unreachable")
        .assert_nothing_left()
        .assert_violations(0);
    assert_eq!(ran.report.files.by_host, 2);
    assert_eq!(ran.report.directories.by_host, 1);
    assert_eq!(ran.report.receipt.entries_found, 3);
    let Outcome::Trap { backtrace, .. } = &ran.outcome else {
        unreachable!()
    };
    assert!(
        backtrace.iter().any(|frame| frame.contains("guide_crash::main")),
        "{backtrace:#?}"
    );
}

#[test]
fn guide_error() {
    let ran = Run::new(programs::GUIDE_ERROR).run();
    ran.assert_nothing_left().assert_violations(0);
    assert_eq!(ran.outcome, Outcome::Exit { code: 1 });
    assert_eq!(
        ran.report.files.by_host + ran.report.directories.by_host,
        0,
        "Rust drops on the way out"
    );
    assert_eq!(ran.report.receipt.entries_found, 0);
}

#[test]
fn guide_by_hand() {
    let ran = Run::new(programs::GUIDE_BY_HAND).run();
    ran.assert_trap("unreachable").assert_nothing_left();
    assert_eq!(ran.report.handles(), 0);
    assert_eq!(
        ran.report.receipt.entries_found, 5,
        "a directory with three files, and a loose file"
    );
}

#[test]
fn drops() {
    for ran in succeeds(programs::DROPS) {
        assert_eq!(ran.report.files, created_and_dropped(7));
        assert_eq!(ran.report.directories, created_and_dropped(2));
        assert_eq!(ran.report.receipt.entries_found, 0);
    }
}

#[test]
fn never_dropped() {
    for storage in STORAGES {
        let ran = Run::new(programs::NEVER_DROPPED).arg(storage).run();
        ran.assert_success();
        assert_everything_ended_by_host(&ran, storage);
    }
}

#[test]
fn trap_open() {
    for storage in STORAGES {
        let ran = Run::new(programs::TRAP_OPEN).arg(storage).run();
        ran.assert_trap("unreachable");
        assert_everything_ended_by_host(&ran, storage);
    }
}

#[test]
fn trap_in_host_call() {
    for storage in STORAGES {
        let ran = Run::new(programs::TRAP_IN_HOST_CALL).arg(storage).run();
        ran.assert_trap("empty poll list");
        assert_everything_ended_by_host(&ran, storage);
    }
}

#[test]
fn early_error() {
    for storage in STORAGES {
        let ran = Run::new(programs::EARLY_ERROR).arg(storage).run();
        ran.assert_nothing_left().assert_violations(0);
        assert_eq!(ran.outcome, Outcome::Exit { code: 1 });
        assert_eq!(ran.report.files, created_and_dropped(5));
        assert_eq!(ran.report.directories, created_and_dropped(2));
        assert_eq!(ran.report.receipt.entries_found, 0);
    }
}

#[test]
fn exit_code() {
    for storage in STORAGES {
        let ran = Run::new(programs::EXIT_CODE).arg(storage).run();
        // The standard library of Rust 1.95 imports `wasi:cli/exit` without its codes.
        assert_eq!(ran.outcome, Outcome::Exit { code: 1 });
        assert_everything_ended_by_host(&ran, storage);
    }
}

#[test]
fn p1_exit() {
    for (program, code, seen) in [
        (programs::P1_EXIT, "0", 0),
        (programs::P1_EXIT, "7", 1),
        (modules::P1_EXIT, "0", 0),
        (modules::P1_EXIT, "7", 7),
        (modules::P1_EXIT, "125", 125),
    ] {
        let ran = Run::new(program).arg(code).run();
        ran.assert_nothing_left();
        assert_eq!(ran.outcome, Outcome::Exit { code: seen }, "{program} {code}");
        assert_eq!(ran.report.receipt.entries_found, 3);
    }
}

#[test]
fn spin() {
    for storage in STORAGES {
        let ran = Run::new(programs::SPIN)
            .arg(storage)
            .timeout(Duration::from_millis(300))
            .run();
        assert!(matches!(ran.outcome, Outcome::Deadline { .. }), "{ran:#?}");
        assert_everything_ended_by_host(&ran, storage);
        let ran = Run::new(programs::SPIN).arg(storage).fuel(50_000_000).run();
        ran.assert_trap("fuel");
        assert_everything_ended_by_host(&ran, storage);
    }
}

#[test]
fn sleep_forever() {
    for storage in STORAGES {
        let ran = Run::new(programs::SLEEP_FOREVER)
            .arg(storage)
            .timeout(Duration::from_millis(300))
            .run();
        assert!(matches!(ran.outcome, Outcome::Deadline { .. }), "{ran:#?}");
        assert_everything_ended_by_host(&ran, storage);
    }
}

#[test]
fn eat_memory() {
    for storage in STORAGES {
        let ran = Run::new(programs::EAT_MEMORY)
            .arg(storage)
            .with(|command| {
                command.store_limits(StoreLimitsBuilder::new().memory_size(64 << 20).build());
            })
            .run();
        ran.assert_trap("unreachable");
        assert!(ran.stdout.contains("refused after"), "{ran:#?}");
        assert_everything_ended_by_host(&ran, storage);
    }
}

#[test]
fn overflow_stack() {
    for storage in STORAGES {
        let ran = Run::new(programs::OVERFLOW_STACK).arg(storage).run();
        ran.assert_trap("call stack exhausted");
        assert_everything_ended_by_host(&ran, storage);
    }
}

#[test]
fn close_each() {
    for ran in succeeds(programs::CLOSE_EACH) {
        assert_eq!((ran.report.files.created, ran.report.files.closed), (5, 5));
        assert_eq!((ran.report.directories.created, ran.report.directories.closed), (2, 2));
    }
}

#[test]
fn keep_one() {
    for ran in succeeds(programs::KEEP_ONE) {
        assert_eq!((ran.report.files.kept, ran.report.directories.kept), (1, 1));
        // What was kept lives until the space ends, and no longer.
        assert!(ran.report.receipt.entries_found >= 4, "{ran:#?}");
    }
}

#[test]
fn persist_out() {
    for storage in STORAGES {
        let (ran, host) = Run::new(programs::PERSIST_OUT)
            .arg(storage)
            .granting_out()
            .run_and_keep_host()
            .expect("it starts");
        ran.assert_success().assert_nothing_left().assert_violations(0);
        assert_eq!((ran.report.files.persisted, ran.report.directories.persisted), (2, 1));
        assert_eq!(ran.report.links_left_out, 1, "{ran:#?}");
        assert_persisted(&host.granted());
    }
}

/// What `persist-out` leaves in the granted directory.
#[track_caller]
fn assert_persisted(granted: &Path) {
    let out = support::entries(granted);
    assert_eq!(out.len(), 6, "what was persisted outlives the space: {out:?}");
    assert!(!out.contains(&PathBuf::from("two/link")), "a link left the space");
}

/// There it is a copy: of what a file holds, and of a tree.
#[test]
fn persist_out_to_another_file_system() {
    let elsewhere = match tempfile::tempdir_in("/dev/shm") {
        Ok(elsewhere) if device(elsewhere.path()) != device(&std::env::temp_dir()) => elsewhere,
        _ => {
            eprintln!("skipped: no second file system at /dev/shm");
            return;
        }
    };
    for storage in STORAGES {
        let granted = elsewhere.path().join(storage);
        fs::create_dir(&granted).expect("a directory to grant");
        let run = Run::new(programs::PERSIST_OUT).arg(storage).with(|command| {
            command.dir(&granted, "/out", FsPerms::ReadWrite);
        });
        let ran = run.run();
        ran.assert_success().assert_nothing_left().assert_violations(0);
        assert_eq!(ran.report.links_left_out, 1, "{ran:#?}");
        assert_persisted(&granted);
    }
}

fn device(path: &Path) -> u64 {
    fs::metadata(path).expect("it is there").dev()
}

#[test]
fn persist_out_where_nothing_may_be_changed() {
    for storage in STORAGES {
        let granted = tempfile::tempdir().expect("a directory to grant");
        let run = Run::new(programs::PERSIST_OUT).arg(storage).with(|command| {
            command.dir(granted.path(), "/out", FsPerms::ReadOnly);
        });
        let ran = run.run();
        assert!(!ran.outcome.is_success(), "{ran:#?}");
        assert!(ran.stderr.contains("persist it: "), "{ran:#?}");
        ran.assert_nothing_left().assert_violations(0);
        assert_eq!(support::entries(granted.path()), Vec::<PathBuf>::new());
    }
}

/// Whether it is moved or copied, a tree leaves the space without its links, and the report counts them.
#[test]
fn persist_tree() {
    let here = tempfile::tempdir().expect("a directory to grant");
    let elsewhere = tempfile::tempdir_in("/dev/shm");
    for links in [0, 5] {
        for dir in [Some(&here), elsewhere.as_ref().ok()].into_iter().flatten() {
            let granted = dir.path().join(format!("with-{links}"));
            fs::create_dir(&granted).expect("a directory to grant");
            let run = Run::new(programs::PERSIST_TREE)
                .arg("10")
                .arg(&links.to_string())
                .with(|command| {
                    command.dir(&granted, "/out", FsPerms::ReadWrite);
                });
            let ran = run.run();
            ran.assert_success().assert_nothing_left().assert_violations(0);
            assert_eq!(ran.stdout, "persisted\n");
            assert_eq!(ran.report.links_left_out, links, "{ran:#?}");
            let out = support::entries(&granted);
            assert_eq!(out.len(), 1 + 1 + 10, "{out:?}");
            let is_link = |path: &PathBuf| granted.join(path).is_symlink();
            assert!(!out.iter().any(is_link), "a link left the space: {out:?}");
        }
    }
}

/// A tree whose links would be left out is still complete when its target turns out to be taken.
#[test]
fn a_refused_persist_leaves_the_links_of_a_tree() {
    let run = Run::new(programs::PERSIST_TREE).arg("10").arg("5").granting_out();
    let out = run.host.granted();
    fs::write(out.join("tree"), "the user's").expect("a file");
    let (ran, _host) = run.run_and_keep_host().expect("it starts");
    ran.assert_success().assert_nothing_left().assert_violations(0);
    assert_eq!(
        (ran.stdout.as_str(), ran.report.links_left_out),
        ("exist\n", 0),
        "{ran:#?}"
    );
    assert_eq!(support::entries(&out), [PathBuf::from("tree")]);
    assert_eq!(fs::read_to_string(out.join("tree")).expect("it is there"), "the user's");
}

/// What has the target's name keeps it; `cuts` cuts this short at many moments.
#[test]
fn persist_again() {
    for what in ["file", "directory"] {
        let run = Run::new(programs::PERSIST_AGAIN)
            .arg(what)
            .timeout(Duration::from_millis(200))
            .granting_out();
        let out = run.host.granted();
        fs::write(out.join("taken"), "the user's").expect("a file");
        let (ran, _host) = run.run_and_keep_host().expect("it starts");
        assert!(matches!(ran.outcome, Outcome::Deadline { .. }), "{ran:#?}");
        ran.assert_nothing_left().assert_violations(0);
        assert_eq!(
            fs::read_to_string(out.join("taken")).expect("it is there"),
            "the user's"
        );
    }
}

#[test]
fn trap_with_links() {
    let ran = Run::new(programs::TRAP_WITH_LINKS).run();
    ran.assert_trap("unreachable").assert_nothing_left();
    assert_eq!(ran.report.receipt.entries_found, 6, "{ran:#?}");
}

#[test]
fn persist_inside() {
    for ran in succeeds(programs::PERSIST_INSIDE) {
        assert_eq!((ran.report.files.persisted, ran.report.directories.persisted), (3, 1));
        // One file, a directory and what is in it; a third was persisted into a directory that was dropped.
        assert_eq!(ran.report.receipt.entries_found, 3, "{ran:#?}");
    }
}

#[test]
fn persist_big() {
    let (ran, host) = Run::new(programs::PERSIST_BIG)
        .arg("4")
        .granting_out()
        .run_and_keep_host()
        .expect("it starts");
    ran.assert_success().assert_nothing_left().assert_violations(0);
    assert_eq!(support::entries(&host.granted()), [PathBuf::from("big")]);
}

#[test]
fn guard_bench() {
    let operations = [
        "open-write-close",
        "create-unlink",
        "write",
        "stream",
        "readdir",
        "stat",
        "mkdir-rmdir",
    ];
    for operation in operations {
        let ran = Run::new(programs::GUARD_BENCH).arg(operation).arg("3").run();
        ran.assert_success().assert_nothing_left();
        assert_eq!(ran.report.receipt.entries_found, 0, "{ran:#?}");
    }
}

/// Without limits; `tests/limits.rs` has it within some.
#[test]
fn fills_space() {
    let ran = Run::new(programs::FILLS_SPACE).timeout(Duration::from_secs(300));
    let mut limits = wasmtime_scratch::Limits::UNLIMITED;
    limits.bytes = 1 << 20;
    let ran = ran.within(limits).run();
    ran.assert_nothing_left();
    assert!(ran.report.usage.bytes.refused > 0, "{ran:#?}");
}

/// Driven by `tests/model.rs`; here only what a line of it looks like.
#[test]
fn model() {
    let ran = Run::new(programs::MODEL)
        .stdin("open 0 a cw\nwrite 0 10 5\nmkdir a\ntdrop 3\n")
        .run();
    ran.assert_success().assert_nothing_left();
    assert_eq!(ran.stdout, "ok 0 1\nok 15 1\nexist 15 1\nnot-open 15 1\n");
}

/// Run by `tests/embedding.rs` where it succeeds; here it notices that its file system is ours.
#[test]
fn only_tempfile() {
    let ran = Run::new(programs::ONLY_TEMPFILE).granting_out().run();
    ran.assert_trap("unreachable").assert_nothing_left();
    assert!(ran.stderr.contains("the space is shown"), "{ran:#?}");
}

#[test]
fn open_path() {
    let ran = Run::new(programs::OPEN_PATH).arg("/out/nothing").granting_out().run();
    ran.assert_nothing_left();
    assert_eq!(ran.outcome, Outcome::Exit { code: 1 });
}

/// Blocks forever in the tests of the command line. Here it is given the line that it reads.
#[test]
fn blocks() {
    let ran = Run::new(programs::BLOCKS).arg("read").stdin("\n").run();
    ran.assert_success().assert_nothing_left();
    assert_eq!(ran.report.receipt.entries_found, 2, "what it left by path");
}

/// Runs within `ulimit -f` in the tests of the command line. Here nothing is too large.
#[test]
fn too_large() {
    let ran = Run::new(programs::TOO_LARGE).run();
    ran.assert_success().assert_nothing_left();
    assert_eq!(
        ran.stdout,
        "by path: written\nstretched: written\nby handle: written\nfinished\n"
    );
}

/// An error of a stream tells a program what went wrong, and nothing of the host's.
#[test]
fn error_text() {
    let ran = Run::new(programs::ERROR_TEXT).run();
    ran.assert_success().assert_nothing_left();
    assert!(ran.stdout.contains("os error"), "{ran:#?}");
    assert_eq!(ran.stdout.lines().count(), 1, "no backtrace: {ran:#?}");
}

#[test]
fn rename_out() {
    for storage in STORAGES {
        let ran = Run::new(programs::RENAME_OUT).arg(storage).granting_out().run();
        ran.assert_success().assert_nothing_left().assert_violations(0);
    }
}

#[test]
fn many() {
    for ran in succeeds(programs::MANY) {
        assert_eq!(ran.report.files, created_and_dropped(2_000));
        assert_eq!(ran.report.directories, created_and_dropped(2_000));
    }
}

#[test]
fn no_scratch() {
    for program in [programs::NO_SCRATCH, modules::NO_SCRATCH] {
        let (ran, host) = Run::new(program).run_and_keep_host().expect("it starts");
        ran.assert_success().assert_nothing_left();
        assert_eq!(ran.report.receipt.entries_found, 0);
        assert_eq!(support::entries(&host.base()).len(), 1, "the layout file");
    }
}

#[test]
fn uses_tmp() {
    let ran = Run::new(programs::USES_TMP).run();
    ran.assert_success().assert_nothing_left();
    assert_eq!(ran.report.receipt.entries_found, 4);
    let ran = Run::new(programs::USES_TMP)
        .arg("/scratch")
        .with(|command| {
            command.tmp(Some("/scratch"));
        })
        .run();
    ran.assert_success().assert_nothing_left();
}

#[test]
fn loop_bench() {
    for storage in ["disk", "default", "memory"] {
        let ran = Run::new(programs::LOOP_BENCH).arg(storage).arg("200").arg("4096").run();
        assert_measures(&ran);
        assert_eq!(ran.report.files, created_and_dropped(200));
    }
}

#[test]
fn loop_by_path() {
    let ran = Run::new(programs::LOOP_BY_PATH).arg("200").run();
    ran.assert_success().assert_nothing_left().assert_violations(0);
    assert_eq!(ran.report.files, Counts::default());
    let entries = ran.report.usage.entries;
    assert_eq!((entries.peak, entries.now), (1, 0), "{entries:?}");
}

#[test]
fn bulk_bench() {
    for storage in ["disk", "default", "memory"] {
        for (operation, files) in [("write", 4), ("rewrite", 1), ("read", 1)] {
            let run = Run::new(programs::BULK_BENCH).arg(storage).arg(operation);
            let ran = run.arg("3").arg("4096").arg("5").run();
            assert_measures(&ran);
            assert_eq!(ran.report.files, created_and_dropped(files));
        }
    }
}

#[test]
fn directory_bench() {
    for (storage, files) in [("path", 0), ("disk", 30), ("default", 30), ("memory", 30)] {
        let run = Run::new(programs::DIRECTORY_BENCH).arg(storage);
        let ran = run.arg("3").arg("10").arg("1024").run();
        assert_measures(&ran);
        assert_eq!(ran.report.directories, created_and_dropped(3));
        assert_eq!(ran.report.files, created_and_dropped(files));
    }
}

#[test]
fn drop_bench() {
    for storage in ["disk", "default", "memory"] {
        let ran = Run::new(programs::DROP_BENCH).arg(storage).arg("20").arg("100").run();
        assert_measures(&ran);
        assert_eq!(ran.report.files, created_and_dropped(120));
    }
}

/// A benchmark, which leaves nothing and prints nanoseconds.
#[track_caller]
fn assert_measures(ran: &Ran) {
    ran.assert_success().assert_nothing_left().assert_violations(0);
    assert_eq!(ran.report.receipt.entries_found, 0, "{ran:#?}");
    ran.stdout.trim().parse::<u64>().expect("nanoseconds");
}

#[test]
fn leave_one() {
    let ran = Run::new(programs::LEAVE_ONE).run();
    ran.assert_success().assert_nothing_left();
    assert_eq!(ran.report.receipt.entries_found, 1, "{ran:#?}");
}

/// In whatever order, with whatever in the way, however it ends.
#[test]
fn random_work() {
    for seed in 0..6 {
        let run = Run::new(programs::RANDOM_WORK).arg(&seed.to_string()).arg("300");
        let ran = run.granting_out().run();
        ran.assert_nothing_left().assert_violations(0);
        assert!(
            ran.outcome.is_success() || matches!(ran.outcome, Outcome::Trap { .. }),
            "{ran:#?}"
        );
        assert_eq!(ran.stderr, "", "a trap on purpose says nothing");
        assert!(
            ran.report.files.persisted > 0 && ran.report.directories.persisted > 0,
            "{ran:#?}"
        );
    }
}

#[test]
fn witness() {
    let ran = Run::new(programs::WITNESS).stdin("look\nlook\n").run();
    ran.assert_success().assert_nothing_left().assert_violations(0);
    assert_eq!(ran.stdout, "ready\nok\nok\n");
}

/// Every end of it that needs nobody else.
fn ends_with(program: &str) {
    for end in ["return", "error", "trap", "memory"] {
        let run = Run::new(program).arg(end).with(|command| {
            command.store_limits(StoreLimitsBuilder::new().memory_size(64 << 20).build());
        });
        let ran = run.run();
        ran.assert_nothing_left().assert_violations(0);
        assert_eq!(ran.stdout, "ready\n", "{ran:#?}");
        match (end, &ran.outcome) {
            ("return", Outcome::Exit { code: 0 }) | ("error", Outcome::Exit { code: 1 }) => {}
            ("trap" | "memory", Outcome::Trap { .. }) => {}
            (_, outcome) => panic!("{end}: {outcome:?}"),
        }
    }
    let ran = Run::new(program).arg("spin").timeout(Duration::from_millis(300)).run();
    ran.assert_nothing_left().assert_violations(0);
    assert!(!ran.outcome.is_success(), "{ran:#?}");
}

#[test]
fn ends() {
    ends_with(programs::ENDS);
}

#[test]
fn ends_tempfile() {
    ends_with(programs::ENDS_TEMPFILE);
}

/// The crate `tempfile` itself, over the space at `/tmp`.
#[test]
fn tempfile_bench() {
    for operation in ["life", "write", "read", "directory"] {
        let run = Run::new(programs::TEMPFILE_BENCH).arg(operation);
        let ran = run.arg("5").arg("10").arg("20").run();
        assert_measures(&ran);
        assert_eq!(ran.report.handles(), 0, "{ran:#?}");
    }
}

/// A link that somebody plants in the space while the program runs: it says `ready`, and waits for a line.
#[test]
fn symlink_trap() {
    // The library's run has no moment between `ready` and the rest: the test of the command line plants it.
    // Here nothing is planted, and the program has to notice.
    let ran = Run::new(programs::SYMLINK_TRAP).stdin("\n").run();
    ran.assert_nothing_left();
    assert!(!ran.outcome.is_success(), "{ran:#?}");
}

#[test]
fn big_file() {
    succeeds(programs::BIG_FILE);
}

/// On a disk that is full it says so: the test of the command line mounts one.
#[test]
fn fill_disk() {
    for storage in STORAGES {
        let ran = Run::new(programs::FILL_DISK).arg(storage).arg("1000000").run();
        ran.assert_success().assert_nothing_left().assert_violations(0);
        assert_eq!(ran.stdout, "by handle: not full\nby path: not full\n");
        assert_eq!(ran.report.files.closed, 2);
        assert_eq!(ran.report.receipt.entries_found, 1, "what it left by path");
    }
}

#[test]
fn show_world() {
    let ran = Run::new(programs::SHOW_WORLD).arg("an argument").run();
    ran.assert_success().assert_nothing_left().assert_violations(0);
    let world = "arg show-world.wasm\narg an argument\nenv TMPDIR=/tmp\npreopen /tmp\n";
    assert!(ran.stdout.starts_with(world), "{ran:#?}");
    assert_eq!(ran.report.files, created_and_dropped(2));

    // Without a preopen there are handles, and no names.
    let ran = Run::new(programs::SHOW_WORLD)
        .with(|command| {
            command.tmp(None);
        })
        .run();
    ran.assert_success().assert_nothing_left().assert_violations(0);
    let world = "arg show-world.wasm\ntemporary files live nowhere that has a name\nwithout a name: ok\n\
                 with a name: Unsupported\nby path: NotFound\n";
    assert_eq!(ran.stdout, world);
}

#[test]
fn write_to() {
    let run = Run::new(programs::WRITE_TO).arg("/out").granting_out();
    let granted = run.host.granted();
    for file in ["old.txt", "spare.txt", "stays.txt"] {
        std::fs::write(granted.join(file), file).expect("ours");
    }
    std::fs::create_dir(granted.join("empty")).expect("ours");
    let (ran, host) = run.run_and_keep_host().expect("it starts");
    ran.assert_success().assert_nothing_left();
    let refused: Vec<&str> = ran.stdout.lines().filter(|line| !line.ends_with(": ok")).collect();
    let expected = ["read: old.txt", "list: 4", "move into the space: CrossesDevices"];
    assert_eq!(refused, expected, "{ran:#?}");
    let left = ["link.txt", "new", "new.txt", "other.txt", "stays.txt"].map(std::path::PathBuf::from);
    assert_eq!(support::entries(&host.granted()), left);
}

#[test]
fn small_memory() {
    for storage in STORAGES {
        for mib in [5, 6] {
            let ran = Run::new(programs::SMALL_MEMORY)
                .arg(storage)
                .with(|command| {
                    command.store_limits(StoreLimitsBuilder::new().memory_size(mib << 20).build());
                })
                .run();
            ran.assert_success().assert_nothing_left().assert_violations(0);
            assert_eq!(ran.report.files, created_and_dropped(62));
        }
    }
}

#[test]
fn by_reference() {
    for storage in STORAGES {
        let ran = Run::new(programs::BY_REFERENCE).arg(storage).run();
        ran.assert_success().assert_nothing_left().assert_violations(0);
        assert_eq!((ran.report.files.kept, ran.report.directories.kept), (1, 1));
    }
}
