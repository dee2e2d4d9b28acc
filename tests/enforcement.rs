//! Providers that break the contract on purpose: each is caught, and nothing of theirs is left.

mod support;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use scratch_tests::{programs, providers};
use support::{Ran, Run, STORAGES, entries};
use wasmtime_scratch::{Outcome, Violation};

macro_rules! assert_test_exists {
    ($name:ident) => {
        #[expect(unused_imports, reason = "only there to fail if it is missing")]
        use self::$name as _;
    };
}
scratch_tests::foreach_provider!(assert_test_exists);

/// What `drops` makes: 7 files and 2 directories, each dropped by the program.
const DROPS: (u64, u64) = (7, 2);
/// What `close-each` makes: 5 files and 2 directories, each closed by the program.
const CLOSES: (u64, u64) = (5, 2);

/// How each handle of a program ended that a host with a check has counted.
struct Expected {
    files_by_host: u64,
    directories_by_host: u64,
    violations: u64,
}

/// Runs `program` with a provider, in both storages: the program succeeds, since the host does what the provider does
/// not, nothing is left, and the report has the exact counts.
#[track_caller]
fn is_caught(provider: &str, program: &str, made: (u64, u64), expected: &Expected) -> [Ran; 2] {
    STORAGES.map(|storage| {
        let ran = Run::new(program).provider(provider).arg(storage).run();
        ran.assert_success()
            .assert_nothing_left()
            .assert_violations(expected.violations);
        assert_eq!((ran.report.files.created, ran.report.directories.created), made);
        assert_eq!(ran.report.files.by_host, expected.files_by_host, "{ran:#?}");
        assert_eq!(ran.report.directories.by_host, expected.directories_by_host, "{ran:#?}");
        // The host removed it at the drop, not at the end.
        assert_eq!(ran.report.receipt.entries_found, 0, "{ran:#?}");
        ran
    })
}

const CLEAN: Expected = Expected {
    files_by_host: 0,
    directories_by_host: 0,
    violations: 0,
};

#[track_caller]
fn assert_all<'a>(violations: &'a [Violation], call: &str) -> &'a Violation {
    assert!(
        violations
            .iter()
            .all(|found| found.call == call && found.kind == "left-behind" && !found.entries.is_empty()),
        "{violations:#?}"
    );
    &violations[0]
}

#[test]
fn sinless() {
    is_caught(providers::SINLESS, programs::DROPS, DROPS, &CLEAN);
    is_caught(providers::SINLESS, programs::CLOSE_EACH, CLOSES, &CLEAN);
}

#[test]
fn drop_does_nothing() {
    let expected = Expected {
        files_by_host: 7,
        directories_by_host: 2,
        violations: 9,
    };
    for ran in is_caught(providers::DROP_DOES_NOTHING, programs::DROPS, DROPS, &expected) {
        assert_all(&ran.report.violations, "drop");
    }
    // It closes honestly.
    is_caught(providers::DROP_DOES_NOTHING, programs::CLOSE_EACH, CLOSES, &CLEAN);
}

#[test]
fn close_lies() {
    let expected = Expected {
        files_by_host: 5,
        directories_by_host: 2,
        violations: 7,
    };
    for ran in is_caught(providers::CLOSE_LIES, programs::CLOSE_EACH, CLOSES, &expected) {
        assert_all(&ran.report.violations, "close");
    }
    is_caught(providers::CLOSE_LIES, programs::DROPS, DROPS, &CLEAN);
}

#[test]
fn removes_half() {
    // Of the files, every second one, the first included; of a directory never the directory itself.
    let expected = Expected {
        files_by_host: 4,
        directories_by_host: 2,
        violations: 6,
    };
    for ran in is_caught(providers::REMOVES_HALF, programs::DROPS, DROPS, &expected) {
        assert_all(&ran.report.violations, "drop");
    }
}

#[test]
fn hides_extra() {
    let expected = Expected {
        files_by_host: 7,
        directories_by_host: 0,
        violations: 7,
    };
    for ran in is_caught(providers::HIDES_EXTRA, programs::DROPS, DROPS, &expected) {
        let first = assert_all(&ran.report.violations, "drop");
        assert!(first.entries[0].starts_with("extra-"), "{first:#?}");
    }
}

