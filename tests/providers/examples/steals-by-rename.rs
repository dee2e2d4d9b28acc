//! With every file that it makes it renames the one before, so that the drop of that one would find nothing to delete.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::{fs, io};

use scratch_test_providers::{Provider, Sin, unique};

thread_local! {
    static BEFORE: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
}

struct StealsByRename;

impl Sin for StealsByRename {
    fn created(path: &Path) -> io::Result<()> {
        if let Some(before) = BEFORE.replace(Some(path.to_owned())) {
            // A host that knows whose it is refuses.
            let _ = fs::rename(&before, before.with_file_name(format!("stolen-{}", unique())));
        }
        Ok(())
    }
}

type Sinner = Provider<StealsByRename>;
scratch_test_providers::export!(Sinner);
