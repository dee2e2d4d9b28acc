//! Beyond the limit of entries it is `insufficient-space`, nothing is made, and there is room again when one went.
//@ storages = ["disk"]
//@ limited = true
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    ErrorCode, TemporaryDirectory, TemporaryFile, any_name, assert_space_empty, holding, new_directory, passed, space,
};

/// More than this are not made here.
const MOST: u64 = 10_000;

pub(crate) fn main() {
    let Some(entries) = space::get_limits().entries.filter(|entries| *entries <= MOST) else {
        return passed();
    };
    let mut directories: Vec<_> = (0..entries).map(|_| new_directory()).collect();
    assert_eq!(
        TemporaryDirectory::create(&any_name()).err(),
        Some(ErrorCode::InsufficientSpace),
        "one directory more"
    );
    let file = TemporaryFile::create(&holding(0)).and_then(|file| file.get_path());
    assert_eq!(file.err(), Some(ErrorCode::InsufficientSpace), "one file more");
    let inner = directories[0].create_directory(&any_name());
    assert_eq!(
        inner.err(),
        Some(ErrorCode::InsufficientSpace),
        "one more in a directory"
    );
    assert_eq!(space::get_usage().entries, entries, "the usage is not the limit");

    drop(directories.pop());
    let file = TemporaryFile::create(&holding(0)).expect("create when there is room again");
    file.get_path().expect("give it a name");
    drop((directories, file));
    assert_space_empty();
    passed();
}
