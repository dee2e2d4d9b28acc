//! Without a preopen of the space a directory has no path and cannot be kept, but works otherwise.
//@ tmp = ""
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, TemporaryDirectory, any_name, content, file_options, holding, passed,
};

pub(crate) fn main() {
    let directory = match TemporaryDirectory::create(&any_name()) {
        Ok(directory) => directory,
        Err(code) => {
            // There is no space at all.
            assert_eq!(code, ErrorCode::Unsupported, "create");
            return passed();
        }
    };
    let inner = directory
        .create_directory(&any_name())
        .expect("create a directory in it");
    for directory in [&directory, &inner] {
        assert_eq!(directory.get_path(), Err(ErrorCode::Unsupported), "get-path");
    }

    let (directory, code) = TemporaryDirectory::keep(directory).expect_err("kept where nobody would find it");
    assert_eq!(code, ErrorCode::Unsupported, "keep");
    let file = directory
        .create_file(&file_options())
        .expect("create a file in it after that");
    file.write(b"still used", 0).expect("write");
    assert_eq!(content(&file), b"still used");
    inner
        .create_file(&holding(0))
        .expect("the inner directory is still attached");

    let flags = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
    let descriptor = directory.open(flags).expect("open it");
    descriptor
        .create_directory_at("by-descriptor")
        .expect("create a directory by descriptor");
    let listing = descriptor.read_directory().expect("list it");
    let mut names = Vec::new();
    while let Some(entry) = listing.read_directory_entry().expect("read the listing") {
        names.push(entry.name);
    }
    assert!(
        names.iter().any(|name| name == "by-descriptor"),
        "the listing is {names:?}"
    );
    drop((listing, descriptor));
    TemporaryDirectory::close(directory).expect("close it");
    passed();
}
