//! A power failure: what a disk holds at a moment, without anything that was not written to it yet.

use crate::again::{again, assert_finished, can_mount, skip, subject_of};
use crate::tiers::{ALL, Ready, Tier, What, after, before, prepare, target_of};
use crate::*;
use scratch_vfs::Progress;
use std::process::Command;

/// Size of the disk, in bytes. Each copy of it takes that much time and room.
const DISK: u64 = 16 << 20;

/// Options with which the system writes nothing to the disk by itself while a test runs, and nothing because a file is replaced.
const OPTIONS: &str = "loop,commit=300,noauto_da_alloc";

/// A mounted image of a disk, until it is dropped. Its loop device ends with the mount.
struct Mount {
    directory: PathBuf,
}

impl Mount {
    fn new(image: &Path, directory: PathBuf, options: &str) -> Option<Self> {
        std::fs::create_dir(&directory).expect("a directory can be made");
        let mounted = Command::new("mount")
            .args(["-t", "ext4", "-o", options])
            .arg(image)
            .arg(&directory)
            .output();
        let is_mounted = mounted.is_ok_and(|output| output.status.success());
        is_mounted.then_some(Self { directory })
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(&self.directory).status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

/// A disk whose power can fail.
struct Disk {
    // The fields are dropped in this order.
    mount: Mount,
    folder: tempfile::TempDir,
}

impl Disk {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a directory can be made");
        let image = folder.path().join("image");
        let file = File::create(&image).expect("an image can be made");
        file.set_len(DISK).expect("the image can be sparse");
        let made = Command::new("mkfs.ext4")
            .args(["-q", "-E", "lazy_itable_init=0,lazy_journal_init=0"])
            .arg(&image)
            .output();
        if !made.is_ok_and(|output| output.status.success()) {
            return None;
        }
        let mount = Mount::new(&image, folder.path().join("disk"), OPTIONS)?;
        Some(Self { mount, folder })
    }

    fn directory(&self) -> &Path {
        &self.mount.directory
    }

    /// Writes everything to the disk.
    fn synchronize(&self) {
        let directory = File::open(self.directory()).expect("the directory can be opened");
        rustix::fs::syncfs(&directory).expect("the disk works");
    }

    /// Lists what is in the directory of the target if the power fails now and comes back.
    fn listing_after_failure(&self) -> Vec<String> {
        let copy = self.folder.path().join("copy");
        std::fs::copy(self.folder.path().join("image"), &copy).expect("there is room");
        let directory = self.folder.path().join("after");
        let mount = Mount::new(&copy, directory.clone(), "loop").expect("the copy can be mounted");
        let listing = listing(&target_of(&mount.directory));
        drop(mount);
        std::fs::remove_dir(directory).expect("nothing is mounted there");
        listing
    }
}

/// Runs a part of a test in a mount namespace of its own, so that its mounts end with it in any case.
fn with_disks(test: &str, part: impl Fn(What, &Disk)) {
    if subject_of("mounted").is_some() {
        for what in ALL {
            let Some(disk) = Disk::new() else {
                return skip("an image of a disk cannot be mounted");
            };
            prepare(disk.directory(), what);
            disk.synchronize();
            part(what, &disk);
        }
        return;
    }
    if can_mount() {
        let output = again(&["unshare", "--mount"], test, "mounted", "").output();
        assert_finished(&output.expect("the helper process starts"));
    }
}

#[test]
fn what_was_exported_is_whole_after_a_power_failure() {
    const TEST: &str = "power::what_was_exported_is_whole_after_a_power_failure";
    with_disks(TEST, |what, disk| {
        let ready = Ready::new(disk.directory(), what);
        assert!(disk.listing_after_failure() == before(what), "{what:?}");
        assert_eq!(ready.run().unsynchronized, None);
        // This is lost, or else the copy of the disk shows more than what was written to it.
        std::fs::write(target_of(disk.directory()).join("lost"), "lost").unwrap();
        let found = disk.listing_after_failure();
        assert!(found == after(what), "{what:?}: {:.200}", format!("{found:?}"));
    });
}

#[test]
fn a_power_failure_between_two_steps_leaves_a_target_whole_or_absent() {
    const TEST: &str = "power::a_power_failure_between_two_steps_leaves_a_target_whole_or_absent";
    with_disks(TEST, |what, disk| {
        if !matches!(what, What::Replacing(Tier::Own) | What::File(Tier::Slots) | What::Tree) {
            return;
        }
        let ready = Ready::new(disk.directory(), what);
        let mut job = ready.begin();
        loop {
            let progress = job.step().unwrap();
            let mut found = disk.listing_after_failure();
            found.retain(|line| !line.starts_with(".scratch-"));
            let expected = match progress {
                Progress::More => before(what),
                Progress::Done => after(what),
            };
            assert!(found == expected, "{what:?}: {:.200}", format!("{found:?}"));
            if progress == Progress::Done {
                break;
            }
        }
    });
}
