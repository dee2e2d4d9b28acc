//! Where no preopened directory shows the space, it has no path, before and after something is created.
//@ tmp = ""
#![forbid(unsafe_code)]

use scratch_conformance_cases::{ErrorCode, TemporaryDirectory, any_name, passed, space};

pub(crate) fn main() {
    assert_eq!(space::get_path(), None);
    match TemporaryDirectory::create(&any_name()) {
        Ok(directory) => {
            assert_eq!(space::get_path(), None, "a path once there is a directory");
            TemporaryDirectory::close(directory).expect("close it");
        }
        // There is no space at all.
        Err(code) => assert_eq!(code, ErrorCode::Unsupported),
    }
    assert_eq!(space::get_path(), None, "a path at the end");
    passed();
}
