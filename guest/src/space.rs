//! The interface `space`: where it is, what may be in it, and what is in it.

use crate::Provider;
use crate::bindings::space::{Guest, Limits, Usage};
use crate::bindings::{Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags};
use crate::memory::{Full, headroom};
use crate::root::{Opened, Root, entries, root};
use std::collections::BinaryHeap;

impl Guest for Provider {
    fn get_path() -> Option<String> {
        root().ok().map(|root| String::from(root.name()))
    }

    /// A guest cannot know what its host allows.
    fn get_limits() -> Limits {
        Limits {
            bytes: None,
            entries: None,
            file_bytes: None,
            open_files: None,
            depth: None,
        }
    }

    fn get_usage() -> Usage {
        let mut walk = Walk::default();
        if let Ok(root) = root() {
            // Where memory ends, so does the count.
            let _ = walk.run(root);
        }
        walk.usage()
    }
}

/// A directory that was found.
struct Found {
    /// The place of the one that it is in.
    parent: Option<usize>,
    name: String,
    listed: bool,
}

/// Counting without recursion, with two directories open at a time, and with memory for what lies beside the way down.
#[derive(Default)]
struct Walk {
    bytes: u64,
    entries: u64,
    /// What tells a file that has several names from others, and its size, for each of its names.
    shared: BinaryHeap<(u64, u64, u64)>,
    /// A directory stands behind the one that it is in, and leaves when all that stood behind it has left.
    found: Vec<Found>,
}

impl Walk {
    /// What cannot be opened or listed counts as itself and with nothing inside.
    fn run(&mut self, root: &Root) -> Result<(), Full> {
        self.push(None, String::new())?;
        // The directory that was opened last, of those that have others in them: the next one is in it, as a rule.
        let mut open: Option<(usize, Opened<'_, Descriptor>)> = None;
        while let Some(place) = self.found.len().checked_sub(1) {
            if self.found[place].listed {
                self.found.pop();
                continue;
            }
            self.found[place].listed = true;
            let parent = self.found[place].parent;
            if open.as_ref().map(|(place, _)| *place) != parent {
                open = parent.and_then(|parent| Some((parent, root.descriptor(&self.path(parent)).ok()?)));
            }
            let directory = match (&open, parent) {
                // Opened once more: jco's preview2-shim does not list what it granted itself.
                (_, None) => root.descriptor("").and_then(|root| below(root.get(), ".")),
                (Some((_, parent)), _) => below(parent.get(), &self.found[place].name),
                (None, _) => continue,
            };
            if let Ok(directory) = directory {
                self.list(place, directory.get())?;
                if self.found.len() > place + 1 {
                    open = Some((place, directory));
                }
            }
        }
        Ok(())
    }

    fn list(&mut self, place: usize, directory: &Descriptor) -> Result<(), Full> {
        for entry in entries(directory) {
            self.entries += 1;
            let Some(entry) = entry else { continue };
            match entry.type_ {
                DescriptorType::Directory => self.push(Some(place), entry.name)?,
                DescriptorType::RegularFile => self.file(directory, &entry.name)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn file(&mut self, directory: &Descriptor, name: &str) -> Result<(), Full> {
        let Ok(status) = directory.stat_at(PathFlags::empty(), name) else {
            return Ok(());
        };
        if status.link_count > 1
            && let Ok(hash) = directory.metadata_hash_at(PathFlags::empty(), name)
        {
            self.shared.try_reserve(1).map_err(|_| Full)?;
            self.shared.push((hash.lower, hash.upper, status.size));
            return headroom(0);
        }
        self.bytes = self.bytes.saturating_add(status.size);
        Ok(())
    }

    fn push(&mut self, parent: Option<usize>, name: String) -> Result<(), Full> {
        headroom(name.capacity())?;
        self.found.try_reserve(1).map_err(|_| Full)?;
        self.found.push(Found {
            parent,
            name,
            listed: false,
        });
        Ok(())
    }

    /// Relative to the root.
    fn path(&self, place: usize) -> String {
        let mut names = Vec::new();
        let mut next = Some(place);
        while let Some(found) = next.and_then(|place| self.found.get(place)) {
            names.push(&*found.name);
            next = found.parent;
        }
        names.reverse();
        names.join("/")
    }

    fn usage(mut self) -> Usage {
        // In order, so that the names of one file come together.
        let mut last = None;
        while let Some(file) = self.shared.pop() {
            if last.replace(file) != Some(file) {
                self.bytes = self.bytes.saturating_add(file.2);
            }
        }
        Usage {
            bytes: self.bytes,
            entries: self.entries,
        }
    }
}

fn below(parent: &Descriptor, name: &str) -> Result<Opened<'static, Descriptor>, ErrorCode> {
    let opened = parent.open_at(PathFlags::empty(), name, OpenFlags::DIRECTORY, DescriptorFlags::READ)?;
    Ok(Opened::Below(opened))
}
