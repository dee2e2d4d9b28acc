//! Write streams at several places of a file do not interfere with each other, nor writes by position with them.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_holds, file_with, passed, varied, write_stream};

pub(crate) fn main() {
    let bytes = varied(6_000, 7);
    let file = file_with(&[b'.'; 100]);
    let first = file.write_via_stream(0).expect("a stream to write");
    let second = file.write_via_stream(2_000).expect("a second stream to write");
    for step in 0..10 {
        let (start, end) = (step * 200, step * 200 + 200);
        write_stream(&first, &bytes[start..end]).expect("write to the first");
        write_stream(&second, &bytes[2_000 + start..2_000 + end]).expect("write to the second");
        let offset = u64::try_from(4_000 + start).expect("it fits");
        file.write(&bytes[4_000 + start..4_000 + end], offset)
            .expect("write by position");
    }
    assert_holds(&file, &bytes);
    passed();
}
