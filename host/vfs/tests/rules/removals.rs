//! Removing whole trees.

use crate::*;
use scratch_vfs::{Error, Opened};

#[test]
fn a_tree_is_removed_with_everything_in_it() {
    let space = space();
    let root = space.root().unwrap();
    root.create_directory_at("t", None).unwrap();
    for outer in 0..10 {
        root.create_directory_at(format!("t/{outer}"), None).unwrap();
        for inner in 0..1_000 {
            write(&root, &format!("t/{outer}/{inner}"), b"x");
        }
    }
    root.symlink_at("..", "t/link", None).unwrap();
    write(&root, "stays", b"");
    let removed = root.remove_all_at("t", Opened::Keep).unwrap();
    assert_eq!((removed.entries, removed.bytes), (10_012, 10_000));
    assert_eq!(list(&root), ["stays"]);
    assert_eq!(
        (
            space.usage().entries.used,
            space.usage().bytes.used,
            space.usage().memory.used
        ),
        (1, 0, 0)
    );
}

#[test]
fn a_tree_of_any_depth_is_removed() {
    let space = space();
    let root = space.root().unwrap();
    let mut deep = make_directory(&root, "top");
    for _ in 0..100_000 {
        write(&deep, "f", b"");
        deep = make_directory(&deep, "d");
    }
    drop(deep);
    let top = open_directory(&root, "top");
    assert_eq!(space.remove(&top, Opened::Keep).unwrap().entries, 200_000);
    // The directory that is open counts until it is closed.
    assert_eq!(space.usage().entries.used, 1);
    drop(top);
    assert_eq!(space.usage().entries.used, 0);
}

#[test]
fn files_that_are_open_live_on_or_are_revoked() {
    let space = space();
    let root = space.root().unwrap();
    for opened in [Opened::Keep, Opened::Revoke] {
        let directory = make_directory(&root, "d");
        let file = create(&directory, "f");
        file.write_all(0, b"content").unwrap();
        root.link_at("d/f", &root, "elsewhere").unwrap();
        let other = create(&directory, "g");
        other.write_all(0, b"more").unwrap();
        root.remove_all_at("d", opened).unwrap();
        assert_eq!(directory.stat_at("f", false), Err(Error::NoEntry));
        assert_eq!(directory.create_directory_at("x", None), Err(Error::NoEntry));
        // A name elsewhere keeps a file, whatever becomes of the others.
        assert_eq!(read_file(&file), b"content");
        let expected = if opened == Opened::Keep {
            Ok(4)
        } else {
            Err(Error::NoEntry)
        };
        assert_eq!(other.read(0, &mut [0; 9]), expected);
        assert_eq!(space.usage().bytes.used, if opened == Opened::Keep { 11 } else { 7 });
        root.unlink_file_at("elsewhere").unwrap();
        drop((file, other, directory));
        assert_eq!((space.usage().entries.used, space.usage().bytes.used), (0, 0));
    }
}

#[test]
fn all_names_of_a_file_are_removed() {
    let space = space();
    let root = space.root().unwrap();
    let file = create(&root, "0");
    for name in 1..5_000 {
        root.link_at("0", &root, name.to_string()).unwrap();
    }
    write(&root, "stays", b"");
    assert_eq!(space.remove(&file, Opened::Keep).unwrap().entries, 4_999);
    assert_eq!(list(&root), ["stays"]);
    drop(file);
    assert_eq!(space.usage().entries.used, 1);
}

#[test]
fn the_root_is_not_removed_nor_what_a_path_does_not_name() {
    let (space, other) = (space(), space());
    let root = space.root().unwrap();
    assert_eq!(space.remove(&root, Opened::Keep), Err(Error::NotPermitted));
    assert_eq!(other.remove(&root, Opened::Keep), Err(Error::CrossDevice));
    for path in [".", "d/..", "d/."] {
        root.create_directory_at("d", None).unwrap();
        assert_eq!(root.remove_all_at(path, Opened::Keep), Err(Error::Invalid));
        root.remove_directory_at("d").unwrap();
    }
    assert_eq!(root.remove_all_at("x", Opened::Keep), Err(Error::NoEntry));
}

#[test]
fn nothing_below_a_tree_that_is_being_removed_is_brought_to_safety() {
    let space = space();
    let root = space.root().unwrap();
    root.create_directory_at("t", None).unwrap();
    for number in 0..100_000 {
        write(&root, &format!("t/{number}"), b"");
    }
    // It is emptied last, because it was made last.
    let inner = make_directory(&root, "t/last");
    write(&inner, "treasure", b"");
    std::thread::scope(|scope| {
        let thief = scope.spawn(|| {
            // As soon as the tree is detached, nothing leaves it.
            while root.stat_at("t", false).is_ok() {}
            inner.rename_at("treasure", &root, "stolen")
        });
        root.remove_all_at("t", Opened::Keep).unwrap();
        assert_eq!(thief.join().unwrap(), Err(Error::NoEntry));
    });
    assert_eq!(list(&root), [""; 0]);
}
