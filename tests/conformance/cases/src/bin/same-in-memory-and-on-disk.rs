//! Where the bytes are changes nothing: files in memory and on disk answer the same to the same calls.
//@ storages = ["default"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{TemporaryFile, assert_holds, holding, passed, varied};

pub(crate) fn main() {
    // The third moves on its way.
    let files = [1 << 20, 0, 20_000].map(|bound| TemporaryFile::create(&holding(bound)).expect("create a file"));
    let mut bytes: Vec<u8> = Vec::new();
    let mut state = 7_u32;
    for step in 0..3000 {
        let mut any = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            usize::try_from(state >> 8).expect("it fits") % below
        };
        let what = any(10);
        let at = any(bytes.len() + bytes.len() / 8 + 10);
        let piece = varied(any(1500), step);
        let (offset, length) = (bytes_in(at), bytes_in(piece.len()));
        for file in &files {
            match what {
                0..4 => file.write(&piece, offset).expect("write"),
                4 => assert_eq!(file.append(&piece), Ok(bytes_in(bytes.len())), "append, step {step}"),
                5 => file.set_size(offset).expect("set the size"),
                _ => {
                    let start = at.min(bytes.len());
                    let end = (start + piece.len()).min(bytes.len());
                    let read = file.read(length, offset).expect("read");
                    assert!(read == bytes[start..end], "{length} bytes at {offset}, step {step}");
                }
            }
        }
        match what {
            0..4 if !piece.is_empty() => {
                let end = at + piece.len();
                bytes.resize(bytes.len().max(end), 0);
                bytes[at..end].copy_from_slice(&piece);
            }
            4 => bytes.extend(piece),
            5 => bytes.resize(at, 0),
            _ => {}
        }
        for file in &files {
            assert_eq!(file.get_size(), Ok(bytes_in(bytes.len())), "the size, step {step}");
        }
    }
    for file in &files {
        assert_holds(file, &bytes);
    }
    assert!(
        !files[1].is_in_memory(),
        "a file that may hold nothing in memory is there"
    );
    passed();
}

fn bytes_in(length: usize) -> u64 {
    u64::try_from(length).expect("a length fits 64 bits")
}
