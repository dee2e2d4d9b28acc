//! Fills its space by path, is told so, deletes a file, and finishes. Prints how each limit was met.
//!
//! As a component it is told `I/O error` in the middle of a file: the C library of Rust 1.95 does not ask a stream why it
//! failed. It asks a file that it opens anew. As a WASI p1 module it is told at once.
#![forbid(unsafe_code)]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};

fn main() -> io::Result<()> {
    let mut file = File::create("/tmp/big")?;
    println!("in the middle: {}", until_refused(|_| file.write_all(&[b'x'; 5000])));
    drop(file);
    let again = |_| OpenOptions::new().append(true).open("/tmp/big")?.write_all(b"x");
    println!("opened anew: {}", until_refused(again));
    println!(
        "stretched: {}",
        until_refused(|_| File::create("/tmp/hole")?.set_len(1 << 40))
    );
    println!(
        "deep: {}",
        until_refused(|number| fs::create_dir_all(format!("/tmp{}", "/d".repeat(number))))
    );
    println!(
        "entries: {}",
        until_refused(|number| fs::create_dir(format!("/tmp/{number}")))
    );
    let mut open = Vec::new();
    println!(
        "open files: {}",
        until_refused(|_| {
            open.push(File::open("/tmp/hole")?);
            Ok(())
        })
    );
    drop(open);

    fs::remove_file("/tmp/big")?;
    fs::write("/tmp/again", [b'x'; 4096])?;
    println!("finished");
    Ok(())
}

/// Works until there is an error, and says which.
fn until_refused(mut work: impl FnMut(usize) -> io::Result<()>) -> String {
    for number in 1..10_000 {
        if let Err(error) = work(number) {
            return format!("{}", error.kind()).replace("uncategorized error", &error.to_string());
        }
    }
    "not refused".to_owned()
}
