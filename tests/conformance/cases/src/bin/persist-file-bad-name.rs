//! A file is not persisted under a name that is none, or that some system cannot hold: `invalid`.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    ErrorCode, TemporaryFile, assert_holds, assert_space_empty, bad_names, file_with, in_space, names_in, passed,
    preopen,
};

pub(crate) fn main() {
    let out = preopen("/out");
    let mut file = file_with(b"temporary");
    let was_in_memory = file.is_in_memory();
    let before = in_space();
    for name in bad_names() {
        for overwrite in [false, true] {
            let persisted = TemporaryFile::persist(file, &out, &name, overwrite);
            let start: String = name.chars().take(20).collect();
            let (handle, code) = persisted.expect_err("persisted to a bad name");
            assert_eq!(code, ErrorCode::Invalid, "the name {start:?} of {} bytes", name.len());
            file = handle;
        }
    }
    assert_eq!(file.is_in_memory(), was_in_memory, "a refusal moved it");
    assert_holds(&file, b"temporary");
    assert_eq!(in_space(), before, "a refusal left something in the space");
    assert!(
        names_in("/out").is_empty(),
        "a refusal left something in `/out`: {:?}",
        names_in("/out")
    );
    drop(file);
    assert_space_empty();
    passed();
}
