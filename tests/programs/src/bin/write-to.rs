//! Tries everything that would change the directory that is its first argument, or the file `old.txt` in it, and says what came
//! of each.
#![forbid(unsafe_code)]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::SystemTime;

fn main() -> io::Result<()> {
    let dir = std::env::args()
        .nth(1)
        .expect("the first argument has to be a directory");
    let dir = PathBuf::from(dir);
    let old = dir.join("old.txt");
    println!("read: {}", fs::read_to_string(&old)?);
    println!("list: {}", fs::read_dir(&dir)?.count());

    let append = || OpenOptions::new().append(true).open(&old)?.write_all(b"more");
    let set_len = || OpenOptions::new().write(true).open(&old)?.set_len(1);
    let set_times = || File::open(&old)?.set_modified(SystemTime::UNIX_EPOCH);
    let attempts = [
        ("create a file", fs::write(dir.join("new.txt"), "new")),
        ("create a directory", fs::create_dir(dir.join("new"))),
        ("append", append()),
        ("cut", set_len()),
        ("overwrite", fs::write(&old, "new")),
        ("set its time", set_times()),
        ("link", fs::hard_link(&old, dir.join("link.txt"))),
        ("rename", fs::rename(&old, dir.join("other.txt"))),
        ("remove a directory", fs::remove_dir(dir.join("empty"))),
        ("remove a file", fs::remove_file(dir.join("spare.txt"))),
        (
            "move into the space",
            fs::rename(dir.join("stays.txt"), "/tmp/stays.txt"),
        ),
    ];
    for (attempt, result) in attempts {
        match result {
            Ok(()) => println!("{attempt}: ok"),
            Err(error) => println!("{attempt}: {:?}", error.kind()),
        }
    }
    Ok(())
}
