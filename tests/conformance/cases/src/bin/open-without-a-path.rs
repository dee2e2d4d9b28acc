//! Where no directory of the program shows the space, `open` works as elsewhere.
//@ tmp = ""
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, TemporaryDirectory, TemporaryFile, any_name, assert_holds, file_options, passed, space,
    write_descriptor,
};

pub(crate) fn main() {
    assert_eq!(space::get_path(), None, "the space has a path");
    let directory = match TemporaryDirectory::create(&any_name()) {
        Ok(directory) => directory,
        // There is no space at all: a composed provider sees what the program sees.
        Err(code) => {
            assert_eq!(code, ErrorCode::Unsupported, "a directory without a space");
            if let Ok(file) = TemporaryFile::create(&file_options()) {
                let refused = file.open(DescriptorFlags::READ).map(drop);
                assert_eq!(refused, Err(ErrorCode::Unsupported), "a file without a space");
            }
            return passed();
        }
    };
    assert_eq!(
        directory.get_path(),
        Err(ErrorCode::Unsupported),
        "a path without one of the space"
    );
    let descriptor = directory
        .open(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY)
        .expect("open the directory");
    descriptor
        .create_directory_at("inner")
        .expect("create a directory in it");
    drop(descriptor);

    for file in [
        TemporaryFile::create(&file_options()).expect("create a file"),
        directory
            .create_file(&file_options())
            .expect("create a file in the directory"),
    ] {
        file.write(b"no path", 0).expect("write");
        assert_eq!(
            file.get_path(),
            Err(ErrorCode::Unsupported),
            "a path without one of the space"
        );
        let descriptor = file
            .open(DescriptorFlags::READ | DescriptorFlags::WRITE)
            .expect("open the file");
        write_descriptor(&descriptor, b"on", 0).expect("write to the descriptor");
        assert_holds(&file, b"on path");
    }
    passed();
}
