//! Never returns from a drop.

use std::path::Path;
use std::{hint, io};

use scratch_test_providers::{Provider, Sin, When, remove};

struct LoopsInDrop;

impl Sin for LoopsInDrop {
    fn delete(path: &Path, when: When) -> io::Result<()> {
        match when {
            When::Drop => loop {
                hint::spin_loop();
            },
            When::Close => remove(path),
        }
    }
}

type Sinner = Provider<LoopsInDrop>;
scratch_test_providers::export!(Sinner);
