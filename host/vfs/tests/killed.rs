//! The program that the documentation shows leaves what it says.
#![forbid(unsafe_code)]
#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::process::Command;

#[test]
fn the_program_in_the_documentation_leaves_the_file_that_it_persists() {
    let program = std::env::current_exe().expect("the test has a path");
    let folders = program.ancestors().nth(2).map(PathBuf::from);
    let program = folders
        .expect("examples are built beside tests")
        .join("examples/killed");
    let folder = tempfile::tempdir().expect("a directory can be made");
    assert!(
        program.exists(),
        "`cargo test` builds examples unless it is told which targets to build"
    );
    let output = Command::new(program)
        .arg(folder.path())
        .output()
        .expect("the program starts");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success(), "it is killed");
    let on_disk: u64 = told
        .split_whitespace()
        .next()
        .and_then(|bytes| bytes.parse().ok())
        .expect("it tells what is on disk");
    assert!(on_disk >= 36 << 20, "{told}");
    let entries: Vec<_> = folder
        .path()
        .read_dir()
        .expect("the directory exists")
        .map(|entry| entry.expect("it can be listed").file_name())
        .collect();
    assert_eq!(entries, ["result"]);
    assert_eq!(
        std::fs::read(folder.path().join("result")).expect("the file can be read"),
        b"42"
    );
}
