//! Canaries: two spaces of two tenants write bytes that the other one never writes, and read nothing but their own.
//!
//! Both share the free pages of the process, so that most pages have had other owners.

use crate::config;
use crate::ledger::PAGE;
use crate::operations::{length, offset};
use proptest::collection::vec;
use proptest::prelude::*;
use scratch_vfs::{Budget, Descriptor, Error, Limits, OpenOptions, Space};
use std::collections::BTreeMap;

const SPACES: usize = 2;
const FILES: usize = 2;

/// How many bytes are read on both sides of where something happened.
const MARGIN: u64 = 2 * PAGE;

#[derive(Clone, Debug)]
enum Operation {
    /// Writes from an offset on, or at the end.
    Write {
        offset: Option<u64>,
        length: usize,
        all: bool,
    },
    SetSize {
        size: u64,
    },
    /// Cuts the file to so many hundredths of its size, and gives it its size back.
    Cut {
        hundredths: u64,
    },
    /// Empties the file by opening it.
    Truncate,
    /// Removes the file, and makes another one of the same name.
    Remake,
    /// Ends the space, and makes another one in its stead.
    Renew,
    Trim,
}

fn operation() -> impl Strategy<Value = Operation> {
    let far = prop_oneof![12 => offset(), 1 => (1..1_u64 << 40).prop_map(|offset| offset)];
    prop_oneof![
        16 => (prop::option::weighted(0.8, far), length(), any::<bool>())
            .prop_map(|(offset, length, all)| Operation::Write { offset, length, all }),
        6 => offset().prop_map(|size| Operation::SetSize { size }),
        3 => (0..100_u64).prop_map(|hundredths| Operation::Cut { hundredths }),
        1 => Just(Operation::Truncate),
        3 => Just(Operation::Remake),
        1 => Just(Operation::Renew),
        1 => Just(Operation::Trim),
    ]
}

/// Returns the byte that the write with a number puts at an offset: never 0, and never a byte of the other space.
fn canary(space: usize, number: u64, offset: u64) -> u8 {
    let own = u8::try_from((offset.wrapping_mul(31) ^ (offset / 251)).wrapping_add(number * 17) % 127).unwrap();
    1 + own + if space == 0 { 0 } else { 127 }
}

/// What was written to a file: the ends of ranges that do not overlap, and the numbers of their writes, by where they begin.
#[derive(Debug, Default)]
struct Content {
    size: u64,
    ranges: BTreeMap<u64, (u64, u64)>,
}

impl Content {
    /// Forgets what was written in a range.
    fn cut(&mut self, start: u64, end: u64) {
        let overlapping: Vec<(u64, (u64, u64))> = self
            .ranges
            .range(..end)
            .rev()
            .take_while(|(_, (other, _))| *other > start)
            .map(|(begin, range)| (*begin, *range))
            .collect();
        for (begin, (other, number)) in overlapping {
            self.ranges.remove(&begin);
            if begin < start {
                self.ranges.insert(begin, (start, number));
            }
            if other > end {
                self.ranges.insert(end, (other, number));
            }
        }
    }

    fn write(&mut self, start: u64, end: u64, number: u64) {
        self.cut(start, end);
        self.ranges.insert(start, (end, number));
        self.size = self.size.max(end);
    }

    fn set_size(&mut self, size: u64) {
        self.cut(size, u64::MAX);
        self.size = size;
    }

    /// Returns what is read in a range.
    fn read(&self, space: usize, start: u64, end: u64) -> Vec<u8> {
        let end = end.min(self.size).max(start);
        let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
        let overlapping = self
            .ranges
            .range(..end)
            .rev()
            .take_while(|(_, (other, _))| *other > start);
        for (begin, (other, number)) in overlapping {
            for offset in start.max(*begin)..end.min(*other) {
                bytes[usize::try_from(offset - start).unwrap()] = canary(space, *number, offset);
            }
        }
        bytes
    }
}

struct File {
    descriptor: Descriptor,
    content: Content,
}

/// A space, and its files.
struct Owner {
    budget: Budget,
    space: Space,
    root: Descriptor,
    files: Vec<File>,
}

fn open(root: &Descriptor, file: usize, truncate: bool) -> Descriptor {
    let options = OpenOptions::new()
        .create(true)
        .truncate(truncate)
        .read(true)
        .write(true);
    root.open_at(file.to_string(), &options).unwrap()
}

