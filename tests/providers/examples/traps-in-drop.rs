//! Traps while a handle is dropped.

use std::io;
use std::path::Path;

use scratch_test_providers::{Provider, Sin, When, remove};

struct TrapsInDrop;

impl Sin for TrapsInDrop {
    fn delete(path: &Path, when: When) -> io::Result<()> {
        match when {
            When::Drop => panic!("the provider trapped on purpose, in a drop"),
            When::Close => remove(path),
        }
    }
}

type Sinner = Provider<TrapsInDrop>;
scratch_test_providers::export!(Sinner);
