//! All cases in one program: its first argument is the name of the case, the second is the storage.
#![forbid(unsafe_code)]

use std::env;

include!(concat!(env!("OUT_DIR"), "/cases.rs"));

fn main() {
    run(&env::args().nth(1).unwrap_or_default());
}
