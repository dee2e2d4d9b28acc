//! Several threads in one space.

use crate::*;
use scratch_vfs::{Error, Left, Opened};
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn appends_of_many_threads_lose_and_tear_nothing() {
    let space = space();
    let root = space.root().unwrap();
    create(&root, "log");
    std::thread::scope(|scope| {
        for thread in 0..4_u8 {
            let root = &root;
            scope.spawn(move || {
                let file = root.open_at("log", &read_write()).unwrap();
                for _ in 0..200 {
                    file.append_all(&[thread; 1_000]).unwrap();
                }
            });
        }
    });
    let content = read(&root, "log");
    assert_eq!(content.len(), 800_000);
    assert!(
        content
            .chunks(1_000)
            .all(|piece| piece.iter().all(|byte| *byte == piece[0]))
    );
}

#[test]
fn a_limit_is_never_exceeded_and_all_of_it_is_used() {
    let limits = Limits::none().to_builder().bytes(100_000).entries(100).build().unwrap();
    let space = space_with(limits);
    let root = space.root().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (root, space) = (&root, &space);
            scope.spawn(move || {
                for number in 0..50 {
                    match root.open_at(format!("{thread}-{number}"), &read_write().create(true)) {
                        Ok(file) => while file.append(&[1; 37]).is_ok() {},
                        Err(error) => assert_eq!(error, Error::InsufficientSpace),
                    }
                    let usage = space.usage();
                    assert!(usage.bytes.used <= 100_000 && usage.entries.used <= 100);
                }
            });
        }
    });
    let usage = space.usage();
    assert_eq!((usage.bytes.used, usage.entries.used), (100_000, 100));
    assert_eq!((usage.bytes.peak, usage.entries.peak), (100_000, 100));
}

#[test]
fn what_a_higher_budget_refuses_is_given_back_below() {
    let process = Budget::new(Limits::none().to_builder().bytes(100).build().unwrap());
    let spaces = [0; 4].map(|_| Space::builder(&process).limits(Limits::none()).build().unwrap());
    std::thread::scope(|scope| {
        for space in &spaces {
            scope.spawn(|| {
                let file = create(&space.root().unwrap(), "f");
                let mut refused = 0;
                for size in (1..=60).cycle().take(100_000) {
                    refused += u32::from(file.set_size(size).is_err());
                    file.set_size(0).unwrap();
                }
                assert!(u64::from(refused) == space.usage().refusals.total());
            });
        }
    });
    assert_eq!(process.usage().bytes.used, 0);
    assert!(process.usage().bytes.peak <= 100);
    assert!(spaces.iter().all(|space| space.usage().bytes.used == 0));
}

#[test]
fn the_end_comes_in_the_middle_of_everything() {
    for _ in 0..20 {
        let budget = Budget::new(Limits::none());
        let space = Space::builder(&budget).limits(Limits::none()).build().unwrap();
        let root = space.root().unwrap();
        let has_ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for thread in 0..3 {
                let (root, has_ended) = (&root, &has_ended);
                scope.spawn(move || {
                    let name = format!("d{thread}");
                    loop {
                        let was_over = has_ended.load(Ordering::SeqCst);
                        let result = root
                            .create_directory_at(&name, None)
                            .and_then(|()| root.open_at(format!("{name}/f"), &read_write().create(true)))
                            .and_then(|file| file.write_all(0, &[1; 100_000]))
                            .and_then(|()| root.rename_at(&name, root, format!("{name}x")))
                            .and_then(|()| root.remove_all_at(format!("{name}x"), Opened::Keep));
                        match result {
                            Ok(_) => assert!(!was_over, "something worked after the end had returned"),
                            Err(error) => {
                                assert_eq!(error, Error::NoEntry);
                                break;
                            }
                        }
                    }
                });
            }
            std::thread::yield_now();
            space.end();
            has_ended.store(true, Ordering::SeqCst);
        });
        drop(root);
        assert_eq!(space.end().left, Left::default());
        let usage = budget.usage();
        assert_eq!((usage.bytes.used, usage.entries.used, usage.open_files.used), (0, 0, 0));
    }
}

#[test]
fn directories_that_move_at_once_never_form_a_circle() {
    let space = space();
    let root = space.root().unwrap();
    for name in ["a", "b", "c"] {
        root.create_directory_at(name, None).unwrap();
    }
    let descriptors = ["a", "b", "c"].map(|name| open_directory(&root, name));
    std::thread::scope(|scope| {
        for thread in 0..4_usize {
            let (descriptors, root) = (&descriptors, &root);
            scope.spawn(move || {
                for turn in 0..5_000 {
                    let to = &descriptors[(turn + thread) % 3];
                    let name = ["a", "b", "c"][(turn / 3) % 3];
                    for from in descriptors.iter().chain([root]) {
                        if from.rename_at(name, to, name).is_ok() {
                            break;
                        }
                    }
                }
            });
        }
    });
    // All of them are found from the root on.
    let mut walk = space.walk(&root).unwrap();
    let mut count = 0;
    while walk.next().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn everything_can_be_sent_to_and_shared_by_threads() {
    fn check<T: Send + Sync>() {}
    check::<Space>();
    check::<Budget>();
    check::<Descriptor>();
    check::<scratch_vfs::Listing>();
    check::<scratch_vfs::Walk>();
}
