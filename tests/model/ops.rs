//! What a program may do in its space, as lines for `programs::MODEL`.

use std::fmt;

/// The flags of an `open-at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) create: bool,
    pub(crate) exclusive: bool,
    pub(crate) truncate: bool,
    pub(crate) write: bool,
    pub(crate) follow: bool,
}

/// One operation. A slot is a number under which the program holds what it has opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Open { slot: u32, path: String, flags: Flags },
    Close { slot: u32 },
    Write { slot: u32, offset: u64, length: u64 },
    Stream { slot: u32, offset: u64, length: u64 },
    Append { slot: u32, length: u64 },
    Size { slot: u32, size: u64 },
    Mkdir { path: String },
    Rmdir { path: String },
    Unlink { path: String },
    Rename { from: String, to: String },
    Link { from: String, to: String },
    Symlink { path: String },
    List { path: String },
    Temp { slot: u32, max_memory: Option<u64> },
    TempWrite { slot: u32, offset: u64, length: u64 },
    TempAppend { slot: u32, length: u64 },
    TempSize { slot: u32, size: u64 },
    TempDrop { slot: u32 },
    TempKeep { slot: u32 },
    TempRoll { slot: u32 },
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            (self.create, 'c'),
            (self.exclusive, 'x'),
            (self.truncate, 't'),
            (self.write, 'w'),
            (self.follow, 'f'),
        ];
        let set: String = all.iter().filter(|(set, _)| *set).map(|(_, flag)| *flag).collect();
        f.write_str(&set)
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Op::Open { slot, path, flags } => write!(f, "open {slot} {path} {flags}"),
            Op::Close { slot } => write!(f, "close {slot}"),
            Op::Write { slot, offset, length } => write!(f, "write {slot} {offset} {length}"),
            Op::Stream { slot, offset, length } => write!(f, "stream {slot} {offset} {length}"),
            Op::Append { slot, length } => write!(f, "append {slot} {length}"),
            Op::Size { slot, size } => write!(f, "size {slot} {size}"),
            Op::Mkdir { path } => write!(f, "mkdir {path}"),
            Op::Rmdir { path } => write!(f, "rmdir {path}"),
            Op::Unlink { path } => write!(f, "unlink {path}"),
            Op::Rename { from, to } => write!(f, "rename {from} {to}"),
            Op::Link { from, to } => write!(f, "link {from} {to}"),
            Op::Symlink { path } => write!(f, "symlink {} {path}", super::expected::MISSING),
            Op::List { path } => write!(f, "list {path}"),
            Op::Temp { slot, max_memory: None } => write!(f, "temp {slot} -"),
            Op::Temp {
                slot,
                max_memory: Some(bytes),
            } => write!(f, "temp {slot} {bytes}"),
            Op::TempWrite { slot, offset, length } => write!(f, "twrite {slot} {offset} {length}"),
            Op::TempAppend { slot, length } => write!(f, "tappend {slot} {length}"),
            Op::TempSize { slot, size } => write!(f, "tsize {slot} {size}"),
            Op::TempDrop { slot } => write!(f, "tdrop {slot}"),
            Op::TempKeep { slot } => write!(f, "tkeep {slot}"),
            Op::TempRoll { slot } => write!(f, "troll {slot}"),
        }
    }
}
