//! Names: making them, opening them, hard links, files without any.

use crate::*;
use scratch_vfs::{Error, Kind};

#[test]
fn a_file_that_was_written_is_read() {
    let space = space();
    let root = space.root().unwrap();
    write(&root, "a", b"hello");
    assert_eq!(read(&root, "a"), b"hello");
}

#[test]
fn an_exclusive_create_fails_on_whatever_exists_even_on_a_link_that_leads_nowhere() {
    let space = space();
    let root = space.root().unwrap();
    write(&root, "file", b"");
    root.create_directory_at("directory", None).unwrap();
    root.symlink_at("nowhere", "link", None).unwrap();
    for name in ["file", "directory", "link", "."] {
        let options = read_write().create(true).exclusive(true).follow(true);
        assert_eq!(root.open_at(name, &options).unwrap_err(), Error::Exist, "{name}");
    }
    assert_eq!(root.stat_at("nowhere", true), Err(Error::NoEntry));
}

#[test]
fn a_create_through_a_link_makes_what_the_link_leads_to() {
    let space = space();
    let root = space.root().unwrap();
    root.create_directory_at("d", None).unwrap();
    root.symlink_at("d/new", "link", None).unwrap();
    root.open_at("link", &read_write().create(true).follow(true)).unwrap();
    assert_eq!(root.stat_at("d/new", false).unwrap().kind, Kind::File);
}

#[test]
fn a_link_in_the_last_place_is_a_loop_for_who_does_not_follow() {
    let space = space();
    let root = space.root().unwrap();
    write(&root, "file", b"");
    root.symlink_at("file", "link", None).unwrap();
    assert_eq!(root.open_at("link", &read_write()).unwrap_err(), Error::Loop);
    assert_eq!(
        root.open_at("link", &read_write().create(true)).unwrap_err(),
        Error::Loop
    );
}

#[test]
fn a_directory_cannot_be_opened_for_writing() {
    let space = space();
    let root = space.root().unwrap();
    root.create_directory_at("d", None).unwrap();
    for options in [
        read_write(),
        OpenOptions::new().create(true),
        OpenOptions::new().truncate(true),
    ] {
        assert_eq!(root.open_at("d", &options).unwrap_err(), Error::IsDirectory);
    }
    write(&root, "f", b"");
    assert_eq!(
        root.open_at("f", &OpenOptions::new().directory(true)).unwrap_err(),
        Error::NotDirectory
    );
    let contradiction = OpenOptions::new().directory(true).create(true);
    assert_eq!(root.open_at("f", &contradiction).unwrap_err(), Error::Invalid);
}

#[test]
fn operations_on_the_wrong_kind_of_descriptor_fail_as_in_wasmtime() {
    let space = space();
    let root = space.root().unwrap();
    let file = create(&root, "f");
    assert_eq!(file.stat_at("x", false), Err(Error::NotDirectory));
    assert_eq!(file.create_directory_at("x", None), Err(Error::NotDirectory));
    assert_eq!(file.list().unwrap_err(), Error::NotDirectory);
    assert_eq!(root.rename_at("f", &file, "g"), Err(Error::NotDirectory));
    assert_eq!(root.read(0, &mut [0]), Err(Error::BadDescriptor));
    assert_eq!(root.write(0, b"x"), Err(Error::BadDescriptor));
    assert_eq!(root.set_size(0), Err(Error::BadDescriptor));
    assert_eq!(root.advise(), Err(Error::BadDescriptor));
    assert_eq!((root.sync(), file.sync_data(), file.advise()), (Ok(()), Ok(()), Ok(())));
}

#[test]
fn what_a_descriptor_was_not_opened_for_fails() {
    let space = space();
    let root = space.root().unwrap();
    write(&root, "f", b"abc");
    let reader = root.open_at("f", &OpenOptions::new().read(true)).unwrap();
    assert_eq!(
        (reader.write(0, b"x"), reader.append(b"x")),
        (Err(Error::BadDescriptor), Err(Error::BadDescriptor))
    );
    assert_eq!(reader.set_size(0), Err(Error::Invalid));
    let writer = root.open_at("f", &OpenOptions::new().write(true)).unwrap();
    assert_eq!(writer.read(0, &mut [0]), Err(Error::BadDescriptor));
    assert_eq!(read(&root, "f"), b"abc");
}

#[test]
fn an_unlinked_file_lives_until_it_is_closed() {
    let space = space();
    let root = space.root().unwrap();
    let file = create(&root, "f");
    file.write_all(0, b"still here").unwrap();
    root.unlink_file_at("f").unwrap();
    assert_eq!(file.stat().unwrap().links, 0);
    assert_eq!(read_file(&file), b"still here");
    write(&root, "f", b"another");
    assert_eq!(read_file(&file), b"still here");
    assert_eq!((space.usage().bytes.used, space.usage().entries.used), (17, 2));
    drop(file);
    assert_eq!((space.usage().bytes.used, space.usage().entries.used), (7, 1));
}

#[test]
fn a_hard_link_is_another_name_for_the_same_file() {
    let space = space();
    let root = space.root().unwrap();
    write(&root, "a", b"one");
    root.link_at("a", &root, "b").unwrap();
    write(&root, "b", b"three");
    assert_eq!(read(&root, "a"), b"three");
    assert_eq!(root.stat_at("a", false).unwrap().links, 2);
    assert_eq!(root.metadata_hash_at("a", false), root.metadata_hash_at("b", false));
    assert_eq!((space.usage().bytes.used, space.usage().entries.used), (5, 2));
    root.unlink_file_at("a").unwrap();
    assert_eq!(read(&root, "b"), b"three");
    assert_eq!((space.usage().bytes.used, space.usage().entries.used), (5, 1));
}

