//! Drops parents before children: a child answers `no-entry` after that, and drops quietly.
#![forbid(unsafe_code)]

use std::fs;
use std::io::{self, ErrorKind, Read, Seek, Write};

use scratch_tempfile::{File, NamedTempFile, TempDir, tempdir_in, tempfile_in};
use scratch_test_programs::{names_in_space, storage};

fn gone<T>(result: io::Result<T>, what: &str) {
    let kind = result.err().map(|error| error.kind());
    assert_eq!(kind, Some(ErrorKind::NotFound), "{what} after the directory is gone");
}

fn file_is_gone(mut file: File) {
    gone(file.rewind().and_then(|()| file.read(&mut [0; 8])), "read");
    gone(file.write(b"more"), "write");
    gone(file.len(), "get the size");
    gone(file.set_len(1), "set the size");
}

fn main() -> io::Result<()> {
    let before = names_in_space()?;
    let storage = storage();

    // The parent first, with a child of each sort, two levels deep.
    let outer = TempDir::new()?;
    let inner = TempDir::new_in(&outer)?;
    let mut file = storage.unnamed_file_in(&outer)?;
    file.write_all(b"in the outer one")?;
    let mut deep = storage.unnamed_file_in(&inner)?;
    deep.write_all(b"in the inner one")?;
    let empty = storage.unnamed_file_in(&inner)?;
    let named = NamedTempFile::new_in(&inner)?;
    let place = outer.path().to_owned();
    drop(outer);
    assert!(!place.exists(), "the outer directory is still there");
    file_is_gone(file);
    file_is_gone(deep);
    file_is_gone(empty);
    gone(named.as_file().len(), "get the size");
    gone(tempfile_in(&inner), "create a file");
    gone(tempdir_in(&inner), "create a directory");
    drop(named);

    // A directory of the same name, made by path, is none of the child's business.
    let inner_place = inner.path().to_owned();
    fs::create_dir_all(&inner_place)?;
    drop(inner);
    fs::remove_dir_all(&place)?;

    // The middle one first.
    let outer = TempDir::new()?;
    let middle = TempDir::new_in(&outer)?;
    let mut file = storage.unnamed_file_in(&middle)?;
    let mut sibling = storage.unnamed_file_in(&outer)?;
    file.write_all(b"to be lost")?;
    sibling.write_all(b"to be kept a little longer")?;
    drop(middle);
    file_is_gone(file);
    assert_eq!(sibling.len()?, 26, "a sibling went with it");
    drop(outer);
    file_is_gone(sibling);

    // Removed by path first; then every drop finds it gone already.
    let outer = TempDir::new()?;
    let inner = TempDir::new_in(&outer)?;
    let named = NamedTempFile::new_in(&inner)?;
    fs::remove_dir_all(outer.path())?;
    drop(outer);
    drop(named);
    drop(inner);

    assert_eq!(names_in_space()?, before, "something is left");
    println!("ok");
    Ok(())
}
