//! Creates 5 files and 2 directories, one in the other, drops them all, and finds nothing left.
#![forbid(unsafe_code)]

use std::fs;
use std::io::{self, Read, Seek, Write};

use scratch_tempfile::TempDir;
use scratch_test_programs::{names_in_space, storage};

fn main() -> io::Result<()> {
    let storage = storage();
    let before = names_in_space()?;

    let mut files = Vec::new();
    for number in 0..5 {
        let mut file = storage.unnamed_file()?;
        let text = format!("file number {number}");
        file.write_all(text.as_bytes())?;
        file.rewind()?;
        let mut read = String::new();
        file.read_to_string(&mut read)?;
        assert_eq!(read, text, "read back something else");
        files.push(file);
    }

    let outer = TempDir::new()?;
    fs::write(outer.path().join("data.txt"), "by path")?;
    fs::create_dir_all(outer.path().join("a/b"))?;
    fs::write(outer.path().join("a/b/deep.txt"), "deeper, by path")?;
    let inner = TempDir::new_in(&outer)?;
    fs::write(inner.path().join("data.txt"), "by path")?;
    let named = storage.tempfile_in(&outer)?;
    assert_eq!(fs::read(named.path())?, b"", "a new file is empty");
    let mut unnamed = storage.unnamed_file_in(&inner)?;
    unnamed.write_all(b"in a directory in a directory")?;
    assert_eq!(unnamed.len()?, 29);

    drop(files);
    drop((unnamed, named));
    drop(inner);
    drop(outer);
    assert_eq!(names_in_space()?, before, "something is left");
    println!("ok");
    Ok(())
}
