//! What the fuzzer kept: each input reaches code that no other one reaches.
#![forbid(unsafe_code)]

use scratch_vfs_tests::{compare, decode_bytes, find_tmpfs};
use std::path::Path;

#[test]
fn every_input_of_the_corpus_answers_as_wasmtime_wasi_does_on_tmpfs() {
    let Some(tmpfs) = find_tmpfs() else {
        assert!(
            std::env::var_os("SCRATCH_FAULTS_REQUIRED").is_none(),
            "no tmpfs was found"
        );
        eprintln!("skipped: there is no tmpfs to compare with");
        return;
    };
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut done = 0;
    for input in std::fs::read_dir(corpus).expect("there is a corpus") {
        let path = input.expect("the corpus can be listed").path();
        let bytes = std::fs::read(&path).expect("the input can be read");
        let (contents, operations) = decode_bytes(&bytes);
        if let Err(difference) = compare(&tmpfs, contents, &operations) {
            panic!("{}: {difference}", path.display());
        }
        done += 1;
    }
    assert!(done > 0, "the corpus is empty");
}
