//! The base and its spaces, from the side of a program that embeds the library.

mod support;

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Barrier, LazyLock};
use std::thread;

use rustix::fs::FlockOperation;
use rustix::io::Errno;
use scratch_tests::programs;
use support::{block_on, entries, read};
use tempfile::TempDir;
use wasmtime_scratch::{
    Base, BaseError, Command, GUEST_PROVIDER, Label, Outcome, Provider, Report, Runner, Space, SpaceState, Swept,
};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

/// The layout file of this version. Who changes it has to think of the bases that are there.
const LAYOUT: &str = "scratch base, layout 1\n";

/// A folder for one test.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Place {
        Place {
            dir: tempfile::tempdir().expect("the tests may make temporary directories"),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A directory with this mode, whatever the umask.
    fn dir(&self, name: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        fs::create_dir(&path).expect("a directory");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("our own directory");
        path
    }
}

/// The names in a directory, sorted.
fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap_or_else(|error| panic!("{}: {error}", dir.display()))
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    let meta = path.symlink_metadata().expect("it is there");
    meta.permissions().mode() & 0o7777
}

/// The lock files of the leases in a base.
fn locks(base: &Path) -> Vec<PathBuf> {
    let names = names(base).into_iter().filter(|name| name.ends_with(".lock"));
    names.map(|name| base.join(name)).collect()
}

/// The host directories in a base.
fn hosts(base: &Path) -> Vec<PathBuf> {
    let all = names(base).into_iter().map(|name| base.join(name));
    all.filter(|path| path.is_dir()).collect()
}

#[track_caller]
fn assert_empty(base: &Path) {
    assert_eq!(names(base), ["layout"]);
    assert_eq!(
        fs::read_to_string(base.join("layout")).expect("the layout file"),
        LAYOUT
    );
}

#[track_caller]
fn refused(path: &Path) -> BaseError {
    Base::open(path).expect_err("the base is refused")
}

/// Runs `program` on the disk in `space`, which is not ended.
fn run_in(space: &Space, program: &str) -> Outcome {
    static LOADED: LazyLock<(Runner, Provider)> = LazyLock::new(|| {
        let runner = Runner::new().expect("this machine runs wasmtime");
        let provider = runner.provider("guest", GUEST_PROVIDER).expect("it loads");
        (runner, provider.into())
    });
    let (runner, provider) = &*LOADED;
    let program = runner.program("program", &read(Path::new(program))).expect("it loads");
    let mut command = Command::new();
    command.args(&["program", "disk"]);
    command.wasi().stdout(MemoryOutputPipe::new(1 << 16));
    block_on(runner.run(&program, provider, command, space)).expect("it starts")
}

/// Leaves 11 entries in `space`, on the disk.
fn fill(space: &Space) {
    assert_eq!(run_in(space, programs::NEVER_DROPPED), Outcome::Exit { code: 0 });
}

// Opening.

#[test]
fn a_base_is_made_with_its_parents_for_us_alone() {
    let place = Place::new();
    let path = place.path("one/two/base");
    let base = Base::open(&path).expect("it is made");
    assert_eq!(base.path(), path);
    for part in ["one", "one/two", "one/two/base"] {
        assert_eq!(mode(&place.path(part)), 0o700, "{part}");
    }
    assert_eq!(mode(&path.join("layout")), 0o600);
    let [host] = &hosts(&path)[..] else {
        panic!("one host directory: {:?}", names(&path))
    };
    for dir in [host.clone(), host.join("spaces"), host.join("trash")] {
        assert_eq!(mode(&dir), 0o700, "{}", dir.display());
    }
    assert_eq!(names(host), ["spaces", "trash"]);
    drop(base);
    assert_empty(&path);
}

#[test]
fn an_empty_directory_of_ours_becomes_a_base_and_a_base_is_opened_again() {
    let place = Place::new();
    let path = place.dir("base", 0o700);
    for _ in 0..3 {
        let base = Base::open(&path).expect("it opens");
        assert_eq!(fs::read_to_string(path.join("layout")).expect("it is there"), LAYOUT);
        drop(base);
        assert_empty(&path);
    }
}

#[test]
fn a_layout_file_that_a_killed_host_left_unfinished_does_not_refuse_the_base() {
    let place = Place::new();
    let path = place.dir("base", 0o700);
    fs::write(path.join("layout.0123456789abc"), "scratch ba").expect("ours");
    drop(Base::open(&path).expect("it opens"));
    assert_eq!(fs::read_to_string(path.join("layout")).expect("it is there"), LAYOUT);
}

