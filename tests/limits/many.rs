//! Many at once: nobody gets beyond a limit, or in another's way.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use wasmtime_scratch::{Base, BaseLimits, Limits, Usage};

use super::driven::Host;
use super::only;
use super::support::unlimited_base;

/// 64 instances in one space, all at once, each against the same limit: not a byte and not an entry beyond it.
#[test]
fn writers_that_race_never_get_beyond_a_limit() {
    const WRITERS: u64 = 64;
    const EACH: u64 = 100;
    let host = Arc::new(Host::new(unlimited_base(), true));
    let runtime = Host::runtime(4);
    for shares_file in [false, true] {
        // One byte, and one entry, less than all of them want.
        let limits = only(|limits| {
            limits.bytes = WRITERS * 10 * EACH - 1;
            limits.entries = WRITERS * 3 - 1;
        });
        let space = Arc::new(host.base.space_within(None, limits));
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| {
                let (host, space) = (Arc::clone(&host), Arc::clone(&space));
                let file = if shares_file { 0 } else { number };
                let mut lines = format!("open 0 f{file} cw\nmkdir d{number}\nmkdir e{number}\n");
                lines.push_str(&format!("append 0 {EACH}\n").repeat(10));
                runtime.spawn(async move { host.run(&space, &lines).await })
            })
            .collect();
        let mut refused = 0;
        for writer in writers {
            let codes = runtime.block_on(writer).expect("it ran");
            refused += codes.matches("insufficient-space").count();
            assert!(!codes.contains("io") && !codes.contains("not-open"), "{codes}");
        }
        // Of two that saw the same room one was refused, and left it: somebody alone takes all of it.
        let rest = format!("open 0 f0 w\nappend 0 {}\n", WRITERS * EACH);
        assert_eq!(runtime.block_on(host.run(&space, &rest)), "ok insufficient-space");
        let found = space.entries().len();
        let report = Arc::into_inner(space).expect("all have ended").end();
        let usage = report.usage;
        assert!(refused > 0, "{report}");
        assert_eq!(usage.bytes.now, report.receipt.bytes_found, "{report}");
        assert_eq!(usage.entries.now, u64::try_from(found).unwrap(), "{report}");
        assert!(
            usage.bytes.peak <= limits.bytes && usage.entries.peak <= limits.entries,
            "{report}"
        );
        // A stream writes what there is room for: the last of them fills it to the last byte.
        assert_eq!(usage.bytes.now, limits.bytes, "{report}");
    }
}

/// 16 instances in one space that make, replace, link and take away the same few names: each change is charged once.
#[test]
fn names_that_are_changed_by_many_at_once_are_charged_once() {
    const INSTANCES: u64 = 16;
    let host = Arc::new(Host::new(unlimited_base(), true));
    let runtime = Host::runtime(4);
    let space = Arc::new(host.base.space_within(None, Limits::UNLIMITED));
    let running: Vec<_> = (0..INSTANCES)
        .map(|number| {
            let (host, space) = (Arc::clone(&host), Arc::clone(&space));
            let changes = format!(
                "open 0 own{number} cw\nwrite 0 0 10\nclose 0\nrename own{number} a\nlink a b\nunlink a\n\
                 open 0 b ctw\nwrite 0 0 7\nrename b a\nunlink b\n"
            );
            // What stays: with nothing there, what is given back twice would not be missed.
            let mut lines = format!("open 1 kept{number} cw\nsize 1 1000\n");
            lines.extend((0..20).map(|kept| format!("mkdir kept{number}-{kept}\n")));
            lines.push_str(&changes.repeat(20));
            runtime.spawn(async move { host.run(&space, &lines).await })
        })
        .collect();
    for running in running {
        let codes = runtime.block_on(running).expect("it ran");
        assert!(
            !codes.contains("insufficient-space") && !codes.contains("quota"),
            "{codes}"
        );
    }
    let found = space.entries().len();
    let report = Arc::into_inner(space).expect("all have ended").end();
    let usage = report.usage;
    assert_eq!(usage.entries.now, u64::try_from(found).unwrap(), "{report}");
    assert_eq!(usage.bytes.now, report.receipt.bytes_found, "{report}");
}

#[test]
fn a_directory_that_is_removed_and_replaced_at_once_is_given_back_once() {
    let host = Arc::new(Host::new(unlimited_base(), true));
    let runtime = Host::runtime(4);
    let space = Arc::new(host.base.space_within(None, Limits::UNLIMITED));
    let running: Vec<_> = (0..16)
        .map(|number| {
            let (host, space) = (Arc::clone(&host), Arc::clone(&space));
            let mut lines: String = (0..50).map(|kept| format!("mkdir k{number}-{kept}\n")).collect();
            lines.push_str(&format!("mkdir own{number}\nrename own{number} d\nrmdir d\n").repeat(50));
            runtime.spawn(async move { host.run(&space, &lines).await })
        })
        .collect();
    for running in running {
        runtime.block_on(running).expect("it ran");
    }
    let found = space.entries().len();
    let report = Arc::into_inner(space).expect("all have ended").end();
    assert_eq!(report.usage.entries.now, u64::try_from(found).unwrap(), "{report}");
}

