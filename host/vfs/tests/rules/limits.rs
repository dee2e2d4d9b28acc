//! Limits and budgets.

use crate::*;
use scratch_vfs::{Error, Level, Limit, Reserve, SpillDirectory};

const MIB: usize = 1 << 20;

fn limits(limit: impl FnOnce(scratch_vfs::LimitsBuilder) -> scratch_vfs::LimitsBuilder) -> Limits {
    limit(Limits::none().to_builder()).build().unwrap()
}

#[test]
fn a_write_that_does_not_fit_is_cut_or_refused_whole() {
    let space = space_with(limits(|limits| limits.bytes(10)));
    let root = space.root().unwrap();
    let file = create(&root, "f");
    assert_eq!(file.write_all(0, &[1; 11]), Err(Error::InsufficientSpace));
    assert_eq!((file.stat().unwrap().size, space.usage().bytes.used), (0, 0));
    assert_eq!(file.write(0, &[1; 11]), Ok(10));
    assert_eq!(file.write(10, &[1; 1]), Err(Error::InsufficientSpace));
    assert_eq!(file.write(8, &[2; 5]), Ok(2));
    assert_eq!(file.append(&[1]), Err(Error::InsufficientSpace));
    assert_eq!(space.usage().bytes.used, 10);
    assert_eq!(read_file(&file), [1, 1, 1, 1, 1, 1, 1, 1, 2, 2]);
}

#[test]
fn a_hole_counts_by_its_size() {
    let space = space_with(limits(|limits| limits.bytes(100)));
    let root = space.root().unwrap();
    let file = create(&root, "f");
    assert_eq!(file.set_size(101), Err(Error::InsufficientSpace));
    assert_eq!(file.write(100, b"x"), Err(Error::InsufficientSpace));
    assert_eq!(file.write(99, b"xyz"), Ok(1));
    assert_eq!((file.stat().unwrap().size, space.usage().bytes.used), (100, 100));
    file.set_size(1).unwrap();
    assert_eq!(space.usage().bytes.used, 1);
}

#[test]
fn one_file_has_a_limit_of_its_own() {
    let space = space_with(limits(|limits| limits.bytes(100).file_bytes(10)));
    let root = space.root().unwrap();
    let file = create(&root, "f");
    assert_eq!(file.write_all(0, &[1; 11]), Err(Error::FileTooLarge));
    assert_eq!(file.write(0, &[1; 11]), Ok(10));
    assert_eq!(file.append(b"x"), Err(Error::FileTooLarge));
    assert_eq!(file.set_size(11), Err(Error::FileTooLarge));
    write(&root, "g", &[1; 10]);
    assert_eq!(space.usage().refusals.count(Limit::FileBytes, Level::Space), 3);
}

#[test]
fn entries_are_names_and_files_without_one() {
    let space = space_with(limits(|limits| limits.entries(3)));
    let root = space.root().unwrap();
    let file = create(&root, "f");
    root.create_directory_at("d", None).unwrap();
    root.link_at("f", &root, "g").unwrap();
    assert_eq!(
        root.open_at("h", &read_write().create(true)).unwrap_err(),
        Error::InsufficientSpace
    );
    assert_eq!(root.create_directory_at("h", None), Err(Error::InsufficientSpace));
    assert_eq!(root.symlink_at("t", "h", None), Err(Error::InsufficientSpace));
    assert_eq!(root.link_at("f", &root, "h"), Err(Error::InsufficientSpace));
    assert_eq!(space.create_nameless(None).unwrap_err(), Error::InsufficientSpace);
    assert_eq!(list(&root), ["f", "d", "g"]);
    root.rename_at("f", &root, "d/f").unwrap();
    root.unlink_file_at("g").unwrap();
    root.unlink_file_at("d/f").unwrap();
    assert_eq!(space.usage().entries.used, 2);
    drop(file);
    assert_eq!(space.usage().entries.used, 1);
    assert_eq!(space.usage().entries.peak, 3);
    assert_eq!(space.usage().memory.used, 0);
}

#[test]
fn descriptors_and_listings_are_open_files() {
    let space = space_with(limits(|limits| limits.open_files(3)));
    let root = space.root().unwrap();
    let file = create(&root, "f");
    let listing = root.list().unwrap();
    assert_eq!(
        root.open_at("new", &read_write().create(true)).unwrap_err(),
        Error::Quota
    );
    assert_eq!(root.stat_at("new", false), Err(Error::NoEntry));
    assert_eq!(root.list().unwrap_err(), Error::Quota);
    assert_eq!(file.try_clone().unwrap_err(), Error::Quota);
    assert_eq!(space.root().unwrap_err(), Error::Quota);
    assert_eq!(space.create_nameless(None).unwrap_err(), Error::Quota);
    drop(listing);
    drop(file.try_clone().unwrap());
    assert_eq!(space.usage().open_files.used, 2);
    assert_eq!(space.usage().entries.used, 1);
}

