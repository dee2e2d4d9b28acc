//! Listings: what comes while everything changes around them.

use crate::config;
use proptest::collection::vec;
use proptest::prelude::*;
use scratch_vfs::{Budget, Descriptor, Error, Limits, Listing, OpenOptions, Opened, Space};
use std::collections::{BTreeMap, BTreeSet};

/// How many names there are to choose from.
const NAMES: usize = 260;

/// How many listings go on at a time.
const LISTINGS: usize = 4;

/// A name in the directory that is listed, or in another one beside it.
#[derive(Clone, Copy, Debug)]
struct Place {
    is_listed: bool,
    name: usize,
}

impl Place {
    fn path(self) -> String {
        format!("{}/{}", if self.is_listed { "listed" } else { "other" }, self.name)
    }
}

#[derive(Clone, Debug)]
enum Operation {
    /// Makes files of consecutive names.
    Create {
        place: Place,
        count: usize,
    },
    MakeDirectory {
        place: Place,
    },
    Link {
        from: Place,
        to: Place,
    },
    Rename {
        from: Place,
        to: Place,
    },
    /// Removes files or empty directories of consecutive names.
    Remove {
        place: Place,
        count: usize,
    },
    RemoveAll {
        place: Place,
    },
    Open {
        listing: usize,
    },
    /// Takes so many entries.
    Take {
        listing: usize,
        count: usize,
    },
    /// Goes behind a cookie that any listing once told.
    Seek {
        listing: usize,
        seen: usize,
    },
    /// Goes to a place that no entry has: before all of them, or behind.
    SeekOutside {
        listing: usize,
        cookie: u64,
    },
    SeekStart {
        listing: usize,
    },
}

fn operation() -> impl Strategy<Value = Operation> {
    // Few names are used much, so that something happens to them.
    let name = || prop_oneof![2 => 0..8_usize, 1 => 0..NAMES];
    let place = move || (prop::bool::weighted(0.8), name()).prop_map(|(is_listed, name)| Place { is_listed, name });
    let count = || prop_oneof![6 => Just(1), 1 => 1..100_usize];
    let listing = || 0..LISTINGS;
    prop_oneof![
        4 => (place(), count()).prop_map(|(place, count)| Operation::Create { place, count }),
        2 => place().prop_map(|place| Operation::MakeDirectory { place }),
        3 => (place(), place()).prop_map(|(from, to)| Operation::Link { from, to }),
        8 => (place(), place()).prop_map(|(from, to)| Operation::Rename { from, to }),
        4 => (place(), count()).prop_map(|(place, count)| Operation::Remove { place, count }),
        1 => place().prop_map(|place| Operation::RemoveAll { place }),
        2 => listing().prop_map(|listing| Operation::Open { listing }),
        8 => (listing(), prop_oneof![4 => 1..4_usize, 1 => 1..100_usize])
            .prop_map(|(listing, count)| Operation::Take { listing, count }),
        2 => (listing(), 0..1_000_usize).prop_map(|(listing, seen)| Operation::Seek { listing, seen }),
        1 => (listing(), prop_oneof![0_u64..2, Just(u64::MAX)])
            .prop_map(|(listing, cookie)| Operation::SeekOutside { listing, cookie: cookie.max(1) }),
        1 => listing().prop_map(|listing| Operation::SeekStart { listing }),
    ]
}

/// What a name of the listed directory is: its place in the order, and which inode it names.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Counts the entries that were ever made in the directory.
    turn: u64,
    is_directory: bool,
    inode: u64,
}

/// The directories as they should be. The turns of the one that is not listed mean nothing.
#[derive(Debug, Default)]
struct Model {
    names: [BTreeMap<usize, Entry>; 2],
    /// The names in the listed directory by their turns.
    order: BTreeMap<u64, usize>,
    next_turn: u64,
    next_inode: u64,
}

impl Model {
    fn set(&mut self, place: Place, entry: Entry) {
        self.names[usize::from(place.is_listed)].insert(place.name, entry);
        if place.is_listed {
            self.order.insert(entry.turn, place.name);
        }
    }

    fn remove(&mut self, place: Place) -> Result<(), Error> {
        let removed = self.names[usize::from(place.is_listed)].remove(&place.name);
        let entry = removed.ok_or(Error::NoEntry)?;
        if place.is_listed {
            self.order.remove(&entry.turn);
        }
        Ok(())
    }

    /// Returns the first entry whose turn is in a range.
    fn first(&self, from: u64, to: u64) -> Option<(usize, Entry)> {
        let (_, name) = self.order.range(from..to.max(from)).next()?;
        Some((*name, self.names[1][name]))
    }

