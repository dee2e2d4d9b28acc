//! A directory that outlives its own says `no-entry` to everything; drop and `close` do nothing.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    TemporaryDirectory, any_name, assert_space_empty, detached_directory, new_directory, passed,
};

pub(crate) fn main() {
    for ends_with_close in [false, true] {
        let directory = new_directory();
        let child = directory
            .create_directory(&any_name())
            .expect("create a directory in it");
        let grandchild = child.create_directory(&any_name()).expect("create a directory in that");
        let other = directory.create_directory(&any_name()).expect("create another one");
        drop(directory);
        // All of them, before one goes.
        let detached = [child, grandchild, other].map(detached_directory);
        if ends_with_close {
            for directory in detached {
                TemporaryDirectory::close(directory).expect("close a detached directory");
            }
        } else {
            drop(detached);
        }
        assert_space_empty();
    }
    passed();
}
