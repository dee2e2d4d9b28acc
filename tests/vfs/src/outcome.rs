//! What an operation answers, and what a tree looks like, in words that both sides speak.

use scratch_vfs::{Error, Kind};

/// The answer to an operation.
pub type Outcome = Result<Value, Error>;

/// What a successful operation returns.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Value {
    Nothing,
    Opened { kind: Kind, read: bool, write: bool },
    Target(String),
    Stat(Stat),
    Read(Vec<u8>),
    Written(u64),
    Entries(Vec<(String, Kind)>),
    IsSame(bool),
}

/// What `stat` says, as far as both sides have to agree.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Stat {
    pub kind: Kind,
    pub links: u64,
    pub size: u64,
    /// When the content changed: the seconds that a program set, or `None` for what a clock told.
    pub modified: Option<u64>,
}

/// Seconds below this were set by a program, and were told by no clock.
const EARLY: u64 = 1_000;

/// Tells a time that was set from one that a clock told.
pub fn set_seconds(seconds: u64) -> Option<u64> {
    (seconds < EARLY).then_some(seconds)
}

/// How much of each file is compared at the end: more than two of the pages that contents are made of.
pub const COMPARED: usize = 192 * 1024;

/// Something in a tree: its path, what `stat` says, and the first bytes of a file or the target of a link.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Node {
    pub path: String,
    pub kind: Kind,
    pub links: u64,
    pub size: u64,
    pub modified: Option<u64>,
    pub content: Vec<u8>,
}

impl Node {
    /// Puts together what is known of something.
    pub fn new(path: String, stat: Stat, content: Vec<u8>) -> Self {
        Self {
            path,
            kind: stat.kind,
            links: stat.links,
            size: stat.size,
            modified: stat.modified,
            content,
        }
    }
}
