//! Prints its arguments, its environment and its preopens; then where temporary files live and whether they work there: without
//! a name, with one, and by path under `/tmp`.
#![forbid(unsafe_code)]

use std::io::{self, Read, Seek, Write};
use std::{env, fs};

use scratch_tempfile::{NamedTempFile, spooled_tempfile, temp_dir};
use scratch_test_programs::wasi::preopens;

fn main() -> io::Result<()> {
    for arg in env::args() {
        println!("arg {arg}");
    }
    let mut vars: Vec<(String, String)> = env::vars().collect();
    vars.sort();
    for (name, value) in vars {
        println!("env {name}={value}");
    }
    for (_, path) in preopens::get_directories() {
        println!("preopen {path}");
    }
    match temp_dir() {
        Some(path) => println!("temporary files live in {}", path.display()),
        None => println!("temporary files live nowhere that has a name"),
    }

    let mut file = spooled_tempfile(0)?;
    file.write_all(b"no name")?;
    file.rewind()?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    assert_eq!(text, "no name", "read back something else");
    println!("without a name: ok");
    println!("with a name: {}", said(NamedTempFile::new().map(drop)));
    println!("by path: {}", said(fs::write("/tmp/by-path", "by path")));
    Ok(())
}

fn said(result: io::Result<()>) -> String {
    match result {
        Ok(()) => "ok".to_owned(),
        Err(error) => format!("{:?}", error.kind()),
    }
}
