//! Persists of trees, and exports of whole spaces.

use crate::*;
use scratch_vfs::{Error, ExportLimit, ExportLimits, Links, PersistTreeOptions};

#[test]
fn a_tree_leaves_the_space_complete() {
    let setting = setting();
    let top = setting.directory("d");
    setting.directory("d/empty");
    setting.directory("d/e");
    setting.file("d/e/f", b"f");
    let open = setting.file("d/g", &[b'g'; 10]);
    setting.file("stays", b"s");
    let options = PersistTreeOptions::new();
    let done = setting.space.persist_tree(&top, &setting.target("t"), options).unwrap();
    assert_eq!((done.files, done.directories, done.bytes), (2, 3, 11));
    assert_eq!(
        setting.listing(),
        ["t/", "t/e/", "t/e/f: f", "t/empty/", "t/g: gggggggggg"]
    );
    assert_eq!(setting.root.list().unwrap().collect().unwrap().len(), 1);
    assert_eq!(top.stat_at("g", true).unwrap_err(), Error::NoEntry);
    assert_eq!(
        (open.read(0, &mut [0]), open.stat()),
        (Err(Error::NoEntry), Err(Error::NoEntry))
    );
    drop((top, open));
    let usage = setting.space.usage();
    assert_eq!((usage.entries.used, usage.bytes.used), (1, 1));
}

#[test]
fn a_whole_space_is_copied_and_stays() {
    let setting = setting();
    setting.directory("d");
    let file = setting.file("d/f", b"f");
    let before = setting.space.usage();
    let done = setting.space.export(&setting.target("t"), ExportLimits::new()).unwrap();
    assert_eq!((done.files, done.directories, done.bytes), (1, 2, 1));
    assert_eq!(setting.listing(), ["t/", "t/d/", "t/d/f: f"]);
    setting.check_works(&file, "d/f", b"f");
    assert_eq!(setting.space.usage().entries.used, before.entries.used);
    setting.space.end();
    assert_kind(
        setting.space.export(&setting.target("u"), ExportLimits::new()),
        ErrorKind::NotFound,
    );
}

#[test]
fn permissions_are_those_of_new_files_and_directories() {
    let setting = setting();
    std::fs::create_dir(setting.path("probe")).unwrap();
    File::create(setting.path("probe/file")).unwrap();
    setting.directory("d");
    setting.file("d/f", b"f");
    setting.space.export(&setting.target("t"), ExportLimits::new()).unwrap();
    for (ours, probe) in [("t", "probe"), ("t/d", "probe"), ("t/d/f", "probe/file")] {
        assert_eq!(mode(&setting.path(ours)), mode(&setting.path(probe)), "{ours}");
    }
    // Nobody else can look at it before it is complete.
    let mut job = setting
        .space
        .begin_export(&setting.target("u"), ExportLimits::new())
        .unwrap();
    job.step().unwrap();
    let names = std::fs::read_dir(setting.place.path()).unwrap();
    let hidden: Vec<_> = names
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("t") && !path.ends_with("probe"))
        .collect();
    assert_eq!((hidden.len(), mode(&hidden[0])), (1, 0o700));
}

#[test]
fn links_are_left_out_unless_they_stay_inside() {
    let setting = setting();
    let top = setting.directory("d");
    setting.directory("d/e");
    setting.file("d/e/f", b"f");
    for (target, path) in [
        ("e/f", "d/inside"),
        ("../e/f", "d/e/up"),
        ("../../etc/passwd", "d/e/out"),
        ("..", "d/above"),
        // `loop` leads to the top, so `e/loop/..` would lead out.
        ("..", "d/e/loop"),
        ("e/loop/../secret", "d/trick"),
        ("nowhere", "d/dangling"),
    ] {
        setting.root.symlink_at(target, path, None).unwrap();
    }
    let done = setting
        .space
        .export(&setting.target("without"), ExportLimits::new())
        .unwrap();
    assert_eq!((done.links_left_out, done.links_kept), (7, 0));
    let options = PersistTreeOptions::new().links(Links::KeepInside);
    let done = setting
        .space
        .persist_tree(&top, &setting.target("with"), options)
        .unwrap();
    assert_eq!((done.links_left_out, done.links_kept), (3, 4));
    assert_eq!(
        setting.listing(),
        [
            "with/",
            "with/dangling -> nowhere",
            "with/e/",
            "with/e/f: f",
            "with/e/loop -> ..",
            "with/e/up -> ../e/f",
            "with/inside -> e/f",
            "without/",
            "without/d/",
            "without/d/e/",
            "without/d/e/f: f",
        ]
    );
}

