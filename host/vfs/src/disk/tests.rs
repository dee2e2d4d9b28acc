//! Contents on disk, with every call to the system failing once.

use crate::spill::Faults;
use crate::{
    Budget, Descriptor, DiskAccess, Error, Level, Limit, Limits, OpenOptions, Reserve, Space, SpillDirectory, Tier,
};
use rustix::io::Errno;
use tempfile::TempDir;

/// Returns what a call may answer: open(2), write(2), ftruncate(2), fallocate(2), statfs(2).
fn errnos(call: &str) -> &'static [Errno] {
    match call {
        "create" => &[
            Errno::IO,
            Errno::NOSPC,
            Errno::DQUOT,
            Errno::MFILE,
            Errno::NFILE,
            Errno::NOMEM,
        ],
        "write" => &[Errno::IO, Errno::NOSPC, Errno::DQUOT, Errno::FBIG],
        "statfs" => &[Errno::IO, Errno::NOMEM],
        _ => &[Errno::IO],
    }
}

struct World {
    budget: Budget,
    space: Space,
    folder: TempDir,
}

/// Makes a space whose contents move to disk beyond these limits.
fn world(file_memory: impl Into<Option<u64>>, memory: u64) -> World {
    let folder = tempfile::tempdir().unwrap();
    let spill = SpillDirectory::builder()
        .reserve(Reserve::Bytes(0))
        .descriptors(1_000)
        .open(folder.path())
        .unwrap();
    let budget = Budget::with_spill(Limits::none(), spill);
    let space = space(&budget, file_memory, memory);
    World { budget, space, folder }
}

fn space(budget: &Budget, file_memory: impl Into<Option<u64>>, memory: u64) -> Space {
    let limits = Limits::none().to_builder().file_memory(file_memory).memory(memory);
    Space::builder(budget).limits(limits.build().unwrap()).build().unwrap()
}

fn create(space: &Space, name: &str) -> Descriptor {
    let options = OpenOptions::new().create(true).read(true).write(true);
    space.root().unwrap().open_at(name, &options).unwrap()
}

fn content(file: &Descriptor) -> Vec<u8> {
    let mut content = vec![0xaa; usize::try_from(file.stat().unwrap().size).unwrap() + 1];
    let length = file.read(0, &mut content).unwrap();
    content.truncate(length);
    content
}

/// Returns bytes that differ from each other and from holes.
fn data(length: usize, seed: usize) -> Vec<u8> {
    (0..length)
        .map(|at| u8::try_from((at * 7 + at / 251 + seed) % 255 + 1).unwrap())
        .collect()
}

fn count_entries(folder: &TempDir) -> usize {
    folder.path().read_dir().unwrap().count()
}

#[test]
fn a_file_that_outgrows_its_own_memory_gets_a_file_of_its_own() {
    let world = world(100, 1 << 20);
    let file = create(&world.space, "f");
    file.write_all(0, &data(64, 1)).unwrap();
    assert_eq!(world.space.usage().own_files.used, 0);
    file.write_all(64, &data(1_000, 2)).unwrap();
    let usage = world.space.usage();
    assert_eq!(
        (usage.own_files.used, usage.slots.used, usage.memory.used),
        (1_064, 0, 0)
    );
    assert_eq!(usage.spilled, 1_064);
    assert_eq!(content(&file), [data(64, 1), data(1_000, 2)].concat());
    assert_eq!(count_entries(&world.folder), 0);
}

#[test]
fn a_file_that_meets_the_memory_of_all_goes_to_a_slot() {
    let world = world(None, 128 * 1024);
    let files: Vec<_> = (0..10)
        .map(|number| create(&world.space, &format!("f{number}")))
        .collect();
    for (number, file) in files.iter().enumerate() {
        file.write_all(0, &data(20_000, number)).unwrap();
    }
    let usage = world.space.usage();
    assert_eq!(usage.memory.used, 4 * 32 * 1024);
    assert_eq!((usage.slots.used, usage.own_files.used), (6 * 20_000, 0));
    for (number, file) in files.iter().enumerate() {
        assert_eq!(content(file), data(20_000, number), "{number}");
    }
}

