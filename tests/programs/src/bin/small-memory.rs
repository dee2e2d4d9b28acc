//! Holds more in files than a provider with little memory can, small ones, one that grows and one of 1 MiB a write: they
//! move to disk, and all is as it was written.
#![forbid(unsafe_code)]

use std::io::{self, Read, Seek, Write};

use scratch_tempfile::{Builder, File};
use scratch_test_programs::{names_in_space, storage};

const FILES: u8 = 60;
const SIZE: usize = 200_000;
const MIB: usize = 1 << 20;

fn main() -> io::Result<()> {
    let before = names_in_space()?;
    let mut files = Vec::new();
    for number in 0..FILES {
        let mut file = storage().unnamed_file()?;
        file.write_all(&vec![number; SIZE])?;
        files.push(file);
    }
    // Both would fit into what a provider with enough memory holds.
    let mut grown = Builder::new().max_memory(16 << 20).unnamed_file()?;
    for number in 0..64 {
        grown.write_all(&vec![number; MIB / 16])?;
    }
    let mut large = Builder::new().max_memory(16 << 20).unnamed_file()?;
    for number in 0..4 {
        large.write_all(&vec![number; MIB])?;
    }

    for (number, file) in (0..FILES).zip(&mut files) {
        check(file, &[number], SIZE)?;
    }
    check(&mut grown, &(0..64).collect::<Vec<u8>>(), MIB / 16)?;
    check(&mut large, &[0, 1, 2, 3], MIB)?;
    drop((files, grown, large));
    assert_eq!(names_in_space()?, before, "something is left");
    println!("ok");
    Ok(())
}

/// Whether the file holds `size` times each of the numbers, one after the other.
fn check(file: &mut File, numbers: &[u8], size: usize) -> io::Result<()> {
    file.rewind()?;
    let mut bytes = vec![0; size];
    for number in numbers {
        file.read_exact(&mut bytes)?;
        assert!(
            bytes.iter().all(|byte| byte == number),
            "the bytes of {number} are others"
        );
    }
    assert_eq!(file.read(&mut bytes)?, 0, "the file is longer than what was written");
    Ok(())
}
