//! Spaces on disk while the machine around them fails: kills, full disks, lost directories, and limits of the process.
//!
//! Helper processes are this program, started again for one test with a role. What a machine cannot do is skipped with a line that says
//! so. A missing tool, such as strace, is a failure where `SCRATCH_FAULTS_REQUIRED` is set.
#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]

#[path = "../support/again.rs"]
mod again;
mod blocks;
mod churn;
mod control_group;
mod disks;
mod floor;
mod full;
mod kills;
mod process_limits;
mod random;
mod states;
mod tenants;
mod tmpfs;
mod work;

use scratch_vfs::{Budget, Descriptor, Ended, Left, Limits, OpenOptions, Reserve, Space, SpillDirectory};
use std::path::Path;
use std::process::Command;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Where the contents of a space are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tier {
    Memory,
    Own,
    Slots,
}

/// Makes a budget without limits that leaves nothing of the disk to others.
fn budget(directory: &Path) -> Budget {
    let spill = SpillDirectory::builder()
        .reserve(Reserve::Bytes(0))
        .descriptors(1_000)
        .open(directory)
        .expect("the directory can be used");
    Budget::with_spill(Limits::none(), spill)
}

/// Makes a space without limits that keeps its contents in one tier.
fn space(budget: &Budget, tier: Tier) -> Space {
    let limits = Limits::none().to_builder();
    let limits = match tier {
        Tier::Memory => limits,
        Tier::Own => limits.memory(0).file_memory(0),
        Tier::Slots => limits.memory(0).file_memory(None),
    };
    let limits = limits.build().expect("the limits do not contradict each other");
    Space::builder(budget)
        .limits(limits)
        .build()
        .expect("there is memory for a space")
}

/// Opens a file for reading and writing, and makes it if it does not exist.
fn create(space: &Space, name: &str) -> Descriptor {
    let options = OpenOptions::new().create(true).read(true).write(true);
    space
        .root()
        .and_then(|root| root.open_at(name, &options))
        .expect("the file can be made")
}

fn remove(space: &Space, name: &str) {
    space
        .root()
        .and_then(|root| root.unlink_file_at(name))
        .expect("the file can be removed");
}

/// Reads a whole file.
fn content(file: &Descriptor) -> Vec<u8> {
    let size = file.stat().expect("the file exists").size;
    let mut content = vec![0xaa; usize::try_from(size).expect("the file is small") + 1];
    let length = file.read(0, &mut content).expect("the file can be read");
    content.truncate(length);
    content
}

/// Returns bytes that differ from each other and from holes.
fn data(length: usize, seed: usize) -> Vec<u8> {
    (0..length)
        .map(|at| u8::try_from((at * 7 + at / 251 + seed) % 255 + 1).expect("the remainder is small"))
        .collect()
}

/// Ends a space, and makes sure that nothing of it is left.
fn end(space: &Space) -> Ended {
    let ended = space.end();
    assert_eq!(ended.left, Left::default());
    let usage = space.usage();
    assert_eq!((usage.slots.used, usage.own_files.used), (0, 0));
    ended
}

/// Makes sure that a budget is charged for nothing but descriptors, which may outlive their spaces.
fn assert_unused(budget: &Budget) {
    budget.trim();
    let usage = budget.usage();
    assert_eq!(
        [
            usage.bytes.used,
            usage.entries.used,
            usage.memory.used,
            usage.slots.used,
            usage.own_files.used
        ],
        [0; 5],
        "{usage:?}"
    );
}

/// Lists the names in a directory of the host.
fn names(directory: &Path) -> Vec<String> {
    directory
        .read_dir()
        .expect("the directory can be listed")
        .map(|entry| entry.expect("the entry can be read").file_name().display().to_string())
        // Every ext4 has this directory.
        .filter(|name| name != "lost+found")
        .collect()
}

fn to_u64(number: usize) -> u64 {
    u64::try_from(number).expect("addresses have at most 64 bits")
}

/// Runs a helper process to its end, which has to be a good one.
#[track_caller]
fn finish(command: &mut Command) {
    again::assert_finished(&command.output().expect("the helper process starts"));
}
