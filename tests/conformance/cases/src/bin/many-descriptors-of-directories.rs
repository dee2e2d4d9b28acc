//! 200 descriptors of one directory, and one of each of 200 directories, are open at once.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, TemporaryDirectory, assert_space_empty, name_of, names_in, new_directory, passed,
};

pub(crate) fn main() {
    let flags = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
    let one = new_directory();
    let of_one: Vec<_> = (0..200)
        .map(|_| one.open(flags).expect("open the one directory"))
        .collect();
    let directories: Vec<TemporaryDirectory> = (0..200).map(|_| new_directory()).collect();
    let of_many: Vec<_> = directories
        .iter()
        .map(|directory| directory.open(flags).expect("open one of many directories"))
        .collect();

    for (number, (of_one, of_many)) in of_one.iter().zip(&of_many).enumerate() {
        of_one
            .create_directory_at(&number.to_string())
            .expect("create something in the one directory");
        of_many
            .create_directory_at("inner")
            .expect("create something in one of many");
    }
    let path = one.get_path().expect("get its path");
    assert_eq!(names_in(path).len(), 200, "so many entries are in the one directory");
    for directory in &directories {
        let path = directory.get_path().expect("get its path");
        assert_eq!(names_in(&path), ["inner"], "what is in {}", name_of(&path));
    }
    drop((directories, of_many, of_one, one));
    assert_space_empty();
    passed();
}
