//! Makes files by path under `/tmp` and exits with the code that is its first argument. Built as a WASI p1 module too.
#![forbid(unsafe_code)]

use std::{env, fs, io, process};

fn main() -> io::Result<()> {
    let code = env::args().nth(1).expect("the first argument has to be an exit code");
    let code = code.parse().map_err(io::Error::other)?;
    fs::create_dir("/tmp/plain")?;
    fs::write("/tmp/plain/data.txt", "by path")?;
    fs::write("/tmp/loose.txt", "by path")?;
    assert_eq!(fs::read("/tmp/plain/data.txt")?, b"by path", "read back something else");
    println!("exiting with {code}");
    process::exit(code)
}
