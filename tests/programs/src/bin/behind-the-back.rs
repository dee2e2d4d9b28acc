//! Removes, replaces and moves by path what handles own: they drop quietly, and whatever stands under the name then goes.
#![forbid(unsafe_code)]

use std::fs;
use std::io::{self, Write};

use scratch_tempfile::{NamedTempFile, TempDir};
use scratch_test_programs::names_in_space;

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

    assert_eq!(names_in_space()?, ["moved", "renamed"], "something else is left");
    println!("ok");
    Ok(())
}