#[test]
fn what_is_made_after_nobody_waits_for_it_is_charged() {
    let host = Arc::new(Host::new(unlimited_base(), true));
    let runtime = Host::runtime(2);
    let space = Arc::new(host.base.space_within(None, Limits::UNLIMITED));
    for number in 0..100_u64 {
        let lines: String = (0..200).map(|dir| format!("mkdir d{number}-{dir}\n")).collect();
        runtime.block_on(async {
            let _ = tokio::time::timeout(Duration::from_micros(8_000 + 100 * number), host.run(&space, &lines)).await;
        });
    }
    std::thread::sleep(Duration::from_millis(200));
    let found = space.entries().len();
    let report = Arc::into_inner(space).expect("all have ended").end();
    assert!(report.usage.entries.now >= u64::try_from(found).unwrap(), "{report}");
}

/// What a hostile tenant does, as lines, and the limit that has to have stopped it.
fn hostile(number: usize) -> (String, fn(&Usage) -> u64) {
    let many = |line: &dyn Fn(usize) -> String| (0..200).map(line).collect::<String>();
    match number % 7 {
        0 => (format!("open 0 a cw\n{}", "append 0 60000\n".repeat(40)), |usage| {
            usage.bytes.refused
        }),
        1 => (many(&|number| format!("mkdir d{number}\n")), |usage| {
            usage.entries.refused
        }),
        2 => (many(&|number| format!("open {number} a c\n")), |usage| {
            usage.open_files.refused
        }),
        3 => (
            many(&|number| format!("temp {number} 60000\ntwrite {number} 0 50000\n")),
            |usage| usage.memory.refused,
        ),
        4 => (many(&|number| format!("mkdir d{}\n", "/d".repeat(number))), |usage| {
            usage.depth_refused
        }),
        // As fast as it can.
        5 => ("open 0 a c\nunlink a\n".repeat(200), never_stopped),
        _ => (
            many(&|number| format!("open {number} a cw\nappend {number} 60000\nunlink a\n")),
            |usage| usage.bytes.refused + usage.open_files.refused,
        ),
    }
}

fn never_stopped(_: &Usage) -> u64 {
    1
}

/// A thousand spaces in one process, every fifth of them hostile: the others notice nothing.
#[test]
fn a_thousand_tenants() {
    const TENANTS: usize = 1_000;
    raise_descriptors();
    let host = Arc::new(Host::new(BaseLimits::default(), true));
    let runtime = Host::runtime(4);
    let before = open_descriptors(&host.base);
    let mut limits = Limits::default();
    limits.bytes = 1 << 20;
    limits.entries = 100;
    limits.memory = 1 << 18;
    let quiet = "temp 0 -\ntwrite 0 0 1000\ntemp 1 0\ntwrite 1 0 5000\nmkdir d\nopen 0 d/a cw\nappend 0 3000\ntdrop 0\ntdrop 1\n";
    let tenants: Vec<_> = (0..TENANTS)
        .map(|number| {
            let host = Arc::clone(&host);
            let space = host.base.space_within(None, limits);
            runtime.spawn(async move {
                let is_hostile = number % 5 == 0;
                let (lines, stopped): (String, fn(&Usage) -> u64) = match is_hostile {
                    true => hostile(number / 5),
                    false => (quiet.to_owned(), never_stopped),
                };
                let codes = host.run(&space, &lines).await;
                let report = space.end_async().await;
                (number, is_hostile, codes, stopped(&report.usage), report)
            })
        })
        .collect();
    for tenant in tenants {
        let (number, is_hostile, codes, stopped, report) = runtime.block_on(tenant).expect("it ran");
        assert!(report.is_clean(), "tenant {number}: {report}");
        let usage = report.usage;
        for level in [usage.bytes, usage.entries, usage.open_files, usage.memory] {
            assert!(
                level.limit.is_none_or(|limit| level.peak <= limit),
                "tenant {number}: {report}"
            );
        }
        assert!(stopped > 0, "tenant {number} was not stopped: {codes} {report}");
        if !is_hostile {
            assert_eq!(codes, ["ok"; 9].join(" "), "tenant {number}: {report}");
        }
    }
    let counters = host.base.counters();
    let now = [counters.bytes, counters.memory, counters.entries, counters.open_files].map(|level| level.now);
    assert_eq!(now, [0; 4], "{counters:#?}");
    assert_eq!(counters.spaces_ended, u64::try_from(TENANTS).unwrap(), "{counters:#?}");
    drop(runtime);
    assert_eq!(open_descriptors(&host.base), before);
}

/// A descriptor for each space, and for what is open in it.
fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, raised).expect("up to the hard limit anybody may");
}

/// Those of the base: other tests have theirs.
fn open_descriptors(base: &Base) -> BTreeMap<String, usize> {
    let base = base.path().to_string_lossy().into_owned();
    let mut open = BTreeMap::new();
    for entry in fs::read_dir("/proc/self/fd").expect("Linux").flatten() {
        if let Ok(target) = fs::read_link(entry.path()) {
            let target = target.to_string_lossy().into_owned();
            if target.starts_with(&base) {
                *open.entry(target).or_default() += 1;
            }
        }
    }
    open
}
