//! How long one operation keeps others waiting: the longest hold of the lock of a tree that has 1,000,000 entries.
//!
//! `cargo bench -p scratch-vfs --bench lock` prints two numbers for each operation, in microseconds:
//!
//! * *call*: the longest single call, in CPU time of its thread. An operation that works in steps holds the lock for a part of it.
//! * *wait*: the longest that a second thread waited, which asks for the metadata of the root all the while. This is wall time, with the
//!   other work of the machine in it. Also, the lock is not fair: if one thread takes it again before the other is awake, that one waits for
//!   both holds. So it needs two idle processors, and says something about operations that work in steps only.
//!
//! Each is the least of several rounds, call by call: what the machine does in between shows in one round, and what the operation
//! does shows in all of them.
#![forbid(unsafe_code)]

mod operations;

use operations::{Call, FEW, Holds, OPERATIONS, Operation};
use scratch_vfs::{Budget, Descriptor, Limits, Space};
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Rounds of each operation, for each of the two numbers.
const ROUNDS: usize = 3;

/// More bytes than the caches of a processor have.
const CACHES: usize = 64 << 20;

/// The longest hold that the documentation of the crate allows.
const BOUND: Duration = Duration::from_millis(1);

fn main() {
    // Without `--bench` it runs as a test, which shows that everything works.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let entries = if is_bench { 1_000_000 } else { 1_000 };
    let rounds = if is_bench { ROUNDS } else { 1 };
    println!(
        "{:<60} {:>10} {:>10}",
        format!("{entries} entries, times in µs"),
        "call",
        "wait"
    );
    for operation in &OPERATIONS {
        if filter
            .as_ref()
            .is_none_or(|part| operation.name.contains(part.as_str()))
        {
            report(operation, entries, rounds);
        }
    }
}

fn report(operation: &Operation, entries: usize, rounds: usize) {
    let mut calls: Vec<Duration> = Vec::new();
    let mut wait = Duration::MAX;
    let count = (operation.calls)(entries);
    let mut other = vec![0_u8; CACHES];
    for _ in 0..rounds {
        let (_space, _root, mut call) = prepare(operation, entries);
        for number in 0..count {
            if count <= FEW {
                black_box(&mut other)
                    .iter_mut()
                    .for_each(|byte| *byte = byte.wrapping_add(1));
            }
            let start = cpu_time();
            call(number);
            let time = cpu_time() - start;
            match calls.get_mut(number) {
                Some(least) => *least = time.min(*least),
                None => calls.push(time),
            }
        }
    }
    for _ in 0..rounds {
        wait = wait.min(longest_wait(operation, entries));
    }
    let call = calls.iter().max().copied().unwrap_or_default();
    let mark = if operation.holds == Holds::One && call > BOUND {
        "  above 1 ms"
    } else {
        ""
    };
    println!(
        "{:<60} {:>10} {:>10}{mark}",
        operation.name,
        call.as_micros(),
        wait.as_micros()
    );
}

/// Makes a space, and whatever an operation needs in it.
fn prepare(operation: &Operation, entries: usize) -> (Arc<Space>, Descriptor, Call) {
    let space = Space::builder(&Budget::new(Limits::none()))
        .limits(Limits::none())
        .build()
        .map(Arc::new)
        .expect("there is memory for a space");
    let root = space.root().expect("the space has not ended");
    let call = (operation.prepare)(&space, entries);
    (space, root, call)
}

/// Returns the longest that a second thread waited for the lock.
fn longest_wait(operation: &Operation, entries: usize) -> Duration {
    let (_space, root, mut call) = prepare(operation, entries);
    let (has_begun, is_done) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let mut longest = Duration::ZERO;
            while !is_done.load(Relaxed) {
                let start = Instant::now();
                // It fails when the space has ended, after the same wait.
                let _ = black_box(root.stat());
                longest = longest.max(start.elapsed());
                has_begun.store(true, Relaxed);
            }
            longest
        });
        while !has_begun.load(Relaxed) {
            std::thread::yield_now();
        }
        (0..(operation.calls)(entries)).for_each(&mut call);
        is_done.store(true, Relaxed);
        waiter.join().expect("the waiting thread does not panic")
    })
}

#[cfg(target_os = "linux")]
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// Without a clock for CPU time, the time that passes has to do.
#[cfg(not(target_os = "linux"))]
fn cpu_time() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}
