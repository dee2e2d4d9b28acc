//! A process that is killed before each of its system calls on files while it exports.

use crate::again::{again, assert_finished, has, number, subject_of};
use crate::tiers::{ALL, Ready, Tier, What, after, before, prepare, spill_of, target_of, whole};
use crate::*;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Output;

/// A file that does not exist. The worker opens it before and after the export, so that the log shows which calls are between.
const MARK: &str = "/nonexistent/scratch-mark";

/// A file that the worker makes before the export.
const BEGUN: &str = "begun";

/// More calls than any other thread of the worker makes.
const OTHER_CALLS: usize = 100;

/// System calls on files and descriptors that change nothing, before which nobody is killed.
const READING: [&str; 12] = [
    "fcntl",
    "fstat",
    "fstatfs",
    "getdents64",
    "ioctl",
    "lseek",
    "mmap",
    "newfstatat",
    "pread64",
    "read",
    "readlinkat",
    "statx",
];

/// The variable that makes these tests kill only before every so many calls, where processes are slow.
const EVERY: &str = "SCRATCH_EXPORT_KILL_EVERY";

const SIGKILL: i32 = 9;

/// A system call that the worker makes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Call {
    name: String,
    /// How many calls of that name its thread has made by then, with this one.
    number: usize,
    text: String,
}

/// What a killed process left.
struct Remains {
    /// The call that it did not make.
    call: Call,
    place: tempfile::TempDir,
    /// What is in the directory of the target.
    listing: Vec<String>,
}

impl Remains {
    /// Makes sure that only those before the end have this, and splits what has a random name from the rest. A name that nobody knows
    /// is replaced by `?`.
    fn split(&self) -> (Vec<String>, Vec<String>) {
        let mut names: Vec<&str> = Vec::new();
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for line in &self.listing {
            let top = line.split(['/', ':']).next().expect("a line begins with a name");
            if is_random(top) {
                names.push(top);
                unknown.push(line.replacen(top, "?", 1));
            } else {
                known.push(line.clone());
            }
        }
        names.dedup();
        assert!(
            names.len() <= 1,
            "{} names are left before {}",
            names.len(),
            self.call.text
        );
        (known, unknown)
    }

    /// Returns the permissions of what has a random name.
    fn mode(&self) -> u32 {
        let mut entries = std::fs::read_dir(target_of(self.place.path())).expect("the directory can be read");
        let left = entries.find_map(|entry| {
            let entry = entry.expect("the entry can be read");
            is_random(&entry.file_name().to_string_lossy()).then(|| entry.path())
        });
        mode(&left.expect("something is left"))
    }
}