#[test]
fn the_lease_says_who_holds_it() {
    let place = Place::new();
    let path = place.path("base");
    let _base = Base::open(&path).expect("it opens");
    let [lock] = &locks(&path)[..] else {
        panic!("one lease: {:?}", names(&path))
    };
    assert_eq!(mode(lock), 0o600);
    let record: serde_json::Value = serde_json::from_slice(&read(lock)).expect("JSON");
    assert_eq!(record["pid"], std::process::id());
    assert!(record["since_unix_seconds"].is_u64(), "{record}");
}

// What is refused, and left as it was.

#[test]
fn a_file_is_no_base() {
    let place = Place::new();
    let path = place.path("base");
    fs::write(&path, "mine").expect("a file");
    assert!(matches!(refused(&path), BaseError::NotADirectory { path: named } if named == path));
    assert_eq!(fs::read(&path).expect("still there"), b"mine");
}

#[test]
fn a_path_below_a_file_cannot_be_made() {
    let place = Place::new();
    let file = place.path("file");
    fs::write(&file, "mine").expect("a file");
    assert!(matches!(refused(&file.join("base")), BaseError::Create { .. }));
}

#[test]
fn a_symbolic_link_is_no_base_wherever_it_points() {
    let place = Place::new();
    let real = place.dir("real", 0o700);
    fs::write(place.path("file"), "mine").expect("a file");
    for (link, target) in [("to-dir", "real"), ("to-file", "file"), ("to-nothing", "nothing")] {
        let link = place.path(link);
        symlink(target, &link).expect("a link");
        let error = refused(&link);
        assert!(matches!(error, BaseError::SymbolicLink { .. }), "{error:?}");
    }
    assert!(names(&real).is_empty(), "nothing is made behind the link");
    assert!(!place.path("nothing").exists());
}

#[test]
fn a_slash_behind_a_symbolic_link_does_not_make_it_a_directory() {
    let place = Place::new();
    let real = place.dir("real", 0o700);
    symlink("real", place.path("link")).expect("a link");
    for path in ["link/", "link/.", "link//"] {
        match Base::open(place.path(path)) {
            Err(BaseError::SymbolicLink { .. }) => {}
            other => panic!("`{path}`: {other:?}"),
        }
    }
    assert!(names(&real).is_empty(), "nothing is made behind the link");
}

#[test]
fn a_base_that_others_may_enter_or_change_is_refused_and_its_mode_named() {
    let place = Place::new();
    for bits in [
        0o755, 0o750, 0o770, 0o777, 0o1777, 0o710, 0o701, 0o740, 0o704, 0o720, 0o702,
    ] {
        let path = place.dir(&format!("{bits:o}"), bits);
        match refused(&path) {
            BaseError::OpenToOthers { mode, .. } => assert_eq!(mode & 0o777, bits & 0o777),
            other => panic!("{bits:o}: {other:?}"),
        }
        assert!(names(&path).is_empty(), "{bits:o}");
        assert_eq!(mode(&path), bits);
    }
}

#[test]
fn somebody_elses_base_is_refused() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can give a directory to another user");
        return;
    }
    let place = Place::new();
    for bits in [0o700, 0o777] {
        let path = place.dir(&format!("{bits:o}"), bits);
        chown(&path, Some(65534), None).expect("we are root");
        match refused(&path) {
            BaseError::NotOurs { owner, user, .. } => assert_eq!((owner, user), (65534, 0)),
            other => panic!("{other:?}"),
        }
        assert!(names(&path).is_empty());
    }
}

#[test]
fn a_directory_with_somebodys_files_is_no_base() {
    let place = Place::new();
    for (number, entry) in ["letter.txt", ".profile", "layout-of-the-garden.txt", "layouts"]
        .iter()
        .enumerate()
    {
        let path = place.dir(&number.to_string(), 0o700);
        fs::write(path.join(entry), "mine").expect("a file");
        match Base::open(&path) {
            Err(BaseError::Foreign { entry: named, .. }) => assert_eq!(named, *entry),
            other => panic!("{entry}: {other:?}"),
        }
        assert_eq!(names(&path), [*entry]);
    }
    let path = place.dir("with-a-directory", 0o700);
    fs::create_dir(path.join("photos")).expect("a directory");
    assert!(matches!(refused(&path), BaseError::Foreign { entry, .. } if entry == "photos"));
    assert_eq!(names(&path), ["photos"]);
}

#[test]
fn an_unknown_layout_is_refused_and_quoted() {
    let place = Place::new();
    for (number, text) in ["scratch base, layout 2\n", "scratch base, layout 1", "", "\u{1b}[31m\n"]
        .iter()
        .enumerate()
    {
        let path = place.dir(&number.to_string(), 0o700);
        fs::write(path.join("layout"), text).expect("a file");
        let error = refused(&path);
        let message = error.to_string();
        assert!(!message.contains(char::is_control), "{message:?}");
        match error {
            BaseError::UnknownLayout { found, known, .. } => assert_eq!((&*found, known), (*text, LAYOUT)),
            other => panic!("{other:?}"),
        }
        assert_eq!(names(&path), ["layout"]);
        assert_eq!(fs::read_to_string(path.join("layout")).expect("still there"), *text);
    }
}

