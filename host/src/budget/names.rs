//! Entries, by what is known of their names.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rustix::fs::FileType;

use super::{Budget, InodeId, Kind, Refused, lock};

/// Entries that no walk finds.
#[derive(Debug, Default)]
pub(super) struct Uncounted {
    /// Files without a name.
    pub(super) files: u64,
    /// How often the space was emptied: what was counted before that is not counted any more.
    emptied: u64,
}

impl Budget {
    /// For as long as a name is looked at and changed.
    pub(crate) fn names(&self) -> &Arc<tokio::sync::Mutex<()>> {
        &self.names
    }

    pub(crate) fn has_links(&self) -> bool {
        self.has_links.load(Ordering::Relaxed)
    }

    /// A link is about to be made.
    pub(crate) fn links(&self) {
        self.has_links.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_names_outside(&self) -> bool {
        self.has_names_outside.load(Ordering::Relaxed)
    }

    /// A file of the space is given a name in a granted directory, or keeps one in the space when it leaves that.
    pub(crate) fn names_outside(&self) {
        self.has_names_outside.store(true, Ordering::Relaxed);
    }

    /// How often a directory was moved.
    pub(crate) fn moves(&self) -> u64 {
        self.moves.load(Ordering::Relaxed)
    }

    /// A directory was moved.
    pub(crate) fn moved(&self) {
        self.moves.fetch_add(1, Ordering::Relaxed);
    }

    /// An entry that is about to be made. If it is not, it [is gone](Budget::entry_gone).
    pub(crate) fn entry(&self) -> Result<(), Refused> {
        self.charge(Kind::Entries, 1, self.limits.entries)
    }

    /// The entry of a file that is about to be made without a name.
    pub(crate) fn nameless(self: &Arc<Budget>) -> Result<Nameless, Refused> {
        self.entry()?;
        let mut nameless = lock(&self.nameless);
        nameless.files += 1;
        Ok(Nameless {
            budget: Arc::clone(self),
            emptied: nameless.emptied,
        })
    }

    /// A name is gone, and with the last name what stood there. Returns whether that is all that there is to be given back:
    /// a file that has a name outside, too, may stay or go.
    pub(crate) fn gone(&self, found: &Found) -> bool {
        if found.kind == FileType::RegularFile {
            if found.names <= 1 {
                self.unnamed(found.id, found.size);
            } else if self.has_names_outside() {
                return false;
            }
        }
        self.entry_gone();
        true
    }

    /// Something leaves the space by this name of it, and may have others there. Returns what [`gone`](Budget::gone) does; a
    /// directory leaves with all that is in it.
    pub(crate) fn left(&self, found: &Found) -> bool {
        match found.kind {
            FileType::RegularFile if found.names > 1 => self.names_outside(),
            FileType::Directory => {
                self.names_outside();
                return false;
            }
            _ => {}
        }
        self.gone(found)
    }

    /// An entry is gone.
    pub(crate) fn entry_gone(&self) {
        self.give(Kind::Entries, 1);
    }

    /// The space was emptied: no file without a name is an entry of it any more.
    pub(super) fn forget_nameless(&self) {
        let mut nameless = lock(&self.nameless);
        self.give(Kind::Entries, nameless.files);
        *nameless = Uncounted {
            files: 0,
            emptied: nameless.emptied + 1,
        };
    }
}

/// What stands under a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) id: InodeId,
    pub(crate) kind: FileType,
    /// How many names it has.
    pub(crate) names: u64,
    pub(crate) size: u64,
}

impl Found {
    pub(crate) fn new(stat: &rustix::fs::Stat) -> Found {
        Found {
            id: InodeId::of(stat),
            kind: FileType::from_raw_mode(stat.st_mode),
            names: stat.st_nlink,
            size: u64::try_from(stat.st_size).unwrap_or(0),
        }
    }

    pub(crate) fn is_same(&self, other: &Found) -> bool {
        self.id == other.id
    }

    pub(crate) fn is_dir(&self) -> bool {
        self.kind == FileType::Directory
    }
}

/// So often no space is emptied.
const NEVER: u64 = u64::MAX;

/// The entry of a file without a name: given back when this is dropped, unless it has got one.
#[derive(Debug)]
pub(crate) struct Nameless {
    budget: Arc<Budget>,
    /// How often the space had been emptied; [`NEVER`] once it has a name.
    emptied: u64,
}

impl Nameless {
    /// It is about to have a name in the space: it is charged anew if the space was emptied meanwhile.
    pub(crate) fn renew(&mut self) -> Result<(), Refused> {
        if lock(&self.budget.nameless).emptied != self.emptied {
            *self = self.budget.nameless()?;
        }
        Ok(())
    }

    /// It has a name in the space, which stays charged.
    pub(crate) fn named(mut self) {
        let mut nameless = lock(&self.budget.nameless);
        if nameless.emptied == self.emptied {
            nameless.files -= 1;
        }
        drop(nameless);
        // Nothing is given back when this is dropped.
        self.emptied = NEVER;
    }
}

impl Drop for Nameless {
    fn drop(&mut self) {
        let mut nameless = lock(&self.budget.nameless);
        if nameless.emptied == self.emptied {
            nameless.files -= 1;
            self.budget.entry_gone();
        }
    }
}
