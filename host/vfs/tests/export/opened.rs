//! Real files for native tools.

use crate::*;
use scratch_vfs::Error;
use std::io::{Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::process::Command;

#[test]
fn a_native_tool_reads_a_file_of_a_space() {
    let setting = setting();
    let file = setting.file("f", b"");
    file.write_all(1 << 20, b"content").unwrap();
    let opened = setting.space.open_file(&file).unwrap();
    let output = Command::new("tail")
        .args(["-c", "7"])
        .arg(format!("/proc/{}/fd/{}", std::process::id(), opened.as_raw_fd()))
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"content");
    assert_eq!(opened.metadata().unwrap().len(), (1 << 20) + 7);
}

#[test]
fn it_is_a_copy_that_nobody_can_change() {
    let setting = setting();
    let file = setting.file("f", b"content");
    let mut opened = setting.space.open_file(&file).unwrap();
    let error = opened.write(b"x").unwrap_err();
    assert_eq!(error.raw_os_error(), Some(9), "it is open for reading only: {error}");
    let path = format!("/proc/self/fd/{}", opened.as_raw_fd());
    if let Ok(mut writable) = std::fs::OpenOptions::new().write(true).open(path) {
        assert!(writable.write(b"x").is_err() && writable.set_len(0).is_err());
    }
    file.write_all(0, b"CHANGED").unwrap();
    setting.space.end();
    let mut text = String::new();
    opened.read_to_string(&mut text).unwrap();
    assert_eq!(text, "content");
    let error = setting.space.open_file(&file).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let source = error.get_ref().and_then(|source| source.downcast_ref::<Error>());
    assert_eq!(source, Some(&Error::NoEntry));
}

#[test]
fn directories_and_foreign_files_are_refused() {
    let (setting, other) = (setting(), setting());
    let kind = |result: std::io::Result<File>| result.unwrap_err().kind();
    assert_eq!(kind(setting.space.open_file(&setting.root)), ErrorKind::IsADirectory);
    let file = setting.file("f", b"");
    assert_eq!(kind(other.space.open_file(&file)), ErrorKind::CrossesDevices);
}
