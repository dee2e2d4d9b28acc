//! Renaming.

use crate::*;
use scratch_vfs::{Error, Kind};

#[test]
fn a_rename_replaces_what_has_the_name() {
    let space = space();
    let root = space.root().unwrap();
    write(&root, "a", b"new");
    write(&root, "b", b"old");
    let old = create(&root, "b");
    root.rename_at("a", &root, "b").unwrap();
    assert_eq!(root.stat_at("a", false), Err(Error::NoEntry));
    assert_eq!(read(&root, "b"), b"new");
    assert_eq!((read_file(&old), old.stat().unwrap().links), (b"old".to_vec(), 0));
    assert_eq!((space.usage().entries.used, space.usage().bytes.used), (2, 6));
    drop(old);
    assert_eq!((space.usage().entries.used, space.usage().bytes.used), (1, 3));
}

#[test]
fn a_rename_onto_another_name_of_the_same_file_does_nothing() {
    let space = space();
    let root = space.root().unwrap();
    write(&root, "a", b"");
    root.link_at("a", &root, "b").unwrap();
    root.rename_at("a", &root, "b").unwrap();
    root.rename_at("a", &root, "a").unwrap();
    assert_eq!(list(&root), ["a", "b"]);
}

#[test]
fn a_directory_replaces_an_empty_directory_only() {
    let space = space();
    let root = space.root().unwrap();
    for name in ["d", "empty", "full", "full/x"] {
        root.create_directory_at(name, None).unwrap();
    }
    write(&root, "f", b"");
    assert_eq!(root.rename_at("d", &root, "full"), Err(Error::NotEmpty));
    assert_eq!(root.rename_at("d", &root, "f"), Err(Error::NotDirectory));
    assert_eq!(root.rename_at("f", &root, "empty"), Err(Error::IsDirectory));
    assert_eq!(root.rename_at("f", &root, "new/"), Err(Error::NotDirectory));
    assert_eq!(root.rename_at("f/", &root, "new"), Err(Error::NotDirectory));
    root.rename_at("d/", &root, "empty/").unwrap();
    assert_eq!(root.stat().unwrap().links, 4);
}

#[test]
fn a_directory_does_not_move_into_itself() {
    let space = space();
    let root = space.root().unwrap();
    let inner = {
        root.create_directory_at("a", None).unwrap();
        root.create_directory_at("a/b", None).unwrap();
        make_directory(&root, "a/b/c")
    };
    assert_eq!(root.rename_at("a", &root, "a/x"), Err(Error::Invalid));
    assert_eq!(root.rename_at("a", &inner, "x"), Err(Error::Invalid));
    assert_eq!(root.rename_at("a/b", &root, "a"), Err(Error::NotEmpty));
    write(&inner, "f", b"");
    // The name is above the file, which is more than a directory that is no file.
    assert_eq!(inner.rename_at("f", &root, "a"), Err(Error::NotEmpty));
    assert_eq!(root.rename_at(".", &root, "x"), Err(Error::Busy));
    assert_eq!(root.rename_at("a", &root, "a/b/.."), Err(Error::Busy));
}

#[test]
fn a_link_is_renamed_and_not_followed() {
    let space = space();
    let root = space.root().unwrap();
    root.create_directory_at("d", None).unwrap();
    root.symlink_at("d", "link", None).unwrap();
    assert_eq!(root.rename_at("link/", &root, "x"), Err(Error::NotDirectory));
    root.rename_at("link", &root, "other").unwrap();
    assert_eq!(root.stat_at("other", false).unwrap().kind, Kind::Link);
}

#[test]
fn names_of_every_length_survive_a_rename() {
    let space = space();
    let root = space.root().unwrap();
    let mut name = "x".to_owned();
    write(&root, &name, b"content");
    for length in (1..=255).chain((1..255).rev()) {
        let new = "y".repeat(length) + if length < 255 { "x" } else { "" };
        root.rename_at(&name, &root, &new).unwrap();
        name = new;
    }
    assert_eq!(read(&root, &name), b"content");
    assert_eq!(list(&root), [name]);
}

#[test]
fn the_way_up_is_long_and_the_answer_right() {
    let space = space();
    let root = space.root().unwrap();
    // More levels than one step looks at.
    let mut deep = make_directory(&root, "top");
    for _ in 0..10_000 {
        deep = make_directory(&deep, "d");
    }
    root.create_directory_at("other", None).unwrap();
    assert_eq!(root.rename_at("top", &deep, "x"), Err(Error::Invalid));
    root.rename_at("other", &deep, "x").unwrap();
    assert_eq!(deep.stat_at("x", false).unwrap().kind, Kind::Directory);
    write(&deep, "f", b"");
    assert_eq!(deep.rename_at("f", &root, "top"), Err(Error::NotEmpty));
    assert_eq!(space.path(&deep), Err(Error::NameTooLong));
}
