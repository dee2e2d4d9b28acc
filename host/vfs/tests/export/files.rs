//! Persists of single files.

use crate::*;
use scratch_vfs::Error;

#[test]
fn a_persisted_file_is_outside_and_nowhere_else() {
    let setting = setting();
    let content = vec![7; 3 << 20];
    let file = setting.file("f", &content);
    let twin = file.try_clone().unwrap();
    setting.root.link_at("f", &setting.root, "g").unwrap();
    let done = setting
        .space
        .persist_file(&file, &setting.target("t"), PersistOptions::new())
        .unwrap();
    assert_eq!((done.files, done.bytes, done.is_linked), (1, 3 << 20, false));
    assert_eq!(done.unsynchronized, None);
    assert_eq!(std::fs::read(setting.path("t")).unwrap(), content);
    assert_eq!(std::fs::read_dir(setting.place.path()).unwrap().count(), 1);
    for gone in [&file, &twin] {
        assert_eq!(gone.read(0, &mut [0]), Err(Error::NoEntry));
        assert_eq!(gone.write(0, b"x"), Err(Error::NoEntry));
        assert_eq!((gone.stat(), gone.sync()), (Err(Error::NoEntry), Err(Error::NoEntry)));
        assert_eq!(gone.try_clone().unwrap_err(), Error::NoEntry);
        assert_eq!(setting.root.link_descriptor_at(gone, "again"), Err(Error::NoEntry));
    }
    assert!(setting.root.list().unwrap().collect().unwrap().is_empty());
    let usage = setting.space.usage();
    assert_eq!((usage.bytes.used, usage.memory.used), (0, 0));
    drop((file, twin));
    assert_eq!(setting.space.usage().entries.used, 0);
}

#[test]
fn a_file_without_a_name_and_an_empty_one_are_persisted_too() {
    let setting = setting();
    let file = setting.space.create_nameless(None).unwrap();
    file.write_all(0, b"x").unwrap();
    let options = PersistOptions::new();
    setting
        .space
        .persist_file(&file, &setting.target("t"), options)
        .unwrap();
    setting
        .space
        .persist_file(&setting.file("f", b""), &setting.target("empty"), options)
        .unwrap();
    assert_eq!(setting.listing(), ["empty: ", "t: x"]);
}

#[test]
fn permissions_are_those_of_any_new_file() {
    let setting = setting();
    let other = tempfile::tempdir().unwrap();
    File::create(other.path().join("probe")).unwrap();
    for (options, name) in [(PersistOptions::new(), "new"), (REPLACE(), "replaced")] {
        setting
            .space
            .persist_file(&setting.file("f", b"x"), &setting.target(name), options)
            .unwrap();
        assert_eq!(mode(&setting.path(name)), mode(&other.path().join("probe")));
    }
}

#[test]
fn holes_stay_holes() {
    let setting = setting();
    let file = setting.file("f", b"");
    // The parts are in the first page, in the middle of a page, and in the last one. The file ends in a hole.
    for (offset, data) in [(100, &b"first"[..]), (5 << 20, b"middle"), ((1 << 30) - 7, b"last")] {
        file.write_all(offset, data).unwrap();
    }
    file.set_size(1 << 40).unwrap();
    setting
        .space
        .persist_file(&file, &setting.target("t"), PersistOptions::new())
        .unwrap();
    let found = std::fs::metadata(setting.path("t")).unwrap();
    assert_eq!(found.size(), 1 << 40);
    assert!(found.blocks() < 1_000, "{} blocks", found.blocks());
    use std::os::unix::fs::FileExt as _;
    let new = File::open(setting.path("t")).unwrap();
    let mut content = vec![1; 6 << 20];
    new.read_exact_at(&mut content, 0).unwrap();
    assert_eq!(
        (&content[100..105], &content[5 << 20..(5 << 20) + 6]),
        (&b"first"[..], &b"middle"[..])
    );
    assert_eq!(content.iter().filter(|byte| **byte != 0).count(), 11);
    let mut last = [1; 16];
    new.read_exact_at(&mut last, (1 << 30) - 10).unwrap();
    assert_eq!(&last, b"\0\0\0last\0\0\0\0\0\0\0\0\0");
}

#[test]
fn only_files_of_the_same_space_are_persisted() {
    let (setting, other) = (setting(), setting());
    let options = PersistOptions::new();
    let target = setting.target("t");
    let file = setting.file("f", b"x");
    assert_kind(
        setting.space.persist_file(&setting.root, &target, options),
        ErrorKind::IsADirectory,
    );
    assert_kind(
        other.space.persist_file(&file, &target, options),
        ErrorKind::CrossesDevices,
    );
    setting.space.remove(&file, scratch_vfs::Opened::Revoke).unwrap();
    assert_kind(setting.space.persist_file(&file, &target, options), ErrorKind::NotFound);
    let file = setting.file("f", b"x");
    setting.space.end();
    assert_kind(setting.space.persist_file(&file, &target, options), ErrorKind::NotFound);
    assert!(setting.listing().is_empty());
}

#[test]
fn a_target_has_one_name() {
    for name in ["", ".", "..", "a/b", "/a", "a/", "a\0b"] {
        let made = Target::new(File::open("/").unwrap(), name);
        assert!(matches!(made, Err(ExportError::InvalidName { .. })), "{name:?}");
    }
}
