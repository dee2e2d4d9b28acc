//! Leaves two files, a directory and three symbolic links in its space, and traps.
#![forbid(unsafe_code)]

use std::{fs, io};

use scratch_test_programs::wasi::preopens;

fn main() -> io::Result<()> {
    let (space, path) = preopens::get_directories()
        .into_iter()
        .find(|(_, path)| path == "/tmp")
        .expect("the space is shown");
    fs::create_dir(format!("{path}/below"))?;
    fs::write(format!("{path}/file"), "content")?;
    fs::write(format!("{path}/below/file"), "content")?;
    for (target, name) in [
        ("../../etc/hostname", "out"),
        ("nowhere", "dangling"),
        ("../file", "below/in"),
    ] {
        space.symlink_at(target, name).expect("make a link");
    }
    panic!("as it is meant to");
}
