//! What a program may ask of a file system.

use std::fmt;

/// Descriptors that a sequence holds at once. Number 0 is the directory at the top; one that is not open stands for it, too.
pub const SLOTS: usize = 8;

/// The number of a descriptor.
pub type Slot = usize;

/// How to open something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the flags are those of `open-at`")]
pub struct Open {
    pub follow: bool,
    pub create: bool,
    pub exclusive: bool,
    pub truncate: bool,
    pub directory: bool,
    pub read: bool,
    pub write: bool,
}

/// What to do with a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// Leave it.
    Keep,
    /// Set it to the present.
    Now,
    /// Set it to a few seconds after 1970, which no clock tells.
    Seconds(u8),
}

/// One operation. Paths are relative to the descriptor before them.
#[derive(Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are the arguments of the functions of `wasi:filesystem`"
)]
pub enum Operation {
    Open {
        slot: Slot,
        path: String,
        options: Open,
        into: Slot,
    },
    Close {
        slot: Slot,
    },
    CreateDirectory {
        slot: Slot,
        path: String,
    },
    RemoveDirectory {
        slot: Slot,
        path: String,
    },
    Unlink {
        slot: Slot,
        path: String,
    },
    Symlink {
        slot: Slot,
        target: String,
        path: String,
    },
    Readlink {
        slot: Slot,
        path: String,
    },
    Link {
        slot: Slot,
        path: String,
        to: Slot,
        new_path: String,
    },
    Rename {
        slot: Slot,
        path: String,
        to: Slot,
        new_path: String,
    },
    SetTimes {
        slot: Slot,
        accessed: Time,
        modified: Time,
    },
    SetTimesAt {
        slot: Slot,
        path: String,
        follow: bool,
        accessed: Time,
        modified: Time,
    },
    Stat {
        slot: Slot,
    },
    StatAt {
        slot: Slot,
        path: String,
        follow: bool,
    },
    Read {
        slot: Slot,
        offset: u64,
        length: usize,
    },
    Write {
        slot: Slot,
        offset: u64,
        length: usize,
        seed: u8,
    },
    Append {
        slot: Slot,
        length: usize,
        seed: u8,
    },
    SetSize {
        slot: Slot,
        size: u64,
    },
    List {
        slot: Slot,
    },
    IsSame {
        slot: Slot,
        other: Slot,
    },
    HashAt {
        slot: Slot,
        path: String,
        follow: bool,
        other: Slot,
    },
    Sync {
        slot: Slot,
    },
}

impl Operation {
    /// Returns the descriptor that tells most of what the operation did: the one that it opened, or else the one that it began with.
    pub fn result_slot(&self) -> Slot {
        match self {
            Self::Open { into, .. } => *into,
            Self::Close { slot }
            | Self::CreateDirectory { slot, .. }
            | Self::RemoveDirectory { slot, .. }
            | Self::Unlink { slot, .. }
            | Self::Symlink { slot, .. }
            | Self::Readlink { slot, .. }
            | Self::SetTimes { slot, .. }
            | Self::SetTimesAt { slot, .. }
            | Self::Stat { slot }
            | Self::StatAt { slot, .. }
            | Self::Read { slot, .. }
            | Self::Write { slot, .. }
            | Self::Append { slot, .. }
            | Self::SetSize { slot, .. }
            | Self::List { slot }
            | Self::IsSame { slot, .. }
            | Self::HashAt { slot, .. }
            | Self::Sync { slot } => *slot,
            Self::Link { to, .. } | Self::Rename { to, .. } => *to,
        }
    }
}

/// Makes the bytes that a write writes: none of them is 0, so that they differ from holes.
pub fn data(length: usize, seed: u8) -> Vec<u8> {
    // A length that no page is a multiple of, so that a page in the wrong place is noticed.
    const PERIOD: usize = 251;
    let period: Vec<u8> = (1..=251_u8).collect();
    let (end, start) = period.split_at(usize::from(seed) % PERIOD);
    let mut data = Vec::with_capacity(length + PERIOD);
    while data.len() < length {
        data.extend_from_slice(start);
        data.extend_from_slice(end);
    }
    data.truncate(length);
    data
}

/// Shows a path; a long one by its beginning and its length.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(40) {
            Some((at, _)) => write!(formatter, "{:?}… ({} bytes)", &self.0[..at], self.0.len()),
            None => write!(formatter, "{:?}", self.0),
        }
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |path| Shown(path);
        match self {
            Self::Open {
                slot,
                path,
                options,
                into,
            } => {
                write!(f, "open {slot} {} into {into}", Shown(path))?;
                let flags = [
                    (options.follow, "follow"),
                    (options.create, "create"),
                    (options.exclusive, "exclusive"),
                    (options.truncate, "truncate"),
                    (options.directory, "directory"),
                    (options.read, "read"),
                    (options.write, "write"),
                ];
                flags
                    .iter()
                    .filter(|(is_set, _)| *is_set)
                    .try_for_each(|(_, name)| write!(f, " {name}"))
            }
            Self::Close { slot } => write!(f, "close {slot}"),
            Self::CreateDirectory { slot, path } => write!(f, "create-directory {slot} {}", shown(path)),
            Self::RemoveDirectory { slot, path } => write!(f, "remove-directory {slot} {}", shown(path)),
            Self::Unlink { slot, path } => write!(f, "unlink {slot} {}", shown(path)),
            Self::Symlink { slot, target, path } => write!(f, "symlink {slot} {} at {}", shown(target), shown(path)),
            Self::Readlink { slot, path } => write!(f, "readlink {slot} {}", shown(path)),
            Self::Link {
                slot,
                path,
                to,
                new_path,
            } => {
                write!(f, "link {slot} {} to {to} {}", shown(path), shown(new_path))
            }
            Self::Rename {
                slot,
                path,
                to,
                new_path,
            } => {
                write!(f, "rename {slot} {} to {to} {}", shown(path), shown(new_path))
            }
            Self::SetTimes {
                slot,
                accessed,
                modified,
            } => write!(f, "set-times {slot} {accessed:?} {modified:?}"),
            Self::SetTimesAt {
                slot,
                path,
                follow,
                accessed,
                modified,
            } => {
                write!(
                    f,
                    "set-times-at {slot} {} follow={follow} {accessed:?} {modified:?}",
                    shown(path)
                )
            }
            Self::Stat { slot } => write!(f, "stat {slot}"),
            Self::StatAt { slot, path, follow } => write!(f, "stat-at {slot} {} follow={follow}", shown(path)),
            Self::Read { slot, offset, length } => write!(f, "read {slot} {length} at {offset}"),
            Self::Write {
                slot,
                offset,
                length,
                seed,
            } => write!(f, "write {slot} {length} at {offset} seed={seed}"),
            Self::Append { slot, length, seed } => write!(f, "append {slot} {length} seed={seed}"),
            Self::SetSize { slot, size } => write!(f, "set-size {slot} {size}"),
            Self::List { slot } => write!(f, "list {slot}"),
            Self::IsSame { slot, other } => write!(f, "is-same-object {slot} {other}"),
            Self::HashAt {
                slot,
                path,
                follow,
                other,
            } => {
                write!(
                    f,
                    "metadata-hash-at {slot} {} follow={follow} against {other}",
                    shown(path)
                )
            }
            Self::Sync { slot } => write!(f, "sync {slot}"),
        }
    }
}
