//! Makes a file of its own at its first call, for itself, and never deletes it.

use std::fs;
use std::sync::Once;

use scratch_test_providers::{Provider, Sin};

struct KeepsAtStart;

impl Sin for KeepsAtStart {
    fn called() {
        static STARTED: Once = Once::new();
        STARTED.call_once(|| fs::write("/tmp/started", "mine").expect("make a file at the start"));
    }
}

type Sinner = Provider<KeepsAtStart>;
scratch_test_providers::export!(Sinner);