#[test]
fn memory_is_that_of_contents_and_of_link_targets() {
    let space = space_with(limits(|limits| limits.memory(128)));
    let root = space.root().unwrap();
    let file = create(&root, "f");
    file.write_all(0, &[1; 64]).unwrap();
    assert_eq!(
        root.symlink_at("t".repeat(65), "l", None),
        Err(Error::InsufficientSpace)
    );
    root.symlink_at("t".repeat(64), "l", None).unwrap();
    assert_eq!(space.usage().memory.used, 128);
    assert_eq!(file.write_all(64, &[1; 1]), Err(Error::InsufficientSpace));
    assert_eq!(file.write(64, &[1; 1]), Err(Error::InsufficientSpace));
    assert_eq!((file.stat().unwrap().size, space.usage().bytes.used), (64, 64));
    // What has room in the memory that the file has fits.
    file.set_size(60).unwrap();
    assert_eq!(file.write_all(60, &[1; 5]), Err(Error::InsufficientSpace));
    assert_eq!(file.write(60, &[1; 5]), Ok(4));
    // A hole takes none.
    file.set_size(1_000_000).unwrap();
    root.unlink_file_at("l").unwrap();
    drop(file);
    root.unlink_file_at("f").unwrap();
    assert_eq!(space.usage().memory.used, 0);
}

#[test]
fn a_write_is_cut_where_memory_ends() {
    let space = space_with(limits(|limits| limits.memory(2 * 65_536)));
    let root = space.root().unwrap();
    let file = create(&root, "f");
    assert_eq!(file.write_all(0, &vec![1; 3 * 65_536]), Err(Error::InsufficientSpace));
    assert_eq!((space.usage().memory.used, space.usage().bytes.used), (0, 0));
    assert_eq!(file.write(0, &vec![1; 3 * 65_536]), Ok(2 * 65_536));
    assert_eq!(
        (space.usage().memory.used, space.usage().bytes.used),
        (131_072, 131_072)
    );
    assert_eq!(file.write_all(0, &vec![1; 4 * MIB]), Err(Error::InsufficientSpace));
    assert_eq!(
        (space.usage().memory.used, space.usage().bytes.used),
        (131_072, 131_072)
    );
    assert_eq!(space.usage().refusals.count(Limit::Memory, Level::Space), 2);
}

#[test]
fn every_budget_above_is_charged_and_the_first_to_refuse_is_told() {
    let process = Budget::new(limits(|limits| limits.bytes(100)));
    let tenant = process.child("tenant".parse().unwrap(), limits(|limits| limits.bytes(50)));
    let other = process.child("other".parse().unwrap(), Limits::none());
    let space = |budget, bytes| {
        Space::builder(budget)
            .limits(limits(|limits| limits.bytes(bytes)))
            .build()
            .unwrap()
    };
    let (one, two, three) = (space(&tenant, 30), space(&tenant, 1_000), space(&other, 1_000));
    let file = |space: &Space| create(&space.root().unwrap(), "f");
    let (first, second, third) = (file(&one), file(&two), file(&three));
    assert_eq!(first.set_size(31), Err(Error::InsufficientSpace));
    first.set_size(30).unwrap();
    assert_eq!(second.set_size(21), Err(Error::InsufficientSpace));
    second.set_size(20).unwrap();
    assert_eq!(third.set_size(51), Err(Error::InsufficientSpace));
    third.set_size(50).unwrap();
    assert_eq!(
        [one.usage(), two.usage(), three.usage(), tenant.usage(), process.usage()].map(|usage| usage.bytes.used),
        [30, 20, 50, 50, 100]
    );
    assert_eq!(one.usage().refusals.count(Limit::Bytes, Level::Space), 1);
    assert_eq!(two.usage().refusals.count(Limit::Bytes, Level::Tenant), 1);
    assert_eq!(three.usage().refusals.count(Limit::Bytes, Level::Process), 1);
    assert_eq!(tenant.usage().refusals.total(), 1);
    assert_eq!(
        process.usage().refusals.iter().collect::<Vec<_>>(),
        [(Limit::Bytes, Level::Process, 1)]
    );
    one.end();
    assert_eq!((tenant.usage().bytes.used, process.usage().bytes.used), (20, 70));
    second.set_size(50).unwrap();
}

