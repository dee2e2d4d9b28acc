//! A drop deletes nothing. (`close` does.)

use std::io;
use std::path::Path;

use scratch_test_providers::{Provider, Sin, When, remove};

struct DropDoesNothing;

impl Sin for DropDoesNothing {
    fn delete(path: &Path, when: When) -> io::Result<()> {
        match when {
            When::Drop => Ok(()),
            When::Close => remove(path),
        }
    }
}

type Sinner = Provider<DropDoesNothing>;
scratch_test_providers::export!(Sinner);
