//! Paths: how they are resolved, and which are refused.

use crate::*;
use scratch_vfs::{Error, Kind};

#[test]
fn no_path_leads_out() {
    let space = space();
    let root = space.root().unwrap();
    let inner = make_directory(&root, "d");
    write(&root, "outside", b"");
    for path in ["..", "../outside", "x/../..", "/", "/d", "//d", "./../outside"] {
        let error = inner.stat_at(path, true).unwrap_err();
        let expected = if path.starts_with('x') {
            Error::NoEntry
        } else {
            Error::NotPermitted
        };
        assert_eq!(error, expected, "{path}");
    }
    root.symlink_at("../outside", "d/link", None).unwrap();
    assert_eq!(inner.stat_at("link", true), Err(Error::NotPermitted));
    assert_eq!(root.stat_at("d/link", true).unwrap().kind, Kind::File);
    assert_eq!(
        root.symlink_at("/etc/passwd", "absolute", None),
        Err(Error::NotPermitted)
    );
}

#[test]
fn a_directory_that_was_moved_knows_its_new_parent() {
    let space = space();
    let root = space.root().unwrap();
    root.create_directory_at("a", None).unwrap();
    root.create_directory_at("b", None).unwrap();
    root.create_directory_at("a/d", None).unwrap();
    write(&root, "b/f", b"");
    root.rename_at("a/d", &root, "b/d").unwrap();
    assert_eq!(root.stat_at("b/d/../f", false).unwrap().kind, Kind::File);
}

#[test]
fn names_have_1_to_255_bytes_and_paths_4095() {
    let space = space();
    let root = space.root().unwrap();
    let (longest, too_long) = ("n".repeat(255), "n".repeat(256));
    write(&root, &longest, b"");
    assert_eq!(
        root.open_at(&too_long, &read_write().create(true)).unwrap_err(),
        Error::NameTooLong
    );
    assert_eq!(root.create_directory_at(&too_long, None), Err(Error::NameTooLong));
    assert_eq!(root.stat_at(&too_long, false), Err(Error::NameTooLong));
    assert_eq!(root.rename_at(&longest, &root, &too_long), Err(Error::NameTooLong));
    assert_eq!(root.stat_at("", false), Err(Error::NoEntry));
    root.create_directory_at("d", None).unwrap();
    let path = format!("{}f", "d/../".repeat(818));
    assert_eq!(path.len(), 4_091);
    write(&root, "f", b"");
    assert_eq!(
        root.stat_at(format!("././{path}"), true).map(|stat| stat.kind),
        Ok(Kind::File)
    );
    assert_eq!(root.stat_at(format!(".//./{path}"), true), Err(Error::NameTooLong));
    assert_eq!(root.unlink_file_at(format!(".//./{path}")), Err(Error::NameTooLong));
}

#[test]
fn nul_is_invalid_and_every_other_byte_is_a_name() {
    let space = space();
    let root = space.root().unwrap();
    write(&root, "f", b"");
    for path in ["a\0b", "\0"] {
        assert_eq!(root.rename_at("f", &root, path), Err(Error::Invalid));
        assert_eq!(root.rename_at(path, &root, "f"), Err(Error::Invalid));
        assert_eq!(root.link_at("f", &root, path), Err(Error::Invalid));
        assert_eq!(root.link_at(path, &root, "f"), Err(Error::Invalid));
        // The directories of both paths come first.
        assert_eq!(root.link_at(path, &root, "missing/x"), Err(Error::NoEntry));
        assert_eq!(root.stat_at(path, true), Err(Error::Invalid));
        assert_eq!(root.stat_at(path, false), Err(Error::Invalid));
        assert_eq!(root.create_directory_at(path, None), Err(Error::Invalid));
        assert_eq!(root.symlink_at(path, "link", None), Err(Error::Invalid));
    }
    for byte in (1..=255).filter(|byte| *byte != b'/') {
        root.open_at([b'a', byte], &read_write().create(true)).unwrap();
    }
    for name in [
        "\\x",
        "C:x",
        "\\\\?\\C:\\",
        "a:stream",
        "CON",
        "NUL.txt",
        "COM\u{b9}",
        "b.",
        "b ",
        "-rf",
        "*",
        "\u{202e}\n\u{1b}",
    ] {
        write(&root, name, name.as_bytes());
        assert_eq!(read(&root, name), name.as_bytes());
    }
    assert_ne!(root.metadata_hash_at("b.", false), root.metadata_hash_at("b ", false));
}

