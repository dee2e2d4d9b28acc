//! Random programs.

use crate::operation::{How, Operation, Place};
use crate::run::Step;
use crate::world::{Owner, Room};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::ops::RangeInclusive;

/// Few names, so that operations meet.
const PATHS: [&str; 12] = [
    "a", "b", "f", "g", "a/f", "a/b", "b/a", "b/f", "s", "s/f", "a/b/f", "b/a/f",
];

/// The names of directories, which move into each other.
const DIRECTORIES: [&str; 6] = ["a", "b", "a/b", "b/a", "a/a", "b/b"];

/// What the operations of a program are mostly about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Theme {
    Everything,
    /// One file, which all threads have open.
    Content,
    /// The sizes of two files, which share a limit.
    Sizes,
    /// Names of files and links.
    Names,
    /// Directories that move, come and go.
    Directories,
    /// What only takes room, so that every limit is exact.
    Growth,
}

/// Makes limits: tight ones for two in three.
pub(crate) fn room() -> impl Strategy<Value = Room> {
    let limit = |most: u64| prop_oneof![2 => (0..=most).prop_map(Some), 1 => Just(None)];
    let owner = select(vec![Owner::Space, Owner::Budget]);
    (owner, limit(8), limit(3), limit(4)).prop_map(|(owner, bytes, entries, open_files)| Room {
        owner,
        bytes,
        entries,
        open_files,
    })
}

/// Makes programs for so many threads.
pub(crate) fn programs(
    theme: Theme,
    threads: RangeInclusive<usize>,
    length: RangeInclusive<usize>,
) -> impl Strategy<Value = Vec<Vec<Step>>> {
    let step = (0..24_u32, operation(theme)).prop_map(|(pause, operation)| Step { pause, operation });
    vec(vec(step, length), threads)
}

fn operation(theme: Theme) -> BoxedStrategy<Operation> {
    match theme {
        Theme::Everything => prop_oneof![
            4 => content(handle()),
            2 => shrinking(handle()),
            4 => names(place(&PATHS)),
            4 => directories(place(&PATHS)),
            2 => looking(place(&PATHS)),
            2 => open(place(&PATHS)),
        ]
        .boxed(),
        Theme::Content => prop_oneof![
            6 => content(Just(0).boxed()),
            2 => shrinking(Just(0).boxed()),
            2 => Just(Operation::Stat(0)),
            1 => open(place(&["f", "a/f"])),
            1 => Just(Operation::StatAt(Place { base: 0, path: "f" })),
        ]
        .boxed(),
        Theme::Sizes => prop_oneof![
            2 => content(handle()),
            2 => (handle(), 0..12_u64).prop_map(|(handle, size)| Operation::SetSize { handle, size }),
            1 => (place(&["f", "a/f"]), select(vec![How::Truncate, How::CreateAndTruncate]))
                .prop_map(|(place, how)| Operation::Open(place, how)),
            2 => place(&["f", "a/f"]).prop_map(Operation::StatAt),
        ]
        .boxed(),
        Theme::Names => prop_oneof![
            4 => names(place(&["f", "g", "a/f", "s"])),
            3 => open(place(&["f", "g", "a/f", "s"])),
            2 => looking(place(&["f", "g", "a/f", "s"])),
            1 => content(handle()),
        ]
        .boxed(),
        Theme::Directories => prop_oneof![
            5 => directories(place(&DIRECTORIES)),
            1 => open(place(&["a/f", "b/a/f", "a/b/f", "b/f"])),
            2 => looking(place(&DIRECTORIES)),
        ]
        .boxed(),
        Theme::Growth => prop_oneof![
            3 => content(handle()),
            1 => place(&PATHS).prop_map(Operation::CreateDirectory),
            1 => (place(&["f", "a/f", "s"]), place(&PATHS)).prop_map(|(from, to)| Operation::Link(from, to)),
            1 => (select(vec!["a", "f"]), place(&PATHS)).prop_map(|(target, to)| Operation::Symlink(target, to)),
            2 => looking(place(&PATHS)),
            // These never fail for want of an entry, after which they would give the open file back.
            1 => place(&["f", "a/f"]).prop_map(|place| Operation::Open(place, How::Existing)),
        ]
        .boxed(),
    }
}

