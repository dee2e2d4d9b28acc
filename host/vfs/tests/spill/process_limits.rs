//! Limits of the process: on the size of files, and on descriptors.

use crate::again::{again, subject_of};
use crate::finish;
use crate::{KIB, Tier, budget, content, create, data, end, names, space};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use scratch_vfs::{Error, Level, Limit};

/// Lowers a limit for a while. Only for a process that does nothing else.
fn with_limit<T>(resource: Resource, current: u64, work: impl FnOnce() -> T) -> T {
    let before = getrlimit(resource);
    let lower = Rlimit {
        current: Some(current),
        maximum: before.maximum,
    };
    setrlimit(resource, lower).unwrap();
    let result = work();
    setrlimit(resource, before).unwrap();
    result
}

#[test]
fn the_limit_on_the_size_of_files_is_an_error_and_no_signal() {
    const TEST: &str = "process_limits::the_limit_on_the_size_of_files_is_an_error_and_no_signal";
    let Some(directory) = subject_of("worker") else {
        let folder = tempfile::tempdir().unwrap();
        finish(&mut again(&[], TEST, "worker", folder.path().to_str().unwrap()));
        return assert_eq!(names(folder.path()), [""; 0]);
    };
    let budget = budget(directory.as_ref());
    let memory = space(&budget, Tier::Memory);
    let own = space(&budget, Tier::Own);
    let slots = space(&budget, Tier::Slots);
    with_limit(Resource::Fsize, 100 * 1_024, || {
        // Memory has no such limit.
        create(&memory, "f").write_all(0, &data(200 * KIB, 1)).unwrap();

        let file = create(&own, "f");
        file.write_all(0, &data(100 * KIB, 2)).unwrap();
        assert_eq!(file.append_all(b"x"), Err(Error::FileTooLarge));
        assert_eq!(file.write_all(50_000, &data(100 * KIB, 3)), Err(Error::FileTooLarge));
        assert_eq!(file.write_all(1 << 40, b"x"), Err(Error::FileTooLarge));
        assert_eq!(own.usage().refusals.count(Limit::FileBytes, Level::Disk), 3);
        assert_eq!(content(&file), data(100 * KIB, 2));
        // A hole at the end needs no file of that size.
        file.set_size(1 << 40).unwrap();
        file.set_size(102_400).unwrap();

        // Slots share one file, which is as large as it may be after the first content.
        let first = create(&slots, "first");
        first.write_all(0, &data(60 * KIB, 4)).unwrap();
        let refused = create(&slots, "second").write_all(0, &data(60 * KIB, 5));
        assert_eq!(refused, Err(Error::InsufficientSpace));
        assert_eq!(slots.usage().refusals.count(Limit::Bytes, Level::Disk), 1);
        create(&slots, "third").write_all(0, &data(16 * KIB, 6)).unwrap();
        assert_eq!(content(&first), data(60 * KIB, 4));
        assert_eq!(content(&create(&slots, "third")), data(16 * KIB, 6));
    });
    create(&own, "f").append_all(b"x").unwrap();
    create(&slots, "second").write_all(0, &data(60 * KIB, 5)).unwrap();
    for space in [memory, own, slots] {
        end(&space);
    }
}

#[test]
fn without_descriptors_slots_go_on_and_only_a_first_content_is_refused() {
    const TEST: &str = "process_limits::without_descriptors_slots_go_on_and_only_a_first_content_is_refused";
    let Some(directory) = subject_of("worker") else {
        let folder = tempfile::tempdir().unwrap();
        finish(&mut again(&[], TEST, "worker", folder.path().to_str().unwrap()));
        return assert_eq!(names(folder.path()), [""; 0]);
    };
    let budget = budget(directory.as_ref());
    let memory = space(&budget, Tier::Memory);
    let slots = space(&budget, Tier::Slots);
    create(&slots, "f").write_all(0, &data(10 * KIB, 1)).unwrap();
    let fresh = [Tier::Own, Tier::Slots].map(|tier| space(&budget, tier));
    // Descriptors 0 to 2 are in use.
    with_limit(Resource::Nofile, 3, || {
        for space in &fresh {
            let file = create(space, "f");
            assert_eq!(file.write_all(0, b"x"), Err(Error::InsufficientMemory));
            let refusals = space.usage().refusals;
            assert_eq!(refusals.count(Limit::Bytes, Level::Descriptors), 1);
            assert_eq!(refusals.total(), 1);
            assert_eq!(space.usage().bytes.used, 0);
        }
        create(&memory, "f").write_all(0, &data(10 * KIB, 2)).unwrap();
        create(&slots, "g").write_all(0, &data(10 * KIB, 3)).unwrap();
        // A content that outgrows its own memory finds the slot file.
        let limits = scratch_vfs::Limits::none().to_builder().file_memory(0);
        slots.set_limits(limits.build().unwrap());
        create(&slots, "h").write_all(0, &data(10 * KIB, 4)).unwrap();
        for (name, seed) in [("f", 1), ("g", 3), ("h", 4)] {
            assert_eq!(content(&create(&slots, name)), data(10 * KIB, seed), "{name}");
        }
        assert_eq!(slots.usage().slots.used, 30 * 1_024);
    });
    for space in &fresh {
        create(space, "f").write_all(0, &data(10 * KIB, 5)).unwrap();
        assert_eq!(content(&create(space, "f")), data(10 * KIB, 5));
        end(space);
    }
    end(&memory);
    end(&slots);
}
