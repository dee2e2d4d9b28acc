//! Removes, replaces and moves by path what handles own: they drop quietly, and whatever stands under the name then goes.
#![forbid(unsafe_code)]

use std::fs;
use std::io::{self, Write};

use scratch_tempfile::bindings::scratch::tempfile::types::{
    DescriptorFlags, ErrorCode, TemporaryDirectory, TemporaryFile,
};
use scratch_tempfile::{NamedTempFile, TempDir};
use scratch_test_programs::wasi::preopens;
use scratch_test_programs::{any_name, file_options, names_in_space};

fn main() -> io::Result<()> {
    let before = names_in_space()?;
    assert!(before.is_empty(), "somebody was here: {before:?}");

    // Removed.
    let file = NamedTempFile::new()?;
    fs::remove_file(&file)?;
    drop(file);
    let dir = TempDir::new()?;
    fs::remove_dir(&dir)?;
    drop(dir);
    let file = NamedTempFile::new()?;
    fs::remove_file(&file)?;
    file.close()?;
    let dir = TempDir::new()?;
    fs::remove_dir(&dir)?;
    dir.close()?;

    // Replaced by the same sort of thing.
    let mut file = NamedTempFile::new()?;
    file.write_all(b"the first")?;
    fs::remove_file(&file)?;
    fs::write(&file, "the second")?;
    let path = file.path().to_owned();
    drop(file);
    assert!(!path.exists(), "what replaced a file is still there");
    let dir = TempDir::new()?;
    fs::remove_dir(&dir)?;
    fs::create_dir(&dir)?;
    fs::write(dir.path().join("data.txt"), "in the second")?;
    let path = dir.path().to_owned();
    drop(dir);
    assert!(!path.exists(), "what replaced a directory is still there");

    // Replaced by the other sort.
    let file = NamedTempFile::new()?;
    fs::remove_file(&file)?;
    fs::create_dir(&file)?;
    fs::write(file.path().join("data.txt"), "in a directory where a file was")?;
    let path = file.path().to_owned();
    drop(file);
    assert!(!path.exists(), "the directory that replaced a file is still there");
    let dir = TempDir::new()?;
    fs::remove_dir(&dir)?;
    fs::write(&dir, "where a directory was")?;
    let path = dir.path().to_owned();
    drop(dir);
    assert!(!path.exists(), "the file that replaced a directory is still there");

    // Moved: what left a directory by path belongs to the space, and so does a file that left its name.
    let dir = TempDir::new()?;
    fs::write(dir.path().join("data.txt"), "moved out")?;
    fs::rename(dir.path().join("data.txt"), "/tmp/moved")?;
    drop(dir);
    assert_eq!(
        fs::read("/tmp/moved")?,
        b"moved out",
        "a file that was moved out went with the directory"
    );
    let mut file = NamedTempFile::new()?;
    file.write_all(b"renamed")?;
    fs::rename(&file, "/tmp/renamed")?;
    drop(file);
    assert_eq!(
        fs::read("/tmp/renamed")?,
        b"renamed",
        "a file that was renamed went with its old name"
    );

    link_in_the_middle()?;
    directory_for_a_file()?;

    assert_eq!(
        names_in_space()?,
        ["elsewhere", "moved", "renamed"],
        "something else is left"
    );
    println!("ok");
    Ok(())
}

/// A directory is moved away and a link to where it went takes its place: nothing goes through the link.
fn link_in_the_middle() -> io::Result<()> {
    let (tmp, _) = preopens::get_directories()
        .into_iter()
        .find(|(_, path)| path == "/tmp")
        .expect("`/tmp` is granted");
    let dir = TemporaryDirectory::create(&any_name()).expect("create a directory");
    let file = |bytes: &[u8]| {
        let file = dir.create_file(&file_options()).expect("create a file in it");
        file.write(bytes, 0).expect("write");
        let path = file.get_path().expect("get its path");
        (file, path.rsplit('/').next().map(String::from).expect("a name"))
    };
    let [(closed, first), (opened, second), (persisted, third)] = [file(b"1"), file(b"2"), file(b"3")];
    let inner = dir.create_directory(&any_name()).expect("create a directory in it");
    let path = dir.get_path().expect("get its path");
    let inner_name = inner.get_path().expect("get its path")[path.len() + 1..].to_owned();
    fs::rename(&path, "/tmp/elsewhere")?;
    tmp.symlink_at("elsewhere", path.trim_start_matches("/tmp/"))
        .expect("put a link there");
    assert_eq!(fs::read(format!("{path}/{first}"))?, b"1", "the link leads there");

    assert_eq!(opened.open(DescriptorFlags::READ).err(), Some(ErrorCode::Loop));
    let Err((persisted, code)) = TemporaryFile::persist(persisted, &tmp, "persisted", true) else {
        panic!("persisted through a link");
    };
    assert_eq!(code, ErrorCode::Loop);
    let in_memory = dir.create_file(&file_options());
    assert_eq!(in_memory.and_then(|file| file.get_path()), Err(ErrorCode::Loop));
    let made = dir.create_directory(&any_name());
    assert_eq!(made.err(), Some(ErrorCode::Loop));
    TemporaryFile::close(closed).expect("it has gone with its directory");
    TemporaryDirectory::close(inner).expect("it has gone with its directory");
    drop((opened, persisted));
    drop(dir);
    assert!(!fs::exists(&path)?, "the link is still there");
    let mut names = [first, second, third, inner_name];
    names.sort();
    assert_eq!(
        scratch_test_programs::names_in("/tmp/elsewhere")?,
        names,
        "something was deleted, or made, through a link"
    );
    Ok(())
}

/// What is not the file any more is not opened as the file, and does not leave in its place.
fn directory_for_a_file() -> io::Result<()> {
    let (tmp, _) = preopens::get_directories()
        .into_iter()
        .find(|(_, path)| path == "/tmp")
        .expect("`/tmp` is granted");
    let file = TemporaryFile::create(&file_options()).expect("create a file");
    file.write(b"the first", 0).expect("write");
    let path = file.get_path().expect("get its path");
    fs::remove_file(&path)?;
    fs::create_dir(&path)?;
    assert_eq!(file.open(DescriptorFlags::READ).err(), Some(ErrorCode::IsDirectory));
    fs::remove_dir(&path)?;
    fs::write(&path, "the second")?;
    let Err((file, code)) = TemporaryFile::persist(file, &tmp, "other", false) else {
        panic!("persisted what is not the file");
    };
    assert_eq!(code, ErrorCode::NoEntry);
    let Err((file, code)) = TemporaryFile::persist(file, &tmp, "other", true) else {
        panic!("persisted what is not the file");
    };
    assert_eq!(code, ErrorCode::NoEntry);
    assert_eq!(file.read(100, 0).expect("read"), b"the first");
    drop(file);
    assert!(
        !fs::exists(&path)?,
        "what stood under the name at the drop is still there"
    );
    Ok(())
}
