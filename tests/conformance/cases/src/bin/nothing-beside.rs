//! A creation makes exactly one entry, under the path that is answered, and a drop leaves none.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    any_name, assert_space_empty, file_options, in_space, name_of, names_in, new_directory, new_file, passed,
};

pub(crate) fn main() {
    for _ in 0..3 {
        let file = new_file();
        file.write(b"all of it", 0).expect("write");
        assert!(
            in_space().len() <= 1,
            "more than one entry for a file: {:?}",
            in_space()
        );
        let path = file.get_path().expect("get its path");
        assert_eq!(in_space(), [name_of(&path)], "beside a file");
        drop(file);
        assert_space_empty();

        let directory = new_directory();
        let path = directory.get_path().expect("get its path");
        assert_eq!(in_space(), [name_of(&path)], "beside a directory");
        assert_eq!(names_in(&path), [""; 0], "in a new directory");

        let inner = directory
            .create_directory(&any_name())
            .expect("create a directory in it");
        let inner_path = inner.get_path().expect("get its path");
        assert_eq!(names_in(&path), [name_of(&inner_path)], "beside an inner directory");
        let file = inner.create_file(&file_options()).expect("create a file in that");
        let file_path = file.get_path().expect("get its path");
        assert_eq!(names_in(&inner_path), [name_of(&file_path)], "beside an inner file");
        assert_eq!(in_space(), [name_of(&path)], "beside the outer directory");
        drop(file);
        assert_eq!(names_in(&inner_path), [""; 0], "after the drop of an inner file");
        drop(inner);
        assert_eq!(names_in(&path), [""; 0], "after the drop of an inner directory");
        drop(directory);
        assert_space_empty();
    }
    passed();
}
