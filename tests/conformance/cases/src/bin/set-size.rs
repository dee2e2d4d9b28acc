//! `set-size` cuts a file off, or extends it with zeros; what was cut off does not come back.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_holds, file_with, passed, varied};

pub(crate) fn main() {
    let mut bytes = varied(20_000, 1);
    let file = file_with(&bytes);
    for size in [20_000, 10_000, 10_001, 30_000, 30_000, 1, 5000, 0, 0, 20_000] {
        file.set_size(u64::try_from(size).expect("it fits"))
            .expect("set the size");
        bytes.resize(size, 0);
        assert_holds(&file, &bytes);
    }

    // Nor behind the hole that a write or an append leaves.
    file.write(&varied(20_000, 2), 0).expect("write");
    file.set_size(100).expect("cut it off");
    file.write(b"!", 15_000).expect("write beyond the end");
    bytes = varied(100, 2);
    bytes.resize(15_000, 0);
    bytes.push(b'!');
    assert_holds(&file, &bytes);
    file.set_size(50).expect("cut it off");
    assert_eq!(file.append(b"?"), Ok(50), "append where it was cut off");
    file.set_size(200).expect("extend it");
    bytes.truncate(50);
    bytes.push(b'?');
    bytes.resize(200, 0);
    assert_holds(&file, &bytes);
    passed();
}
