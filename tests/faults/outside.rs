//! Rows 30 to 32: somebody outside is at work in the base.

use std::fs::{self, File, Permissions};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use rustix::fs::{Mode, OFlags};
use scratch_tests::programs;
use wasmtime_scratch::{Base, Report, Space};

use super::cli::{NOBODY, Place};
use super::{LONG, leave_dead_hosts, wait_until};

/// Every command that works on a base refuses this one, says why, and leaves what is there as it was.
#[track_caller]
fn assert_refused(place: &Place, why: &str) {
    let before = place.left();
    for command in [
        &["run", programs::NO_SCRATCH][..],
        &["exec", "--", "/bin/true"],
        &["sweep"],
        &["sweep", "--dry-run"],
        &["list"],
    ] {
        let ended = place.sub(command);
        ended.assert_refused(125, &[&place.text("base"), why]);
    }
    assert_eq!(place.left(), before);
}

#[test]
fn row_30_the_base_replaced_by_a_symbolic_link() {
    let place = Place::new();
    leave_dead_hosts(&place, 1);
    fs::rename(place.base(), place.path("real")).expect("ours");
    symlink("real", place.base()).expect("a link");
    assert_refused(&place, "symbolic link");
}

#[test]
fn row_30_the_base_of_somebody_else() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can give a directory to another user");
        return;
    }
    let place = Place::new();
    leave_dead_hosts(&place, 1);
    chown(place.base(), Some(NOBODY), None).expect("we are root");
    assert_refused(&place, "belongs to user 65534");
}

#[test]
fn row_30_the_base_open_to_the_world() {
    let place = Place::new();
    leave_dead_hosts(&place, 1);
    for mode in [0o777, 0o1777, 0o755, 0o701] {
        fs::set_permissions(place.base(), Permissions::from_mode(mode)).expect("ours");
        assert_refused(&place, "open to others");
    }
}

#[test]
fn row_31_somebody_outside_removed_the_space() {
    // The files, the space, the host directory, the lease, or everything.
    for removed in ["files", "space", "spaces", "host", "lock", "base"] {
        let place = Place::new();
        let mut running = place.start(&["-W", "timeout=120", programs::SYMLINK_TRAP]);
        running.wait_until_ready();
        let space = place.space();
        let host = space.ancestors().nth(2).expect("it is in one");
        match removed {
            "files" => super::cli::entries(&space)
                .iter()
                .for_each(|entry| fs::remove_file(space.join(entry)).expect("ours")),
            "space" => fs::remove_dir_all(&space).expect("ours"),
            "spaces" => fs::remove_dir_all(host.join("spaces")).expect("ours"),
            "host" => fs::remove_dir_all(host).expect("ours"),
            "lock" => fs::remove_file(host.with_extension("lock")).expect("ours"),
            _ => fs::remove_dir_all(place.base()).expect("ours"),
        }
        running.say("\n");
        let ended = running.end();
        // The program looks for what the test of links plants there.
        ended
            .assert_code(1)
            .assert_says(&["NotFound", "scratch: 1 made", "0 left\n"]);
        place.assert_nothing_left();
    }
}

/// Ends a space while `refill` makes an entry in it with the next number, again and again, until the end is over. The report, and
/// how many were made.
fn end_while(space: Space, refill: impl Fn(u64) -> bool + Sync) -> (Report, u64) {
    let is_over = AtomicBool::new(false);
    let made = AtomicU64::new(0);
    let report = thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                made.fetch_add(u64::from(refill(number)), Ordering::Relaxed);
            }
        });
        wait_until("it is being filled", || made.load(Ordering::Relaxed) > 100);
        let started = Instant::now();
        let report = space.end();
        is_over.store(true, Ordering::Relaxed);
        assert!(started.elapsed() < LONG, "it took {:?}", started.elapsed());
        report
    });
    (report, made.into_inner())
}

#[test]
fn row_32_somebody_outside_refills_it_by_its_path() {
    let place = Place::new();
    for _ in 0..10 {
        let base = Base::open(place.base()).expect("it opens");
        let space = base.space(None);
        let dir = space.dir().expect("it is made");
        let inner = dir.join("inner");
        fs::create_dir(&inner).expect("ours");
        let (report, made) = end_while(space, |number| {
            let dir: &Path = if number % 2 == 0 { &dir } else { &inner };
            File::create(dir.join(number.to_string())).is_ok()
        });
        assert!(
            report.is_clean() && report.receipt.entries_left == 0,
            "{made} made: {report}"
        );
        drop(base);
        place.assert_nothing_left();
    }
}

/// Who holds a descriptor cannot be shut out: the deletion gives up at some time, and says so, or wins.
#[test]
fn row_32_somebody_outside_refills_it_by_a_descriptor() {
    let place = Place::new();
    for _ in 0..3 {
        let base = Base::open(place.base()).expect("it opens");
        let space = base.space(None);
        let dir = File::open(space.dir().expect("it is made")).expect("ours");
        let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC;
        let (report, _) = end_while(space, |number| {
            rustix::fs::openat(dir.as_fd(), number.to_string(), flags, Mode::RWXU).is_ok()
        });
        assert_eq!(report.residue_count > 0, report.receipt.entries_left > 0, "{report}");
        drop(base);
        super::assert_next_sweep_leaves_nothing(&place);
    }
}
