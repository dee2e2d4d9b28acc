//! Metadata of files, directories and symbolic links.

use crate::time::Timestamp;

/// The kind of an inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
}

/// The metadata that [`Descriptor::stat`](crate::Descriptor::stat) returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// The kind.
    pub kind: Kind,
    /// The number of names. A directory has 2, and 1 more for each directory in it, as on tmpfs. A directory that was removed has 0.
    pub links: u64,
    /// The size of a file, or the length of a link's target, in bytes. A directory has 40, and 20 more for each entry, as on tmpfs.
    pub size: u64,
    /// The time when it was made, unless a program set another time.
    pub accessed: Timestamp,
    /// The time when the content or the list of entries last changed, unless a program set another time.
    pub modified: Timestamp,
    /// The time when anything of it last changed.
    pub changed: Timestamp,
}

/// Distinguishes an inode from every other inode that its space ever had. It has 128 bits that cannot be guessed from outside of
/// the space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MetadataHash {
    /// The lower half.
    pub lower: u64,
    /// The upper half.
    pub upper: u64,
}