    fn get(&self, place: Place) -> Option<Entry> {
        self.names[usize::from(place.is_listed)].get(&place.name).copied()
    }

    /// Adds a name that does not exist.
    fn add(&mut self, place: Place, is_directory: bool, inode: u64) {
        let turn = self.next_turn;
        self.next_turn += u64::from(place.is_listed);
        let entry = Entry {
            turn,
            is_directory,
            inode,
        };
        self.set(place, entry);
    }

    fn make(&mut self, place: Place, is_directory: bool) {
        self.next_inode += 1;
        self.add(place, is_directory, self.next_inode);
    }

    fn rename(&mut self, from: Place, to: Place) -> Result<(), Error> {
        let moved = self.get(from).ok_or(Error::NoEntry)?;
        match self.get(to) {
            Some(replaced) if replaced.inode == moved.inode => return Ok(()),
            Some(replaced) if moved.is_directory && !replaced.is_directory => return Err(Error::NotDirectory),
            Some(replaced) if !moved.is_directory && replaced.is_directory => return Err(Error::IsDirectory),
            Some(replaced) => {
                // What is replaced keeps its place.
                let entry = Entry {
                    turn: replaced.turn,
                    ..moved
                };
                self.set(to, entry);
            }
            None => self.add(to, moved.is_directory, moved.inode),
        }
        self.remove(from)
    }
}

/// A listing that goes on, and where it should be.
struct Ongoing {
    listing: Listing,
    /// The turn that comes next, or a later one.
    next: u64,
    /// The turn at which it ends.
    end: u64,
    /// The turns of the entries that existed when it was opened.
    before: BTreeSet<u64>,
    /// The turns of the entries that came.
    came: Vec<u64>,
    has_sought: bool,
}

struct Test {
    root: Descriptor,
    directory: Descriptor,
    model: Model,
    listings: [Option<Ongoing>; LISTINGS],
    /// The cookie of each entry that came, by its turn.
    cookies: BTreeMap<u64, u64>,
    _space: Space,
}

impl Test {
    fn new() -> Self {
        let space = Space::builder(&Budget::new(Limits::none()))
            .limits(Limits::none())
            .build()
            .unwrap();
        let root = space.root().unwrap();
        root.create_directory_at("listed", None).unwrap();
        root.create_directory_at("other", None).unwrap();
        Self {
            directory: root.open_at("listed", &OpenOptions::new().read(true)).unwrap(),
            root,
            model: Model::default(),
            listings: Default::default(),
            cookies: BTreeMap::new(),
            _space: space,
        }
    }

    fn apply(&mut self, operation: &Operation) {
        match *operation {
            Operation::Create { place, count } => {
                for name in (place.name..NAMES).take(count) {
                    let place = Place { name, ..place };
                    let options = OpenOptions::new().create(true).exclusive(true).write(true);
                    let made = self.root.open_at(place.path(), &options).map(drop);
                    if self.model.get(place).is_some() {
                        assert_eq!(made, Err(Error::Exist));
                    } else {
                        made.unwrap();
                        self.model.make(place, false);
                    }
                }
            }
            Operation::MakeDirectory { place } => {
                let made = self.root.create_directory_at(place.path(), None);
                if self.model.get(place).is_some() {
                    assert_eq!(made, Err(Error::Exist));
                } else {
                    made.unwrap();
                    self.model.make(place, true);
                }
            }
            Operation::Link { from, to } => {
                let expected = match (self.model.get(from), self.model.get(to)) {
                    (None, _) => Err(Error::NoEntry),
                    (_, Some(_)) => Err(Error::Exist),
                    (Some(entry), None) if entry.is_directory => Err(Error::NotPermitted),
                    (Some(entry), None) => {
                        self.model.add(to, false, entry.inode);
                        Ok(())
                    }
                };
                assert_eq!(self.root.link_at(from.path(), &self.root, to.path()), expected);
            }
            Operation::Rename { from, to } => {
                let expected = self.model.rename(from, to);
                assert_eq!(self.root.rename_at(from.path(), &self.root, to.path()), expected);
            }
            Operation::Remove { place, count } => {
                for name in (place.name..NAMES).take(count) {
                    let place = Place { name, ..place };
                    let removed = match self.model.get(place) {
                        Some(entry) if entry.is_directory => self.root.remove_directory_at(place.path()),
                        _ => self.root.unlink_file_at(place.path()),
                    };
                    let expected = self.model.remove(place);
                    assert_eq!(removed, expected);
                }
            }
            Operation::RemoveAll { place } => {
                let removed = self.root.remove_all_at(place.path(), Opened::Keep).map(drop);
                let expected = self.model.remove(place);
                assert_eq!(removed, expected);
            }
            Operation::Open { listing } => {
                self.finish(listing);
                self.listings[listing] = Some(Ongoing {
                    listing: self.directory.list().unwrap(),
                    next: 0,
                    end: self.model.next_turn,
                    before: self.model.order.keys().copied().collect(),
                    came: Vec::new(),
                    has_sought: false,
                });
            }
            Operation::Take { listing, count } => {
                for _ in 0..count {
                    if !self.take(listing) {
                        break;
                    }
                }
            }
            Operation::Seek { listing, seen } => {
                let cookie = self.cookies.iter().nth(seen % self.cookies.len().max(1));
                if let (Some(ongoing), Some((turn, cookie))) = (&mut self.listings[listing], cookie) {
                    ongoing.listing.seek(*cookie).unwrap();
                    ongoing.next = turn + 1;
                    ongoing.has_sought = true;
                }
            }
            Operation::SeekOutside { listing, cookie } => {
                if let Some(ongoing) = &mut self.listings[listing] {
                    ongoing.listing.seek(cookie).unwrap();
                    ongoing.next = if cookie == u64::MAX { u64::MAX } else { 0 };
                    ongoing.has_sought = true;
                }
            }
            Operation::SeekStart { listing } => {
                if let Some(ongoing) = &mut self.listings[listing] {
                    ongoing.listing.seek(0).unwrap();
                    ongoing.next = 0;
                    ongoing.end = self.model.next_turn;
                    ongoing.has_sought = true;
                }
            }
        }
    }