#[test]
fn holes_stay_holes_on_disk_and_read_as_zeros() {
    for (file_memory, memory) in [(Some(0), 0), (None, 0)] {
        let world = world(file_memory, memory);
        let file = create(&world.space, "f");
        file.write_all(3 << 30, &data(10, 1)).unwrap();
        file.write_all(100, &data(10, 2)).unwrap();
        file.set_size(5 << 30).unwrap();
        let mut buffer = vec![0xaa; 200];
        assert_eq!(file.read(0, &mut buffer).unwrap(), 200);
        assert_eq!(buffer, [vec![0; 100], data(10, 2), vec![0; 90]].concat());
        assert_eq!(file.read((3 << 30) - 10, &mut buffer).unwrap(), 200);
        assert_eq!(buffer, [vec![0; 10], data(10, 1), vec![0; 180]].concat());
        assert_eq!(file.read((5 << 30) - 100, &mut buffer).unwrap(), 100);
        assert_eq!(buffer[..100], [0; 100]);
        assert!(world.space.usage().spilled < 5 << 30);
    }
}

#[test]
fn what_was_cut_off_is_never_read_again() {
    for (file_memory, memory) in [(Some(0), 0), (None, 0)] {
        let world = world(file_memory, memory);
        let file = create(&world.space, "f");
        file.write_all(0, &data(3 << 20, 1)).unwrap();
        file.set_size(1_500_000).unwrap();
        file.set_size(3 << 20).unwrap();
        let mut expected = data(3 << 20, 1);
        expected[1_500_000..].fill(0);
        assert_eq!(content(&file), expected);
        // A write behind a gap, too.
        file.set_size(10).unwrap();
        file.write_all(2_000_000, b"end").unwrap();
        let mut expected = data(10, 1);
        expected.resize(2_000_000, 0);
        expected.extend(b"end");
        assert_eq!(content(&file), expected);
    }
}

#[test]
fn a_slot_of_a_former_content_shows_nothing_of_it() {
    let world = world(None, 0);
    let keeps_the_slot_file = create(&world.space, "keeps");
    keeps_the_slot_file.write_all(0, b"x").unwrap();
    for length in [1, 4_095, 4_096, 100_000, 1 << 20] {
        let old = create(&world.space, "old");
        old.write_all(0, &vec![0xee; length]).unwrap();
        world.space.root().unwrap().unlink_file_at("old").unwrap();
        drop(old);
        let new = create(&world.space, "new");
        new.write_all(u64::try_from(length).unwrap() - 1, b"x").unwrap();
        let mut expected = vec![0; length - 1];
        expected.push(b'x');
        assert_eq!(content(&new), expected);
        new.set_size(0).unwrap();
        world.space.root().unwrap().unlink_file_at("new").unwrap();
    }
}

#[test]
fn a_slot_content_grows_from_the_smallest_slot_to_a_list_of_the_largest() {
    let world = world(None, 0);
    let file = create(&world.space, "f");
    let mut expected = Vec::new();
    for step in 0..60 {
        let part = data(step * step * 40, step);
        file.append_all(&part).unwrap();
        expected.extend(part);
        assert_eq!(world.space.usage().slots.used, u64::try_from(expected.len()).unwrap());
    }
    assert_eq!(content(&file), expected);
    assert!(expected.len() > 2 << 20);
}