#[test]
fn a_hard_link_to_a_link_is_the_link_and_one_to_a_directory_is_refused() {
    let space = space();
    let root = space.root().unwrap();
    root.symlink_at("nowhere", "link", None).unwrap();
    root.link_at("link", &root, "other").unwrap();
    assert_eq!(root.readlink_at("other").unwrap(), b"nowhere");
    root.create_directory_at("d", None).unwrap();
    assert_eq!(root.link_at("d", &root, "e"), Err(Error::NotPermitted));
    assert_eq!(root.link_at("link", &root, "d"), Err(Error::Exist));
    assert_eq!(root.link_at("link", &root, "d/"), Err(Error::Exist));
}

#[test]
fn nothing_is_made_or_found_in_a_directory_that_was_removed() {
    let space = space();
    let root = space.root().unwrap();
    let gone = make_directory(&root, "d");
    root.remove_directory_at("d").unwrap();
    assert_eq!(
        gone.open_at("x", &read_write().create(true)).unwrap_err(),
        Error::NoEntry
    );
    assert_eq!(gone.create_directory_at("x", None), Err(Error::NoEntry));
    assert_eq!(gone.symlink_at("t", "x", None), Err(Error::NoEntry));
    assert_eq!(gone.stat_at("x".repeat(300), false), Err(Error::NoEntry));
    assert_eq!(gone.stat().unwrap().links, 0);
    assert_eq!(gone.stat_at(".", true).unwrap().kind, Kind::Directory);
    assert_eq!(list(&gone), [""; 0]);
    write(&root, "f", b"");
    assert_eq!(root.rename_at("f", &gone, "f"), Err(Error::NoEntry));
    assert_eq!(root.link_at("f", &gone, "f"), Err(Error::NoEntry));
}

#[test]
fn a_directory_with_entries_is_not_removed_nor_is_a_file_as_one() {
    let space = space();
    let root = space.root().unwrap();
    let directory = make_directory(&root, "d");
    write(&directory, "f", b"");
    assert_eq!(root.remove_directory_at("d"), Err(Error::NotEmpty));
    assert_eq!(root.remove_directory_at("d/f"), Err(Error::NotDirectory));
    assert_eq!(root.unlink_file_at("d"), Err(Error::IsDirectory));
    assert_eq!(root.remove_directory_at("."), Err(Error::Invalid));
    assert_eq!(root.unlink_file_at("."), Err(Error::IsDirectory));
    directory.unlink_file_at("f").unwrap();
    root.remove_directory_at("d").unwrap();
}

#[test]
fn a_file_without_a_name_counts_and_gets_names_later() {
    let space = space();
    let root = space.root().unwrap();
    let file = space.create_nameless(None).unwrap();
    file.write_all(0, b"kept").unwrap();
    assert_eq!((file.stat().unwrap().links, space.usage().entries.used), (0, 1));
    assert_eq!(space.path(&file), Ok(None));
    root.link_descriptor_at(&file, "name").unwrap();
    assert_eq!((file.stat().unwrap().links, space.usage().entries.used), (1, 1));
    assert_eq!(space.path(&file).unwrap().unwrap(), b"name");
    root.link_descriptor_at(&file, "second").unwrap();
    assert_eq!(space.usage().entries.used, 2);
    assert_eq!(root.link_descriptor_at(&file, "second"), Err(Error::Exist));
    root.unlink_file_at("name").unwrap();
    root.unlink_file_at("second").unwrap();
    assert_eq!((file.stat().unwrap().links, space.usage().entries.used), (0, 1));
    root.link_descriptor_at(&file, "again").unwrap();
    drop(file);
    assert_eq!(read(&root, "again"), b"kept");
}

#[test]
fn two_spaces_have_nothing_in_common() {
    let (one, other) = (space(), space());
    let (here, there) = (one.root().unwrap(), other.root().unwrap());
    write(&here, "f", b"");
    let file = create(&here, "f");
    assert_eq!(here.rename_at("f", &there, "f"), Err(Error::CrossDevice));
    assert_eq!(here.link_at("f", &there, "f"), Err(Error::CrossDevice));
    assert_eq!(there.link_descriptor_at(&file, "f"), Err(Error::CrossDevice));
    assert!(!here.is_same_object(&there));
    assert_ne!(here.metadata_hash().unwrap(), there.metadata_hash().unwrap());
}

#[test]
fn a_hash_never_comes_again() {
    let space = space();
    let root = space.root().unwrap();
    let mut seen = std::collections::HashSet::from([root.metadata_hash().unwrap()]);
    for _ in 0..100 {
        write(&root, "f", b"");
        assert!(seen.insert(root.metadata_hash_at("f", false).unwrap()));
        root.unlink_file_at("f").unwrap();
    }
    space.reset().unwrap();
    let root = space.root().unwrap();
    assert!(seen.insert(root.metadata_hash().unwrap()));
    write(&root, "f", b"");
    assert!(seen.insert(root.metadata_hash_at("f", false).unwrap()));
}

#[test]
fn directories_count_their_subdirectories_and_have_sizes_as_on_tmpfs() {
    let space = space();
    let root = space.root().unwrap();
    let stat = || root.stat().map(|stat| (stat.links, stat.size)).unwrap();
    assert_eq!(stat(), (2, 40));
    root.create_directory_at("d", None).unwrap();
    write(&root, "f", b"");
    assert_eq!(stat(), (3, 80));
    root.rename_at("d", &root, "e").unwrap();
    assert_eq!(stat(), (3, 80));
    root.remove_directory_at("e").unwrap();
    assert_eq!(stat(), (2, 60));
}
