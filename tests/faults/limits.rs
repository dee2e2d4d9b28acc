//! Rows 33 and 34: limits. `tests/limits.rs` has more of them.

use scratch_tests::programs;
use wasmtime_scratch::{BaseLimits, Limits};

use super::driven::Host;
use super::support::Run;

fn small() -> Limits {
    let mut limits = Limits::default();
    limits.bytes = 10_000;
    limits.entries = 10;
    limits.open_files = 10;
    limits.memory = 10_000;
    limits.depth = 4;
    limits
}

#[test]
fn row_33_limit_met_in_the_middle_of_a_write() {
    let lines = "open 0 a cw\nwrite 0 0 10001\nstream 0 0 10001\nappend 0 1\ntemp 0 0\ntwrite 0 0 1\nsize 0 0\nwrite 0 0 10000\n";
    let ran = Run::new(programs::MODEL).within(small()).stdin(lines).run();
    ran.assert_success().assert_nothing_left();
    let told: Vec<&str> = ran.stdout.lines().collect();
    // A stream writes what there is room for, a write all or nothing.
    let expected = [
        "ok 0 1",
        "insufficient-space 0 1",
        "insufficient-space 10000 1",
        "insufficient-space 10000 1",
        "ok 10000 2",
        "insufficient-space 10000 2",
        "ok 0 2",
        "ok 10000 2",
    ];
    assert_eq!(told, expected);
    assert_eq!(ran.report.usage.bytes.peak, 10_000, "never over the limit");
}

#[test]
fn row_34_one_tenant_exhausts_its_limits_and_descriptors() {
    let mut base = BaseLimits::default();
    base.open_files = Some(32);
    let host = Host::new(base, true);
    let many = |line: &dyn Fn(usize) -> String| (0..50).map(line).collect::<String>();
    let hostile = [
        many(&|number| format!("open {number} a cw\nappend {number} 999\n")),
        many(&|number| format!("mkdir d{number}\n")),
        many(&|number| format!("temp {number} 9999\ntwrite {number} 0 5000\n")),
        many(&|number| format!("mkdir d0{}\n", "/d".repeat(number))),
    ];
    let quiet = "temp 0 -\ntwrite 0 0 500\nmkdir d\nopen 0 d/a cw\nappend 0 5000\nlist d\ntdrop 0\nunlink d/a\n";
    let spaces = [
        host.base.space_within(None, small()),
        host.base.space_within(None, small()),
    ];
    let runtime = Host::runtime(2);
    let (hostile, quiet) = runtime.block_on(async {
        let hostile = hostile.concat();
        let quiet = quiet.repeat(20);
        tokio::join!(host.run(&spaces[0], &hostile), host.run(&spaces[1], &quiet))
    });
    assert!(hostile.contains("quota"), "{hostile}");
    // After the first time the directory is there already.
    let told = quiet.replace("exist", "ok");
    assert_eq!(told, ["ok"; 8 * 20].join(" "));
    for space in spaces {
        let report = space.end();
        assert!(report.is_clean(), "{report}");
        let usage = report.usage;
        for level in [usage.bytes, usage.entries, usage.open_files, usage.memory] {
            assert!(level.limit.is_some_and(|limit| level.peak <= limit), "{report}");
        }
    }
    let counters = host.base.counters();
    let now = [counters.bytes, counters.memory, counters.entries, counters.open_files].map(|level| level.now);
    assert_eq!(now, [0; 4], "{counters:#?}");
}
