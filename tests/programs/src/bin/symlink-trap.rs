//! Meets a link `/tmp/planted` that the host's side planted and that points outside, to a file or to a directory with a file
//! `secret.txt`: it leads nowhere.
//!
//! Says `ready` once the space is in use, then waits for a line on standard input, or for its end: the time to plant.
#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::{fs, path::Path};

use scratch_tempfile::NamedTempFile;

fn main() -> io::Result<()> {
    let file = NamedTempFile::new()?;
    println!("ready {}", file.path().display());
    io::stdout().flush()?;
    io::stdin().read_line(&mut String::new())?;

    let planted = Path::new("/tmp/planted");
    let kind = fs::symlink_metadata(planted)?.file_type();
    assert!(kind.is_symlink(), "`/tmp/planted` is not a link: {kind:?}");
    let attempts = [
        ("read through it", fs::read(planted).map(drop)),
        ("write through it", fs::write(planted, "out").map(drop)),
        ("stat through it", fs::metadata(planted).map(drop)),
        ("list through it", fs::read_dir(planted).map(drop)),
        ("list through it with a slash", fs::read_dir("/tmp/planted/").map(drop)),
        ("read a file beyond it", fs::read("/tmp/planted/secret.txt").map(drop)),
        (
            "create a file beyond it",
            fs::write("/tmp/planted/new.txt", "out").map(drop),
        ),
        ("create a directory beyond it", fs::create_dir("/tmp/planted/new")),
        ("remove a file beyond it", fs::remove_file("/tmp/planted/secret.txt")),
        ("rename into it", fs::rename(&file, "/tmp/planted/moved")),
        ("link into it", fs::hard_link(&file, "/tmp/planted/moved")),
    ];
    for (attempt, result) in attempts {
        let kind = result.err().map(|error| error.kind());
        assert_eq!(
            kind,
            Some(io::ErrorKind::PermissionDenied),
            "the link was followed: {attempt}"
        );
    }
    println!("ok");
    Ok(())
}
