//! What is in the granted directory.

use std::collections::HashSet;

use crate::bindings::exports::scratch::tempfile::space::Usage;
use crate::bindings::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags,
};

/// What is in a directory, at every depth, as far as it can be seen.
pub(crate) fn usage(dir: &Descriptor) -> Usage {
    let mut usage = Usage { bytes: 0, entries: 0 };
    // What cannot be seen is not counted.
    let _ = add(dir, &mut usage, &mut HashSet::new());
    usage
}

fn add(dir: &Descriptor, usage: &mut Usage, seen: &mut HashSet<(u64, u64)>) -> Result<(), ErrorCode> {
    let entries = dir.read_directory()?;
    while let Some(entry) = entries.read_directory_entry()? {
        usage.entries += 1;
        let (follow, name) = (PathFlags::empty(), &entry.name);
        if entry.type_ == DescriptorType::Directory {
            let opened = dir.open_at(follow, name, OpenFlags::DIRECTORY, DescriptorFlags::READ);
            let _ = opened.and_then(|inner| add(&inner, usage, seen));
        } else if entry.type_ == DescriptorType::RegularFile {
            let hash = dir.metadata_hash_at(follow, name)?;
            // A file with several names counts once.
            if seen.insert((hash.lower, hash.upper)) {
                usage.bytes += dir.stat_at(follow, name)?.size;
            }
        }
    }
    Ok(())
}
