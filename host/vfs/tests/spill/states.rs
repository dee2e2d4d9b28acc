//! Directories that cannot be used, and those that change after they were opened.

use crate::again::{again, assert_finished, skip, subject_of};
use crate::disks::{Disk, hide, on_disks, remount};
use crate::{KIB, Tier, budget, content, create, data, end, names, space, to_u64};
use scratch_vfs::{Budget, Error, Limits, Space, SpillDirectory};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const SMALL_DISK: Disk = Disk::Ext4 {
    mebibytes: 32,
    inodes: 200,
};

/// Makes sure that a directory is refused with its path and a reason.
#[track_caller]
fn assert_unusable(directory: &Path, reason: &str) {
    let error = SpillDirectory::open(directory).unwrap_err();
    assert_eq!(error.path(), directory);
    let text = error.to_string();
    assert!(text.contains(&directory.display().to_string()), "{text}");
    assert!(text.contains(reason), "{text}");
}

/// Makes a space that has a content in each tier.
fn space_of_three_tiers(budget: &Budget) -> Space {
    let space = space(budget, Tier::Memory);
    create(&space, "memory").write_all(0, &data(10 * KIB, 1)).unwrap();
    set_limits(&space, Tier::Own);
    create(&space, "own").write_all(0, &data(10 * KIB, 2)).unwrap();
    set_limits(&space, Tier::Slots);
    create(&space, "slots").write_all(0, &data(10 * KIB, 3)).unwrap();
    let usage = space.usage();
    assert_eq!((usage.own_files.used, usage.slots.used), (10 * 1_024, 10 * 1_024));
    space
}

fn set_limits(space: &Space, tier: Tier) {
    let file_memory = (tier == Tier::Own).then_some(0);
    let limits = Limits::none().to_builder().memory(0).file_memory(file_memory);
    space.set_limits(limits.build().unwrap());
}

/// Makes sure that nothing was lost.
#[track_caller]
fn assert_kept(space: &Space) {
    for (name, seed) in [("memory", 1), ("own", 2), ("slots", 3)] {
        assert_eq!(content(&create(space, name)), data(10 * KIB, seed), "{name}");
    }
}

