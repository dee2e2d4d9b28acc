//! What the command carries for others: the provider, the contract, and help.

use std::fs;
use std::path::{Path, PathBuf};

use scratch_tests::programs;
use wasmtime_scratch::GUEST_PROVIDER;
use wit_parser::Resolve;

use crate::support::{Place, ended, entries};

const WIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");

#[test]
fn the_provider_is_written_out_and_provides() {
    let place = Place::new();
    let ended = ended(place.bare().args(["provider", "mine.wasm"]));
    assert_eq!((ended.code, &*ended.stdout, &*ended.stderr), (Some(0), "", ""));
    assert!(fs::read(place.path("mine.wasm")).expect("it was written") == GUEST_PROVIDER);

    let ended = place.run(&["--provider", "mine.wasm", "--report", "text", programs::GUIDE]);
    ended
        .assert_code(0)
        .assert_says(&["   provider mine.wasm   ", "0 entries left"]);
    place.assert_nothing_left();
}

#[test]
fn the_provider_goes_through_a_pipe() {
    let place = Place::new();
    let output = place.bare().arg("provider").output().expect("it starts");
    assert!(output.status.success());
    assert!(output.stdout == GUEST_PROVIDER);
    assert!(output.stderr.is_empty());
}

#[test]
fn the_contract_is_written_out_as_it_stands_in_the_repository_and_parses() {
    let place = Place::new();
    let ended = ended(place.bare().args(["wit", "a/new/folder"]));
    assert_eq!((ended.code, &*ended.stdout, &*ended.stderr), (Some(0), "", ""));
    let written = place.path("a/new/folder");
    let files = |dir: &Path| -> Vec<PathBuf> {
        let all = entries(dir).into_iter();
        all.filter(|path| dir.join(path).is_file()).collect()
    };
    assert_eq!(files(&written), files(Path::new(WIT)));
    for file in files(&written) {
        let [ours, theirs] = [&written, Path::new(WIT)].map(|dir| fs::read_to_string(dir.join(&file)).expect("text"));
        assert!(ours == theirs, "{}", file.display());
    }
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(&written).expect("it parses");
    assert_eq!(resolve.packages[package].name.to_string(), "scratch:tempfile@0.1.0");
    for world in ["imports", "provider"] {
        resolve.select_world(&[package], Some(world)).expect(world);
    }
}

#[test]
fn the_contract_is_printed() {
    let place = Place::new();
    let ended = ended(place.bare().arg("wit"));
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
    assert_eq!(
        ended.stdout,
        fs::read_to_string(Path::new(WIT).join("tempfile.wit")).expect("it is there")
    );
    assert!(entries(&place.path("")).is_empty());
}

#[test]
fn what_cannot_be_written_out_is_said() {
    let place = Place::new();
    place.file("a-file", "mine");
    let provider = ended(place.bare().args(["provider", "nowhere/mine.wasm"]));
    provider.assert_refused(1, &["`nowhere/mine.wasm`", "No such file"]);
    ended(place.bare().args(["wit", "a-file"])).assert_refused(1, &["`a-file", "exists"]);
    ended(place.bare().args(["wit", "a-file/below"])).assert_refused(1, &["`a-file/below", "Not a directory"]);
    ended(place.bare().args(["provider", "one", "two"])).assert_usage(&["two"]);
    ended(place.bare().args(["wit", "one", "two"])).assert_usage(&["two"]);
    assert_eq!(fs::read_to_string(place.path("a-file")).expect("still there"), "mine");
}

#[test]
fn help_can_be_understood_without_the_documentation() {
    let place = Place::new();
    for (args, parts) in [
        (
            &["--help"][..],
            &[
                "Run WebAssembly programs",
                "PROGRAM.wasm",
                "provider",
                "wit",
                "124",
                "125",
                "134",
                "128 + n",
            ][..],
        ),
        (
            &["run", "--help"],
            &["--dir", "--tmp", "--report", "124", "125", "134", "128 + n"],
        ),
        (&["help", "run"], &["--dir", "128 + n"]),
        (&["-h"], &["PROGRAM.wasm"]),
        (&["provider", "--help"], &["guest provider", "FILE", "Exit codes"]),
        (&["wit", "--help"], &["contract", "DIR", "Exit codes"]),
    ] {
        let ended = ended(place.bare().args(args));
        ended.assert_code(0);
        assert_eq!(ended.stderr, "", "{args:?}");
        for part in parts {
            assert!(
                ended.stdout.contains(part),
                "{args:?} says nothing of {part:?}: {}",
                ended.stdout
            );
        }
    }
    let ended = ended(place.bare().arg("--version"));
    assert_eq!(ended.stdout.lines().count(), 1, "{ended:#?}");
    assert!(ended.stdout.contains(env!("CARGO_PKG_VERSION")), "{ended:#?}");
    assert!(entries(&place.path("")).is_empty(), "nothing is made by asking");
}

#[test]
fn every_flag_is_explained() {
    let place = Place::new();
    let help = ended(place.bare().args(["run", "--help"])).stdout;
    let flags = [
        "--dir",
        "--env",
        "--argv0",
        "--invoke",
        "-W",
        "-S",
        "--base",
        "--label",
        "--provider",
        "--tmp",
        "--no-tmp",
        "--report",
    ];
    for flag in flags {
        let mut lines = help.lines();
        let line = lines.find(|line| line.split([' ', ',']).any(|word| word == flag));
        let line = line.unwrap_or_else(|| panic!("{flag} is not there"));
        // What does not fit beside it is below it.
        let text = format!("{line} {}", lines.next().unwrap_or_default());
        assert!(text.split_whitespace().count() > 4, "{text}");
    }
    assert!(help.contains("$SCRATCH_BASE"));
}
