//! A file can be larger than 4 GiB: offsets and sizes are what they say in all of their 64 bits.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{file_with, new_file, passed};

const FOUR_GIB: u64 = 1 << 32;
const EIGHT_GIB: u64 = 1 << 33;

pub(crate) fn main() {
    // Almost all of it is a hole, which takes no room on most disks.
    let file = file_with(b"first");
    file.write(b"second", FOUR_GIB).expect("write beyond 4 GiB");
    assert_eq!(file.get_size(), Ok(FOUR_GIB + 6), "the size beyond 4 GiB");
    file.write(b"third", EIGHT_GIB + 100).expect("write beyond 8 GiB");
    assert_eq!(file.get_size(), Ok(EIGHT_GIB + 105), "the size beyond 8 GiB");
    assert_eq!(file.append(b", fourth"), Ok(EIGHT_GIB + 105), "append beyond 8 GiB");

    let read = |length, offset| file.read(length, offset).expect("read");
    assert_eq!(read(6, 0), b"first\0", "at the start");
    assert_eq!(read(8, FOUR_GIB - 1), b"\0second\0", "at 4 GiB");
    assert_eq!(read(100, EIGHT_GIB + 99), b"\0third, fourth", "at 8 GiB");
    assert_eq!(read(5, EIGHT_GIB), [0; 5], "in a hole at 8 GiB");
    assert_eq!(read(10, EIGHT_GIB + 113), b"", "at the end");
    // The low 32 bits of these are 0 and 6.
    assert_eq!(read(FOUR_GIB, EIGHT_GIB + 100), b"third, fourth", "4 GiB");
    assert_eq!(read(FOUR_GIB + 6, EIGHT_GIB + 100), b"third, fourth", "more than 4 GiB");

    file.set_size(FOUR_GIB + 3).expect("cut it off beyond 4 GiB");
    assert_eq!(file.get_size(), Ok(FOUR_GIB + 3), "the size that was set");
    assert_eq!(read(10, FOUR_GIB), b"sec", "what is left at 4 GiB");
    file.set_size(EIGHT_GIB).expect("extend it to 8 GiB");
    assert_eq!(file.get_size(), Ok(EIGHT_GIB), "the size that was set");
    assert_eq!(read(5, 0), b"first", "at the start, after all this");
    drop(file);

    let file = new_file();
    file.set_size(FOUR_GIB).expect("set the size of a new file");
    assert_eq!(file.get_size(), Ok(FOUR_GIB), "the size of a new file");
    assert_eq!(file.read(5, FOUR_GIB - 2), Ok(vec![0; 2]), "its last bytes");
    passed();
}
