//! Programs in synchronous stores.

use std::fs;

use scratch_tests::programs;
use wasmtime_scratch::Limits;
use wasmtime_wasi::p2::bindings::sync;

use crate::support::{Host, STORAGES, block_on, entries};
use crate::{
    ENGINE, Ended, Given, State, assert_all_over, assert_nothing_left, asynchronous, load, open, run, run_async,
    synchronous,
};

#[test]
fn a_synchronous_store_has_temporary_files_on_disk_and_in_memory() {
    let host = Host::new();
    let base = open(&host);
    let mut spaces = 0;
    let mut ended = |program: &sync::CommandPre<State>, given: Given<'_>, found: u64| {
        let space = base.space_within(None, Limits::UNLIMITED);
        let ended = run(program, &space, given);
        let report = space.end();
        assert_nothing_left(&report);
        assert_eq!(report.receipt.entries_found, found, "{report:#?}");
        spaces += 1;
        ended
    };
    let load = |program| synchronous(&ENGINE, program, wasmtime_scratch::add_to_linker_sync);

    // These look from inside: what is dropped is gone when the drop returns.
    let guide = ended(&load(programs::GUIDE), Given::default(), 0);
    assert!(guide.printed().contains("Temporary files live in /tmp."), "{guide:?}");
    let (drops, big_file, persist_out) = (
        load(programs::DROPS),
        load(programs::BIG_FILE),
        load(programs::PERSIST_OUT),
    );
    let (keep_one, trap_open) = (load(programs::KEEP_ONE), load(programs::TRAP_OPEN));
    for storage in STORAGES {
        let mut given = Given {
            args: &[storage],
            ..Given::default()
        };
        assert_eq!(ended(&drops, given, 0).printed(), "ok\n");
        assert_eq!(ended(&big_file, given, 0).printed(), "ok\n");
        let found = if storage == "disk" { 6 } else { 5 };
        assert_eq!(ended(&keep_one, given, found).printed(), "ok\n");
        // And what it has open when it traps is deleted for it: 7 entries by path or under a name, 4 files on disk without one.
        let trapped = ended(&trap_open, given, 7);
        assert!(
            matches!(&trapped, Ended::InTrap { said } if said.contains("unreachable")),
            "{trapped:?}"
        );
        let out = host.granted();
        given.out = Some(&out);
        assert_eq!(ended(&persist_out, given, 0).printed(), "ok\n");
        assert!(entries(&out).len() >= 5, "what was persisted outlives the space");
        fs::remove_dir_all(out).expect("it is ours");
    }
    assert_all_over(base, &host, spaces);
}

#[test]
fn a_synchronous_store_shows_its_space_as_a_preopen() {
    let host = Host::new();
    let base = open(&host);
    let space = base.space_within(None, Limits::UNLIMITED);
    let program = synchronous(&ENGINE, programs::USES_TMP, wasmtime_scratch::add_to_linker_sync);
    run(&program, &space, Given::default()).printed();
    let left = [
        "by-path",
        "by-path/inner",
        "by-path/inner/data.txt",
        "by-path/moved.txt",
    ];
    assert_eq!(space.entries(), left);
    let usage = space.usage();
    assert_eq!((usage.bytes.now, usage.entries.now, usage.open_files.now), (14, 4, 0));
    let report = space.end();
    assert_nothing_left(&report);
    assert_eq!(report.receipt.entries_found, 4);
    assert_all_over(base, &host, 1);
}

/// What a program does that meets its limits, and how each line ends: through a descriptor, through streams, and through
/// handles.
const MET: &[(&str, &str)] = &[
    ("open 0 a cw", "ok"),
    ("write 0 0 60", "ok"),
    ("write 0 70 20", "file-too-large"),
    ("size 0 81", "file-too-large"),
    ("stream 0 60 10", "ok"),
    ("open 1 b cw", "ok"),
    ("append 1 30", "ok"),
    ("write 1 0 31", "insufficient-space"),
    ("size 1 31", "insufficient-space"),
    ("blocking 1 0 31", "insufficient-space"),
    ("stream 1 0 31", "insufficient-space"),
    ("append 1 1", "insufficient-space"),
    ("zeroes 1 1", "insufficient-space"),
    ("splice 0 1", "insufficient-space"),
    ("size 1 10", "ok"),
    ("blocking 1 0 30", "ok"),
    ("size 1 10", "ok"),
    ("open 2 t cw", "ok"),
    ("append 2 5", "ok"),
    ("splice 2 1", "ok"),
    ("unlink t", "ok"),
    ("close 2", "ok"),
    ("size 1 10", "ok"),
    ("temp 0 0", "ok"),
    ("twrite 0 0 20", "ok"),
    ("tappend 0 1", "insufficient-space"),
    ("tsize 0 21", "insufficient-space"),
    // In memory there is room, and on disk there is none.
    ("temp 1 default", "ok"),
    ("tappend 1 1", "ok"),
    ("topen 1", "insufficient-space"),
    ("tdrop 0", "ok"),
    ("topen 1", "ok"),
    ("twrite 1 0 20", "ok"),
    ("twrite 1 0 21", "insufficient-space"),
    ("mkdir d", "ok"),
    ("mkdir d/e", "ok"),
    ("mkdir d/e/f", "quota"),
    ("symlink b s", "ok"),
    ("mkdir more", "insufficient-space"),
    ("link b more", "insufficient-space"),
    ("open 2 more cw", "insufficient-space"),
    ("unlink s", "ok"),
    ("link b c", "ok"),
    ("rename c a", "ok"),
    ("rmdir d", "not-empty"),
    ("rmdir d/e", "ok"),
    ("list d", "ok"),
    ("unlink d", "is-directory"),
    ("unlink b", "ok"),
    ("open 3 b w", "no-entry"),
    ("open 3 a r", "ok"),
    ("open 4 d rd", "ok"),
    ("open 5 a r", "ok"),
    ("reader 5", "ok"),
    ("open 6 a r", "quota"),
    ("list d", "quota"),
];

#[test]
fn a_synchronous_store_meets_its_limits_as_an_asynchronous_one() {
    let component = load(&ENGINE, programs::MODEL);
    let imports = component.component_type();
    let is_older = |(name, _): (&str, _)| name == "wasi:filesystem/types@0.2.6";
    assert!(
        imports.imports(&ENGINE).any(is_older),
        "an older version than wasmtime-wasi's"
    );

    let host = Host::new();
    let base = open(&host);
    let mut limits = Limits::UNLIMITED;
    limits.bytes = 100;
    limits.file_bytes = 80;
    limits.entries = 6;
    limits.depth = 2;
    limits.open_files = 7;
    let script: String = MET.iter().map(|(line, _)| format!("{line}\n")).collect();
    let given = Given {
        stdin: &script,
        ..Given::default()
    };

    let space = base.space_within(None, limits);
    let program = synchronous(&ENGINE, programs::MODEL, wasmtime_scratch::add_to_linker_sync);
    let ended = run(&program, &space, given);
    let usage = space.usage();
    assert_nothing_left(&space.end());
    let codes = ended.printed().lines().map(|told| told.split(' ').next().unwrap_or(""));
    let told: Vec<(&str, &str)> = MET.iter().map(|(line, _)| *line).zip(codes).collect();
    assert_eq!(told, MET);

    let space = base.space_within(None, limits);
    let program = asynchronous(&ENGINE, programs::MODEL, wasmtime_scratch::add_to_linker_async);
    assert_eq!(block_on(run_async(&program, &space, given)), ended);
    assert_eq!(space.usage(), usage);
    assert_nothing_left(&space.end());
    assert_all_over(base, &host, 2);
}
