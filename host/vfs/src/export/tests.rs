//! Persists of contents that are in files of their own on disk, and the fallbacks.

use super::file::Method;
use super::*;
use crate::convert::to_u64;
use crate::{Budget, Descriptor, Error, Limits, OpenOptions, Reserve, Space, SpillDirectory};
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

struct Setting {
    place: tempfile::TempDir,
    space: Space,
    root: Descriptor,
}

/// Makes a space whose files are all on disk, in the same file system as the directory.
fn setting() -> Setting {
    let place = tempfile::tempdir().unwrap();
    let limits = Limits::none().to_builder().file_memory(0).build().unwrap();
    let spill = SpillDirectory::builder()
        .reserve(Reserve::Bytes(0))
        .open(place.path())
        .unwrap();
    let space = Space::builder(&Budget::with_spill(Limits::none(), spill))
        .limits(limits)
        .build()
        .unwrap();
    let root = space.root().unwrap();
    Setting { place, space, root }
}

impl Setting {
    fn file(&self, content: &[u8]) -> Descriptor {
        let options = OpenOptions::new().create(true).read(true).write(true);
        let file = self.root.open_at("f", &options).unwrap();
        file.write_all(0, content).unwrap();
        file
    }

    fn target(&self, name: &str) -> Target {
        Target::new(File::open(self.place.path()).unwrap(), name).unwrap()
    }

    fn names(&self) -> Vec<String> {
        names(self.place.path())
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.place.path().join(name)).unwrap()
    }
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

const REPLACE: PersistOptions = PersistOptions { replace: true };
const KEEP: PersistOptions = PersistOptions { replace: false };

/// Returns the permissions that a new file gets.
fn default_mode(directory: &Path) -> u32 {
    let probe = directory.join("probe");
    File::create(&probe).unwrap();
    let mode = std::fs::metadata(&probe).unwrap().mode() & 0o7777;
    std::fs::remove_file(&probe).unwrap();
    mode
}

#[test]
fn an_own_file_gets_a_name_and_is_not_copied() {
    for options in [KEEP, REPLACE] {
        let setting = setting();
        if options == REPLACE {
            std::fs::write(setting.place.path().join("t"), "old").unwrap();
        }
        let file = setting.file(b"content");
        let own = own_inode(&file);
        let done = setting
            .space
            .persist_file(&file, &setting.target("t"), options)
            .unwrap();
        assert!(done.is_linked && done.bytes == 7 && done.files == 1);
        assert_eq!(
            (setting.read("t"), setting.names()),
            (b"content".to_vec(), vec!["t".to_owned()])
        );
        let found = std::fs::metadata(setting.place.path().join("t")).unwrap();
        assert_eq!((found.ino(), found.nlink()), (own, 1));
        assert_eq!(found.mode() & 0o7777, default_mode(setting.place.path()));
        assert_eq!(file.read(0, &mut [0; 9]), Err(Error::NoEntry));
        assert_eq!(setting.space.usage().bytes.used, 0);
    }
}

fn own_inode(file: &Descriptor) -> u64 {
    file.shared_content().unwrap().inspect(|body, _| match body {
        crate::content::Body::Disk(disk) => disk.own_file().unwrap().file().metadata().unwrap().ino(),
        _ => panic!("the content is on disk"),
    })
}

#[test]
fn no_inode_is_on_both_sides() {
    // Another descriptor, another name, and a real file in the hands of the embedding program.
    for case in 0..3 {
        let setting = setting();
        let file = setting.file(b"content");
        let own = own_inode(&file);
        let other = (case == 0).then(|| file.try_clone().unwrap());
        if case == 1 {
            setting.root.link_at("f", &setting.root, "g").unwrap();
        }
        let lent = (case == 2).then(|| setting.space.open_file(&file).unwrap());
        let done = setting.space.persist_file(&file, &setting.target("t"), KEEP).unwrap();
        assert!(!done.is_linked, "{case}");
        let found = std::fs::metadata(setting.place.path().join("t")).unwrap();
        assert_ne!(found.ino(), own, "{case}");
        assert_eq!(setting.read("t"), b"content");
        assert_eq!(setting.root.stat_at("f", false).unwrap_err(), Error::NoEntry);
        assert_eq!(setting.root.stat_at("g", false).unwrap_err(), Error::NoEntry);
        if let Some(other) = other {
            assert_eq!(other.stat(), Err(Error::NoEntry));
        }
        if let Some(mut lent) = lent {
            let mut text = String::new();
            lent.read_to_string(&mut text).unwrap();
            assert_eq!(text, "content");
        }
    }
}

