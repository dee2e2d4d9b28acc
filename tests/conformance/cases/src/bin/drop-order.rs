//! A directory's drop ends the handles of what was created in it, and of nothing beside or above it.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    any_name, assert_space_empty, content, detached_directory, detached_file, file_options, name_of, names_in,
    new_directory, passed,
};

pub(crate) fn main() {
    let outer = new_directory();
    let middle = outer.create_directory(&any_name()).expect("create a directory in it");
    let sibling = outer.create_directory(&any_name()).expect("create another one");
    let inner = middle
        .create_directory(&any_name())
        .expect("create a directory in the middle one");
    let file = |directory: &scratch_conformance_cases::TemporaryDirectory| {
        let file = directory.create_file(&file_options()).expect("create a file");
        file.write(b"content", 0).expect("write");
        file
    };
    let [in_outer, in_middle, in_sibling, in_inner] = [&outer, &middle, &sibling, &inner].map(file);

    drop(middle);
    drop(detached_file(in_middle));
    drop(detached_file(in_inner));
    drop(detached_directory(inner));
    assert_eq!(content(&in_outer), b"content", "a file beside it");
    assert_eq!(content(&in_sibling), b"content", "a file in a directory beside it");
    let sibling_path = sibling.get_path().expect("get the path of a directory beside it");
    let path = in_outer.get_path().expect("get the path of a file beside it");
    let mut names = [name_of(&path), name_of(&sibling_path)];
    names.sort_unstable();
    assert_eq!(names_in(outer.get_path().expect("get its path")), names);

    drop(outer);
    drop(detached_file(in_outer));
    drop(detached_file(in_sibling));
    drop(detached_directory(sibling));
    assert_space_empty();
    passed();
}