#[test]
fn a_file_of_its_own_needs_a_descriptor_and_a_slot_is_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let spill = SpillDirectory::builder().descriptors(4).open(folder.path()).unwrap();
    let budget = Budget::with_spill(Limits::none(), spill);
    let spaces = [space(&budget, 0, 0), space(&budget, 0, 0)];
    let files: Vec<_> = (0..3).map(|number| create(&spaces[0], &format!("f{number}"))).collect();
    for file in &files {
        file.write_all(0, b"0123456789").unwrap();
    }
    let usage = spaces[0].usage();
    assert_eq!(
        (usage.own_files.used, usage.slots.used),
        (20, 10),
        "two of four descriptors are for own files"
    );
    // The last descriptor is the slot file's of the other space; a third space gets none.
    create(&spaces[1], "f").write_all(0, b"0123456789").unwrap();
    assert_eq!(spaces[1].usage().slots.used, 10);
    let third = space(&budget, 0, 0);
    let refused = create(&third, "f").write_all(0, b"0123456789");
    assert_eq!(refused, Err(Error::InsufficientMemory));
    assert_eq!(third.usage().refusals.count(Limit::Bytes, Level::Descriptors), 1);
    // A descriptor that is given back can be taken again.
    spaces[0].end();
    create(&third, "g").write_all(0, b"0123456789").unwrap();
}

#[test]
fn one_space_has_at_most_64_files_of_its_own() {
    let world = world(0, 0);
    for number in 0..66 {
        create(&world.space, &format!("f{number}")).write_all(0, b"x").unwrap();
    }
    let usage = world.space.usage();
    assert_eq!((usage.own_files.used, usage.slots.used), (64, 2));
    world.space.root().unwrap().unlink_file_at("f0").unwrap();
    create(&world.space, "f66").write_all(0, b"x").unwrap();
    assert_eq!(world.space.usage().own_files.used, 64);
}

#[test]
fn contents_leave_the_reserve_of_the_disk_alone() {
    let folder = tempfile::tempdir().unwrap();
    let spill = SpillDirectory::builder()
        .reserve(Reserve::Percent(100))
        .open(folder.path())
        .unwrap();
    let budget = Budget::with_spill(Limits::none(), spill);
    let space = space(&budget, 0, 0);
    let file = create(&space, "f");
    assert_eq!(file.write_all(0, b"x"), Err(Error::InsufficientSpace));
    assert_eq!(space.usage().refusals.count(Limit::Bytes, Level::Disk), 1);
    assert_eq!(budget.usage().refusals.count(Limit::Bytes, Level::Disk), 1);
    assert_eq!((space.usage().bytes.used, space.usage().spilled), (0, 0));
}

#[test]
fn a_file_may_have_less_memory_than_the_limits_allow() {
    let world = world(None, 1 << 20);
    let file = create(&world.space, "f");
    file.set_max_memory(100).unwrap();
    file.write_all(0, &data(60, 1)).unwrap();
    assert_eq!(file.tier(), Ok(Tier::Memory));
    file.write_all(60, &data(100, 1)).unwrap();
    assert_eq!(file.tier(), Ok(Tier::OwnFile));
    let other = create(&world.space, "other");
    other.write_all(0, &data(3_000_000, 1)).unwrap();
    assert_eq!(other.tier(), Ok(Tier::Slots));
    // An emptied file starts again in memory.
    other.set_size(0).unwrap();
    assert_eq!(other.tier(), Ok(Tier::Memory));
    other.write_all(0, &data(1_000, 2)).unwrap();
    other.move_to_disk().unwrap();
    assert_eq!((other.tier(), content(&other)), (Ok(Tier::OwnFile), data(1_000, 2)));
}

#[test]
fn the_bytes_that_a_call_copies_to_disk_are_told_before() {
    let world = world(Some(100_000), 1 << 20);
    let file = create(&world.space, "f");
    assert_eq!(file.disk_bytes(DiskAccess::Write, 0, 60_000), Ok(0));
    file.write_all(0, &data(60_000, 1)).unwrap();
    let told = file.disk_bytes(DiskAccess::Write, 60_000, 60_000).unwrap();
    assert!(told >= 120_000, "a move counts all of the content: {told}");
    assert_eq!(file.disk_bytes(DiskAccess::Read, 0, 60_000), Ok(0));
    file.append_all(&data(60_000, 1)).unwrap();
    assert_eq!(file.tier(), Ok(Tier::OwnFile));
    assert_eq!(file.disk_bytes(DiskAccess::Read, 0, 5), Ok(5));
    assert_eq!(file.disk_bytes(DiskAccess::Write, 0, 5), Ok(5));
    let memory_only = Space::builder(&Budget::new(Limits::none())).build().unwrap();
    let file = create(&memory_only, "f");
    assert_eq!(file.disk_bytes(DiskAccess::Write, 0, 60 << 20), Ok(0));
}

