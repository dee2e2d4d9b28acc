//! A file that outlives its directory says `no-entry` to everything; drop and `close` do nothing.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    TemporaryFile, any_name, assert_space_empty, detached_file, file_options, new_directory, passed,
};

pub(crate) fn main() {
    let directory = new_directory();
    let inner = directory
        .create_directory(&any_name())
        .expect("create a directory in it");
    let mut files = Vec::new();
    for parent in [&directory, &inner] {
        let create = || parent.create_file(&file_options()).expect("create a file");
        let empty = create();
        let written = create();
        written.write(b"content", 0).expect("write");
        let with_a_path = create();
        with_a_path.get_path().expect("get its path");
        files.extend([empty, written, with_a_path]);
    }
    drop(directory);
    for (number, file) in files.into_iter().enumerate() {
        let file = detached_file(file);
        if number % 2 == 0 {
            TemporaryFile::close(file).expect("close a detached file");
        }
    }
    drop(inner);
    assert_space_empty();
    passed();
}