#[test]
fn a_link_that_was_taken_back_is_made_up_for_by_a_copy() {
    let setting = setting();
    let file = setting.file(b"content");
    // A directory is never replaced, so the link beside it is taken back.
    std::fs::create_dir(setting.place.path().join("d")).unwrap();
    let error = setting
        .space
        .persist_file(&file, &setting.target("d"), REPLACE)
        .unwrap_err();
    assert!(
        matches!(
            error,
            ExportError::Host {
                action: Action::Publish,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(setting.names(), ["d"]);
    file.write_all(0, b"CONTENT").unwrap();
    let done = setting
        .space
        .persist_file(&file, &setting.target("t"), REPLACE)
        .unwrap();
    assert!(!done.is_linked);
    assert_eq!(
        (setting.read("t"), setting.names()),
        (b"CONTENT".to_vec(), vec!["d".to_owned(), "t".to_owned()])
    );
}

#[test]
fn a_file_system_without_nameless_files_gets_a_private_copy_first() {
    for options in [KEEP, REPLACE] {
        let setting = setting();
        if options == REPLACE {
            std::fs::write(setting.place.path().join("t"), "old").unwrap();
        }
        let file = setting.file(&[7; 100]);
        let target = setting.target("t");
        let begin = || {
            setting
                .space
                .begin_persist_file_by(&file, &target, options, Method::CopyNamed)
                .unwrap()
        };
        // Cut short at every step.
        let before = setting.names();
        for steps in 0.. {
            let mut job = begin();
            let mut is_done = false;
            for _ in 0..steps {
                is_done = job.step().unwrap() == Progress::Done;
                let copy = setting.names().into_iter().find(|name| name.starts_with('.'));
                if let Some(copy) = copy.filter(|_| steps == 1) {
                    let mode = std::fs::metadata(setting.place.path().join(copy)).unwrap().mode();
                    assert_eq!(mode & 0o7777, 0o600);
                }
            }
            drop(job);
            if is_done {
                break;
            }
            assert_eq!(setting.names(), before);
            file.write_all(0, &[8; 1]).unwrap();
        }
        assert_eq!((setting.read("t").len(), setting.names()), (100, vec!["t".to_owned()]));
        let mode = std::fs::metadata(setting.place.path().join("t")).unwrap().mode();
        assert_eq!(mode & 0o7777, default_mode(setting.place.path()));
    }
}

#[test]
fn somebody_elses_entry_under_a_random_name_stays() {
    let place = tempfile::tempdir().unwrap();
    let directory = Arc::new(File::open(place.path()).unwrap());
    let copy = new_file::NewFile::named(&directory).unwrap();
    let [name] = &names(place.path())[..] else {
        panic!("the copy has a name")
    };
    std::fs::remove_file(place.path().join(name)).unwrap();
    std::fs::write(place.path().join(name), "theirs").unwrap();
    drop(copy);
    assert_eq!(std::fs::read(place.path().join(name)).unwrap(), b"theirs");
    assert_eq!(names(place.path()).len(), 1);

    // It is not published either.
    let mut copy = new_file::NewFile::named(&directory).unwrap();
    let beside = names(place.path()).into_iter().find(|found| found != name).unwrap();
    std::fs::rename(place.path().join(name), place.path().join(&beside)).unwrap();
    assert!(copy.publish(b"t", true).is_err());
    drop(copy);
    assert_eq!(names(place.path()), [beside]);

    // The same for a tree.
    let place = tempfile::tempdir().unwrap();
    let directory = Arc::new(File::open(place.path()).unwrap());
    let tree = new_tree::NewTree::new(&directory).unwrap();
    let [name] = &names(place.path())[..] else {
        panic!("the tree has a name")
    };
    std::fs::rename(place.path().join(name), place.path().join("moved")).unwrap();
    std::fs::create_dir(place.path().join(name)).unwrap();
    std::fs::write(place.path().join(name).join("f"), "theirs").unwrap();
    let mut tree = tree;
    assert!(tree.publish(b"t").is_err());
    drop(tree);
    assert_eq!(std::fs::read(place.path().join(name).join("f")).unwrap(), b"theirs");
}

#[test]
fn an_own_file_that_is_sparse_is_copied_sparse() {
    let setting = setting();
    let file = setting.file(b"begin");
    file.write_all(64 << 20, b"end").unwrap();
    let _other = file.try_clone().unwrap();
    let done = setting.space.persist_file(&file, &setting.target("t"), KEEP).unwrap();
    assert!(!done.is_linked);
    let found = std::fs::metadata(setting.place.path().join("t")).unwrap();
    assert_eq!(found.size(), (64 << 20) + 3);
    assert!(found.blocks() < 1_000, "{} blocks", found.blocks());
    let content = setting.read("t");
    assert!(content.starts_with(b"begin\0") && content.ends_with(b"\0end"));
    assert_eq!(content.iter().filter(|byte| **byte != 0).count(), 8);
    assert_eq!(done.bytes, to_u64(content.len()));
}

#[test]
fn the_end_and_revoking_removals_wait_while_a_file_gets_its_name() {
    for case in 0..3 {
        let setting = setting();
        let file = setting.file(b"content");
        let gate = setting.space.volume().lock_gate();
        std::thread::scope(|scope| {
            scope.spawn(|| match case {
                0 => setting.root.remove_all_at("f", crate::Opened::Revoke).is_ok(),
                1 => setting.space.reset().is_ok(),
                _ => setting.space.end().entries > 0,
            });
            for _ in 0..10_000 {
                std::thread::yield_now();
                assert_eq!(file.read(0, &mut [0; 9]), Ok(7));
            }
            drop(gate);
        });
        assert_eq!(file.read(0, &mut [0; 9]), Err(Error::NoEntry));
    }
}

#[test]
fn a_content_in_slots_is_copied_with_its_holes() {
    let place = tempfile::tempdir().unwrap();
    let spill = SpillDirectory::builder()
        .reserve(Reserve::Bytes(0))
        .open(place.path())
        .unwrap();
    // No memory is left for any file, so each goes to slots.
    let limits = Limits::none().to_builder().memory(0).file_memory(None);
    let space = Space::builder(&Budget::with_spill(Limits::none(), spill))
        .limits(limits.build().unwrap())
        .build()
        .unwrap();
    let options = OpenOptions::new().create(true).read(true).write(true);
    let file = space.root().unwrap().open_at("f", &options).unwrap();
    for (offset, data) in [(0, &b"first"[..]), (5 << 20, b"middle"), ((64 << 20) + 9, b"last")] {
        file.write_all(offset, data).unwrap();
    }
    file.set_size(1 << 40).unwrap();
    assert!(space.usage().slots.used > 0);
    let target = Target::new(File::open(place.path()).unwrap(), "t").unwrap();
    space.persist_file(&file, &target, KEEP).unwrap();
    let new = File::open(place.path().join("t")).unwrap();
    let found = new.metadata().unwrap();
    assert_eq!(found.size(), 1 << 40);
    assert!(found.blocks() < 1_000, "{} blocks", found.blocks());
    let mut content = vec![1; 65 << 20];
    std::os::unix::fs::FileExt::read_exact_at(&new, &mut content, 0).unwrap();
    assert_eq!(
        (&content[..5], &content[5 << 20..(5 << 20) + 6]),
        (&b"first"[..], &b"middle"[..])
    );
    assert_eq!(&content[(64 << 20) + 9..][..4], b"last");
    assert_eq!(content.iter().filter(|byte| **byte != 0).count(), 15);
    assert_eq!(space.usage().slots.used, 0);
}

#[test]
fn a_content_that_ends_in_a_hole_is_complete() {
    let setting = setting();
    let file = setting.file(b"content");
    file.set_size(100).unwrap();
    let mut text = Vec::new();
    setting.space.open_file(&file).unwrap().read_to_end(&mut text).unwrap();
    assert_eq!(text.len(), 100);
    setting.space.persist_file(&file, &setting.target("t"), KEEP).unwrap();
    assert_eq!(setting.read("t"), text);
}
