//! Where a space is meant to differ from wasmtime-wasi on tmpfs.

use crate::operation::Operation;
use crate::outcome::{Outcome, Value};
use scratch_vfs::Error;

/// A difference that is meant.
#[derive(Debug)]
pub struct Departure {
    /// Why the space differs.
    pub reason: &'static str,
    /// What the other side has to do so that both are alike again.
    pub catch_up: Option<Operation>,
}

/// Returns why the answers to an operation differ as they do, or `None` if they may not.
pub fn find(operation: &Operation, stock: &Outcome, ours: &Outcome) -> Option<Departure> {
    match (operation, stock, ours) {
        (
            Operation::SetTimes {
                slot,
                accessed,
                modified,
            },
            Err(Error::BadDescriptor),
            Ok(Value::Nothing),
        ) => Some(Departure {
            reason: "wasmtime-wasi opens a granted directory with O_PATH, and so cannot set its times by the descriptor",
            catch_up: Some(Operation::SetTimesAt {
                slot: *slot,
                path: ".".to_owned(),
                follow: true,
                accessed: *accessed,
                modified: *modified,
            }),
        }),
        _ => None,
    }
}