#[test]
fn the_end_gives_everything_back() {
    for (file_memory, memory) in [(Some(0), 0), (None, 0), (Some(4_096), 8_192)] {
        let world = world(file_memory, memory);
        let files: Vec<_> = (0..20)
            .map(|number| create(&world.space, &format!("f{number}")))
            .collect();
        for (number, file) in files.iter().enumerate() {
            file.write_all(0, &data(number * 1_000, number)).unwrap();
        }
        let ended = world.space.end();
        assert_eq!(ended.left, crate::Left::default());
        world.budget.trim();
        let usage = world.budget.usage();
        assert_eq!(
            (
                usage.slots.used,
                usage.own_files.used,
                usage.memory.used,
                usage.bytes.used
            ),
            (0, 0, 0, 0)
        );
        assert_eq!(files[19].read(0, &mut [0; 10]), Err(Error::NoEntry));
        assert_eq!(files[19].write(0, b"x"), Err(Error::NoEntry));
    }
}

#[test]
fn a_reset_space_uses_the_disk_again() {
    let world = world(None, 0);
    create(&world.space, "f").write_all(0, &data(50_000, 1)).unwrap();
    world.space.reset().unwrap();
    assert_eq!(world.space.usage().slots.used, 0);
    let file = create(&world.space, "f");
    file.write_all(10, b"x").unwrap();
    assert_eq!(content(&file), [[0; 10].as_slice(), b"x"].concat());
}

/// A step of a script.
#[derive(Clone, Copy, Debug)]
enum Step {
    Write { file: usize, offset: usize, length: usize },
    Size { file: usize, size: usize },
}

const SCRIPT: [Step; 14] = [
    Step::Write {
        file: 0,
        offset: 0,
        length: 50,
    },
    Step::Write {
        file: 0,
        offset: 50,
        length: 5_000,
    },
    Step::Write {
        file: 1,
        offset: 0,
        length: 3_000,
    },
    Step::Write {
        file: 1,
        offset: 3_000,
        length: 70_000,
    },
    Step::Write {
        file: 1,
        offset: 1_200_000,
        length: 100,
    },
    Step::Write {
        file: 2,
        offset: 100_000,
        length: 100_000,
    },
    Step::Size { file: 0, size: 2_000 },
    Step::Write {
        file: 0,
        offset: 3_000,
        length: 10,
    },
    Step::Size { file: 1, size: 70_001 },
    Step::Write {
        file: 1,
        offset: 70_000,
        length: 1_100_000,
    },
    Step::Size { file: 2, size: 0 },
    Step::Write {
        file: 2,
        offset: 0,
        length: 9_000,
    },
    Step::Size { file: 0, size: 4_000 },
    Step::Write {
        file: 0,
        offset: 3_999,
        length: 2,
    },
];

