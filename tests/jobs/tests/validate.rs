//! Downloads: a good one is let in, and of a bad one nothing is to be seen.

use std::fs;
use std::path::PathBuf;

use scratch_tests::jobs;
use wasmtime_scratch::Outcome;

use super::cli::{Place, entries};
use super::granting_in;
use super::support::{Host, Ran, Run};

/// The test vectors of FIPS 180: what it is, and its SHA-256.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// A million times `a`: more than stays in memory.
const MILLION: &str = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

fn validate(download: &[u8], length: &str, sha256: &str, more: &[&str]) -> Run {
    let args = [
        "--length", length, "--sha256", sha256, "--to", "/out", "--name", "data.bin",
    ];
    let run = Run::new(jobs::VALIDATE).stdin(download).granting_out();
    args.iter().chain(more).fold(run, |run, arg| run.arg(arg))
}

/// It let the download in, and nothing else is there.
#[track_caller]
fn assert_lets_in(run: Run, download: &[u8]) {
    let (ran, host) = run.run_and_keep_host().expect("it starts");
    ran.assert_success().assert_nothing_left().assert_violations(0);
    assert_eq!((&*ran.stdout, &*ran.stderr), ("", ""));
    assert_eq!(
        (ran.report.files.created, ran.report.files.persisted),
        (1, 1),
        "{ran:#?}"
    );
    assert_eq!(entries(&host.granted()), [PathBuf::from("data.bin")]);
    let found = fs::read(host.granted().join("data.bin")).expect("a file");
    assert!(found == download, "{} bytes", found.len());
}

/// It refused the download for this reason, and nothing of it is there.
#[track_caller]
fn assert_refuses(run: Run, reason: &str) {
    let before = entries(&run.host.granted());
    let (ran, host) = run.run_and_keep_host().expect("it starts");
    assert_refused(&ran, reason);
    assert_eq!(entries(&host.granted()), before);
}

#[track_caller]
fn assert_refused(ran: &Ran, reason: &str) {
    assert_eq!(ran.outcome, Outcome::Exit { code: 1 }, "{ran:#?}");
    assert_eq!((&*ran.stdout, &*ran.stderr), ("", &*format!("validate: {reason}\n")));
    ran.assert_nothing_left().assert_violations(0);
    assert_eq!(ran.report.files.created, ran.report.files.dropped, "{ran:#?}");
}

fn old_file(host: &Host) -> PathBuf {
    let path = host.granted().join("data.bin");
    fs::write(&path, "old").expect("a file");
    path
}

#[test]
fn a_good_download_is_let_in() {
    assert_lets_in(validate(b"abc", "3", ABC, &[]), b"abc");
    assert_lets_in(validate(b"abc", "3", &ABC.to_uppercase(), &[]), b"abc");
    assert_lets_in(validate(b"", "0", NOTHING, &[]), b"");
    let million = [b'a'; 1_000_000];
    assert_lets_in(validate(&million, "1000000", MILLION, &[]), &million);
}

#[test]
fn a_good_file_is_let_in() {
    let place = Place::new();
    place.dir("in", 0o755);
    place.file("in/download", "abc");
    let run = validate(b"something else", "3", ABC, &["/in/download"]);
    let run = granting_in(run, &place);
    assert_lets_in(run, b"abc");
    assert_eq!(
        entries(&place.path("in")),
        [PathBuf::from("download")],
        "it is still there"
    );
}

#[test]
fn a_download_of_the_wrong_length_is_refused() {
    let short = "wrong length: expected 4 bytes, found 3";
    assert_refuses(validate(b"abc", "4", ABC, &[]), short);
    let long = "wrong length: expected 2 bytes, found at least 3";
    assert_refuses(validate(b"abc", "2", ABC, &[]), long);
    let million = [b'a'; 1_000_000];
    let short = "wrong length: expected 1000001 bytes, found 1000000";
    assert_refuses(validate(&million, "1000001", MILLION, &[]), short);
    // Whatever comes after the first byte that is too many is not looked at.
    let long = "wrong length: expected 300000 bytes, found at least 300001";
    assert_refuses(validate(&million, "300000", MILLION, &[]), long);
}

#[test]
fn a_download_with_another_hash_is_refused() {
    let reason = format!("wrong SHA-256: expected {NOTHING}, found {ABC}");
    assert_refuses(validate(b"abc", "3", NOTHING, &[]), &reason);
    let reason = format!("wrong SHA-256: expected {ABC}, found {MILLION}");
    assert_refuses(validate(&[b'a'; 1_000_000], "1000000", ABC, &[]), &reason);
    // Nor does it replace anything.
    let run = validate(b"abc", "3", NOTHING, &["--overwrite"]);
    let old = old_file(&run.host);
    let (ran, _host) = run.run_and_keep_host().expect("it starts");
    assert_refused(&ran, &format!("wrong SHA-256: expected {NOTHING}, found {ABC}"));
    assert_eq!(fs::read(old).expect("it is still there"), b"old");
}

#[test]
fn a_file_of_that_name_is_replaced_only_if_asked() {
    let million = [b'a'; 1_000_000];
    for (download, length, sha256) in [(&b"abc"[..], "3", ABC), (&million, "1000000", MILLION)] {
        let run = validate(download, length, sha256, &[]);
        let old = old_file(&run.host);
        let (ran, _host) = run.run_and_keep_host().expect("it starts");
        assert_refused(&ran, "`data.bin` exists in `/out`; --overwrite replaces it");
        assert_eq!(fs::read(old).expect("it is still there"), b"old");

        let run = validate(download, length, sha256, &["--overwrite"]);
        old_file(&run.host);
        assert_lets_in(run, download);
    }
}

#[test]
fn a_directory_that_was_not_granted_and_a_name_that_is_none_are_refused() {
    let args = |to: &str, name: &str| {
        let args = ["--length", "3", "--sha256", ABC, "--to", to, "--name", name];
        let run = Run::new(jobs::VALIDATE).stdin("abc").granting_out();
        args.iter().fold(run, |run, arg| run.arg(arg))
    };
    assert_refuses(args("/etc", "passwd"), "`/etc` is not a directory that was granted");
    let (ran, _host) = args("/out/", "../x").run_and_keep_host().expect("it starts");
    assert_eq!(ran.outcome, Outcome::Exit { code: 1 }, "{ran:#?}");
    assert!(
        ran.stderr
            .starts_with("validate: failed to persist `../x` to `/out/`: invalid ("),
        "{ran:#?}"
    );
    ran.assert_nothing_left();
}

#[test]
fn a_hash_that_is_none_is_wrong_usage() {
    for sha256 in ["", "abc", &ABC[1..], &format!("{ABC}0"), &ABC.replace('b', "x")] {
        let ran = validate(b"abc", "3", sha256, &[]).run();
        assert_eq!(ran.outcome, Outcome::Exit { code: 1 }, "{ran:#?}");
        assert!(ran.stderr.contains("64 hexadecimal digits"), "{ran:#?}");
        assert_eq!(ran.report.handles(), 0);
    }
}
