//! Random creation and deletion, while the blocks on disk stay near the bytes that are charged.

use crate::again::{again, number, subject_of};
use crate::blocks::{count_threads, nameless_blocks, wait_for_threads};
use crate::finish;
use crate::random::Random;
use crate::{KIB, MIB, assert_unused, budget, create, end, names, to_u64};
use scratch_vfs::{Limits, Space};
use std::path::Path;

/// The limit on bytes, of which an eighth is more than the least bound on stale blocks.
const BYTES: u64 = 160 << 20;
/// The largest block of the usual file systems.
const BLOCK: u64 = 4_096;

/// Returns the bytes of blocks that may hold nothing.
fn stale_bound() -> u64 {
    (BYTES / 8).max(16 << 20)
}

#[test]
fn blocks_on_disk_stay_near_what_is_charged() {
    const TEST: &str = "churn::blocks_on_disk_stay_near_what_is_charged";
    if let Some(directory) = subject_of("worker") {
        // An hour takes about a million.
        return churn(directory.as_ref(), number("SCRATCH_CHURN", 1_200));
    }
    let folder = tempfile::tempdir().unwrap();
    finish(&mut again(&[], TEST, "worker", folder.path().to_str().unwrap()));
    assert_eq!(names(folder.path()), [""; 0]);
}

fn churn(directory: &Path, operations: usize) {
    let budget = budget(directory);
    let limits = Limits::none().to_builder().bytes(BYTES).memory(to_u64(MIB));
    let limits = limits.file_memory(to_u64(600 * KIB)).build().unwrap();
    let space = Space::builder(&budget).limits(limits).build().unwrap();
    let mut random = Random::new(7);
    let threads = count_threads();
    let mut highest = 0;
    for operation in 0..operations {
        change(&space, &mut random);
        let allowed = allowed(&space);
        if nameless_blocks() > allowed {
            // Blocks are freed on another thread.
            wait_for_threads(threads);
        }
        let blocks = nameless_blocks();
        assert!(
            blocks <= allowed,
            "{blocks} bytes of blocks of {allowed} after operation {operation}"
        );
        highest = highest.max(blocks);
    }
    assert!(highest > 50 << 20, "only {highest} bytes were ever on disk");
    end(&space);
    wait_for_threads(threads);
    assert_eq!(nameless_blocks(), 0);
    assert_unused(&budget);
}

fn allowed(space: &Space) -> u64 {
    let usage = space.usage();
    usage.slots.used + usage.own_files.used + usage.entries.used * BLOCK + stale_bound()
}

/// Writes, cuts off or removes one of 200 files, or many of them.
fn change(space: &Space, random: &mut Random) {
    let mut name = || format!("f{}", random.below(200));
    let name = name();
    match random.below(100) {
        0 => {
            // A wave of deletions.
            for number in 0..150 {
                let _ = space.root().unwrap().unlink_file_at(format!("f{number}"));
            }
        }
        1..=15 => {
            let _ = space.root().unwrap().unlink_file_at(&name);
        }
        16..=30 => {
            let file = create(space, &name);
            let size = usize::try_from(file.stat().unwrap().size).unwrap();
            file.set_size(to_u64(random.below(size + 1))).unwrap();
        }
        _ => {
            let length = [100, 5 * KIB, 200 * KIB, MIB][random.below(4)];
            let offset = random.below(2 * MIB);
            // The limit on bytes refuses some.
            let _ = create(space, &name).write_all(to_u64(offset), &vec![1; length]);
        }
    }
}
