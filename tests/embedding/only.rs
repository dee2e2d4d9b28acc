//! Programs whose file system is the embedder's own.

use std::fs;

use scratch_tests::programs;
use wasmtime_scratch::{Limits, Space};

use crate::support::{Host, block_on};
use crate::{
    ENGINE, Ended, Given, assert_all_over, assert_nothing_left, asynchronous, open, run, run_async, synchronous,
};

/// Charged to nobody is what the program does in the host's own directory.
#[test]
fn only_temporary_files_leave_the_file_system_as_it_is() {
    let host = Host::new();
    let base = open(&host);
    let mut limits = Limits::UNLIMITED;
    limits.bytes = 100_000;
    let assert_over = |ended: Ended, space: Space| {
        assert_eq!(ended.printed(), "ok\n");
        assert_eq!(space.entries(), Vec::<String>::new());
        let report = space.end();
        assert_nothing_left(&report);
        assert_eq!(
            (report.files.persisted, report.directories.persisted),
            (2, 1),
            "{report:#?}"
        );
        assert!(report.usage.bytes.refused > 0, "{report:#?}");
        let out = host.granted();
        let found = ["dir", "file.txt", "own.txt"].map(|name| out.join(name).exists());
        assert_eq!(found, [true; 3], "the host's own directory");
        assert_eq!(fs::metadata(out.join("own.txt")).expect("it is there").len(), 200_000);
        fs::remove_dir_all(out).expect("it is ours");
    };

    let (space, out) = (base.space_within(None, limits), host.granted());
    let given = Given {
        out: Some(&out),
        ..Given::default()
    };
    let ours = wasmtime_scratch::add_only_tempfile_to_linker_sync;
    let program = synchronous(&ENGINE, programs::ONLY_TEMPFILE, ours);
    assert_over(run(&program, &space, given), space);

    let space = base.space_within(None, limits);
    host.granted();
    let ours = wasmtime_scratch::add_only_tempfile_to_linker_async;
    let program = asynchronous(&ENGINE, programs::ONLY_TEMPFILE, ours);
    assert_over(block_on(run_async(&program, &space, given)), space);
    assert_all_over(base, &host, 2);
}
