//! What every history begins with: a space, a small tree, and what each thread has open.

use crate::operation::Hand;
use scratch_vfs::{Budget, Clock, Descriptor, Limits, OpenOptions, Space, Timestamp};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Entries of the tree at the beginning: `a`, `b`, `f`, `a/f` and the link `s`.
pub(crate) const ENTRIES: u64 = 5;

/// Bytes of its files.
pub(crate) const BYTES: u64 = 6;

/// Handles and listings that each thread begins with.
const OPEN_BY_THREAD: usize = 3;

/// Whose limits they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Space,
    Budget,
}

/// What may be used beyond what is used at the beginning; `None` for no limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) owner: Owner,
    pub(crate) bytes: Option<u64>,
    pub(crate) entries: Option<u64>,
    pub(crate) open_files: Option<u64>,
}

/// Limits as numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) bytes: Option<u64>,
    pub(crate) entries: Option<u64>,
    pub(crate) open_files: Option<u64>,
}

impl Bounds {
    fn limits(self) -> Limits {
        Limits::none()
            .to_builder()
            .bytes(self.bytes)
            .entries(self.entries)
            .open_files(self.open_files)
            .build()
            .expect("the limits do not contradict each other")
    }
}

/// A space, and what is open in it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) budget: Budget,
    pub(crate) space: Space,
    pub(crate) root: Descriptor,
    owner: Owner,
    pub(crate) bounds: Bounds,
}

impl World {
    /// Makes the space and the tree, and opens files for each thread: `f`, and `a`, `b` or `a/f`.
    pub(crate) fn new(threads: usize, room: Room, is_slow: bool) -> (Self, Vec<Hand>) {
        let budget = Budget::new(Limits::none());
        let space = Space::builder(&budget)
            .limits(Limits::none())
            .clock(SlowClock {
                calls: is_slow.then(AtomicUsize::default),
            })
            .build()
            .expect("there is memory for a space");
        let root = space.root().expect("the space has not ended");
        plant(&root);
        let hands = (0..threads).map(|thread| hand(&root, thread)).collect();
        let open = u64::try_from(1 + threads * OPEN_BY_THREAD).expect("there are few threads");
        let world = Self {
            budget,
            space,
            root,
            owner: room.owner,
            bounds: Bounds {
                bytes: room.bytes.map(|bytes| bytes + BYTES),
                entries: room.entries.map(|entries| entries + ENTRIES),
                open_files: room.open_files.map(|files| files + open),
            },
        };
        world.set(world.bounds);
        (world, hands)
    }

    /// Sets the limits for what follows.
    pub(crate) fn set(&self, bounds: Bounds) {
        match self.owner {
            Owner::Space => self.space.set_limits(bounds.limits()),
            Owner::Budget => self.budget.set_limits(bounds.limits()),
        }
    }

    /// Sets no limits, to look around.
    pub(crate) fn lift_limits(&self) {
        self.set(Bounds {
            bytes: None,
            entries: None,
            open_files: None,
        });
    }
}

fn plant(root: &Descriptor) {
    for name in ["a", "b"] {
        root.create_directory_at(name, None).expect("the directory can be made");
    }
    for (path, content) in [("f", b"0123".as_slice()), ("a/f", b"45")] {
        let file = root
            .open_at(path, &OpenOptions::new().create(true).write(true))
            .expect("the file can be made");
        file.write_all(0, content).expect("the file can be written");
    }
    root.symlink_at("a", "s", None).expect("the link can be made");
}

fn hand(root: &Descriptor, thread: usize) -> Hand {
    let options = OpenOptions::new().read(true);
    let open = |path: &str, options: &OpenOptions| root.open_at(path, options).expect("the path can be opened");
    let second = match thread % 3 {
        0 => open("a", &options),
        1 => open("b", &options),
        _ => open("a/f", &options.write(true)),
    };
    Hand {
        handles: vec![open("f", &options.write(true)), second],
        listing: root.list().expect("the root can be listed"),
    }
}

/// A clock that never moves, and that sometimes lets other threads run: it is asked after an operation was called and before it takes a
/// lock.
struct SlowClock {
    calls: Option<AtomicUsize>,
}

impl Clock for SlowClock {
    fn now(&self) -> Timestamp {
        if let Some(calls) = &self.calls
            && calls.fetch_add(1, Ordering::Relaxed) % 8 == 5
        {
            std::thread::yield_now();
        }
        Timestamp::default()
    }
}