/// Runs the script, and compares every content with a model after every step. A step that fails may have changed its range.
fn run(world: &World, describe: &str) {
    let files: Vec<_> = (0..3)
        .map(|number| create(&world.space, &format!("f{number}")))
        .collect();
    let mut models = vec![Vec::new(); files.len()];
    for (number, step) in SCRIPT.into_iter().enumerate() {
        match step {
            Step::Write { file, offset, length } => {
                let data = data(length, number);
                let end = offset + length;
                let model: &mut Vec<u8> = &mut models[file];
                match files[file].write_all(u64::try_from(offset).unwrap(), &data) {
                    Ok(()) => {
                        model.resize(model.len().max(end), 0);
                        model[offset..end].copy_from_slice(&data);
                    }
                    Err(error) => {
                        assert_ne!(error, Error::NoEntry, "{describe}, {step:?}");
                        // Bytes of this write may be there, where there was something before, and nowhere else.
                        let found = content(&files[file]);
                        if found.len() > model.len() {
                            model.resize(found.len(), 0);
                        }
                        let range = offset.min(model.len())..end.min(model.len());
                        for at in range {
                            assert!(
                                [model[at], data[at - offset], 0].contains(&found[at]),
                                "{describe}, {step:?}"
                            );
                            model[at] = found[at];
                        }
                    }
                }
            }
            Step::Size { file, size } => {
                if files[file].set_size(u64::try_from(size).unwrap()).is_ok() {
                    models[file].resize(size, 0);
                }
            }
        }
        let (Step::Write { file, .. } | Step::Size { file, .. }) = step;
        assert!(content(&files[file]) == models[file], "{describe}, after {step:?}");
        let sizes: usize = models.iter().map(Vec::len).sum();
        assert_eq!(
            world.space.usage().bytes.used,
            u64::try_from(sizes).unwrap(),
            "{describe}, {step:?}"
        );
    }
    for (file, model) in files.iter().zip(&models) {
        assert!(content(file) == *model, "{describe}, at the end");
    }
    drop(files);
    let ended = world.space.end();
    assert_eq!(ended.left, crate::Left::default(), "{describe}");
    world.budget.trim();
    let usage = world.budget.usage();
    assert_eq!(
        (
            usage.slots.used,
            usage.own_files.used,
            usage.memory.used,
            usage.bytes.used
        ),
        (0, 0, 0, 0),
        "{describe}"
    );
    assert_eq!(count_entries(&world.folder), 0, "{describe}");
}

#[test]
fn whatever_call_fails_no_byte_is_lost_and_every_charge_is_given_back() {
    for (file_memory, memory) in [(Some(4_096), 1 << 20), (None, 64 * 1024), (Some(0), 0), (None, 0)] {
        let world_of_calls = world(file_memory, memory);
        let faults = Faults::none();
        run(&world_of_calls, "nothing fails");
        let calls = faults.calls();
        drop(faults);
        assert!(calls.contains(&"write") && calls.contains(&"create"), "{calls:?}");
        for number in 1..=calls.len() {
            // A read that fails is an answer of its own.
            if calls[number - 1] == "read" {
                continue;
            }
            for errno in errnos(calls[number - 1]) {
                let world = world(file_memory, memory);
                let faults = Faults::at(number, errno.raw_os_error());
                run(
                    &world,
                    &format!("call {number} ({}) fails with {errno:?}", calls[number - 1]),
                );
                drop(faults);
            }
        }
    }
}

#[test]
fn a_read_that_fails_says_so() {
    let world = world(0, 0);
    let file = create(&world.space, "f");
    file.write_all(0, b"content").unwrap();
    let faults = Faults::at(1, Errno::IO.raw_os_error());
    assert_eq!(file.read(0, &mut [0; 7]), Err(Error::Io));
    drop(faults);
    assert_eq!(content(&file), b"content");
}

#[test]
fn a_move_goes_in_steps_between_which_others_get_the_lock() {
    let world = world(8 << 20, 1 << 30);
    let file = create(&world.space, "f");
    file.write_all(0, &data(8 << 20, 1)).unwrap();
    // The move fails in its third step, after others could have had the lock twice: all of it is still in memory.
    let faults = Faults::at(40, Errno::IO.raw_os_error());
    assert_eq!(file.append_all(b"x"), Err(Error::Io));
    assert!(faults.calls().iter().filter(|call| **call == "write").count() > 32);
    drop(faults);
    assert_eq!(world.space.usage().own_files.used, 0);
    assert_eq!(content(&file), data(8 << 20, 1));
    file.append_all(b"x").unwrap();
    assert_eq!(world.space.usage().own_files.used, (8 << 20) + 1);
    assert_eq!(content(&file), [data(8 << 20, 1), b"x".to_vec()].concat());
}