#[test]
fn a_huge_layout_file_is_not_read_to_its_end() {
    let place = Place::new();
    let path = place.dir("base", 0o700);
    let file = File::create(path.join("layout")).expect("a file");
    file.set_len(1 << 40).expect("a hole");
    assert!(matches!(refused(&path), BaseError::UnknownLayout { found, .. } if found.len() <= 128));
}

#[test]
fn a_layout_that_is_no_file_is_refused_without_waiting_for_it() {
    let place = Place::new();
    let path = place.dir("dir", 0o700);
    fs::create_dir(path.join("layout")).expect("a directory");
    refused(&path);
    let path = place.dir("link", 0o700);
    fs::write(place.path("real"), LAYOUT).expect("a file");
    symlink("../real", path.join("layout")).expect("a link");
    refused(&path);
    let path = place.dir("pipe", 0o700);
    let mode = rustix::fs::Mode::RWXU;
    rustix::fs::mknodat(
        rustix::fs::CWD,
        path.join("layout"),
        rustix::fs::FileType::Fifo,
        mode,
        0,
    )
    .expect("a pipe");
    refused(&path);
}

#[test]
fn every_refusal_names_the_path_in_one_line_and_its_cause_only_once() {
    let place = Place::new();
    let file = place.path("a-file");
    fs::write(&file, "mine").expect("a file");
    let open = place.dir("open", 0o755);
    let foreign = place.dir("foreign", 0o700);
    fs::write(foreign.join("letter.txt"), "mine").expect("a file");
    for path in [file.clone(), file.join("below"), open, foreign] {
        let message = refused(&path).to_string();
        assert!(message.contains(&path.display().to_string()), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(message.matches("os error").count() <= 1, "{message}");
    }
}

// Many at once.

#[test]
fn many_threads_open_a_base_that_is_not_there_yet_and_all_succeed() {
    const THREADS: usize = 16;
    for round in 0..20 {
        let place = Place::new();
        let path = place.path("one/base");
        let together = Arc::new(Barrier::new(THREADS));
        let opening: Vec<_> = (0..THREADS)
            .map(|_| {
                let (path, together) = (path.clone(), Arc::clone(&together));
                thread::spawn(move || {
                    together.wait();
                    Base::open(&path)
                })
            })
            .collect();
        let opened: Vec<Base> = opening
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect::<Result<_, _>>()
            .unwrap_or_else(|error| panic!("round {round}: {error}"));
        assert_eq!(hosts(&path).len(), THREADS, "each has its own");
        assert_eq!(locks(&path).len(), THREADS);
        assert_eq!(
            names(&path).len(),
            2 * THREADS + 1,
            "and there is one layout file: {:?}",
            names(&path)
        );
        drop(opened);
        assert_empty(&path);
    }
}

#[test]
fn many_threads_open_and_close_one_base_and_none_fails() {
    let place = Place::new();
    let path = place.path("base");
    let together = Arc::new(Barrier::new(16));
    let threads: Vec<_> = (0..16)
        .map(|_| {
            let (path, together) = (path.clone(), Arc::clone(&together));
            thread::spawn(move || {
                together.wait();
                for _ in 0..20 {
                    let base = Base::open(&path)?;
                    let report = base.space(None).end();
                    assert_eq!(report.receipt.entries_left, 0);
                }
                Ok::<_, BaseError>(())
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no panic").expect("every opening succeeds");
    }
    assert_empty(&path);
}

#[test]
fn two_bases_open_at_once_keep_out_of_each_others_way() {
    let place = Place::new();
    let (first, second) = (place.path("first"), place.path("second"));
    let bases = [Base::open(&first), Base::open(&second)].map(|base| base.expect("it opens"));
    let [space, other] = bases.each_ref().map(|base| base.space(None));
    fill(&space);
    fill(&other);
    let before = entries(&second);
    assert_eq!(space.end().receipt.entries_found, 11);
    assert_eq!(entries(&second), before, "nothing of the other base is touched");
    drop(bases);
    assert_empty(&first);
    assert_eq!(other.end().receipt.entries_found, 11);
    assert_empty(&second);
}

#[test]
fn one_base_opened_twice_gives_two_leases_that_keep_out_of_each_others_way() {
    let place = Place::new();
    let path = place.path("base");
    let bases = [Base::open(&path), Base::open(&path)].map(|base| base.expect("it opens"));
    assert_eq!((hosts(&path).len(), locks(&path).len()), (2, 2));
    let [space, other] = bases.each_ref().map(|base| base.space(None));
    fill(&space);
    fill(&other);
    assert_eq!(space.end().receipt.entries_found, 11);
    let [first, second] = bases;
    drop(first);
    assert_eq!((hosts(&path).len(), locks(&path).len()), (1, 1));
    assert_eq!(other.end().receipt.entries_found, 11);
    drop(second);
    assert_empty(&path);
}

#[test]
fn spaces_of_one_base_end_one_by_one() {
    let place = Place::new();
    let path = place.path("base");
    let base = Base::open(&path).expect("it opens");
    let spaces: Vec<Space> = (0..3).map(|_| base.space(None)).collect();
    spaces.iter().for_each(fill);
    let [host] = &hosts(&path)[..] else {
        panic!("one host directory: {:?}", names(&path))
    };
    let distinct: BTreeSet<String> = names(&host.join("spaces")).into_iter().collect();
    assert_eq!(distinct.len(), 3);
    for (left, space) in [2, 1, 0].into_iter().zip(spaces) {
        assert_eq!(space.end().receipt.entries_found, 11);
        assert_eq!(names(&host.join("spaces")).len(), left);
        assert!(names(&host.join("trash")).is_empty());
    }
    drop(base);
    assert_empty(&path);
}

// Leases.

#[test]
fn a_lease_is_locked_while_its_base_is_open_and_free_afterwards() {
    let place = Place::new();
    let path = place.path("base");
    let base = Base::open(&path).expect("it opens");
    let [lock] = &locks(&path)[..] else {
        panic!("one lease: {:?}", names(&path))
    };
    let lock = File::open(lock).expect("ours");
    let try_lock = || rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive);
    assert_eq!(try_lock(), Err(Errno::WOULDBLOCK));
    let clone = base.clone();
    drop(base);
    assert_eq!(try_lock(), Err(Errno::WOULDBLOCK), "a clone holds it too");
    drop(clone);
    assert_eq!(try_lock(), Ok(()));
    assert_empty(&path);
}

#[test]
fn a_space_keeps_its_host_directory_after_the_base_was_dropped() {
    let place = Place::new();
    let path = place.path("base");
    let base = Base::open(&path).expect("it opens");
    let (first, last) = (base.space(None), base.space(None));
    drop(base);
    assert_eq!((hosts(&path).len(), locks(&path).len()), (1, 1));
    fill(&last);
    assert_eq!(first.end().receipt.entries_found, 0);
    assert_eq!((hosts(&path).len(), locks(&path).len()), (1, 1));
    assert_eq!(last.end().receipt.entries_found, 11);
    assert_empty(&path);
}

#[test]
fn a_base_that_is_removed_while_it_is_open_costs_an_error_and_no_panic() {
    let place = Place::new();
    let path = place.path("base");
    let base = Base::open(&path).expect("it opens");
    let space = base.space(None);
    fs::remove_dir_all(&path).expect("ours");
    let outcome = run_in(&space, programs::NEVER_DROPPED);
    assert_eq!(outcome, Outcome::Exit { code: 1 }, "the program meets an error");
    assert_eq!(space.end().receipt.entries_left, 0);
    drop(base);
    assert!(!path.exists());
}

// Spaces.

#[test]
fn a_space_that_nobody_uses_makes_nothing() {
    let place = Place::new();
    let path = place.path("base");
    let base = Base::open(&path).expect("it opens");
    let before = entries(&path);
    let space = base.space(Some("tenant-7".parse().expect("a label")));
    assert_eq!(entries(&path), before);
    assert_eq!(run_in(&space, programs::NO_SCRATCH), Outcome::Exit { code: 0 });
    assert_eq!(
        entries(&path),
        before,
        "nor one that ran a program without temporary files"
    );
    let report = space.end();
    assert_eq!(entries(&path), before);
    assert!(report.is_clean());
    assert_eq!(report.handles(), 0);
    assert_eq!(report.label.as_deref(), Some("tenant-7"));
}

#[test]
fn a_space_that_is_dropped_without_an_end_is_removed_all_the_same() {
    let place = Place::new();
    let path = place.path("base");
    let base = Base::open(&path).expect("it opens");
    let before = entries(&path);
    let space = base.space(None);
    fill(&space);
    assert!(entries(&path).len() > before.len());
    drop(space);
    let swept = base.drain();
    assert_eq!(entries(&path), before);
    assert!(swept.entries > 1 && swept.residue_count == 0, "{swept:?}");
    drop(base);
    assert_empty(&path);
}

#[test]
fn a_space_that_a_panic_unwinds_through_is_removed_all_the_same() {
    let place = Place::new();
    let path = place.path("base");
    let base = Base::open(&path).expect("it opens");
    let panicked = thread::spawn({
        let base = base.clone();
        move || {
            let space = base.space(None);
            fill(&space);
            std::panic::resume_unwind(Box::new("on purpose"));
        }
    });
    assert!(panicked.join().is_err());
    base.drain();
    drop(base);
    assert_empty(&path);
}

#[test]
fn the_end_of_a_space_counts_what_it_found_and_what_it_left() {
    let place = Place::new();
    let base = Base::open(place.path("base")).expect("it opens");
    let space = base.space(Some("whose".parse().expect("a label")));
    assert_eq!(space.label().map(Label::as_str), Some("whose"));
    fill(&space);
    let report: Report = block_on(space.end_async());
    assert_eq!((report.files.created, report.files.by_host), (5, 5));
    assert_eq!((report.directories.created, report.directories.by_host), (2, 2));
    assert_eq!((report.receipt.entries_found, report.receipt.entries_left), (11, 0));
    assert!(report.receipt.bytes_found > 0);
    assert_eq!(report.label.as_deref(), Some("whose"));
    assert!(report.is_clean());
}

/// `end` takes the space, and nobody can make a second one of it.
#[test]
fn a_space_can_be_ended_only_once() {
    let _: fn(Space) -> Report = Space::end;

    trait OnlyOneOfThese<Which> {
        fn holds() {}
    }
    struct Cloneable;
    impl<T> OnlyOneOfThese<()> for T {}
    impl<T: Clone> OnlyOneOfThese<Cloneable> for T {}
    // Were `Space` to be `Clone`, two of them would fit here, and this would not compile.
    <Space as OnlyOneOfThese<_>>::holds();
}

#[test]
fn a_base_and_its_spaces_go_from_thread_to_thread() {
    fn assert_send_and_sync<T: Send + Sync>() {}
    assert_send_and_sync::<Base>();
    assert_send_and_sync::<Space>();
}

// Labels.

#[test]
fn a_label_is_1_to_128_printable_characters() {
    let all: String = (' '..='~').collect();
    for good in ["a", " ", "~", "tenant-7/request 12", all.as_str(), &"x".repeat(128)] {
        let label: Label = good.parse().unwrap_or_else(|error| panic!("{good:?}: {error}"));
        assert_eq!((label.as_str(), label.to_string().as_str()), (good, good));
    }
    let long = "x".repeat(129);
    for bad in [
        "",
        long.as_str(),
        "two\nlines",
        "tab\t",
        "nul\0",
        "esc\u{1b}[31m",
        "del\u{7f}",
        "café",
        "名",
    ] {
        let message = bad.parse::<Label>().expect_err(bad).to_string();
        assert!(message.contains("1 to 128 printable"), "{message}");
        assert!(!message.contains(char::is_control), "{message:?}");
    }
}

#[test]
fn a_huge_label_is_not_repeated_in_whole() {
    let message = "x".repeat(1 << 20).parse::<Label>().expect_err("too long").to_string();
    assert!(message.len() < 1 << 10, "{} bytes", message.len());
}

// The ways to end that are not `end`.

/// What a host that was killed left under a lease that nobody holds: a space with `label` and a file in it.
fn dead_host(base: &Path, id: &str, space: &str) {
    let dir = base.join(id).join("spaces").join(space);
    fs::create_dir_all(dir.join("dir")).expect("ours");
    fs::create_dir_all(base.join(id).join("trash/half/deleted")).expect("ours");
    fs::write(dir.join("dir/file"), "left").expect("ours");
    let record = r#"{"pid":1,"program":"old","since_unix_seconds":4102444800}"#;
    fs::write(base.join(format!("{id}.lock")), record).expect("ours");
}

#[test]
fn a_deferred_space_is_out_of_reach_at_once_and_gone_after_a_drain() {
    let place = Place::new();
    let path = place.path("base");
    let base = Base::open(&path).expect("it opens");
    let space = base.space(None);
    fill(&space);
    let dir = space.dir().expect("it is in use");
    let report = space.defer();
    assert!(!dir.exists(), "it stands where programs are");
    assert!(report.deferred && !report.is_clean());
    assert_eq!(report.handles(), 7, "{report:?}");
    assert!(report.to_string().contains("deferred"), "{report}");
    let swept = base.drain();
    assert_eq!((swept.entries, swept.residue_count), (12, 0), "{swept:?}");
    drop(base);
    assert_empty(&path);
}

#[test]
fn a_space_that_was_never_used_has_nothing_to_defer() {
    let place = Place::new();
    let base = Base::open(place.path("base")).expect("it opens");
    let report = base.space(None).defer();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(base.drain(), Swept::default());
}

#[test]
fn a_space_whose_runtime_is_shut_down_is_deferred() {
    let place = Place::new();
    let path = place.path("base");
    let base = Base::open(&path).expect("it opens");
    let space = base.space(None);
    fill(&space);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let handle = runtime.handle().clone();
    drop(runtime);
    let entered = handle.enter();
    let mut ending = Box::pin(space.end_async());
    let polled = ending
        .as_mut()
        .poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
    let std::task::Poll::Ready(report) = polled else {
        panic!("it waits for a runtime that is gone");
    };
    drop((entered, ending));
    assert!(report.deferred, "{report:?}");
    base.drain();
    drop(base);
    assert_empty(&path);
}

#[test]
fn a_reset_space_is_empty_and_goes_on() {
    let place = Place::new();
    let path = place.path("base");
    let base = Base::open(&path).expect("it opens");
    let mut space = base.space(Some("session".parse().expect("a label")));
    for _ in 0..3 {
        fill(&space);
        let report = space.reset();
        assert_eq!((report.files.by_host, report.directories.by_host), (5, 2), "{report:?}");
        assert_eq!((report.receipt.entries_found, report.receipt.entries_left), (11, 0));
        assert_eq!(report.label.as_deref(), Some("session"));
        assert_eq!(space.entries(), Vec::<String>::new());
    }
    fill(&space);
    let report = space.end();
    assert_eq!((report.handles(), report.receipt.entries_found), (7, 11), "{report:?}");
    drop(base);
    assert_empty(&path);
}

#[test]
fn a_space_outlives_the_instances_of_a_session() {
    let place = Place::new();
    let path = place.path("base");
    let base = Base::open(&path).expect("it opens");
    let space = base.space(None);
    fill(&space);
    fill(&space);
    assert_eq!(
        space.entries().len(),
        22,
        "what the first left stands while the second runs"
    );
    let report = space.end();
    assert_eq!((report.handles(), report.receipt.entries_found), (14, 22), "{report:?}");
    drop(base);
    assert_empty(&path);
}

#[test]
fn what_is_kept_is_moved_and_nothing_is_made_for_nothing() {
    let place = Place::new();
    let (path, kept) = (place.path("base"), place.dir("kept", 0o700));
    let base = Base::open(&path).expect("it opens");
    base.verify_keeping(&kept).expect("it is on the same file system");
    assert!(names(&kept).is_empty(), "the probe is gone");
    let report = base.space(None).end_keeping(&kept);
    assert_eq!((report.kept_in, names(&kept).len()), (None, 0));

    let space = base.space(None);
    fill(&space);
    let report = space.end_keeping(&kept);
    let dir = PathBuf::from(report.kept_in.clone().expect("something was left"));
    assert_eq!(entries(&dir).len(), 11, "{report:?}");
    assert_eq!((report.receipt.entries_found, report.receipt.entries_left), (11, 0));
    drop(base);
    assert_empty(&path);
}

#[test]
fn what_is_kept_has_no_links_however_deep() {
    let place = Place::new();
    let (path, kept) = (place.path("base"), place.dir("kept", 0o700));
    let base = Base::open(&path).expect("it opens");
    let space = base.space(None);
    let mut dir = space.dir().expect("it is made");
    for _ in 0..300 {
        symlink("/etc/hostname", dir.join("absolute")).expect("a link");
        symlink("../../../../etc", dir.join("up")).expect("a link");
        fs::write(dir.join("file"), "content").expect("a file");
        fs::create_dir(dir.join("beside")).expect("a directory");
        dir = dir.join("d");
        fs::create_dir(&dir).expect("a directory");
    }
    let report = space.end_keeping(&kept);
    assert_eq!(report.links_left_out, 600, "{report}");
    let kept = PathBuf::from(report.kept_in.clone().expect("something was left"));
    let found = entries(&kept);
    assert_eq!(found.len(), 900);
    assert!(!found.iter().any(|path| kept.join(path).is_symlink()));

    // Nothing is made for links alone.
    let kept = place.dir("empty", 0o700);
    let space = base.space(None);
    symlink("/etc", space.dir().expect("it is made").join("link")).expect("a link");
    let report = space.end_keeping(&kept);
    assert_eq!(
        (report.kept_in.as_deref(), report.links_left_out),
        (None, 1),
        "{report}"
    );
    assert!(names(&kept).is_empty());
    drop(base);
    assert_empty(&path);
}

#[test]
fn what_cannot_be_kept_is_deleted_and_said() {
    let place = Place::new();
    let path = place.path("base");
    let base = Base::open(&path).expect("it opens");
    let nowhere = place.path("nowhere");
    base.verify_keeping(&nowhere).expect_err("it is not there");
    let space = base.space(None);
    fill(&space);
    let report = space.end_keeping(&nowhere);
    assert_eq!((report.kept_in.as_deref(), report.receipt.entries_left), (None, 0));
    assert!(report.residue[0].reason.contains("could not be kept"), "{report:?}");
    drop(base);
    assert_empty(&path);
}

// What others left.

#[test]
fn what_dead_hosts_left_is_out_of_the_way_when_a_base_is_open_and_gone_after_a_drain() {
    let place = Place::new();
    let path = place.path("base");
    let live = Base::open(&path).expect("it opens");
    let used = live.space(None);
    fill(&used);
    dead_host(&path, "0123456789abc", "aaaaaaaaaaaaa.dGVuYW50LTc");
    dead_host(&path, "zyxwvutsrqpon", "bbbbbbbbbbbbb");
    // Killed between the lock and the directory.
    fs::write(path.join("kkkkkkkkkkkkk.lock"), "").expect("ours");

    let base = Base::open(&path).expect("it opens");
    for gone in ["0123456789abc", "zyxwvutsrqpon", "kkkkkkkkkkkkk"] {
        assert!(
            !path.join(gone).exists() && !path.join(format!("{gone}.lock")).exists(),
            "{gone}"
        );
    }
    let swept = base.drain();
    assert_eq!((swept.hosts, swept.bytes, swept.residue_count), (2, 8, 0), "{swept:?}");
    assert_eq!(base.reaped(), swept.entries);
    assert_eq!(used.entries().len(), 11, "a live host was touched");
    assert!(used.end().is_clean());
    drop((base, live));
    assert_empty(&path);
}

#[test]
fn what_nobody_of_us_made_is_left_alone_and_named() {
    let place = Place::new();
    let path = place.path("base");
    drop(Base::open(&path).expect("it opens"));
    fs::create_dir_all(path.join("directory.lock")).expect("ours");
    fs::create_dir_all(path.join("aaaaaaaaaaaaa.lock")).expect("ours");
    fs::create_dir_all(path.join("bbbbbbbbbbbbb/spaces/ccccccccccccc")).expect("ours");
    symlink("/nowhere", path.join("ddddddddddddd.lock")).expect("a link");
    fs::write(path.join("notes.txt"), "mine").expect("ours");
    let before = entries(&path);
    let base = Base::open(&path).expect("it opens");
    assert_eq!(base.drain(), Swept::default());
    let listing = Base::list(&path).expect("it is a base").expect("it is there");
    let foreign = [
        "aaaaaaaaaaaaa.lock",
        "bbbbbbbbbbbbb",
        "ddddddddddddd.lock",
        "directory.lock",
        "notes.txt",
    ];
    assert_eq!(
        (listing.foreign, listing.live_hosts),
        (foreign.map(str::to_owned).to_vec(), 1)
    );
    drop(base);
    assert_eq!(entries(&path), before);
}

#[test]
fn a_list_tells_what_is_in_use_from_what_is_left() {
    let place = Place::new();
    let path = place.path("base");
    assert!(Base::list(&path).expect("nothing is wrong").is_none());
    assert!(!path.exists(), "nothing is made for looking");
    let base = Base::open(&path).expect("it opens");
    let space = base.space(Some("in/use ~".parse().expect("a label")));
    fill(&space);
    dead_host(&path, "0123456789abc", "aaaaaaaaaaaaa.dGVuYW50LTc");
    let before = entries(&path);
    let listing = Base::list(&path).expect("it is a base").expect("it is there");
    assert_eq!(entries(&path), before, "nothing is changed by looking");
    let find = |state| listing.spaces.iter().find(|space| space.state == state).expect("one");
    let live = find(SpaceState::Live);
    assert_eq!(
        (live.label.as_deref(), live.entries, live.is_counted),
        (Some("in/use ~"), 11, true)
    );
    assert_eq!(live.holder.as_ref().map(|holder| holder.pid), Some(std::process::id()));
    let stale = find(SpaceState::Stale);
    assert_eq!(
        (stale.label.as_deref(), stale.entries, stale.bytes),
        (Some("tenant-7"), 2, 4)
    );
    assert_eq!(stale.holder.as_ref().map(|holder| holder.program.as_str()), Some("old"));
    assert_eq!(find(SpaceState::Residue).entries, 1);
    assert!(space.end().is_clean());
}

#[test]
fn nothing_is_kept_of_a_space_that_was_used_and_is_empty_and_bytes_are_counted() {
    let place = Place::new();
    let kept = place.dir("kept", 0o700);
    let base = Base::open(place.path("base")).expect("it opens");
    let mut space = base.space(None);
    let dir = space.dir().expect("it is made");
    fs::write(dir.join("file"), "left").expect("ours");
    assert_eq!(space.reset().receipt.bytes_found, 4);
    assert_eq!((space.end_keeping(&kept).kept_in, names(&kept).len()), (None, 0));
    let space = base.space(None);
    fs::write(space.dir().expect("it is made").join("file"), "left").expect("ours");
    assert_eq!(space.end_keeping(&kept).receipt.bytes_found, 4);
}

#[test]
fn what_only_looks_like_a_lease_is_left_alone() {
    let place = Place::new();
    let path = place.path("base");
    drop(Base::open(&path).expect("it opens"));
    fs::write(place.path("mine"), "mine").expect("ours");
    fs::write(path.join("letter.lock"), "mine").expect("ours");
    symlink("../mine", path.join("ddddddddddddd.lock")).expect("a link");
    let mode = rustix::fs::Mode::RWXU;
    let pipe = path.join("eeeeeeeeeeeee.lock");
    rustix::fs::mknodat(rustix::fs::CWD, pipe, rustix::fs::FileType::Fifo, mode, 0).expect("a pipe");
    // What we made is not left, though.
    fs::write(path.join("layout.0123456789abc"), "scratch ba").expect("ours");
    drop(Base::open(&path).expect("it opens"));
    let foreign = ["ddddddddddddd.lock", "eeeeeeeeeeeee.lock", "letter.lock"];
    assert_eq!(
        names(&path),
        [&foreign[..1], &foreign[1..2], &["layout"], &foreign[2..]].concat()
    );
    let listing = Base::list(&path).expect("it is a base").expect("it is there");
    assert_eq!(listing.foreign, foreign);
}

#[test]
fn a_list_counts_each_inode_once_and_says_where_it_did_not_look() {
    let place = Place::new();
    let path = place.path("base");
    let base = Base::open(&path).expect("it opens");
    let first = base.space(Some("first".parse().expect("a label")));
    let dir = first.dir().expect("it is made");
    thread::sleep(std::time::Duration::from_millis(1100));
    let second = base.space(Some("second".parse().expect("a label")));
    fs::create_dir_all(second.dir().expect("it is made").join("d/".repeat(300))).expect("ours");
    // Changed now, made before the other.
    fs::write(dir.join("file"), "left").expect("ours");
    fs::hard_link(dir.join("file"), dir.join("again")).expect("ours");
    symlink("file", dir.join("link")).expect("ours");
    let listing = Base::list(&path).expect("it is a base").expect("it is there");
    let [older, younger] = &listing.spaces[..] else {
        panic!("two: {listing:?}")
    };
    assert_eq!(
        (older.label.as_deref(), older.bytes, older.entries),
        (Some("first"), 4, 3)
    );
    assert!(
        older.age_seconds >= 1 && older.is_counted && !younger.is_counted,
        "{listing:?}"
    );
    assert!(first.end().is_clean() && second.end().is_clean());
}

#[test]
fn residue_is_listed_with_its_label_and_tried_again_by_the_end_of_another_space() {
    let place = Place::new();
    let path = place.path("base");
    let base = Base::open(&path).expect("it opens");
    let space = base.space(Some("tenant-7".parse().expect("a label")));
    // Two levels down, so that what is around it is moved to the trash.
    let frozen = space.dir().expect("it is made").join("far/near");
    fs::create_dir_all(&frozen).expect("ours");
    fs::write(frozen.join("file"), "stays").expect("ours");
    let opened = File::open(&frozen).expect("ours");
    let freeze = |on| {
        // Only root may, and not on every file system. A mode would not do: the remover repairs it.
        let Ok(mut flags) = rustix::fs::ioctl_getflags(&opened) else {
            return false;
        };
        flags.set(rustix::fs::IFlags::IMMUTABLE, on);
        rustix::fs::ioctl_setflags(&opened, flags).is_ok()
    };
    if !freeze(true) {
        eprintln!("skipped: nothing can be made immutable here");
        return;
    }
    let report = space.end();
    let listing = Base::list(&path).expect("it is a base").expect("it is there");
    assert!(base.space(None).end().is_clean());
    let again = base.drain();
    let still = Base::list(&path).expect("it is a base").expect("it is there");
    freeze(false);
    assert!(
        report.residue_count == 1 && report.receipt.entries_left >= 2,
        "{report}"
    );
    for listing in [&listing, &still] {
        assert!(!listing.spaces.is_empty(), "{report}");
        for left in &listing.spaces {
            assert_eq!(
                (left.state, left.label.as_deref()),
                (SpaceState::Residue, Some("tenant-7"))
            );
        }
    }
    assert_eq!(again.residue_count, 0, "it was reported already: {again:?}");
    // Not tried more often than that.
    thread::sleep(std::time::Duration::from_millis(1100));
    assert!(base.space(None).end().is_clean());
    base.drain();
    let gone = Base::list(&path).expect("it is a base").expect("it is there");
    assert!(gone.spaces.is_empty(), "{gone:?}");
    drop(base);
    assert_empty(&path);
}