#[test]
fn a_file_with_several_names_keeps_them() {
    let setting = setting();
    let top = setting.directory("d");
    setting.directory("d/e");
    setting.file("d/one", b"shared");
    setting.root.link_at("d/one", &setting.root, "d/e/two").unwrap();
    setting.root.link_at("d/one", &setting.root, "d/three").unwrap();
    setting.file("d/other", b"alone");
    let options = PersistTreeOptions::new();
    let done = setting.space.persist_tree(&top, &setting.target("t"), options).unwrap();
    assert_eq!((done.files, done.bytes), (4, 11));
    let found = ["t/one", "t/e/two", "t/three", "t/other"].map(|name| setting.path(name).metadata().unwrap());
    assert_eq!(found.each_ref().map(|found| found.nlink()), [3, 3, 3, 1]);
    assert!(found[0].ino() == found[1].ino() && found[1].ino() == found[2].ino());
    assert_eq!(setting.listing().len(), 6);
}

/// Makes a chain of directories, and returns the deepest.
fn chain(setting: &Setting, levels: usize) -> Descriptor {
    let mut at = setting.directory("d");
    for _ in 1..levels {
        at.create_directory_at("d", None).unwrap();
        at = at.open_at("d", &OpenOptions::new().read(true)).unwrap();
    }
    at
}

#[test]
fn a_tree_has_at_most_256_levels() {
    let setting = setting();
    let last = chain(&setting, 256);
    last.create_directory_at("too-deep", None).unwrap();
    let error = setting
        .space
        .persist_tree(&setting.open("d"), &setting.target("t"), PersistTreeOptions::new())
        .unwrap_err();
    match error {
        ExportError::Limit { path, limit, value } => {
            assert_eq!((limit, value), (ExportLimit::Depth, 256));
            assert!(path.starts_with(b"t/d/d/") && path.ends_with(b"/too-deep"));
        }
        error => panic!("{error}"),
    }
    assert!(setting.listing().is_empty());
    last.remove_directory_at("too-deep").unwrap();
    let file = last.open_at("f", &OpenOptions::new().create(true).write(true)).unwrap();
    file.write_all(0, b"deep").unwrap();
    let done = setting
        .space
        .persist_tree(&setting.open("d"), &setting.target("t"), PersistTreeOptions::new())
        .unwrap();
    assert_eq!((done.directories, done.files), (256, 1));
    let deep = format!("t{}/f: deep", "/d".repeat(255));
    assert!(setting.listing().contains(&deep));
}

#[test]
fn limits_fail_the_whole_export() {
    let setting = setting();
    setting.directory("d");
    setting.file("d/f", &[0; 100]);
    let target = setting.target("t");
    // Two directories and a file.
    for (limits, limit) in [
        (ExportLimits::new().bytes(99), ExportLimit::Bytes),
        (ExportLimits::new().entries(2), ExportLimit::Entries),
        (ExportLimits::new().depth(1), ExportLimit::Depth),
    ] {
        let error = assert_kind(setting.space.export(&target, limits), ErrorKind::QuotaExceeded);
        assert!(
            matches!(error, ExportError::Limit { limit: found, .. } if found == limit),
            "{error}"
        );
        assert!(setting.listing().is_empty());
    }
    let exact = ExportLimits::new().bytes(100).entries(3).depth(2);
    setting.space.export(&target, exact).unwrap();
}

#[test]
fn the_root_and_files_are_not_persisted_as_trees() {
    let setting = setting();
    let file = setting.file("f", b"");
    let (target, options) = (setting.target("t"), PersistTreeOptions::new());
    assert_kind(
        setting.space.persist_tree(&setting.root, &target, options),
        ErrorKind::PermissionDenied,
    );
    assert_kind(
        setting.space.persist_tree(&file, &target, options),
        ErrorKind::NotADirectory,
    );
    let top = setting.directory("d");
    setting.root.remove_directory_at("d").unwrap();
    assert_kind(setting.space.persist_tree(&top, &target, options), ErrorKind::NotFound);
}

#[test]
fn an_error_names_the_path_escaped() {
    let setting = setting();
    setting.directory("d\u{1b}[31m");
    let error = setting
        .space
        .export(&setting.target("t"), ExportLimits::new().depth(1))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`t/d\\x1b[31m` exceeds the limit of 1 levels of directories"
    );
}
