//! What a slot file takes on disk, measured in blocks.

use super::*;
use crate::{Budget, Descriptor, Limits, OpenOptions, Reserve, Space};
use std::os::unix::fs::MetadataExt;
use tempfile::TempDir;

const MIB: u64 = 1 << 20;

/// Makes a space that keeps nothing in memory, with so many bytes.
fn space(bytes: u64) -> (Space, TempDir) {
    space_in(tempfile::tempdir().unwrap(), bytes)
}

fn space_in(folder: TempDir, bytes: u64) -> (Space, TempDir) {
    let spill = SpillDirectory::builder()
        .reserve(Reserve::Bytes(0))
        .open(folder.path())
        .unwrap();
    let limits = Limits::none().to_builder().bytes(bytes).memory(0).file_memory(None);
    let space = Space::builder(&Budget::with_spill(Limits::none(), spill))
        .limits(limits.build().unwrap())
        .build()
        .unwrap();
    (space, folder)
}

fn create(space: &Space, name: &str, length: u64) -> Descriptor {
    let options = OpenOptions::new().create(true).read(true).write(true);
    let file = space.root().unwrap().open_at(name, &options).unwrap();
    file.write_all(0, &vec![1; to_usize(length)]).unwrap();
    file
}

fn remove(space: &Space, name: &str) {
    space.root().unwrap().unlink_file_at(name).unwrap();
}

fn slot_file(space: &Space) -> Arc<SlotFile> {
    Arc::clone(space.volume().storage().disk().unwrap().slots())
}

/// Returns the length of the slot file, and the bytes of its blocks.
fn measure(space: &Space) -> (u64, u64) {
    let slots = slot_file(space);
    let file = lock(&slots.slots).file.clone().unwrap();
    let metadata = file.file().metadata().unwrap();
    (metadata.len(), metadata.blocks() * 512)
}

/// Waits until the other thread has freed its blocks.
fn wait_for_punching(space: &Space) {
    let slots = slot_file(space);
    while lock(&slots.slots).is_punching {
        std::thread::yield_now();
    }
}

#[test]
fn a_freed_slot_is_used_again_before_the_file_grows() {
    let (space, _folder) = space(100 * MIB);
    let _keeper = create(&space, "keeper", 1);
    drop(create(&space, "f", 100_000));
    let (length, _) = measure(&space);
    for _ in 0..100 {
        remove(&space, "f");
        drop(create(&space, "f", 70_000));
    }
    assert_eq!(measure(&space).0, length);
}

#[test]
fn a_slot_file_without_a_live_slot_is_empty() {
    let (space, _folder) = space(100 * MIB);
    let files: Vec<_> = (0..20)
        .map(|number| create(&space, &format!("f{number}"), 100_000))
        .collect();
    drop(files);
    assert!(measure(&space).1 >= 20 * 100_000);
    for number in 0..20 {
        remove(&space, &format!("f{number}"));
    }
    assert_eq!(measure(&space), (0, 0));
}

#[test]
fn stale_blocks_of_freed_slots_are_bounded() {
    let (space, _folder) = space(400 * MIB);
    let bound = stale_bound(Some(400 * MIB));
    let _keeper = create(&space, "keeper", 1);
    for number in 0..150 {
        drop(create(&space, &format!("f{number}"), MIB));
    }
    assert!(measure(&space).1 >= 150 * MIB);
    for number in 0..150 {
        remove(&space, &format!("f{number}"));
        wait_for_punching(&space);
        let (_, blocks) = measure(&space);
        let bytes = space.usage().bytes.used;
        assert!(blocks <= bytes + 4_096 + bound, "{blocks} bytes of blocks for {bytes}");
    }
}

#[test]
fn stale_blocks_behind_short_contents_are_bounded() {
    let (space, _folder) = space(400 * MIB);
    let bound = stale_bound(Some(400 * MIB));
    let files: Vec<_> = (0..150)
        .map(|number| create(&space, &format!("f{number}"), MIB))
        .collect();
    for file in &files {
        file.set_size(5_000).unwrap();
        wait_for_punching(&space);
        let (_, blocks) = measure(&space);
        let bytes = space.usage().bytes.used;
        assert!(
            blocks <= bytes + 151 * 4_096 + bound,
            "{blocks} bytes of blocks for {bytes}"
        );
    }
    for (number, file) in files.iter().enumerate() {
        let mut content = vec![0; 5_001];
        assert_eq!(file.read(0, &mut content).unwrap(), 5_000, "{number}");
        assert!(content[..5_000].iter().all(|byte| *byte == 1), "{number}");
    }
}

/// Blocks on tmpfs are memory, and every byte of it is charged.
#[cfg(target_os = "linux")]
#[test]
fn nothing_is_stale_where_files_take_memory() {
    let Ok(folder) = tempfile::tempdir_in("/dev/shm") else {
        eprintln!("skipped: there is no /dev/shm");
        return;
    };
    let (space, _folder) = space_in(folder, 400 * MIB);
    if !slot_file(&space).spill.is_memory() {
        eprintln!("skipped: /dev/shm is no tmpfs");
        return;
    }
    let assert_charged = |what| {
        let (_, blocks) = measure(&space);
        let charged = space.usage().slots.used;
        assert!(
            blocks <= charged + 4 * 4_096,
            "{what}: {blocks} bytes of blocks, {charged} charged"
        );
    };
    let _keeper = create(&space, "keeper", 1);
    let short = create(&space, "short", MIB);
    drop(create(&space, "gone", 3 * MIB));
    assert_charged("full");
    short.set_size(5_000).unwrap();
    assert_charged("cut off");
    remove(&space, "gone");
    assert_charged("removed");
    drop(create(&space, "again", MIB));
    short.set_size(8_000).unwrap();
    let mut content = vec![0; 8_000];
    assert_eq!(short.read(0, &mut content).unwrap(), 8_000);
    assert_eq!(content, [vec![1; 5_000], vec![0; 3_000]].concat());
}

#[test]
fn sizes_of_slots_are_powers_of_two_from_4_kib_to_1_mib() {
    let size = |length| MIN_SLOT << size_index(length);
    assert_eq!(
        [size(0), size(1), size(4_096), size(4_097)],
        [4_096, 4_096, 4_096, 8_192]
    );
    assert_eq!([size(MAX_SLOT / 2 + 1), size(MAX_SLOT)], [MAX_SLOT, MAX_SLOT]);
    assert_eq!(MIN_SLOT << (SIZES - 1), MAX_SLOT);
}

#[test]
fn no_other_thread_has_the_file_after_the_end() {
    for _ in 0..20 {
        let (space, _folder) = space(100 * MIB);
        for number in 0..20 {
            drop(create(&space, &format!("f{number}"), MIB));
        }
        let file = Arc::downgrade(lock(&slot_file(&space).slots).file.as_ref().unwrap());
        space.end();
        assert!(file.upgrade().is_none());
    }
}
