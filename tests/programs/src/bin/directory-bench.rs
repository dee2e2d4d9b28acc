//! Creates a directory, files in it, and drops it all, in a loop, and prints the nanoseconds of one round.
//!
//! Arguments: where the files are (`disk`, `default`, or `memory`: a handle for each; `path`: made by path, without one), the
//! rounds, the files, the bytes of each.
#![forbid(unsafe_code)]

use std::time::Instant;
use std::{env, fs};

use scratch_tempfile::TempDir;
use scratch_tempfile::bindings::scratch::tempfile::types::{FileOptions, TemporaryFile};
use scratch_test_programs::{assert_storage, file_options, number};

fn main() {
    let options = (env::args().nth(1).as_deref() != Some("path")).then(file_options);
    let rounds: u32 = number(2, "how many rounds");
    let files: usize = number(3, "how many files");
    let bytes = vec![0x5a; number(4, "how many bytes")];
    assert!(rounds > 0, "at least one round");

    let start = Instant::now();
    for round in 0..rounds {
        let dir = TempDir::new().expect("create a directory");
        let Some(options) = &options else {
            for file in 0..files {
                fs::write(dir.path().join(file.to_string()), &bytes).expect("write a file");
            }
            continue;
        };
        let files: Vec<_> = (0..files).map(|_| create(&dir, options, &bytes)).collect();
        if round == 0 {
            files.iter().for_each(assert_storage);
        }
    }
    println!("{}", start.elapsed().as_nanos() / u128::from(rounds));
}

fn create(dir: &TempDir, options: &FileOptions, bytes: &[u8]) -> TemporaryFile {
    let file = dir.as_handle().create_file(options).expect("create a file");
    file.write(bytes, 0).expect("write");
    file
}