#[test]
fn a_directory_that_does_not_exist_or_is_none_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    assert_unusable(&folder.path().join("missing"), "No such file or directory");
    let file = folder.path().join("file");
    std::fs::write(&file, b"").unwrap();
    assert_unusable(&file, "Not a directory");
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn a_directory_of_somebody_else_is_refused_with_the_reason() {
    const TEST: &str = "states::a_directory_of_somebody_else_is_refused_with_the_reason";
    if let Some(directory) = subject_of("nobody") {
        // This changes the user of this thread only, which is the only one with a test.
        let nobody = rustix::process::Uid::from_raw(65_534);
        rustix::thread::set_thread_uid(nobody).unwrap();
        return assert_unusable(directory.as_ref(), "Permission denied");
    }
    if !rustix::process::geteuid().is_root() {
        return skip("only root can become somebody else");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let output = again(&[], TEST, "nobody", folder.path().to_str().unwrap()).output();
    assert_finished(&output.unwrap());
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_directory_that_is_removed_takes_nothing_along() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("spill");
    std::fs::create_dir(&directory).unwrap();
    let budget = budget(&directory);
    let space = space_of_three_tiers(&budget);
    std::fs::remove_dir(&directory).unwrap();
    assert_kept(&space);
    // The slot file is there, and takes more.
    create(&space, "more").write_all(0, b"more").unwrap();
    assert_eq!(content(&create(&space, "more")), b"more");
    // Some file systems still make files in such a directory, others say that it is gone.
    set_limits(&space, Tier::Own);
    let file = create(&space, "memory");
    let more = data(90 * KIB, 4);
    match file.append_all(&more) {
        Ok(()) => {
            assert_eq!(content(&file), [data(10 * KIB, 1), more].concat());
            file.set_size(to_u64(10 * KIB)).unwrap();
        }
        Err(error) => assert_eq!(error, Error::Io),
    }
    assert_kept(&space);
    end(&space);
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_disk_that_becomes_read_only_refuses_and_works_again_later() {
    const TEST: &str = "states::a_disk_that_becomes_read_only_refuses_and_works_again_later";
    on_disks(TEST, &[Disk::Tmpfs("size=8m"), SMALL_DISK], |directory| {
        let budget = budget(directory);
        let space = space(&budget, Tier::Memory);
        let file = create(&space, "memory");
        file.write_all(0, &data(10 * KIB, 1)).unwrap();
        // A file system that has an open file cannot be made read-only, so the first move is made afterwards.
        remount(directory, "ro");
        assert_unusable(directory, "Read-only file system");
        for tier in [Tier::Own, Tier::Slots] {
            set_limits(&space, tier);
            assert_eq!(create(&space, "f").write_all(0, b"x"), Err(Error::Io), "{tier:?}");
            assert_eq!(file.append_all(&data(90 * KIB, 4)), Err(Error::Io), "{tier:?}");
            assert_eq!(content(&file), data(10 * KIB, 1), "{tier:?}");
            assert_eq!(space.usage().bytes.used, 10 * 1_024, "{tier:?}");
        }
        remount(directory, "rw");
        file.append_all(&data(90 * KIB, 4)).unwrap();
        assert_eq!(content(&file), [data(10 * KIB, 1), data(90 * KIB, 4)].concat());
        end(&space);
    });
}

#[test]
fn every_tier_works_on_an_overlay() {
    const TEST: &str = "states::every_tier_works_on_an_overlay";
    on_disks(TEST, &[Disk::Overlay], |directory| {
        let budget = budget(directory);
        let space = space_of_three_tiers(&budget);
        assert_kept(&space);
        assert_eq!(names(directory), [""; 0]);
        end(&space);
        assert_eq!(names(directory), [""; 0]);
    });
}

#[test]
fn an_automatic_directory_is_the_first_that_works_and_memory_if_none_does() {
    const TEST: &str = "states::an_automatic_directory_is_the_first_that_works_and_memory_if_none_does";
    if let Some(expected) = subject_of("automatic") {
        return assert_automatic(&expected);
    }
    on_disks(TEST, &[SMALL_DISK], |directory| {
        if !hide("/var/tmp".as_ref()) {
            return skip("nothing can be mounted over the usual directory");
        }
        let missing = directory.join("missing");
        let file = directory.join("file");
        std::fs::write(&file, b"").unwrap();
        for (temporary, expected) in [(directory, "disk"), (&missing, "memory"), (&file, "memory")] {
            let output = again(&[], TEST, "automatic", expected)
                .env("TMPDIR", temporary)
                .output();
            assert_finished(&output.unwrap());
            assert_eq!(names(directory), ["file"]);
        }
    });
}

/// Makes sure that contents go where they are expected.
fn assert_automatic(expected: &str) {
    let budget = Budget::with_spill(Limits::none(), SpillDirectory::automatic());
    let limits = Limits::none().to_builder().memory(64 * 1_024).file_memory(1_000);
    let space = Space::builder(&budget).limits(limits.build().unwrap()).build().unwrap();
    let file = create(&space, "f");
    file.write_all(0, &data(10 * KIB, 1)).unwrap();
    let on_disk = if expected == "disk" { 10 * 1_024 } else { 0 };
    assert_eq!(space.usage().own_files.used, on_disk);
    assert_eq!(content(&file), data(10 * KIB, 1));
    if expected == "memory" {
        assert_eq!(file.write_all(0, &data(100 * KIB, 1)), Err(Error::InsufficientSpace));
        assert_eq!(content(&file), data(10 * KIB, 1));
    }
    end(&space);
}
