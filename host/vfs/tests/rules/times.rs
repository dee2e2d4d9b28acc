//! Times.

use crate::*;
use scratch_vfs::{Clock, NewTimestamp, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock that moves when the test says so.
#[derive(Clone, Default)]
struct Hands(Arc<AtomicI64>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        at(self.0.load(Ordering::Relaxed))
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::new(seconds, 5).unwrap()
}

/// The access, modification and change of what a path names, in seconds.
fn times(root: &Descriptor, path: &str) -> [i64; 3] {
    let stat = root.stat_at(path, false).unwrap();
    [stat.accessed, stat.modified, stat.changed].map(Timestamp::seconds)
}

#[test]
fn times_change_as_posix_says() {
    let clock = Hands::default();
    let space = Space::builder(&Budget::new(Limits::none()))
        .clock(clock.clone())
        .build()
        .unwrap();
    let tick = || clock.0.fetch_add(1, Ordering::Relaxed) + 1;
    let root = space.root().unwrap();
    assert_eq!(times(&root, "."), [0, 0, 0]);
    assert_eq!(tick(), 1);
    let file = create(&root, "f");
    assert_eq!((times(&root, "f"), times(&root, ".")), ([1, 1, 1], [0, 1, 1]));
    tick();
    file.write(0, b"x").unwrap();
    assert_eq!((times(&root, "f"), times(&root, ".")), ([1, 2, 2], [0, 1, 1]));
    tick();
    file.read(0, &mut [0]).unwrap();
    assert_eq!(times(&root, "f"), [1, 2, 2]);
    tick();
    file.set_size(1).unwrap();
    assert_eq!(times(&root, "f"), [1, 4, 4]);
    tick();
    root.link_at("f", &root, "g").unwrap();
    assert_eq!((times(&root, "f"), times(&root, ".")), ([1, 4, 5], [0, 5, 5]));
    tick();
    root.rename_at("g", &root, "h").unwrap();
    assert_eq!((times(&root, "f"), times(&root, ".")), ([1, 4, 6], [0, 6, 6]));
    tick();
    root.unlink_file_at("h").unwrap();
    assert_eq!((times(&root, "f"), times(&root, ".")), ([1, 4, 7], [0, 7, 7]));
    tick();
    root.open_at("f", &OpenOptions::new().truncate(true)).unwrap();
    assert_eq!((times(&root, "f"), times(&root, ".")), ([1, 8, 8], [0, 7, 7]));
    tick();
    root.open_at("f", &read_write().create(true)).unwrap();
    assert_eq!((times(&root, "f"), times(&root, ".")), ([1, 8, 8], [0, 7, 7]));
    tick();
    root.create_directory_at("d", None).unwrap();
    root.create_directory_at("e", None).unwrap();
    tick();
    root.rename_at("f", &root, "d/f").unwrap();
    assert_eq!((times(&root, "d"), times(&root, ".")), ([10, 11, 11], [0, 11, 11]));
    tick();
    root.rename_at("d/f", &root, "e/f").unwrap();
    assert_eq!(
        (times(&root, "d"), times(&root, "e"), times(&root, ".")),
        ([10, 12, 12], [10, 12, 12], [0, 11, 11])
    );
}

#[test]
fn times_are_set_and_reach_far() {
    let clock = Hands::default();
    clock.0.store(50, Ordering::Relaxed);
    let space = Space::builder(&Budget::new(Limits::none()))
        .clock(clock)
        .build()
        .unwrap();
    let root = space.root().unwrap();
    let file = create(&root, "f");
    root.symlink_at("f", "l", None).unwrap();
    file.set_times(NewTimestamp::At(at(7)), NewTimestamp::NoChange).unwrap();
    assert_eq!(times(&root, "f"), [7, 50, 50]);
    root.set_times_at("l", true, NewTimestamp::Now, NewTimestamp::At(at(i64::MAX)))
        .unwrap();
    assert_eq!(
        (times(&root, "f"), times(&root, "l")),
        ([50, i64::MAX, 50], [50, 50, 50])
    );
    root.set_times_at("l", false, NewTimestamp::At(at(i64::MIN)), NewTimestamp::NoChange)
        .unwrap();
    assert_eq!(times(&root, "l"), [i64::MIN, 50, 50]);
    root.set_times(NewTimestamp::At(at(1)), NewTimestamp::At(at(2)))
        .unwrap();
    assert_eq!(times(&root, "."), [1, 2, 50]);
    root.set_times_at("missing", false, NewTimestamp::NoChange, NewTimestamp::NoChange)
        .unwrap();
}

#[test]
fn system_times_are_converted_both_ways() {
    use std::time::{Duration, SystemTime};
    let epoch = SystemTime::UNIX_EPOCH;
    for (time, seconds, nanoseconds) in [
        (epoch, 0, 0),
        (epoch + Duration::new(3, 4), 3, 4),
        (epoch - Duration::new(3, 0), -3, 0),
        (epoch - Duration::new(3, 4), -4, 999_999_996),
    ] {
        let stamp = Timestamp::from(time);
        assert_eq!((stamp.seconds(), stamp.nanoseconds()), (seconds, nanoseconds));
        assert_eq!(stamp.to_system_time(), Some(time));
    }
    assert_eq!(Timestamp::new(0, 1_000_000_000), None);
}
