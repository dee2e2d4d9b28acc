//! Histories of several threads, checked for linearizability.
//!
//! Two to sixteen threads work on one small tree, with few names, so that they meet, and with limits so tight that some requests are
//! refused. Each thread records when each of its operations was called and when it returned, by one global counter, and what it
//! answered. Afterwards a search in the way of Wing and Gong looks for one order of all operations that respects what came before
//! what, and in which one thread alone gets the same answers and leaves the same state.
//!
//! The specification is this crate itself, used by one thread, in a fresh space: its behaviour without concurrency is compared with
//! wasmtime-wasi's elsewhere. So these tests say nothing about a mistake that one thread makes, too.
//!
//! Two things are less strict than that, because the crate promises no more:
//!
//! * A charge is never below the truth, and may be above it for a moment. So a limit may refuse an operation while another one that
//!   takes bytes, or gives something back, has not returned. See [`specification`].
//! * The end of a space, and a reset, detach the tree at one moment, and then free one file after the other. See [`ends`].
//!
//! `PROPTEST_CASES=100000 cargo test -p scratch-vfs --test linearizable` does more of them. Each test prints its seed, and
//! `SCRATCH_SEED` repeats its programs, though not what the threads make of them.
#![forbid(unsafe_code)]

mod checker;
mod ends;
mod gate;
mod generate;
mod histories;
mod history;
mod operation;
mod run;
mod search;
mod specification;
mod state;
mod world;
