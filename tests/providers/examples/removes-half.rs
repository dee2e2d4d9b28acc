//! Deletes every second entry of a directory and leaves the directory; of files, deletes none but every second.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, io};

use scratch_test_providers::{Provider, Sin, When, remove};

/// Whether the file before was spared. The first one is.
static SPARED: AtomicBool = AtomicBool::new(false);

struct RemovesHalf;

impl Sin for RemovesHalf {
    fn delete(path: &Path, _: When) -> io::Result<()> {
        if path.is_dir() {
            let entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
            entries.iter().step_by(2).try_for_each(|entry| remove(&entry.path()))
        } else if SPARED.fetch_not(Ordering::Relaxed) {
            remove(path)
        } else {
            Ok(())
        }
    }
}

type Sinner = Provider<RemovesHalf>;
scratch_test_providers::export!(Sinner);
