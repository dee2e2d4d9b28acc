//! What is busy while it is persisted.

use crate::*;
use scratch_vfs::{Access, Error, Opened, PersistTreeOptions, Progress, Tag};

#[test]
fn a_file_that_is_persisted_is_busy_and_can_be_read() {
    let setting = setting();
    let root = &setting.root;
    let file = setting.file("f", b"content");
    setting.file("g", b"other");
    let id = setting.space.info(&file).unwrap().id;
    let job = setting
        .space
        .begin_persist_file(&file, &setting.target("t"), PersistOptions::new())
        .unwrap();
    let busy = Err(Error::Busy);
    let both = OpenOptions::new().read(true).write(true);
    assert_eq!(root.open_at("f", &OpenOptions::new()).unwrap_err(), Error::Busy);
    assert_eq!(root.open_at("f", &both.truncate(true)).unwrap_err(), Error::Busy);
    assert_eq!(file.try_clone().unwrap_err(), Error::Busy);
    let access = Access {
        read: true,
        write: false,
    };
    assert_eq!(setting.space.open(id, access).unwrap_err(), Error::Busy);
    assert_eq!(root.link_at("f", root, "h"), busy);
    assert_eq!(root.link_descriptor_at(&file, "h"), busy);
    assert_eq!(root.rename_at("f", root, "h"), busy);
    assert_eq!(root.rename_at("g", root, "f"), busy);
    assert_eq!(root.unlink_file_at("f"), busy);
    assert_eq!(root.remove_all_at("f", Opened::Keep).unwrap_err(), Error::Busy);
    assert_eq!(setting.space.remove(&file, Opened::Keep).unwrap_err(), Error::Busy);
    assert_eq!(
        (file.write(0, b"x"), file.append(b"x")),
        (Err(Error::Busy), Err(Error::Busy))
    );
    assert_eq!((file.write_all(0, b"x"), file.append_all(b"x")), (busy, busy));
    assert_eq!((file.set_size(0), file.set_size(100)), (busy, busy));
    let error = assert_kind(
        setting
            .space
            .persist_file(&file, &setting.target("u"), PersistOptions::new()),
        ErrorKind::ResourceBusy,
    );
    assert!(matches!(
        error,
        ExportError::Space {
            source: Error::Busy,
            ..
        }
    ));
    // Reads go on, and so does everything else.
    let mut buffer = [0; 9];
    assert_eq!(file.read(0, &mut buffer), Ok(7));
    assert_eq!(
        (file.stat().unwrap().size, root.stat_at("f", true).unwrap().size),
        (7, 7)
    );
    setting.file("g", b"more");
    drop(job);
    setting.check_works(&file, "f", b"content");
    assert_eq!(setting.space.usage().bytes.used, 12);
    assert!(setting.listing().is_empty());
}

#[test]
fn a_tree_is_busy_as_far_as_it_was_reached() {
    let setting = setting();
    let root = &setting.root;
    let top = setting.directory("d");
    let inner = setting.directory("d/e");
    let file = setting.file("d/e/f", b"content");
    root.link_at("d/e/f", root, "outside").unwrap();
    let outside = root
        .open_at("outside", &OpenOptions::new().read(true).write(true))
        .unwrap();
    let mut job = setting
        .space
        .begin_persist_tree(&top, &setting.target("t"), PersistTreeOptions::new())
        .unwrap();
    let busy = Err(Error::Busy);
    assert_eq!(root.open_at("d", &OpenOptions::new()).unwrap_err(), Error::Busy);
    assert_eq!(root.rename_at("d", root, "x"), busy);
    assert_eq!(root.rename_at("outside", &top, "x"), busy);
    assert_eq!(root.remove_all_at("d", Opened::Keep).unwrap_err(), Error::Busy);
    assert_eq!(top.create_directory_at("x", None), busy);
    assert_eq!(top.symlink_at("x", "y", None), busy);
    assert_eq!(top.link_at("e/f", &top, "x"), busy);
    let create = OpenOptions::new().create(true).write(true);
    assert_eq!(top.open_at("x", &create).unwrap_err(), Error::Busy);
    // The file is reached a few steps later, and written until then.
    let mut written = 0;
    while file.write_all(0, b"CONTENT").is_ok() {
        written += 1;
        assert_eq!(job.step().unwrap(), Progress::More);
    }
    assert!(written > 1);
    assert_eq!((outside.write_all(0, b"x"), outside.set_size(0)), (busy, busy));
    assert_eq!(inner.unlink_file_at("f"), busy);
    assert_eq!(inner.create_directory_at("x", None), busy);
    assert_eq!(root.unlink_file_at("outside"), busy);
    assert_eq!(top.list().unwrap().collect().unwrap().len(), 1);
    assert!(setting.space.walk(&top).unwrap().next().unwrap().is_some());
    job.run().unwrap();
    assert_eq!(setting.listing(), ["t/", "t/e/", "t/e/f: CONTENT"]);
    assert_eq!(top.stat_at("e", true).unwrap_err(), Error::NoEntry);
    // The name outside of the tree keeps the file.
    outside.write_all(0, b"changed").unwrap();
    assert_eq!(
        (file.read(0, &mut [0; 9]), setting.space.usage().entries.used > 0),
        (Ok(7), true)
    );
    setting.check_works(&outside, "outside", b"changed");
    assert_eq!(setting.listing(), ["t/", "t/e/", "t/e/f: CONTENT"]);
}

#[test]
fn a_tree_that_was_dropped_midway_works_as_before() {
    for steps in 0.. {
        let setting = setting();
        let top = setting.directory("d");
        setting.directory("d/e");
        let file = setting.file("d/e/f", b"content");
        let mut job = setting
            .space
            .begin_persist_tree(&top, &setting.target("t"), PersistTreeOptions::new())
            .unwrap();
        if (0..steps).any(|_| job.step().unwrap() == Progress::Done) {
            break;
        }
        drop(job);
        assert!(setting.listing().is_empty());
        setting.check_works(&file, "d/e/f", b"content");
        top.create_directory_at("x", None).unwrap();
        setting.root.rename_at("d/e", &setting.root, "e").unwrap();
        setting.root.remove_all_at("d", Opened::Keep).unwrap();
    }
}

#[test]
fn a_revoking_removal_cuts_a_persist_short() {
    for steps in 0.. {
        let setting = setting();
        let top = setting.directory("d");
        let file = setting.file("d/f", b"content");
        let tag = Tag(1);
        setting.space.set_tag(&file, Some(tag)).unwrap();
        let mut jobs = [setting
            .space
            .begin_persist_file(&file, &setting.target("t"), PersistOptions::new())
            .unwrap()];
        if (0..steps).any(|_| jobs[0].step().unwrap() == Progress::Done) {
            break;
        }
        setting.space.remove_tagged(tag, Opened::Revoke).unwrap();
        assert!(setting.listing().is_empty());
        assert!(matches!(jobs[0].step(), Err(ExportError::Cut)));
        assert_eq!(setting.space.usage().bytes.used, 0);

        setting.file("d/g", b"content");
        let mut job = setting
            .space
            .begin_persist_tree(&top, &setting.target("t"), PersistTreeOptions::new())
            .unwrap();
        for _ in 0..steps {
            job.step().unwrap();
        }
        setting.root.remove_all_at("d", Opened::Revoke).unwrap();
        assert!(setting.listing().is_empty(), "{:?}", setting.listing());
        assert!(matches!(job.step(), Err(ExportError::Cut)));
        assert_eq!(setting.space.usage().bytes.used, 0);
    }
}
