//! The command line, as a user meets it: exit codes, messages, reports, and what is left afterwards.

#![forbid(unsafe_code)]

#[path = "support/cli.rs"]
mod support;

#[path = "cli/base.rs"]
mod base;
#[path = "cli/blocked.rs"]
mod blocked;
#[path = "cli/cache.rs"]
mod cache;
#[path = "cli/carried.rs"]
mod carried;
#[path = "cli/check.rs"]
mod check;
#[path = "cli/compose.rs"]
mod compose;
#[path = "cli/dirs.rs"]
mod dirs;
#[path = "cli/disk.rs"]
mod disk;
#[path = "cli/ends.rs"]
mod ends;
#[path = "cli/exec.rs"]
mod exec;
#[path = "cli/inherited.rs"]
mod inherited;
#[path = "cli/keep.rs"]
mod keep;
#[path = "cli/links.rs"]
mod links;
#[path = "cli/loads.rs"]
mod loads;
#[path = "cli/quiet.rs"]
mod quiet;
#[path = "cli/refused.rs"]
mod refused;
#[path = "cli/report.rs"]
mod report;
#[path = "cli/sweep.rs"]
mod sweep;
#[path = "cli/users.rs"]
mod users;
#[path = "cli/wasmtime.rs"]
mod wasmtime;
#[path = "cli/world.rs"]
mod world;

/// A component with one function, `add`.
const ADD: &str = r#"
    (component
        (core module $module
            (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
        (core instance $instance (instantiate $module))
        (func (export "add") (param "a" u32) (param "b" u32) (result u32)
            (canon lift (core func $instance "add"))))
"#;

/// A WASI p1 module that exits with 7.
const SEVEN: &str = r#"
    (module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "_start") i32.const 7 call $exit))
"#;

/// Another one that exits with `code`.
fn exits(code: u8) -> String {
    SEVEN.replace("i32.const 7", &format!("i32.const {code}"))
}
