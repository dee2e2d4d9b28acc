//! Reads, writes and seeks through references to files, and keeps and persists through the handles of the SDK's types.
#![forbid(unsafe_code)]

use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};

use scratch_tempfile::bindings::scratch::tempfile::types::{TemporaryDirectory, TemporaryFile};
use scratch_tempfile::{NamedTempFile, TempDir};
use scratch_test_programs::{names_in_space, storage};

/// Writes a text twice, goes back and reads the second.
fn through<F>(file: &F) -> io::Result<()>
where
    for<'file> &'file F: Read + Write + Seek,
{
    let mut writer = file;
    writer.write_all(b"one, ")?;
    { file }.write_all(b"two")?;
    writer.flush()?;
    assert_eq!({ file }.stream_position()?, 8, "both share the cursor");
    { file }.seek(SeekFrom::Start(5))?;
    let mut text = String::new();
    { file }.read_to_string(&mut text)?;
    assert_eq!(text, "two");
    Ok(())
}

fn main() -> io::Result<()> {
    let file = storage().unnamed_file()?;
    through(&file)?;
    assert_eq!(file.as_handle().get_size(), Ok(8));
    let named = NamedTempFile::new()?;
    through(&named)?;
    assert_eq!(
        named.as_handle().get_path().as_deref(),
        Ok(named.path().to_str().expect("text"))
    );
    let dir = TempDir::new()?;
    assert_eq!(
        dir.as_handle().get_path().as_deref(),
        Ok(dir.path().to_str().expect("text"))
    );

    let path = TemporaryFile::keep(named.into_handle()).expect("keep the file");
    assert_eq!(fs::read(&path)?, b"one, two");
    let place = TemporaryDirectory::keep(dir.into_handle()).expect("keep the directory");
    drop(file.into_handle());
    let mut kept = [path, place].map(|path| path.trim_start_matches("/tmp/").to_owned());
    kept.sort();
    assert_eq!(names_in_space()?, kept, "something else is there");
    println!("ok");
    Ok(())
}
