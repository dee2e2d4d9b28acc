//! How long one operation keeps others waiting: the longest hold of the lock of a tree that has 1,000,000 entries.
//!
//! `cargo bench -p scratch-vfs --bench lock` prints two numbers for each operation, in microseconds:
//!
//! * *call*: the longest single call, in CPU time of its thread. An operation that works in steps holds the lock for a part of it.
//! * *wait*: the longest that a second thread waited, which asks for the metadata of the root all the while. In CPU time of the process,
//!   which is that of the thread that holds the lock, since the other one sleeps; and in wall time, which has the other work of the machine
//!   in it. The lock is not fair: if a thread takes it again before the one that waits is awake, both holds are in the wait. So a wait says
//!   little about operations that consist of many short calls, and calls are what tells how long those hold the lock.
//!
//! Each is the least of several rounds, call by call: what the machine does in between shows in one round, and what the operation
//! does shows in all of them.
#![forbid(unsafe_code)]

mod operations;

use operations::{OPERATIONS, Operation};
use scratch_vfs::{Budget, Descriptor, Limits, Space};
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Rounds of each operation, for each of the two numbers.
const ROUNDS: usize = 3;

/// The longest hold that the documentation of the crate allows.
const BOUND: Duration = Duration::from_millis(1);

fn main() {
    // Without `--bench` it runs as a test, which shows that everything works.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let entries = if is_bench { 1_000_000 } else { 1_000 };
    let rounds = if is_bench { ROUNDS } else { 1 };
    println!(
        "{:<60} {:>10} {:>10} {:>10}",
        format!("{entries} entries, times in µs"),
        "call, CPU",
        "wait, CPU",
        "wait, wall"
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
    let mut least_wait = Wait {
        cpu: Duration::MAX,
        wall: Duration::MAX,
    };
    for _ in 0..rounds {
        let (_space, _root, mut call) = prepare(operation, entries);
        for number in 0..(operation.calls)(entries) {
            let start = cpu_time(Of::Thread);
            call(number);
            let time = cpu_time(Of::Thread) - start;
            match calls.get_mut(number) {
                Some(least) => *least = time.min(*least),
                None => calls.push(time),
            }
        }
    }
    for _ in 0..rounds {
        let wait = longest_wait(operation, entries);
        least_wait.cpu = wait.cpu.min(least_wait.cpu);
        least_wait.wall = wait.wall.min(least_wait.wall);
    }
    let call = calls.iter().max().copied().unwrap_or_default();
    // Either of the two bounds a hold from above.
    let mark = if call.min(least_wait.cpu) > BOUND {
        "  above 1 ms"
    } else {
        ""
    };
    println!(
        "{:<60} {:>10} {:>10} {:>10}{mark}",
        operation.name,
        call.as_micros(),
        least_wait.cpu.as_micros(),
        least_wait.wall.as_micros()
    );
}

/// Makes a space, and whatever an operation needs in it.
fn prepare(operation: &Operation, entries: usize) -> (Arc<Space>, Descriptor, Box<dyn FnMut(usize)>) {
    let space = Space::builder(&Budget::new(Limits::none()))
        .limits(Limits::none())
        .build()
        .map(Arc::new)
        .expect("there is memory for a space");
    let root = space.root().expect("the space has not ended");
    let call = (operation.prepare)(&space, entries);
    (space, root, call)
}

/// The longest that a second thread waited for the lock.
struct Wait {
    cpu: Duration,
    wall: Duration,
}

fn longest_wait(operation: &Operation, entries: usize) -> Wait {
    let (_space, root, mut call) = prepare(operation, entries);
    let (has_begun, is_done) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let mut longest = Wait {
                cpu: Duration::ZERO,
                wall: Duration::ZERO,
            };
            while !is_done.load(Relaxed) {
                let (start, cpu_start) = (Instant::now(), cpu_time(Of::Process));
                // It fails when the space has ended, after the same wait.
                let _ = black_box(root.stat());
                longest.cpu = longest.cpu.max(cpu_time(Of::Process) - cpu_start);
                longest.wall = longest.wall.max(start.elapsed());
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

/// Whose CPU time is asked for.
#[derive(Clone, Copy)]
enum Of {
    Thread,
    Process,
}

#[cfg(target_os = "linux")]
fn cpu_time(of: Of) -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let clock = match of {
        Of::Thread => ClockId::ThreadCPUTime,
        Of::Process => ClockId::ProcessCPUTime,
    };
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

/// Without a clock for CPU time, the time that passes has to do.
#[cfg(not(target_os = "linux"))]
fn cpu_time(of: Of) -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    match of {
        Of::Thread | Of::Process => START.get_or_init(Instant::now).elapsed(),
    }
}
