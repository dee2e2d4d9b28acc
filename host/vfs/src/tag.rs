//! Tags, with which a host marks the owners of inodes.

use crate::error::{Error, Result};
use crate::index::{Chained, Index};
use crate::slab::{NONE, Slab};
use crate::tree::Tree;
use std::hash::{BuildHasher, RandomState};

/// Marks the owner of an inode. An inode has at most one tag. Its number means nothing to this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(pub u64);

/// The tags that are in use by at least one inode.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    records: Slab<Record>,
    index: Index,
    keys: RandomState,
}

#[derive(Debug)]
struct Record {
    tag: Tag,
    hash: u32,
    next: u32,
    /// The first inode with the tag. The others follow it.
    first: u32,
    count: u32,
}

impl Chained for Record {
    fn hash(&self) -> u32 {
        self.hash
    }

    fn next(&self) -> u32 {
        self.next
    }

    fn set_next(&mut self, next: u32) {
        self.next = next;
    }
}

impl Tags {
    fn hash(&self, tag: Tag) -> u32 {
        let [a, b, c, d, ..] = self.keys.hash_one(tag.0).to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }

    fn find(&self, tag: Tag) -> Option<u32> {
        self.index
            .find(&self.records, self.hash(tag), |record| record.tag == tag)
    }

    fn find_or_insert(&mut self, tag: Tag) -> Result<u32> {
        if let Some(record) = self.find(tag) {
            return Ok(record);
        }
        self.records.reserve()?;
        self.index.reserve()?;
        let hash = self.hash(tag);
        let record = self.records.insert(Record {
            tag,
            hash,
            next: NONE,
            first: NONE,
            count: 0,
        });
        self.index.insert(&mut self.records, record);
        Ok(record)
    }
}

impl Tree {
    /// Returns the tag of an inode.
    pub(crate) fn tag(&self, inode: u32) -> Option<Tag> {
        self.tags.records.find(self.inode(inode).tag).map(|record| record.tag)
    }

    /// Makes room for a tag, so that [`Tree::set_tag`] cannot fail.
    pub(crate) fn reserve_tag(&mut self, tag: Option<Tag>) -> Result<()> {
        if tag.is_some() {
            self.tags.records.reserve()?;
            self.tags.index.reserve()?;
        }
        Ok(())
    }

    /// Replaces the tag of an inode. `None` removes the tag.
    ///
    /// # Errors
    ///
    /// Fails, and changes nothing, if there is no memory.
    pub(crate) fn try_set_tag(&mut self, inode: u32, tag: Option<Tag>) -> Result<(), Error> {
        self.reserve_tag(tag)?;
        self.set_tag(inode, tag);
        Ok(())
    }

    /// Replaces the tag of an inode. For a tag, the caller has called [`Tree::reserve_tag`].
    pub(crate) fn set_tag(&mut self, inode: u32, tag: Option<Tag>) {
        if self.inode(inode).tag != NONE {
            self.clear_tag(inode);
        }
        let Some(record) = tag.and_then(|tag| self.tags.find_or_insert(tag).ok()) else {
            return;
        };
        let item = self.tags.records.get_mut(record);
        item.count += 1;
        let first = std::mem::replace(&mut item.first, inode);
        let node = self.inode_mut(inode);
        node.tag = record;
        node.previous_tagged = NONE;
        node.next_tagged = first;
        if first != NONE {
            self.inode_mut(first).previous_tagged = inode;
        }
    }

    fn clear_tag(&mut self, inode: u32) {
        let node = self.inode_mut(inode);
        let record = std::mem::replace(&mut node.tag, NONE);
        let previous = std::mem::replace(&mut node.previous_tagged, NONE);
        let next = std::mem::replace(&mut node.next_tagged, NONE);
        if next != NONE {
            self.inode_mut(next).previous_tagged = previous;
        }
        if previous != NONE {
            self.inode_mut(previous).next_tagged = next;
        }
        let item = self.tags.records.get_mut(record);
        item.count -= 1;
        if item.first == inode {
            item.first = next;
        }
        if item.count == 0 {
            self.tags.index.remove(&mut self.tags.records, record);
            self.tags.records.remove(record);
        }
    }

    /// Returns how many inodes have a tag.
    pub(crate) fn count_tagged(&self, tag: Tag) -> u32 {
        self.tags
            .find(tag)
            .map_or(0, |record| self.tags.records.get(record).count)
    }

    /// Lists the inodes that have a tag, the most recently tagged first.
    pub(crate) fn tagged(&self, tag: Tag) -> impl Iterator<Item = u32> {
        let first = self
            .tags
            .find(tag)
            .map_or(NONE, |record| self.tags.records.get(record).first);
        std::iter::successors((first != NONE).then_some(first), |inode| {
            let next = self.inode(*inode).next_tagged;
            (next != NONE).then_some(next)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inode::{Directory, InodeBody};
    use crate::time::{Times, Timestamp};

    #[test]
    fn a_tag_that_nobody_has_takes_no_memory() {
        let mut tree = Tree::new();
        let directory = || InodeBody::Directory(Box::new(Directory::new(NONE, Times::new(Timestamp::default()))));
        let (one, two) = (
            tree.create_nameless(directory()).unwrap(),
            tree.create_nameless(directory()).unwrap(),
        );
        for tag in 0..100 {
            tree.set_tag(one, Some(Tag(tag)));
            tree.set_tag(two, Some(Tag(tag)));
            assert_eq!((tree.count_tagged(Tag(tag)), tree.tag(one)), (2, Some(Tag(tag))));
            assert!(tag == 0 || tree.tags.find(Tag(tag - 1)).is_none());
        }
        assert!(tree.take_unused(one).is_some());
        assert_eq!(tree.tagged(Tag(99)).collect::<Vec<_>>(), [two]);
        assert!(tree.take_unused(two).is_some());
        assert!(tree.tags.find(Tag(99)).is_none());
    }
}
