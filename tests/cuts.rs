//! Runs that are cut short at some moment: whatever it is, nothing is left, inside or outside, and the counts are right.

mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use scratch_tests::programs;
use support::{Run, STORAGES, entries};
use wasmtime_wasi::FsPerms;

/// Moments, as milliseconds from the start: what a run does at each differs from machine to machine, and so do the cuts.
const MOMENTS: [u64; 6] = [20, 35, 60, 105, 180, 310];

/// Handles that are being made when a run is cut count for nothing: the sum of the report is right at any moment.
#[test]
fn a_cut_in_a_loop_that_makes_files_leaves_the_counts_right() {
    for storage in STORAGES {
        for moment in MOMENTS {
            for blocking in [true, false] {
                let ran = Run::new(programs::LOOP_BENCH)
                    .arg(storage)
                    .arg("1000000000")
                    .arg("100")
                    .timeout(Duration::from_millis(moment))
                    .with(|command| {
                        command.allow_blocking_current_thread(blocking);
                    })
                    .run();
                assert!(!ran.outcome.is_success(), "{ran:#?}");
                ran.assert_nothing_left().assert_violations(0);
                assert!(ran.report.files.by_host <= 1, "{ran:#?}");
            }
        }
    }
}

/// A `persist` that has to copy, because the granted directory is on another file system, and is cut: the target is whole or
/// not there, and nothing stands beside it.
#[test]
fn a_cut_in_a_persist_leaves_the_target_whole_or_not_at_all() {
    let shared_memory = Path::new("/dev/shm");
    let Ok(elsewhere) = tempfile::tempdir_in(shared_memory) else {
        eprintln!("skipped: no second file system at {}", shared_memory.display());
        return;
    };
    let run = |name: &str, blocking: bool, timeout: Duration| {
        let out = elsewhere.path().join(name);
        fs::create_dir(&out).expect("a directory to grant");
        let run = Run::new(programs::PERSIST_BIG)
            .arg("32")
            .timeout(timeout)
            .with(|command| {
                command.allow_blocking_current_thread(blocking);
                command.dir(&out, "/out", FsPerms::ReadWrite);
            });
        (run.run(), out)
    };
    let started = Instant::now();
    let (whole, _) = run("whole", false, Duration::from_secs(600));
    whole.assert_success().assert_nothing_left();
    let whole = started.elapsed();
    let mut cut = 0;
    for twentieth in (6..20).step_by(2) {
        for blocking in [true, false] {
            let (ran, out) = run(&format!("{twentieth}-{blocking}"), blocking, whole * twentieth / 20);
            ran.assert_nothing_left().assert_violations(0);
            cut += usize::from(ran.stdout.starts_with("persisting") && !ran.outcome.is_success());
            match entries(&out)[..] {
                [] => {}
                [ref name] if name.as_path() == Path::new("big") => {
                    let size = fs::metadata(out.join("big")).expect("it is there").len();
                    assert_eq!(size, 32 << 20, "a part of it: {ran:#?}");
                }
                ref other => panic!("{other:?}: {ran:#?}"),
            }
        }
    }
    eprintln!("{cut} runs were cut in the middle of a persist");
}
