//! Persists to `/out/taken`, where something is, again and again and without end: a `file` or a `directory`, as the first
//! argument says. Each time the handle comes back.
#![forbid(unsafe_code)]

use std::{env, fs};

use scratch_tempfile::bindings::scratch::tempfile::types::{FileOptions, TemporaryDirectory, TemporaryFile};
use scratch_test_programs::{any_name, wasi::preopens};

fn main() {
    let (out, _) = preopens::get_directories()
        .into_iter()
        .find(|(_, path)| path == "/out")
        .expect("the directory `/out` has to be granted");
    match env::args().nth(1).as_deref() {
        Some("file") => {
            let options = FileOptions {
                name: any_name(),
                max_memory: Some(0),
            };
            let mut file = TemporaryFile::create(&options).expect("create a file");
            file.write(b"the program's", 0).expect("write");
            loop {
                let Err((handle, _)) = TemporaryFile::persist(file, &out, "taken", false) else {
                    panic!("replaced what was there");
                };
                file = handle;
            }
        }
        Some("directory") => {
            let mut dir = TemporaryDirectory::create(&any_name()).expect("create a directory");
            let path = dir.get_path().expect("get its path");
            fs::write(format!("{path}/file"), "the program's").expect("write");
            loop {
                let Err((handle, _)) = TemporaryDirectory::persist(dir, &out, "taken") else {
                    panic!("replaced what was there");
                };
                dir = handle;
            }
        }
        other => panic!("the first argument has to be `file` or `directory`, not {other:?}"),
    }
}
