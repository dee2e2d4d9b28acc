//! A process that is killed before each of its system calls, and at random moments.

use crate::again::{again, assert_finished, has, number, skip, subject_of};
use crate::blocks::free;
use crate::disks::{Disk, on_disks};
use crate::random::Random;
use crate::work::{work_forever, work_once};
use crate::{names, to_u64};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// The system calls that change something.
const CALLS: [&str; 6] = ["openat", "pwrite64", "ftruncate", "fallocate", "unlinkat", "close"];

const SIGKILL: i32 = 9;

/// Runs a part of a test on small disks, or in a temporary directory for a user who may not mount. The part is told whether nobody else
/// uses the file system, so that its free space says something.
fn on_disks_or_here(test: &str, disks: &[Disk], part: impl Fn(&Path, bool)) {
    if rustix::process::geteuid().is_root() {
        on_disks(test, disks, |directory| part(directory, true));
    } else {
        let folder = tempfile::tempdir().unwrap();
        part(folder.path(), false);
    }
}

/// What a process that was told to be killed before a call left.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Killed { names: Vec<String> },
    Ended,
}

/// Runs a worker under strace, and kills it before the n-th call of a kind, counted by thread.
fn run_traced(test: &str, directory: &Path, options: &[&str], call: &str, number: usize) -> Outcome {
    let inject = format!("inject={call}:signal=KILL:when={number}");
    let mut wrapper = vec!["strace", "-f", "-qq", "-o", "/dev/null", "-e", &inject];
    wrapper.extend(options);
    let directory_text = directory.to_str().expect("the path is text");
    let output = again(&wrapper, test, "worker", directory_text)
        .output()
        .expect("strace starts");
    if output.status.signal() == Some(SIGKILL) {
        return Outcome::Killed {
            names: names(directory),
        };
    }
    assert_finished(&output);
    assert_eq!(names(directory), [""; 0]);
    Outcome::Ended
}

#[test]
fn nothing_is_left_whatever_system_call_was_the_last() {
    const TEST: &str = "kills::nothing_is_left_whatever_system_call_was_the_last";
    if let Some(directory) = subject_of("worker") {
        return work_once(directory.as_ref());
    }
    if !has("strace") {
        return;
    }
    let part = |directory: &Path, is_alone: bool| {
        let free = || is_alone.then(|| free(directory));
        let before = free();
        for call in CALLS {
            let mut kills = 0;
            while let Outcome::Killed { names } = run_traced(TEST, directory, &[], call, kills + 1) {
                kills += 1;
                assert_eq!(names, [""; 0], "before {call} {kills}");
                assert_eq!(free(), before, "before {call} {kills}");
            }
            println!("{kills} kills before {call}");
            assert!(kills > 0 || call == "unlinkat", "the worker never calls {call}");
        }
    };
    let disk = Disk::Ext4 {
        mebibytes: 64,
        inodes: 1_000,
    };
    on_disks_or_here(TEST, &[disk], part);
}

#[test]
fn without_nameless_files_a_kill_leaves_at_most_one_empty_file() {
    const TEST: &str = "kills::without_nameless_files_a_kill_leaves_at_most_one_empty_file";
    if let Some(directory) = subject_of("worker") {
        // Calls are counted by thread. No other thread makes so many that one of them fails, too.
        for _ in 0..500 {
            File::open("/dev/null").unwrap();
        }
        return work_once(directory.as_ref());
    }
    if !has("strace") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let Some(first) = find_first_nameless(TEST, folder.path()) else {
        return skip("the temporary directory has no nameless files, or strace does not show them");
    };
    // Each failing call is followed by one that makes a file with a name.
    let refusal = format!("inject=openat:error=EOPNOTSUPP:when={first}+2");
    for call in ["unlinkat", "pwrite64", "ftruncate"] {
        let mut kills = 0;
        while let Outcome::Killed { names } = run_traced(TEST, folder.path(), &["-e", &refusal], call, kills + 1) {
            kills += 1;
            let expected = usize::from(call == "unlinkat");
            assert_eq!(names.len(), expected, "before {call} {kills}: {names:?}");
            for name in names {
                let path = folder.path().join(name);
                assert_eq!(path.metadata().unwrap().len(), 0, "before {call} {kills}");
                std::fs::remove_file(path).unwrap();
            }
        }
        assert!(kills > 0, "the worker never calls {call}");
    }
}

/// Returns the number of the first call that makes a nameless file among the calls of its thread.
fn find_first_nameless(test: &str, directory: &Path) -> Option<usize> {
    let log = tempfile::NamedTempFile::new().unwrap();
    let wrapper = ["strace", "-f", "-qq", "-e", "trace=openat", "-o"];
    let wrapper = [&wrapper[..], &[log.path().to_str()?]].concat();
    let output = again(&wrapper, test, "worker", directory.to_str()?).output().ok()?;
    assert_finished(&output);
    let text = std::fs::read_to_string(log.path()).unwrap();
    let at = text.lines().position(|line| line.contains("O_TMPFILE"))?;
    let thread_of = |line: &str| line.split(' ').next().map(str::to_owned);
    let thread = thread_of(text.lines().nth(at)?);
    Some(
        text.lines()
            .take(at + 1)
            .filter(|line| thread_of(line) == thread)
            .count(),
    )
}

#[test]
fn nothing_is_left_after_a_kill_at_any_moment() {
    const TEST: &str = "kills::nothing_is_left_after_a_kill_at_any_moment";
    if let Some(subject) = subject_of("worker") {
        let (seed, directory) = subject.split_once(' ').unwrap();
        return work_forever(directory.as_ref(), seed.parse().unwrap());
    }
    let part = |directory: &Path, is_alone: bool| {
        let free = || is_alone.then(|| free(directory));
        let before = free();
        let mut random = Random::new(1);
        for seed in 0..number("SCRATCH_KILLS", 40) {
            let subject = format!("{seed} {}", directory.display());
            let mut worker = again(&[], TEST, "worker", &subject)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(worker.stdout.take().unwrap()).lines();
            assert!(lines.any(|line| line.unwrap().ends_with("begun")), "the worker begins");
            // The moment may be any, and nothing depends on it.
            std::thread::sleep(Duration::from_micros(to_u64(random.below(20_000))));
            worker.kill().unwrap();
            assert_eq!(
                worker.wait().unwrap().signal(),
                Some(SIGKILL),
                "nothing else ended the worker"
            );
            assert_eq!(names(directory), [""; 0], "worker {seed}");
            assert_eq!(free(), before, "worker {seed}");
        }
    };
    let disks = [
        Disk::Tmpfs("size=256m"),
        Disk::Ext4 {
            mebibytes: 256,
            inodes: 1_000,
        },
    ];
    on_disks_or_here(TEST, &disks, part);
}
