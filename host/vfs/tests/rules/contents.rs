//! Contents: reading, writing, sizes.

use crate::*;
use scratch_vfs::Error;

const MIB: usize = 1 << 20;

#[test]
fn a_hole_reads_as_zeros_and_takes_no_memory() {
    let space = space();
    let root = space.root().unwrap();
    let file = create(&root, "f");
    file.set_size(1 << 40).unwrap();
    file.write_all((1 << 40) - 3, b"end").unwrap();
    let mut buffer = [1; 8];
    assert_eq!(file.read((1 << 40) - 6, &mut buffer), Ok(6));
    assert_eq!(&buffer[..6], b"\0\0\0end");
    assert_eq!(space.usage().bytes.used, 1 << 40);
    assert!(space.usage().memory.used <= 64 * 1024);
}

#[test]
fn no_byte_that_was_cut_off_comes_back() {
    let space = space();
    let root = space.root().unwrap();
    let file = create(&root, "f");
    for size in [1, 63, 64, 65, 4_095, 65_535, 65_536, 65_537, 200_000] {
        file.write_all(0, &vec![0xaa; size]).unwrap();
        file.set_size(1).unwrap();
        file.set_size(u64::try_from(size).unwrap() + 10).unwrap();
        let content = read_file(&file);
        assert_eq!(content.len(), size + 10);
        assert!(content[1..].iter().all(|byte| *byte == 0), "{size}");
        file.set_size(0).unwrap();
    }
}

#[test]
fn no_page_shows_what_its_last_owner_wrote() {
    let budget = Budget::new(Limits::none());
    let canary = vec![0xca; 8 * MIB];
    let space = Space::builder(&budget).limits(Limits::none()).build().unwrap();
    write(&space.root().unwrap(), "f", &canary);
    space.end();
    let space = Space::builder(&budget).limits(Limits::none()).build().unwrap();
    let root = space.root().unwrap();
    let file = create(&root, "f");
    // One byte in each page, at different places.
    for page in 0..128_u64 {
        file.write_all(page * 65_536 + page * 511, b"x").unwrap();
    }
    file.set_size(8 << 20).unwrap();
    let content = read_file(&file);
    assert_eq!(content.iter().filter(|byte| **byte == b'x').count(), 128);
    assert_eq!(content.iter().filter(|byte| **byte == 0).count(), content.len() - 128);
}

#[test]
fn every_range_reads_what_was_written_last() {
    let space = space();
    let root = space.root().unwrap();
    let file = create(&root, "f");
    let mut model = Vec::new();
    let mut random = 1_u64;
    let mut next = |bound: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).unwrap() % bound
    };
    for turn in 0..2_000_u32 {
        let offset = next(400_000);
        let length = [1, 10, 1_000, 70_000][next(4)];
        match next(5) {
            0 => {
                model.resize(offset, 0);
                file.set_size(u64::try_from(offset).unwrap()).unwrap();
            }
            1 | 2 => {
                let data = vec![turn.to_le_bytes()[0]; length];
                if model.len() < offset + length {
                    model.resize(offset + length, 0);
                }
                model[offset..offset + length].copy_from_slice(&data);
                file.write_all(u64::try_from(offset).unwrap(), &data).unwrap();
            }
            _ => {
                let mut buffer = vec![0xee; length];
                let read = file.read(u64::try_from(offset).unwrap(), &mut buffer).unwrap();
                let start = offset.min(model.len());
                assert_eq!(&buffer[..read], &model[start..(start + length).min(model.len())]);
            }
        }
        assert_eq!(file.stat().unwrap().size, u64::try_from(model.len()).unwrap());
    }
}

#[test]
fn an_append_writes_at_the_end_whatever_the_offset() {
    let space = space();
    let root = space.root().unwrap();
    let file = create(&root, "f");
    file.write_all(0, b"abc").unwrap();
    assert_eq!(file.append(b"def"), Ok(3));
    file.append_all(b"ghi").unwrap();
    assert_eq!(read_file(&file), b"abcdefghi");
}

#[test]
fn offsets_end_where_those_of_linux_do() {
    let space = space();
    let root = space.root().unwrap();
    let file = create(&root, "f");
    let last = u64::try_from(i64::MAX).unwrap();
    for offset in [last + 1, u64::MAX] {
        assert_eq!(file.write(offset, b"x"), Err(Error::Invalid));
        assert_eq!(file.write(offset, b""), Err(Error::Invalid));
        assert_eq!(file.read(offset, &mut [0]), Err(Error::Invalid));
        assert_eq!(file.set_size(offset), Err(Error::Invalid));
    }
    assert_eq!(file.write(last, b"x"), Err(Error::Invalid));
    assert_eq!(file.write_all(last - 1, b"xy"), Err(Error::Invalid));
    assert_eq!(file.read(last, &mut [0]), Err(Error::Invalid));
    assert_eq!(file.read(last, &mut []), Ok(0));
    file.set_size(last).unwrap();
    assert_eq!(file.append(b"x"), Err(Error::FileTooLarge));
    assert_eq!(file.append_all(b"x"), Err(Error::FileTooLarge));
    assert_eq!(file.write(last - 1, b"x"), Ok(1));
    assert_eq!(space.usage().bytes.used, last);
    file.set_size(0).unwrap();
}

#[test]
fn nothing_written_changes_nothing() {
    let space = space();
    let root = space.root().unwrap();
    let file = create(&root, "f");
    let before = file.stat().unwrap();
    assert_eq!((file.write(100, b""), file.append(b"")), (Ok(0), Ok(0)));
    file.write_all(100, b"").unwrap();
    assert_eq!(file.stat().unwrap(), before);
}

#[test]
fn a_write_of_many_mebibytes_is_whole() {
    let space = space();
    let root = space.root().unwrap();
    let file = create(&root, "f");
    let data: Vec<u8> = (0..5 * MIB + 17).map(|at| (at % 251).to_le_bytes()[0]).collect();
    assert_eq!(file.write(10, &data), Ok(data.len()));
    assert_eq!(&read_file(&file)[10..], &data[..]);
    file.append_all(&data).unwrap();
    let content = read_file(&file);
    assert_eq!(
        (content.len(), &content[10 + data.len()..]),
        (2 * data.len() + 10, &data[..])
    );
}

#[test]
fn truncating_by_open_empties_the_file_that_is_open_elsewhere() {
    let space = space();
    let root = space.root().unwrap();
    let file = create(&root, "f");
    file.write_all(0, &vec![1; 3 * MIB]).unwrap();
    root.open_at("f", &OpenOptions::new().truncate(true)).unwrap();
    assert_eq!(file.stat().unwrap().size, 0);
    assert_eq!(space.usage().bytes.used, 0);
    assert_eq!(space.usage().memory.used, 0);
    // A new file is not truncated, and an exclusive open does not touch an old one.
    file.write_all(0, b"kept").unwrap();
    let options = read_write().create(true).exclusive(true).truncate(true);
    assert_eq!(root.open_at("f", &options).unwrap_err(), Error::Exist);
    assert_eq!(read_file(&file), b"kept");
}

#[test]
fn small_files_take_little_memory() {
    let space = space();
    let root = space.root().unwrap();
    let file = create(&root, "f");
    for (size, memory) in [
        (1, 64),
        (64, 64),
        (65, 128),
        (1_000, 1_024),
        (40_000, 65_536),
        (65_537, 131_072),
    ] {
        file.set_size(0).unwrap();
        assert_eq!(space.usage().memory.used, 0);
        file.write_all(0, &vec![1; size]).unwrap();
        assert_eq!(space.usage().memory.used, memory, "{size}");
    }
}
