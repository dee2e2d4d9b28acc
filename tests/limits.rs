//! Limits: what a program sees, what an operator sees, and that nobody gets beyond them or in another's way.

#[path = "support/driven.rs"]
mod driven;
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};

use driven::Host;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use scratch_tests::{modules, programs};
use support::{Run, unlimited_base};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use wasmtime_scratch::{Base, BaseLimits, Limits, Report, Space, Usage};

/// Runs the operations, a line each, and gives back how each ended.
#[track_caller]
fn told(limits: Limits, lines: &str) -> (Vec<String>, Report) {
    let ran = Run::new(programs::MODEL).within(limits).stdin(lines).run();
    ran.assert_success().assert_nothing_left();
    let codes = ran
        .stdout
        .lines()
        .map(|line| line.split(' ').next().unwrap_or("").to_owned());
    (codes.collect(), ran.report)
}

/// No limits but what `set` sets.
fn only(set: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::UNLIMITED;
    set(&mut limits);
    limits
}

#[test]
fn a_program_fills_its_space_is_told_so_deletes_a_file_and_finishes() {
    let limits = only(|limits| {
        limits.bytes = 100_000;
        limits.entries = 20;
        limits.depth = 5;
        limits.open_files = 10;
    });
    for (program, in_the_middle) in [
        (programs::FILLS_SPACE, "I/O error (os error 29)"),
        (modules::FILLS_SPACE, "quota exceeded"),
    ] {
        let ran = Run::new(program).within(limits).run();
        ran.assert_success().assert_nothing_left();
        let told = format!(
            "in the middle: {in_the_middle}\nopened anew: quota exceeded\nstretched: quota exceeded\n\
             deep: quota exceeded\nentries: quota exceeded\nopen files: quota exceeded\nfinished\n"
        );
        assert_eq!(ran.stdout, told, "{program}");
        let usage = ran.report.usage;
        assert_eq!((usage.entries.peak, usage.open_files.peak), (20, 10), "{usage:#?}");
        assert!(usage.bytes.peak <= 100_000, "{usage:#?}");
        for refused in [
            usage.bytes.refused,
            usage.entries.refused,
            usage.open_files.refused,
            usage.depth_refused,
        ] {
            assert!(refused > 0, "{usage:#?}");
        }
    }
}

/// The largest that is allowed is allowed, one more is not, and the report says which limit it was.
#[test]
fn each_limit_is_met_exactly_and_counted() {
    type Refused = fn(&Usage) -> u64;
    let cases: [(Limits, &str, &str, &str, Refused); 9] = [
        (
            only(|limits| limits.bytes = 100),
            "open 0 a cw\nwrite 0 0 100\nwrite 0 99 2\n",
            "ok ok quota",
            "100",
            |usage| usage.bytes.refused,
        ),
        (
            only(|limits| limits.file_bytes = 100),
            "open 0 a cw\nsize 0 100\nsize 0 101\n",
            "ok ok file-too-large",
            "100",
            |usage| usage.file_bytes_refused,
        ),
        (
            only(|limits| limits.file_bytes = 100),
            "temp 0 -\ntsize 0 100\ntappend 0 1\n",
            "ok ok file-too-large",
            "0",
            |usage| usage.file_bytes_refused,
        ),
        (
            only(|limits| limits.entries = 2),
            "mkdir a\nsymlink nothing b\nopen 0 c c\n",
            "ok ok quota",
            "0",
            |usage| usage.entries.refused,
        ),
        (
            only(|limits| limits.open_files = 2),
            "open 0 a c\nopen 1 a \nopen 2 a \nclose 0\nopen 2 a \n",
            "ok ok quota ok ok",
            "0",
            |usage| usage.open_files.refused,
        ),
        (
            only(|limits| limits.open_files = 1),
            "open 0 a cw\nstream 0 0 1\nlist .\n",
            "ok quota quota",
            "0",
            |usage| usage.open_files.refused,
        ),
        (
            only(|limits| limits.depth = 2),
            "mkdir a\nmkdir a/b\nmkdir a/b/c\n",
            "ok ok quota",
            "0",
            |usage| usage.depth_refused,
        ),
        (
            // What does not fit in memory goes to disk, and that is no error.
            only(|limits| limits.memory = 100),
            "temp 0 1000\ntwrite 0 0 60\ntemp 1 1000\ntwrite 1 0 60\n",
            "ok ok ok ok",
            "60",
            |usage| usage.memory.refused,
        ),
        (
            // A file that was unlinked stays charged until its last holder goes.
            only(|limits| limits.bytes = 100),
            "open 0 a cw\nwrite 0 0 100\nunlink a\nopen 1 b cw\nwrite 1 0 1\nclose 0\nwrite 1 0 100\n",
            "ok ok ok ok quota ok ok",
            "100",
            |usage| usage.bytes.refused,
        ),
    ];
    for (limits, lines, expected, peak, refused) in cases {
        let (codes, report) = told(limits, lines);
        assert_eq!(codes.join(" "), expected, "{lines}");
        assert_eq!(report.usage.bytes.peak.to_string(), peak, "{lines}{report}");
        assert!(refused(&report.usage) > 0, "{lines}{report}");
    }
}

