//! Small disks in mount namespaces, which nobody else sees and which end with their process.

use crate::again::{again, can_mount, skip, subject_of};
use crate::finish;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small file system.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Disk {
    /// With these options of mount(8).
    Tmpfs(&'static str),
    /// In an image of so many MiB, with at most so many inodes.
    Ext4 { mebibytes: u64, inodes: u64 },
    /// Over an ext4 of 64 MiB.
    Overlay,
}

const ROLE: &str = "mounted";

/// Runs a part of a test on each disk, in a process of its own. Skips it for users who may not mount.
pub(crate) fn on_disks(test: &str, disks: &[Disk], part: impl Fn(&Path)) {
    if let Some(number) = subject_of(ROLE) {
        let disk = disks[number.parse::<usize>().expect("the subject is the number of a disk")];
        if let Some(mounted) = Mounted::mount(disk) {
            part(&mounted.directory);
        }
        return;
    }
    if !can_mount() {
        return;
    }
    for number in 0..disks.len() {
        finish(&mut again(&["unshare", "--mount"], test, ROLE, &number.to_string()));
    }
}

/// A mounted disk, until it is dropped.
struct Mounted {
    directory: PathBuf,
    /// In the order of mounting.
    mounts: Vec<PathBuf>,
    _folder: tempfile::TempDir,
}

impl Mounted {
    fn mount(disk: Disk) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary directory can be made");
        let directory = folder.path().join("disk");
        std::fs::create_dir(&directory).expect("a directory can be made");
        let mut mounted = Self {
            directory: directory.clone(),
            mounts: Vec::new(),
            _folder: folder,
        };
        let is_mounted = match disk {
            Disk::Tmpfs(options) => mounted.add(&["-t", "tmpfs", "-o", options, "tmpfs"], &directory),
            Disk::Ext4 { mebibytes, inodes } => mounted.add_ext4(mebibytes, inodes),
            Disk::Overlay => mounted.add_ext4(64, 1_000) && mounted.add_overlay(),
        };
        if !is_mounted {
            skip(&format!("{disk:?} cannot be mounted"));
        }
        is_mounted.then_some(mounted)
    }

    fn add_ext4(&mut self, mebibytes: u64, inodes: u64) -> bool {
        let image = self.directory.with_file_name("image");
        let file = std::fs::File::create(&image).expect("an image can be made");
        file.set_len(mebibytes << 20).expect("the image can be sparse");
        let is_made = Command::new("mkfs.ext4")
            .args(["-q", "-m", "0", "-N", &inodes.to_string()])
            .arg(&image)
            .output()
            .is_ok_and(|output| output.status.success());
        let image = image.to_str().expect("the path is text");
        let directory = self.directory.clone();
        is_made && self.add(&["-t", "ext4", "-o", "loop", image], &directory)
    }

    /// Mounts an overlay on a directory of the present disk, and continues there.
    fn add_overlay(&mut self) -> bool {
        let part = |name: &str| {
            let part = self.directory.join(name);
            std::fs::create_dir(&part).expect("a directory can be made");
            part
        };
        let (lower, upper, work, merged) = (part("lower"), part("upper"), part("work"), part("merged"));
        let options = format!(
            "lowerdir={},upperdir={},workdir={}",
            lower.display(),
            upper.display(),
            work.display()
        );
        self.directory = merged.clone();
        self.add(&["-t", "overlay", "-o", &options, "overlay"], &merged)
    }

    fn add(&mut self, options: &[&str], directory: &Path) -> bool {
        let is_mounted = run("mount", options, directory);
        if is_mounted {
            self.mounts.push(directory.to_owned());
        }
        is_mounted
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        for mount in self.mounts.iter().rev() {
            // After a failure something may still be open. Then the end of the process unmounts it.
            run("umount", &[], mount);
        }
    }
}

/// Mounts a mounted disk again with other options.
pub(crate) fn remount(directory: &Path, option: &str) {
    let options = format!("remount,{option}");
    assert!(run("mount", &["-o", &options], directory), "{option}");
}

/// Mounts an empty, read-only file system over a directory, which this process and its children see.
pub(crate) fn hide(directory: &Path) -> bool {
    run("mount", &["-t", "tmpfs", "-o", "ro", "tmpfs"], directory)
}

fn run(tool: &str, options: &[&str], directory: &Path) -> bool {
    Command::new(tool)
        .args(options)
        .arg(directory)
        .output()
        .is_ok_and(|output| output.status.success())
}
