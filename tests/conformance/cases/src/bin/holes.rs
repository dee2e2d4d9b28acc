//! What was never written between what was is zeros, and counts in the size.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{TemporaryFile, assert_holds, file_options, passed, roomy};

pub(crate) fn main() {
    // Small ones, those of some pages of memory or of the disk, and some that the provider's default may not hold in memory.
    for (hole, options) in [
        (1, file_options()),
        (4096, file_options()),
        (70_001, file_options()),
        (900_000, roomy(4 << 20)),
    ] {
        let offset = u64::try_from(hole).expect("it fits");
        let file = TemporaryFile::create(&options).expect("create a file");
        file.set_size(offset).expect("extend it");
        let mut bytes = vec![0; hole];
        assert_holds(&file, &bytes);
        file.append(b"after a hole").expect("append");
        bytes.extend(b"after a hole");
        assert_holds(&file, &bytes);

        file.write(b"!", 2 * offset + 12).expect("write beyond the end");
        bytes.resize(2 * hole + 12, 0);
        bytes.push(b'!');
        assert_holds(&file, &bytes);
        file.set_size(3 * offset + 13).expect("extend it again");
        bytes.resize(3 * hole + 13, 0);
        assert_holds(&file, &bytes);
    }
    passed();
}
