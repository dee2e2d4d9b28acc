//! Writes more than one call can carry, and more than fits the memory; reads it back in one piece and in bits; seeks and cuts.
#![forbid(unsafe_code)]

use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use scratch_test_programs::storage;

const SIZE: usize = (3 << 20) + 5;

fn main() -> io::Result<()> {
    let bytes: Vec<u8> = (0..=250).cycle().take(SIZE).collect();
    let size = u64::try_from(SIZE).map_err(io::Error::other)?;

    let mut file = storage().unnamed_file()?;
    assert!(file.is_empty()?, "a new file is not empty");
    file.write_all(&bytes)?;
    assert_eq!(file.len()?, size, "the size after the write");
    assert_eq!(file.stream_position()?, size, "the cursor after the write");
    assert!(!file.is_in_memory(), "3 MiB are still in memory");

    file.rewind()?;
    let mut whole = vec![0; SIZE];
    file.read_exact(&mut whole)?;
    assert!(whole == bytes, "read back something else");
    assert_eq!(file.read(&mut [0; 8])?, 0, "something follows the end");

    // Across the border between two calls, from the end, and beyond it.
    let mut bit = [0; 8];
    file.seek(SeekFrom::Start((1 << 20) - 4))?;
    file.read_exact(&mut bit)?;
    assert_eq!(bit, bytes[(1 << 20) - 4..][..8], "read something else in the middle");
    assert_eq!(file.seek(SeekFrom::End(-5))?, size - 5);
    let mut rest = Vec::new();
    file.read_to_end(&mut rest)?;
    assert_eq!(rest, bytes[SIZE - 5..], "read something else at the end");
    file.seek(SeekFrom::End(100))?;
    assert_eq!(file.read(&mut bit)?, 0, "there is something beyond the end");
    let before = file
        .seek(SeekFrom::Current(-1_000_000_000))
        .map_err(|error| error.kind());
    assert_eq!(before, Err(ErrorKind::InvalidInput), "a seek to before the start");

    // Cut, and extended by a write beyond the end: zeroes between.
    file.set_len(3)?;
    file.seek(SeekFrom::Start(6))?;
    file.write_all(b"!")?;
    file.rewind()?;
    rest.clear();
    file.read_to_end(&mut rest)?;
    assert_eq!(rest, [0, 1, 2, 0, 0, 0, b'!'], "the hole holds something");
    file.close()?;
    println!("ok");
    Ok(())
}
