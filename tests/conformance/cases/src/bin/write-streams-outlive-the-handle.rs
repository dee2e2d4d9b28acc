//! Write and append streams whose handle was dropped write to the unlinked file or fail; nothing comes back into the space.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_space_empty, file_with, passed, stands, varied, write_stream};

pub(crate) fn main() {
    let bytes = varied(300_000, 14);
    let file = file_with(b"to be dropped");
    let path = file.get_path().expect("get its path");
    let output = file.write_via_stream(5).expect("a stream to write");
    let append = file.append_via_stream().expect("a stream to append");
    write_stream(&output, b"before").expect("write before the drop");
    drop(file);
    assert!(!stands(&path), "streams kept the entry of a dropped file");
    for step in 0..3 {
        // An error is fine, a trap or an entry is not.
        let _ = write_stream(&output, &bytes);
        let _ = write_stream(&append, &bytes);
        assert!(
            !stands(&path),
            "a write to a dropped file brought its entry back in step {step}"
        );
        assert_space_empty();
    }
    drop((output, append));
    assert_space_empty();
    passed();
}
