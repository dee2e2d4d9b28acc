//! Tests that need a process of their own: to count what it holds, to use it up, or to die.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::cli::Place;
use super::wait_until;

/// Names the test for which this process was started.
const ALONE: &str = "SCRATCH_FAULTS_ALONE";
/// The base of a test that dies.
const BASE: &str = "SCRATCH_FAULTS_BASE";

/// Runs the body of a test in a process in which nothing else runs.
#[track_caller]
pub(crate) fn alone(body: impl FnOnce()) {
    let name = test_of(&body);
    if is_started_for(&name) {
        return body();
    }
    let output = start(&name, None);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    for line in stderr.lines().filter(|line| line.starts_with("skipped: ")) {
        eprintln!("{line}");
    }
    let is_passed = output.status.success() && stdout.contains("1 passed");
    assert!(is_passed, "{name}, alone: {}\n{stdout}\n{stderr}", output.status);
}

/// Runs the body of a test in a process that dies of it, with the path of a base; where the base is, and how it died.
#[track_caller]
pub(crate) fn dying(body: impl FnOnce(&Path)) -> (Place, Output) {
    let name = test_of(&body);
    if is_started_for(&name) {
        body(&PathBuf::from(
            std::env::var_os(BASE).expect("it was started with a base"),
        ));
        panic!("it lives");
    }
    let place = Place::new();
    let output = start(&name, Some(&place.base()));
    (place, output)
}

fn is_started_for(name: &str) -> bool {
    std::env::var_os(ALONE).is_some_and(|test| test == name)
}

/// The test in which a closure stands.
fn test_of<T>(_: &T) -> String {
    let path = std::any::type_name::<T>();
    let path = path.trim_end_matches("::{{closure}}");
    let (_, path) = path.split_once("::").expect("it is in a crate");
    path.to_owned()
}

fn start(name: &str, base: Option<&Path>) -> Output {
    let mut command = Command::new(std::env::current_exe().expect("it runs"));
    command
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(ALONE, name);
    if let Some(base) = base {
        command.env(BASE, base);
    }
    command.output().expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What this process holds: the files that it has open, and its threads, by name.
#[derive(Debug, PartialEq)]
pub(crate) struct Held {
    files: Vec<PathBuf>,
    threads: Vec<String>,
}

impl Held {
    pub(crate) fn now() -> Held {
        let all = |dir: &str| {
            let dir = fs::read_dir(dir).expect("/proc is mounted");
            dir.filter_map(|entry| Some(entry.ok()?.path()))
        };
        // The listing itself is open, too, while it is read, and gone afterwards.
        let mut files: Vec<_> = all("/proc/self/fd").filter_map(|fd| fs::read_link(fd).ok()).collect();
        let mut threads: Vec<_> = all("/proc/self/task")
            .filter_map(|task| fs::read_to_string(task.join("comm")).ok())
            .collect();
        files.sort();
        threads.sort();
        Held { files, threads }
    }

    /// The same, as soon as threads of that name have ended, with what they hold.
    pub(crate) fn without(thread: &str) -> Held {
        let mut now = Held::now();
        wait_until(&format!("threads `{thread}` gone"), || {
            now = Held::now();
            !now.threads.iter().any(|name| name.trim_end() == thread)
        });
        now
    }

    /// It holds no more and no less than it did. A thread that was waited for may still be about to end.
    #[track_caller]
    pub(crate) fn assert_back(&self) {
        let mut now = Held::now();
        wait_until(&format!("back to {self:#?}, now {now:#?}"), || {
            now = Held::now();
            now == *self
        });
    }
}
