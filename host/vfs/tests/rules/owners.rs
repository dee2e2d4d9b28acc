//! What the owner of a space can ask and change: tags, walks, paths.

use crate::*;
use scratch_vfs::{Access, Error, Kind, Opened, Tag};

#[test]
fn tags_are_found_until_what_has_them_is_gone() {
    let space = space();
    let root = space.root().unwrap();
    let (one, two) = (Tag(1), Tag(2));
    let file = root.open_at("f", &read_write().create(true).tag(Some(one))).unwrap();
    root.create_directory_at("d", Some(one)).unwrap();
    root.symlink_at("t", "l", Some(two)).unwrap();
    let nameless = space.create_nameless(Some(two)).unwrap();
    assert_eq!(
        (
            space.count_tagged(one),
            space.count_tagged(two),
            space.count_tagged(Tag(3))
        ),
        (Ok(2), Ok(2), Ok(0))
    );
    assert_eq!((space.tag(&file), space.tag(&root)), (Ok(Some(one)), Ok(None)));
    // An open that makes nothing tags nothing.
    root.open_at("f", &read_write().create(true).tag(Some(two))).unwrap();
    assert_eq!(space.tag(&file), Ok(Some(one)));
    root.unlink_file_at("f").unwrap();
    assert_eq!(space.count_tagged(one), Ok(2));
    let found = space.tagged(one, 10).unwrap();
    let kinds: Vec<_> = found
        .iter()
        .map(|info| (info.metadata.kind, info.metadata.links, info.open))
        .collect();
    assert_eq!(kinds, [(Kind::Directory, 2, 0), (Kind::File, 0, 1)]);
    drop((file, nameless));
    assert_eq!((space.count_tagged(one), space.count_tagged(two)), (Ok(1), Ok(1)));
    let directory = open_directory(&root, "d");
    space.set_tag(&directory, Some(two)).unwrap();
    assert_eq!((space.count_tagged(one), space.count_tagged(two)), (Ok(0), Ok(2)));
    space.set_tag(&directory, None).unwrap();
    assert_eq!(space.count_tagged(two), Ok(1));
    space.reset().unwrap();
    assert_eq!(space.count_tagged(two), Ok(0));
}

#[test]
fn what_has_a_tag_is_removed_with_all_below_and_nothing_else() {
    let space = space();
    let root = space.root().unwrap();
    let tag = Some(Tag(7));
    root.create_directory_at("d", tag).unwrap();
    root.create_directory_at("d/inner", tag).unwrap();
    write(&root, "d/inner/untagged", b"12");
    let file = root.open_at("f", &read_write().create(true).tag(tag)).unwrap();
    file.write_all(0, b"123").unwrap();
    root.link_at("f", &root, "g").unwrap();
    let nameless = space.create_nameless(tag).unwrap();
    nameless.write_all(0, b"1234").unwrap();
    root.create_directory_at("other", Some(Tag(8))).unwrap();
    let removed = space.remove_tagged(Tag(7), Opened::Revoke).unwrap();
    assert_eq!(removed.bytes, 9);
    assert_eq!(list(&root), ["other"]);
    assert_eq!((space.count_tagged(Tag(7)), space.count_tagged(Tag(8))), (Ok(0), Ok(1)));
    assert_eq!(
        (file.read(0, &mut [0]), nameless.append(b"x")),
        (Err(Error::NoEntry), Err(Error::NoEntry))
    );
    assert_eq!(space.usage().bytes.used, 0);
    drop((file, nameless));
    assert_eq!(space.usage().entries.used, 1);
}

#[test]
fn many_tags_of_many_inodes_are_told_apart() {
    let space = space();
    let root = space.root().unwrap();
    for number in 0..3_000_u64 {
        root.create_directory_at(number.to_string(), Some(Tag(number % 1_000)))
            .unwrap();
    }
    for tag in 0..1_000 {
        assert_eq!(space.count_tagged(Tag(tag)), Ok(3));
        assert_eq!(space.remove_tagged(Tag(tag), Opened::Keep).unwrap().entries, 3);
    }
    assert_eq!(space.usage().entries.used, 0);
}

#[test]
fn a_walk_tells_everything_below_once_with_its_path() {
    let space = space();
    let root = space.root().unwrap();
    for directory in ["a", "a/b", "a/b/c", "empty", "z"] {
        root.create_directory_at(directory, None).unwrap();
    }
    for file in ["a/b/c/f", "a/b/f", "f", "z/f"] {
        write(&root, file, b"");
    }
    let walk = |from: &Descriptor| {
        let mut walk = space.walk(from).unwrap();
        let mut paths = Vec::new();
        while walk.next().unwrap().is_some() {
            paths.push(String::from_utf8(walk.path().to_vec()).unwrap());
        }
        paths
    };
    assert_eq!(
        walk(&root),
        ["a", "a/b", "a/b/c", "a/b/c/f", "a/b/f", "empty", "z", "z/f", "f"]
    );
    assert_eq!(walk(&open_directory(&root, "a/b")), ["c", "c/f", "f"]);
    assert_eq!(walk(&open_directory(&root, "empty")), [""; 0]);
    assert_eq!(space.usage().open_files.used, 1);
}

#[test]
fn a_walk_ends_with_an_error_when_its_directory_goes() {
    let space = space();
    let root = space.root().unwrap();
    root.create_directory_at("a", None).unwrap();
    root.create_directory_at("a/b", None).unwrap();
    write(&root, "a/b/f", b"");
    let mut walk = space.walk(&root).unwrap();
    for path in ["a", "a/b", "a/b/f"] {
        walk.next().unwrap().unwrap();
        assert_eq!(walk.path(), path.as_bytes());
    }
    root.remove_all_at("a", Opened::Keep).unwrap();
    assert_eq!(walk.next(), Err(Error::NoEntry));
    drop(walk);
    assert_eq!(space.usage().entries.used, 0);
}

#[test]
fn what_a_question_named_is_opened_while_it_exists() {
    let space = space();
    let root = space.root().unwrap();
    root.open_at("f", &read_write().create(true).tag(Some(Tag(1))))
        .unwrap()
        .write_all(0, b"x")
        .unwrap();
    let id = space.tagged(Tag(1), 1).unwrap()[0].id;
    let read = Access {
        read: true,
        write: false,
    };
    let file = space.open(id, read).unwrap();
    assert_eq!(
        (read_file(&file), file.write(0, b"y")),
        (b"x".to_vec(), Err(Error::BadDescriptor))
    );
    assert_eq!(space.info(&file).unwrap().id, id);
    root.unlink_file_at("f").unwrap();
    drop(file);
    write(&root, "f", b"another in the same slot");
    assert_eq!(space.open(id, read).unwrap_err(), Error::NoEntry);
    space.reset().unwrap();
    assert_eq!(space.open(id, read).unwrap_err(), Error::NoEntry);
}

#[test]
fn a_path_is_told_from_the_root_on() {
    let space = space();
    let root = space.root().unwrap();
    root.create_directory_at("a", None).unwrap();
    let directory = make_directory(&root, "a/b");
    let file = create(&directory, "f");
    assert_eq!(space.path(&file).unwrap().unwrap(), b"a/b/f");
    root.rename_at("a/b", &root, "c").unwrap();
    assert_eq!(space.path(&file).unwrap().unwrap(), b"c/f");
    assert_eq!(space.path(&root).unwrap().unwrap(), b"");
    root.remove_all_at("c", Opened::Keep).unwrap();
    assert_eq!((space.path(&file), space.path(&directory)), (Ok(None), Ok(None)));
}
