//! Keeps a file and a directory: they stay, by path, until the space ends, and the kept directory's children are detached.
#![forbid(unsafe_code)]

use std::fs;
use std::io;

use scratch_tempfile::bindings::scratch::tempfile::types::{ErrorCode, FileOptions, TemporaryDirectory, TemporaryFile};
use scratch_test_programs::{any_name, file_options};

fn main() -> io::Result<()> {
    let file = TemporaryFile::create(&file_options()).expect("create a file");
    file.write(b"kept", 0).expect("write");
    let path = TemporaryFile::keep(file).expect("keep the file");
    assert_eq!(fs::read(&path)?, b"kept", "the kept file holds something else");

    let dir = TemporaryDirectory::create(&any_name()).expect("create a directory");
    let place = dir.get_path().expect("get its path");
    fs::write(format!("{place}/data.txt"), "by path")?;
    let on_disk = FileOptions {
        max_memory: Some(0),
        ..file_options()
    };
    let named = dir.create_file(&on_disk).expect("create a file in it");
    named.write(b"a child", 0).expect("write");
    let named_path = named.get_path().expect("get its path");
    let other = dir.create_file(&file_options()).expect("create another");
    let inner = dir.create_directory(&any_name()).expect("create a directory in it");
    let inner_path = inner.get_path().expect("get its path");

    let kept = TemporaryDirectory::keep(dir).expect("keep the directory");
    assert_eq!(kept, place, "the kept directory is elsewhere");
    assert_eq!(
        named.read(7, 0),
        Err(ErrorCode::NoEntry),
        "a child on disk is still attached"
    );
    assert_eq!(other.get_size(), Err(ErrorCode::NoEntry), "a child is still attached");
    let grandchild = inner.create_file(&file_options());
    assert_eq!(
        grandchild.err(),
        Some(ErrorCode::NoEntry),
        "an inner directory is still attached"
    );
    drop((named, other, inner));

    assert_eq!(
        fs::read(format!("{kept}/data.txt"))?,
        b"by path",
        "the file by path went"
    );
    assert_eq!(
        fs::read(named_path)?,
        b"a child",
        "the child on disk went with its detached handle"
    );
    assert!(
        fs::metadata(inner_path)?.is_dir(),
        "the inner directory went with its detached handle"
    );
    println!("ok");
    Ok(())
}