#[test]
fn limits_change_at_any_time_and_a_lower_one_stops_growth() {
    let space = space_with(limits(|limits| limits.bytes(10)));
    let root = space.root().unwrap();
    let file = create(&root, "f");
    file.set_size(10).unwrap();
    space.set_limits(limits(|limits| limits.bytes(20)));
    file.set_size(20).unwrap();
    space.set_limits(limits(|limits| limits.bytes(5).file_bytes(5)));
    assert_eq!(file.stat().unwrap().size, 20);
    assert_eq!(file.set_size(21), Err(Error::FileTooLarge));
    assert_eq!(file.append(b"x"), Err(Error::FileTooLarge));
    // What is there may be changed.
    assert_eq!(file.write(0, &[1; 20]), Ok(20));
    assert_eq!(file.write(15, &[2; 20]), Ok(5));
    file.set_size(4).unwrap();
    assert_eq!(file.write(0, &[1; 20]), Ok(5));
    assert_eq!(space.usage().bytes.limit, Some(5));
}

#[test]
fn limits_of_nothing_allow_nothing() {
    let none = limits(|limits| limits.bytes(0).entries(0).memory(0));
    let space = space_with(none);
    let root = space.root().unwrap();
    assert_eq!(root.create_directory_at("d", None), Err(Error::InsufficientSpace));
    space.set_limits(limits(|limits| limits.bytes(0)));
    let file = create(&root, "f");
    assert_eq!(file.write(0, b"x"), Err(Error::InsufficientSpace));
    assert_eq!(file.write(0, b""), Ok(0));
    let most = limits(|limits| {
        limits
            .bytes(u64::MAX)
            .entries(u64::MAX)
            .open_files(u64::MAX)
            .memory(u64::MAX)
    });
    space.set_limits(most);
    file.write_all(0, b"x").unwrap();
}

#[test]
fn limits_that_contradict_each_other_name_both() {
    let error = Limits::builder().bytes(1).file_bytes(2).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the limit on the bytes of one file (2) is above the limit on all bytes (1)"
    );
    let error = Limits::builder().memory(1).file_memory(2).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the limit on the memory of one file (2) is above the limit on all memory (1)"
    );
    // A default gives way.
    assert_eq!(Limits::builder().memory(1).build().unwrap().file_memory(), Some(1));
}

#[test]
fn free_pages_count_as_memory_of_the_process_and_make_room() {
    let process = Budget::new(limits(|limits| limits.memory(4 << 20)));
    let space = || Space::builder(&process).limits(Limits::none()).build().unwrap();
    let one = space();
    write(&one.root().unwrap(), "f", &vec![1; 4 * MIB]);
    one.end();
    assert_eq!((one.usage().memory.used, process.usage().memory.used), (0, 4 << 20));
    // Small files need memory that is no page.
    let two = space();
    write(&two.root().unwrap(), "f", &[1; 100]);
    assert_eq!(process.usage().memory.used, 128);
    write(&two.root().unwrap(), "g", &vec![1; 3 * MIB]);
    two.end();
    assert_eq!(process.usage().memory.used, 3 << 20);
    process.trim();
    assert_eq!(process.usage().memory.used, 0);
}

#[test]
fn no_more_than_16_mebibytes_are_kept() {
    let process = Budget::new(Limits::none());
    let space = Space::builder(&process).limits(Limits::none()).build().unwrap();
    write(&space.root().unwrap(), "f", &vec![1; 20 * MIB]);
    space.end();
    assert_eq!(process.usage().memory.used, 16 << 20);
}

#[test]
fn no_page_is_kept_above_a_limit_that_was_lowered() {
    let process = Budget::new(Limits::none());
    let space = Space::builder(&process).limits(Limits::none()).build().unwrap();
    let root = space.root().unwrap();
    write(&root, "f", &vec![1; 2 * MIB]);
    write(&root, "g", &vec![1; 2 * MIB]);
    process.set_limits(limits(|limits| limits.memory(1 << 20)));
    root.unlink_file_at("f").unwrap();
    assert_eq!(process.usage().memory.used, 2 << 20);
    let file = create(&root, "h");
    assert_eq!(file.write_all(0, &[1; 65_536]), Err(Error::InsufficientSpace));
}

#[test]
fn a_small_file_gets_the_memory_that_there_is() {
    let space = space_with(limits(|limits| limits.memory(200)));
    let file = create(&space.root().unwrap(), "f");
    assert_eq!(file.write_all(0, &[1; 1_000]), Err(Error::InsufficientSpace));
    assert_eq!(file.write(0, &[1; 1_000]), Ok(128));
    assert_eq!((space.usage().memory.used, space.usage().bytes.used), (128, 128));
}

