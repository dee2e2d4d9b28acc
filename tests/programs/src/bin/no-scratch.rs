//! Says hello, or prints the file that its argument names, and never uses a temporary file. Built as a WASI p1 module too.
#![forbid(unsafe_code)]

use std::{env, fs, io};

fn main() -> io::Result<()> {
    match env::args().nth(1) {
        Some(path) if path.starts_with('/') => print!("{}", fs::read_to_string(path)?),
        _ => println!("Hello, world!"),
    }
    Ok(())
}
