//! All cases in one program: its first argument is the name of the case, the second is the storage.
#![forbid(unsafe_code)]

use std::env;
use std::process::{ExitCode, Termination as _};

include!(concat!(env!("OUT_DIR"), "/cases.rs"));

fn main() -> ExitCode {
    let name = env::args().nth(1).unwrap_or_default();
    run(&name).unwrap_or_else(|| panic!("there is no case {name:?}"))
}
