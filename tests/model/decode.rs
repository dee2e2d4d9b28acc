//! From any bytes to a case, for the fuzzer and for what it has found.

use wasmtime_scratch::Limits;

use super::expected::MISSING;
use super::ops::{Flags, Op};

/// What two tenants do, within which limits.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) limits: Limits,
    pub(crate) tenants: [Vec<Op>; 2],
    /// Whether the model knows what all of the paths mean.
    pub(crate) is_plain: bool,
}

/// Of operations in a case.
const MAX_STEPS: usize = 200;

const PLAIN: [&str; 12] = [
    "a", "b", "d", "e", "d/a", "d/b", "d/e", "d/e/a", "d/e/d", "e/a", "d/e/d/a", MISSING,
];

/// What paths have been attacked with.
const HOSTILE: [&str; 20] = [
    "..",
    "../x",
    "../../canary/x",
    "d/../a",
    "d/../../canary",
    "/etc/passwd",
    "//a",
    "a/",
    "d/.",
    "./a",
    ".",
    "d//a",
    "missing/..",
    "d/../d/a",
    "a/../a",
    "C:x",
    "a:b",
    "*",
    "-rf",
    "d/e/../e/a",
];

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn slot(&mut self) -> u32 {
        u32::from(self.next() % 4)
    }

    /// Small, around what the limits are, or as large as numbers get.
    fn size(&mut self) -> u64 {
        let value = u64::from(self.next());
        match self.next() % 8 {
            0 => value,
            1..=4 => value * 64,
            5 => 1 << (value % 64),
            6 => u64::MAX - value,
            _ => (1 << 63) - value,
        }
    }

    fn length(&mut self) -> u64 {
        u64::from(self.next()) * u64::from(self.next() % 64)
    }

    fn pick<'b>(&mut self, from: &[&'b str]) -> &'b str {
        from[usize::from(self.next()) % from.len()]
    }
}

impl Case {
    pub(crate) fn decode(bytes: &[u8]) -> Case {
        let mut bytes = Bytes(bytes);
        let mut limits = Limits::default();
        limits.bytes = u64::from(bytes.next()) * 128;
        limits.file_bytes = u64::from(bytes.next()) * 64;
        limits.entries = u64::from(bytes.next() % 16);
        limits.depth = u64::from(bytes.next() % 6);
        limits.memory = u64::from(bytes.next()) * 32;
        limits.file_memory = u64::from(bytes.next()) * 8;
        let is_plain = bytes.next().is_multiple_of(2);
        if !is_plain {
            // The model does not know of these.
            limits.open_files = u64::from(bytes.next() % 16);
        }
        let mut tenants = [Vec::new(), Vec::new()];
        while !bytes.is_empty() && tenants.iter().map(Vec::len).sum::<usize>() < MAX_STEPS {
            let choice = bytes.next();
            tenants[usize::from(choice >> 7)].push(op(&mut bytes, choice & 0x7f, is_plain));
        }
        Case {
            limits,
            tenants,
            is_plain,
        }
    }
}

fn op(bytes: &mut Bytes<'_>, choice: u8, is_plain: bool) -> Op {
    let path = |bytes: &mut Bytes<'_>| {
        let hostile = !is_plain && bytes.next().is_multiple_of(4);
        bytes.pick(if hostile { &HOSTILE } else { &PLAIN }).to_owned()
    };
    // What the model adds up has to be a number.
    let size = |bytes: &mut Bytes<'_>| match bytes.size() {
        size if is_plain => size % (1 << 20),
        size => size,
    };
    match choice % 20 {
        0 | 1 => {
            let bits = bytes.next();
            let create = bits & 1 != 0;
            Op::Open {
                slot: bytes.slot(),
                path: path(bytes),
                flags: Flags {
                    create,
                    exclusive: create && bits & 2 != 0,
                    truncate: bits & 4 != 0,
                    write: bits & 8 != 0,
                    follow: bits & 16 != 0,
                },
            }
        }
        2 => Op::Close { slot: bytes.slot() },
        3 => Op::Write {
            slot: bytes.slot(),
            offset: size(bytes),
            length: bytes.length(),
        },
        4 => Op::Stream {
            slot: bytes.slot(),
            offset: size(bytes),
            length: bytes.length(),
        },
        5 => Op::Append {
            slot: bytes.slot(),
            length: bytes.length(),
        },
        6 => Op::Size {
            slot: bytes.slot(),
            size: size(bytes),
        },
        7 | 8 => Op::Mkdir { path: path(bytes) },
        9 => Op::Rmdir { path: path(bytes) },
        10 => Op::Unlink { path: path(bytes) },
        11 => Op::Rename {
            from: path(bytes),
            to: path(bytes),
        },
        12 => Op::Link {
            from: path(bytes),
            to: path(bytes),
        },
        13 => Op::Symlink { path: path(bytes) },
        14 => Op::Temp {
            slot: bytes.slot(),
            max_memory: match bytes.next() % 3 {
                0 => None,
                1 => Some(0),
                _ => Some(bytes.length()),
            },
        },
        15 => Op::TempWrite {
            slot: bytes.slot(),
            offset: size(bytes),
            length: bytes.length(),
        },
        16 => Op::TempAppend {
            slot: bytes.slot(),
            length: bytes.length(),
        },
        17 => Op::TempSize {
            slot: bytes.slot(),
            size: size(bytes),
        },
        18 => Op::TempDrop { slot: bytes.slot() },
        _ => match bytes.next() % 3 {
            0 => Op::TempKeep { slot: bytes.slot() },
            1 => Op::TempRoll { slot: bytes.slot() },
            _ => Op::List { path: path(bytes) },
        },
    }
}
