//! Disks that are full: of bytes, of what others wrote, and of inodes.

use crate::blocks::free;
use crate::disks::{Disk, on_disks};
use crate::{KIB, Tier, assert_unused, budget, content, create, data, end, remove, space};
use scratch_vfs::{Descriptor, Error, Level, Limit, Space};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

const TIERS: [Tier; 2] = [Tier::Own, Tier::Slots];

/// Makes sure that a write is refused because of the disk, and leaves no byte.
#[track_caller]
fn assert_refused(space: &Space, file: &Descriptor) {
    let before = space.usage();
    let refused = file.write_all(0, &data(200 * KIB, 0));
    assert_eq!(refused, Err(Error::InsufficientSpace));
    let usage = space.usage();
    let count = |usage: &scratch_vfs::Usage| usage.refusals.count(Limit::Bytes, Level::Disk);
    assert_eq!(count(&usage), count(&before) + 1);
    assert_eq!(usage.bytes.used, before.bytes.used);
    assert_eq!(file.stat().unwrap().size, 0);
}

#[test]
fn a_full_disk_refuses_a_write_and_keeps_all_that_was_written() {
    const TEST: &str = "full::a_full_disk_refuses_a_write_and_keeps_all_that_was_written";
    let disks = [
        Disk::Tmpfs("size=8m"),
        Disk::Ext4 {
            mebibytes: 16,
            inodes: 200,
        },
    ];
    on_disks(TEST, &disks, |directory| {
        for tier in TIERS {
            let before = free(directory);
            let budget = budget(directory);
            let space = space(&budget, tier);
            let mut files = Vec::new();
            let refused = loop {
                let number = files.len();
                let file = create(&space, &format!("f{number}"));
                match file.write_all(0, &data(200 * KIB, number)) {
                    Ok(()) => files.push(file),
                    Err(error) => break error,
                }
            };
            assert_eq!(refused, Error::InsufficientSpace);
            assert!(files.len() > 20, "{tier:?}: {}", files.len());
            assert_refused(&space, &create(&space, "another"));
            for (number, file) in files.iter().enumerate() {
                assert_eq!(content(file), data(200 * KIB, number), "{tier:?}, {number}");
            }
            // Room that is given back can be used.
            drop(files.remove(0));
            remove(&space, "f0");
            let again = create(&space, "again");
            again.write_all(0, &data(100 * KIB, 7)).unwrap();
            assert_eq!(content(&again), data(100 * KIB, 7));
            end(&space);
            assert_unused(&budget);
            assert_eq!(free(directory), before, "{tier:?}");
        }
    });
}

#[test]
fn a_disk_that_others_fill_refuses_a_write_until_they_make_room() {
    const TEST: &str = "full::a_disk_that_others_fill_refuses_a_write_until_they_make_room";
    let disks = [
        Disk::Tmpfs("size=8m"),
        Disk::Ext4 {
            mebibytes: 16,
            inodes: 200,
        },
    ];
    on_disks(TEST, &disks, |directory| {
        for tier in TIERS {
            let budget = budget(directory);
            let space = space(&budget, tier);
            let kept = create(&space, "kept");
            // After this write the space believes in some room, so that the disk itself refuses the next one.
            kept.write_all(0, &data(100 * KIB, 1)).unwrap();
            let filler = fill_with_bytes(directory);
            let file = create(&space, "f");
            assert_refused(&space, &file);
            assert_refused(&space, &file);
            assert_eq!(content(&kept), data(100 * KIB, 1));
            // What needs no room works.
            kept.write_all(50, b"changed").unwrap();
            let mut expected = data(100 * KIB, 1);
            expected[50..57].copy_from_slice(b"changed");
            assert_eq!(content(&kept), expected);
            std::fs::remove_file(filler).unwrap();
            file.write_all(0, &data(200 * KIB, 2)).unwrap();
            kept.append_all(b"end").unwrap();
            expected.extend(b"end");
            assert_eq!(content(&file), data(200 * KIB, 2));
            assert_eq!(content(&kept), expected);
            end(&space);
        }
    });
}

/// Writes a file until the disk is full, to the last block.
fn fill_with_bytes(directory: &Path) -> PathBuf {
    let path = directory.join("filler");
    let mut file = File::create(&path).unwrap();
    for piece in [1 << 20, 64 * KIB, 4 * KIB, 1] {
        while file.write_all(&vec![1; piece]).is_ok() {}
    }
    path
}

#[test]
fn without_inodes_no_file_is_made_and_those_that_exist_go_on() {
    const TEST: &str = "full::without_inodes_no_file_is_made_and_those_that_exist_go_on";
    let disks = [
        Disk::Tmpfs("size=8m,nr_inodes=30"),
        Disk::Ext4 {
            mebibytes: 16,
            inodes: 64,
        },
    ];
    on_disks(TEST, &disks, |directory| {
        let budget = budget(directory);
        let spaces = TIERS.map(|tier| space(&budget, tier));
        for space in &spaces {
            create(space, "kept").write_all(0, &data(10 * KIB, 1)).unwrap();
        }
        let fillers = fill_with_inodes(directory);
        let [own, slots] = &spaces;
        assert_refused(own, &create(own, "f"));
        let third = space(&budget, Tier::Slots);
        assert_refused(&third, &create(&third, "f"));
        // A slot file takes more contents.
        create(slots, "f").write_all(0, &data(10 * KIB, 2)).unwrap();
        assert_eq!(content(&create(slots, "f")), data(10 * KIB, 2));
        for space in &spaces {
            let kept = create(space, "kept");
            kept.append_all(b"more").unwrap();
            assert_eq!(content(&kept), [data(10 * KIB, 1), b"more".to_vec()].concat());
        }
        for filler in fillers {
            std::fs::remove_file(filler).unwrap();
        }
        create(own, "f").write_all(0, b"content").unwrap();
        create(&third, "f").write_all(0, b"content").unwrap();
        assert_eq!(content(&create(own, "f")), b"content");
    });
}

/// Makes empty files until there are no inodes.
fn fill_with_inodes(directory: &Path) -> Vec<PathBuf> {
    let paths = (0..).map(|number| directory.join(format!("filler{number}")));
    paths.take_while(|path| File::create(path).is_ok()).collect()
}
