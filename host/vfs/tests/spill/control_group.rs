//! A process whose control group has less memory than its spaces have contents.

use crate::again::{again, skip, subject_of};
use crate::finish;
use crate::{MIB, assert_unused, create, data, to_u64};
use scratch_vfs::{Budget, Limits, Reserve, Space, SpillDirectory};
use std::fs;
use std::path::{Path, PathBuf};

/// The memory of the group.
const MEMORY: u64 = 256 << 20;

/// A control group, until it is dropped.
struct Group(PathBuf);

impl Group {
    /// Makes a group with a limit on memory, if this user may.
    fn new() -> Option<Self> {
        // Version 2, or else the hierarchy of version 1 for memory.
        let top = Path::new("/sys/fs/cgroup");
        let (top, limit) = if top.join("cgroup.controllers").exists() {
            (top.to_owned(), "memory.max")
        } else {
            (top.join("memory"), "memory.limit_in_bytes")
        };
        let folder = top.join(format!("scratch-spill-{}", std::process::id()));
        fs::create_dir(&folder).ok()?;
        let group = Self(folder);
        fs::write(group.0.join(limit), MEMORY.to_string()).ok()?;
        // Without this the system would rather write memory to the disk than refuse. Some systems do not have it.
        let _ = fs::write(group.0.join("memory.swap.max"), "0");
        Some(group)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

#[test]
fn contents_on_disk_do_not_count_against_a_group_with_little_memory() {
    const TEST: &str = "control_group::contents_on_disk_do_not_count_against_a_group_with_little_memory";
    if let Some(group) = subject_of("worker") {
        fs::write(Path::new(&group).join("cgroup.procs"), std::process::id().to_string()).unwrap();
        return write_more_than_memory();
    }
    let Some(group) = Group::new() else {
        return skip("no control group can be made here");
    };
    finish(&mut again(&[], TEST, "worker", group.0.to_str().unwrap()));
}

fn write_more_than_memory() {
    let folder = tempfile::tempdir().unwrap();
    let spill = SpillDirectory::builder()
        .reserve(Reserve::Bytes(1 << 30))
        .descriptors(100)
        .open(folder.path())
        .unwrap();
    let limits = Limits::none().to_builder().memory(MEMORY / 4).build().unwrap();
    let process = Budget::with_spill(limits, spill);
    let limits = Limits::none().to_builder().file_memory(to_u64(MIB)).build().unwrap();
    let spaces: Vec<_> = (0..10)
        .map(|_| Space::builder(&process).limits(limits).build().unwrap())
        .collect();
    let content = data(MIB, 1);
    // 600 MiB, of which a part is in memory, a part in slots, and a part in files of their own.
    for (number, space) in (0..60).flat_map(|number| spaces.iter().map(move |space| (number, space))) {
        let file = create(space, &format!("f{}", number / 2));
        file.append_all(&content).unwrap();
    }
    assert_eq!(process.usage().bytes.used, 600 << 20);
    assert_eq!(process.usage().refusals.total(), 0);
    for space in &spaces {
        let mut part = vec![0; MIB];
        assert_eq!(create(space, "f0").read(to_u64(MIB), &mut part), Ok(MIB));
        assert_eq!(part, content);
    }
    drop(spaces);
    assert_unused(&process);
}