fn place(paths: &[&'static str]) -> BoxedStrategy<Place> {
    let base = prop_oneof![5 => Just(0), 2 => 1..5_usize];
    (base, select(paths.to_vec()))
        .prop_map(|(base, path)| Place { base, path })
        .boxed()
}

fn handle() -> BoxedStrategy<usize> {
    prop_oneof![3 => Just(0), 2 => 1..5_usize].boxed()
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    (1..=5_usize, b'A'..=b'Z').prop_map(|(length, letter)| vec![letter; length])
}

fn content(handle: BoxedStrategy<usize>) -> BoxedStrategy<Operation> {
    let at = || (handle.clone(), 0..8_u64, data());
    let end = || (handle.clone(), data());
    let read = (handle.clone(), 0..4_u64, 1..16_usize);
    prop_oneof![
        read.prop_map(|(handle, offset, length)| Operation::Read { handle, offset, length }),
        at().prop_map(|(handle, offset, data)| Operation::Write { handle, offset, data }),
        at().prop_map(|(handle, offset, data)| Operation::WriteAll { handle, offset, data }),
        end().prop_map(|(handle, data)| Operation::Append { handle, data }),
        end().prop_map(|(handle, data)| Operation::AppendAll { handle, data }),
    ]
    .boxed()
}

fn shrinking(handle: BoxedStrategy<usize>) -> BoxedStrategy<Operation> {
    prop_oneof![
        3 => (handle.clone(), 0..12_u64).prop_map(|(handle, size)| Operation::SetSize { handle, size }),
        1 => handle.prop_map(Operation::Close),
    ]
    .boxed()
}

fn names(place: BoxedStrategy<Place>) -> BoxedStrategy<Operation> {
    let two = || (place.clone(), place.clone());
    prop_oneof![
        2 => place.clone().prop_map(Operation::Unlink),
        3 => two().prop_map(|(from, to)| Operation::Rename(from, to)),
        2 => two().prop_map(|(from, to)| Operation::Link(from, to)),
        1 => (select(vec!["a", "f", "b/f"]), place.clone()).prop_map(|(target, to)| Operation::Symlink(target, to)),
        1 => place.prop_map(Operation::Readlink),
    ]
    .boxed()
}

fn directories(place: BoxedStrategy<Place>) -> BoxedStrategy<Operation> {
    let two = (place.clone(), place.clone());
    prop_oneof![
        3 => two.prop_map(|(from, to)| Operation::Rename(from, to)),
        2 => place.clone().prop_map(Operation::CreateDirectory),
        2 => place.clone().prop_map(Operation::RemoveDirectory),
        1 => place.prop_map(Operation::RemoveAll),
    ]
    .boxed()
}

fn looking(place: BoxedStrategy<Place>) -> BoxedStrategy<Operation> {
    prop_oneof![
        2 => place.prop_map(Operation::StatAt),
        2 => (0..5_usize).prop_map(Operation::Stat),
        1 => (0..5_usize, 0..5_usize).prop_map(|(one, other)| Operation::IsSameObject(one, other)),
        1 => Just(Operation::NextEntry),
    ]
    .boxed()
}

fn open(place: BoxedStrategy<Place>) -> BoxedStrategy<Operation> {
    let how = select(vec![
        How::Existing,
        How::Directory,
        How::Create,
        How::Exclusive,
        How::Truncate,
        How::CreateAndTruncate,
    ]);
    (place, how)
        .prop_map(|(place, how)| Operation::Open(place, how))
        .boxed()
}
