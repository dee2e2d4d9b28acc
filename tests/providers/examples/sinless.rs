//! Nothing wrong: the control. Holds up to 64 KiB of a file in memory.

use scratch_test_providers::{Provider, Sin};

struct Sinless;

impl Sin for Sinless {
    const MEMORY: u64 = 64 << 10;
}

type Sinner = Provider<Sinless>;
scratch_test_providers::export!(Sinner);
