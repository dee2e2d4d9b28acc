//! Persists a file, twice under one name, and a directory to the granted directory `/out`, where its link is left out; a refusal
//! hands the handle back.
#![forbid(unsafe_code)]

use std::fs;
use std::io;

use scratch_tempfile::bindings::scratch::tempfile::types::{
    DescriptorFlags, ErrorCode, FileOptions, TemporaryDirectory, TemporaryFile,
};
use scratch_test_programs::{any_name, file_options, names_in_space, wasi::preopens};

fn main() -> io::Result<()> {
    let before = names_in_space()?;
    let (out, _) = preopens::get_directories()
        .into_iter()
        .find(|(_, path)| path == "/out")
        .expect("the directory `/out` has to be granted");

    // A file, to a name that is free.
    let first = TemporaryFile::create(&file_options()).expect("create a file");
    first.write(b"first", 0).expect("write");
    TemporaryFile::persist(first, &out, "one.txt", false).expect("persist it");
    assert_eq!(fs::read("/out/one.txt")?, b"first");

    // Another, to names that are none, and to one that is taken.
    let mut second = TemporaryFile::create(&file_options()).expect("create another");
    second.write(b"second", 0).expect("write");
    for name in ["", ".", "..", "a/b", "/etc", "../x", "a/"] {
        let Err((handle, code)) = TemporaryFile::persist(second, &out, name, true) else {
            panic!("persisted to the name {name:?}");
        };
        assert_eq!(code, ErrorCode::Invalid, "wrong code for the name {name:?}");
        second = handle;
    }
    let Err((second, code)) = TemporaryFile::persist(second, &out, "one.txt", false) else {
        panic!("replaced a file without `overwrite`");
    };
    assert_eq!(code, ErrorCode::Exist);
    assert_eq!(fs::read("/out/one.txt")?, b"first", "the refusal touched the target");
    assert_eq!(
        second.read(100, 0).expect("read"),
        b"second",
        "the handle came back broken"
    );
    second.append(b", again").expect("append");
    TemporaryFile::persist(second, &out, "one.txt", true).expect("replace it");
    assert_eq!(fs::read("/out/one.txt")?, b"second, again");

    // A directory, with an entry by path and a temporary file on the disk; never replacing anything.
    let dir = TemporaryDirectory::create(&any_name()).expect("create a directory");
    let place = dir.get_path().expect("get its path");
    fs::create_dir(format!("{place}/inner"))?;
    fs::write(format!("{place}/inner/data.txt"), "by path")?;
    let place_itself = dir
        .open(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY)
        .expect("open it");
    place_itself
        .symlink_at("inner/data.txt", "link")
        .expect("make a link in it");
    drop(place_itself);
    let child = dir.create_file(&FileOptions {
        max_memory: Some(0),
        ..file_options()
    });
    let child = child.expect("create a file in it");
    child.get_path().expect("get its path");
    fs::create_dir("/out/taken")?;
    let Err((dir, code)) = TemporaryDirectory::persist(dir, &out, "taken") else {
        panic!("a directory replaced a directory");
    };
    assert_eq!(code, ErrorCode::Exist);
    let Err((dir, code)) = TemporaryDirectory::persist(dir, &out, "one.txt") else {
        panic!("a directory replaced a file");
    };
    assert_eq!(code, ErrorCode::Exist);
    assert_eq!(
        dir.get_path().as_deref(),
        Ok(place.as_str()),
        "the handle came back broken"
    );
    assert!(
        fs::symlink_metadata(format!("{place}/link"))?.is_symlink(),
        "a refusal took the link away"
    );
    TemporaryDirectory::persist(dir, &out, "two").expect("persist it");
    assert_eq!(fs::read("/out/two/inner/data.txt")?, b"by path");
    assert_eq!(child.get_size(), Err(ErrorCode::NoEntry), "a child is still attached");
    drop(child);
    assert_eq!(
        fs::read_dir("/out/two")?.count(),
        2,
        "the child on disk is not part of it, or the link is"
    );

    assert_eq!(names_in_space()?, before, "something is left in the space");
    assert_eq!(fs::read_dir("/out")?.count(), 3, "something else is in `/out`");
    println!("ok");
    Ok(())
}
