//! What is known of a file, a directory or a link.

use crate::time::Timestamp;

/// What an inode is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
}

/// What `stat` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// What it is.
    pub kind: Kind,
    /// How many names it has. A directory counts itself, and each directory in it, as on tmpfs; one that was removed has 0.
    pub links: u64,
    /// The bytes of a file, the length of a link's target. A directory has 40, and 20 for each entry, as on tmpfs.
    pub size: u64,
    /// When it was made, unless a program set the time.
    pub accessed: Timestamp,
    /// When the content, or the list of entries, last changed.
    pub modified: Timestamp,
    /// When anything of it last changed.
    pub changed: Timestamp,
}

/// Tells an inode from every other one that a space ever had, with 128 bits that nobody outside of it can guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MetadataHash {
    /// The lower half.
    pub lower: u64,
    /// The upper half.
    pub upper: u64,
}
