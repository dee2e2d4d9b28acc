//! Closes everything rather than dropping it: each close reports success, and nothing is left.
#![forbid(unsafe_code)]

use std::io;

use scratch_test_programs::{Everything, names_in_space};

fn main() -> io::Result<()> {
    let before = names_in_space()?;
    let Everything {
        files,
        named,
        file_in_dir,
        dir_in_dir,
        dir,
    } = Everything::open()?;
    for file in files {
        file.close()?;
    }
    let path = named.path().to_owned();
    named.close()?;
    assert!(!path.exists(), "the named file is still there after its close");
    file_in_dir.close()?;
    let path = dir_in_dir.path().to_owned();
    dir_in_dir.close()?;
    assert!(!path.exists(), "the inner directory is still there after its close");
    dir.close()?;
    assert_eq!(names_in_space()?, before, "something is left");
    println!("ok");
    Ok(())
}
