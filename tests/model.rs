//! What is charged, against a model: random operations of two tenants, through the contract and by path.
//!
//! After every step what a program is told, and what it is charged, is what the model says; at the end it is what a walk
//! through the space finds. `PROPTEST_CASES=100000 cargo test --test model` does more of
//! them; it prints its seed, and `SCRATCH_SEED` repeats it.

#[path = "model/decode.rs"]
mod decode;
#[path = "model/expected.rs"]
mod expected;
#[path = "model/ops.rs"]
mod ops;
#[path = "model/tenants.rs"]
mod tenants;

use std::path::Path;
use std::{env, fs};

use decode::Case;
use ops::{Flags, Op};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use tenants::Tenants;
use wasmtime_scratch::Limits;

/// So many sequences, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 2_000;

/// Of operations in a sequence.
const STEPS: std::ops::Range<usize> = 30..60;

/// Few names, so that operations meet; some deeper than may be.
const PATHS: [&str; 12] = [
    "a",
    "b",
    "d",
    "e",
    "d/a",
    "d/b",
    "d/e",
    "d/e/a",
    "d/e/d",
    "e/a",
    "d/e/d/a",
    expected::MISSING,
];

fn path() -> impl Strategy<Value = String> {
    prop::sample::select(&PATHS[..]).prop_map(str::to_owned)
}

fn slot() -> impl Strategy<Value = u32> {
    0..4_u32
}

/// Around what the limits are, and their sums.
fn size() -> impl Strategy<Value = u64> {
    prop_oneof![
        0..64_u64,
        0..9_000_u64,
        prop::sample::select(&[0, 1, 1024, 1025, 4096, 4097, 8192, 8193][..])
    ]
}

fn flags() -> impl Strategy<Value = Flags> {
    (
        any::<bool>(),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.3),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(create, exclusive, truncate, write, follow)| Flags {
            create,
            exclusive: create && exclusive,
            truncate,
            write,
            follow,
        })
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (slot(), path(), flags()).prop_map(|(slot, path, flags)| Op::Open { slot, path, flags }),
        1 => slot().prop_map(|slot| Op::Close { slot }),
        3 => (slot(), size(), size()).prop_map(|(slot, offset, length)| Op::Write { slot, offset, length }),
        2 => (slot(), size(), size()).prop_map(|(slot, offset, length)| Op::Stream { slot, offset, length }),
        2 => (slot(), size()).prop_map(|(slot, length)| Op::Append { slot, length }),
        2 => (slot(), size()).prop_map(|(slot, size)| Op::Size { slot, size }),
        3 => path().prop_map(|path| Op::Mkdir { path }),
        1 => path().prop_map(|path| Op::Rmdir { path }),
        2 => path().prop_map(|path| Op::Unlink { path }),
        2 => (path(), path()).prop_map(|(from, to)| Op::Rename { from, to }),
        1 => (path(), path()).prop_map(|(from, to)| Op::Link { from, to }),
        1 => path().prop_map(|path| Op::Symlink { path }),
        1 => path().prop_map(|path| Op::List { path }),
        2 => (slot(), prop::option::of(size())).prop_map(|(slot, max_memory)| Op::Temp { slot, max_memory }),
        2 => (slot(), size(), size()).prop_map(|(slot, offset, length)| Op::TempWrite { slot, offset, length }),
        1 => (slot(), size()).prop_map(|(slot, length)| Op::TempAppend { slot, length }),
        1 => (slot(), size()).prop_map(|(slot, size)| Op::TempSize { slot, size }),
        1 => slot().prop_map(|slot| Op::TempDrop { slot }),
        1 => slot().prop_map(|slot| Op::TempKeep { slot }),
        1 => slot().prop_map(|slot| Op::TempRoll { slot }),
    ]
}

/// Small enough that a sequence meets every one of them.
pub(crate) fn limits(bytes: u64, entries: u64, depth: u64) -> Limits {
    let mut limits = Limits::default();
    limits.bytes = bytes;
    limits.entries = entries;
    limits.file_bytes = 8_192;
    limits.depth = depth;
    limits.memory = 4_096;
    limits.file_memory = 1_024;
    limits
}

fn rand_seed() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};

    RandomState::new().hash_one(0)
}

#[test]
fn the_charge_is_what_the_model_says() {
    let cases = env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(CASES);
    let seed: u64 = match env::var("SCRATCH_SEED") {
        Ok(seed) => seed.parse().expect("a number"),
        Err(_) => rand_seed(),
    };
    println!("{cases} sequences, SCRATCH_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config {
        cases,
        max_shrink_iters: 2_000,
        failure_persistence: None,
        ..Config::default()
    };
    let tenants = Tenants::new();
    let limits =
        (8_000..24_000_u64, 3..10_u64, 1..5_u64).prop_map(|(bytes, entries, depth)| limits(bytes, entries, depth));
    let sequences = (limits, vec(op(), STEPS), vec(op(), STEPS));
    let ran = TestRunner::new_with_rng(config, rng).run(&sequences, |(limits, first, second)| {
        tenants
            .run(limits, [&first, &second], true)
            .map_err(TestCaseError::fail)
    });
    match ran {
        Ok(()) => {}
        Err(TestError::Fail(reason, (limits, first, second))) => {
            let lines = |ops: Vec<Op>| ops.iter().map(|op| format!("  {op}\n")).collect::<String>();
            let (first, second) = (lines(first), lines(second));
            panic!("{reason}\nwithin {limits:?}\nthe first tenant:\n{first}the second:\n{second}");
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// What the fuzzer (`tests/fuzz`) has found, and what it has learned from.
#[test]
fn what_was_found_once_stays_right() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/model/corpus");
    let tenants = Tenants::new();
    let mut cases = 0;
    for entry in fs::read_dir(corpus).expect("the corpus") {
        let path = entry.expect("an entry").path();
        let case = Case::decode(&fs::read(&path).expect("a case"));
        let [first, second] = &case.tenants;
        if let Err(reason) = tenants.run(case.limits, [first, second], case.is_plain) {
            panic!("{}: {reason}\n{case:?}", path.display());
        }
        cases += 1;
    }
    assert!(cases > 0, "the corpus is empty");
}
