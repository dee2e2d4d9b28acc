//! Persists into the space itself, "write, then rename": into `/tmp` and into a temporary directory. What was persisted is the
//! program's from then on: it stays until the space ends, or that directory goes.
#![forbid(unsafe_code)]

use std::{fs, io};

use scratch_tempfile::bindings::scratch::tempfile::types::{TemporaryDirectory, TemporaryFile};
use scratch_tempfile::bindings::wasi::filesystem::types::DescriptorFlags;
use scratch_test_programs::{any_name, file_options, wasi::preopens};

fn file(text: &str) -> TemporaryFile {
    let file = TemporaryFile::create(&file_options()).expect("create a file");
    file.write(text.as_bytes(), 0).expect("write");
    file
}

fn main() -> io::Result<()> {
    let (tmp, _) = preopens::get_directories()
        .into_iter()
        .find(|(_, path)| path == "/tmp")
        .expect("the space is shown as `/tmp`");

    TemporaryFile::persist(file("first"), &tmp, "a.txt", false).expect("persist into the space");
    assert_eq!(fs::read("/tmp/a.txt")?, b"first");
    TemporaryFile::persist(file("second"), &tmp, "a.txt", true).expect("replace it");
    assert_eq!(fs::read("/tmp/a.txt")?, b"second");

    let dir = TemporaryDirectory::create(&any_name()).expect("create a directory");
    let place = dir.get_path().expect("get its path");
    let opened = dir
        .open(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY)
        .expect("open it");
    TemporaryFile::persist(file("third"), &opened, "b.txt", false).expect("persist into a directory");
    assert_eq!(fs::read(format!("{place}/b.txt"))?, b"third");

    let other = TemporaryDirectory::create(&any_name()).expect("create another directory");
    fs::write(format!("{}/c.txt", other.get_path().expect("get its path")), "by path")?;
    TemporaryDirectory::persist(other, &tmp, "kept").expect("persist a directory into the space");
    assert_eq!(fs::read("/tmp/kept/c.txt")?, b"by path");

    drop((opened, dir));
    assert!(
        !fs::exists(&place)?,
        "the directory did not take with it what was persisted into it"
    );
    assert_eq!(fs::read("/tmp/a.txt")?, b"second", "something else went too");
    println!("ok");
    Ok(())
}