#[test]
fn a_write_that_is_cut_is_not_refused_wherever_it_is_cut() {
    for cut in [MIB / 2, MIB, MIB + 1] {
        let bytes = u64::try_from(cut).unwrap();
        let file_bytes = limits(|limits| limits.file_bytes(bytes));
        for limits in [limits(|limits| limits.bytes(bytes)), file_bytes] {
            let space = space_with(limits);
            let file = create(&space.root().unwrap(), "f");
            assert_eq!(file.write(0, &vec![1; 3 * MIB]), Ok(cut));
            assert_eq!(space.usage().refusals.total(), 0);
            assert_eq!(space.usage().bytes.used, bytes);
        }
    }
    let space = space_with(limits(|limits| limits.memory(1 << 20)));
    let file = create(&space.root().unwrap(), "f");
    assert_eq!(file.write(0, &vec![1; 3 * MIB]), Ok(MIB));
    assert_eq!((space.usage().refusals.total(), space.usage().bytes.used), (0, 1 << 20));
}

#[test]
fn a_file_that_was_taken_away_meets_no_limit() {
    let space = space_with(limits(|limits| limits.bytes(10)));
    let file = create(&space.root().unwrap(), "f");
    space.end();
    assert_eq!(file.set_size(11), Err(Error::NoEntry));
    assert_eq!(file.write_all(0, &[1; 11]), Err(Error::NoEntry));
    assert_eq!(space.usage().refusals.total(), 0);
}

#[test]
fn a_budget_lists_its_spaces_that_live() {
    let process = Budget::new(Limits::none());
    let tenant = process.child("tenant".parse().unwrap(), Limits::none());
    let space = |budget, label: &str| Space::builder(budget).label(label.parse().unwrap()).build().unwrap();
    let (one, two) = (space(&process, "one"), space(&tenant, "two"));
    create(&two.root().unwrap(), "f");
    let labels = |budget: &Budget| {
        budget
            .spaces()
            .iter()
            .map(|space| (space.label.to_string(), space.usage.entries.used))
            .collect::<Vec<_>>()
    };
    assert_eq!(labels(&process), [("one".to_owned(), 0), ("two".to_owned(), 1)]);
    assert_eq!(labels(&tenant), [("two".to_owned(), 1)]);
    one.end();
    drop(two);
    assert_eq!(labels(&process), []);
    assert_eq!(process.usage().entries.used, 0);
}

/// Counts the events that the log gets.
#[derive(Default)]
struct Log(std::sync::Mutex<Vec<String>>);

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Fields(String);
        impl tracing::field::Visit for Fields {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.0 += &format!(" {field}={value:?}");
            }
        }
        let mut fields = Fields(event.metadata().level().to_string());
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn the_first_refusal_of_a_space_is_an_event() {
    let log = std::sync::Arc::new(Log::default());
    tracing::dispatcher::with_default(&tracing::Dispatch::new(std::sync::Arc::clone(&log)), || {
        let limits = limits(|limits| limits.entries(0).open_files(1));
        let budget = Budget::new(Limits::none());
        let space = Space::builder(&budget)
            .limits(limits)
            .label("whose".parse().unwrap())
            .build()
            .unwrap();
        let root = space.root().unwrap();
        for _ in 0..2 {
            assert_eq!(root.create_directory_at("d", None), Err(Error::InsufficientSpace));
            assert_eq!(space.root().unwrap_err(), Error::Quota);
        }
        assert_eq!(space.usage().refusals.total(), 4);
    });
    let events = log.0.lock().unwrap();
    let expected = "WARN message=a space met a limit for the first time space=\"whose\" limit=entries level=space";
    assert_eq!(*events, [expected]);
}

#[test]
fn the_first_use_of_the_disk_by_a_space_is_an_event() {
    let log = std::sync::Arc::new(Log::default());
    tracing::dispatcher::with_default(&tracing::Dispatch::new(std::sync::Arc::clone(&log)), || {
        let folder = tempfile::tempdir().unwrap();
        let spill = SpillDirectory::builder()
            .reserve(Reserve::Bytes(0))
            .open(folder.path())
            .unwrap();
        let budget = Budget::with_spill(Limits::none(), spill);
        for label in ["one", "other"] {
            let space = Space::builder(&budget)
                .limits(limits(|limits| limits.memory(0)))
                .label(label.parse().unwrap())
                .build()
                .unwrap();
            let root = space.root().unwrap();
            write(&root, "a", b"123");
            write(&root, "b", b"123");
            assert_eq!(space.usage().spilled, 6);
        }
        assert_eq!(budget.usage().spilled, 12);
    });
    let expected = ["one", "other"]
        .map(|label| format!("INFO message=a content outgrew memory, so the space uses the disk space={label:?}"));
    assert_eq!(*log.0.lock().unwrap(), expected);
}
