//! Runs that are cut short at some moment: whatever it is, nothing is left, inside or outside, and the counts are right.

mod support;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use scratch_tests::programs;
use support::{Run, STORAGES, block_on, entries};
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

/// What a user had in a granted directory before a run, and has to have after it.
const THEIRS: &str = "the user's";

/// What is persisted onto a name that is taken is refused, and the refusal may be cut at any moment.
#[test]
fn a_cut_in_a_refused_persist_leaves_what_had_the_name() {
    for round in 0..24 {
        for what in ["directory", "file"] {
            let blocking = round % 3 == 0;
            let run = Run::new(programs::PERSIST_AGAIN)
                .arg(what)
                .timeout(Duration::from_millis(40 + 7 * round))
                .with(|command| {
                    command.allow_blocking_current_thread(blocking);
                })
                .granting_out();
            let out = run.host.granted();
            fs::write(out.join("taken"), THEIRS).expect("a file");
            let (ran, _host) = run.run_and_keep_host().expect("it starts");
            assert!(!ran.outcome.is_success(), "{ran:#?}");
            assert_eq!(entries(&out), [PathBuf::from("taken")], "round {round}, {what}");
            let content = fs::read_to_string(out.join("taken")).expect("it is there");
            assert_eq!(content, THEIRS, "round {round}, {what}");
            ran.assert_nothing_left().assert_violations(0);
        }
    }
}

/// A future that is given up after so many polls.
struct GivenUp<F: ?Sized> {
    run: Pin<Box<F>>,
    polls: usize,
}

impl<F: Future + ?Sized> Future for GivenUp<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<F::Output>> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        self.run.as_mut().poll(context).map(Some)
    }
}

/// The future of a run is dropped at one await after another, while operations of the `persist` run on other threads.
#[test]
fn a_dropped_call_leaves_what_had_the_name() {
    for polls in 1..120 {
        let what = ["directory", "file"][polls % 2];
        let run = Run::new(programs::PERSIST_AGAIN)
            .arg(what)
            .with(|command| {
                command.allow_blocking_current_thread(false);
            })
            .granting_out();
        let out = run.host.granted();
        fs::write(out.join("taken"), THEIRS).expect("a file");
        let ready = run.ready();
        let report = block_on(async {
            let ended = GivenUp { run: ready.run, polls }.await;
            assert!(ended.is_none(), "it ended by itself");
            ready.space.end_async().await
        });
        assert_eq!((report.receipt.entries_left, report.residue_count), (0, 0), "{report}");
        assert_eq!(entries(&out), [PathBuf::from("taken")], "after {polls} polls, {what}");
        let content = fs::read_to_string(out.join("taken")).expect("it is there");
        assert_eq!(content, THEIRS, "after {polls} polls, {what}");
    }
}

/// A tree is copied to another file system under a name beside its target; somebody takes the target's name meanwhile.
#[test]
fn a_name_that_is_taken_while_a_tree_is_copied_stays_whose_it_is() {
    let shared_memory = Path::new("/dev/shm");
    let Ok(elsewhere) = tempfile::tempdir_in(shared_memory) else {
        eprintln!("skipped: no second file system at {}", shared_memory.display());
        return;
    };
    let out = elsewhere.path().to_owned();
    let somebody = thread::spawn({
        let out = out.clone();
        move || -> io::Result<()> {
            let is_copy = |path: &PathBuf| path.to_string_lossy().starts_with("tree.");
            let deadline = Instant::now() + Duration::from_secs(120);
            while !names(&out)?.iter().any(is_copy) && Instant::now() < deadline {
                thread::yield_now();
            }
            let mut file = fs::File::create_new(out.join("tree"))?;
            io::Write::write_all(&mut file, THEIRS.as_bytes())
        }
    });
    let ran = Run::new(programs::PERSIST_TREE)
        .arg("1000")
        .arg("0")
        .timeout(Duration::from_secs(120))
        .with(|command| {
            command.dir(&out, "/out", FsPerms::ReadWrite);
        })
        .run();
    somebody.join().expect("it does not panic").expect("the name was free");
    assert_eq!(entries(&out), [PathBuf::from("tree")]);
    assert_eq!(fs::read_to_string(out.join("tree")).expect("it is theirs"), THEIRS);
    ran.assert_success().assert_nothing_left().assert_violations(0);
    assert_eq!(ran.stdout, "exist\n");
}

/// The names directly in a directory.
fn names(dir: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(dir)?
        .map(|entry| Ok(PathBuf::from(entry?.file_name())))
        .collect()
}
