//! Listings.

use crate::*;
use scratch_vfs::{DirectoryEntry, Error, Kind, Listing};
use std::collections::BTreeMap;

fn next(listing: &mut Listing) -> Option<DirectoryEntry> {
    listing.next().unwrap()
}

#[test]
fn entries_come_in_the_order_in_which_they_were_made() {
    let space = space();
    let root = space.root().unwrap();
    let names: Vec<String> = (0..1_000)
        .map(|number| format!("n{}", (number * 617) % 1_000))
        .collect();
    for name in &names {
        write(&root, name, b"");
    }
    assert_eq!(list(&root), names);
    let entries = root.list().unwrap().collect().unwrap();
    assert!(entries[0].cookie >= 3 && entries.is_sorted_by(|one, other| one.cookie < other.cookie));
    assert_eq!(entries[5].hash, root.metadata_hash_at(&entries[5].name, false).unwrap());
    assert_eq!(entries[5].kind, Kind::File);
}

#[test]
fn what_stays_comes_exactly_once_whatever_changes_around_it() {
    let space = space();
    let root = space.root().unwrap();
    for number in 0..500 {
        write(&root, &format!("stays{number}"), b"");
        write(&root, &format!("goes{number}"), b"");
    }
    let mut listing = root.list().unwrap();
    let mut counts = BTreeMap::<Vec<u8>, u32>::new();
    let mut turn = 0;
    while let Some(entry) = next(&mut listing) {
        *counts.entry(entry.name).or_default() += 1;
        // Some names before and behind the listing go, others come.
        let _ = root.unlink_file_at(format!("goes{turn}"));
        let _ = root.unlink_file_at(format!("goes{}", 499 - turn));
        write(&root, &format!("new{turn}"), b"");
        turn += 1;
    }
    for number in 0..500 {
        assert_eq!(counts.get(format!("stays{number}").as_bytes()), Some(&1), "{number}");
    }
    assert!(!counts.keys().any(|name| name.starts_with(b"new")));
}

#[test]
fn a_listing_ends_although_each_entry_is_renamed() {
    let space = space();
    let root = space.root().unwrap();
    for number in 0..100 {
        write(&root, &format!("{number}"), b"");
    }
    let mut listing = root.list().unwrap();
    let mut count = 0;
    while let Some(entry) = next(&mut listing) {
        let name = String::from_utf8(entry.name).unwrap();
        root.rename_at(&name, &root, format!("{name}x")).unwrap();
        count += 1;
    }
    assert_eq!(count, 100);
}

#[test]
fn a_listing_goes_on_although_each_entry_is_removed() {
    let space = space();
    let root = space.root().unwrap();
    for number in 0..1_000 {
        write(&root, &format!("{number}"), b"");
    }
    let mut listing = root.list().unwrap();
    while let Some(entry) = next(&mut listing) {
        root.unlink_file_at(&entry.name).unwrap();
    }
    assert_eq!(list(&root), [""; 0]);
}

#[test]
fn a_name_that_is_replaced_keeps_its_place_and_a_renamed_one_gets_a_new_one() {
    let space = space();
    let root = space.root().unwrap();
    for name in ["a", "b", "c"] {
        write(&root, name, b"");
    }
    root.rename_at("c", &root, "a").unwrap();
    assert_eq!(list(&root), ["a", "b"]);
    root.rename_at("a", &root, "z").unwrap();
    assert_eq!(list(&root), ["b", "z"]);
    // In the same directory or not.
    root.create_directory_at("d", None).unwrap();
    root.rename_at("b", &root, "d/b").unwrap();
    root.rename_at("d/b", &root, "b").unwrap();
    assert_eq!(list(&root), ["z", "d", "b"]);
}

#[test]
fn a_listing_goes_on_behind_a_cookie_whose_entry_is_gone() {
    let space = space();
    let root = space.root().unwrap();
    for name in ["a", "b", "c", "d"] {
        write(&root, name, b"");
    }
    let entries = root.list().unwrap().collect().unwrap();
    root.unlink_file_at("b").unwrap();
    let mut listing = root.list().unwrap();
    listing.seek(entries[1].cookie).unwrap();
    assert_eq!(next(&mut listing).unwrap().name, b"c");
    write(&root, "e", b"");
    listing.seek(0).unwrap();
    let names: Vec<_> = std::iter::from_fn(|| next(&mut listing))
        .map(|entry| entry.name)
        .collect();
    assert_eq!(names, [b"a", b"c", b"d", b"e"]);
    listing.seek(u64::MAX).unwrap();
    assert_eq!(next(&mut listing), None);
}

#[test]
fn a_listing_of_a_directory_that_is_removed_ends() {
    let space = space();
    let root = space.root().unwrap();
    let directory = make_directory(&root, "d");
    write(&directory, "f", b"");
    let mut listing = directory.list().unwrap();
    directory.unlink_file_at("f").unwrap();
    root.remove_directory_at("d").unwrap();
    assert_eq!(next(&mut listing), None);
    let mut listing = root.list().unwrap();
    space.end();
    assert_eq!(listing.next(), Err(Error::NoEntry));
}

#[test]
fn few_entries_among_many_that_went_are_found_by_every_cookie() {
    let space = space();
    let root = space.root().unwrap();
    for number in 0..5_000 {
        write(&root, &format!("{number}"), b"");
    }
    let all = root.list().unwrap().collect().unwrap();
    for number in (0..5_000).filter(|number| number % 67 != 0) {
        root.unlink_file_at(format!("{number}")).unwrap();
    }
    let left: Vec<_> = all.iter().step_by(67).collect();
    assert_eq!(root.list().unwrap().collect().unwrap().len(), left.len());
    let mut listing = root.list().unwrap();
    for entry in &all {
        listing.seek(entry.cookie).unwrap();
        let expected = left
            .iter()
            .find(|other| other.cookie > entry.cookie)
            .map(|other| &other.name);
        assert_eq!(next(&mut listing).map(|found| found.name).as_ref(), expected);
    }
}
