//! What the system says of disks, of the nameless files that this process has open, and of its descriptors.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The free blocks and inodes of a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Free {
    pub(crate) bytes: u64,
    pub(crate) inodes: u64,
}

/// Returns what the file system of a directory has free.
pub(crate) fn free(directory: &Path) -> Free {
    let found = rustix::fs::statvfs(directory).expect("the file system tells");
    Free {
        bytes: found.f_bavail * found.f_frsize,
        inodes: found.f_ffree,
    }
}

/// Returns the bytes of the blocks of all files that are open in this process and have no name. Makes no call but stat(2).
pub(crate) fn nameless_blocks() -> u64 {
    const MAX_DESCRIPTOR: usize = 256;
    (0..MAX_DESCRIPTOR)
        .filter_map(|number| std::fs::metadata(format!("/proc/self/fd/{number}")).ok())
        .filter(|metadata| metadata.is_file() && metadata.nlink() == 0)
        .map(|metadata| metadata.blocks() * 512)
        .sum()
}

/// Counts the descriptors that this process has open.
pub(crate) fn count_descriptors() -> usize {
    // One of them is that of the listing itself.
    count("/proc/self/fd") - 1
}

/// Counts the threads of this process.
pub(crate) fn count_threads() -> usize {
    count("/proc/self/task")
}

fn count(directory: &str) -> usize {
    std::fs::read_dir(directory)
        .expect("the system lists what the process has")
        .count()
}

/// Waits until the process has no more than so many threads.
pub(crate) fn wait_for_threads(count: usize) {
    while count_threads() > count {
        std::thread::yield_now();
    }
}
