//! What an instance costs that never uses scratch: nothing.

use scratch_tests::{modules, programs};

use super::cli::Place;
use super::tools::{Traced, has_strace, traced};

/// A WASI p1 module that exits at once, without asking for its preopens.
const NOTHING: &str = r#"
    (module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "_start") i32.const 0 call $exit))
"#;

/// The names of the calls that a run makes on anything under its base, sorted.
fn calls_under_the_base(args: &[&str], printed: &str) -> Vec<String> {
    let place = Place::new();
    let data = place.dir("data", 0o700);
    place.file("data/file", "granted\n");
    place.file("nothing.wat", NOTHING);
    let mut command = place.scratch();
    command.args(["--dir", &format!("{data}::/data")]).args(args);
    let options = ["--follow-forks", "--decode-fds=path", "--string-limit=4096"];
    let traced: Traced = traced(&place, &command, &options);
    traced.ended.assert_clean(0);
    assert_eq!(traced.ended.stdout, printed);
    let base = place.text("base");
    let calls = traced.calls().into_iter().filter(|call| call.contains(&base));
    let mut names: Vec<String> = calls
        .filter_map(|call| {
            let name = call.split('(').next()?.split(' ').next_back()?;
            // The command's own arguments name the base.
            (name != "execve").then(|| name.to_owned())
        })
        .collect();
    names.sort();
    names
}

#[test]
fn an_instance_that_never_uses_scratch_makes_no_call_under_the_base() {
    if !has_strace() {
        return;
    }
    let lease = calls_under_the_base(&["nothing.wat"], "");
    assert!(lease.iter().any(|name| name == "mkdirat"), "{lease:?}");
    for program in [programs::NO_SCRATCH, modules::NO_SCRATCH] {
        let all = calls_under_the_base(&[program, "/data/file"], "granted\n");
        assert_eq!(all, lease, "{program} makes other calls than a lease does");
    }
}