#[test]
fn forty_links_are_followed_and_no_more() {
    let space = space();
    let root = space.root().unwrap();
    write(&root, "l0", b"");
    for link in 1..=41 {
        root.symlink_at(format!("l{}", link - 1), format!("l{link}"), None)
            .unwrap();
    }
    assert_eq!(root.stat_at("l40", true).unwrap().kind, Kind::File);
    assert_eq!(root.stat_at("l41", true), Err(Error::Loop));
    root.symlink_at("self", "self", None).unwrap();
    assert_eq!(root.stat_at("self", true), Err(Error::Loop));
    assert_eq!(root.stat_at("self", false).unwrap().kind, Kind::Link);
    root.symlink_at("ping", "pong", None).unwrap();
    root.symlink_at("pong", "ping", None).unwrap();
    assert_eq!(
        root.open_at("ping/x", &read_write().create(true)).unwrap_err(),
        Error::Loop
    );
}

#[test]
fn links_lead_through_4096_components_and_no_more() {
    let space = space();
    let root = space.root().unwrap();
    root.create_directory_at("d", None).unwrap();
    // The link has 2 * 682 components and one more, the path has as many as are left.
    root.symlink_at(format!("{}d", "d/../".repeat(682)), "a", None).unwrap();
    let left = 4_096 - 1_365 - 1;
    let path = |dots: usize| format!("{}{}a", "d/../".repeat(680), "./".repeat(dots));
    // The path alone may not be longer than 4,095 bytes, and so one more link does the rest.
    root.symlink_at(path(0), "f", None).unwrap();
    let rest = left - 1_361;
    assert_eq!(
        root.stat_at(format!("{}f", "./".repeat(rest)), true).unwrap().kind,
        Kind::Directory
    );
    assert_eq!(
        root.stat_at(format!("{}f", "./".repeat(rest + 1)), true),
        Err(Error::Loop)
    );
}

#[test]
fn a_slash_at_the_end_asks_for_a_directory() {
    let space = space();
    let root = space.root().unwrap();
    write(&root, "f", b"");
    root.create_directory_at("d", None).unwrap();
    root.symlink_at("d", "link", None).unwrap();
    assert_eq!(
        root.open_at("f/", &OpenOptions::new().read(true)).unwrap_err(),
        Error::NotDirectory
    );
    assert_eq!(
        root.open_at("new/", &read_write().create(true)).unwrap_err(),
        Error::IsDirectory
    );
    assert_eq!(
        root.open_at("link/", &OpenOptions::new().read(true)).unwrap().kind(),
        Kind::Directory
    );
    root.create_directory_at("e//", None).unwrap();
    assert_eq!(root.remove_directory_at("e/"), Err(Error::Invalid));
    assert_eq!(root.unlink_file_at("f/"), Err(Error::NotDirectory));
    assert_eq!(root.unlink_file_at("link/"), Err(Error::IsDirectory));
    assert_eq!(root.stat_at("f/.", true), Err(Error::NotDirectory));
    // What wasmtime-wasi answers, which looks at the name only.
    assert_eq!(root.stat_at("f/", false).unwrap().kind, Kind::File);
    assert_eq!(root.stat_at("link/", false).unwrap().kind, Kind::Link);
    assert_eq!(root.stat_at("./link/", false).unwrap().kind, Kind::Directory);
}

#[test]
fn targets_of_links_are_read_as_they_were_written() {
    let space = space();
    let root = space.root().unwrap();
    for target in ["a", "../..", "a/b//c/", ".", &"t".repeat(4_095)] {
        root.symlink_at(target, "link", None).unwrap();
        assert_eq!(root.readlink_at("link").unwrap(), target.as_bytes());
        assert_eq!(
            root.stat_at("link", false).unwrap().size,
            u64::try_from(target.len()).unwrap()
        );
        root.unlink_file_at("link").unwrap();
    }
    assert_eq!(root.symlink_at("", "link", None), Err(Error::NoEntry));
    assert_eq!(
        root.symlink_at("t".repeat(4_096), "link", None),
        Err(Error::NameTooLong)
    );
    write(&root, "f", b"");
    assert_eq!(root.readlink_at("f"), Err(Error::Invalid));
    assert_eq!(root.readlink_at("."), Err(Error::Invalid));
}