impl Owner {
    fn new(budget: Budget) -> Self {
        let space = Space::builder(&budget).limits(Limits::none()).build().unwrap();
        let root = space.root().unwrap();
        let files = (0..FILES).map(|file| File {
            descriptor: open(&root, file, false),
            content: Content::default(),
        });
        Self {
            files: files.collect(),
            budget,
            space,
            root,
        }
    }

    /// Performs an operation on a file. Returns the range that it was about, or where that begins if it is large.
    fn apply(&mut self, number: u64, space: usize, file: usize, operation: &Operation) -> (u64, u64) {
        let File { descriptor, content } = &mut self.files[file];
        match *operation {
            Operation::Write { offset, length, all } => {
                let start = offset.unwrap_or(content.size);
                let end = start + u64::try_from(length).unwrap();
                let data: Vec<u8> = (start..end).map(|offset| canary(space, number, offset)).collect();
                let written = match (offset, all) {
                    (Some(_), true) => descriptor.write_all(start, &data).map(|()| length),
                    (None, true) => descriptor.append_all(&data).map(|()| length),
                    (Some(_), false) => descriptor.write(start, &data),
                    (None, false) => descriptor.append(&data),
                };
                match written {
                    Ok(written) => content.write(start, start + u64::try_from(written).unwrap(), number),
                    Err(error) => assert_eq!(error, Error::InsufficientSpace),
                }
                (start, end)
            }
            Operation::SetSize { size } => {
                let before = content.size;
                descriptor.set_size(size).unwrap();
                content.set_size(size);
                let start = size.min(before);
                (start, size.max(before).min(start + MARGIN))
            }
            Operation::Cut { hundredths } => {
                let before = content.size;
                let size = before / 100 * hundredths + before % 100;
                for size in [size, before] {
                    descriptor.set_size(size).unwrap();
                    content.set_size(size);
                }
                (size, before.min(size + MARGIN))
            }
            Operation::Truncate => {
                *descriptor = open(&self.root, file, true);
                content.set_size(0);
                (0, 0)
            }
            Operation::Remake => {
                self.root.unlink_file_at(file.to_string()).unwrap();
                *descriptor = open(&self.root, file, false);
                *content = Content::default();
                (0, 0)
            }
            Operation::Renew => {
                self.space.end();
                *self = Self::new(self.budget.clone());
                (0, 0)
            }
            Operation::Trim => {
                self.budget.trim();
                (0, 0)
            }
        }
    }

    /// Compares what is read in a range with what was written there.
    fn check(&self, space: usize, file: usize, start: u64, end: u64) {
        let File { descriptor, content } = &self.files[file];
        let expected = content.read(space, start, end);
        // What the buffer held before must not show either.
        let mut bytes = vec![255; usize::try_from(end - start).unwrap()];
        let length = descriptor.read(start, &mut bytes).unwrap();
        bytes.truncate(length);
        if bytes != expected {
            let at = bytes.iter().zip(&expected).position(|(read, written)| read != written);
            let at = at.unwrap_or(bytes.len().min(expected.len()));
            let (read, written) = (bytes.get(at), expected.get(at));
            panic!("file {file} of space {space}, byte {at} behind {start}: {read:?} was read instead of {written:?}");
        }
    }
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn nothing_is_read_but_zeros_and_what_was_written_there(
        pages in 2..40_u64,
        operations in vec((0..SPACES, 0..FILES, operation()), 1..60),
    ) {
        let memory = |pages: u64| Limits::none().to_builder().memory(pages * PAGE).build().unwrap();
        let process = Budget::new(memory(pages));
        let mut owners = ["one", "other"].map(|tenant| {
            // Each tenant alone may take most of the memory, so that pages change hands.
            Owner::new(process.child(tenant.parse().unwrap(), memory(pages - pages / 4)))
        });
        for (number, (space, file, operation)) in (0..).zip(&operations) {
            let (start, end) = owners[*space].apply(number, *space, *file, operation);
            owners[*space].check(*space, *file, start.saturating_sub(MARGIN), end + MARGIN);
            owners[*space].check(*space, *file, 0, 300);
        }
        for (space, owner) in owners.iter().enumerate() {
            for (file, File { content, .. }) in owner.files.iter().enumerate() {
                owner.check(space, file, 0, content.size.min(40 * PAGE));
                for (start, (end, _)) in &content.ranges {
                    owner.check(space, file, start.saturating_sub(100), start + 100);
                    owner.check(space, file, end.saturating_sub(100), end + 100);
                }
            }
        }
    }
}
