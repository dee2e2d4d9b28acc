//! A million levels of directories, on a stack that has no room for a recursion.

use crate::*;
use scratch_vfs::{Error, Opened};

/// Room for a few calls of each other. A recursion over all levels would need at least a hundred times as much.
const STACK: usize = 64 * 1024;

/// Levels of a path that goes down and up again.
const STEP: usize = 800;

/// Runs a test on a small stack.
fn on_small_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(test)
        .expect("a thread can be started")
        .join()
        .expect("the test does not panic");
}

/// Makes so many directories, each in the one before. Returns the last.
fn chain(directory: &Descriptor, levels: usize) -> Descriptor {
    (0..levels).fold(directory.try_clone().unwrap(), |above, _| make(&above, "d"))
}

#[test]
fn a_million_levels_are_walked_climbed_and_moved() {
    on_small_stack(|| {
        let space = space();
        let root = space.root().unwrap();
        let top = make(&root, "top");
        let last = chain(&top, MANY);
        assert_eq!(space.path(&last), Err(Error::NameTooLong));

        let mut walk = space.walk(&root).unwrap();
        let mut levels = 0;
        while walk.next().unwrap().is_some() {
            levels += 1;
            // The path only grows, because there is one way down.
            assert_eq!(walk.path().len(), 2 * levels + 1);
        }
        assert_eq!(levels, MANY + 1);
        drop(walk);

        // It may not move into itself, however deep.
        assert_eq!(root.rename_at("top", &last, "top"), Err(Error::Invalid));
        root.create_directory_at("other", None).unwrap();
        root.rename_at("top", &open(&root, "other"), "moved").unwrap();
        assert_eq!(space.path(&top).unwrap().unwrap(), b"other/moved");
        last.create_directory_at("new", None).unwrap();
        last.rename_at("new", &root, "new").unwrap();
        root.rename_at("new", &last, "new").unwrap();

        end(&space, MANY + 3);
        assert_eq!(last.create_directory_at("late", None), Err(Error::NoEntry));
    });
}

#[test]
fn a_million_levels_are_climbed_in_steps() {
    on_small_stack(|| {
        let space = space();
        let root = space.root().unwrap();
        drop(chain(&root, MANY));
        // A path does not lead above the directory that it starts from, so it goes down first, and up again.
        let (down, up) = ("d/".repeat(STEP), "../".repeat(STEP));
        let mut at = root.try_clone().unwrap();
        for _ in 0..MANY / STEP {
            assert!(open(&at, format!("{down}{up}")).is_same_object(&at));
            assert_eq!(at.stat_at(format!("{down}{up}.."), true), Err(Error::NotPermitted));
            at = open(&at, &down);
        }
        assert_eq!(at.stat_at("d", true), Err(Error::NoEntry));
        end(&space, MANY);
    });
}

#[test]
fn a_million_levels_are_removed_at_once() {
    on_small_stack(|| {
        let space = space();
        let root = space.root().unwrap();
        let top = make(&root, "top");
        let last = chain(&top, MANY);
        let removed = root.remove_all_at("top", Opened::Keep).unwrap();
        // What is open counts when it is closed.
        assert_eq!(removed.entries, u64::try_from(MANY + 1 - 2).unwrap());
        assert_eq!(last.create_directory_at("late", None), Err(Error::NoEntry));
        assert_eq!(space.path(&last), Ok(None));
        drop((top, last));
        assert_nothing_is_charged(&space);
        end(&space, 0);
    });
}