    /// Takes the next entry of a listing. Says whether there was one.
    fn take(&mut self, listing: usize) -> bool {
        let Some(ongoing) = &mut self.listings[listing] else {
            return false;
        };
        let expected = self.model.first(ongoing.next, ongoing.end);
        let found = ongoing.listing.next().unwrap();
        let names = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        assert_eq!(
            found.as_ref().map(|found| names(&found.name)),
            expected.map(|(name, _)| name.to_string())
        );
        let (Some(found), Some((_, entry))) = (found, expected) else {
            return false;
        };
        let hash = self.directory.metadata_hash_at(&found.name, false).unwrap();
        assert_eq!(found.hash, hash);
        assert_eq!(found.kind == scratch_vfs::Kind::Directory, entry.is_directory);
        // Each entry has one cookie for ever, and the cookies have the order of the entries.
        assert!(found.cookie >= 3);
        assert_eq!(*self.cookies.entry(entry.turn).or_insert(found.cookie), found.cookie);
        let before = self.cookies.range(..entry.turn).next_back();
        let behind = self.cookies.range(entry.turn + 1..).next();
        assert!(before.is_none_or(|(_, cookie)| *cookie < found.cookie));
        assert!(behind.is_none_or(|(_, cookie)| *cookie > found.cookie));
        ongoing.next = entry.turn + 1;
        ongoing.came.push(entry.turn);
        true
    }

    /// Reads a listing to its end, and checks all that came.
    fn finish(&mut self, listing: usize) {
        while self.take(listing) {}
        assert!(!self.take(listing), "a listing that has ended goes on");
        let Some(ongoing) = self.listings[listing].take() else {
            return;
        };
        if ongoing.has_sought {
            return;
        }
        let came: BTreeSet<u64> = ongoing.came.iter().copied().collect();
        assert_eq!(came.len(), ongoing.came.len(), "an entry came twice");
        assert!(ongoing.came.is_sorted());
        assert!(
            ongoing.came.iter().all(|turn| *turn < ongoing.end),
            "something new came"
        );
        let mut staying = ongoing
            .before
            .iter()
            .filter(|turn| self.model.order.contains_key(*turn));
        assert!(
            staying.all(|turn| came.contains(turn)),
            "something that stayed did not come"
        );
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn a_listing_tells_what_stays_once_and_nothing_new(
        start in 0..NAMES,
        operations in vec(operation(), 1..200),
    ) {
        let mut test = Test::new();
        let place = Place { is_listed: true, name: 0 };
        test.apply(&Operation::Create { place, count: start });
        test.apply(&Operation::Open { listing: 0 });
        for operation in &operations {
            test.apply(operation);
        }
        for listing in 0..LISTINGS {
            test.finish(listing);
        }
    }
}
