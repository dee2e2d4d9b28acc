//! Beyond the limit of depth it is `quota`: an entry directly in the space has depth 1.
//@ storages = ["disk"]
//@ limited = true
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    DescriptorFlags, ErrorCode, TemporaryDirectory, TemporaryFile, any_name, assert_space_empty, file_with,
    new_directory, passed, space,
};

/// Deeper is not gone here: paths end somewhere.
const MOST: u64 = 100;

pub(crate) fn main() {
    let Some(most) = space::get_limits().depth.filter(|most| *most <= MOST) else {
        return passed();
    };
    let mut chain = vec![new_directory()];
    for depth in 2..=most {
        let inner = chain.last().map(|last| last.create_directory(&any_name()));
        let inner = inner.expect("there is one at least");
        chain.push(inner.unwrap_or_else(|code| panic!("create a directory of depth {depth}: {code}")));
    }
    let deeper = chain.last().map(|last| last.create_directory(&any_name()));
    let refused = deeper.expect("there is one at least").err();
    assert_eq!(refused, Some(ErrorCode::Quota), "create one beyond the limit");
    TemporaryDirectory::create(&any_name()).expect("create one that is not deep");

    let deepest = chain.iter().rev().take(2).map(|dir| {
        dir.open(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY)
            .expect("open a deep one")
    });
    let deepest: Vec<_> = deepest.collect();
    let [last, last_but_one] = &deepest[..] else {
        panic!("the limit is less than 2");
    };
    let (file, code) = TemporaryFile::persist(file_with(b"a file"), last, "file", false).expect_err("too deep");
    assert_eq!(code, ErrorCode::Quota, "persist a file beyond the limit");
    TemporaryFile::persist(file, last_but_one, "file", false).expect("persist it where it may be");
    let dir = new_directory();
    let inner = dir
        .create_directory(&any_name())
        .expect("create one in one that is not deep");
    let (dir, code) = TemporaryDirectory::persist(dir, last_but_one, "dir").expect_err("too deep");
    assert_eq!(
        code,
        ErrorCode::Quota,
        "persist what is in a directory beyond the limit"
    );
    TemporaryDirectory::close(inner).expect("it still is where it was");
    TemporaryDirectory::persist(dir, last_but_one, "dir").expect("persist it without that");
    drop(deepest);

    // What is open is deeper after a move.
    let moved = new_directory();
    let inner = moved
        .create_directory(&any_name())
        .expect("create one in one that is not deep");
    let open = inner
        .open(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY)
        .expect("open it");
    let parent = chain[chain.len() - 3]
        .open(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY)
        .expect("open a deep one");
    open.create_directory_at("before").expect("create one in it");
    open.remove_directory_at("before").expect("and delete it");
    TemporaryDirectory::persist(moved, &parent, "moved").expect("persist the one around it");
    let refused = open
        .create_directory_at("after")
        .expect_err("created one beyond the limit");
    assert_eq!(refused.name(), "quota", "create one where it stands by now");
    drop((open, parent, inner));

    drop(chain.swap_remove(0));
    drop(chain);
    assert_space_empty();
    passed();
}
