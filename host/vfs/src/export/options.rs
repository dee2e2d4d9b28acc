//! The options, limits and results of exports.

use std::io;

/// Maximum levels of directories in a tree that leaves a space, including its top. The bound keeps paths below what most programs can
/// use, and what is held for each level small.
pub(super) const MAX_DEPTH: u32 = 256;

/// Selects how a file is persisted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct PersistOptions {
    pub(super) replace: bool,
}

impl PersistOptions {
    /// Returns the default options, with which nothing is replaced.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces a file or a symbolic link that has the name. A link is not followed, and a directory is never replaced. The default is
    /// to fail if the name exists.
    pub fn replace(mut self, replace: bool) -> Self {
        self.replace = replace;
        self
    }
}

/// Selects what happens to symbolic links in a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Links {
    /// They are left out and counted, because a link that a program made must not lead anywhere on the host.
    #[default]
    LeaveOut,
    /// Those that stay inside the tree are kept. The others are left out and counted.
    ///
    /// A link stays inside if its target is relative, if `..` comes only at the beginning, and no more often than there are directories
    /// above it in the tree. A `..` after a name would lead to the parent of what that name links to, so such links are left out.
    KeepInside,
}

/// Selects how a tree is persisted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct PersistTreeOptions {
    pub(super) links: Links,
}

impl PersistTreeOptions {
    /// Returns the default options, with which symbolic links are left out.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what happens to symbolic links.
    pub fn links(mut self, links: Links) -> Self {
        self.links = links;
        self
    }
}

/// Limits an export. An export that would exceed a limit fails as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct ExportLimits {
    pub(super) bytes: Option<u64>,
    pub(super) entries: Option<u64>,
    pub(super) depth: u32,
    pub(super) links: Links,
}

impl Default for ExportLimits {
    fn default() -> Self {
        Self {
            bytes: None,
            entries: None,
            depth: MAX_DEPTH,
            links: Links::default(),
        }
    }
}

impl ExportLimits {
    /// Returns the default limits, which are 256 levels of directories and nothing else.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the sizes of all files together, holes included. `None` is the default and sets no limit.
    pub fn bytes(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.bytes = bytes.into();
        self
    }

    /// Limits the number of files, directories and links. `None` is the default and sets no limit.
    pub fn entries(mut self, entries: impl Into<Option<u64>>) -> Self {
        self.entries = entries.into();
        self
    }

    /// Limits the levels of directories, including the top. The default and the maximum is 256.
    pub fn depth(mut self, depth: u32) -> Self {
        self.depth = depth.min(MAX_DEPTH);
        self
    }

    /// Sets what happens to symbolic links. The default is to leave them out.
    pub fn links(mut self, links: Links) -> Self {
        self.links = links;
        self
    }
}

/// Counts what was exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// Names of regular files.
    pub files: u64,
    /// Directories, including the top.
    pub directories: u64,
    /// Symbolic links that were kept.
    pub links_kept: u64,
    /// Symbolic links that were left out.
    pub links_left_out: u64,
    /// Bytes of regular files, by their sizes. A file with several names counts once, if the target can hold hard links.
    pub bytes: u64,
    /// Set if the file on disk got a name, so that no byte had to be copied.
    pub is_linked: bool,
    /// The reason why the directory of the target could not be synchronized. The export is complete nevertheless, but a power failure
    /// may undo it.
    pub unsynchronized: Option<io::ErrorKind>,
}
