//! An append lands at the end, wherever that is now, and answers with the size before.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_holds, new_file, passed};

pub(crate) fn main() {
    let file = new_file();
    assert_eq!(file.append(b"one"), Ok(0), "to nothing");
    assert_eq!(file.append(b", two"), Ok(3), "to an append");
    assert_holds(&file, b"one, two");
    file.write(b"O", 0).expect("write in the middle");
    assert_eq!(file.append(b"!"), Ok(8), "after a write that is not at the end");
    assert_holds(&file, b"One, two!");
    file.write(b"end", 12).expect("write beyond the end");
    assert_eq!(file.append(b"."), Ok(15), "after a write beyond the end");
    assert_holds(&file, b"One, two!\0\0\0end.");

    file.set_size(3).expect("cut it off");
    assert_eq!(file.append(b"?"), Ok(3), "after it was cut off");
    assert_holds(&file, b"One?");
    file.set_size(6).expect("extend it");
    assert_eq!(file.append(b"six"), Ok(6), "after it was extended");
    assert_holds(&file, b"One?\0\0six");
    file.set_size(0).expect("empty it");
    assert_eq!(file.append(b"again"), Ok(0), "after it was emptied");
    assert_holds(&file, b"again");
    passed();
}
