//! 1 MiB is written, appended and read in one call, also where a file may hold just that in memory.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{TemporaryFile, assert_holds, file_options, passed, roomy, varied};

const MIB: u64 = 1 << 20;

pub(crate) fn main() {
    let bytes = [varied(1 << 20, 1), varied(1 << 20, 2)];
    for options in [file_options(), roomy(MIB), roomy(16 * MIB)] {
        let file = TemporaryFile::create(&options).expect("create a file");
        file.write(&bytes[0], 0).expect("write 1 MiB");
        assert!(file.read(MIB, 0).as_ref() == Ok(&bytes[0]), "another MiB comes back");
        assert_holds(&file, &bytes[0]);
        assert_eq!(file.append(&bytes[1]), Ok(MIB), "append 1 MiB");
        assert!(
            file.read(MIB, MIB).as_ref() == Ok(&bytes[1]),
            "another second MiB comes back"
        );
        assert_holds(&file, &bytes.concat());

        let file = TemporaryFile::create(&options).expect("create a file");
        assert_eq!(file.append(&bytes[1]), Ok(0), "append 1 MiB to nothing");
        file.write(&bytes[0], 5).expect("write 1 MiB across the end");
        assert_holds(&file, &[&bytes[1][..5], &bytes[0]].concat());
    }
    passed();
}
