//! Tries to rename and to link between `/tmp` and the granted directory `/out`, both ways: refused as `cross-device`.
#![forbid(unsafe_code)]

use std::fs;
use std::io::{self, ErrorKind};

use scratch_tempfile::{NamedTempFile, TempDir};

fn main() -> io::Result<()> {
    let file = NamedTempFile::new()?;
    let dir = TempDir::new()?;
    fs::write("/tmp/plain.txt", "inside")?;
    fs::create_dir("/tmp/plain")?;
    fs::write("/out/outside.txt", "outside")?;
    fs::create_dir("/out/outside")?;

    let attempts = [
        ("rename a temporary file out", fs::rename(&file, "/out/moved")),
        ("rename a temporary directory out", fs::rename(&dir, "/out/moved")),
        ("rename a file out", fs::rename("/tmp/plain.txt", "/out/moved")),
        ("rename a directory out", fs::rename("/tmp/plain", "/out/moved")),
        (
            "rename a file over another",
            fs::rename("/tmp/plain.txt", "/out/outside.txt"),
        ),
        ("rename a file in", fs::rename("/out/outside.txt", "/tmp/moved")),
        ("rename a directory in", fs::rename("/out/outside", "/tmp/moved")),
        (
            "rename a file into a directory",
            fs::rename("/out/outside.txt", dir.path().join("moved")),
        ),
        ("link a temporary file out", fs::hard_link(&file, "/out/moved")),
        ("link a file out", fs::hard_link("/tmp/plain.txt", "/out/moved")),
        ("link a file in", fs::hard_link("/out/outside.txt", "/tmp/moved")),
    ];
    for (attempt, result) in attempts {
        let kind = result.err().map(|error| error.kind());
        assert_eq!(kind, Some(ErrorKind::CrossesDevices), "{attempt}");
    }
    assert!(
        file.path().exists() && dir.path().exists(),
        "a refused rename moved something"
    );
    assert_eq!(fs::read("/tmp/plain.txt")?, b"inside");
    assert_eq!(fs::read("/out/outside.txt")?, b"outside");
    assert!(
        !fs::exists("/tmp/moved")? && !fs::exists("/out/moved")?,
        "a refusal left a target"
    );
    println!("ok");
    Ok(())
}
