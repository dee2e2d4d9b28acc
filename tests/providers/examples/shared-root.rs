//! Makes one directory for all handles at the first use, and never deletes it.

use std::path::{Path, PathBuf};
use std::{fs, io};

use scratch_test_providers::{Provider, Sin};

struct SharedRoot;

impl Sin for SharedRoot {
    fn root(granted: &Path) -> io::Result<PathBuf> {
        let shared = granted.join("shared");
        fs::create_dir_all(&shared)?;
        Ok(shared)
    }
}

type Sinner = Provider<SharedRoot>;
scratch_test_providers::export!(Sinner);
