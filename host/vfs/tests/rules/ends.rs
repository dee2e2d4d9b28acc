//! The end of a space, and its reset.

use crate::*;
use scratch_vfs::{Ended, Error, Left, NewTimestamp};

#[test]
fn everything_is_gone_when_the_end_returns() {
    let budget = Budget::new(Limits::none());
    let space = Space::builder(&budget).limits(Limits::none()).build().unwrap();
    let root = space.root().unwrap();
    root.create_directory_at("d", None).unwrap();
    write(&root, "d/f", &[1; 1_000]);
    root.link_at("d/f", &root, "d/g").unwrap();
    root.symlink_at("target", "l", None).unwrap();
    let open = space.create_nameless(None).unwrap();
    open.write_all(0, &[1; 500]).unwrap();
    let ended = space.end();
    assert_eq!((ended.entries, ended.bytes, ended.open_descriptors), (5, 1_500, 2));
    assert_eq!(ended.left, Left::default());
    let usage = budget.usage();
    assert_eq!(
        (
            usage.entries.used,
            usage.bytes.used,
            usage.memory.used,
            usage.open_files.used
        ),
        (0, 0, 0, 2)
    );
    drop((root, open));
    assert_eq!(budget.usage().open_files.used, 0);
    assert!(space.has_ended());
    assert_eq!(space.end(), Ended::default());
}

#[test]
fn a_file_that_ended_does_not_exist_before_it_meets_a_limit() {
    let space = space_with(Limits::none().to_builder().bytes(1).build().unwrap());
    let file = create(&space.root().unwrap(), "f");
    assert_eq!(file.set_size(2), Err(Error::InsufficientSpace));
    space.end();
    assert_eq!(file.set_size(2), Err(Error::NoEntry));
    assert_eq!(file.write_all(0, b"xy"), Err(Error::NoEntry));
    // The program that was told so did not meet the limit once more.
    assert_eq!(space.usage().refusals.total(), 1);
}

#[test]
fn what_is_still_open_answers_that_nothing_exists() {
    let space = space();
    let root = space.root().unwrap();
    let file = create(&root, "f");
    let twin = create(&root, "f");
    let directory = make_directory(&root, "d");
    let mut listing = root.list().unwrap();
    space.end();
    let gone = Error::NoEntry;
    assert_eq!(file.read(0, &mut [0]), Err(gone));
    assert_eq!(
        (file.write(0, b"x"), file.append(b"x"), file.write(0, b"")),
        (Err(gone), Err(gone), Err(gone))
    );
    assert_eq!(
        (file.write_all(0, b"x"), file.set_size(1), file.set_size(0)),
        (Err(gone), Err(gone), Err(gone))
    );
    assert_eq!(
        (file.stat(), file.metadata_hash(), file.access()),
        (Err(gone), Err(gone), Err(gone))
    );
    assert_eq!((file.sync(), file.advise()), (Err(gone), Err(gone)));
    assert_eq!(file.set_times(NewTimestamp::Now, NewTimestamp::Now), Err(gone));
    assert_eq!(file.try_clone().unwrap_err(), gone);
    assert_eq!(directory.open_at("x", &read_write().create(true)).unwrap_err(), gone);
    assert_eq!(directory.create_directory_at("x", None), Err(gone));
    assert_eq!(
        (directory.stat_at(".", true), root.stat_at("f", false)),
        (Err(gone), Err(gone))
    );
    assert_eq!(root.rename_at("f", &directory, "f"), Err(gone));
    assert_eq!(root.link_descriptor_at(&file, "g"), Err(gone));
    assert_eq!(
        (root.unlink_file_at("f"), root.readlink_at("f")),
        (Err(gone), Err(gone))
    );
    assert_eq!(listing.next(), Err(gone));
    assert_eq!(
        (space.root().unwrap_err(), space.create_nameless(None).unwrap_err()),
        (gone, gone)
    );
    assert_eq!(space.reset().unwrap_err(), gone);
    // Who they were is no secret.
    assert!(file.is_same_object(&twin) && !file.is_same_object(&root));
}

#[test]
fn a_dropped_space_ends() {
    let budget = Budget::new(Limits::none());
    let space = Space::builder(&budget).build().unwrap();
    let root = space.root().unwrap();
    let file = create(&root, "f");
    file.write_all(0, &[1; 100]).unwrap();
    drop(space);
    assert_eq!(file.read(0, &mut [0]), Err(Error::NoEntry));
    let usage = budget.usage();
    assert_eq!((usage.entries.used, usage.bytes.used, usage.memory.used), (0, 0, 0));
}

#[test]
fn a_reset_is_an_end_and_a_new_beginning() {
    let space = space();
    let old = space.root().unwrap();
    write(&old, "f", b"old");
    let file = create(&old, "f");
    let ended = space.reset().unwrap();
    assert_eq!((ended.entries, ended.bytes, ended.left), (1, 3, Left::default()));
    let root = space.root().unwrap();
    assert_eq!(list(&root), [""; 0]);
    write(&root, "f", b"new");
    assert_eq!(file.read(0, &mut [0]), Err(Error::NoEntry));
    assert_eq!(old.stat_at("f", false), Err(Error::NoEntry));
    assert_eq!(root.rename_at("f", &old, "g"), Err(Error::NoEntry));
    assert_eq!(root.link_descriptor_at(&file, "g"), Err(Error::NoEntry));
    // Closing what was opened before touches nothing of the new tree, in the same slot or not.
    drop((old, file));
    assert_eq!(read(&root, "f"), b"new");
    assert_eq!(
        (
            space.usage().entries.used,
            space.usage().bytes.used,
            space.usage().open_files.used
        ),
        (1, 3, 1)
    );
}

#[test]
fn a_million_levels_are_made_and_freed() {
    let space = space();
    let root = space.root().unwrap();
    let mut deep = root.try_clone().unwrap();
    for _ in 0..1_000_000 {
        deep = make_directory(&deep, "d");
    }
    assert_eq!(space.end().entries, 1_000_000);
}
