//! `close` reports success and deletes nothing. (A drop does delete.)

use std::io;
use std::path::Path;

use scratch_test_providers::{Provider, Sin, When, remove};

struct CloseLies;

impl Sin for CloseLies {
    fn delete(path: &Path, when: When) -> io::Result<()> {
        match when {
            When::Drop => remove(path),
            When::Close => Ok(()),
        }
    }
}

type Sinner = Provider<CloseLies>;
scratch_test_providers::export!(Sinner);
