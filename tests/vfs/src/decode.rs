//! From any bytes to a sequence, for proptest and for a fuzzer.
//!
//! Each operation comes from a chunk of its own, so that a sequence from which a chunk was taken is the same sequence without that
//! operation: that is what makes failures shrink.

use crate::operation::{Open, Operation, SLOTS, Slot, Time};
use crate::ours::Contents;

/// Bytes that make one operation.
pub const CHUNK: usize = 16;

/// Most operations of a sequence that a fuzzer makes.
const MAX_OPERATIONS: usize = 200;

/// What paths have been attacked with.
const HOSTILE: [&str; 24] = [
    "..",
    "../x",
    "a/../..",
    "a/../../b",
    "/etc/passwd",
    "//a",
    "/",
    ".",
    "./a",
    "./.",
    "a//b",
    "missing/..",
    "missing/../a",
    "a/./b/../c",
    "a\\b",
    "C:x",
    "a:b",
    "*",
    "-rf",
    "a\nb",
    "\u{1f600}",
    "e\u{301}",
    "a\0b",
    "",
];

/// Decodes a sequence and where contents are: the first byte tells that, and whether paths are hostile. Each chunk after it is an operation.
pub fn decode_bytes(bytes: &[u8]) -> (Contents, Vec<Operation>) {
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let (chunks, _) = rest.as_chunks::<CHUNK>();
    let contents = Contents::ALL[usize::from(*first) % Contents::ALL.len()];
    let is_hostile = (first / 4).is_multiple_of(3);
    (contents, decode(is_hostile, chunks.iter().take(MAX_OPERATIONS)))
}

/// Decodes a sequence. Without hostile paths, most operations succeed.
pub fn decode<'a>(is_hostile: bool, chunks: impl IntoIterator<Item = &'a [u8; CHUNK]>) -> Vec<Operation> {
    chunks
        .into_iter()
        .map(|chunk| {
            Chunk {
                bytes: chunk,
                is_hostile,
            }
            .operation()
        })
        .collect()
}

/// The bytes of one operation: 0 its kind, 1 the descriptors, 2 flags, 3 to 7 a path, 8 to 12 another, 13 to 15 numbers.
struct Chunk<'a> {
    bytes: &'a [u8; CHUNK],
    is_hostile: bool,
}

