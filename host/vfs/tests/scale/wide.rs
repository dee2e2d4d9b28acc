//! A million entries, in one directory and in many.

use crate::*;
use scratch_vfs::{Error, Opened};

fn name(number: usize) -> String {
    format!("entry-{number}")
}

/// Lists a directory, and checks that it has the files with these numbers, each once, in their order.
fn check_listing(directory: &Descriptor, numbers: impl Iterator<Item = usize>) {
    let mut listing = directory.list().unwrap();
    for number in numbers {
        let entry = listing.next().unwrap().expect("the listing goes on");
        assert_eq!(entry.name, name(number).as_bytes());
    }
    assert_eq!(listing.next(), Ok(None));
}

#[test]
fn a_million_entries_of_one_directory_are_found_listed_renamed_and_removed() {
    let space = space();
    let root = space.root().unwrap();
    let all = make(&root, "all");
    (0..MANY).for_each(|number| create(&all, name(number)));
    assert_eq!(entries(&space), MANY + 1);
    assert!((0..MANY).all(|number| all.stat_at(name(number), true).is_ok()));
    assert_eq!(all.stat_at(name(MANY), true), Err(Error::NoEntry));
    check_listing(&all, 0..MANY);

    // A renamed entry moves to the end of a listing.
    let is_renamed = |number: &usize| number.is_multiple_of(3);
    for number in (0..MANY).filter(is_renamed) {
        all.rename_at(name(number), &all, name(MANY + number)).unwrap();
    }
    assert_eq!(entries(&space), MANY + 1);
    assert_eq!(all.stat_at(name(0), true), Err(Error::NoEntry));
    let stayed = (0..MANY).filter(|number| !is_renamed(number));
    let renamed = (0..MANY).filter(is_renamed).map(|number| MANY + number);
    check_listing(&all, stayed.chain(renamed));

    let removed = root.remove_all_at("all", Opened::Keep).unwrap();
    // The directory itself is open, and counts until it is closed.
    assert_eq!(removed.entries, u64::try_from(MANY).unwrap());
    assert_eq!(entries(&space), 1);
    assert_eq!(all.list().unwrap().next(), Ok(None));
    drop(all);
    assert_nothing_is_charged(&space);
    end(&space, 0);
}

#[test]
fn a_million_entries_of_one_directory_are_unlinked_in_any_order() {
    let space = space();
    let root = space.root().unwrap();
    (0..MANY).for_each(|number| create(&root, name(number)));
    // 7,919 is a prime number, and so reaches each of them once.
    for step in 0..MANY / 2 {
        root.unlink_file_at(name(step * 7_919 % MANY)).unwrap();
    }
    assert_eq!(entries(&space), MANY - MANY / 2);
    let mut left: Vec<_> = (MANY / 2..MANY).map(|step| step * 7_919 % MANY).collect();
    left.sort_unstable();
    check_listing(&root, left.into_iter());
    for step in MANY / 2..MANY {
        root.unlink_file_at(name(step * 7_919 % MANY)).unwrap();
    }
    assert_eq!(root.list().unwrap().next(), Ok(None));
    assert_nothing_is_charged(&space);
}

#[test]
fn a_million_entries_of_many_directories_are_walked_and_freed_by_the_end() {
    const EACH: usize = 1_000;
    let space = space();
    let root = space.root().unwrap();
    for directory in 0..MANY / EACH {
        let directory = make(&root, &name(directory));
        (1..EACH).for_each(|number| create(&directory, name(number)));
    }
    assert_eq!(entries(&space), MANY);
    assert!((0..MANY / EACH).all(|directory| {
        (1..EACH).all(|number| {
            root.stat_at(format!("{}/{}", name(directory), name(number)), true)
                .is_ok()
        })
    }));
    // Everything moves to one more directory, without being touched.
    let top = make(&root, "top");
    for directory in 0..MANY / EACH {
        root.rename_at(name(directory), &top, name(directory)).unwrap();
    }
    let mut walk = space.walk(&root).unwrap();
    let next = |walk: &mut scratch_vfs::Walk| {
        walk.next()
            .unwrap()
            .map(|_| String::from_utf8(walk.path().to_vec()).unwrap())
    };
    assert_eq!(next(&mut walk).unwrap(), "top");
    for directory in (0..MANY / EACH).map(|directory| format!("top/{}", name(directory))) {
        assert_eq!(next(&mut walk).unwrap(), directory);
        assert!((1..EACH).all(|number| next(&mut walk).unwrap() == format!("{directory}/{}", name(number))));
    }
    assert_eq!(next(&mut walk), None);
    end(&space, MANY + 1);
}

#[test]
fn a_million_entries_of_many_directories_are_removed_at_once() {
    const EACH: usize = 10;
    let space = space();
    let root = space.root().unwrap();
    let top = make(&root, "top");
    for directory in 0..MANY / EACH {
        let directory = make(&top, &name(directory));
        (1..EACH).for_each(|number| create(&directory, name(number)));
    }
    drop(top);
    let removed = root.remove_all_at("top", Opened::Keep).unwrap();
    assert_eq!(removed.entries, u64::try_from(MANY + 1).unwrap());
    assert_nothing_is_charged(&space);
}
