//! Files and trees that leave a space, as embedding programs see it.
#![forbid(unsafe_code)]
#![cfg(target_os = "linux")]

#[path = "../support/again.rs"]
mod again;
mod busy;
mod cuts;
mod files;
mod gate;
mod killed;
mod machine;
mod opened;
mod power;
mod targets;
mod tiers;
mod trees;

use scratch_vfs::{
    Budget, Clock, Descriptor, ExportError, Limits, OpenOptions, PersistOptions, Space, SystemClock, Target,
};
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A space, and a directory of the host to export to.
struct Setting {
    place: tempfile::TempDir,
    space: Space,
    root: Descriptor,
}

fn setting() -> Setting {
    setting_with(SystemClock)
}

fn setting_with(clock: impl Clock + 'static) -> Setting {
    let space = Space::builder(&Budget::new(Limits::none()))
        .limits(Limits::none())
        .clock(clock)
        .build()
        .expect("there is memory for a space");
    Setting {
        place: tempfile::tempdir().expect("a directory can be made"),
        root: space.root().expect("the space has a root"),
        space,
    }
}

impl Setting {
    fn target(&self, name: &str) -> Target {
        target(self.place.path(), name)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// Makes a file in the space.
    fn file(&self, path: &str, content: &[u8]) -> Descriptor {
        let file = self
            .root
            .open_at(path, &OpenOptions::new().create(true).read(true).write(true))
            .expect("the file can be made");
        file.write_all(0, content).expect("there is room");
        file
    }

    /// Makes a directory in the space, and opens it.
    fn directory(&self, path: &str) -> Descriptor {
        self.root
            .create_directory_at(path, None)
            .expect("the directory can be made");
        self.open(path)
    }

    fn open(&self, path: &str) -> Descriptor {
        self.root
            .open_at(path, &OpenOptions::new().read(true))
            .expect("it can be opened")
    }

    /// Lists everything in the directory of the host.
    fn listing(&self) -> Vec<String> {
        listing(self.place.path())
    }

    /// Checks that a file of the space can still be used, which has the content `old`.
    fn check_works(&self, file: &Descriptor, path: &str, old: &[u8]) {
        let mut content = vec![0; old.len() + 1];
        assert_eq!(file.read(0, &mut content), Ok(old.len()));
        assert_eq!(&content[..old.len()], old);
        file.write_all(0, old).expect("it can be written");
        file.set_size(u64::try_from(old.len()).expect("it is short"))
            .expect("it can be resized");
        drop(self.open(path));
        self.root
            .rename_at(path, &self.root, "renamed")
            .expect("it can be renamed");
        self.root
            .rename_at("renamed", &self.root, path)
            .expect("it can be renamed back");
        self.root.link_at(path, &self.root, "linked").expect("it can be linked");
        self.root.unlink_file_at("linked").expect("the link can be deleted");
    }
}

fn target(directory: &Path, name: &str) -> Target {
    Target::new(File::open(directory).expect("the directory can be opened"), name).expect("the name is valid")
}

/// Lists everything in a directory: paths, kinds, contents and targets of links.
fn listing(directory: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(next) = pending.pop() {
        for entry in std::fs::read_dir(&next).expect("the directory can be read") {
            let path = entry.expect("the entry can be read").path();
            let name = path
                .strip_prefix(directory)
                .expect("it is inside")
                .display()
                .to_string();
            let kind = path.symlink_metadata().expect("it exists").file_type();
            if kind.is_dir() {
                lines.push(format!("{name}/"));
                pending.push(path);
            } else if kind.is_symlink() {
                let link = std::fs::read_link(&path).expect("it is a link");
                lines.push(format!("{name} -> {}", link.display()));
            } else {
                let content = std::fs::read(&path).expect("it can be read");
                lines.push(format!("{name}: {}", String::from_utf8_lossy(&content)));
            }
        }
    }
    lines.sort();
    lines
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().expect("it exists").mode() & 0o7777
}

const REPLACE: fn() -> PersistOptions = || PersistOptions::new().replace(true);

#[track_caller]
fn assert_kind<T: std::fmt::Debug>(result: Result<T, ExportError>, kind: ErrorKind) -> ExportError {
    let error = result.expect_err("it fails");
    assert_eq!(error.kind(), kind, "{error}");
    error
}