impl Chunk<'_> {
    fn operation(&self) -> Operation {
        let (slot, to) = (self.slot(0), self.slot(4));
        let (path, new_path) = (self.path(3), self.path(8));
        let follow = self.flag(0);
        match self.bytes[0] % 32 {
            // What shrinks to nothing does nothing.
            0 => Operation::Stat { slot },
            1..=6 => Operation::Open {
                slot,
                path,
                options: Open {
                    follow,
                    create: self.flag(1),
                    exclusive: self.flag(2) && self.flag(3),
                    truncate: self.flag(4) && self.flag(3),
                    directory: self.flag(5) && !self.flag(1),
                    read: self.flag(6),
                    write: self.flag(7),
                },
                into: 1 + usize::from(self.bytes[13]) % (SLOTS - 1),
            },
            23 => Operation::Close {
                slot: 1 + usize::from(self.bytes[13]) % (SLOTS - 1),
            },
            7..=9 => Operation::CreateDirectory { slot, path },
            10 => Operation::RemoveDirectory { slot, path },
            11 => Operation::Unlink { slot, path },
            12 | 13 => Operation::Symlink {
                slot,
                target: new_path,
                path,
            },
            14 => Operation::Readlink { slot, path },
            15 | 16 => Operation::Link {
                slot,
                path,
                to,
                new_path,
            },
            17..=20 => Operation::Rename {
                slot,
                path,
                to,
                new_path,
            },
            21 => Operation::SetTimes {
                slot,
                accessed: self.time(13),
                modified: self.time(14),
            },
            22 => Operation::SetTimesAt {
                slot,
                path,
                follow,
                accessed: self.time(13),
                modified: self.time(14),
            },
            24 => Operation::StatAt { slot, path, follow },
            25 => Operation::Read {
                slot,
                offset: self.size(),
                // wasmtime-wasi reads no more than that at once.
                length: self.length().min(65_536),
            },
            26 | 27 => Operation::Write {
                slot,
                offset: self.size(),
                length: self.length(),
                seed: self.bytes[2],
            },
            28 => Operation::Append {
                slot,
                length: self.length(),
                seed: self.bytes[2],
            },
            29 => Operation::SetSize {
                slot,
                size: self.size(),
            },
            30 => match self.bytes[15] % 3 {
                0 => Operation::IsSame { slot, other: to },
                1 => Operation::HashAt {
                    slot,
                    path,
                    follow,
                    other: to,
                },
                _ => Operation::Sync { slot },
            },
            _ => Operation::List { slot },
        }
    }

    fn flag(&self, bit: u32) -> bool {
        self.bytes[2] >> bit & 1 == 1
    }

    /// Half of all operations start at the top.
    fn slot(&self, shift: u32) -> Slot {
        let half = usize::from(self.bytes[1] >> shift & 0xf);
        half.saturating_sub(SLOTS)
    }

    fn path(&self, at: usize) -> String {
        let shape = self.bytes[at];
        let components = &self.bytes[at + 1..at + 5];
        let count = match shape % 8 {
            0..=3 => 1,
            4 | 5 => 2,
            6 => 3,
            _ => 4,
        };
        let path: Vec<String> = components[..count].iter().map(|byte| self.component(*byte)).collect();
        let path = path.join("/");
        let decoration = shape >> 3;
        match (decoration, self.is_hostile) {
            (1, _) => format!("{path}/"),
            (2, true) => HOSTILE[usize::from(components[0]) % HOSTILE.len()].to_owned(),
            (3, true) => format!("{path}/."),
            (4, true) => format!("{path}/.."),
            (5, true) => format!("{path}//"),
            (6, true) => format!("/{path}"),
            (7, true) => path.replace('/', "//"),
            // As long as a path may be. Beyond, both sides count in different ways.
            (8, true) => long(&path, 4_000 + usize::from(components[1] % 96)),
            _ => path,
        }
    }

    fn component(&self, byte: u8) -> String {
        match (byte % 32, self.is_hostile) {
            (0, _) => "..".to_owned(),
            (1, _) => ".".to_owned(),
            (2, true) => "x".repeat(255),
            (3, true) => "y".repeat(256),
            (4, true) => "\u{e9}".to_owned(),
            (5, true) => "..".to_owned(),
            _ => ["a", "b", "c", "d"][usize::from(byte / 32) % 4].to_owned(),
        }
    }

    fn time(&self, at: usize) -> Time {
        match self.bytes[at] % 8 {
            0 => Time::Keep,
            1 => Time::Now,
            seconds => Time::Seconds(seconds),
        }
    }

    /// Around the sizes of pages, far out, and past the end of what an offset can be.
    fn size(&self) -> u64 {
        let value = u64::from(self.bytes[13]);
        match self.bytes[14] % 16 {
            0 => (1 << 63) + value,
            1 => u64::MAX - value,
            2 => (1 << 40) + value,
            3 => 65_536 - 128 + value,
            4 => 4_096 - 128 + value,
            5 => value * 1_024,
            _ => value % 64,
        }
    }

    fn length(&self) -> usize {
        let value = usize::from(self.bytes[15]);
        match value % 8 {
            0 => 0,
            1 => value * 600,
            2 => 65_536 - 128 + value,
            3 => 4_096 - 128 + value,
            _ => value,
        }
    }
}

/// Makes a path longer that leads to the same place. The longest component is far below what a name may have.
fn long(path: &str, length: usize) -> String {
    let missing = length.saturating_sub(path.len());
    format!(
        "{}{}{path}",
        "./".repeat(missing / 2),
        if missing % 2 == 1 { "/" } else { "" }
    )
}
