//! Removal, as a space's end does it, of what is hard to remove.

use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::fs::{CWD, Mode, OFlags};
use tempfile::TempDir;
use wasmtime_scratch::{Base, Report, Space};

/// A quarter of what Rust gives a thread.
const STACK_BYTES: usize = 512 * 1024;

fn base() -> (TempDir, Base) {
    let place = tempfile::tempdir().expect("the tests may make temporary directories");
    let base = Base::open(place.path().join("base")).expect("it opens");
    (place, base)
}

fn open(dir: &Path) -> OwnedFd {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::openat(CWD, dir, flags, Mode::empty()).expect("it is there")
}

#[track_caller]
fn assert_gone(report: &Report, entries: u64) {
    let receipt = &report.receipt;
    assert_eq!((receipt.entries_found, receipt.entries_left), (entries, 0), "{report}");
    assert!(report.is_clean(), "{report}");
}

fn end_on_a_small_stack(space: Space) -> Report {
    let ending = thread::Builder::new().stack_size(STACK_BYTES).spawn(|| space.end());
    ending.expect("a thread").join().expect("it does not panic")
}

#[test]
fn a_tree_of_20_000_levels_goes_with_a_small_stack() {
    let (_place, base) = base();
    let space = base.space(None);
    let mut at = open(&space.dir().expect("a directory"));
    for _ in 0..20_000 {
        rustix::fs::mkdirat(&at, "deep", Mode::RWXU).expect("a directory");
        rustix::fs::mknodat(&at, "file", rustix::fs::FileType::RegularFile, Mode::RUSR, 0).expect("a file");
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        at = rustix::fs::openat(&at, "deep", flags, Mode::empty()).expect("it is there");
    }
    assert_gone(&end_on_a_small_stack(space), 40_000);
}

#[test]
fn directories_side_by_side_and_in_each_other_go() {
    let (_place, base) = base();
    let space = base.space(Some("tenant".parse().expect("a label")));
    let dir = space.dir().expect("a directory");
    for (one, two, three) in (0..1000).map(|n: u32| (n % 10, n / 10 % 10, n / 100)) {
        fs::create_dir_all(dir.join(format!("{one}/{two}/{three}"))).expect("directories");
        fs::write(dir.join(format!("{one}/{two}/{three}/file")), "12345678").expect("a file");
    }
    let report = space.end();
    assert_gone(&report, 10 + 100 + 1000 + 1000);
    assert_eq!(report.receipt.bytes_found, 8000);
}

#[test]
fn what_somebody_keeps_filling_by_its_path_goes() {
    let (_place, base) = base();
    for _ in 0..300 {
        let space = base.space(None);
        let dir = space.dir().expect("a directory");
        let (begun, done) = (AtomicBool::new(false), AtomicBool::new(false));
        let report = thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0.. {
                    let _ = File::create(dir.join(format!("{number}")));
                    begun.store(true, Ordering::Relaxed);
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
            while !begun.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
            let report = space.end();
            done.store(true, Ordering::Relaxed);
            report
        });
        assert_eq!(report.receipt.entries_left, 0, "{report}");
    }
}

/// Who holds a descriptor of it goes on where its path leads nowhere: the removal ends all the same.
#[test]
fn what_somebody_keeps_filling_by_descriptor_is_given_up_or_gone() {
    let (place, base) = base();
    for _ in 0..20 {
        let space = base.space(None);
        let dir = open(&space.dir().expect("a directory"));
        let done = AtomicBool::new(false);
        let report = thread::scope(|scope| {
            scope.spawn(|| {
                let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC;
                for number in 0.. {
                    let _ = rustix::fs::openat(&dir, format!("{number}"), flags, Mode::RUSR);
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
            let report = space.end();
            done.store(true, Ordering::Relaxed);
            report
        });
        let is_said = report.residue_count > 0;
        assert_eq!(report.receipt.entries_left > 0, is_said, "{report}");
    }
    // What was given up is not filled any more: the next host has it.
    drop(base);
    let path = place.path().join("base");
    let base = Base::open(&path).expect("it opens");
    assert_eq!(base.drain().residue_count, 0);
    drop(base);
    let left = fs::read_dir(&path).expect("the base").count();
    assert_eq!(left, 1, "more than the layout");
}

#[test]
fn a_file_with_two_names_frees_its_bytes_once() {
    let (_place, base) = base();
    let space = base.space(None);
    let dir = space.dir().expect("a directory");
    fs::write(dir.join("file"), "12345678").expect("a file");
    fs::hard_link(dir.join("file"), dir.join("again")).expect("a link");
    std::os::unix::fs::symlink("file", dir.join("link")).expect("a link");
    let report = space.end();
    assert_gone(&report, 3);
    assert_eq!(report.receipt.bytes_found, 8);
}
