//! Whatever moves a file to disk, its bytes, its holes and its size stay the same.
//@ storages = ["default"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{DescriptorFlags, TemporaryFile, assert_holds, holding, new_directory, passed, varied};

/// Moves a file to disk, and does to its bytes what that does to them.
type Move = fn(&TemporaryFile, &mut Vec<u8>);

const WAYS: [(&str, Move); 9] = [
    ("a write at the end", |file, bytes| {
        file.write(&[7; 2000], 9000).expect("write");
        bytes.extend([7; 2000]);
    }),
    ("a write across the end", |file, bytes| {
        file.write(&[7; 3000], 8000).expect("write");
        bytes.truncate(8000);
        bytes.extend([7; 3000]);
    }),
    ("a write behind a hole", |file, bytes| {
        file.write(b"!", 12_000).expect("write");
        bytes.resize(12_000, 0);
        bytes.push(b'!');
    }),
    ("an append", |file, bytes| {
        assert_eq!(
            file.append(&[7; 2000]),
            Ok(9000),
            "where an append landed that moved the file"
        );
        bytes.extend([7; 2000]);
    }),
    ("a larger size", |file, bytes| {
        file.set_size(20_000).expect("extend it");
        bytes.resize(20_000, 0);
    }),
    ("open", |file, _| {
        drop(file.open(DescriptorFlags::READ).expect("open it"))
    }),
    ("get-path", |file, _| drop(file.get_path().expect("get its path"))),
    ("a stream that reads", |file, _| {
        drop(file.read_via_stream(0).expect("open a stream"))
    }),
    ("streams that could write", |file, _| {
        drop(file.write_via_stream(0).expect("open a stream"));
        drop(file.append_via_stream().expect("open another stream"));
    }),
];

pub(crate) fn main() {
    let directory = new_directory();
    for (way, move_it) in WAYS {
        let in_space = TemporaryFile::create(&holding(10_000)).expect("create a file");
        let in_directory = directory
            .create_file(&holding(10_000))
            .expect("create a file in a directory");
        for file in [in_space, in_directory] {
            // Bytes, a hole, bytes, and a hole at the end.
            let mut bytes = varied(1000, 1);
            file.write(&bytes, 0).expect("write");
            bytes.resize(5000, 0);
            file.write(&varied(1000, 2), 5000).expect("write behind a hole");
            bytes.extend(varied(1000, 2));
            file.set_size(9000).expect("extend it");
            bytes.resize(9000, 0);
            assert_holds(&file, &bytes);
            move_it(&file, &mut bytes);
            let size = u64::try_from(bytes.len()).expect("it fits");
            assert_eq!(file.get_size(), Ok(size), "the size after {way}");
            assert_holds(&file, &bytes);
        }
    }
    passed();
}
