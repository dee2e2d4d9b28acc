//! A space answers every sequence of operations as wasmtime-wasi does on tmpfs, and holds the same tree then.
//!
//! `PROPTEST_CASES` sets the number of sequences: `PROPTEST_CASES=1000000 cargo test --release -p scratch-vfs-tests`.
#![forbid(unsafe_code)]

use proptest::collection::vec;
use proptest::prelude::*;
use scratch_vfs_tests::{CHUNK, Contents, compare, decode, find_tmpfs};

/// Operations of each sequence.
const LENGTH: std::ops::RangeInclusive<usize> = 50..=120;

fn compare_any_sequence(contents: Contents) {
    let Some(tmpfs) = find_tmpfs() else {
        assert!(
            std::env::var_os("SCRATCH_FAULTS_REQUIRED").is_none(),
            "no tmpfs was found"
        );
        eprintln!("skipped: there is no tmpfs to compare with");
        return;
    };
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    let config = ProptestConfig {
        cases: cases.unwrap_or(1_500),
        max_shrink_iters: 100_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let sequences = (0..3_u8, vec(any::<[u8; CHUNK]>(), LENGTH)).prop_map(|(kind, chunks)| decode(kind == 2, &chunks));
    proptest!(config, |(operations in sequences)| {
        if let Err(difference) = compare(&tmpfs, contents, &operations) {
            return Err(TestCaseError::fail(difference.to_string()));
        }
    });
}

#[test]
fn any_sequence_answers_as_wasmtime_wasi_does_on_tmpfs() {
    compare_any_sequence(Contents::Memory);
}

#[test]
fn any_sequence_answers_so_with_every_content_in_a_file_of_its_own() {
    compare_any_sequence(Contents::OwnFiles);
}

#[test]
fn any_sequence_answers_so_with_every_content_in_slots() {
    compare_any_sequence(Contents::Slots);
}

#[test]
fn any_sequence_answers_so_while_contents_move_to_disk() {
    compare_any_sequence(Contents::Moving);
}