/// What belongs to another handle may not be moved away, so every drop is as honest as the provider's own.
#[test]
fn steals_by_rename() {
    is_caught(providers::STEALS_BY_RENAME, programs::DROPS, DROPS, &CLEAN);
    is_caught(providers::STEALS_BY_RENAME, programs::CLOSE_EACH, CLOSES, &CLEAN);
}

#[test]
fn shared_root() {
    // Made during the call of the first file, so that file's drop has to take it away, with all that is in it.
    let expected = Expected {
        files_by_host: 1,
        directories_by_host: 0,
        violations: 1,
    };
    for ran in is_caught(providers::SHARED_ROOT, programs::DROPS, DROPS, &expected) {
        let first = assert_all(&ran.report.violations, "drop");
        assert_eq!(first.entries, ["shared"]);
    }
}

#[test]
fn keeps_at_start() {
    let expected = Expected { violations: 1, ..CLEAN };
    for ran in is_caught(providers::KEEPS_AT_START, programs::DROPS, DROPS, &expected) {
        let first = assert_all(&ran.report.violations, "get-path");
        assert_eq!(
            (first.resource, first.entries.as_slice()),
            ("provider", ["started".to_owned()].as_slice())
        );
    }
}

#[test]
fn traps_in_drop() {
    for storage in STORAGES {
        let ran = Run::new(programs::DROPS)
            .provider(providers::TRAPS_IN_DROP)
            .arg(storage)
            .run();
        ran.assert_trap("the provider trapped in a drop")
            .assert_nothing_left()
            .assert_violations(1);
        let violation = &ran.report.violations[0];
        assert_eq!((violation.call, violation.kind), ("drop", "trapped"));
        assert_eq!(ran.report.files.by_host, 7);
        assert_eq!(ran.report.directories.by_host, 2);
    }
}

#[test]
fn loops_in_drop() {
    for storage in STORAGES {
        let ran = Run::new(programs::DROPS)
            .provider(providers::LOOPS_IN_DROP)
            .arg(storage)
            .with(|command| {
                command.drop_timeout(Duration::from_millis(200));
            })
            .run();
        ran.assert_trap("the provider did not return from a drop within 200ms")
            .assert_nothing_left()
            .assert_violations(1);
        let violation = &ran.report.violations[0];
        assert_eq!((violation.call, violation.kind), ("drop", "timed-out"));
        assert_eq!(ran.report.files.by_host, 7);

        // The program's own deadline comes first.
        let ran = Run::new(programs::DROPS)
            .provider(providers::LOOPS_IN_DROP)
            .arg(storage)
            .timeout(Duration::from_millis(200))
            .run();
        assert!(matches!(ran.outcome, Outcome::Deadline { .. }), "{ran:#?}");
        ran.assert_nothing_left();
        assert_eq!(ran.report.files.by_host, 7);
    }
}

/// What somebody else put in the place of what a provider made in a granted directory is not the provider's to take back.
#[test]
fn loses_target() {
    for blocking in [true, false] {
        let run = Run::new(programs::PERSIST_TREE)
            .provider(providers::LOSES_TARGET)
            .arg("2")
            .arg("0")
            .timeout(Duration::from_secs(60))
            .with(|command| {
                command.allow_blocking_current_thread(blocking);
            })
            .granting_out();
        let out = run.host.granted();
        let somebody = thread::spawn({
            let out = out.clone();
            move || -> io::Result<()> {
                wait_for(&out.join("ready"));
                fs::remove_dir(out.join("tree"))?;
                fs::write(out.join("tree"), "somebody else's")?;
                fs::remove_dir(out.join("beside"))?;
                fs::create_dir(out.join("beside"))?;
                fs::write(out.join("beside/file"), "somebody else's, too")?;
                fs::write(out.join("go"), "")
            }
        });
        let (ran, _host) = run.run_and_keep_host().expect("it starts");
        somebody.join().expect("it does not panic").expect("it may write there");
        let read = |name: &str| fs::read_to_string(out.join(name)).expect("it is theirs");
        assert_eq!(read("tree"), "somebody else's");
        assert_eq!(read("beside/file"), "somebody else's, too");
        assert_eq!(
            entries(&out),
            ["beside", "beside/file", "go", "tree"].map(PathBuf::from)
        );
        ran.assert_success().assert_nothing_left().assert_violations(1);
        assert_eq!(ran.report.violations[0].entries, ["ready"]);
        assert_eq!(ran.stdout, "busy\n");
    }
}

