//! The interface `space`: where it is, what may be in it, and what is in it.

use crate::Provider;
use crate::bindings::space::{Guest, Limits, Usage};
use crate::root::{Opened, Root, join, open_below, root, split};
use cap_std::fs::{Dir, MetadataExt};
use std::io;

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
            walk.run(root);
        }
        walk.usage
    }
}

/// Counting without recursion and with two directories open at a time.
struct Walk {
    usage: Usage,
    /// Inode and size of each name of a file that has several, so that each file counts once.
    shared: Vec<(u64, u64)>,
    pending: Vec<String>,
}

impl Default for Walk {
    fn default() -> Self {
        Self {
            usage: Usage { bytes: 0, entries: 0 },
            shared: Vec::new(),
            pending: vec![String::new()],
        }
    }
}

impl Walk {
    /// What cannot be opened or listed counts as itself and with nothing inside.
    fn run(&mut self, root: &Root) {
        let mut last: Option<(String, Opened<'_>)> = None;
        while let Some(path) = self.pending.pop() {
            let Ok(dir) = open(root, &path, last.take()) else {
                continue;
            };
            if self.list(&path, dir.get()).is_ok() {
                last = Some((path, dir));
            }
        }
        let mut shared = std::mem::take(&mut self.shared);
        shared.sort_unstable();
        shared.dedup();
        for (_, bytes) in shared {
            self.charge(bytes);
        }
    }

    fn charge(&mut self, bytes: u64) {
        self.usage.bytes = self.usage.bytes.saturating_add(bytes);
    }

    fn list(&mut self, path: &str, dir: &Dir) -> io::Result<()> {
        for entry in dir.entries()? {
            let Ok(entry) = entry else { continue };
            self.usage.entries += 1;
            let kind = entry.file_type();
            if kind.as_ref().is_ok_and(cap_std::fs::FileType::is_dir) {
                if let Some(name) = entry.file_name().to_str() {
                    self.pending.push(join(path, name));
                }
            } else if kind.is_ok_and(|kind| kind.is_file())
                && let Ok(metadata) = entry.metadata()
            {
                if metadata.nlink() > 1 {
                    self.shared.push((metadata.ino(), metadata.len()));
                } else {
                    self.charge(metadata.len());
                }
            }
        }
        Ok(())
    }
}

/// Opens a directory from the one that was open before, if it is in that, which makes a long chain cheap.
fn open<'root>(root: &'root Root, path: &str, last: Option<(String, Opened<'root>)>) -> io::Result<Opened<'root>> {
    let (home, name) = split(path);
    match last {
        Some((before, parent)) if before == home && !name.is_empty() => {
            Ok(Opened::Below(open_below(parent.get(), name)?))
        }
        _ => root.directory(path),
    }
}