#[test]
fn limits_of_nothing_and_of_everything() {
    let nothing = only(|limits| {
        limits.bytes = 0;
        limits.entries = 0;
        limits.file_bytes = 0;
        limits.open_files = 0;
        limits.depth = 0;
        limits.memory = 0;
        limits.file_memory = 0;
    });
    let (codes, report) = told(
        nothing,
        "mkdir a\nopen 0 a cw\ntemp 0 -\ntemp 0 10\ntappend 0 1\nlist .\n",
    );
    assert_eq!(codes.join(" "), "quota quota quota ok file-too-large quota");
    let usage = report.usage;
    let peaks = [usage.bytes, usage.entries, usage.open_files, usage.memory].map(|level| level.peak);
    assert_eq!(peaks, [0; 4], "{report}");

    // Sizes that no file has: an error, and nothing is charged for it afterwards.
    let largest = u64::MAX;
    let beyond = 1_u64 << 63;
    let lines = format!(
        "open 0 a cw\nsize 0 {largest}\nsize 0 {beyond}\nwrite 0 {largest} 1\nwrite 0 {} 1\nstream 0 {largest} 1\n\
         temp 0 10\ntsize 0 {largest}\ntwrite 0 {largest} 1\nwrite 0 0 5\n",
        beyond - 1
    );
    let ran = Run::new(programs::MODEL)
        .base_within(unlimited_base())
        .stdin(lines)
        .run();
    ran.assert_success().assert_nothing_left();
    let last = ran.stdout.lines().last();
    assert_eq!(last, Some("ok 5 1"), "{}", ran.stdout);
    let ended_well = ran.stdout.lines().filter(|line| line.starts_with("ok ")).count();
    assert_eq!(ended_well, 3, "{}", ran.stdout);
}

#[test]
fn a_base_has_limits_of_its_own() {
    let base_limits = {
        let mut limits = BaseLimits::default();
        limits.bytes = Some(100);
        limits.entries = Some(3);
        limits
    };
    let host = Host::new(base_limits, false);
    let [first, second] = [(); 2].map(|()| host.base.space_within(None, Limits::UNLIMITED));
    let runtime = Host::runtime(1);
    let run = |space: &Space, lines: &str| runtime.block_on(host.run(space, lines));
    assert_eq!(run(&first, "open 0 a cw\nwrite 0 0 60\n"), "ok ok");
    assert_eq!(run(&second, "open 0 a cw\nwrite 0 0 41\nwrite 0 0 40\n"), "ok quota ok");
    assert_eq!(run(&second, "mkdir b\nmkdir c\n"), "ok quota");
    let counters = host.base.counters();
    assert_eq!((counters.bytes.now, counters.entries.now), (100, 3), "{counters:#?}");
    assert_eq!((counters.spaces_made, counters.spaces_ended), (2, 0), "{counters:#?}");
    assert_eq!(first.end().usage.bytes.now, 60);
    // What the one had is free for the other.
    assert_eq!(run(&second, "open 0 a w\nwrite 0 0 100\nmkdir c\n"), "ok ok ok");
    second.end();
    let counters = host.base.counters();
    assert_eq!(
        (counters.bytes.now, counters.entries.now, counters.open_files.now),
        (0, 0, 0),
        "{counters:#?}"
    );
    assert_eq!(
        (counters.bytes.refused, counters.entries.refused, counters.spaces_ended),
        (1, 1, 2),
        "{counters:#?}"
    );
}

/// A space that is only put aside is charged to the base until its files are gone.
#[test]
fn the_trash_is_charged_until_it_is_empty() {
    let host = Host::new(BaseLimits::default(), false);
    let runtime = Host::runtime(1);
    let space = host.base.space_within(None, Limits::UNLIMITED);
    assert_eq!(
        runtime.block_on(host.run(&space, "open 0 a cw\nwrite 0 0 60\n")),
        "ok ok"
    );
    let report = space.defer();
    assert_eq!((report.deferred, report.usage.bytes.now), (true, 60));
    host.base.drain();
    let counters = host.base.counters();
    assert_eq!((counters.bytes.now, counters.entries.now), (0, 0), "{counters:#?}");
}

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
            refused += codes.matches("quota").count();
            assert!(!codes.contains("io") && !codes.contains("not-open"), "{codes}");
        }
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

/// What happens is told to whoever listens, with the label of the tenant that it happens to.
#[test]
fn events_have_the_label_of_their_tenant() {
    let heard = Heard::default();
    let host = Host::new(BaseLimits::default(), false);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    // For the whole process: the other tests' events are heard, too, and have no label.
    tracing::subscriber::set_global_default(heard.clone()).expect("nobody else listens");
    let label = "tenant-7".parse().expect("a label");
    let space = host.base.space_within(Some(label), only(|limits| limits.entries = 1));
    let lines = "mkdir a\nmkdir b\ntemp 0 -\ntdrop 0\n";
    assert_eq!(runtime.block_on(host.run(&space, lines)), "ok quota ok ok");
    space.end();
    let heard = heard.0.lock().expect("no panic");
    let ours: Vec<&str> = heard.iter().map(String::as_str).collect();
    let expected = [
        "space made",
        "refused limit=entries",
        "created resource=temporary-file",
        "ended resource=temporary-file call=drop",
        "space ended made=1 found=1 left=0 deferred=false",
    ];
    assert_eq!(ours, expected.map(|event| format!("{event} label=tenant-7")));
}

/// The events of ours, each with its message, its fields but for the random one, and its label.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

#[derive(Default)]
struct Fields {
    message: String,
    others: String,
    label: String,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let value = format!("{value:?}").replace('"', "");
        match field.name() {
            "message" => self.message = value,
            "label" => self.label = value,
            "space" => {}
            name => self.others.push_str(&format!(" {name}={value}")),
        }
    }
}

impl Subscriber for Heard {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("wasmtime_scratch")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Fields { message, others, label } = fields;
        if label != "tenant-7" {
            return;
        }
        let mut heard = self.0.lock().expect("no panic");
        heard.push(format!("{message}{others} label={label}"));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
