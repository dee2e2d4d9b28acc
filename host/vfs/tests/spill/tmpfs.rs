//! Disks in memory, which count as memory of the process.

use crate::disks::{Disk, on_disks};
use crate::{KIB, Tier, assert_unused, content, create, data, end, remove, space, to_u64};
use scratch_vfs::{Budget, Error, Level, Limit, Limits, Reserve, SpillDirectory};

#[test]
fn contents_on_a_disk_in_memory_are_charged_to_the_memory_of_the_process() {
    const TEST: &str = "tmpfs::contents_on_a_disk_in_memory_are_charged_to_the_memory_of_the_process";
    on_disks(TEST, &[Disk::Tmpfs("size=32m")], |directory| {
        let spill = SpillDirectory::builder()
            .reserve(Reserve::Bytes(0))
            .open(directory)
            .unwrap();
        let limits = Limits::none().to_builder().memory(to_u64(1_000 * KIB));
        let process = Budget::with_spill(limits.build().unwrap(), spill);
        for tier in [Tier::Own, Tier::Slots] {
            let space = space(&process, tier);
            let memory = || (process.usage().memory.used, space.usage().memory.used);
            let first = create(&space, "first");
            first.write_all(0, &data(600 * KIB, 1)).unwrap();
            assert_eq!(memory(), (to_u64(600 * KIB), 0), "{tier:?}");
            let second = create(&space, "second");
            second.write_all(0, &data(400 * KIB, 2)).unwrap();
            assert_eq!(memory(), (to_u64(1_000 * KIB), 0), "{tier:?}");

            // The next byte is above the limit of the process.
            assert_eq!(second.append_all(b"x"), Err(Error::InsufficientSpace), "{tier:?}");
            assert_eq!(space.usage().refusals.count(Limit::Memory, Level::Process), 1);
            assert_eq!(memory(), (to_u64(1_000 * KIB), 0), "{tier:?}");
            assert_eq!(content(&second), data(400 * KIB, 2), "{tier:?}");

            // What is cut off and what is removed is given back.
            first.set_size(1_000).unwrap();
            assert_eq!(memory(), (1_000 + to_u64(400 * KIB), 0), "{tier:?}");
            second.append_all(b"x").unwrap();
            drop(second);
            remove(&space, "second");
            assert_eq!(memory(), (1_000, 0), "{tier:?}");
            end(&space);
            assert_unused(&process);
        }
    });
}
