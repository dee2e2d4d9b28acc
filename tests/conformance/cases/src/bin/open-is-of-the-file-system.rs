//! A descriptor is one of the file system: it knows its file again, sets its times, and takes advice.
#![forbid(unsafe_code)]

use scratch_conformance_cases::wasi::types::{Advice, Datetime, DescriptorType, NewTimestamp, PathFlags};
use scratch_conformance_cases::{DescriptorFlags, file_with, link, new_directory, passed, put};

pub(crate) fn main() {
    let (file, other) = (file_with(b"a file"), file_with(b"another"));
    let open = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let [one, again] = [(); 2].map(|()| file.open(open).expect("open it"));
    let other = other.open(open).expect("open another file");
    assert!(one.is_same_object(&again), "it is the same file");
    assert!(!one.is_same_object(&other), "it is another file");
    let hash = |descriptor: &scratch_conformance_cases::Descriptor| {
        let hash = descriptor.metadata_hash().expect("hash its metadata");
        (hash.lower, hash.upper)
    };
    assert_eq!(hash(&one), hash(&again), "the hashes of one file");
    assert_ne!(hash(&one), hash(&other), "the hashes of two files");

    let then = Datetime {
        seconds: 1_000_000_000,
        nanoseconds: 0,
    };
    one.set_times(NewTimestamp::NoChange, NewTimestamp::Timestamp(then))
        .expect("set the time of the last change");
    let modified = again.stat().expect("stat it").data_modification_timestamp;
    let modified = modified.expect("it has a time of the last change");
    assert_eq!((modified.seconds, modified.nanoseconds), (then.seconds, 0), "that time");
    one.advise(0, 6, Advice::WillNeed).expect("take advice");
    one.sync_data().expect("synchronize its data");
    one.sync().expect("synchronize it");
    assert_eq!(one.get_type(), Ok(DescriptorType::RegularFile), "its type");
    assert_eq!(one.get_flags(), Ok(open), "its flags");

    let dir = new_directory();
    let path = dir.get_path().expect("get the directory's path");
    put(format!("{path}/inside"), b"a file");
    link("inside", &format!("{path}/link")).expect("make a link");
    let dir = dir
        .open(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY)
        .expect("open the directory");
    assert_eq!(dir.get_type(), Ok(DescriptorType::Directory), "the directory's type");
    assert_eq!(dir.readlink_at("link").as_deref(), Ok("inside"), "where the link leads");
    let hash_at = |flags: PathFlags, path: &str| {
        let hash = dir.metadata_hash_at(flags, path).expect("hash the metadata of a name");
        (hash.lower, hash.upper)
    };
    let followed = hash_at(PathFlags::SYMLINK_FOLLOW, "link");
    assert_eq!(followed, hash_at(PathFlags::empty(), "inside"), "followed to the file");
    assert_ne!(followed, hash_at(PathFlags::empty(), "link"), "the link itself");
    dir.set_times_at(
        PathFlags::empty(),
        "inside",
        NewTimestamp::NoChange,
        NewTimestamp::Timestamp(then),
    )
    .expect("set the time of a name");
    let modified = dir.stat_at(PathFlags::empty(), "inside").expect("stat a name");
    let modified = modified.data_modification_timestamp.map(|time| time.seconds);
    assert_eq!(modified, Some(then.seconds), "the time of that name");
    passed();
}
