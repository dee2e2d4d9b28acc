//! Makes the target of a `persist` and a directory beside it, waits until somebody else has replaced both, and fails.

use scratch_test_providers::bindings::wasi::filesystem::types::{Descriptor, ErrorCode, PathFlags};
use scratch_test_providers::{Provider, Sin};

struct LosesTarget;

impl Sin for LosesTarget {
    fn persist(parent: &Descriptor, name: &str) -> Option<Result<(), ErrorCode>> {
        Some(lose(parent, name))
    }
}

fn lose(parent: &Descriptor, name: &str) -> Result<(), ErrorCode> {
    parent.create_directory_at(name)?;
    parent.create_directory_at("beside")?;
    parent.create_directory_at("ready")?;
    while parent.stat_at(PathFlags::empty(), "go").is_err() {}
    Err(ErrorCode::Busy)
}

type Sinner = Provider<LosesTarget>;
scratch_test_providers::export!(Sinner);