fn is_random(name: &str) -> bool {
    name.strip_prefix(".scratch-")
        .is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// Does what the worker does.
fn work(subject: &str) {
    let (number, place) = subject.split_once(' ').expect("the subject has two parts");
    let what = ALL[number.parse::<usize>().expect("the first part is a number")];
    let ready = Ready::new(place.as_ref(), what);
    // Calls are counted by thread. The main thread makes some before this one begins, and must not be killed or refused for them.
    for _ in 0..OTHER_CALLS {
        File::open("/dev/null").expect("it exists");
    }
    std::fs::write(Path::new(place).join(BEGUN), "").expect("there is room");
    let _ = File::open(MARK);
    let exported = ready.run();
    let _ = File::open(MARK);
    assert_eq!(
        exported.is_linked,
        matches!(what, What::File(Tier::Own) | What::Replacing(Tier::Own))
    );
}

/// Runs the worker under strace.
fn run(test: &str, what: What, options: &[&str]) -> (Output, tempfile::TempDir) {
    let place = tempfile::tempdir().expect("a directory can be made");
    prepare(place.path(), what);
    let number = ALL.iter().position(|other| *other == what).expect("it is one of them");
    let subject = format!("{number} {}", place.path().display());
    let output = again(&[&["strace", "-f", "-qq"], options].concat(), test, "worker", &subject)
        .output()
        .expect("strace starts");
    (output, place)
}

/// Finds the system calls on files that the worker makes while it exports, in order. Nothing but the export is left after it.
fn record(test: &str, what: What, refusals: &[&str]) -> Vec<Call> {
    let log = tempfile::NamedTempFile::new().expect("a file can be made");
    let path = log.path().to_str().expect("the path is text");
    let options = [&["-e", "trace=%file,%desc", "-o", path], refusals].concat();
    let (output, place) = run(test, what, &options);
    assert_finished(&output);
    assert_eq!(listing(&target_of(place.path())), after(what));
    assert_eq!(listing(&spill_of(place.path())), [""; 0]);
    let text = std::fs::read_to_string(log.path()).expect("the log is text");
    let thread_of = |line: &str| line.split(' ').next().map(str::to_owned);
    let thread = text.lines().find(|line| line.contains(MARK)).and_then(thread_of);
    let (mut calls, mut names, mut marks) = (Vec::new(), Vec::new(), 0);
    for line in text.lines().filter(|line| thread_of(line) == thread) {
        let call = line.split_once(' ').map_or("", |(_, call)| call.trim_start());
        let Some((name, _)) = call.split_once('(') else {
            continue;
        };
        names.push(name.to_owned());
        if line.contains(MARK) {
            marks += 1;
        } else if marks == 1 {
            calls.push(Call {
                name: name.to_owned(),
                number: names.iter().filter(|other| *other == name).count(),
                text: call.to_owned(),
            });
        }
    }
    assert_eq!(marks, 2, "the log shows where the export begins and ends");
    calls
}

/// Kills the worker before each system call that may change something. Returns what was left each time, after it was made sure that
/// nothing is left in the directory of nameless files.
fn kill_at_each(test: &str, what: What, refusals: &[&str]) -> Vec<Remains> {
    let calls = record(test, what, refusals);
    let every = number(EVERY, 1);
    // A call that is refused cannot be the last one as well.
    let is_refused = |call: &Call| {
        refusals
            .iter()
            .any(|refusal| refusal.starts_with(&format!("inject={}:", call.name)))
    };
    let mut all = Vec::new();
    for call in calls
        .into_iter()
        .filter(|call| !READING.contains(&call.name.as_str()) && !is_refused(call))
        .step_by(every)
    {
        let inject = format!("inject={}:signal=KILL:when={}", call.name, call.number);
        let options = [&["-o", "/dev/null", "-e", &inject], refusals].concat();
        let (output, place) = run(test, what, &options);
        assert_eq!(output.status.signal(), Some(SIGKILL), "before {}", call.text);
        assert!(
            place.path().join(BEGUN).exists(),
            "the wrong thread was killed before {}",
            call.text
        );
        assert_eq!(listing(&spill_of(place.path())), [""; 0], "before {}", call.text);
        all.push(Remains {
            listing: listing(&target_of(place.path())),
            call,
            place,
        });
    }
    println!("{what:?}: {} kills", all.len());
    all
}

/// Makes sure that a listing is a part of what is exported, with the name `?`: some of its entries, and the beginnings of files.
#[track_caller]
fn assert_part(found: &[String], what: What) {
    let whole = whole(what, "?");
    for line in found {
        let is_part = whole.iter().any(|line_of_whole| {
            line == line_of_whole || line.contains(": ") && line_of_whole.starts_with(line.as_str())
        });
        // The names of files that have several are kept in a directory inside until the tree is complete.
        let is_names = line
            .strip_prefix("?/")
            .is_some_and(|inner| inner.starts_with(".scratch-"));
        assert!(is_part || is_names, "{line:.100}");
    }
}

/// Makes sure that the target is as before, and from some call on as after the export.
#[track_caller]
fn assert_all_or_nothing(what: What, remains: &[Remains]) {
    let mut is_published = false;
    for remains in remains {
        let (known, _) = remains.split();
        let text = &remains.call.text;
        if !is_published && known != before(what) {
            is_published = true;
        }
        let expected = if is_published { after(what) } else { before(what) };
        assert!(known == expected, "{what:?} before {text}: {known:.50?}");
    }
    assert!(is_published, "{what:?}: no kill was after the last step");
}

fn is_without_strace() -> bool {
    !has("strace")
}

#[test]
fn a_kill_leaves_a_new_file_whole_or_absent_and_nothing_else() {
    const TEST: &str = "killed::a_kill_leaves_a_new_file_whole_or_absent_and_nothing_else";
    if let Some(subject) = subject_of("worker") {
        return work(&subject);
    }
    if is_without_strace() {
        return;
    }
    for what in ALL
        .into_iter()
        .filter(|what| matches!(what, What::File(_) | What::Shared))
    {
        let all = kill_at_each(TEST, what, &[]);
        assert_all_or_nothing(what, &all);
        for remains in &all {
            let (_, unknown) = remains.split();
            assert_eq!(unknown, [""; 0], "{what:?} before {}", remains.call.text);
        }
    }
}

#[test]
fn a_kill_before_the_rename_that_replaces_leaves_a_whole_copy_and_no_other_kill_does() {
    const TEST: &str = "killed::a_kill_before_the_rename_that_replaces_leaves_a_whole_copy_and_no_other_kill_does";
    if let Some(subject) = subject_of("worker") {
        return work(&subject);
    }
    if is_without_strace() {
        return;
    }
    for what in ALL.into_iter().filter(|what| matches!(what, What::Replacing(_))) {
        let all = kill_at_each(TEST, what, &[]);
        assert_all_or_nothing(what, &all);
        for remains in &all {
            let (known, unknown) = remains.split();
            let is_exception = remains.call.name.starts_with("rename");
            let expected = if is_exception { whole(what, "?") } else { Vec::new() };
            assert!(unknown == expected, "{what:?} before {}", remains.call.text);
            assert!(!is_exception || known == before(what));
        }
        let exceptions = all.iter().filter(|remains| remains.call.name.starts_with("rename"));
        assert!(is_sampled() || exceptions.count() == 1, "{what:?}");
    }
}

/// Returns whether only some calls are tried.
fn is_sampled() -> bool {
    std::env::var_os(EVERY).is_some()
}

#[test]
fn a_kill_leaves_a_tree_whole_or_absent_and_at_most_one_directory_beside_it() {
    const TEST: &str = "killed::a_kill_leaves_a_tree_whole_or_absent_and_at_most_one_directory_beside_it";
    if let Some(subject) = subject_of("worker") {
        return work(&subject);
    }
    if is_without_strace() {
        return;
    }
    for what in [What::Tree, What::Space] {
        let all = kill_at_each(TEST, what, &[]);
        assert_all_or_nothing(what, &all);
        let (mut private, mut open) = (0, 0);
        for remains in &all {
            let (known, unknown) = remains.split();
            assert_part(&unknown, what);
            if unknown.is_empty() {
                continue;
            }
            assert!(known == before(what), "{what:?} before {}", remains.call.text);
            if remains.mode() == 0o700 {
                private += 1;
            } else {
                assert!(unknown == whole(what, "?"), "{what:?} before {}", remains.call.text);
                open += 1;
            }
        }
        assert!(private > 0 && (is_sampled() || open > 0), "{what:?}: {private}, {open}");
    }
}

/// Returns what strace is told so that the worker gets no nameless files while it exports.
fn refuse_nameless(test: &str, what: What) -> Option<String> {
    let calls = record(test, what, &[]);
    let first = calls.iter().find(|call| call.text.contains("O_TMPFILE"))?;
    // Each call that is refused is followed by one that makes or opens a file with a name.
    Some(format!("inject=openat:error=EOPNOTSUPP:when={}+2", first.number))
}

#[test]
fn without_nameless_files_a_kill_leaves_at_most_one_copy_beside_the_target() {
    const TEST: &str = "killed::without_nameless_files_a_kill_leaves_at_most_one_copy_beside_the_target";
    if let Some(subject) = subject_of("worker") {
        return work(&subject);
    }
    if is_without_strace() {
        return;
    }
    for what in [What::File(Tier::Memory), What::Replacing(Tier::Memory)] {
        let refusal = refuse_nameless(TEST, what).expect("the file system of temporary directories has nameless files");
        let all = kill_at_each(TEST, what, &["-e", &refusal]);
        assert_all_or_nothing(what, &all);
        let (mut empty, mut private, mut open) = (0, 0, 0);
        for remains in &all {
            let (known, unknown) = remains.split();
            assert_part(&unknown, what);
            if unknown.is_empty() {
                continue;
            }
            assert!(known == before(what), "{what:?} before {}", remains.call.text);
            match remains.mode() {
                0o600 if unknown == ["?: "] => empty += 1,
                0o600 => private += 1,
                _ => {
                    assert!(unknown == whole(what, "?"), "{what:?} before {}", remains.call.text);
                    open += 1;
                }
            }
        }
        assert!(
            is_sampled() || empty == 1 && private > 0 && open > 0,
            "{empty}, {private}, {open}"
        );
    }
}

#[test]
fn without_renames_that_do_not_replace_a_kill_leaves_the_copy_beside_the_whole_target() {
    const TEST: &str = "killed::without_renames_that_do_not_replace_a_kill_leaves_the_copy_beside_the_whole_target";
    if let Some(subject) = subject_of("worker") {
        return work(&subject);
    }
    if is_without_strace() {
        return;
    }
    let what = What::File(Tier::Memory);
    let refusal = refuse_nameless(TEST, what).expect("the file system of temporary directories has nameless files");
    let all = kill_at_each(TEST, what, &["-e", &refusal, "-e", "inject=renameat2:error=EINVAL"]);
    assert_all_or_nothing(what, &all);
    let mut both = 0;
    for remains in &all {
        let (known, unknown) = remains.split();
        assert_part(&unknown, what);
        if known == after(what) && !unknown.is_empty() {
            assert_eq!(remains.call.name, "unlinkat");
            assert!(unknown == whole(what, "?"));
            both += 1;
        }
    }
    assert!(is_sampled() || both == 1, "{both}");
}
