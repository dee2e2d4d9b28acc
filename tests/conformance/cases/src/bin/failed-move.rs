//! If a move to disk fails, so does the function that needs it, and the file stays as it was, in memory.
//@ storages = ["default"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, TemporaryFile, assert_holds, holding, new_directory, passed, varied,
};

pub(crate) fn main() {
    let directory = new_directory();
    let path = directory.get_path().expect("get the path of the directory");
    let file = directory.create_file(&holding(1000)).expect("create a file in it");
    let mut bytes = varied(900, 1);
    file.write(&bytes, 0).expect("write");
    if !file.is_in_memory() {
        // A provider may move it earlier: then nothing is left that could fail.
        return passed();
    }
    // Now there is no place where it could go.
    std::fs::remove_dir(&path).expect("delete the directory by path");

    let refused = Err(ErrorCode::NoEntry);
    assert_eq!(file.write(&[7; 101], 900), refused, "a write at the end");
    check(&file, &bytes);
    assert_eq!(file.write(&[7; 1000], 1), refused, "a write over what is there");
    check(&file, &bytes);
    assert_eq!(file.write(b"!", 5000), refused, "a write behind a hole");
    check(&file, &bytes);
    assert_eq!(file.set_size(1001), refused, "a larger size");
    check(&file, &bytes);
    assert_eq!(file.append(&[7; 101]), Err(ErrorCode::NoEntry), "an append");
    check(&file, &bytes);
    assert_eq!(file.get_path(), Err(ErrorCode::NoEntry), "get-path");
    check(&file, &bytes);
    assert_eq!(file.open(DescriptorFlags::READ).err(), Some(ErrorCode::NoEntry), "open");
    check(&file, &bytes);
    // What fits still does.
    file.write(b"fits", 0).expect("write within the bound");
    bytes[..4].copy_from_slice(b"fits");
    assert_eq!(file.append(&[7; 100]), Ok(900), "append up to the bound");
    bytes.extend([7; 100]);
    check(&file, &bytes);
    passed();
}

fn check(file: &TemporaryFile, bytes: &[u8]) {
    assert!(file.is_in_memory(), "it has left memory for nowhere");
    assert_holds(file, bytes);
}
