//! Python's own `tempfile` in a component, under `scratch run`: the program knows nothing of us, and its `/tmp` is its space.
//!
//! Where `componentize-py` is not installed (`tests/conformance/runtimes/setup` does it) the tests are ignored, and fail
//! where `SCRATCH_RUNTIMES_REQUIRED` is set.

#[path = "support/python.rs"]
mod python;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::{env, fs};

use libtest_mimic::{Arguments, Failed, Trial};
use scratch_tests::entries;
use tempfile::TempDir;

/// How the guide ends, the exit code of that, and the entries that its host finds.
const ENDS: [(&str, i32, usize); 3] = [("return", 0, 0), ("error", 1, 0), ("trap", 134, 4)];

fn main() {
    let arguments = Arguments::from_args();
    // The component goes with the last of the trials: `exit` drops nothing.
    libtest_mimic::run(&arguments, trials()).exit();
}

fn trials() -> Vec<Trial> {
    let is_required = env::var_os("SCRATCH_RUNTIMES_REQUIRED").is_some();
    let guide = Arc::new(Guide::default());
    let mut trials: Vec<Trial> = ENDS
        .map(|(end, code, found)| {
            let guide = Arc::clone(&guide);
            Trial::test(format!("pythons_tempfile_leaves_nothing::{end}"), move || {
                leaves_nothing(guide.path()?, end, code, found)
            })
        })
        .into();
    trials.push(Trial::test(
        "a_program_fills_its_space_is_told_so_deletes_a_file_and_finishes",
        fills_its_space,
    ));
    let is_ignored = !python::can_build() && !is_required;
    trials
        .into_iter()
        .map(|trial| trial.with_ignored_flag(is_ignored))
        .collect()
}

/// An `OSError` with the number of each limit. In the middle of a file it is `EIO`: the C library does not ask a stream why
/// it failed. It asks a file that is opened anew.
fn fills_its_space() -> Result<(), Failed> {
    if !python::can_build() {
        return Err(NOT_INSTALLED.into());
    }
    let place = tempfile::tempdir()?;
    let program = python::build(place.path(), python::FILL).map_err(|error| format!("{error:#}"))?;
    let base = place.path().join("base");
    for (file_size, stretched) in [(None, "ENOSPC"), (Some("1MB"), "EFBIG")] {
        let mut scratch = Command::new(env!("CARGO_BIN_EXE_scratch"));
        scratch
            .args(["run", "--max-bytes=1MiB", "--max-entries=100", "--base"])
            .arg(&base);
        scratch.args(file_size.map(|size| format!("--max-file-size={size}")));
        let output = scratch.arg(&program).output()?;
        let told = format!(
            "in the middle: EIO\nopened anew: {stretched}\nentries: ENOSPC\nstretched: {stretched}\nfinished with again\n"
        );
        assert_eq!(String::from_utf8_lossy(&output.stdout), told, "{output:?}");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(entries(&base), [Path::new("layout")]);
    }
    Ok(())
}

const NOT_INSTALLED: &str = "it is not installed: run tests/conformance/runtimes/setup";

/// The component, made once, and gone with the tests.
#[derive(Default)]
struct Guide(OnceLock<Result<(TempDir, PathBuf), String>>);

impl Guide {
    fn path(&self) -> Result<&Path, String> {
        let built = self.0.get_or_init(|| {
            if !python::can_build() {
                return Err(NOT_INSTALLED.to_owned());
            }
            let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
            let path = python::build(dir.path(), python::GUIDE).map_err(|error| format!("{error:#}"))?;
            Ok((dir, path))
        });
        built.as_ref().map(|(_, path)| path.as_path()).map_err(String::clone)
    }
}

fn leaves_nothing(guide: &Path, end: &str, code: i32, found: usize) -> Result<(), Failed> {
    let place = tempfile::tempdir()?;
    let (base, report) = (place.path().join("base"), place.path().join("report.json"));
    let mut scratch = Command::new(env!("CARGO_BIN_EXE_scratch"));
    scratch.args(["run", "--base"]).arg(&base);
    scratch.arg(format!("--report=json={}", report.display()));
    let output = scratch.arg(guide).arg(end).output()?;
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let is_there = |what: &str| assert!(stdout.contains(what), "{what:?} is not in {stdout}");
    is_there("created /tmp/tmp");
    is_there(" with one.txt two.txt\n");
    is_there(" which says: Hello, world!\nready\n");
    let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(&report)?)?;
    let count = |name: &str| report.pointer(&format!("/receipt/{name}")).cloned();
    assert_eq!(count("entries_found"), Some(found.into()), "{report:#}");
    assert_eq!(count("entries_left"), Some(0.into()), "{report:#}");
    assert_eq!(entries(&base), [Path::new("layout")]);
    Ok(())
}