/// The host moves no directory out that has links in it, and a provider that can only move is refused.
#[test]
fn a_provider_that_only_renames_lets_no_link_out() {
    for links in [0, 4] {
        let run = Run::new(programs::PERSIST_TREE)
            .provider(providers::SINLESS)
            .arg("3")
            .arg(&links.to_string())
            .granting_out();
        let (ran, host) = run.run_and_keep_host().expect("it starts");
        ran.assert_success().assert_nothing_left().assert_violations(0);
        let out = entries(&host.granted());
        match links {
            0 => assert_eq!((ran.stdout.as_str(), out.len()), ("persisted\n", 5), "{out:?}"),
            _ => assert_eq!((ran.stdout.as_str(), out.len()), ("cross-device\n", 0), "{out:?}"),
        }
        assert_eq!(ran.report.links_left_out, 0);
    }
}

/// Waits until something has this path.
fn wait_for(path: &Path) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !path.exists() && Instant::now() < deadline {
        thread::yield_now();
    }
}

#[test]
fn other_version() {
    assert_is_refused(
        providers::OTHER_VERSION,
        "does not export `scratch:tempfile/types@0.1.0`, but `scratch:tempfile/types@0.9.0`",
    );
}

#[test]
fn no_interface() {
    assert_is_refused(
        providers::NO_INTERFACE,
        "does not export `scratch:tempfile/types@0.1.0`: it is not a provider",
    );
}

#[track_caller]
fn assert_is_refused(provider: &str, message: &str) {
    let runner = wasmtime_scratch::Runner::new().expect("this machine runs wasmtime");
    let refused = runner.provider("it", &support::read(provider.as_ref()));
    let error = refused.expect_err("it is no provider").to_string();
    assert!(error.contains(message), "{error}");
}

/// Each way to end, with a provider whose drop does nothing: the end of the space does not need the provider.
#[test]
fn a_bad_provider_does_not_matter_to_the_end_of_the_space() {
    for storage in STORAGES {
        for program in [
            programs::NEVER_DROPPED,
            programs::TRAP_OPEN,
            programs::TRAP_IN_HOST_CALL,
            programs::EXIT_CODE,
            programs::SPIN,
            programs::SLEEP_FOREVER,
            programs::EARLY_ERROR,
        ] {
            let ran = Run::new(program)
                .provider(providers::DROP_DOES_NOTHING)
                .arg(storage)
                .timeout(Duration::from_millis(500))
                .run();
            ran.assert_nothing_left();
            let (files, directories) = (ran.report.files, ran.report.directories);
            assert_eq!((files.created, files.by_host), (5, 5), "{program}: {ran:#?}");
            assert_eq!(
                (directories.created, directories.by_host),
                (2, 2),
                "{program}: {ran:#?}"
            );
            let violations = match program == programs::EARLY_ERROR {
                true => 7,
                false => 0,
            };
            ran.assert_violations(violations);
        }
    }
}

/// The same where file operations run on tokio's blocking pool.
#[test]
fn the_check_holds_off_the_executors_thread() {
    for storage in STORAGES {
        let run = |provider: &str| {
            Run::new(programs::DROPS)
                .provider(provider)
                .arg(storage)
                .with(|command| {
                    command.allow_blocking_current_thread(false);
                })
                .run()
        };
        run(providers::SINLESS)
            .assert_success()
            .assert_nothing_left()
            .assert_violations(0);
        run(providers::DROP_DOES_NOTHING)
            .assert_success()
            .assert_nothing_left()
            .assert_violations(9);
    }
}
