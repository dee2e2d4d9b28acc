//! Asks what is in its space: directories in directories, beside each other and in a chain, a file with two names, and links.
#![forbid(unsafe_code)]

use std::{fs, io};

use scratch_tempfile::bindings::scratch::tempfile::space;
use scratch_test_programs::wasi::preopens;

/// Bytes and entries.
fn usage() -> (u64, u64) {
    let usage = space::get_usage();
    (usage.bytes, usage.entries)
}

fn main() -> io::Result<()> {
    let (tmp, _) = preopens::get_directories()
        .into_iter()
        .find(|(_, path)| path == "/tmp")
        .expect("the space is shown as `/tmp`");
    assert_eq!(usage(), (0, 0), "somebody was here");

    // 20 directories beside each other, each with 3 in it, each with a file of 10 bytes in it: 140 entries.
    for outer in 0..20 {
        for inner in 0..3 {
            fs::create_dir_all(format!("/tmp/{outer}/{inner}"))?;
            fs::write(format!("/tmp/{outer}/{inner}/data.txt"), "10 bytes..")?;
        }
    }
    assert_eq!(usage(), (600, 140));

    // A chain of 20, with a file of 1 byte beside each: 40 entries.
    let mut path = String::from("/tmp/chain");
    for _ in 0..20 {
        fs::create_dir(&path)?;
        fs::write(format!("{path}/data.txt"), "1")?;
        path.push_str("/d");
    }
    assert_eq!(usage(), (620, 180));

    // Another name of a file counts as an entry and not as bytes; a link is an entry, and what is behind it is not followed.
    fs::hard_link("/tmp/0/0/data.txt", "/tmp/1/again.txt")?;
    fs::hard_link("/tmp/0/1/data.txt", "/tmp/2/again.txt")?;
    tmp.symlink_at("chain", "link").expect("make a link");
    assert_eq!(usage(), (620, 183));
    println!("ok");
    Ok(())
}
