//! Does one operation of `wasi:filesystem` again and again in its `/tmp`, and prints the nanoseconds that each takes.
//!
//! Arguments: the operation, the rounds. It knows nothing of `scratch:tempfile`.
#![forbid(unsafe_code)]

use std::env;
use std::time::Instant;

use scratch_test_programs::wasi::preopens;
use scratch_test_programs::wasi::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};

/// What a small write writes.
const SMALL: [u8; 64] = [b'x'; 64];

/// As much as wasmtime takes in one flushed write.
const PIECE: [u8; 4096] = [b'x'; 4096];

fn main() -> Result<(), ErrorCode> {
    let operation = env::args().nth(1).expect("argument 1 is the operation");
    let rounds: u32 = env::args()
        .nth(2)
        .and_then(|rounds| rounds.parse().ok())
        .expect("argument 2 is how many rounds");
    let mut preopens = preopens::get_directories();
    let tmp = preopens.iter().position(|(_, path)| path == "/tmp").expect("a /tmp");
    let dir = preopens.swap_remove(tmp).0;
    dir.create_directory_at("full")?;
    for number in 0..100 {
        open(&dir, &format!("full/{number}"), OpenFlags::CREATE)?;
    }
    let full = dir.open_at(PathFlags::empty(), "full", OpenFlags::DIRECTORY, DescriptorFlags::READ)?;
    let file = open(&dir, "file", OpenFlags::CREATE)?;

    let start = Instant::now();
    for _ in 0..rounds {
        match operation.as_str() {
            "open-write-close" => {
                open(&dir, "file", OpenFlags::empty())?.write(&SMALL, 0)?;
            }
            "create-unlink" => {
                drop(open(&dir, "new", OpenFlags::CREATE | OpenFlags::EXCLUSIVE)?);
                dir.unlink_file_at("new")?;
            }
            "write" => {
                file.write(&SMALL, 0)?;
            }
            "stream" => {
                let stream = file.write_via_stream(0)?;
                for _ in 0..16 {
                    stream.blocking_write_and_flush(&PIECE).map_err(|_| ErrorCode::Io)?;
                }
            }
            "readdir" => {
                let entries = full.read_directory()?;
                while entries.read_directory_entry()?.is_some() {}
            }
            "stat" => {
                dir.stat_at(PathFlags::empty(), "file")?;
            }
            "mkdir-rmdir" => {
                dir.create_directory_at("new")?;
                dir.remove_directory_at("new")?;
            }
            other => panic!("no operation: {other}"),
        }
    }
    let elapsed = start.elapsed();
    println!("{}", elapsed.as_nanos() / u128::from(rounds));
    for number in 0..100 {
        dir.unlink_file_at(&format!("full/{number}"))?;
    }
    dir.unlink_file_at("file")?;
    dir.remove_directory_at("full")
}

fn open(dir: &Descriptor, path: &str, flags: OpenFlags) -> Result<Descriptor, ErrorCode> {
    dir.open_at(
        PathFlags::empty(),
        path,
        flags,
        DescriptorFlags::READ | DescriptorFlags::WRITE,
    )
}
