//! Beyond the limit of bytes it is `insufficient-space`, nothing is written, and there is room again when a file went.
//@ storages = ["disk"]
//@ limited = true
#![forbid(unsafe_code)]

use scratch_conformance_cases::{ErrorCode, TemporaryFile, assert_space_empty, holding, passed, space};

/// More than this is not filled here.
const MOST: u64 = 64 << 20;

fn on_disk() -> TemporaryFile {
    let file = TemporaryFile::create(&holding(0)).expect("create a file");
    file.get_path().expect("give it a name");
    file
}

pub(crate) fn main() {
    let limits = space::get_limits();
    let Some(bytes) = limits.bytes.filter(|bytes| *bytes <= MOST) else {
        return passed();
    };
    let piece = limits.file_bytes.unwrap_or(bytes).min(bytes);
    if bytes / piece >= limits.entries.unwrap_or(1000).min(1000) {
        return passed();
    }

    let mut files = Vec::new();
    let mut room = bytes;
    while room > 0 {
        let file = on_disk();
        let size = room.min(piece);
        match file.set_size(size) {
            Ok(()) => {}
            // There may be less room on the disk than the limit allows.
            Err(ErrorCode::InsufficientSpace) => return passed(),
            Err(code) => panic!("refused at {} bytes of {bytes}: {code}", bytes - room),
        }
        room -= size;
        files.push(file);
    }
    let more = on_disk();
    assert_eq!(
        more.write(b"!", 0),
        Err(ErrorCode::InsufficientSpace),
        "write one byte more"
    );
    assert_eq!(
        more.append(b"!"),
        Err(ErrorCode::InsufficientSpace),
        "append one byte more"
    );
    assert_eq!(
        more.set_size(1),
        Err(ErrorCode::InsufficientSpace),
        "extend by one byte more"
    );
    assert_eq!(more.get_size(), Ok(0), "a refusal wrote something");
    assert_eq!(space::get_usage().bytes, bytes, "the usage is not the limit");

    drop(files.pop());
    more.write(b"!", 0).expect("write when there is room again");
    drop((files, more));
    assert_space_empty();
    passed();
}
